/** The end of a program: its result, or the error that ended it. */

import { builtIns, stringify } from "./intrinsics.js";
import { silence } from "./callbacks.js";
import { inspect } from "./inspect.js";
import { constructorName, isErrorValue } from "./kinds.js";
import { program } from "./programs.js";
import { framesText, readStack } from "./stack.js";
import { clip } from "./utf8.js";

/**
 * The error that ended a program, as the server reports it. Line and column are null if no frame is the program's.
 *
 * @typedef {object} Failure
 * @property {null} __proto__
 * @property {string} type
 * @property {string} message
 * @property {number | null} line
 * @property {number | null} column
 * @property {string} traceback
 */

/** @type {Failure | null} */
let failure = null;
/** @type {string | null} */
let resultText = null;
/** True while the program waits at its top level. */
let isAwaiting = false;

export function beginResult() {
  failure = null;
  resultText = null;
  isAwaiting = false;
}

export function isOver() {
  return failure !== null;
}

/**
 * Ends the program with a value that it threw. Later values do not count.
 *
 * @param {unknown} thrown
 */
export function endWith(thrown) {
  if (failure === null) failure = describe(thrown);
  silence();
}

/** Ends a program that waits at its top level when nothing is left to run. */
export function endIfAwaiting() {
  if (isAwaiting)
    endWith(new builtIns.Error("The program waits at its top level for a promise that nothing is left to settle"));
}

/** @param {unknown} value */
export function keepResult(value) {
  if (value !== undefined) resultText = clip(inspect(value));
}

/**
 * Keeps the result of a program that awaits at its top level: the value of its wrapper's promise.
 *
 * @param {Promise<unknown>} promise
 */
export async function followPromise(promise) {
  const followed = program;
  isAwaiting = true;
  try {
    const value = await promise;
    // A later program can settle the promise that an earlier one was left waiting for.
    if (program !== followed) return;
    isAwaiting = false;
    keepResult(value);
  } catch (thrown) {
    if (program !== followed) return;
    isAwaiting = false;
    endWith(thrown);
  }
}

/** Returns the report of the run as JSON: `error` or `result` is null. */
export function reportResult() {
  silence();
  if (failure === null) return `{"error":null,"result":${stringify(resultText)}}`;
  const { type, message, line, column, traceback } = failure;
  // Value by value: for an object, QuickJS keeps a list that setters on `Array.prototype` see.
  const words = `"type":${stringify(type)},"message":${stringify(message)}`;
  const place = `"line":${line},"column":${column}`;
  return `{"error":{${words},${place},"traceback":${stringify(traceback)}},"result":null}`;
}

/**
 * Describes a thrown value in primitives only.
 *
 * @param {unknown} thrown
 * @returns {Failure}
 */
function describe(thrown) {
  /** @type {Failure} */
  const described = { __proto__: null, type: "Uncaught", message: "", line: null, column: null, traceback: "" };
  try {
    if (isErrorValue(thrown)) describeError(thrown, described);
    else {
      described.message = clip(inspect(thrown));
      described.traceback = clip(`Uncaught: ${described.message}`);
    }
  } catch {
    if (described.message === "") described.message = "The thrown value cannot be described";
    if (described.traceback === "") described.traceback = `${described.type}: ${described.message}`;
  }
  return described;
}

/**
 * @param {Error} error
 * @param {Failure} described
 */
function describeError(error, described) {
  described.type = clip(constructorName(error) ?? "Error");
  const { message } = /** @type {{ message: unknown }} */ (error);
  described.message = clip(typeof message === "string" ? message : inspect(message));
  const { frames } = readStack(error);
  for (let i = 0; i < frames.length && described.line === null; i++) {
    if (!frames[i].isOwn) continue;
    described.line = frames[i].line;
    described.column = frames[i].column;
  }
  const head = described.message === "" ? described.type : `${described.type}: ${described.message}`;
  described.traceback = clip(head + framesText(frames));
}
