/**
 * Keeps `Error.prepareStackTrace` from programs. It hands out call sites, and a call site leads to functions of the
 * prelude and of the engine.
 */

import { defineProperty, errorToString, getPrototypeOf, indexOf, objectHasOwn, uncurry } from "./intrinsics.js";
import { PROGRAM } from "./programs.js";

/** @typedef {(error: Error, sites: unknown[]) => unknown} PrepareStackTrace */

/** Runs once, before any program. */
export function hideCallSites() {
  const errorClass = /** @type {{ prepareStackTrace?: PrepareStackTrace }} */ (Error);
  // QuickJS has the property, and makes stacks without the first line of the error. Programs expect Node's form.
  if (objectHasOwn(Error, "prepareStackTrace")) errorClass.prepareStackTrace = stackFormatter(errorClass);
  delete errorClass.prepareStackTrace;
  defineProperty(Error, "prepareStackTrace", {
    __proto__: null,
    get: () => undefined,
    set() {},
    enumerable: false,
    configurable: false,
  });
}

/**
 * Returns a function that makes the text of a stack of the error's own line and the frames of programs.
 *
 * @param {{ prepareStackTrace?: PrepareStackTrace }} errorClass
 * @returns {PrepareStackTrace}
 */
function stackFormatter(errorClass) {
  errorClass.prepareStackTrace = (_error, sites) => sites[0];
  const site = /** @type {object} */ (/** @type {unknown} */ (new Error().stack));
  const methods = /** @type {Record<string, unknown>} */ (getPrototypeOf(site));
  const [fileOf, functionOf, lineOf, columnOf] = [
    methods.getFileName,
    methods.getFunctionName,
    methods.getLineNumber,
    methods.getColumnNumber,
  ].map((method) => uncurry(method));
  return (error, sites) => {
    let text = "Error";
    try {
      text = errorToString(error);
    } catch {
      // Getters of the program make its text.
    }
    try {
      for (let i = 0; i < sites.length; i++) {
        const file = fileOf(sites[i]);
        if (typeof file !== "string" || indexOf(file, PROGRAM) !== 0) continue;
        const name = functionOf(sites[i]);
        const at = `${file}:${lineOf(sites[i])}:${columnOf(sites[i])}`;
        const isNamed = typeof name === "string" && name !== "" && name !== "<eval>" && name !== "<anonymous>";
        text += isNamed ? `\n    at ${name} (${at})` : `\n    at ${at}`;
      }
    } catch {
      // At the end of the stack there is no room for more frames.
    }
    return text;
  };
}
