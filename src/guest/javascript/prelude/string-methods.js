/**
 * Methods of every string, for texts of megabytes. None copies more than it returns.
 *
 * Offsets and sizes are in UTF-16 units, like those of `slice`. Lines count from 1.
 */

import {
  apply,
  charCodeAt,
  indexOf,
  builtIns,
  regExpExec,
  regExpFlags,
  regExpIsUnicode,
  regExpIsUnicodeSets,
  regExpSource,
  setPrototypeOf,
  slice,
  split,
  standardSearch,
  trunc,
} from "./intrinsics.js";
import { fail } from "./errors.js";
import { inspect } from "./inspect.js";
import { newList, push } from "./lists.js";
import { textOf } from "./quote.js";

/** @import { List } from "./lists.js" */

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export const stringMethods = {
  /**
   * Returns the lines `first` to `last` without their ends, `\n` or `\r\n`. Lines beyond the end of the text are left
   * out.
   *
   * @this {unknown}
   */
  lines(first = 1, last = Infinity) {
    const text = receiverText(this, "take lines");
    assertWhole(first, 1, "take lines: first");
    assertWhole(last, 0, "take lines: last");
    const start = last < first ? -1 : startOfLine(text, first, 1, 0);
    if (start < 0 || start === text.length) return [];
    const next = last === Infinity ? -1 : startOfLine(text, last + 1, first, start);
    const isEnded = next >= 0 || charCodeAt(text, text.length - 1) === LINE_FEED;
    const part = slice(text, start, (next < 0 ? text.length : next) - (isEnded ? 1 : 0));
    const found = split(part, "\n");
    if (indexOf(part, "\r") < 0) return found;
    for (let i = isEnded ? found.length - 1 : found.length - 2; i >= 0; i--) {
      const line = found[i];
      if (charCodeAt(line, line.length - 1) === CARRIAGE_RETURN) found[i] = slice(line, 0, -1);
    }
    return found;
  },
  /**
   * Returns parts of `size` units; the last part can be shorter. Each part begins with the last `overlap` units of the
   * part before.
   *
   * @this {unknown}
   * @param {number} size
   */
  chunks(size, overlap = 0) {
    const text = receiverText(this, "take chunks");
    assertWhole(size, 1, "take chunks: size");
    assertWhole(overlap, 0, "take chunks: overlap");
    if (overlap >= size)
      fail("RangeError", `Cannot take chunks: overlap must be less than size, which is ${size}, it is ${overlap}`);
    /** @type {List<string>} */
    const found = newList();
    for (let at = 0; at < text.length; at += size - overlap) {
      push(found, slice(text, at, at + size));
      if (at + size >= text.length) break;
    }
    return setPrototypeOf(found, builtIns.Array.prototype);
  },
  /**
   * With a limit, returns the first matches instead of the place of the first one. The flags `g` and `y` of the pattern
   * do not count then.
   *
   * @this {unknown}
   * @param {unknown} pattern
   * @param {number | undefined} limit
   */
  // The default keeps `search.length` at 1, as in the language.
  // oxlint-disable-next-line typescript/no-useless-default-assignment
  search(pattern, limit = undefined) {
    if (limit === undefined) return apply(standardSearch, /** @type {string} */ (this), [/** @type {any} */ (pattern)]);
    const text = receiverText(this, "search");
    assertWhole(limit, 0, "search: limit");
    const { regExp, isUnicode } = searcherOf(pattern);
    const found = newList();
    let line = 1;
    let lineEnd = indexOf(text, "\n");
    while (found.length < limit) {
      const match = regExpExec(regExp, text);
      if (match === null) break;
      const start = match.index;
      const end = start + match[0].length;
      for (; lineEnd >= 0 && lineEnd < start; line++) lineEnd = indexOf(text, "\n", lineEnd + 1);
      push(found, { line, start, end, text: match[0] });
      if (end > start) continue;
      // From the middle of a surrogate pair, the pattern would match the whole pair once more.
      const code = isUnicode && end + 1 < text.length ? charCodeAt(text, end) : 0;
      regExp.lastIndex = end + (code >= 0xd800 && code <= 0xdbff ? 2 : 1);
    }
    return setPrototypeOf(found, builtIns.Array.prototype);
  },
};

/**
 * Returns where line `wanted` begins if line `line` begins at `start`, or -1 if the text has no such line.
 *
 * @param {string} text
 * @param {number} wanted
 * @param {number} line
 * @param {number} start
 */
function startOfLine(text, wanted, line, start) {
  for (; line < wanted && start >= 0; line++) {
    const end = indexOf(text, "\n", start);
    start = end < 0 ? -1 : end + 1;
  }
  return start;
}

/**
 * @param {unknown} value
 * @param {string} action
 */
function receiverText(value, action) {
  if (value === undefined || value === null)
    fail("TypeError", `Cannot ${action}: it must be of a string, this is ${value}`);
  return textOf(value);
}

/**
 * @param {unknown} value
 * @param {number} least
 * @param {string} action
 */
function assertWhole(value, least, action) {
  if (typeof value === "number" && value >= least && trunc(value) === value) return;
  fail(
    typeof value === "number" ? "RangeError" : "TypeError",
    `Cannot ${action} must be a whole number from ${least} on, it is ${inspect(value, 0)}`,
  );
}

/**
 * Copies a pattern, because the search moves the `lastIndex` of its RegExp.
 *
 * @param {unknown} pattern
 */
function searcherOf(pattern) {
  let source = pattern;
  let flags = "g";
  let isUnicode = false;
  if (typeof pattern !== "string") {
    try {
      source = regExpSource(pattern);
      for (let i = 0; i < regExpFlags.length; i++) if (regExpFlags[i].isSet(pattern)) flags += regExpFlags[i].letter;
      isUnicode = regExpIsUnicode(pattern) || regExpIsUnicodeSets(pattern);
    } catch {
      const shown = inspect(pattern, 0);
      fail("TypeError", `Cannot search: pattern must be a regular expression or a string, it is ${shown}`);
    }
  }
  return { __proto__: null, regExp: new builtIns.RegExp(/** @type {string} */ (source), flags), isUnicode };
}
