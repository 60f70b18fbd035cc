/** The functions of `node:fs` about directories and the entries in them. */

import { constants } from "./fs-constants.js";
import { modeOf, streamOf } from "./fs-descriptors.js";
import { ask, askTwo, newFileError, optionsOf, pathOf } from "./fs-errors.js";
import { copyFileSync } from "./fs-files.js";
import { Dirent, Stats } from "./fs-stats.js";
import { newTypeError } from "./type-errors.js";

const { R_OK, W_OK, X_OK } = constants;
const { dirname, join } = realm.load("path");
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function stat(path, syscall, follows, options) {
  const { bigint = false, throwIfNoEntry = true } = optionsOf(options, {});
  const file = pathOf(path);
  try {
    return new Stats(ask("stat", file, syscall, follows), bigint);
  } catch (error) {
    if (!throwIfNoEntry && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
}

export function statSync(path, options) {
  return stat(path, "stat", 1, options);
}

export function lstatSync(path, options) {
  return stat(path, "lstat", 0, options);
}

export function existsSync(path) {
  try {
    const file = pathOf(path);
    if (streamOf(file.full) === undefined) ask("stat", file, "access", 1);
    return true;
  } catch {
    return false;
  }
}

export function accessSync(path, mode = 0) {
  const file = pathOf(path);
  if (streamOf(file.full) !== undefined) return;
  const bits = new Stats(ask("stat", file, "access", 1)).mode >> 6;
  const asked = mode & (R_OK | W_OK | X_OK);
  if ((bits & asked) !== asked) throw newFileError("EACCES", "access", file.given);
}

export function mkdirSync(path, options) {
  const plain = typeof options === "number" || typeof options === "string" ? { mode: options } : optionsOf(options, {});
  const mode = modeOf(plain.mode, 0o777);
  const file = pathOf(path);
  if (plain.recursive !== true) return void ask("mkdir", file, "mkdir", mode);
  return makeParents(file, mode);
}

/** Makes a directory and those above it. Returns the first one that was made. */
function makeParents(file, mode) {
  const missing = [];
  for (let full = file.full; ; full = dirname(full)) {
    const found = statSync(full, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) break;
    if (found !== undefined) throw newFileError(full === file.full ? "EEXIST" : "ENOTDIR", "mkdir", file.given);
    missing.unshift(full);
  }
  for (const full of missing) ask("mkdir", { given: file.given, full }, "mkdir", mode);
  return missing[0];
}

export function readdirSync(path, options) {
  const { withFileTypes = false, recursive = false, encoding } = optionsOf(options, {});
  const file = pathOf(path);
  const found = [];
  const open = [{ below: "", at: file }];
  for (const { below, at } of open) {
    for (const [name, kind] of JSON.parse(ask("list", at, "scandir"))) {
      const inner = below === "" ? name : `${below}/${name}`;
      const parent = below === "" ? file.given : join(file.given, below);
      found.push(withFileTypes ? new Dirent(name, parent, kind) : encoding === "buffer" ? Buffer.from(inner) : inner);
      if (recursive && kind === "d") open.push({ below: inner, at: { given: at.given, full: `${at.full}/${name}` } });
    }
  }
  return found;
}

export function rmdirSync(path, options) {
  if (optionsOf(options, {}).recursive === true) return rmSync(path, { recursive: true, force: true });
  ask("rmdir", pathOf(path), "rmdir");
}

export function unlinkSync(path) {
  ask("unlink", pathOf(path), "unlink");
}

export function rmSync(path, options) {
  const { recursive = false, force = false } = optionsOf(options, {});
  const file = pathOf(path);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    if (force) return;
    throw newFileError("ENOENT", "lstat", file.given);
  }
  if (!found.isDirectory()) return void ask("unlink", file, "unlink");
  if (recursive) return remove(file);
  const error = realm.newCodeError(
    "Error",
    "ERR_FS_EISDIR",
    `Path is a directory: rm returned EISDIR (is a directory) ${file.given}`,
  );
  throw Object.assign(error, { errno: 21, syscall: "rm", path: file.given });
}

/** Removes a directory with everything in it, without a call for each level. */
function remove(file) {
  const found = [file];
  for (const { given, full } of found) {
    for (const [name, kind] of JSON.parse(ask("list", { given, full }, "rm"))) {
      const inner = { given, full: `${full}/${name}` };
      if (kind === "d") found.push(inner);
      else ask("unlink", inner, "rm");
    }
  }
  for (const directory of found.reverse()) ask("rmdir", directory, "rm");
}

export function renameSync(from, to) {
  askTwo("rename", pathOf(from, "oldPath"), pathOf(to, "newPath"), "rename");
}

export function mkdtempSync(prefix, options) {
  const { encoding } = optionsOf(options, {});
  const { given } = pathOf(prefix, "prefix");
  for (;;) {
    const made = given + Array.from(realm.fillRandom(new Uint8Array(6)), (byte) => LETTERS[byte % 62]).join("");
    const file = pathOf(made);
    try {
      ask("mkdir", { given: `${given}XXXXXX`, full: file.full }, "mkdtemp", 0o700);
      return encoding === "buffer" ? Buffer.from(made) : made;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
}

export function chmodSync(path, mode) {
  ask("chmod", pathOf(path), "chmod", modeOf(mode, 0o666));
}

export function utimesSync(path, atime, mtime) {
  const [accessed, changed] = [atime, mtime].map((time) =>
    time instanceof Date ? time.getTime() : Number(time) * 1000,
  );
  if (!Number.isFinite(accessed) || !Number.isFinite(changed))
    throw newTypeError("atime", "an instance of Date or a number", atime);
  ask("utimes", pathOf(path), "utime", accessed, changed);
}

export function realpathSync(path) {
  const file = pathOf(path);
  ask("stat", file, "lstat", 1);
  return file.full;
}

export function cpSync(from, to, options) {
  const { recursive = false, force = true, errorOnExist = false, filter } = optionsOf(options, {});
  const [source, target] = [pathOf(from, "src"), pathOf(to, "dest")];
  if (filter !== undefined && !filter(source.given, target.given)) return;
  if (!statSync(source.full).isDirectory()) {
    const isThere = existsSync(target.full);
    if (isThere && !force && errorOnExist) throw newFileError("EEXIST", "cp", source.given, target.given);
    mkdirSync(dirname(target.full), { recursive: true });
    if (!isThere || force) copyFileSync(source.full, target.full);
    return;
  }
  if (!recursive) {
    const why = `cp returned EISDIR (${source.given} is a directory (not copied)) ${source.given}`;
    const message = `Recursive option not enabled, cannot copy a directory: ${why}`;
    throw realm.newCodeError("Error", "ERR_FS_EISDIR", message);
  }
  if (`${target.full}/`.startsWith(`${source.full}/`)) throw newFileError("EINVAL", "cp", source.given, target.given);
  mkdirSync(target.full, { recursive: true });
  for (const name of readdirSync(source.full)) cpSync(join(source.full, name), join(target.full, name), options);
}
