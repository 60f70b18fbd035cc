/**
 * The files of a JavaScript program: its workspace and its directory for temporary files, and nothing else.
 *
 * A program gives primitives and gets primitives, so no object of this realm leaves. It never gets a descriptor: each
 * operation opens, works and closes. A path is checked twice: as it is written, and as the links on its way resolve.
 */

import fs from "node:fs";
import { types } from "node:util";
import { beginOperation, DiskError, isOwnPlace, realPath } from "./workspace.mjs";

const { chmodSync, closeSync, constants, copyFileSync, fstatSync, ftruncateSync, lstatSync, mkdirSync } = fs;
const { openSync, readdirSync, readFileSync, readSync, renameSync, rmdirSync } = fs;
const { unlinkSync, utimesSync, writeFileSync, writeSync } = fs;
const { isAnyArrayBuffer } = types;
const { stringify } = JSON;
/** Calls in one another that there must be room for. */
const ROOM = 400;
const CODE = /^E[A-Z0-9]{1,20}$/;
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/**
 * Throws if little of the stack is left. Node ends the process when it finds no room in the middle of a call.
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
  reach(ROOM);
  try {
    if (!beginOperation()) return "!EACCES";
    const work = operations[operation];
    if (work === undefined || typeof path !== "string") return "!EINVAL";
    return work(path, first, second, bytes);
  } catch (error) {
    const { code } = /** @type {{ code?: unknown }} */ (error);
    if (code === "ERR_STRING_TOO_LONG") return "!EFBIG";
    return typeof code === "string" && CODE.test(code) ? `!${code}` : "!EIO";
  }
}

/**
 * The real path of an entry that is removed or moved, which is none of the places.
 *
 * @param {string} path
 */
function ownEntry(path) {
  const real = realPath(path, false);
  if (isOwnPlace(real)) throw new DiskError("EACCES");
  return real;
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
  const fd = openSync(realPath(path), flags | O_NOFOLLOW | O_NONBLOCK, mode === undefined ? 0 : permissions(mode));
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
 * The permissions of a mode. On the host, its other bits would make a file that runs as the user of the server.
 *
 * @param {unknown} mode
 */
function permissions(mode) {
  return numberOf(mode) & 0o777;
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
    mkdirSync(realPath(path, false), { mode: permissions(mode) });
    return "=";
  },
  rmdir(path) {
    rmdirSync(ownEntry(path));
    return "=";
  },
  unlink(path) {
    const real = ownEntry(path);
    if (lstatSync(real).isDirectory()) throw new DiskError("EISDIR");
    unlinkSync(real);
    return "=";
  },
  rename(from, to) {
    renameSync(ownEntry(from), ownEntry(to));
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
    chmodSync(realPath(path), permissions(mode));
    return "=";
  },
  utimes(path, accessed, changed) {
    utimesSync(realPath(path), numberOf(accessed) / 1000, numberOf(changed) / 1000);
    return "=";
  },
};
