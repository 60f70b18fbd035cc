/**
 * Everything a WASI program can ask of this process, and so the embedded engine's boundary for Python: two clocks,
 * random bytes, a sleep, its job on descriptor 0, output on 1 and 2, a report to `REPORT_PATH`, and a tree of files
 * that lives in memory (file-tree.ts). There is no path to the disk, no socket and no process; whatever is not written
 * below answers "not supported".
 *
 * State: the open descriptors and what a program has written, both made anew by `begin`; `resume` keeps them, for the
 * program that goes on.
 */

import { randomFillSync } from "node:crypto";
import type { GuestFile } from "../../engine.js";
import { ERRNO, FileTree, type Node } from "./file-tree.js";

/** The one name that can be opened for writing: what is written to it is the guest's report. */
export const REPORT_PATH = "/rlm/report";

/**
 * Looking at `SLEEP_PATH + milliseconds` waits that long: the interpreter's own file layer refuses the call that would.
 */
export const SLEEP_PATH = "/rlm/sleep/";

const FILETYPE = { characterDevice: 2, directory: 3, regularFile: 4 };
const PREOPENED = 3;
const MAX_OPEN_FILES = 64;
const OFLAGS = { create: 1, directory: 2, exclusive: 4, truncate: 8 };
const FDFLAGS_APPEND = 1;

/** Where files that are given lie, and where programs expect a place of their own. */
const WRITABLE = ["workspace", "tmp"];

/** Thrown through the WebAssembly stack to end a run; the guest's image is put back afterwards. */
export class Exit {
  readonly code: number | null;

  /** @param code The exit status, or null when the run was stopped for printing too much. */
  constructor(code: number | null) {
    this.code = code;
  }
}

export interface WasiIo {
  /** Looked at when the program reads. */
  readonly stdin: Uint8Array;
  /** Returns false to stop the run. */
  write(stream: 1 | 2, bytes: Uint8Array): boolean;
  report(bytes: Uint8Array): void;
}

interface OpenFile {
  readonly path: string;
  /** Null for the report. */
  readonly node: Node | null;
  readonly isAppending: boolean;
  position: number;
}

type WasiFunction = (...args: never[]) => number;

export class WasiImports {
  readonly #tree: FileTree;
  readonly #memory: WebAssembly.Memory;
  readonly #args: readonly Uint8Array[];
  #view: DataView;
  #open = new Map<number, OpenFile>();
  #io: WasiIo = { stdin: new Uint8Array(), write: () => false, report: () => undefined };
  #stdinPosition = 0;

  /** @param files Content by absolute path. */
  constructor(options: {
    memory: WebAssembly.Memory;
    files: ReadonlyMap<string, Uint8Array>;
    args: readonly string[];
  }) {
    this.#memory = options.memory;
    this.#view = new DataView(options.memory.buffer);
    this.#args = options.args.map((arg) => new TextEncoder().encode(`${arg}\0`));
    this.#tree = new FileTree(options.files, WRITABLE);
  }

  /**
   * Starts a run with no descriptors open but the standard ones and the tree's root, and with no files that another run
   * left. Returns false if there is no room for all that is given.
   */
  begin(io: WasiIo, given: readonly GuestFile[] = []): boolean {
    this.#tree.clear();
    this.#open = new Map([
      [PREOPENED, { path: "", node: this.#tree.find("") ?? null, isAppending: false, position: 0 }],
    ]);
    return this.resume(io, given);
  }

