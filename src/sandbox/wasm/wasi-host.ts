/**
 * Everything a WASI program can ask of this process, and so the embedded
 * engine's boundary for Python: two clocks, random bytes, a sleep, its job on
 * descriptor 0, output on 1 and 2, a report to `REPORT_PATH`, and a read-only
 * tree of files that lives in memory. There is no path to the disk, no socket
 * and no process; whatever is not written below answers "not supported".
 *
 * State: the open descriptors, made anew by `begin`. The tree is never changed,
 * so it may be shared by all runs.
 */

import { randomFillSync } from "node:crypto";

/** The one name that can be opened for writing: what is written to it is the guest's report. */
export const REPORT_PATH = "/rlm/report";

/** Looking at `SLEEP_PATH + milliseconds` waits that long: the interpreter's own file layer refuses the call that would. */
export const SLEEP_PATH = "/rlm/sleep/";

const ERRNO = { success: 0, badf: 8, inval: 28, isdir: 31, noent: 44, nosys: 52, notdir: 54, notsup: 58, rofs: 69, spipe: 70, notcapable: 76 };
const FILETYPE = { characterDevice: 2, directory: 3, regularFile: 4 };
const PREOPENED = 3;
const MAX_OPEN_FILES = 64;
const OFLAGS = { create: 1, directory: 2, exclusive: 4, truncate: 8 };

/** Thrown through the WebAssembly stack to end a run; the guest's image is put back afterwards. */
export class Exit {
  readonly code: number | null;

  /** @param code The exit status, or null when the run was stopped for printing too much. */
  constructor(code: number | null) {
    this.code = code;
  }
}

export interface WasiIo {
  readonly stdin: Uint8Array;
  /** Returns false to stop the run. */
  write(stream: 1 | 2, bytes: Uint8Array): boolean;
  report(bytes: Uint8Array): void;
}

interface OpenFile {
  readonly path: string;
  /** Null for a directory. */
  readonly content: Uint8Array | null;
  position: number;
}

type WasiFunction = (...args: never[]) => number;

export class WasiHost {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  /** Names in each directory, sorted; the root is "". */
  readonly #directories = new Map<string, string[]>();
  readonly #memory: WebAssembly.Memory;
  readonly #args: readonly Uint8Array[];
  #view: DataView;
  #open = new Map<number, OpenFile>();
  #io: WasiIo = { stdin: new Uint8Array(), write: () => false, report: () => undefined };
  #stdinPosition = 0;

