/**
 * Everything that a WASI program can ask of this process. So this file is the boundary of the embedded Python: two
 * clocks, random bytes, a sleep, its job on descriptor 0, output on 1 and 2, a report to `REPORT_PATH`, and a tree of
 * files in memory (file-tree.ts). There is no way to the disk, no socket and no process. Every call that is not in the
 * tables below answers "not supported".
 *
 * Its state is the open descriptors and the files that a program has written. `begin` removes both. `resume` keeps
 * them, for a program that continues.
 */

import { randomFillSync } from "node:crypto";
import type { GuestFile } from "../../engine.js";
import { FileTree } from "./file-tree.js";
import { ERRNO, Exit, FDFLAGS_APPEND, ROOT_DESCRIPTOR } from "./wasi-abi.js";
import { CLOCK_RESOLUTION, clockTime, poll } from "./wasi-clock.js";
import { WasiDescriptors, type WasiIo } from "./wasi-descriptors.js";
import { WasiMemory } from "./wasi-memory.js";
import { WasiPaths } from "./wasi-paths.js";

/** The directories that a program can write in: one for input files, and one for its own. */
const WRITABLE = ["workspace", "tmp"];

/** A function that the program imports. It takes numbers, and returns an error number. */
type WasiFunction = (...args: never[]) => number;
type Table = Readonly<Record<string, WasiFunction | undefined>>;

const succeed: WasiFunction = () => ERRNO.success;
const refuse: WasiFunction = () => ERRNO.notsup;

/** The imports of one instance, and their state. */
export class WasiImports {
  readonly #memory: WasiMemory;
  readonly #args: readonly Uint8Array[];
  readonly #tree: FileTree;
  readonly #descriptors: WasiDescriptors;
  readonly #paths: WasiPaths;

  /**
   * @param options.files Read-only files of the tree: content by absolute path.
   * @param options.args The program's command line, its name first.
   */
  constructor(options: {
    memory: WebAssembly.Memory;
    files: ReadonlyMap<string, Uint8Array>;
    args: readonly string[];
  }) {
    this.#memory = new WasiMemory(options.memory);
    this.#args = options.args.map((arg) => new TextEncoder().encode(`${arg}\0`));
    this.#tree = new FileTree(options.files, WRITABLE);
    this.#descriptors = new WasiDescriptors(this.#memory, this.#tree);
    this.#paths = new WasiPaths(this.#memory, this.#tree, this.#descriptors);
  }

  /**
   * Starts a run that finds no trace of another one: no open file, and no files except its input files. Returns false
   * if there is no room for them.
   */
  begin(io: WasiIo, files: readonly GuestFile[] = []): boolean {
    this.#tree.clear();
    this.#descriptors.reset();
    return this.resume(io, files);
  }