  /** Starts a run that finds what the last one left. Returns as `begin` does. */
  resume(io: WasiIo, given: readonly GuestFile[]): boolean {
    this.#io = io;
    this.#stdinPosition = 0;
    return given.every((file) => this.#tree.place(`workspace/${file.path}`, file.bytes));
  }

  /** True if the program has left no file open. */
  get hasOnlyStandardDescriptors(): boolean {
    return this.#open.size === 1 && this.#open.has(PREOPENED);
  }

  /** The import object's function table: every name in `names`, implemented or refused. */
  imports(names: readonly string[]): Record<string, WasiFunction> {
    const implemented: Record<string, WasiFunction | undefined> = {
      args_sizes_get: (count: number, size: number) => this.#argsSizes(count, size),
      args_get: (argv: number, buffer: number) => this.#argsGet(argv, buffer),
      environ_sizes_get: (count: number, size: number) => this.#set32(count, 0) || this.#set32(size, 0),
      environ_get: () => ERRNO.success,
      clock_res_get: (_clock: number, out: number) => this.#set64(out, 1_000n),
      clock_time_get: (clock: number, _precision: bigint, out: number) => this.#set64(out, now(clock)),
      random_get: (at: number, size: number) => this.#random(at, size),
      sched_yield: () => ERRNO.success,
      poll_oneoff: (from: number, to: number, count: number, done: number) => this.#poll(from, to, count, done),
      proc_exit: (code: number): number => {
        throw new Exit(code);
      },
      fd_write: (fd: number, vectors: number, count: number, done: number) => this.#write(fd, vectors, count, done),
      fd_pwrite: (fd: number, vectors: number, count: number, offset: bigint, done: number) =>
        this.#writeFile(fd, Number(offset), vectors, count, done),
      fd_filestat_set_size: (fd: number, size: bigint) => this.#setSize(fd, Number(size)),
      fd_sync: () => ERRNO.success,
      fd_datasync: () => ERRNO.success,
      fd_read: (fd: number, vectors: number, count: number, done: number) => this.#read(fd, null, vectors, count, done),
      fd_pread: (fd: number, vectors: number, count: number, offset: bigint, done: number) =>
        this.#read(fd, Number(offset), vectors, count, done),
      fd_seek: (fd: number, offset: bigint, whence: number, out: number) => this.#seek(fd, Number(offset), whence, out),
      fd_tell: (fd: number, out: number) => this.#seek(fd, 0, 1, out),
      fd_close: (fd: number) => this.#close(fd),
      fd_advise: () => ERRNO.success,
      fd_fdstat_get: (fd: number, out: number) => this.#descriptorStatus(fd, out),
      fd_fdstat_set_flags: () => ERRNO.success,
      fd_filestat_get: (fd: number, out: number) => this.#fileStatus(fd, out),
      fd_prestat_get: (fd: number, out: number) =>
        fd === PREOPENED ? this.#set32(out, 0) || this.#set32(out + 4, 1) : ERRNO.badf,
      fd_prestat_dir_name: (fd: number, at: number) => {
        if (fd !== PREOPENED) return ERRNO.badf;
        this.#memoryView().setUint8(at, 0x2f);
        return ERRNO.success;
      },
      fd_readdir: (fd: number, at: number, size: number, cookie: bigint, used: number) =>
        this.#readDirectory(fd, at, size, Number(cookie), used),
      path_open: (
        fd: number,
        _follow: number,
        at: number,
        size: number,
        flags: number,
        _base: bigint,
        _inheriting: bigint,
        fdFlags: number,
        out: number,
      ) => this.#openPath(fd, at, size, flags, (fdFlags & FDFLAGS_APPEND) !== 0, out),
      path_filestat_get: (fd: number, _follow: number, at: number, size: number, out: number) =>
        this.#pathStatus(fd, at, size, out),
      path_readlink: () => ERRNO.inval,
      path_create_directory: (fd: number, at: number, size: number) =>
        this.#change(fd, at, size, (path) => errnoOf(this.#tree.create(path, "directory"))),
      path_remove_directory: (fd: number, at: number, size: number) =>
        this.#change(fd, at, size, (path) => this.#tree.remove(path, "directory")),
      path_unlink_file: (fd: number, at: number, size: number) =>
        this.#change(fd, at, size, (path) => this.#tree.remove(path, "file")),
      path_rename: (fd: number, at: number, size: number, toFd: number, toAt: number, toSize: number) =>
        this.#change(fd, at, size, (from) => this.#change(toFd, toAt, toSize, (to) => this.#tree.rename(from, to))),
      path_link: () => ERRNO.rofs,
      path_symlink: () => ERRNO.rofs,
    };
    const refused: WasiFunction = () => ERRNO.notsup;
    return Object.fromEntries(names.map((name) => [name, implemented[name] ?? refused]));
  }

  #memoryView(): DataView {
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new DataView(this.#memory.buffer);
    return this.#view;
  }

  #bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at >>> 0, size >>> 0);
  }

