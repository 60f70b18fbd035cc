/**
 * The methods that depend on a locale, for an engine without `Intl`: the embedded one. It has no locales and no time
 * zones, and its own methods answer as if nobody had asked for one. These answer as Node does for American English in
 * UTC, which is what a program gets without arguments, and refuse everything else with a sentence.
 */

import {
  apply,
  bigintValueOf,
  builtIns,
  dateGetTime,
  dateToString,
  dateToTimeString,
  indexOf,
  isArray,
  lower,
  numberValueOf,
  ownKeys,
  regExpExec,
  slice,
  uncurry,
} from "./intrinsics.js";
import { compareTexts } from "./collation.js";
import { formatEnglish, inGroups } from "./english-numbers.js";
import { defineHidden } from "./lists.js";
import { textOf } from "./quote.js";

/** @import { AnyObject } from "./lists.js" */

const ENGLISH = /^en(?:-US)?$/;
/** Languages in which a letter has another capital or small form. */
const OTHER_CASE = /^(?:az|el|hy|lt|nl|tr)(?:-|$)/i;

const upper = uncurry(String.prototype.toUpperCase);
/** @type {(list: unknown[], separator: string) => string} */
const join = uncurry(Array.prototype.join);

/**
 * @param {string} method
 * @param {string} instead
 * @returns {never}
 */
function refuseLocale(method, instead) {
  throw new builtIns.TypeError(
    `Cannot use ${method} with this locale or these options: the embedded engine has no locales and no time zones, ` +
      `the Docker engine has them; here ${instead}`,
  );
}

/**
 * Is this the locale that a program gets without an argument?
 *
 * @param {unknown} locales
 */
function isDefaultLocale(locales) {
  if (locales === undefined) return true;
  const first = isArray(locales) ? (locales.length === 1 ? locales[0] : "") : locales;
  return typeof first === "string" && regExpExec(ENGLISH, first) !== null;
}

/**
 * Returns true if the options have no fields but those named, and no options count as such.
 *
 * @param {unknown} options
 * @param {string} names
 * @returns {options is AnyObject | undefined}
 */
function hasOnly(options, names) {
  if (options === undefined) return true;
  if (options === null || typeof options !== "object") return false;
  const keys = ownKeys(options);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key !== "string" || indexOf(` ${names} `, ` ${key} `) < 0) return false;
  }
  return true;
}

/**
 * @param {unknown} value
 * @param {number} otherwise
 */
function digitCount(value, otherwise) {
  if (value === undefined) return otherwise;
  const count = typeof value === "number" ? value : NaN;
  if (!(count >= 0 && count <= 100)) throw new builtIns.RangeError("The number of digits is out of range");
  return count - (count % 1);
}

const numberMethods = {
  /**
   * @this {unknown}
   * @param {unknown} [locales]
   * @param {unknown} [options]
   */
  toLocaleString(locales, options) {
    const value = numberValueOf(/** @type {object} */ (this));
    if (!isDefaultLocale(locales) || !hasOnly(options, "minimumFractionDigits maximumFractionDigits"))
      return refuseLocale("toLocaleString", "format with toFixed and padStart");
    const least = digitCount(options?.minimumFractionDigits, 0);
    const most = digitCount(options?.maximumFractionDigits, least > 3 ? least : 3);
    if (options?.minimumFractionDigits !== undefined && least > most)
      throw new builtIns.RangeError("maximumFractionDigits value is out of range.");
    return formatEnglish(value, least > most ? most : least, most);
  },
};
const bigintMethods = {
  /**
   * @this {unknown}
   * @param {unknown} [locales]
   * @param {unknown} [options]
   */
  toLocaleString(locales, options) {
    const text = `${bigintValueOf(/** @type {object} */ (this))}`;
    if (!isDefaultLocale(locales) || options !== undefined)
      return refuseLocale("toLocaleString", "format with padStart");
    return text[0] === "-" ? `-${inGroups(slice(text, 1))}` : inGroups(text);
  },
};

/**
 * @param {unknown} date
 * @param {unknown} locales
 * @param {unknown} options
 * @param {string} method
 */
