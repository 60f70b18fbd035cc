/**
 * The functions of the engine that the prelude calls for a program: write, read the clock, sleep, and compile a text of
 * the prelude in the program's realm.
 *
 * They take and return primitives, and the last one a value of the program's realm. Every error that they throw is
 * dropped here, because an object of the engine would lead a program to the constructors of the engine's realm.
 */

import { builtIns, evaluateText, indexOf, slice, toWellFormed } from "./intrinsics.js";

/** @typedef {(stream: number, text: string, isBeforeNul: boolean) => void} WriteCallback */
/** @typedef {() => number} NowCallback Returns milliseconds of a clock that never goes back. */
/** @typedef {(timeMs: number) => void} SleepCallback Returns when the clock has reached that time. */

/**
 * Returns a function that returns the value of a text. An engine whose realm makes no code of strings gives one. It is
 * never called with a text of a program.
 *
 * @typedef {(text: string) => () => any} EvaluateCallback
 */

/** @type {WriteCallback} */
let write;
/** @type {NowCallback} */
let now;
/** @type {SleepCallback} */
let sleep;
/** @type {EvaluateCallback | undefined} */
let compile;
/** True after the end of a program: output of code that still runs is dropped. */
let isSilent = false;

/**
 * @param {WriteCallback} writeCallback
 * @param {NowCallback} nowCallback
 * @param {SleepCallback} sleepCallback
 * @param {EvaluateCallback | undefined} evaluator
 */
export function connectCallbacks(writeCallback, nowCallback, sleepCallback, evaluator) {
  write = writeCallback;
  now = nowCallback;
  sleep = sleepCallback;
  compile = evaluator;
}

export function silence() {
  isSilent = true;
}

export function endSilence() {
  isSilent = false;
}

/**
 * @param {number} stream 1 for the program's output, 2 for its errors
 * @param {string} text
 */
export function writeText(stream, text) {
  if (isSilent || text === "") return;
  try {
    const whole = toWellFormed(text);
    // QuickJS ends a text at its first NUL, so the engine adds each NUL itself.
    let from = 0;
    for (let at = indexOf(whole, "\0"); at >= 0; at = indexOf(whole, "\0", from)) {
      write(stream, slice(whole, from, at), true);
      from = at + 1;
    }
    if (from < whole.length) write(stream, from === 0 ? whole : slice(whole, from), false);
  } catch {
    // For instance an overflow of the engine's stack. Its error must not reach the program.
  }
}

export function nowMs() {
  try {
    return now();
  } catch {
    return 0;
  }
}

/** @param {number} timeMs */
export function sleepUntil(timeMs) {
  try {
    sleep(timeMs);
  } catch {
    // The error must not reach the program.
  }
}

/**
 * Returns the value of a text of the prelude.
 *
 * @param {string} text
 */
export function evaluate(text) {
  if (compile === undefined) return evaluateText(text);
  let made;
  try {
    made = compile(text);
  } catch {
    // At the end of the stack the error is an object of the engine.
  }
  if (made === undefined) throw new builtIns.RangeError("Maximum call stack size exceeded");
  return made();
}
