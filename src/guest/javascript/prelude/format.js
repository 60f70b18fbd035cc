/** Makes text of the arguments of `console.log` and similar functions. */

import {
  functionToString,
  getPrototypeOf,
  indexOf,
  objectHasOwn,
  builtIns,
  slice,
  stringify,
  symbolToString,
} from "./intrinsics.js";
import { inspect } from "./inspect.js";
import { kindOf } from "./kinds.js";
import { formatNumber, textOf } from "./quote.js";

/**
 * Returns the arguments as one line, with the directives of a first text (`%s`, `%d`, ...) replaced.
 *
 * @param {unknown[]} args
 */
export function format(args) {
  if (args.length === 0) return "";
  const first = args[0];
  let text = "";
  let next = 0;
  if (typeof first === "string") {
    if (args.length === 1) return first;
    next = 1;
    let from = 0;
    for (let i = 0; i < first.length - 1; i++) {
      if (first[i] !== "%") continue;
      const code = first[i + 1];
      const isPercent = code === "%";
      if (!isPercent && next >= args.length) continue;
      const shown = isPercent ? "%" : formatDirective(code, args[next]);
      if (shown === null) continue;
      if (!isPercent) next++;
      text += slice(first, from, i) + shown;
      from = i + 2;
      i++;
    }
    text += slice(first, from);
  }
  for (; next < args.length; next++) {
    const value = args[next];
    if (next > 0) text += " ";
    text += typeof value === "string" ? value : inspect(value);
  }
  return text;
}

/**
 * Returns null for a letter that is no directive.
 *
 * @param {string} code
 * @param {unknown} value
 */
function formatDirective(code, value) {
  switch (code) {
    case "s":
      return formatAsText(value);
    case "d":
      if (typeof value === "bigint") return `${value}n`;
      return typeof value === "symbol" ? "NaN" : formatNumber(toNumber(value));
    case "i":
      if (typeof value === "bigint") return `${value}n`;
      return typeof value === "symbol" ? "NaN" : formatNumber(builtIns.parseInt(toText(value)));
    case "f":
      return typeof value === "symbol" ? "NaN" : formatNumber(builtIns.parseFloat(toText(value)));
    case "j":
      return toJson(value);
    case "o":
      return inspect(value, 4);
    case "O":
      return inspect(value);
    case "c":
      return "";
    default:
      return null;
  }
}

/** @param {unknown} value */
function formatAsText(value) {
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return symbolToString(value);
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return textOf(value);
  const isPlainFunction = typeof value === "function" && indexOf(functionToString(value), "class") !== 0;
  return isPlainFunction || hasOwnText(value) ? toText(value) : inspect(value, 0);
}

/**
 * True if the program has given the object, or its class, a `toString`.
 *
 * @param {object} value
 */
function hasOwnText(value) {
  if (kindOf(value) === "Error") return objectHasOwn(value, "toString");
  /** @type {object | null} */
  let owner = value;
  for (let steps = 0; owner !== null && steps < 100; owner = getPrototypeOf(owner), steps++) {
    if (!objectHasOwn(owner, "toString")) continue;
    const isBuiltIn =
      owner === builtIns.Object.prototype ||
      owner === builtIns.Array.prototype ||
      owner === builtIns.Function.prototype;
    return !isBuiltIn && kindOf(value) === "";
  }
  return false;
}

/** @param {unknown} value */
export function toText(value) {
  try {
    return textOf(value);
  } catch {
    return inspect(value, 0);
  }
}

/** @param {unknown} value */
export function toNumber(value) {
  try {
    return +(/** @type {string} */ (value));
  } catch {
    return NaN;
  }
}

/** @param {unknown} value */
function toJson(value) {
  try {
    return textOf(stringify(value));
  } catch {
    return "[Circular]";
  }
}
