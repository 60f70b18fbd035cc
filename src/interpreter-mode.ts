/**
 * The interpreter of a run: `fresh` is a new one that is destroyed afterwards, `session` is the one that the session
 * keeps.
 */
export type InterpreterMode = "fresh" | "session";
export const INTERPRETER_MODES: readonly InterpreterMode[] = ["fresh", "session"];
