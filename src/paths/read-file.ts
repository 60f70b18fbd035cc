/** Reads a file that is held, within bounds. */

import type { FileHandle } from "node:fs/promises";
import { quote, Refusal } from "../errors.js";
import type { Held } from "./open-beneath.js";
import type { ValidatedPath } from "./path-validator.js";

/** Returns the bytes of a file, or null if they are more than `maxBytes`. */
export async function readHeld(held: Held, maxBytes: number): Promise<Buffer | null> {
  await using handle = await held.read();
  return await readBounded(handle, maxBytes);
}

/** Returns the refusal of what is more than a call may take: "at most <limit>", and what to do instead. */
export function tooMuch({ asked }: ValidatedPath, limit: string, instead: string): Refusal {
  return new Refusal(
    "bad-input",
    `Cannot use path ${quote(asked)}: it may have at most ${limit}, this one has more; ${instead}`,
    {
      stage: "paths",
      resource: asked,
      retryable: false,
    },
  );
}

/** The size that the disk states is not trusted: files of /proc say 0, and a file may grow. */
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