function readDate(date, locales, options, method) {
  const time = dateGetTime(/** @type {object} */ (date));
  const instead = "use toISOString and the methods of Date, in UTC";
  if (!isDefaultLocale(locales) || !hasOnly(options, "timeZone")) return refuseLocale(method, instead);
  const zone = options?.timeZone;
  if (zone !== undefined && lower(textOf(zone)) !== "utc") return refuseLocale(method, instead);
  if (time !== time) return null;
  const iso = new builtIns.Date(time).toISOString();
  if (iso[0] === "-" || slice(iso, 0, 4) === "0000") return refuseLocale(method, instead);
  const year = iso[0] === "+" ? slice(iso, 1, 7) : slice(iso, 0, 4);
  const rest = slice(iso, iso[0] === "+" ? 7 : 4);
  const hour = +slice(rest, 7, 9);
  return {
    date: `${+slice(rest, 1, 3)}/${+slice(rest, 4, 6)}/${+year}`,
    time: `${hour % 12 === 0 ? 12 : hour % 12}:${slice(rest, 10, 15)} ${hour < 12 ? "AM" : "PM"}`,
  };
}

const INVALID = "Invalid Date";

/** @param {string} text */
function withZone(text) {
  return text === INVALID ? text : text + ZONE;
}

/** The name of the time zone, which this engine leaves out. */
const ZONE = " (Coordinated Universal Time)";
const dateMethods = {
  /** @this {unknown} */
  toString() {
    return withZone(dateToString(/** @type {object} */ (this)));
  },
  /** @this {unknown} */
  toTimeString() {
    return withZone(dateToTimeString(/** @type {object} */ (this)));
  },
  /**
   * @this {unknown}
   * @param {unknown} [locales]
   * @param {unknown} [options]
   */
  toLocaleString(locales, options) {
    const parts = readDate(this, locales, options, "toLocaleString");
    return parts === null ? INVALID : `${parts.date}, ${parts.time}`;
  },
  /**
   * @this {unknown}
   * @param {unknown} [locales]
   * @param {unknown} [options]
   */
  toLocaleDateString(locales, options) {
    return readDate(this, locales, options, "toLocaleDateString")?.date ?? INVALID;
  },
  /**
   * @this {unknown}
   * @param {unknown} [locales]
   * @param {unknown} [options]
   */
  toLocaleTimeString(locales, options) {
    return readDate(this, locales, options, "toLocaleTimeString")?.time ?? INVALID;
  },
};

const listMethods = {
  /**
   * @this {ArrayLike<any>}
   * @param {unknown[]} args
   */
  toLocaleString(...args) {
    const texts = [];
    for (let i = 0; i < this.length; i++) {
      const value = this[i];
      texts[i] = value === null || value === undefined ? "" : `${apply(value.toLocaleString, value, args)}`;
    }
    return join(texts, ",");
  },
};

const textMethods = {
  /**
   * @this {unknown}
   * @param {unknown} other
   * @param {unknown} [locales]
   * @param {unknown} [options]
   */
  localeCompare(other, locales, options) {
    if (!isDefaultLocale(locales) || options !== undefined)
      return refuseLocale("localeCompare", "compare a.toLowerCase() < b.toLowerCase(), or the numbers in the texts");
    const order = compareTexts(textOf(this), textOf(other));
    return order ?? refuseLocale("localeCompare of letters outside Latin", "compare with < and >");
  },
  /**
   * @this {unknown}
   * @param {unknown} [locales]
   */
  toLocaleUpperCase(locales) {
    return inCase(textOf(this), locales, "toLocaleUpperCase", upper);
  },
  /**
   * @this {unknown}
   * @param {unknown} [locales]
   */
  toLocaleLowerCase(locales) {
    return inCase(textOf(this), locales, "toLocaleLowerCase", lower);
  },
};

/**
 * @param {string} text
 * @param {unknown} locales
 * @param {string} method
 * @param {(text: string) => string} change
 */
function inCase(text, locales, method, change) {
  const first = isArray(locales) ? locales[0] : locales;
  if (first !== undefined && regExpExec(OTHER_CASE, textOf(first)) !== null)
    return refuseLocale(method, "use toUpperCase and toLowerCase");
  return change(text);
}

/** Replaces the methods if the engine has no locales. */
export function defineLocales() {
  if (typeof Intl !== "undefined") return;
  defineMethods(Number.prototype, numberMethods);
  defineMethods(BigInt.prototype, bigintMethods);
  defineMethods(Date.prototype, dateMethods);
  defineMethods(String.prototype, textMethods);
  defineMethods(Array.prototype, listMethods);
  defineMethods(/** @type {object} */ (Object.getPrototypeOf(Uint8Array.prototype)), listMethods);
}

/**
 * @param {object} prototype
 * @param {object} methods
 */
function defineMethods(prototype, methods) {
  for (const [name, method] of Object.entries(methods)) defineHidden(prototype, name, method);
}
