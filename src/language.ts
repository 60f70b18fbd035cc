/** The languages of programs: which can be checked, and which can be run as well. */

/** A language that an engine runs. */
export type RunnableLanguage = "python" | "javascript";
export const RUNNABLE_LANGUAGES: readonly RunnableLanguage[] = ["python", "javascript"];

/** A language that the analysis reads. No engine runs Java. */
export type Language = RunnableLanguage | "java";
export const LANGUAGES: readonly Language[] = [...RUNNABLE_LANGUAGES, "java"];
