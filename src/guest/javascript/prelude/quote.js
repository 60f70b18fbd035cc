/** Text and numbers as a program would write them. */

import { charCodeAt, indexOf, is, numberToString, slice } from "./intrinsics.js";
import { newList } from "./lists.js";
import { isPairAt } from "./utf8.js";

/**
 * The escape of each character below U+00A0, or "" for one that is shown as it is.
 *
 * @type {import("./lists.js").List<string>}
 */
const escapes = newList();
for (let code = 0; code < 0xa0; code++) {
  escapes[code] = code < 0x20 || code >= 0x7f ? `\\x${code.toString(16).padStart(2, "0").toUpperCase()}` : "";
}
escapes[8] = "\\b";
escapes[9] = "\\t";
escapes[10] = "\\n";
escapes[12] = "\\f";
escapes[13] = "\\r";
escapes[92] = "\\\\";

/**
 * Returns `text` as a literal, in the quotes that Node chooses.
 *
 * @param {string} text
 */
export function quote(text) {
  let mark = "'";
  if (indexOf(text, "'") >= 0) {
    if (indexOf(text, '"') < 0) mark = '"';
    else if (indexOf(text, "`") < 0 && indexOf(text, "${") < 0) mark = "`";
  }
  return mark + escapeText(text, mark) + mark;
}

/**
 * @param {string} text
 * @param {string} mark The quote around the text.
 */
export function escapeText(text, mark) {
  let result = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    let replacement = "";
    if (code < 0xa0) {
      replacement = escapes[code];
      if (code === 39 && mark === "'") replacement = "\\'";
    } else if (code >= 0xd800 && code <= 0xdfff) {
      if (isPairAt(text, i)) i++;
      else replacement = `\\u${numberToString(code, 16)}`;
    }
    if (replacement === "") continue;
    result += slice(text, from, i) + replacement;
    from = i + 1;
  }
  return from === 0 ? text : result + slice(text, from);
}

/**
 * Converts a value as `${value}` does. This can run methods of the program, which can throw.
 *
 * @param {unknown} value
 */
export function textOf(value) {
  return `${/** @type {string} */ (value)}`;
}

/** @param {number} number */
export function formatNumber(number) {
  return is(number, -0) ? "-0" : `${number}`;
}
