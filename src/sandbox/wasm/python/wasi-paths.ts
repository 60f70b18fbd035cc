/**
 * The calls of a WASI program that name a path. Paths lead into the tree in memory only. A path cannot climb above the
 * root, and neither can a link.
 */

import { ERRNO, FOLLOW, OFLAGS, RIGHTS } from "./wasi-abi.js";
import { sleep, timesToSet } from "./wasi-clock.js";
import { contentOf, filetypeOf, type WasiDescriptors, writeFileStatus } from "./wasi-descriptors.js";
import { MAY, type Node } from "./file-node.js";
import type { FileTree } from "./file-tree.js";
import type { WasiMemory } from "./wasi-memory.js";

/** A file that takes the guest's report. It is not in the tree. embedded.py has the same name. */
export const REPORT_PATH = "/rlm/report";

/**
 * A look at `SLEEP_PATH` plus a number waits for as many milliseconds: the interpreter's own file layer refuses the
 * call that would wait. embedded.py has the same name.
 */
const SLEEP_PATH = "/rlm/sleep/";

/**
 * A look at `MODE_PATH` plus an octal number and an absolute path sets the mode of what is there: WASI has no call that
 * would. embedded.py has the same name. The interpreter leaves out the slash at the start.
 */
const MODE_PATH = /^\/?rlm\/mode\/([0-7]{1,4})(\/.*)$/s;

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

  /** `path_open`. `rights` are those that the program asks for. */
  open(
    fd: number,
    how: { readonly follow: number; readonly flags: number; readonly rights: bigint; readonly isAppending: boolean },
    at: number,
    size: number,
    out: number,
  ): number {
    const path = this.#resolve(fd, at, size, how.follow);
    if (typeof path === "number") return path;
    const isReport = `/${path}` === REPORT_PATH;
    // A guest can report even if its program has left all its files open.
    if (isReport ? this.#descriptors.openReports >= MAX_OPEN_REPORTS : this.#descriptors.isFull) return ERRNO.nosys;
    const node = isReport ? null : this.#findOrCreate(path, how.flags, how.rights);
    if (typeof node === "number") return node;
    return this.#memory.setU32(out, this.#descriptors.add(path, node, how.isAppending));
  }

  /** `path_filestat_get`, and the calls that wait (`SLEEP_PATH`) and set a mode (`MODE_PATH`). */
  status(fd: number, follow: number, at: number, size: number, out: number): number {
    const [, mode, changed] = size >>> 0 > MAX_PATH ? [] : (MODE_PATH.exec(this.#memory.text(at, size)) ?? []);
    const path = changed === undefined ? this.#resolve(fd, at, size, follow) : this.#tree.resolve("", changed, true);
    if (typeof path === "number") return path;
    if (`/${path}`.startsWith(SLEEP_PATH)) {
      sleep(Number(path.slice(SLEEP_PATH.length - 1)));
      return ERRNO.noent;
    }
    const node = this.#tree.find(path);
    if (node === undefined) return ERRNO.noent;
    const errno = mode === undefined ? ERRNO.success : this.#tree.setMode(node, Number.parseInt(mode, 8));
    if (errno !== ERRNO.success) return errno;
    return writeFileStatus(this.#memory, out, filetypeOf(node), node);
  }

  /** `path_filestat_set_times`. */
  setTimes(
    fd: number,
    follow: number,
    at: number,
    size: number,
    times: readonly [accessed: bigint, modified: bigint, flags: number],
  ): number {
    const path = this.#resolve(fd, at, size, follow);
    if (typeof path === "number") return path;
    const node = this.#tree.find(path);
    return node === undefined ? ERRNO.noent : this.#tree.setTimes(node, ...timesToSet(...times));
  }

  /** `path_create_directory`. */
  createDirectory(fd: number, at: number, size: number): number {
    return this.#change(fd, at, size, (path) => {
      const made = this.#tree.create(path, "directory");
      return typeof made === "number" ? made : ERRNO.success;
    });
  }

  /** `path_unlink_file` and `path_remove_directory`. */
  remove(fd: number, at: number, size: number, kind: "file" | "directory"): number {
    return this.#change(fd, at, size, (path) => this.#tree.remove(path, kind));
  }

  /** `path_rename`. */
  rename(fd: number, at: number, size: number, toFd: number, toAt: number, toSize: number): number {
    return this.#change(fd, at, size, (from) => this.#change(toFd, toAt, toSize, (to) => this.#tree.rename(from, to)));
  }

  /** `path_symlink`. */
  createLink(targetAt: number, targetSize: number, fd: number, at: number, size: number): number {
    if (targetSize >>> 0 > MAX_PATH) return ERRNO.nametoolong;
    const target = this.#memory.text(targetAt, targetSize);
    return this.#change(fd, at, size, (path) => this.#tree.createLink(path, target));
  }

  /** `path_readlink`. */
  readLink(fd: number, at: number, size: number, out: number, room: number, used: number): number {
    return this.#change(fd, at, size, (path) => {
      const node = this.#tree.find(path);
      if (node?.kind !== "link") return node === undefined ? ERRNO.noent : ERRNO.inval;
      const target = contentOf(node).subarray(0, room >>> 0);
      this.#memory.bytes(out, target.length).set(target);
      return this.#memory.setU32(used, target.length);
    });
  }

  /** `path_link`. */
  addName(fd: number, at: number, size: number, toFd: number, toAt: number, toSize: number): number {
    return this.#change(fd, at, size, (from) => this.#change(toFd, toAt, toSize, (to) => this.#tree.addName(from, to)));
  }

  /** Calls `change` with a path. A link at its end stands for itself. */
  #change(fd: number, at: number, size: number, change: (path: string) => number): number {
    const path = this.#resolve(fd, at, size, 0);
    return typeof path === "number" ? path : change(path);
  }

  /** Returns the node that a path names, as the flags want it; an error number if it cannot be opened. */
  #findOrCreate(path: string, flags: number, rights: bigint): Node | number {
    const node = this.#tree.find(path);
    const isSet = (flag: number): boolean => (flags & flag) !== 0;
    if (node === undefined) return isSet(OFLAGS.create) ? this.#tree.create(path, "file") : ERRNO.noent;
    if (isSet(OFLAGS.create) && isSet(OFLAGS.exclusive)) return ERRNO.exist;
    if (node.kind === "link") return ERRNO.loop;
    const isRead = (rights & RIGHTS.read) !== 0n && (node.mode & MAY.read) === 0;
    const isWritten = node.kind === "file" && (rights & RIGHTS.write) !== 0n && (node.mode & MAY.write) === 0;
    if (isRead || isWritten) return ERRNO.acces;
    if (node.kind === "directory") return isSet(OFLAGS.truncate) ? ERRNO.isdir : node;
    if (isSet(OFLAGS.directory)) return ERRNO.notdir;
    const errno = isSet(OFLAGS.truncate) ? this.#tree.resize(node, 0) : ERRNO.success;
    return errno === ERRNO.success ? node : errno;
  }

  /**
   * Returns a path of the tree. Returns an error number if the descriptor is no directory, or the path is too long or
   * climbs above the root. A link at its end is followed if `follow` has that bit.
   */
  #resolve(fd: number, at: number, size: number, follow: number): string | number {
    const base = this.#descriptors.directoryPath(fd);
    if (base === null) return ERRNO.notcapable;
    if (size >>> 0 > MAX_PATH || base.length > MAX_PATH) return ERRNO.nametoolong;
    return this.#tree.resolve(base, this.#memory.text(at, size), (follow & FOLLOW) !== 0);
  }
}
