/**
 * The kept libraries: what the engines of JavaScript lack or have in different forms, as text that both engines run.
 *
 * A library is made when a program first asks for it, in the program's own realm. So it costs other programs nothing,
 * and it leads to no object of the engine. A program can change all of it, as it can change the language. So nothing of
 * a library may be used for the report of a run.
 */

import { builtIns, defineProperty, global } from "./intrinsics.js";
import { evaluate } from "./callbacks.js";
import { fillRandom } from "./entropy.js";
import { format } from "./format.js";
import { publicInspect } from "./inspect.js";
import { kindOf } from "./kinds.js";
import { defineHidden } from "./lists.js";
import { libraryTexts } from "./library-texts.js";
import { quote } from "./quote.js";
import { timerFunctions } from "./timers.js";

/** The directory that a program runs in. */
const DIRECTORY = "/workspace";

/** @type {Record<string, any>} */
const made = { __proto__: /** @type {any} */ (null) };

/**
 * Returns a library, and makes it first if it is not there.
 *
 * @param {string} name
 */
export function load(name) {
  if (made[name] === undefined) made[name] = evaluate(libraryTexts[name])(tools);
  return made[name];
}

/** What a library gets from the prelude besides the globals of the program. */
const tools = {
  __proto__: null,
  load,
  kindOf,
  inspect: publicInspect,
  quote,
  setTimeout: timerFunctions.setTimeout,
  cwd: () => DIRECTORY,
  /** @param {unknown[]} args */
  format(...args) {
    return format(args);
  },
  /** @param {Uint8Array} bytes */
  fillRandom(bytes) {
    return fillRandom(bytes, load("hashes").sha256);
  },
  newError,
  newCodeError,
  /**
   * @param {unknown} input
   * @param {unknown} base
   */
  newUrlError(input, base) {
    const error = newCodeError("TypeError", "ERR_INVALID_URL", "Invalid URL");
    error.input = input;
    if (base !== undefined && base !== null) error.base = base;
    return error;
  },
};

/**
 * @param {"Error" | "RangeError" | "TypeError"} name
 * @param {string} message
 * @returns {any}
 */
function newError(name, message) {
  return new builtIns[name](message);
}

/**
 * Returns an error with a code, as those of Node's modules have.
 *
 * @param {"Error" | "RangeError" | "TypeError"} name
 * @param {string} code
 * @param {string} message
 */
function newCodeError(name, code, message) {
  const error = newError(name, message);
  error.code = code;
  return error;
}

/** The globals of libraries, by the name of the library. */
const GLOBALS = {
  buffer: "Buffer",
  crypto: "crypto",
  url: "URL URLSearchParams",
  web: "AbortController AbortSignal CustomEvent DOMException Event EventTarget",
};

/** Defines the globals of libraries. The first use of one makes its library. */
export function defineLibraryGlobals() {
  for (const [library, names] of Object.entries(GLOBALS))
    for (const name of names.split(" ")) defineLazy(name, () => load(library)[name]);
}

/**
 * @param {string} name
 * @param {() => unknown} make
 */
function defineLazy(name, make) {
  defineProperty(global, name, {
    __proto__: null,
    get: () => {
      const value = make();
      defineHidden(global, name, value);
      return value;
    },
    set: (value) => defineHidden(global, name, value),
    enumerable: false,
    configurable: true,
  });
}
