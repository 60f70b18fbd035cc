/**
 * The files of a JavaScript program: its workspace and its directory for temporary files, and nothing else.
 *
 * A program gives primitives and gets primitives, so no object of this realm leaves. It never gets a descriptor: each
 * operation opens, works and closes. A path is checked twice: as it is written, and as the links on its way resolve.
 */

import fs from "node:fs";
import { posix } from "node:path";
import { types } from "node:util";

/** @import { Job, NamedBytes } from "./channel.mjs" */

const { chmodSync, closeSync, constants, copyFileSync, fstatSync, ftruncateSync, lstatSync, mkdirSync } = fs;
const { openSync, readdirSync, readFileSync, readSync, realpathSync, renameSync, rmdirSync, rmSync } = fs;
const { unlinkSync, utimesSync, writeFileSync, writeSync } = fs;
const { isAnyArrayBuffer } = types;
const { basename, dirname, resolve } = posix;
const { stringify } = JSON;
const WORKSPACE = "/workspace";
const TEMPORARY = "/tmp";
/** Calls in one another that there must be room for. */
const ROOM = 400;
const CODE = /^E[A-Z0-9]{1,20}$/;
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

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
class DiskError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
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
  mkdirSync(`${real}/${start ?? ""}`, { recursive: true });
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const full = `${real}/${next[0]}`;
    mkdirSync(dirname(full), { recursive: true });
    rmSync(full, { recursive: true, force: true });
    writeFileSync(full, next[1], { flag: "wx" });
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
 * Throws if little of the stack is left. Node's own code ends the process when it finds no room in the middle of a call.
 *
 * @param {number} depth
 * @returns {number}
 */
function reach(depth) {
  return depth === 0 ? 0 : 1 + reach(depth - 1);
}

/**
 * Does one operation for a program. Never throws, except at the end of the stack.
 *
 * @type {import("./prelude/disk.js").DiskCallback}
 */
export function askDisk(operation, path, first, second, bytes) {
  if (start === null) return "!EACCES";
  reach(ROOM);
  try {
    if (!isReady) prepare();
    const work = operations[operation];
    if (work === undefined || typeof path !== "string") return "!EINVAL";
    return work(path, first, second, bytes);
  } catch (error) {
    const { code } = /** @type {{ code?: unknown }} */ (error);
    return typeof code === "string" && CODE.test(code)
      ? `!${code}`
      : code === "ERR_STRING_TOO_LONG"
        ? "!EFBIG"
        : "!EIO";
  }
}

/**
 * Returns the path on this machine of a path of the program.
 *
 * @param {unknown} path
 * @param {boolean} follows True if a link as the last name counts as its target.
 */
