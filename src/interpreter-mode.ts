/**
 * Where a program runs: `fresh` in an interpreter of its own that is destroyed afterwards, `session` in the one that
 * its session keeps.
 */
export type InterpreterMode = "fresh" | "session";
export const INTERPRETER_MODES: readonly InterpreterMode[] = ["fresh", "session"];
