/** The globals that a program finds: those of the language, and the functions of the prelude. */

import { builtIns, dateGetTime, defineProperty, global, ownKeys, toStringTag } from "./intrinsics.js";
import { nowMs } from "./callbacks.js";
import { cloneFunctions } from "./clone.js";
import { consoleMethods } from "./console.js";
import { base64Functions, TextEncoder } from "./encoding.js";
import { defineLibraryGlobals, keepGlobals } from "./libraries.js";
import { defineHidden, defineVisible, removeProperty } from "./lists.js";
import { defineLocales } from "./locales.js";
import { defineRequire } from "./modules.js";
import { definePromises } from "./promises.js";
import { stringMethods } from "./string-methods.js";
import { TextDecoder } from "./text-decoder.js";
import { timerFunctions } from "./timers.js";

/** @import { AnyObject } from "./lists.js" */

/** The globals that a realm may keep. All others are removed. */
const LANGUAGE = [
  "globalThis Infinity NaN undefined eval isFinite isNaN parseFloat parseInt",
  "decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape",
  "AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean DataView Date",
  "DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function",
  "Int8Array Int16Array Int32Array Intl Iterator JSON Map Math Number Object Promise Proxy",
  "RangeError ReferenceError Reflect RegExp Set String SuppressedError Symbol SyntaxError TypeError",
  "Uint8Array Uint8ClampedArray Uint16Array Uint32Array URIError WeakMap WeakRef WeakSet",
]
  .join(" ")
  .split(" ");

/**
 * When the first program began, by the engine's clock.
 *
 * @type {number | null}
 */
let startedAt = null;

/**
 * Starts the clock of `performance.now()`. In a realm that is kept it goes on, so that earlier measurements stay right.
 *
 * @param {number} timeMs
 */
export function startClock(timeMs) {
  startedAt ??= timeMs;
}

/**
 * The time of the wall clock when the first program began.
 *
 * @type {number | null}
 */
let origin = null;

const performance = {
  get timeOrigin() {
    origin ??= dateGetTime(new builtIns.Date()) - performance.now();
    return origin;
  },
  now() {
    return nowMs() - (startedAt ?? 0);
  },
};

/** Runs once, before any program. */
export function defineGlobals() {
  for (const key of ownKeys(global))
    if (typeof key === "string" && !LANGUAGE.includes(key)) removeProperty(global, key);

  const consoleObject = {};
  for (const name of ownKeys(consoleMethods))
    defineVisible(consoleObject, name, /** @type {AnyObject} */ (consoleMethods)[name]);
  defineProperty(consoleObject, toStringTag, { __proto__: null, value: "console", configurable: true });
  defineAllHidden(global, { console: consoleObject });
  defineAllHidden(global, timerFunctions);
  defineAllHidden(String.prototype, stringMethods);
  defineAllHidden(global, base64Functions);
  defineAllHidden(global, cloneFunctions);
  defineAllHidden(global, { TextEncoder, TextDecoder, performance, global });
  defineLibraryGlobals();
  defineLocales();
  definePromises();
  keepGlobals();
  defineRequire();
}

/**
 * @param {object} target
 * @param {object} values
 */
function defineAllHidden(target, values) {
  for (const name of ownKeys(values)) defineHidden(target, name, /** @type {AnyObject} */ (values)[name]);
}
