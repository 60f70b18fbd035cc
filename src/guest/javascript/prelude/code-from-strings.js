/** Refuses code from strings (`eval`, `Function`) in a realm whose engine has no switch for it. */

import { defineProperty, getPrototypeOf, global, builtIns } from "./intrinsics.js";
import { defineHidden } from "./lists.js";

let isRefused = false;

/** A second call does nothing, because a program may have set its own `eval`. */
export function refuseCodeFromStrings() {
  if (isRefused) return;
  isRefused = true;
  const functionKinds = [function () {}, async function () {}, function* () {}, async function* () {}];
  const names = ["Function", "AsyncFunction", "GeneratorFunction", "AsyncGeneratorFunction"];
  for (let i = 0; i < functionKinds.length; i++) {
    const prototype = /** @type {object} */ (getPrototypeOf(functionKinds[i]));
    const replacement = replaceConstructor(prototype, names[i], i === 0);
    if (i === 0) defineHidden(global, "Function", replacement);
  }
  const methods = {
    /** @param {unknown} source */
    eval(source) {
      return typeof source === "string" ? refuse() : source;
    },
  };
  defineHidden(global, "eval", methods.eval);
}

/**
 * Replaces the constructor of a function's prototype by one that refuses.
 *
 * @param {object} prototype
 * @param {string} name
 * @param {boolean} isWritable
 */
function replaceConstructor(prototype, name, isWritable) {
  const replacement = function () {
    return refuse();
  };
  defineProperty(replacement, "name", { __proto__: null, value: name, configurable: true });
  defineProperty(replacement, "length", { __proto__: null, value: 1, configurable: true });
  defineProperty(replacement, "prototype", { __proto__: null, value: prototype, writable: false });
  defineProperty(prototype, "constructor", {
    __proto__: null,
    value: replacement,
    writable: isWritable,
    enumerable: false,
    configurable: true,
  });
  return replacement;
}

/** @returns {never} */
function refuse() {
  throw new builtIns.EvalError("Code generation from strings disallowed for this context");
}