  /** @param files Content by absolute path. */
  constructor(options: { memory: WebAssembly.Memory; files: ReadonlyMap<string, Uint8Array>; args: readonly string[] }) {
    this.#memory = options.memory;
    this.#view = new DataView(options.memory.buffer);
    this.#args = options.args.map((arg) => new TextEncoder().encode(`${arg}\0`));
    this.#files = new Map([...options.files].map(([name, content]) => [name.replace(/^\/+/, ""), content]));
    this.#directories.set("", []);
    for (const name of [...this.#files.keys()].sort()) this.#addToDirectory(name);
  }

  /** Starts a run with no descriptors open but the standard ones and the tree's root. */
  begin(io: WasiIo): void {
    this.#io = io;
    this.#stdinPosition = 0;
    this.#open = new Map([[PREOPENED, { path: "", content: null, position: 0 }]]);
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
      fd_read: (fd: number, vectors: number, count: number, done: number) => this.#read(fd, null, vectors, count, done),
      fd_pread: (fd: number, vectors: number, count: number, offset: bigint, done: number) =>
        this.#read(fd, Number(offset), vectors, count, done),
      fd_seek: (fd: number, offset: bigint, whence: number, out: number) => this.#seek(fd, Number(offset), whence, out),
      fd_tell: (fd: number, out: number) => this.#seek(fd, 0, 1, out),
      fd_close: (fd: number) => (fd !== PREOPENED && this.#open.delete(fd) ? ERRNO.success : fd < 3 ? ERRNO.success : ERRNO.badf),
      fd_advise: () => ERRNO.success,
      fd_fdstat_get: (fd: number, out: number) => this.#descriptorStatus(fd, out),
      fd_fdstat_set_flags: () => ERRNO.success,
      fd_filestat_get: (fd: number, out: number) => this.#fileStatus(fd, out),
      fd_prestat_get: (fd: number, out: number) => (fd === PREOPENED ? this.#set32(out, 0) || this.#set32(out + 4, 1) : ERRNO.badf),
      fd_prestat_dir_name: (fd: number, at: number) => {
        if (fd !== PREOPENED) return ERRNO.badf;
        this.#memoryView().setUint8(at, 0x2f);
        return ERRNO.success;
      },
      fd_readdir: (fd: number, at: number, size: number, cookie: bigint, used: number) => this.#readDirectory(fd, at, size, Number(cookie), used),
      path_open: (fd: number, _follow: number, at: number, size: number, flags: number, _base: bigint, _inheriting: bigint, _fdFlags: number, out: number) =>
        this.#openPath(fd, at, size, flags, out),
      path_filestat_get: (fd: number, _follow: number, at: number, size: number, out: number) => this.#pathStatus(fd, at, size, out),
      path_readlink: () => ERRNO.inval,
      path_create_directory: () => ERRNO.rofs,
      path_remove_directory: () => ERRNO.rofs,
      path_unlink_file: () => ERRNO.rofs,
      path_rename: () => ERRNO.rofs,
      path_link: () => ERRNO.rofs,
      path_symlink: () => ERRNO.rofs,
    };
    const refused: WasiFunction = () => ERRNO.notsup;
    return Object.fromEntries(names.map((name) => [name, implemented[name] ?? refused]));
  }

  #addToDirectory(name: string): void {
    const slash = name.lastIndexOf("/");
    const parent = slash < 0 ? "" : name.slice(0, slash);
    if (!this.#directories.has(parent)) {
      this.#directories.set(parent, []);
      this.#addToDirectory(parent);
    }
    this.#directories.get(parent)?.push(name.slice(slash + 1));
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
    return this.#set32(size, this.#args.reduce((sum, arg) => sum + arg.length, 0));
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
    const isReport = this.#open.get(fd)?.path === REPORT_PATH;
    if (fd !== 1 && fd !== 2 && !isReport) return this.#open.has(fd) ? ERRNO.rofs : ERRNO.badf;
    const view = this.#memoryView();
    let total = 0;
    for (let at = vectors; at < vectors + count * 8; at += 8) {
      const bytes = this.#bytes(view.getUint32(at, true), view.getUint32(at + 4, true));
      if (fd !== 1 && fd !== 2) this.#io.report(bytes);
      else if (!this.#io.write(fd, bytes)) throw new Exit(null);
      total += bytes.length;
    }
    return this.#set32(done, total);
  }

  #read(fd: number, offset: number | null, vectors: number, count: number, done: number): number {
    const file = this.#open.get(fd);
    if (fd !== 0 && file === undefined) return ERRNO.badf;
    if (file !== undefined && file.content === null) return ERRNO.isdir;
    const content = file?.content ?? this.#io.stdin;
    let position = offset ?? file?.position ?? this.#stdinPosition;
    const view = this.#memoryView();
    let total = 0;
    for (let at = vectors; at < vectors + count * 8; at += 8) {
      const target = this.#bytes(view.getUint32(at, true), view.getUint32(at + 4, true));
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
    if (file.content === null) return ERRNO.badf;
    const base = [0, file.position, file.content.length][whence];
    if (base === undefined || base + offset < 0) return ERRNO.inval;
    file.position = base + offset;
    return this.#set64(out, BigInt(file.position));
  }

  #descriptorStatus(fd: number, out: number): number {
    const file = this.#open.get(fd);
    if (fd > 2 && file === undefined) return ERRNO.badf;
    this.#bytes(out, 24).fill(0);
    const view = this.#memoryView();
    view.setUint8(out, fd <= 2 ? FILETYPE.characterDevice : filetypeOf(file?.content ?? null));
    // Rights are not what limits this host: it has no function that writes.
    view.setBigUint64(out + 8, 0xffff_ffffn, true);
    view.setBigUint64(out + 16, 0xffff_ffffn, true);
    return ERRNO.success;
  }

  #fileStatus(fd: number, out: number): number {
    const file = this.#open.get(fd);
    if (fd > 2 && file === undefined) return ERRNO.badf;
    this.#writeStatus(out, fd <= 2 ? FILETYPE.characterDevice : filetypeOf(file?.content ?? null), file?.content?.length ?? 0);
    return ERRNO.success;
  }

  #pathStatus(fd: number, at: number, size: number, out: number): number {
    const path = this.#resolve(fd, at, size);
    if (path === null) return ERRNO.notcapable;
    if (`/${path}`.startsWith(SLEEP_PATH)) {
      wait(Number(path.slice(SLEEP_PATH.length - 1)));
      return ERRNO.noent;
    }
    const content = this.#files.get(path);
    if (content === undefined && !this.#directories.has(path)) return ERRNO.noent;
    this.#writeStatus(out, filetypeOf(content ?? null), content?.length ?? 0);
    return ERRNO.success;
  }

  #writeStatus(out: number, filetype: number, size: number): void {
    this.#bytes(out, 64).fill(0);
    const view = this.#memoryView();
    view.setUint8(out + 16, filetype);
    view.setBigUint64(out + 24, 1n, true);
    view.setBigUint64(out + 32, BigInt(size), true);
  }

