/** The inputs and the files of a program. */

import { defineProperty, getOwnPropertyDescriptor, global, objectHasOwn, ownKeys, builtIns } from "./intrinsics.js";
import { addInputFile } from "./disk.js";
import { defineHidden, defineVisible, ownField } from "./lists.js";

/** @import { AnyObject } from "./lists.js" */

/**
 * A file of the call: its name, its absolute path, the caller's path if it gave one, and its size in bytes. With a mark
 * its text begins with U+FEFF, which `files` leaves out.
 *
 * @typedef {{ name: string, path: string, hostPath: string | null, size: number, hasMark: boolean }} NamedFile
 */

const MARK = "\ufeff";

/** The inputs by name, as the program finds them in the global `inputs`. */
let inputs = {};
/** The contents of files by name, as the program finds them in the global `files`. */
let files = {};
/**
 * The standard input of the present program, which finds it in the global `stdin`.
 *
 * @type {string | undefined}
 */
let stdin;

/**
 * Adds inputs to those of the programs before.
 *
 * @param {Record<string, unknown>} added
 */
export function beginInputs(added) {
  inputs = copyOf(inputs);
  files = copyOf(files);
  endStdin();
  const names = ownKeys(added);
  for (let i = 0; i < names.length; i++) {
    const name = /** @type {string} */ (names[i]);
    setInput(name, added[name]);
  }
  setGlobal("inputs", inputs);
  setGlobal("files", files);
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function setInput(name, value) {
  defineVisible(inputs, name, value);
  // A global such as `undefined` refuses the value. The program finds that input in `inputs` only.
  if (name !== "globalThis" && name !== "inputs" && name !== "files") setGlobal(name, value);
}

/** Takes the text of the program before away, unless that has put something else in its place. */
function endStdin() {
  if (stdin === undefined) return;
  const found = getOwnPropertyDescriptor(global, "stdin");
  const isOwn = found !== undefined && ownField(found, "value") === stdin && ownField(found, "configurable") === true;
  if (isOwn) delete (/** @type {AnyObject} */ (global)["stdin"]);
  stdin = undefined;
}

/** @param {string} text */
export function giveStdin(text) {
  stdin = text;
  setGlobal("stdin", text);
}

/** The text of stdin, or undefined. */
export function givenStdin() {
  return stdin;
}

/**
 * @param {string} name
 * @param {string} text
 */
export function addTextFile(name, text) {
  defineVisible(files, name, text);
}

/**
 * @param {string} name
 * @param {ArrayBuffer} buffer
 */
export function addBinaryFile(name, buffer) {
  defineVisible(files, name, new builtIns.Uint8Array(buffer));
}

/**
 * Gives files the names by which a program may look for them. A loop over the names does not find these.
 *
 * @param {NamedFile[]} names
 */
export function nameFiles(names) {
  for (let i = 0; i < names.length; i++) {
    const { name, path, hostPath, size, hasMark } = names[i];
    const content = /** @type {Record<string, string | Uint8Array>} */ (files)[name];
    nameFile(`./${name}`, content);
    nameFile(path, content);
    nameFile(hostPath, content);
    addInputFile(name, [path, hasMark && typeof content === "string" ? MARK + content : content, size]);
  }
}

/**
 * @param {string | null} name
 * @param {unknown} content
 */
function nameFile(name, content) {
  if (name !== null && !objectHasOwn(files, name)) defineHidden(files, name, content);
}

/**
 * Returns a new object with the fields of `earlier`, which a program may have frozen. No getter of a program is called.
 *
 * @param {object} earlier
 */
function copyOf(earlier) {
  const copy = {};
  const keys = ownKeys(earlier);
  for (let i = 0; i < keys.length; i++) {
    const descriptor = /** @type {PropertyDescriptor} */ (getOwnPropertyDescriptor(earlier, keys[i]));
    const define = ownField(descriptor, "enumerable") === true ? defineVisible : defineHidden;
    define(copy, keys[i], ownField(descriptor, "value"));
  }
  return copy;
}

/**
 * Defines a global. A variable that a script has declared cannot be defined again, so its value is set.
 *
 * @param {string} name
 * @param {unknown} value
 */
function setGlobal(name, value) {
  if (!defineVisible(global, name, value)) defineProperty(global, name, { __proto__: null, value });
}
