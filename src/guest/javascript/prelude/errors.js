/** The errors that the prelude throws to a program. */

import { builtIns } from "./intrinsics.js";
import { defineVisible } from "./lists.js";

/**
 * Throws an error of the program's own realm.
 *
 * @param {"RangeError" | "TypeError"} name
 * @param {string} message
 * @returns {never}
 */
export function fail(name, message) {
  throw new builtIns[name](message);
}

/**
 * Throws an error with a code, as those of Node have.
 *
 * @param {"RangeError" | "TypeError"} name
 * @param {string} code
 * @param {string} message
 * @returns {never}
 */
export function failWith(name, code, message) {
  const error = new builtIns[name](message);
  defineVisible(error, "code", code);
  throw error;
}
