/**
 * The kept libraries: what the engines of JavaScript lack or have in different forms, as text that both engines run.
 *
 * A library is made when a program first asks for it, in the program's own realm. So it costs other programs nothing,
 * and it leads to no object of the engine. A program can change all of it, as it can change the language. So nothing of
 * a library may be used for the report of a run.
 */

import {
  builtIns,
  create,
  defineProperty,
  getOwnPropertyDescriptor,
  global,
  objectHasOwn,
  ownKeys,
  setPrototypeOf,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayOffset,
} from "./intrinsics.js";
import { evaluate, nowMs, writeText } from "./callbacks.js";
import { diskOfEngine, enterDirectory, inputPath, presentDirectory, takeInputFiles } from "./disk.js";
import { fillRandom } from "./entropy.js";
import { format } from "./format.js";
import { publicInspect } from "./inspect.js";
import { decodeByEngine, encodeByEngine } from "./engine-texts.js";
import { givenStdin } from "./inputs.js";
import { kindOf, typedArrayNames } from "./kinds.js";
import { defineHidden } from "./lists.js";
import { libraryTexts } from "./library-texts.js";
import { programCount } from "./programs.js";
import { quote } from "./quote.js";
import { exitWith, onFailure } from "./result.js";
import { addEndHook, hasTimers } from "./timer-queue.js";
import { timerFunctions } from "./timers.js";

/**
 * The functions that make the globals of libraries.
 *
 * @type {Record<string, (() => unknown) | undefined>}
 */
const makers = { __proto__: /** @type {any} */ (null) };
/** @type {Record<string, any>} */
const made = { __proto__: /** @type {any} */ (null) };

/**
 * The globals as they were before any program. A library uses these: a program may declare the same names, and a name
 * at its top level would count in a library too.
 *
 * @type {Record<string, any>}
 */
export const libraryGlobals = create(null);

/** Keeps the globals for the libraries. Runs once, after all of them were defined. */
export function keepGlobals() {
  const names = ownKeys(global);
  for (let i = 0; i < names.length; i++) {
    const descriptor = /** @type {PropertyDescriptor & { __proto__: null }} */ (
      setPrototypeOf(/** @type {object} */ (getOwnPropertyDescriptor(global, names[i])), null)
    );
    const make = makers[/** @type {string} */ (names[i])];
    if (make === undefined) defineProperty(libraryGlobals, names[i], descriptor);
    else defineProperty(libraryGlobals, names[i], { __proto__: null, get: make });
  }
}

/**
 * Returns a library, and makes it first if it is not there.
 *
 * @param {string} name
 */
export function load(name) {
  if (made[name] === undefined) made[name] = evaluate(libraryTexts[name])(tools);
  return made[name];
}

/** What a library gets from the prelude besides the globals of the program. */
const tools = {
  __proto__: null,
  load,
  globals: libraryGlobals,
  kindOf,
  typedArrayNames,
  inspect: publicInspect,
  quote,
  setTimeout: timerFunctions.setTimeout,
  /** @param {string} text */
  encode(text) {
    return typeof text === "string" ? encodeByEngine(text) : undefined;
  },
  /** @param {Uint8Array} bytes */
  decode(bytes) {
    const from = typedArrayOffset(bytes);
    return decodeByEngine(typedArrayBuffer(bytes), from, from + typedArrayByteLength(bytes));
  },
  cwd: presentDirectory,
  enterDirectory,
  inputPath,
  takeInputFiles,
  get disk() {
    return diskOfEngine();
  },
  runCount: () => programCount,
  stdinText: () => givenStdin() ?? "",
  write: writeText,
  now: nowMs,
  exit: exitWith,
  addEndHook,
  onFailure,
  hasTimers,
  /** @param {unknown[]} args */
  format(...args) {
    return format(args);
  },
  /** @param {Uint8Array} bytes */
  fillRandom(bytes) {
    return fillRandom(bytes, load("hashes").sha256);
  },
  newError,
  newCodeError,
  /**
   * @param {unknown} input
   * @param {unknown} base
   */
  newUrlError(input, base) {
    const error = newCodeError("TypeError", "ERR_INVALID_URL", "Invalid URL");
    error.input = input;
    if (base !== undefined && base !== null) error.base = base;
    return error;
  },
};

/**
 * @param {"Error" | "RangeError" | "TypeError"} name
 * @param {string} message
 * @returns {any}
 */
function newError(name, message) {
  return new builtIns[name](message);
}

/**
 * Returns an error with a code, as those of Node's modules have.
 *
 * @param {"Error" | "RangeError" | "TypeError"} name
 * @param {string} code
 * @param {string} message
 */
function newCodeError(name, code, message) {
  const error = newError(name, message);
  error.code = code;
  return error;
}

/** The globals of libraries, by the name of the library. */
const GLOBALS = {
  buffer: "Buffer",
  crypto: "crypto",
  url: "URL URLSearchParams",
  web: "AbortController AbortSignal CustomEvent DOMException Event EventTarget",
};

/** Defines the globals of libraries. The first use of one makes its library. */
export function defineLibraryGlobals() {
  for (const [library, names] of Object.entries(GLOBALS))
    for (const name of names.split(" ")) defineLazy(name, () => load(library)[name]);
}

/**
 * The program's own process, or the part of it that a program has without a workspace.
 *
 * @param {boolean} hasWorkspace
 */
export function processOf(hasWorkspace) {
  return load(hasWorkspace ? "process" : "process-view");
}

/**
 * Defines `process`, unless an earlier program of the session has set another one.
 *
 * @param {boolean} hasWorkspace
 */
export function defineProcess(hasWorkspace) {
  if (!objectHasOwn(global, "process")) defineLazy("process", () => processOf(hasWorkspace));
}

/** Defines the other globals of a program with a workspace, unless an earlier program has set others. */
export function defineWorkspaceGlobals() {
  if (!objectHasOwn(global, "__dirname")) defineHidden(global, "__dirname", presentDirectory());
  if (!objectHasOwn(global, "__filename")) defineHidden(global, "__filename", `${presentDirectory()}/program.js`);
}

/**
 * @param {string} name
 * @param {() => unknown} make
 */
function defineLazy(name, make) {
  makers[name] = make;
  defineProperty(global, name, {
    __proto__: null,
    get: () => {
      const value = make();
      defineHidden(global, name, value);
      return value;
    },
    set: (value) => defineHidden(global, name, value),
    enumerable: false,
    configurable: true,
  });
}
