/** `setTimeout`, `setImmediate`, `queueMicrotask` and the other timer functions. */

import { mapGet, promiseThen, toPrimitive, trunc } from "./intrinsics.js";
import { fail } from "./errors.js";
import { toNumber } from "./format.js";
import { inspect } from "./inspect.js";
import { removeProperty } from "./lists.js";
import { endWith } from "./result.js";
import { addTimer, cancelTimer, restartTimer, timersById } from "./timer-queue.js";

/** @import { Timer } from "./timer-queue.js" */

/** A longer wait counts as 1 ms, as in Node. */
const MAX_WAIT = 2147483647;

/** A promise whose callbacks run as the next microtasks. */
const settled = Promise.resolve();

class Timeout {
  /** @type {Timer} */
  #timer;

  /** @param {Timer} timer */
  constructor(timer) {
    this.#timer = timer;
  }

  /**
   * Returns the timer of a handle, or undefined for any other value.
   *
   * @param {unknown} value
   */
  static timerOf(value) {
    if (value === null || typeof value !== "object") return undefined;
    return #timer in value ? value.#timer : undefined;
  }

  ref() {
    this.#timer.isRef = true;
    return this;
  }

  unref() {
    this.#timer.isRef = false;
    return this;
  }

  hasRef() {
    return this.#timer.isRef;
  }

  refresh() {
    restartTimer(this.#timer);
    return this;
  }

  close() {
    cancelTimer(this.#timer);
    return this;
  }

  [toPrimitive]() {
    return this.#timer.id;
  }
}
const { timerOf } = Timeout;
// A program must not reach these: the constructor takes a record of the prelude.
removeProperty(Timeout, "timerOf");
removeProperty(Timeout.prototype, "constructor");

/**
 * @param {unknown} callback
 * @returns {asserts callback is Function}
 */
function assertCallback(callback) {
  if (typeof callback !== "function")
    fail("TypeError", `The "callback" argument must be of type function. Received ${inspect(callback, 0)}`);
}

/**
 * @param {unknown} callback
 * @param {unknown} delay
 * @param {unknown[]} args
 * @param {boolean} isRepeating
 */
function startTimeout(callback, delay, args, isRepeating) {
  assertCallback(callback);
  const asked = toNumber(delay);
  const wait = asked >= 1 && asked <= MAX_WAIT ? trunc(asked) : 1;
  return new Timeout(addTimer(callback, args, { wait, isRepeating, isImmediate: false }));
}

/** @param {unknown} handle A timer's object, or its id as a number or text. */
function clear(handle) {
  const timer =
    typeof handle === "number" || typeof handle === "string" ? mapGet(timersById, +handle) : timerOf(handle);
  if (timer !== undefined) cancelTimer(timer);
}

// Methods, because a function would be a constructor and have a prototype for a program to write to.
export const timerFunctions = {
  /**
   * @param {unknown} callback
   * @param {unknown} delay
   * @param {unknown[]} args
   */
  setTimeout(callback, delay, ...args) {
    return startTimeout(callback, delay, args, false);
  },
  /**
   * @param {unknown} callback
   * @param {unknown} delay
   * @param {unknown[]} args
   */
  setInterval(callback, delay, ...args) {
    return startTimeout(callback, delay, args, true);
  },
  /**
   * @param {unknown} callback
   * @param {unknown[]} args
   */
  setImmediate(callback, ...args) {
    assertCallback(callback);
    return new Timeout(addTimer(callback, args, { wait: 0, isRepeating: false, isImmediate: true }));
  },
  /** @param {unknown} handle */
  clearTimeout(handle) {
    clear(handle);
  },
  /** @param {unknown} handle */
  clearInterval(handle) {
    clear(handle);
  },
  /** @param {unknown} handle */
  clearImmediate(handle) {
    clear(handle);
  },
  /** @param {unknown} callback */
  queueMicrotask(callback) {
    assertCallback(callback);
    promiseThen(settled, () => {
      try {
        callback();
      } catch (thrown) {
        endWith(thrown);
      }
    });
  },
};
