/** Reads an opened file within bounds. */

import type { FileHandle } from "node:fs/promises";
import { quote, Refusal } from "../errors.js";
import type { OpenedEntry } from "./open-beneath.js";
import type { ValidatedPath } from "./path-validator.js";

/** Returns the bytes of a file, or null if there are more than `maxBytes`. */
export async function readEntry(entry: OpenedEntry, maxBytes: number): Promise<Buffer | null> {
  await using handle = await entry.openFile();
  return await readBounded(handle, maxBytes);
}

/**
 * Returns the `bad-input` refusal of a path that has more than a call may take.
 *
 * @param limit Follows "at most".
 * @param advice Tells the caller what to do.
 */
export function refuseTooMuch({ asked }: ValidatedPath, limit: string, advice: string): Refusal {
  return new Refusal(
    "bad-input",
    `Cannot use path ${quote(asked)}: it may have at most ${limit}, this one has more; ${advice}`,
    { stage: "paths", resource: asked, retryable: false },
  );
}

/** What a call has taken before a path. */
export interface Taken {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Returns the `bad-input` refusal of a path for which the paths before it have left too little room.
 *
 * @param what "bytes" or "files".
 * @param most The limit of the whole call.
 * @param before What the paths before it have.
 * @param own What the path has, or at least has; null if that is not known.
 */
export function refuseNoRoom(
  { asked }: ValidatedPath,
  what: "bytes" | "files",
  amounts: { readonly most: number; readonly before: number; readonly own: number | null },
): Refusal {
  const { most, before, own } = amounts;
  const share = own === null ? `only ${most - before} are left for it` : `it has ${own}`;
  return new Refusal(
    "bad-input",
    `Cannot use path ${quote(asked)}: all paths of a call may have at most ${most} ${what} together, ` +
      `those before it have ${before}, and ${share}; name fewer${what === "bytes" ? " or smaller" : ""} files, ` +
      "or make several calls. No setting raises this limit",
    { stage: "paths", resource: asked, retryable: false },
  );
}

/** Returns the size of an entry as the disk states it. */
export async function statedSize(entry: OpenedEntry): Promise<number> {
  await using handle = await entry.openFile();
  return (await handle.stat()).size;
}

/** Does not trust the size that the disk states: it is 0 for files of /proc, and a file may grow. */
async function readBounded(handle: FileHandle, maxBytes: number): Promise<Buffer | null> {
  const { size } = await handle.stat();
  if (size > maxBytes) return null;
  const chunks: Buffer[] = [];
  let total = 0;
  while (total <= maxBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(size - total, 0) + 4_096, maxBytes + 1 - total));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, total);
    if (bytesRead === 0) return Buffer.concat(chunks, total);
    chunks.push(chunk.subarray(0, bytesRead));
    total += bytesRead;
  }
  return null;
}
