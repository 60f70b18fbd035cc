/** The languages of programs. All can be checked, and some can be run. */

/** A language that an engine runs. */
export type RunnableLanguage = "python" | "javascript";
export const RUNNABLE_LANGUAGES: readonly RunnableLanguage[] = ["python", "javascript"];

/** A language that the analysis knows. No engine runs Java. */
export type Language = RunnableLanguage | "java";
export const LANGUAGES: readonly Language[] = [...RUNNABLE_LANGUAGES, "java"];
