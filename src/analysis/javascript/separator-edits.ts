/**
 * Makes line feeds of the separators (U+2028, U+2029) that end a comment.
 *
 * They end a line, as the analysis reads them. QuickJS ends the comment there and goes on in the same line. To it
 * `x //\u2028--> y()` is no line that begins with a comment, but `x-- > y()`, which nobody has checked.
 */

import type { Edit } from "./import-edits.js";
import type { JavaScriptProgram } from "./program.js";

/** Returns the edits. `others` are edits whose ranges may hold such a comment. */
export function editSeparators({ separators }: JavaScriptProgram, others: readonly Edit[]): readonly Edit[] {
  return separators
    .filter((at) => !others.some(([from, to]) => from <= at && at < to))
    .map((at): Edit => [at, at + 1, "\n"]);
}
