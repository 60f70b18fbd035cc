/** The errors of `node:fs`, its paths, and the calls of the disk. */

import { encodingOf } from "./encodings.js";
import { newTypeError } from "./type-errors.js";

const { resolve } = realm.load("path");
const { fileURLToPath } = realm.load("url");
/** The operations of the engine: they take and return texts and numbers. An answer with "!" is the code of an error. */
const disk = realm.disk ?? realm.load("memory-disk");

/** The number and the words of each code. */
const CODES = {
  EPERM: [-1, "operation not permitted"],
  ENOENT: [-2, "no such file or directory"],
  EIO: [-5, "i/o error"],
  EBADF: [-9, "bad file descriptor"],
  EACCES: [-13, "permission denied"],
  EEXIST: [-17, "file already exists"],
  EXDEV: [-18, "cross-device link not permitted"],
  ENOTDIR: [-20, "not a directory"],
  EISDIR: [-21, "illegal operation on a directory"],
  EINVAL: [-22, "invalid argument"],
  EMFILE: [-24, "too many open files"],
  EFBIG: [-27, "file too large"],
  ENOSPC: [-28, "no space left on device"],
  EROFS: [-30, "read-only file system"],
  ENAMETOOLONG: [-36, "name too long"],
  ENOTEMPTY: [-39, "directory not empty"],
  ELOOP: [-40, "too many symbolic links encountered"],
};
const OPEN_PLACES = /^\/(?:workspace|tmp)(?:\/|$)/;
const OUTSIDE =
  "a program uses files below /workspace and /tmp; name project files in the `files` argument of the call";

/** Returns an error as those of Node. */
export function newFileError(code, syscall, path, dest) {
  const [errno, words] = CODES[code] ?? CODES.EIO;
  let message = `${code}: ${words}, ${syscall}`;
  if (path !== undefined) message += ` '${path}'`;
  if (dest !== undefined) message += ` -> '${dest}'`;
  const isOutside = [path, dest].some((one) => one !== undefined && !OPEN_PLACES.test(resolve(one)));
  const error = realm.newError("Error", code === "EACCES" && isOutside ? `${message}: ${OUTSIDE}` : message);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  return error;
}

/** A path as the program gave it, and the absolute one. */
export function pathOf(value, name = "path") {
  let given = value;
  if (value instanceof URL) given = fileURLToPath(value);
  else if (ArrayBuffer.isView(value)) given = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  if (typeof given !== "string") throw newTypeError(name, "of type string or an instance of Buffer or URL", value);
  if (given.includes("\0")) {
    const what = `The argument '${name}' must be a string, Uint8Array, or URL without null bytes. Received `;
    throw realm.newCodeError("TypeError", "ERR_INVALID_ARG_VALUE", what + realm.inspect(given));
  }
  return { given, full: given === "" ? "" : existing(given, resolve(given)) };
}

/** The name of an input file may say less than its path. */
function existing(given, full) {
  const known = realm.inputPath(given);
  if (known === undefined || known === full) return full;
  return disk("stat", full, 1) === "!ENOENT" ? known : full;
}

/** Asks the disk. Returns its answer: a number, or a text. */
export function ask(operation, { given, full }, syscall, first, second, buffer) {
  if (full === "") throw newFileError("ENOENT", syscall, given);
  const answer = disk(operation, full, first, second, buffer);
  if (typeof answer !== "string") return answer;
  if (answer[0] === "!") throw newFileError(answer.slice(1), syscall, given);
  return answer.slice(1);
}

/** Asks the disk about two paths. */
export function askTwo(operation, from, to, syscall, second) {
  const answer = from.full === "" || to.full === "" ? "!ENOENT" : disk(operation, from.full, to.full, second);
  if (answer[0] === "!") throw newFileError(answer.slice(1), syscall, from.given, to.given);
}

/** The options of a function, which takes an encoding or an object. */
export function optionsOf(options, defaults) {
  if (options === undefined || options === null || typeof options === "function") return defaults;
  if (typeof options === "string") return { ...defaults, encoding: encodingOf(options) };
  if (typeof options !== "object") throw newTypeError("options", "of type string or an instance of Object", options);
  const all = { ...defaults, ...options };
  if (typeof all.encoding === "string") all.encoding = encodingOf(all.encoding);
  return all;
}
