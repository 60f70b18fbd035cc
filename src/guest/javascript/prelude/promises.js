/** `Promise.any` for an engine whose error has no message. */

import { apply, objectHasOwn } from "./intrinsics.js";
import { isErrorValue } from "./kinds.js";
import { defineHidden } from "./lists.js";

const { any } = Promise;
const MESSAGE = "All promises were rejected";

const promiseFunctions = {
  /**
   * @this {any}
   * @param {unknown} values
   */
  any(values) {
    const Own = this;
    /** @type {any} */
    const WithMessage = function (/** @type {(resolve: unknown, reject: unknown) => void} */ begin) {
      return new Own((/** @type {unknown} */ resolve, /** @type {(error: unknown) => void} */ reject) => {
        begin(resolve, (/** @type {unknown} */ error) => reject(named(error)));
      });
    };
    WithMessage.resolve = (/** @type {unknown} */ value) => Own.resolve(value);
    return apply(any, WithMessage, [values]);
  },
};

/** @param {unknown} error */
function named(error) {
  if (isErrorValue(error) && objectHasOwn(error, "errors") && !objectHasOwn(error, "message")) {
    defineHidden(error, "message", MESSAGE);
    defineHidden(error, "stack", `AggregateError: ${MESSAGE}`);
  }
  return error;
}

/** Replaces the function if the engine needs it: it has no locales either. */
export function definePromises() {
  if (typeof Intl === "undefined") defineHidden(Promise, "any", promiseFunctions.any);
}
