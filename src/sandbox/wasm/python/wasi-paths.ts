/**
 * The calls of a WASI program that name a path. Paths lead into the tree in memory only. A path cannot climb above the
 * root, and there are no links.
 */

import { ERRNO, OFLAGS } from "./wasi-abi.js";
import { sleep, timesToSet } from "./wasi-clock.js";
import { filetypeOf, type WasiDescriptors, writeFileStatus } from "./wasi-descriptors.js";
import type { Node } from "./file-node.js";
import type { FileTree } from "./file-tree.js";
import type { WasiMemory } from "./wasi-memory.js";

/** A file that takes the guest's report. It is not in the tree. embedded.py has the same name. */
export const REPORT_PATH = "/rlm/report";

/**
 * A look at `SLEEP_PATH` plus a number waits for as many milliseconds: the interpreter's own file layer refuses the
 * call that would wait. embedded.py has the same name.
 */
export const SLEEP_PATH = "/rlm/sleep/";

/** Longest path, in bytes, as on Linux. A longer one is refused before it is decoded. */
const MAX_PATH = 4_096;

/** Most descriptors for the report at once: a guest opens one, after its program. */
const MAX_OPEN_REPORTS = 4;

/** The calls with a path. `fd` is the directory that the path starts from; `at` and `size` are the path's text. */
export class WasiPaths {
  readonly #memory: WasiMemory;
  readonly #tree: FileTree;
  readonly #descriptors: WasiDescriptors;

  constructor(memory: WasiMemory, tree: FileTree, descriptors: WasiDescriptors) {
    this.#memory = memory;
    this.#tree = tree;
    this.#descriptors = descriptors;
  }

  /** `path_open`. */
  open(fd: number, at: number, size: number, flags: number, isAppending: boolean, out: number): number {
    const path = this.#resolve(fd, at, size);
    if (typeof path === "number") return path;
    const isReport = `/${path}` === REPORT_PATH;
    // A guest can report even if its program has left all its files open.
    if (isReport ? this.#descriptors.openReports >= MAX_OPEN_REPORTS : this.#descriptors.isFull) return ERRNO.nosys;
    const node = isReport ? null : this.#findOrCreate(path, flags);
    if (typeof node === "number") return node;
    return this.#memory.setU32(out, this.#descriptors.add(path, node, isAppending));
  }

  /** `path_filestat_get`, and the call that waits (`SLEEP_PATH`). */
  status(fd: number, at: number, size: number, out: number): number {
    const path = this.#resolve(fd, at, size);
    if (typeof path === "number") return path;
    if (`/${path}`.startsWith(SLEEP_PATH)) {
      sleep(Number(path.slice(SLEEP_PATH.length - 1)));
      return ERRNO.noent;
    }
    const node = this.#tree.find(path);
    if (node === undefined) return ERRNO.noent;
    return writeFileStatus(this.#memory, out, filetypeOf(node), node);
  }

  /** `path_filestat_set_times`. */
  setTimes(fd: number, at: number, size: number, accessed: bigint, modified: bigint, flags: number): number {
    return this.#change(fd, at, size, (path) => {
      const node = this.#tree.find(path);
      return node === undefined ? ERRNO.noent : this.#tree.setTimes(node, ...timesToSet(accessed, modified, flags));
    });
  }

  /** `path_create_directory`. */
  createDirectory(fd: number, at: number, size: number): number {
    return this.#change(fd, at, size, (path) => {
      const made = this.#tree.create(path, "directory");
      return typeof made === "number" ? made : ERRNO.success;
    });
  }

  /** `path_unlink_file` and `path_remove_directory`. */
  remove(fd: number, at: number, size: number, kind: Node["kind"]): number {
    return this.#change(fd, at, size, (path) => this.#tree.remove(path, kind));
  }

  /** `path_rename`. */
  rename(fd: number, at: number, size: number, toFd: number, toAt: number, toSize: number): number {
    return this.#change(fd, at, size, (from) => this.#change(toFd, toAt, toSize, (to) => this.#tree.rename(from, to)));
  }

  #change(fd: number, at: number, size: number, change: (path: string) => number): number {
    const path = this.#resolve(fd, at, size);
    return typeof path === "number" ? path : change(path);
  }

  /** Returns the node that a path names, as the flags want it; an error number if it cannot be opened. */
  #findOrCreate(path: string, flags: number): Node | number {
    const node = this.#tree.find(path);
    const isSet = (flag: number): boolean => (flags & flag) !== 0;
    if (node === undefined) return isSet(OFLAGS.create) ? this.#tree.create(path, "file") : ERRNO.noent;
    if (isSet(OFLAGS.create) && isSet(OFLAGS.exclusive)) return ERRNO.exist;
    if (node.kind === "directory") return isSet(OFLAGS.truncate) ? ERRNO.isdir : node;
    if (isSet(OFLAGS.directory)) return ERRNO.notdir;
    const errno = isSet(OFLAGS.truncate) ? this.#tree.resize(node, 0) : ERRNO.success;
    return errno === ERRNO.success ? node : errno;
  }

  /**
   * Returns a path of the tree. Returns an error number if the descriptor is no directory, or the path is too long or
   * climbs above the root.
   */
  #resolve(fd: number, at: number, size: number): string | number {
    const base = this.#descriptors.directoryPath(fd);
    if (base === null) return ERRNO.notcapable;
    if (size >>> 0 > MAX_PATH || base.length > MAX_PATH) return ERRNO.nametoolong;
    const parts = base === "" ? [] : base.split("/");
    for (const part of this.#memory.text(at, size).split("/")) {
      if (part === "" || part === ".") continue;
      if (part !== "..") parts.push(part);
      else if (parts.pop() === undefined) return ERRNO.notcapable;
    }
    return parts.join("/");
  }
}
