/** The languages of programs. All can be checked, and some can be run. */

/** A language that an engine runs. */
export type RunnableLanguage = "python" | "javascript";
export const RUNNABLE_LANGUAGES: readonly RunnableLanguage[] = ["python", "javascript"];

/** A language that a call may use. TypeScript runs as the JavaScript that is left without its types. */
export type ProgramLanguage = RunnableLanguage | "typescript";
export const PROGRAM_LANGUAGES: readonly ProgramLanguage[] = [...RUNNABLE_LANGUAGES, "typescript"];

/** A language that the analysis knows. No engine runs Java. */
export type Language = ProgramLanguage | "java";
export const LANGUAGES: readonly Language[] = [...PROGRAM_LANGUAGES, "java"];

/** A language with a parser of its own. */
export type ParsedLanguage = Exclude<Language, "typescript">;

/** Returns the language that an engine runs for a program. */
export function engineLanguage(language: ProgramLanguage): RunnableLanguage {
  return language === "typescript" ? "javascript" : language;
}
