/**
 * Opens a checked path so that a file that is read is the file that was checked.
 *
 * On Linux each step, from `/` on, opens one name in a directory that is already open (`/proc/self/fd/<n>/<name>`, the
 * nearest thing to openat in Node) and refuses links. So no link that appears on the way after the check is followed.
 * Each entry is first opened as a handle that cannot be read, its kind is looked up, and it is then reopened through
 * that handle. A pipe or a device is never opened for reading.
 *
 * On other systems an entry is its path and its identity (device and inode). It is opened without following a link at
 * its end. Before and after, the path must lead to the same identity. A directory that is swapped away and back within
 * that time goes unnoticed.
 *
 * Not promised: that a hard link in a root leads to no file from outside. A user who can make a hard link to a file can
 * read the file already (protected_hardlinks).
 */

import { type BigIntStats, closeSync, constants, fstat, open as openNumbered } from "node:fs";
import { type FileHandle, lstat, open, opendir, realpath, statfs } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { Fault, isFailure } from "../errors.js";
import { isKernelView } from "./kernel-views.js";
import { PATH_ERRORS, refusePath, type ValidatedPath } from "./path-validator.js";

/**
 * Opens a handle that names an inode and cannot read it. Node does not export the flag. It has this value on every
 * Linux that Node runs on.
 */
const O_PATH = 0o10000000;

/**
 * Descriptors are numbers here, so that `closeSync` can close an O_PATH handle. Nothing was read or written through it,
 * so closing waits for no disk. A trip to the thread pool for every directory on the way would be most of the cost.
 */
const openDescriptor = promisify(openNumbered);
const statDescriptor = promisify(fstat);

/** Names of a directory in one round trip. With the 32 of Node's default a large directory is slow. */
const NAMES_AT_ONCE = 256;

/**
 * Error codes of an entry that is gone, swapped or unreadable. Any other code means that the disk failed. ENXIO and
 * ENODEV come from a socket or device with nothing behind it.
 */
const OPEN_ERRORS: ReadonlySet<unknown> = new Set([
  ...PATH_ERRORS,
  "ENXIO",
  "ENODEV",
  "EISDIR",
  "EMLINK",
  "EBADF",
  "ESTALE",
]);

/** A file or directory that cannot be swapped for another one any more. Its owner disposes of it. */
export interface OpenedEntry extends AsyncDisposable {
  /** `other` is a link, a pipe, a socket or a device. */
  readonly kind: "file" | "directory" | "other";
  /** Opens the file for reading; the caller closes the handle. */
  openFile(): Promise<FileHandle>;
  /** Lists the names in the directory, in the order of the disk. */
  listNames(): AsyncIterable<string>;
  /** Opens an entry of the directory. A link is opened as a link. */
  openChild(name: string): Promise<OpenedEntry>;
}

/**
 * Opens the file or directory that a checked path leads to.
 *
 * @throws {Error} Of the disk, if the entry is gone or a link is in the way by now; see `isOpenError`.
 */
export async function openBeneath(
  checked: ValidatedPath,
  platform: NodeJS.Platform = process.platform,
): Promise<OpenedEntry> {
  return platform === "linux"
    ? await EntryByDescriptor.descend(checked.real)
    : await EntryByIdentity.at(path.normalize(checked.real));
}

/** Returns true if an error means that an entry cannot be opened, and false if the disk or this server failed. */
export function isOpenError(error: unknown): boolean {
  return OPEN_ERRORS.has((error as NodeJS.ErrnoException).code);
}

/**
 * Runs work that reads a checked path, and turns an error of the disk into a refusal or a fault.
 *
 * @throws {Refusal} `path-denied` if an entry cannot be opened.
 * @throws {Fault} If the disk failed.
 */
export async function refuseIfGone<Value>(checked: ValidatedPath, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (isFailure(error)) throw error;
    if ((error as Error).name === "AbortError") throw error;
    if (isOpenError(error)) throw refusePath(checked.asked, error);
    throw new Fault("Cannot read a workspace file", { cause: error });
  }
}

