/** The languages of program files, by the ends of their names. */

import path from "node:path";
import type { Language } from "../language.js";

/** The ends of names, in lower case, and their languages. */
export const LANGUAGE_BY_ENDING: ReadonlyMap<string, Language> = new Map([
  [".py", "python"],
  [".pyw", "python"],
  [".js", "javascript"],
  [".mjs", "javascript"],
  [".cjs", "javascript"],
  [".ts", "typescript"],
  [".mts", "typescript"],
  [".cts", "typescript"],
  [".tsx", "typescript"],
  [".java", "java"],
]);

/** Returns the end of a file's name as the table has it: `.py` for `A.PY`. */
export function endingOf(file: string): string {
  return path.extname(file).toLowerCase();
}
