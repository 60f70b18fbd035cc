/** The end of a program: its result, or the error that ended it. */

import { builtIns, min, slice, stringify } from "./intrinsics.js";
import { silence } from "./callbacks.js";
import { causesText, messageOf } from "./causes.js";
import { inspect, inspectError } from "./inspect.js";
import { MAX_STRING_LENGTH } from "./inspect-layout.js";
import { constructorName, isErrorValue } from "./kinds.js";
import { adviceFor } from "./missing.js";
import { program } from "./programs.js";
import { quote } from "./quote.js";
import { framesText, readStack } from "./stack.js";
import { clip, MAX_TEXT_SIZE, sizeOf } from "./utf8.js";

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
/**
 * The status of a program that ended itself.
 *
 * @type {number | null}
 */
let exitStatus = null;
/**
 * Calls the program's listeners of its end. A library that is not loaded has none.
 *
 * @type {() => unknown}
 */
let failureHook = () => undefined;
/**
 * The reason that the program is not over although nothing is left to run; "" if there is none. It completes the
 * sentence of `endIfAwaiting`.
 */
let awaited = "";

const TOP_LEVEL = "The program waits at its top level for a promise";
const LAST_VALUE = "The value of the last expression is a promise";

/** Bytes of a message that are kept before the causes. */
const MAX_OWN_MESSAGE = MAX_TEXT_SIZE / 2;
/** Causes in one another that a traceback shows. */
const CAUSE_DEPTH = 5;

export function beginResult() {
  failure = null;
  resultText = null;
  exitStatus = null;
  awaited = "";
}

export function isOver() {
  return failure !== null || exitStatus !== null;
}

/**
 * Ends the program with a status, as `process.exit` does. Code that catches the error runs on in silence.
 *
 * @param {number} status From 0 to 255.
 * @returns {never}
 */
export function exitWith(status) {
  const error = new builtIns.Error(`process.exit(${status})`);
  if (!isOver()) {
    if (status !== 0) {
      failure = describe(error);
      failure.type = "SystemExit";
    }
    exitStatus = status;
    silence();
  }
  throw error;
}

/**
 * Ends the program with a value that it threw. Later values do not count.
 *
 * @param {unknown} thrown
 */
export function endWith(thrown) {
  if (!isOver()) {
    failure = describe(thrown);
    tellFailure();
  }
  silence();
}

/**
 * Sets what is called when an error has ended a program, before its output is dropped. It returns the exit status.
 *
 * @param {() => unknown} hook
 */
export function onFailure(hook) {
  failureHook = hook;
}

function tellFailure() {
  try {
    const status = failureHook();
    if (typeof status === "number" && status > 0 && status < 256) exitStatus = status;
  } catch {
    // Node drops what a listener of the end throws then, because an error has ended the program already.
  }
}

/** Ends a program whose promise stays open when nothing is left to run. */
export function endIfAwaiting() {
  if (awaited !== "")
    endWith(new builtIns.Error(`${awaited} that nothing is left to settle: it stays pending for ever`));
}

/**
 * Keeps the value of the last expression. A promise is awaited, as a reader of the result would do.
 *
 * @param {unknown} value
 */
export function keepResult(value) {
  if (isThenable(value)) void follow(value, LAST_VALUE);
  else if (value !== undefined) resultText = textOfResult(value);
}

/**
 * Keeps the result of a program that awaits at its top level: the value of its wrapper's promise.
 *
 * @param {Promise<unknown>} promise
 */
export function followPromise(promise) {
  return follow(promise, TOP_LEVEL);
}

/**
 * @param {unknown} promise
 * @param {string} reason
 */
async function follow(promise, reason) {
  const followed = program;
  awaited = reason;
  try {
    const value = await promise;
    // A later program can settle the promise that an earlier one was left waiting for.
    if (program !== followed) return;
    awaited = "";
    if (value !== undefined) resultText = textOfResult(value);
  } catch (thrown) {
    if (program !== followed) return;
    awaited = "";
    endWith(thrown);
  }
}

/**
 * Shows a value as printing does, but a long text up to the limit of a result.
 *
 * @param {unknown} value
 */
function textOfResult(value) {
  if (typeof value !== "string" || value.length <= MAX_STRING_LENGTH) return clip(inspect(value));
  const shown = quote(slice(value, 0, MAX_TEXT_SIZE));
  return value.length <= MAX_TEXT_SIZE ? clip(shown) : clip(shown, MAX_TEXT_SIZE, sizeOf(slice(value, MAX_TEXT_SIZE)));
}

/**
 * True for a value that `await` would wait for.
 *
 * @param {unknown} value
 */
function isThenable(value) {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  try {
    return typeof (/** @type {{ then?: unknown }} */ (value).then) === "function";
  } catch {
    // A getter of the program throws. The value is shown without a call of it.
    return false;
  }
}

/** Returns the report of the run as JSON: `error` or `result` is null. */
export function reportResult() {
  silence();
  if (failure === null) return `{"error":null,"result":${stringify(exitStatus === null ? resultText : null)}}`;
  const { type, message, line, column, traceback } = failure;
  // Value by value: for an object, QuickJS keeps a list that setters on `Array.prototype` see.
  const words = `"type":${stringify(type)},"message":${stringify(message)}`;
  const place = `"line":${line},"column":${column}`;
  const status = exitStatus ?? 1;
  return `{"error":{${words},${place},"traceback":${stringify(traceback)}},"result":null,"status":${status}}`;
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
      described.message = textOfResult(thrown);
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
  const message = messageOf(error);
  const own = message + adviceFor(described.type, message);
  described.message = clip(own);
  const { frames } = readStack(error);
  for (let i = 0; i < frames.length && described.line === null; i++) {
    if (!frames[i].isOwn) continue;
    described.line = frames[i].line;
    described.column = frames[i].column;
  }
  const head = own === "" ? described.type : `${described.type}: ${own}`;
  // If a getter of the program throws below, this much is told.
  described.traceback = clip(head + framesText(frames));
  const causes = causesText(error);
  if (causes === "") {
    described.traceback = clip(inspectError(error, head + framesText(frames), CAUSE_DEPTH));
  } else {
    described.message = withCauses(own, causes);
    described.traceback = clip(inspectError(error, clip(head, MAX_OWN_MESSAGE) + framesText(frames), CAUSE_DEPTH));
  }
}

/**
 * Puts the causes after the message. A long message must not push them out.
 *
 * @param {string} message
 * @param {string} causes
 */
function withCauses(message, causes) {
  if (message === "") return clip(slice(causes, 1));
  return clip(clip(message, MAX_TEXT_SIZE - min(sizeOf(causes), MAX_OWN_MESSAGE)) + causes);
}
