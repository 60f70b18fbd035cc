/** The errors of the web that the prelude throws to a program. */

import { load } from "./libraries.js";

/**
 * Throws a DOMException of the program's own realm.
 *
 * @param {"DataCloneError" | "InvalidCharacterError"} name
 * @param {string} message
 * @returns {never}
 */
export function failAs(name, message) {
  throw new (load("web").DOMException)(message, name);
}
