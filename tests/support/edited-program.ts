/** The text that a guest makes of a program by the edits of its job. */

import { expect } from "vitest";
import type { Job } from "../../src/sandbox/engine.js";

type Globals = NonNullable<NonNullable<Job["javascript"]>["globals"]>;

/** Returns the text before a program. A part of it may be a range of the program. */
export function textBefore(code: string, before: Globals["before"]): string {
  return before.map((part) => (typeof part === "string" ? part : code.slice(...part))).join("");
}

/** Makes the replacements in a program. They must be in its order and must not overlap. */
export function withEdits(code: string, edits: Globals["edits"]): string {
  let text = "";
  let at = 0;
  for (const [from, to, replacement] of edits) {
    expect(from).toBeGreaterThanOrEqual(at);
    text += code.slice(at, from) + replacement;
    at = to;
  }
  return text + code.slice(at);
}
