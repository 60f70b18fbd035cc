/** The module `node:fs`, over the operations of a disk. Nothing of it is an object of the engine. */

import { constants } from "./fs-constants.js";
import * as descriptors from "./fs-descriptors.js";
import * as entries from "./fs-entries.js";
import { pathOf } from "./fs-errors.js";
import * as files from "./fs-files.js";
import { Dirent, Stats } from "./fs-stats.js";
import { notHere } from "./not-here.js";
import { assertFunction } from "./type-errors.js";

const streams = realm.load("streams");
const CHUNK = 65_536;

const { openSync, closeSync, readSync, writeSync, fstatSync, ftruncateSync } = descriptors;
const { readFileSync, writeFileSync, appendFileSync, copyFileSync, truncateSync } = files;
const { opened: _opened, ...all } = { ...entries, openSync, closeSync, readSync, writeSync, fstatSync, ftruncateSync };
Object.assign(all, { readFileSync, writeFileSync, appendFileSync, copyFileSync, truncateSync });
all.fsyncSync = all.fdatasyncSync = (fd) => void descriptors.opened(fd, "fsync");

/** Calls the last argument with what a function returns, as the older functions of Node do. */
function withCallback(name, work) {
  const called = (...args) => {
    const callback = args.pop();
    assertFunction(callback, "cb");
    let given;
    try {
      given = [null, work(...args)];
    } catch (error) {
      if (error.syscall === undefined) throw error;
      given = [error];
    }
    setImmediate(() => callback(...given));
  };
  Object.defineProperty(called, "name", { value: name });
  return called;
}

class FileHandle {
  constructor(fd, path) {
    this.fd = fd;
    this.#path = path;
  }
  #path;
  async readFile(options) {
    return readFileSync(this.fd, options);
  }
  async writeFile(data, options) {
    writeFileSync(this.fd, data, options);
  }
  async appendFile(data, options) {
    writeFileSync(this.fd, data, options);
  }
  async read(buffer, ...rest) {
    return { bytesRead: readSync(this.fd, buffer, ...rest), buffer };
  }
  async write(data, ...rest) {
    return { bytesWritten: writeSync(this.fd, data, ...rest), buffer: data };
  }
  async stat(options) {
    return fstatSync(this.fd, options);
  }
  async truncate(size) {
    ftruncateSync(this.fd, size);
  }
  async sync() {}
  async close() {
    if (this.fd !== -1) closeSync(this.fd);
    this.fd = -1;
  }
  readLines(options) {
    return realm.load("readline").createInterface({ input: createReadStream(this.#path, options) });
  }
  createReadStream(options) {
    return createReadStream(this.#path, options);
  }
  createWriteStream(options) {
    return createWriteStream(this.#path, options);
  }
  async [Symbol.asyncDispose ?? Symbol.for("asyncDispose")]() {
    await this.close();
  }
}

function createReadStream(path, options) {
  const { encoding, start = 0, end = Infinity, highWaterMark = CHUNK, fd } = plain(options);
  const file = typeof fd === "number" ? fd : undefined;
  let at = start;
  let opened = file;
  const stream = new streams.Readable(() => {
    opened ??= openSync(path);
    const size = Math.min(highWaterMark, end - at + 1);
    const buffer = Buffer.alloc(Math.max(0, size));
    const count = size > 0 ? readSync(opened, buffer, 0, size, opened === 0 ? null : at) : 0;
    at += count;
    if (count > 0) return buffer.subarray(0, count);
    if (file === undefined) closeSync(opened);
    return null;
  });
  if (encoding !== undefined && encoding !== null) stream.setEncoding(encoding);
  stream.path = path;
  return stream;
}

function createWriteStream(path, options) {
  const { encoding = "utf8", flags = "w", mode, start } = plain(options);
  let fd;
  let at = start;
  const open = () => (fd ??= openSync(path, flags, mode));
  const stream = new streams.Writable({
    begin: open,
    write(chunk, given) {
      const data = typeof chunk === "string" ? Buffer.from(chunk, given ?? encoding) : chunk;
      const count = writeSync(open(), data, 0, data.length, at);
      if (at !== undefined) at += count;
      return count;
    },
    end: () => closeSync(open()),
  });
  stream.path = path;
  return stream;
}

function plain(options) {
  return typeof options === "string" ? { encoding: options } : (options ?? {});
}

/** Functions that a program does not have, and what to write instead. */
const MISSING = {
  "watch watchFile unwatchFile": "nothing else changes the files of a program; read them again instead",
  "symlink link readlink lutimes lchmod lchown": "a program has no links; copy the file with copyFileSync instead",
  "chown fchown fchmod futimes": "all files of a program are its own; leave it out",
  "readv writev opendir statfs openAsBlob glob": "use readFileSync, writeFileSync and readdirSync instead",
};

const { F_OK, R_OK, W_OK, X_OK } = constants;
const fs = { constants, F_OK, R_OK, W_OK, X_OK, Stats, Dirent };
const promises = { constants };
for (const [names, why] of Object.entries(MISSING)) {
  for (const name of names.split(" ")) {
    fs[name] = promises[name] = notHere(`fs.${name}`, why);
    fs[`${name}Sync`] = notHere(`fs.${name}Sync`, why);
  }
}
for (const [name, work] of Object.entries(all)) {
  const plainName = name.slice(0, -"Sync".length);
  // The bundle may have given it another one.
  Object.defineProperty(work, "name", { value: name, configurable: true });
  fs[name] = work;
  fs[plainName] = withCallback(plainName, work);
  if (!/^(?:exists|f(?:stat|truncate|sync|datasync)|open|close|read|write)$/.test(plainName))
    promises[plainName] = {
      async [plainName](...args) {
        return work(...args);
      },
    }[plainName];
}
fs.exists = (path, callback) => void setImmediate(() => callback(entries.existsSync(path)));
fs.read = (fd, buffer, ...rest) => {
  const callback = rest.pop();
  withCallback("read", () => readSync(fd, buffer, ...rest))((error, count) => callback(error, count, buffer));
};
fs.realpathSync.native = fs.realpathSync;
promises.open = async (path, flags, mode) => new FileHandle(openSync(path, flags, mode), pathOf(path).given);
Object.assign(fs, { createReadStream, createWriteStream, promises });

export default fs;
