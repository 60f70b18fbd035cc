/** The workspace of a JavaScript program and its directory for temporary files: where they are, and what is in them. */

import fs from "node:fs";
import { posix } from "node:path";

/** @import { Job, NamedBytes } from "./channel.mjs" */

const { lstatSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } = fs;
const { basename, dirname, resolve } = posix;

const WORKSPACE = "/workspace";
const TEMPORARY = "/tmp";

/** The directories as a program names them, and where they are: empty until a program may use files. */
let places = /** @type {{ shown: string, real: string }[]} */ ([]);
/** Input files of the present job that are not on the disk yet: most programs read them from `files`. */
const waiting = /** @type {[path: string, bytes: Buffer][]} */ ([]);
let isReady = true;
/** The directory that a program starts in, relative to the workspace; null if it may use no files. */
let start = /** @type {string | null} */ (null);
/** The supervisor of a guest on the host names the workspace. */
const own = process.argv[2] ?? WORKSPACE;

/** An error with the code that a program gets. */
export class DiskError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Makes the disk ready for an operation. Returns false if the program may use no files. */
export function beginOperation() {
  if (start === null) return false;
  if (!isReady) prepare();
  return true;
}

/**
 * Lets the programs of this process use files.
 *
 * @param {Job["files"]} files
 * @param {NamedBytes} bytes
 * @param {string} directory The directory that the program starts in, relative to the workspace.
 */
export function giveDisk(files, bytes, directory) {
  for (let i = 0; i < files.length; i++) waiting.push([files[i].path, bytes[i][1]]);
  start = directory;
  isReady = false;
}

/** Writes the input files that wait, because a later program of the session may ask for them. */
export function keepDisk() {
  if (waiting.length === 0) return;
  try {
    prepare();
  } catch {
    // The disk is full. A later operation tells it.
  }
}

/** Makes the directories and the input files. */
function prepare() {
  if (places.length === 0) places = findPlaces();
  isReady = true;
  const [{ real }] = places;
  makeDirectories(real, start ?? "");
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const full = `${real}/${next[0]}`;
    makeDirectories(real, dirname(next[0]));
    rmSync(full, { recursive: true, force: true });
    writeFileSync(full, next[1], { flag: "wx" });
  }
}

/**
 * Makes directories of input files. What an earlier program has put in the place of one is removed.
 *
 * @param {string} real The directory above them.
 * @param {string} below
 */
function makeDirectories(real, below) {
  let full = real;
  for (const name of below.split("/")) {
    if (name === "" || name === ".") continue;
    full += `/${name}`;
    if (statSync(full, { throwIfNoEntry: false })?.isDirectory() === true) continue;
    rmSync(full, { force: true });
    mkdirSync(full);
  }
}

/** In a container the supervisor names no other workspace. On the host a program has both in its own directory. */
function findPlaces() {
  const workspace = realpathSync(own);
  const temporary = own === WORKSPACE ? TEMPORARY : `${workspace}/.tmp`;
  mkdirSync(temporary, { recursive: true });
  return [
    { shown: WORKSPACE, real: workspace },
    { shown: TEMPORARY, real: realpathSync(temporary) },
  ];
}

/**
 * Returns the path on this machine of a path of the program.
 *
 * @param {unknown} path
 * @param {boolean} follows True if a link as the last name counts as its target.
 */
export function realPath(path, follows = true) {
  if (typeof path !== "string" || path.includes("\0")) throw new DiskError("EINVAL");
  const shown = resolve("/", path);
  const place = places.find((one) => shown === one.shown || shown.startsWith(`${one.shown}/`));
  if (place === undefined) throw new DiskError("EACCES");
  if (shown === place.shown) return place.real;
  const below = place.real + shown.slice(place.shown.length);
  const full = `${inside(realpathSync.native(dirname(below)))}/${basename(below)}`;
  if (!follows || lstatSync(full, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return full;
  return inside(realpathSync.native(full));
}

/** @param {string} real */
function inside(real) {
  if (places.some((place) => real === place.real || real.startsWith(`${place.real}/`))) return real;
  throw new DiskError("EACCES");
}

/**
 * True for the directory for temporary files, which lies in the workspace on the host.
 *
 * @param {string} real
 */
export function isOwnPlace(real) {
  return places.some((place) => place.real === real);
}