function realPath(path, follows = true) {
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

/** @param {string} path */
function assertNoPlace(path) {
  if (path === WORKSPACE || path === TEMPORARY || resolve("/", path) === "/") throw new DiskError("EACCES");
}

/**
 * Opens a file for one operation. A pipe or a device is none: it could block for ever.
 *
 * @template T
 * @param {unknown} path
 * @param {number} flags
 * @param {(fd: number) => T} work
 * @param {number} [mode]
 */
function withFile(path, flags, work, mode) {
  const fd = openSync(realPath(path), flags | O_NOFOLLOW | O_NONBLOCK, mode);
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) throw new DiskError("EISDIR");
    if (!stats.isFile()) throw new DiskError("EACCES");
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * The flags of a way to open, in letters: read, write, append, create, exclusive, truncate.
 *
 * @param {unknown} ways
 */
function flagsOf(ways) {
  if (typeof ways !== "string") throw new DiskError("EINVAL");
  const has = (/** @type {string} */ letter) => ways.includes(letter);
  let flags = has("w") ? (has("r") ? O_RDWR : O_WRONLY) : O_RDONLY;
  if (has("a")) flags |= O_APPEND;
  if (has("c")) flags |= O_CREAT;
  if (has("x")) flags |= O_EXCL;
  if (has("t")) flags |= O_TRUNC;
  return flags;
}

/** @param {unknown} value */
function numberOf(value) {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new DiskError("EINVAL");
  return value;
}

/**
 * A view of bytes that the program's realm has made for this call.
 *
 * @param {unknown} bytes
 * @param {unknown} count
 */
function viewOf(bytes, count) {
  const size = numberOf(count);
  if (!isAnyArrayBuffer(bytes) || size < 0 || size > bytes.byteLength) throw new DiskError("EINVAL");
  return new Uint8Array(/** @type {ArrayBuffer} */ (bytes), 0, size);
}

/** @param {import("node:fs").Stats | import("node:fs").Dirent} entry */
function kindOf(entry) {
  return entry.isFile() ? "f" : entry.isDirectory() ? "d" : entry.isSymbolicLink() ? "l" : "o";
}

/** @type {Record<string, ((path: string, first: any, second: any, bytes: any) => number | string) | undefined>} */
const operations = {
  __proto__: /** @type {any} */ (null),
  stat(path, follows) {
    const found = lstatSync(realPath(path, follows === 1));
    const { mode, size, atimeMs, mtimeMs, ctimeMs, birthtimeMs, ino, nlink } = found;
    return `=${kindOf(found)} ${mode & 0o7777} ${size} ${atimeMs} ${mtimeMs} ${ctimeMs} ${birthtimeMs} ${ino} ${nlink}`;
  },
  list(path) {
    const real = realPath(path);
    const names = readdirSync(real, { withFileTypes: true }).filter(({ name }) => !isOwnPlace(`${real}/${name}`));
    return `=${stringify(names.map((entry) => [entry.name, kindOf(entry)]))}`;
  },
  readText(path) {
    return withFile(path, O_RDONLY, (fd) => `=${readFileSync(fd, "utf8")}`);
  },
  writeText(path, text, terms) {
    const [mode = "", ways = ""] = String(terms).split(" ");
    return withFile(path, flagsOf(ways), (fd) => (writeFileSync(fd, String(text)), "="), Number(mode));
  },
  read(path, at, count, bytes) {
    const view = viewOf(bytes, count);
    return withFile(path, O_RDONLY, (fd) => {
      let done = 0;
      while (done < view.length) {
        const more = readSync(fd, view, done, view.length - done, numberOf(at) + done);
        if (more === 0) break;
        done += more;
      }
      return done;
    });
  },
  write(path, at, count, bytes) {
    const view = viewOf(bytes, count);
    const isAppended = numberOf(at) < 0;
    return withFile(path, isAppended ? O_WRONLY | O_APPEND : O_WRONLY, (fd) => {
      for (let done = 0; done < view.length;)
        done += writeSync(fd, view, done, view.length - done, isAppended ? null : at + done);
      return view.length;
    });
  },
  open(path, ways, mode) {
    if (!String(ways).includes("w") && lstatSync(realPath(path)).isDirectory()) return "=";
    return withFile(path, flagsOf(ways), () => "=", numberOf(mode));
  },
  mkdir(path, mode) {
    mkdirSync(realPath(path, false), { mode: numberOf(mode) });
    return "=";
  },
  rmdir(path) {
    assertNoPlace(path);
    rmdirSync(realPath(path, false));
    return "=";
  },
  unlink(path) {
    assertNoPlace(path);
    const real = realPath(path, false);
    if (lstatSync(real).isDirectory()) throw new DiskError("EISDIR");
    unlinkSync(real);
    return "=";
  },
  rename(from, to) {
    assertNoPlace(from);
    assertNoPlace(to);
    renameSync(realPath(from, false), realPath(to, false));
    return "=";
  },
  copy(from, to, isExclusive) {
    const [source, target] = [realPath(from), realPath(to)];
    if (!lstatSync(source).isFile()) throw new DiskError(lstatSync(source).isDirectory() ? "EISDIR" : "EACCES");
    const found = lstatSync(target, { throwIfNoEntry: false });
    if (found !== undefined && !found.isFile()) throw new DiskError(found.isDirectory() ? "EISDIR" : "EACCES");
    copyFileSync(source, target, isExclusive === 1 ? constants.COPYFILE_EXCL : 0);
    return "=";
  },
  truncate(path, size) {
    return withFile(path, O_WRONLY, (fd) => (ftruncateSync(fd, numberOf(size)), "="));
  },
  chmod(path, mode) {
    chmodSync(realPath(path), numberOf(mode) & 0o777);
    return "=";
  },
  utimes(path, accessed, changed) {
    utimesSync(realPath(path), numberOf(accessed) / 1000, numberOf(changed) / 1000);
    return "=";
  },
};

/**
 * True for the directory for temporary files, which lies in the workspace on the host.
 *
 * @param {string} real
 */
function isOwnPlace(real) {
  return places.some((place) => place.real === real);
}