  #openPath(fd: number, at: number, size: number, flags: number, out: number): number {
    const path = this.#resolve(fd, at, size);
    if (path === null) return ERRNO.notcapable;
    const isReport = `/${path}` === REPORT_PATH;
    const content = isReport ? new Uint8Array() : this.#files.get(path);
    const isDirectory = this.#directories.has(path);
    if (content === undefined && !isDirectory) return (flags & OFLAGS.create) !== 0 ? ERRNO.rofs : ERRNO.noent;
    if ((flags & OFLAGS.truncate) !== 0 && !isReport) return ERRNO.rofs;
    if ((flags & OFLAGS.directory) !== 0 && !isDirectory) return ERRNO.notdir;
    if (this.#open.size > MAX_OPEN_FILES) return ERRNO.nosys;
    let free = PREOPENED + 1;
    while (this.#open.has(free)) free++;
    this.#open.set(free, { path: isReport ? REPORT_PATH : path, content: content ?? null, position: 0 });
    return this.#set32(out, free);
  }

  #readDirectory(fd: number, at: number, size: number, cookie: number, used: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) return ERRNO.badf;
    const names = this.#directories.get(file.path);
    if (names === undefined) return ERRNO.notdir;
    const out = this.#bytes(at, size);
    let filled = 0;
    for (let index = cookie; index < names.length && filled < size; index++) {
      const name = new TextEncoder().encode(names[index]);
      const entry = new Uint8Array(24 + name.length);
      const view = new DataView(entry.buffer);
      view.setBigUint64(0, BigInt(index + 1), true);
      view.setUint32(16, name.length, true);
      const child = file.path === "" ? names[index] : `${file.path}/${names[index]}`;
      view.setUint8(20, this.#directories.has(child ?? "") ? FILETYPE.directory : FILETYPE.regularFile);
      entry.set(name, 24);
      out.set(entry.subarray(0, size - filled), filled);
      filled += Math.min(entry.length, size - filled);
    }
    return this.#set32(used, filled);
  }

  /** Returns a name of the tree, or null if the descriptor is not a directory or the path climbs above the root. */
  #resolve(fd: number, at: number, size: number): string | null {
    const base = this.#open.get(fd);
    if (base === undefined || base.content !== null) return null;
    const parts = base.path === "" ? [] : base.path.split("/");
    for (const part of new TextDecoder().decode(this.#bytes(at, size).slice()).split("/")) {
      if (part === "" || part === ".") continue;
      if (part !== "..") parts.push(part);
      else if (parts.pop() === undefined) return null;
    }
    return parts.join("/");
  }
}

function filetypeOf(content: Uint8Array | null): number {
  return content === null ? FILETYPE.directory : FILETYPE.regularFile;
}

/** Blocks this thread only; the engine ends the thread when the program's time is up. */
function wait(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Nanoseconds: since 1970 for the real-time clock (0), since some start for the others. */
function now(clock: number): bigint {
  return clock === 0 ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint();
}
