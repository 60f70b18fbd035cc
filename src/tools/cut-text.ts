/** Tells which texts of a program are not whole, and how long they were. */

import { MAX_RESULT_SIZE } from "../limits.js";
import type { CapturedStream } from "../outcome.js";
import { ANSWER_BYTES, fitText } from "./answer-size.js";

/**
 * The words that a guest puts where it has cut a text. A program can write them as well: then its own text is said to
 * be cut, and nothing else changes.
 */
const CUT_NOTE = / \[(\d{1,15}) more bytes\]\.\.\.(?=$|[\n ,;)])/g;

/** A guest cuts no text that is shorter: a long message is cut to half of its limit, so that its causes fit. */
const LEAST_CUT_SIZE = MAX_RESULT_SIZE / 2 - 200;

/** The causes of an error, which a guest cuts by themselves (src/guest/javascript/prelude/causes.js). */
const CAUSES = / \((?:cause|errors|error|suppressed): /;

/** Returns a result, message or traceback as it fits into an answer, and how much of it that is. */
export function fitProgramText(text: string): CapturedStream {
  const shown = Buffer.byteLength(text);
  const notes = shown >= LEAST_CUT_SIZE || CAUSES.test(text) ? [...text.matchAll(CUT_NOTE)] : [];
  const keptBytes = shown - notes.reduce((sum, [note]) => sum + note.length, 0);
  const totalBytes = keptBytes + notes.reduce((sum, [, missing]) => sum + Number(missing), 0);
  const fitted = fitText(text, ANSWER_BYTES.text);
  if (notes.length === 0 && fitted.leftOutBytes === 0) return { text, truncated: null };
  return { text: fitted.text, truncated: { totalBytes, keptBytes: Math.max(0, keptBytes - fitted.leftOutBytes) } };
}