class EntryByDescriptor implements OpenedEntry {
  readonly kind: OpenedEntry["kind"];
  /** Set by `openChild` or `descend`; closed and set to -1 by disposal. */
  #descriptor: number;
  /** Number of the file system. */
  readonly #device: number;

  private constructor(descriptor: number, kind: OpenedEntry["kind"], device: number) {
    this.#descriptor = descriptor;
    this.kind = kind;
    this.#device = device;
  }

  static async descend(real: string): Promise<OpenedEntry> {
    const names = real.slice(1).split("/");
    // Empty for `/`: the kernel takes an empty name for the directory itself.
    const last = names.pop() ?? "";
    let directory = await openDescriptor("/", O_PATH | constants.O_DIRECTORY);
    try {
      for (const name of names) {
        const next = await openDescriptor(
          pathWithin(directory, name),
          O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW,
        );
        closeSync(directory);
        directory = next;
      }
      return await EntryByDescriptor.#openIn(directory, last, null);
    } finally {
      closeSync(directory);
    }
  }

  /** @param knownDevice A file system that holds files; null if none is known yet. */
  static async #openIn(directory: number, name: string, knownDevice: number | null): Promise<OpenedEntry> {
    const descriptor = await openDescriptor(pathWithin(directory, name), O_PATH | constants.O_NOFOLLOW);
    try {
      const stat = await statDescriptor(descriptor);
      // Of what is open, and not of its path: something else could be mounted there by now.
      if (stat.dev !== knownDevice && isKernelView((await statfs(`/proc/self/fd/${descriptor}`)).type))
        throw kernelViewError();
      return new EntryByDescriptor(descriptor, kindOf(stat), stat.dev);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  async openFile(): Promise<FileHandle> {
    return await open(`/proc/self/fd/${this.#descriptor}`, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  async *listNames(): AsyncIterable<string> {
    for await (const { name } of await opendir(`/proc/self/fd/${this.#descriptor}`, { bufferSize: NAMES_AT_ONCE }))
      yield name;
  }

  async openChild(name: string): Promise<OpenedEntry> {
    return await EntryByDescriptor.#openIn(this.#descriptor, name, this.#device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Only the first time: later the number may belong to another file.
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}

function pathWithin(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

class EntryByIdentity implements OpenedEntry {
  readonly kind: OpenedEntry["kind"];
  readonly #real: string;
  readonly #stat: BigIntStats;

  private constructor(real: string, stat: BigIntStats) {
    this.kind = kindOf(stat);
    this.#real = real;
    this.#stat = stat;
  }

  static async at(real: string): Promise<OpenedEntry> {
    return new EntryByIdentity(real, await lstat(real, { bigint: true }));
  }

  async openFile(): Promise<FileHandle> {
    // Windows has neither flag.
    const handle = await open(
      this.#real,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      this.#assertSame(await handle.stat({ bigint: true }));
      await this.#assertInPlace();
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async *listNames(): AsyncIterable<string> {
    for await (const { name } of await opendir(this.#real, { bufferSize: NAMES_AT_ONCE })) yield name;
    await this.#assertInPlace();
  }

  async openChild(name: string): Promise<OpenedEntry> {
    const child = await EntryByIdentity.at(path.join(this.#real, name));
    await this.#assertInPlace();
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }

  /** @throws {Error} `ESTALE` unless the path leads to this entry without a link. */
  async #assertInPlace(): Promise<void> {
    if ((await realpath(this.#real)) !== this.#real) throw staleError();
    this.#assertSame(await lstat(this.#real, { bigint: true }));
  }

  #assertSame({ dev, ino }: BigIntStats): void {
    if (dev !== this.#stat.dev || ino !== this.#stat.ino) throw staleError();
  }
}

function staleError(): NodeJS.ErrnoException {
  return Object.assign(new Error("Cannot open a path: it must lead to the entry that was checked, it was swapped"), {
    code: "ESTALE",
  });
}

function kernelViewError(): NodeJS.ErrnoException {
  return Object.assign(new Error("Cannot open a path: it must lead to a file, it leads to a view of the kernel"), {
    code: "EACCES",
  });
}

function kindOf(stat: { isFile(): boolean; isDirectory(): boolean }): OpenedEntry["kind"] {
  return stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "other";
}