  #set32(at: number, value: number): number {
    this.#memoryView().setUint32(at, value, true);
    return ERRNO.success;
  }

  #set64(at: number, value: bigint): number {
    this.#memoryView().setBigUint64(at, value, true);
    return ERRNO.success;
  }

  #argsSizes(count: number, size: number): number {
    this.#set32(count, this.#args.length);
    return this.#set32(
      size,
      this.#args.reduce((sum, arg) => sum + arg.length, 0),
    );
  }

  #argsGet(argv: number, buffer: number): number {
    for (const arg of this.#args) {
      this.#set32(argv, buffer);
      this.#bytes(buffer, arg.length).set(arg);
      argv += 4;
      buffer += arg.length;
    }
    return ERRNO.success;
  }

  #random(at: number, size: number): number {
    randomFillSync(this.#bytes(at, size));
    return ERRNO.success;
  }

  /** Waits for the earliest clock; a descriptor is always ready. */
  #poll(from: number, to: number, count: number, done: number): number {
    const view = this.#memoryView();
    let milliseconds = Number.POSITIVE_INFINITY;
    for (let at = from; at < from + count * 48; at += 48) {
      if (view.getUint8(at + 8) !== 0) milliseconds = 0;
      else {
        const isAbsolute = (view.getUint16(at + 40, true) & 1) === 1;
        const asked = view.getBigUint64(at + 24, true);
        const nanoseconds = isAbsolute ? asked - now(view.getUint32(at + 16, true)) : asked;
        milliseconds = Math.min(milliseconds, Math.max(0, Number(nanoseconds) / 1e6));
      }
    }
    wait(milliseconds);
    for (let index = 0; index < count; index++) {
      const [source, target] = [from + index * 48, to + index * 32];
      this.#bytes(target, 32).fill(0);
      view.setBigUint64(target, view.getBigUint64(source, true), true);
      view.setUint8(target + 10, view.getUint8(source + 8));
    }
    return this.#set32(done, count);
  }

  #write(fd: number, vectors: number, count: number, done: number): number {
    const isReport = this.#open.get(fd)?.node === null;
    if (fd !== 1 && fd !== 2 && !isReport) return this.#writeFile(fd, null, vectors, count, done);
    let total = 0;
    for (const bytes of this.#vectors(vectors, count)) {
      if (fd !== 1 && fd !== 2) this.#io.report(bytes);
      else if (!this.#io.write(fd, bytes)) throw new Exit(null);
      total += bytes.length;
    }
    return this.#set32(done, total);
  }

  /** @param offset Where to write; null for where the descriptor is. */
  #writeFile(fd: number, offset: number | null, vectors: number, count: number, done: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) return ERRNO.badf;
    if (file.node?.kind !== "file") return file.node === null ? ERRNO.spipe : ERRNO.isdir;
    let position = offset ?? (file.isAppending ? file.node.size : file.position);
    let total = 0;
    for (const bytes of this.#vectors(vectors, count)) {
      const errno = this.#tree.write(file.node, position, bytes);
      if (errno !== ERRNO.success) return errno;
      position += bytes.length;
      total += bytes.length;
    }
    if (offset === null) file.position = position;
    return this.#set32(done, total);
  }

  #setSize(fd: number, size: number): number {
    const node = this.#open.get(fd)?.node;
    return node?.kind === "file" ? this.#tree.resize(node, size) : ERRNO.badf;
  }

  /** The pieces of memory that a list of addresses and lengths names. */
  *#vectors(vectors: number, count: number): Iterable<Uint8Array> {
    const view = this.#memoryView();
    for (let at = vectors; at < vectors + count * 8; at += 8)
      yield this.#bytes(view.getUint32(at, true), view.getUint32(at + 4, true));
  }

  #read(fd: number, offset: number | null, vectors: number, count: number, done: number): number {
    const file = this.#open.get(fd);
    if (fd !== 0 && file === undefined) return ERRNO.badf;
    if (file?.node?.kind === "directory") return ERRNO.isdir;
    const content = file === undefined ? this.#io.stdin : contentOf(file.node);
    let position = offset ?? file?.position ?? this.#stdinPosition;
    let total = 0;
    for (const target of this.#vectors(vectors, count)) {
      const part = content.subarray(position, position + target.length);
      target.set(part);
      position += part.length;
      total += part.length;
      if (part.length < target.length) break;
    }
    if (offset === null) {
      if (file === undefined) this.#stdinPosition = position;
      else file.position = position;
    }
    return this.#set32(done, total);
  }

  #seek(fd: number, offset: number, whence: number, out: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) return fd < 3 ? ERRNO.spipe : ERRNO.badf;
    if (file.node?.kind === "directory") return ERRNO.badf;
    const base = [0, file.position, contentOf(file.node).length][whence];
    if (base === undefined || base + offset < 0) return ERRNO.inval;
    file.position = base + offset;
    return this.#set64(out, BigInt(file.position));
  }

  #descriptorStatus(fd: number, out: number): number {
    const file = this.#open.get(fd);
    if (fd > 2 && file === undefined) return ERRNO.badf;
    this.#bytes(out, 24).fill(0);
    const view = this.#memoryView();
    view.setUint8(out, fd <= 2 ? FILETYPE.characterDevice : filetypeOf(file?.node ?? null));
    view.setUint16(out + 2, file?.isAppending === true ? FDFLAGS_APPEND : 0, true);
    // Rights are not what limits this host: a file that is read-only says so when it is written.
    view.setBigUint64(out + 8, 0xffff_ffffn, true);
    view.setBigUint64(out + 16, 0xffff_ffffn, true);
    return ERRNO.success;
  }

  #fileStatus(fd: number, out: number): number {
    const file = this.#open.get(fd);
    if (fd > 2 && file === undefined) return ERRNO.badf;
    this.#writeStatus(
      out,
      fd <= 2 ? FILETYPE.characterDevice : filetypeOf(file?.node ?? null),
      contentOf(file?.node ?? null).length,
    );
    return ERRNO.success;
  }

  #pathStatus(fd: number, at: number, size: number, out: number): number {
    const path = this.#resolve(fd, at, size);
    if (path === null) return ERRNO.notcapable;
    if (`/${path}`.startsWith(SLEEP_PATH)) {
      wait(Number(path.slice(SLEEP_PATH.length - 1)));
      return ERRNO.noent;
    }
    const node = this.#tree.find(path);
    if (node === undefined) return ERRNO.noent;
    this.#writeStatus(out, filetypeOf(node), contentOf(node).length);
    return ERRNO.success;
  }

  #writeStatus(out: number, filetype: number, size: number): void {
    this.#bytes(out, 64).fill(0);
    const view = this.#memoryView();
    view.setUint8(out + 16, filetype);
    view.setBigUint64(out + 24, 1n, true);
    view.setBigUint64(out + 32, BigInt(size), true);
  }

  #openPath(fd: number, at: number, size: number, flags: number, isAppending: boolean, out: number): number {
    const path = this.#resolve(fd, at, size);
    if (path === null) return ERRNO.notcapable;
    const isReport = `/${path}` === REPORT_PATH;
    // A program that leaves its files open is told of its end all the same.
    if (this.#open.size > MAX_OPEN_FILES && !isReport) return ERRNO.nosys;
    const node = isReport ? null : this.#findOrMake(path, flags);
    if (typeof node === "number") return node;
    let free = PREOPENED + 1;
    while (this.#open.has(free)) free++;
    this.#open.set(free, { path, node, isAppending, position: 0 });
    if (node?.kind === "file") this.#tree.open(node);
    return this.#set32(out, free);
  }

  #close(fd: number): number {
    const node = this.#open.get(fd)?.node;
    if (fd === PREOPENED || !this.#open.delete(fd)) return fd < PREOPENED ? ERRNO.success : ERRNO.badf;
    if (node?.kind === "file") this.#tree.close(node);
    return ERRNO.success;
  }

  /** The node that a path names, as the flags want it; an errno if it cannot be had. */
  #findOrMake(path: string, flags: number): Node | number {
    const node = this.#tree.find(path);
    const isWanted = (flag: number): boolean => (flags & flag) !== 0;
    if (node === undefined) return isWanted(OFLAGS.create) ? this.#tree.create(path, "file") : ERRNO.noent;
    if (isWanted(OFLAGS.create) && isWanted(OFLAGS.exclusive)) return ERRNO.exist;
    if (node.kind === "directory") return isWanted(OFLAGS.truncate) ? ERRNO.isdir : node;
    if (isWanted(OFLAGS.directory)) return ERRNO.notdir;
    const errno = isWanted(OFLAGS.truncate) ? this.#tree.resize(node, 0) : ERRNO.success;
    return errno === ERRNO.success ? node : errno;
  }

  #change(fd: number, at: number, size: number, change: (path: string) => number): number {
    const path = this.#resolve(fd, at, size);
    return path === null ? ERRNO.notcapable : change(path);
  }

  #readDirectory(fd: number, at: number, size: number, cookie: number, used: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) return ERRNO.badf;
    if (file.node?.kind !== "directory") return ERRNO.notdir;
    const entries = [...file.node.entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const out = this.#bytes(at, size);
    let filled = 0;
    for (const [index, [entryName, node]] of entries.entries()) {
      if (index < cookie) continue;
      if (filled >= size) break;
      const name = new TextEncoder().encode(entryName);
      const entry = new Uint8Array(24 + name.length);
      const view = new DataView(entry.buffer);
      view.setBigUint64(0, BigInt(index + 1), true);
      view.setUint32(16, name.length, true);
      view.setUint8(20, filetypeOf(node));
      entry.set(name, 24);
      out.set(entry.subarray(0, size - filled), filled);
      filled += Math.min(entry.length, size - filled);
    }
    return this.#set32(used, filled);
  }

  /** Returns a name of the tree, or null if the descriptor is not a directory or the path climbs above the root. */
  #resolve(fd: number, at: number, size: number): string | null {
    const base = this.#open.get(fd);
    if (base?.node?.kind !== "directory") return null;
    const parts = base.path === "" ? [] : base.path.split("/");
    for (const part of new TextDecoder().decode(this.#bytes(at, size).slice()).split("/")) {
      if (part === "" || part === ".") continue;
      if (part !== "..") parts.push(part);
      else if (parts.pop() === undefined) return null;
    }
    return parts.join("/");
  }
}

function filetypeOf(node: Node | null): number {
  return node?.kind === "directory" ? FILETYPE.directory : FILETYPE.regularFile;
}

function contentOf(node: Node | null): Uint8Array {
  return node?.kind === "file" ? node.buffer.subarray(0, node.size) : new Uint8Array();
}

function errnoOf(made: Node | number): number {
  return typeof made === "number" ? made : ERRNO.success;
}

/** Blocks this thread only; the engine ends the thread when the program's time is up. */
function wait(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Nanoseconds: since 1970 for the real-time clock (0), since some start for the others. */
function now(clock: number): bigint {
  return clock === 0 ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint();
}
