/**
 * Keeps `Error.prepareStackTrace` from programs. It hands out call sites, and a call site leads to functions of the
 * prelude and of the engine.
 */

import {
  builtIns,
  defineProperty,
  errorToString,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  global,
  indexOf,
  objectHasOwn,
  slice,
  uncurry,
} from "./intrinsics.js";
import { calleeAt } from "./callee.js";
import { defineHidden, ownField } from "./lists.js";
import { findProgram, placeOf, PROGRAM } from "./programs.js";

const NOT_A_FUNCTION = "not a function";
const typeErrorPrototype = builtIns.TypeError.prototype;
const errorPrototype = builtIns.Error.prototype;

/** @typedef {(error: Error, sites: unknown[]) => unknown} PrepareStackTrace */

/** Runs once, before any program. */
export function hideCallSites() {
  const errorClass = /** @type {{ prepareStackTrace?: PrepareStackTrace }} */ (Error);
  // QuickJS has the property, and makes stacks without the first line of the error. Programs expect Node's form.
  if (objectHasOwn(Error, "prepareStackTrace")) errorClass.prepareStackTrace = stackFormatter(errorClass);
  // Node calls the function of whatever the global `Error` is by then, so a program must not put another one there.
  else defineProperty(global, "Error", { __proto__: null, value: Error, writable: false, configurable: false });
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
      if (isUnnamed(error) && sites.length > 0) {
        nameCallee(error, fileOf(sites[0]), lineOf(sites[0]), columnOf(sites[0]), functionOf(sites[0]));
      }
    } catch {
      // At the end of the stack there is no room for it.
    }
    try {
      text = errorToString(error);
    } catch {
      // Getters of the program make its text.
    }
    try {
      for (let i = constructorsOf(error, sites, functionOf); i < sites.length; i++) {
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

/**
 * Returns how many of the first sites are constructors of the error's own classes: its place is where it was made.
 * No getter of a program is called.
 *
 * @param {Error} error
 * @param {unknown[]} sites
 * @param {(site: unknown) => unknown} functionOf
 */
function constructorsOf(error, sites, functionOf) {
  let count = 0;
  while (count < sites.length && isOwnClass(error, functionOf(sites[count]))) count++;
  return count < sites.length ? count : 0;
}

/**
 * True if an error has a class of that name which a program has made.
 *
 * @param {Error} error
 * @param {unknown} name
 */
function isOwnClass(error, name) {
  if (typeof name !== "string" || name === "") return false;
  for (let at = getPrototypeOf(error); at !== null && at !== errorPrototype; at = getPrototypeOf(at)) {
    if (ownNameOf(ownValueOf(at, "constructor")) === name) return true;
  }
  return false;
}

/** @param {unknown} value */
function ownNameOf(value) {
  const name = typeof value === "function" ? ownValueOf(value, "name") : "";
  return typeof name === "string" ? name : "";
}

/**
 * @param {object} owner
 * @param {string} key
 */
function ownValueOf(owner, key) {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  return descriptor === undefined ? undefined : ownField(descriptor, "value");
}

/**
 * True for an error that says only "not a function", as QuickJS does of every such call.
 *
 * @param {Error} error
 */
function isUnnamed(error) {
  if (getPrototypeOf(error) !== typeErrorPrototype) return false;
  const message = getOwnPropertyDescriptor(error, "message");
  return message !== undefined && ownField(message, "value") === NOT_A_FUNCTION;
}

/**
 * Names what was called.
 *
 * @param {Error} error
 * @param {unknown} file
 * @param {number} line
 * @param {number} column
 * @param {unknown} builtIn The name of a function of the language that made the call, if it is no program.
 */
function nameCallee(error, file, line, column, builtIn) {
  const isOwn = typeof file === "string" && indexOf(file, PROGRAM) === 0;
  const name = isOwn ? calleeIn(file, line, column) : builtIn;
  // A program makes such an error itself by a call of its constructor.
  if (typeof name !== "string" || name === "" || slice(name, -5) === "Error") return;
  defineHidden(
    error,
    "message",
    isOwn ? `${name} is not a function` : `a value that ${name} was given is not a function`,
  );
}

/**
 * Returns the name of what was called at a place of a program, or "".
 *
 * @param {string} file
 * @param {number} line
 * @param {number} column
 */
function calleeIn(file, line, column) {
  const owner = findProgram(file);
  if (owner === undefined) return "";
  const place = placeOf(owner, line, column);
  return calleeAt(owner.text, place.line, place.column);
}
