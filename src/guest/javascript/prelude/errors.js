/** The errors that the prelude throws to a program. */

import { builtIns } from "./intrinsics.js";

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
