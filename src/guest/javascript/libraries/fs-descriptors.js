/** The descriptors of `node:fs`: numbers of the program's own table, never of the process. */

import { constants } from "./fs-constants.js";
import { ask, newFileError, optionsOf, pathOf } from "./fs-errors.js";
import { Stats } from "./fs-stats.js";
import { newTypeError } from "./type-errors.js";

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY } = constants;
const stdin = realm.load("stdin");
const FIRST = 3;
const MOST = 1024;
/** Open files by number. */
const open = new Map();
const STREAMS = [
  [/^\/dev\/(?:stdin|fd\/0)$|^\/proc\/self\/fd\/0$/, 0],
  [/^\/dev\/(?:stdout|fd\/1)$/, 1],
  [/^\/dev\/(?:stderr|fd\/2)$/, 2],
  [/^\/dev\/null$/, -1],
];
/** The letters of a way to open: read, write, append, create, exclusive, truncate. */
const WAYS = {
  r: "r",
  "r+": "rw",
  w: "wct",
  wx: "wctx",
  "w+": "rwct",
  "wx+": "rwctx",
  a: "wac",
  ax: "wacx",
  "a+": "rwac",
  "ax+": "rwacx",
};

/** The number of the standard stream that a path names, -1 for the one that holds nothing, or undefined. */
export function streamOf(full) {
  return STREAMS.find(([pattern]) => pattern.test(full))?.[1];
}

export function waysOf(flags) {
  if (typeof flags === "number") {
    const way = flags & 3;
    const letters = way === O_RDWR ? "rw" : way === O_WRONLY ? "w" : "r";
    const more = [
      [O_APPEND, "a"],
      [O_CREAT, "c"],
      [O_EXCL, "x"],
      [O_TRUNC, "t"],
    ];
    return letters + more.map(([bit, letter]) => ((flags & bit) === 0 ? "" : letter)).join("");
  }
  const plain = `${flags ?? "r"}`
    .replace(/s/, "")
    .replace("xa", "ax")
    .replace("xw", "wx")
    .replace(/^(.)\+x$/, "$1x+");
  if (Object.hasOwn(WAYS, plain)) return WAYS[plain];
  const message = `The argument 'flags' is invalid. Received ${realm.inspect(flags)}`;
  throw realm.newCodeError("TypeError", "ERR_INVALID_ARG_VALUE", message);
}

export function modeOf(mode, fallback) {
  const number = typeof mode === "string" ? Number.parseInt(mode, 8) : mode;
  return Number.isInteger(number) ? number & 0o7777 : fallback;
}

export function openSync(path, flags = "r", mode = 0o666) {
  const file = pathOf(path);
  const ways = waysOf(flags);
  const stream = streamOf(file.full);
  if (stream === undefined) ask("open", file, "open", ways, modeOf(mode, 0o666));
  if (open.size >= MOST) throw newFileError("EMFILE", "open", file.given);
  let fd = FIRST;
  while (open.has(fd)) fd++;
  open.set(fd, { file, ways, stream, at: 0 });
  return fd;
}

export function closeSync(fd) {
  if (fd >= 0 && fd <= 2) return;
  if (!open.delete(checked(fd))) throw newFileError("EBADF", "close");
}

function checked(fd) {
  if (typeof fd !== "number") throw newTypeError("fd", "of type number", fd);
  if (Number.isInteger(fd) && fd >= 0) return fd;
  const message = `The value of "fd" is out of range. It must be >= 0 && <= 2147483647. Received ${fd}`;
  throw realm.newCodeError("RangeError", "ERR_OUT_OF_RANGE", message);
}

/** The open file of a number. */
export function opened(fd, syscall) {
  if (checked(fd) <= 2) return { file: null, ways: fd === 0 ? "r" : "w", stream: fd, at: 0 };
  const found = open.get(fd);
  if (found === undefined) throw newFileError("EBADF", syscall);
  return found;
}

/** Reads bytes into an array. Returns how many there were. */
function readInto(entry, view, position) {
  if (!entry.ways.includes("r")) throw newFileError("EBADF", "read");
  if (entry.stream === 0) return stdin.read(view);
  if (entry.stream !== undefined) return 0;
  const isOwn = typeof position !== "number" && typeof position !== "bigint";
  const buffer = new ArrayBuffer(view.length);
  const count = ask("read", entry.file, "read", isOwn ? entry.at : Number(position), view.length, buffer);
  view.set(new Uint8Array(buffer, 0, count));
  if (isOwn) entry.at += count;
  return count;
}

export function writeBytes(entry, view, position) {
  if (!entry.ways.includes("w")) throw newFileError("EBADF", "write");
  if (entry.stream !== undefined) {
    if (entry.stream > 0) realm.write(entry.stream, Buffer.from(view).toString());
    return view.length;
  }
  const isOwn = typeof position !== "number";
  const at = entry.ways.includes("a") ? -1 : isOwn ? entry.at : position;
  const { buffer } = Uint8Array.prototype.slice.call(view);
  const count = ask("write", entry.file, "write", at, view.length, buffer);
  if (isOwn) entry.at += count;
  return count;
}

/** The part of an array that the arguments name: offset, length, position; or one object with these. */
function partOf(buffer, offset, length, position) {
  if (!ArrayBuffer.isView(buffer))
    throw newTypeError("buffer", "an instance of Buffer, TypedArray, or DataView", buffer);
  if (offset !== null && typeof offset === "object")
    return partOf(buffer, offset.offset, offset.length, offset.position);
  const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const from = offset ?? 0;
  const count = length ?? bytes.length - from;
  if (from < 0 || count < 0 || from + count > bytes.length) {
    const message = `The value of "length" is out of range. It must be <= ${bytes.length - from}. Received ${count}`;
    throw realm.newCodeError("RangeError", "ERR_OUT_OF_RANGE", message);
  }
  return { view: bytes.subarray(from, from + count), position };
}

export function readSync(fd, buffer, offset, length, position) {
  const part = partOf(buffer, offset, length, position);
  return readInto(opened(fd, "read"), part.view, part.position);
}

export function writeSync(fd, data, offset, length, position) {
  const entry = opened(fd, "write");
  if (typeof data !== "string") {
    const part = partOf(data, offset, length, position);
    return writeBytes(entry, part.view, part.position);
  }
  if (entry.stream > 0) {
    realm.write(entry.stream, data);
    return Buffer.byteLength(data);
  }
  return writeBytes(entry, Buffer.from(data, typeof length === "string" ? length : "utf8"), offset);
}

export function fstatSync(fd, options) {
  const { file, stream } = opened(fd, "fstat");
  const { bigint = false } = optionsOf(options, {});
  if (stream === undefined) return new Stats(ask("stat", file, "fstat", 1), bigint);
  const size = stream === 0 ? Buffer.byteLength(realm.stdinText()) : 0;
  return new Stats(`${stream === 0 ? "f" : "o"} 256 ${size} 0 0 0 0 0 1`, bigint);
}

export function ftruncateSync(fd, size = 0) {
  ask("truncate", opened(fd, "ftruncate").file, "ftruncate", size);
}
