/** The files of a program with a workspace: the operations of the engine's disk, and the input files of the call. */

import { bufferByteLength, builtIns, create, ownKeys } from "./intrinsics.js";
import { newList, push } from "./lists.js";

/** @import { List } from "./lists.js" */

/**
 * Does an operation on a path below /workspace or /tmp. Takes primitives, and an array buffer for bytes. Returns a
 * number, or a text: "=" and the answer, or "!" and the code of an error. It decides by itself what a path may be.
 *
 * @typedef {(operation: string, path: string, first?: number | string, second?: number | string, bytes?: ArrayBuffer)
 *   => number | string} DiskCallback
 */

/** @typedef {[path: string, content: string | Uint8Array, size: number]} InputFile */

/** @type {DiskCallback | undefined} */
let engineDisk;
/**
 * Input files by path that the disk in memory has not taken yet.
 *
 * @type {Record<string, InputFile>}
 */
let waiting = create(null);
/**
 * Absolute paths of input files by their names.
 *
 * @type {Record<string, string | undefined>}
 */
const pathsByName = create(null);
/** The directory that the program is in. */
let directory = "/workspace";

/** @param {DiskCallback | undefined} callback */
export function connectDisk(callback) {
  engineDisk = callback;
}

/** The engine's disk for the library of files; undefined if the engine has none. */
export function diskOfEngine() {
  return engineDisk === undefined ? undefined : askDisk;
}

/**
 * Every value is checked here, because a program can reach this function through a library that it has changed. No
 * object of the engine comes back, nor an error of it.
 *
 * @type {DiskCallback}
 */
function askDisk(operation, path, first, second, bytes) {
  if (typeof operation !== "string" || typeof path !== "string") return "!EINVAL";
  if (!isPlain(first) || !isPlain(second)) return "!EINVAL";
  if (bytes !== undefined) bufferByteLength(bytes); // throws if it is none
  /** @type {number | string | undefined} */
  let answer;
  try {
    answer = /** @type {DiskCallback} */ (engineDisk)(operation, path, first, second, bytes);
  } catch {
    // At the end of the stack the error is an object of the engine.
  }
  if (answer === undefined) throw new builtIns.RangeError("Maximum call stack size exceeded");
  return answer;
}

/** @param {unknown} value */
function isPlain(value) {
  return value === undefined || typeof value === "number" || typeof value === "string";
}

/** @param {string} path Absolute. */
export function enterDirectory(path) {
  directory = path;
}

export function presentDirectory() {
  return directory;
}

/**
 * @param {string} name
 * @param {InputFile} file
 */
export function addInputFile(name, file) {
  pathsByName[name] = file[0];
  if (engineDisk === undefined) waiting[file[0]] = file;
}

/**
 * The path of the input file with this name, or undefined.
 *
 * @param {string} name
 */
export function inputPath(name) {
  return pathsByName[name];
}

/** Returns the absolute paths of all input files by their names. */
export function inputPaths() {
  return pathsByName;
}

/** Returns the input files that came since the last call of this function. */
export function takeInputFiles() {
  /** @type {List<InputFile>} */
  const taken = newList();
  const paths = ownKeys(waiting);
  for (let i = 0; i < paths.length; i++) push(taken, waiting[/** @type {string} */ (paths[i])]);
  waiting = create(null);
  return taken;
}
