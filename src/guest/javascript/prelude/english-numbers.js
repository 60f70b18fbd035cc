/** Numbers as American English writes them: groups of three digits, rounded by the digits that a program sees. */

import { numberToString, padEnd, regExpExec, repeat, slice } from "./intrinsics.js";

const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;

/** @param {string} digits */
export function inGroups(digits) {
  let text = "";
  for (let end = digits.length; end > 0; end -= 3) {
    const group = slice(digits, end > 3 ? end - 3 : 0, end);
    text = text === "" ? group : `${group},${text}`;
  }
  return text;
}

/**
 * @param {number} value
 * @param {number} least Digits behind the point at least.
 * @param {number} most
 */
export function formatEnglish(value, least, most) {
  if (value !== value) return "NaN";
  const sign = value < 0 || 1 / value === -Infinity ? "-" : "";
  const size = value < 0 ? -value : value;
  if (size === Infinity) return `${sign}\u221e`;
  const parts = /** @type {RegExpExecArray} */ (regExpExec(DECIMAL, numberToString(size, 10)));
  const exponent = +(parts[3] ?? 0);
  const fraction = parts[2] ?? "";
  let digits = parts[1] + fraction;
  let point = parts[1].length + exponent;
  if (point < 1) {
    digits = repeat("0", 1 - point) + digits;
    point = 1;
  }
  digits = padEnd(digits, point, "0");
  if (digits.length - point > most) {
    const isUp = digits[point + most] >= "5";
    digits = slice(digits, 0, point + most);
    if (isUp) {
      const more = increment(digits);
      point += more.length - digits.length;
      digits = more;
    }
  }
  let rest = slice(digits, point);
  while (rest.length > least && rest[rest.length - 1] === "0") rest = slice(rest, 0, -1);
  rest = padEnd(rest, least, "0");
  return `${sign}${inGroups(slice(digits, 0, point))}${rest === "" ? "" : `.${rest}`}`;
}

/**
 * Adds one to the last digit.
 *
 * @param {string} digits
 */
function increment(digits) {
  let at = digits.length - 1;
  while (at >= 0 && digits[at] === "9") at--;
  const zeros = repeat("0", digits.length - 1 - at);
  return at < 0 ? `1${zeros}` : `${slice(digits, 0, at)}${+digits[at] + 1}${zeros}`;
}
