/**
 * Reads a file that was checked, and only that file.
 *
 * On Linux each step down, from `/` on, opens one name in a directory that is
 * already open (/proc/self/fd/<n>/<name>, the nearest thing to openat that Node
 * has) and refuses links. So no link put in anywhere on the way after the check
 * is followed. The last name is first opened as a mere handle, looked at, and
 * then reopened through that handle: what is read is what was looked at, and a
 * pipe or device is never opened at all.
 *
 * Elsewhere the file is opened without following a link at its end, and must be,
 * before and after, the very file that the checked path leads to. That leaves a
 * window for a directory that is swapped away and back within it.
 *
 * Not promised: that a hard link in a root names no file from outside. Who may
 * make one may read the file already (protected_hardlinks).
 */

import { constants } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";
import path from "node:path";
import { Fault, quote, Refusal } from "../errors.js";
import { denied, PATH_ERRORS, type ValidatedPath } from "./path-validator.js";

/** A handle that names an inode and cannot read it; Node does not export it. Same value on every Linux that Node runs on. */
const O_PATH = 0o10000000;

/** No such device behind a socket or device file. */
const OPEN_ERRORS: ReadonlySet<string | undefined> = new Set([...PATH_ERRORS, "ENXIO", "ENODEV", "EISDIR", "EMLINK", "EBADF"]);

/**
 * Returns the bytes of the file.
 *
 * @throws {Refusal} `path-denied` if it is not a regular file or not the one that was checked any more, `bad-input` if it
 * is larger than `maxBytes`.
 */
export async function readValidated(file: ValidatedPath, maxBytes: number): Promise<Buffer> {
  try {
    await using handle = process.platform === "linux" ? await openBeneath(file) : await openCompared(file);
    return await readBounded(handle, file, maxBytes);
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) throw error;
    if (OPEN_ERRORS.has((error as NodeJS.ErrnoException).code)) throw denied(file.asked, error);
    throw new Fault("Cannot read a workspace file", { cause: error });
  }
}

async function openBeneath(file: ValidatedPath): Promise<FileHandle> {
  const names = file.real.split("/").filter((name) => name !== "");
  const last = names.pop();
  if (last === undefined) throw denied(file.asked);

  let directory = await open("/", O_PATH | constants.O_DIRECTORY);
  try {
    for (const name of names) {
      const next = await open(within(directory, name), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
      await directory.close();
      directory = next;
    }
    await using found = await open(within(directory, last), O_PATH | constants.O_NOFOLLOW);
    if (!(await found.stat()).isFile()) throw denied(file.asked);
    return await open(`/proc/self/fd/${found.fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
  } finally {
    await directory.close();
  }
}

function within(directory: FileHandle, name: string): string {
  return `/proc/self/fd/${directory.fd}/${name}`;
}

async function openCompared(file: ValidatedPath): Promise<FileHandle> {
  const before = await lstat(file.real, { bigint: true });
  if (!before.isFile()) throw denied(file.asked);
  // Windows knows neither flag.
  const handle = await open(file.real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const opened = await handle.stat({ bigint: true });
    const isSame = opened.dev === before.dev && opened.ino === before.ino && (await realpath(file.real)) === path.normalize(file.real);
    const after = await lstat(file.real, { bigint: true });
    if (!isSame || after.dev !== opened.dev || after.ino !== opened.ino) throw denied(file.asked);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The size that the disk states is not trusted: files of /proc say 0, and a file may grow. */
async function readBounded(handle: FileHandle, file: ValidatedPath, maxBytes: number): Promise<Buffer> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw denied(file.asked);
  if (stat.size > maxBytes) throw tooLarge(file, maxBytes);
  const chunks: Buffer[] = [];
  let total = 0;
  while (total <= maxBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(stat.size - total, 0) + 4_096, maxBytes + 1 - total));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, total);
    if (bytesRead === 0) return Buffer.concat(chunks, total);
    chunks.push(chunk.subarray(0, bytesRead));
    total += bytesRead;
  }
  throw tooLarge(file, maxBytes);
}

function tooLarge(file: ValidatedPath, maxBytes: number): Refusal {
  return new Refusal("bad-input", `Cannot use file ${quote(file.asked)}: it may have at most ${maxBytes} bytes, this one has more`, {
    stage: "paths",
    resource: file.asked,
    retryable: false,
  });
}
