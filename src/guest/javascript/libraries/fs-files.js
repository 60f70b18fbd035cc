/** The functions of `node:fs` that read and write whole files. */

import { constants } from "./fs-constants.js";
import {
  closeSync,
  fstatSync,
  modeOf,
  opened,
  openSync,
  readSync,
  streamOf,
  waysOf,
  writeBytes,
} from "./fs-descriptors.js";
import { ask, askTwo, newFileError, optionsOf, pathOf } from "./fs-errors.js";
import { Stats } from "./fs-stats.js";
import { newTypeError } from "./type-errors.js";

const { COPYFILE_EXCL } = constants;
const stdin = realm.load("stdin");

function decoded(buffer, encoding) {
  return encoding === undefined || encoding === null || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

export function readFileSync(path, options) {
  const { encoding, flag = "r" } = optionsOf(options, {});
  if (typeof path === "number") return readOpened(path, encoding);
  const file = pathOf(path);
  const stream = streamOf(file.full);
  if (stream !== undefined) return stream === 0 ? readAllStdin(encoding) : decoded(Buffer.alloc(0), encoding);
  if (flag !== "r") ask("open", file, "open", waysOf(flag), 0o666);
  if (encoding === "utf8") return ask("readText", file, "open");
  return decoded(readBytes(file), encoding);
}

function readAllStdin(encoding) {
  const text = stdin.takeText();
  return encoding === "utf8" ? text : decoded(Buffer.from(text), encoding);
}

function readOpened(fd, encoding) {
  const entry = opened(fd, "read");
  if (entry.stream === 0) return readAllStdin(encoding);
  if (entry.stream !== undefined) return decoded(Buffer.alloc(0), encoding);
  const size = Math.max(0, fstatSync(fd).size - entry.at);
  const buffer = Buffer.alloc(size);
  return decoded(buffer.subarray(0, readSync(fd, buffer)), encoding);
}

function readBytes(file) {
  const stats = new Stats(ask("stat", file, "open", 1));
  if (stats.isDirectory()) throw newFileError("EISDIR", "read");
  const bytes = new ArrayBuffer(stats.size);
  const count = ask("read", file, "open", 0, stats.size, bytes);
  return Buffer.from(bytes, 0, count);
}

/** The bytes of data, or the text if its encoding is that of the disk. */
function contentOf(data, encoding) {
  if (typeof data === "string")
    return encoding === undefined || encoding === "utf8" ? data : Buffer.from(data, encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw newTypeError("data", "of type string or an instance of Buffer, TypedArray, or DataView", data);
}

export function writeFileSync(path, data, options) {
  const { encoding, mode, flag = "w" } = optionsOf(options, {});
  const content = contentOf(data, encoding);
  if (typeof path === "number") return writeOpened(path, content);
  const file = pathOf(path);
  const ways = waysOf(flag);
  const stream = streamOf(file.full);
  if (stream !== undefined) return void writeBytes({ file, ways: "w", stream, at: 0 }, Buffer.from(content));
  if (typeof content === "string" && !ways.includes("r") && ways !== "w") {
    ask("writeText", file, "open", content.toWellFormed(), `${modeOf(mode, 0o666)} ${ways}`);
    return undefined;
  }
  ask("open", file, "open", ways, modeOf(mode, 0o666));
  writeBytes({ file, ways, stream: undefined, at: 0 }, typeof content === "string" ? Buffer.from(content) : content);
}

function writeOpened(fd, content) {
  const entry = opened(fd, "write");
  if (entry.stream > 0 && typeof content === "string") realm.write(entry.stream, content);
  else writeBytes(entry, typeof content === "string" ? Buffer.from(content) : content);
}

export function appendFileSync(path, data, options) {
  writeFileSync(path, data, { flag: "a", ...optionsOf(options, {}) });
}

export function copyFileSync(from, to, mode = 0) {
  askTwo("copy", pathOf(from, "src"), pathOf(to, "dest"), "copyfile", (mode & COPYFILE_EXCL) === 0 ? 0 : 1);
}

export function truncateSync(path, size = 0) {
  if (typeof path === "number") ask("truncate", opened(path, "ftruncate").file, "ftruncate", size);
  else ask("truncate", pathOf(path), "open", size);
}

export { closeSync, openSync };
