/**
 * Holds what was checked, so that what is read is what was looked at.
 *
 * On Linux each step down, from `/` on, opens one name in a directory that is already open (/proc/self/fd/<n>/<name>,
 * the nearest thing to openat that Node has) and refuses links. So no link put in anywhere on the way after the check
 * is followed. A thing is opened as a mere handle, looked at, and then reopened through that handle: a pipe or device
 * is never opened at all.
 *
 * Elsewhere a thing is what its path and its identity say: it is opened without following a link at its end, and must
 * be, before and after, the very one that the path leads to. That leaves a window for a directory that is swapped away
 * and back within it.
 *
 * Not promised: that a hard link in a root names no file from outside. Who may make one may read the file already
 * (protected_hardlinks).
 */

import { type BigIntStats, closeSync, constants, fstat, open as openNumbered } from "node:fs";
import { type FileHandle, lstat, open, opendir, realpath } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { Fault, Refusal } from "../errors.js";
import { denied, PATH_ERRORS, type ValidatedPath } from "./path-validator.js";

/**
 * A handle that names an inode and cannot read it; Node does not export it. Same value on every Linux that Node runs
 * on.
 */
const O_PATH = 0o10000000;

/**
 * Descriptors as numbers, since what O_PATH opened is closed with closeSync: nothing was read or written, so closing
 * waits for no disk, and a trip to the thread pool for every directory on the way is most of what holding costs.
 */
const openDescriptor = promisify(openNumbered);
const statDescriptor = promisify(fstat);

/** Some of a directory's names a round trip; Node's own 32 make a large directory slow. */
const NAMES_AT_ONCE = 256;

/**
 * What opening says of a thing that is gone, swapped or not to be read, as opposed to a disk that fails. ENXIO and
 * ENODEV: nothing behind a socket or device.
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

/** Something on the disk that cannot be swapped for something else any more. Whoever holds it disposes of it. */
export interface Held extends AsyncDisposable {
  readonly kind: "file" | "directory" | "other";
  /** Opens a file for reading; the caller closes it. */
  read(): Promise<FileHandle>;
  /** Names in a directory, as the disk gives them. */
  names(): AsyncIterable<string>;
  /** Holds what a directory has under a name, a link as a link. */
  child(name: string): Promise<Held>;
}

/** Holds what a checked path leads to. Rejects as the disk does if that is gone, or a link is in the way by now. */
export async function hold(checked: ValidatedPath, platform: NodeJS.Platform = process.platform): Promise<Held> {
  return platform === "linux"
    ? await HeldByDescriptor.descend(checked.real)
    : await HeldByIdentity.at(path.normalize(checked.real));
}

/** Says whether an error means that a thing cannot be had, rather than that we failed. */
export function isOpenError(error: unknown): boolean {
  return OPEN_ERRORS.has((error as NodeJS.ErrnoException).code);
}

/**
 * Runs what reads a checked path, and turns what the disk says into our endings.
 *
 * @throws {Refusal} `path-denied` for what cannot be had.
 */
export async function orDenied<Value>(checked: ValidatedPath, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) throw error;
    if (isOpenError(error)) throw denied(checked.asked, error);
    throw new Fault("Cannot read a workspace file", { cause: error });
  }
}

class HeldByDescriptor implements Held {
  readonly kind: Held["kind"];
  /** Opened by `child` or `descend`, closed and -1 when this is disposed of. */
  #descriptor: number;

  private constructor(descriptor: number, kind: Held["kind"]) {
    this.#descriptor = descriptor;
    this.kind = kind;
  }

  static async descend(real: string): Promise<Held> {
    const names = real.split("/").filter((name) => name !== "");
    const last = names.pop() ?? ".";
    let directory = await openDescriptor("/", O_PATH | constants.O_DIRECTORY);
    try {
      for (const name of names) {
        const next = await openDescriptor(
          within(directory, name),
          O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW,
        );
        closeSync(directory);
        directory = next;
      }
      return await HeldByDescriptor.#in(directory, last);
    } finally {
      closeSync(directory);
    }
  }

  static async #in(directory: number, name: string): Promise<Held> {
    const descriptor = await openDescriptor(within(directory, name), O_PATH | constants.O_NOFOLLOW);
    try {
      return new HeldByDescriptor(descriptor, kindOf(await statDescriptor(descriptor)));
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  async read(): Promise<FileHandle> {
    return await open(`/proc/self/fd/${this.#descriptor}`, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  async *names(): AsyncIterable<string> {
    for await (const { name } of await opendir(`/proc/self/fd/${this.#descriptor}`, { bufferSize: NAMES_AT_ONCE }))
      yield name;
  }

  async child(name: string): Promise<Held> {
    return await HeldByDescriptor.#in(this.#descriptor, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Once: the number may belong to another file by the second time.
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}

function within(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

class HeldByIdentity implements Held {
  readonly kind: Held["kind"];
  readonly #real: string;
  readonly #stat: BigIntStats;

  private constructor(real: string, stat: BigIntStats) {
    this.kind = kindOf(stat);
    this.#real = real;
    this.#stat = stat;
  }

  static async at(real: string): Promise<Held> {
    return new HeldByIdentity(real, await lstat(real, { bigint: true }));
  }

  async read(): Promise<FileHandle> {
    // Windows knows neither flag.
    const handle = await open(
      this.#real,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      this.#assertIs(await handle.stat({ bigint: true }));
      await this.#assertStill();
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async *names(): AsyncIterable<string> {
    for await (const { name } of await opendir(this.#real, { bufferSize: NAMES_AT_ONCE })) yield name;
    await this.#assertStill();
  }

  async child(name: string): Promise<Held> {
    const child = await HeldByIdentity.at(path.join(this.#real, name));
    await this.#assertStill();
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }

  /** Fails unless the path leads here without a link, and to this very thing. */
  async #assertStill(): Promise<void> {
    if ((await realpath(this.#real)) !== this.#real) throw stale();
    this.#assertIs(await lstat(this.#real, { bigint: true }));
  }

  #assertIs({ dev, ino }: BigIntStats): void {
    if (dev !== this.#stat.dev || ino !== this.#stat.ino) throw stale();
  }
}

function stale(): NodeJS.ErrnoException {
  return Object.assign(new Error("Cannot hold a path: it must lead to one thing, it has been swapped"), {
    code: "ESTALE",
  });
}

function kindOf(stat: { isFile(): boolean; isDirectory(): boolean }): Held["kind"] {
  return stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "other";
}