  /** Starts a run that finds the files of the last one. Returns the same as `begin`. */
  resume(io: WasiIo, files: readonly GuestFile[]): boolean {
    this.#descriptors.connect(io);
    return files.every((file) => this.#tree.place(`workspace/${file.path}`, file.bytes));
  }

  /** True if the program has left no file open. */
  get hasOnlyStandardDescriptors(): boolean {
    return this.#descriptors.hasOnlyStandardDescriptors;
  }

  /** Returns the functions that a module imports. */
  importsOf(module: WebAssembly.Module): Record<string, WasiFunction> {
    const functions = WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function");
    return this.imports(functions.map(({ name }) => name));
  }

  /** Returns the functions with these names. One that is not implemented refuses every call. */
  imports(names: readonly string[]): Record<string, WasiFunction> {
    const table: Table = { ...this.#processCalls(), ...this.#descriptorCalls(), ...this.#pathCalls() };
    return Object.fromEntries(names.map((name) => [name, table[name] ?? refuse]));
  }

  #processCalls(): Table {
    const memory = this.#memory;
    return {
      args_sizes_get: (count: number, size: number) => this.#argsSizes(count, size),
      args_get: (argv: number, buffer: number) => this.#argsGet(argv, buffer),
      environ_sizes_get: (count: number, size: number) => memory.setU32(count, 0) || memory.setU32(size, 0),
      environ_get: succeed,
      clock_res_get: (_clock: number, out: number) => memory.setU64(out, CLOCK_RESOLUTION),
      clock_time_get: (clock: number, _precision: bigint, out: number) => memory.setU64(out, clockTime(clock)),
      random_get: (at: number, size: number) => {
        randomFillSync(memory.bytes(at, size));
        return ERRNO.success;
      },
      sched_yield: succeed,
      poll_oneoff: (from: number, to: number, count: number, done: number) => poll(memory, from, to, count, done),
      proc_exit: (code: number): number => {
        throw new Exit(code);
      },
    };
  }

  #descriptorCalls(): Table {
    const memory = this.#memory;
    const open = this.#descriptors;
    return {
      fd_write: (fd: number, vectors: number, count: number, done: number) => open.write(fd, vectors, count, done),
      fd_pwrite: (fd: number, vectors: number, count: number, offset: bigint, done: number) =>
        open.writeFile(fd, Number(offset), vectors, count, done),
      fd_read: (fd: number, vectors: number, count: number, done: number) => open.read(fd, null, vectors, count, done),
      fd_pread: (fd: number, vectors: number, count: number, offset: bigint, done: number) =>
        open.read(fd, Number(offset), vectors, count, done),
      fd_seek: (fd: number, offset: bigint, whence: number, out: number) => open.seek(fd, Number(offset), whence, out),
      fd_tell: (fd: number, out: number) => open.seek(fd, 0, 1, out),
      fd_close: (fd: number) => open.close(fd),
      fd_sync: succeed,
      fd_datasync: succeed,
      fd_advise: succeed,
      fd_filestat_set_size: (fd: number, size: bigint) => open.setSize(fd, Number(size)),
      fd_fdstat_get: (fd: number, out: number) => open.status(fd, out),
      fd_fdstat_set_flags: succeed,
      fd_filestat_get: (fd: number, out: number) => open.fileStatus(fd, out),
      fd_filestat_set_times: (fd: number, accessed: bigint, modified: bigint, flags: number) =>
        open.setTimes(fd, accessed, modified, flags),
      fd_prestat_get: (fd: number, out: number) =>
        fd === ROOT_DESCRIPTOR ? memory.setU32(out, 0) || memory.setU32(out + 4, 1) : ERRNO.badf,
      fd_prestat_dir_name: (fd: number, at: number) => {
        if (fd !== ROOT_DESCRIPTOR) return ERRNO.badf;
        memory.view.setUint8(at, 0x2f);
        return ERRNO.success;
      },
      fd_readdir: (fd: number, at: number, size: number, cookie: bigint, used: number) =>
        open.readDirectory(fd, at, size, Number(cookie), used),
    };
  }

  #pathCalls(): Table {
    const paths = this.#paths;
    return {
      path_open: (
        fd: number,
        follow: number,
        at: number,
        size: number,
        flags: number,
        rights: bigint,
        _inheriting: bigint,
        fdFlags: number,
        out: number,
      ) => paths.open(fd, { follow, flags, rights, isAppending: (fdFlags & FDFLAGS_APPEND) !== 0 }, at, size, out),
      path_filestat_get: (fd: number, follow: number, at: number, size: number, out: number) =>
        paths.status(fd, follow, at, size, out),
      path_filestat_set_times: (
        fd: number,
        follow: number,
        at: number,
        size: number,
        accessed: bigint,
        modified: bigint,
        flags: number,
      ) => paths.setTimes(fd, follow, at, size, [accessed, modified, flags]),
      path_create_directory: (fd: number, at: number, size: number) => paths.createDirectory(fd, at, size),
      path_remove_directory: (fd: number, at: number, size: number) => paths.remove(fd, at, size, "directory"),
      path_unlink_file: (fd: number, at: number, size: number) => paths.remove(fd, at, size, "file"),
      path_rename: (fd: number, at: number, size: number, toFd: number, toAt: number, toSize: number) =>
        paths.rename(fd, at, size, toFd, toAt, toSize),
      path_readlink: (fd: number, at: number, size: number, out: number, room: number, used: number) =>
        paths.readLink(fd, at, size, out, room, used),
      path_link: (fd: number, _follow: number, at: number, size: number, toFd: number, toAt: number, toSize: number) =>
        paths.addName(fd, at, size, toFd, toAt, toSize),
      path_symlink: (targetAt: number, targetSize: number, fd: number, at: number, size: number) =>
        paths.createLink(targetAt, targetSize, fd, at, size),
    };
  }

  #argsSizes(count: number, size: number): number {
    this.#memory.setU32(count, this.#args.length);
    const total = this.#args.reduce((sum, arg) => sum + arg.length, 0);
    return this.#memory.setU32(size, total);
  }

  #argsGet(argv: number, buffer: number): number {
    for (const arg of this.#args) {
      this.#memory.setU32(argv, buffer);
      this.#memory.bytes(buffer, arg.length).set(arg);
      argv += 4;
      buffer += arg.length;
    }
    return ERRNO.success;
  }
}
