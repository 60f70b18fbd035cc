/** The order of texts as `localeCompare` has it in English, for the letters of Latin. */

import { charCodeAt, indexOf, normalize } from "./intrinsics.js";
import { isPairAt } from "./utf8.js";

/** The letters in their order, a small one before its capital. */
const ORDER =
  "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ";
const FIRST_LETTER = indexOf(ORDER, "a");
/** The marks above and below letters, in their order. */
const MARKS = "\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0327\u0328\u0304\u030f\u0311\u031b\u0326";

/**
 * Returns -1, 0 or 1, or null if the order of a character is not known here.
 *
 * @param {string} first
 * @param {string} second
 */
export function compareTexts(first, second) {
  const a = normalize(first, "NFD");
  const b = normalize(second, "NFD");
  if (a === b) return 0;
  const left = keyOf(a);
  const right = keyOf(b);
  if (left === null || right === null) return null;
  if (left.letters !== right.letters) return left.letters < right.letters ? -1 : 1;
  if (left.marks !== right.marks) return left.marks < right.marks ? -1 : 1;
  return left.cases === right.cases ? 0 : left.cases < right.cases ? -1 : 1;
}

/**
 * Returns three texts. The first is compared first, and each next one if all before are equal.
 *
 * @param {string} text
 */
function keyOf(text) {
  let letters = "";
  let marks = "";
  let cases = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    const mark = indexOf(MARKS, char);
    if (mark >= 0) {
      marks += MARK_KEYS[mark + 1];
      cases += MARK_KEYS[0];
      continue;
    }
    const at = indexOf(ORDER, char);
    if (at < 0 || charCodeAt(text, i) > 127 || isPairAt(text, i)) return null;
    const isCapital = at >= FIRST_LETTER && (at - FIRST_LETTER) % 2 === 1;
    letters += ORDER_KEYS[isCapital ? at - 1 : at];
    marks += MARK_KEYS[0];
    cases += MARK_KEYS[isCapital ? 1 : 0];
  }
  return { __proto__: null, letters, marks, cases };
}

/** Characters whose code units have the order of the letters and of the marks. */
const ORDER_KEYS = keysFor(ORDER.length);
const MARK_KEYS = keysFor(MARKS.length + 1);

/** @param {number} count */
function keysFor(count) {
  let keys = "";
  for (let i = 1; i <= count; i++) keys += String.fromCharCode(i);
  return keys;
}
