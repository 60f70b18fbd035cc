/**
 * Makes one image in a thread of its own: boots the interpreter, which draws a hash seed, and posts where the memory
 * differs from the first image. No program of a caller runs here.
 */

import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { changesOf, type ImageFacts, type ImagePart } from "./image-parts.js";
import { bootPython } from "./python-boot.js";
import type { LoadedPython } from "./python-image.js";

/** The data that the thread starts with. */
export interface MakerStart {
  readonly sources: LoadedPython["sources"];
  /** The memory of the first image. */
  readonly base: Uint8Array;
  readonly fresh: LoadedPython["fresh"];
  readonly facts: ImageFacts;
}

/** The places in which the new image differs, in shared memory. Null if it cannot stand in for the first one. */
export type MakerMessage = readonly ImagePart[] | null;

/** The lowest priority: programs that run at the same time lose next to nothing. */
const LOWEST_PRIORITY = 19;

/** Lowers the priority of this thread. Only Linux has priorities of threads. */
function lowerPriority(): void {
  try {
    const [, thread] = /\/task\/(\d+)$/.exec(readlinkSync("/proc/thread-self")) ?? [];
    if (thread !== undefined) setPriority(Number(thread), LOWEST_PRIORITY);
  } catch {
    // The image is made all the same.
  }
}

function makeImage({ sources, base, fresh, facts }: MakerStart): MakerMessage {
  const start = base.slice(0, fresh.size);
  for (const change of fresh.changes) start.set(change.content, change.start);
  const { memory, ...made } = bootPython({ ...sources, fresh: start });
  const isAlike =
    memory.length === base.length &&
    made.entry === facts.entry &&
    made.stackStart === facts.stackStart &&
    made.stackPointer === facts.stackPointer;
  return isAlike ? changesOf(base, memory).map(({ start, content }) => ({ start, content: share(content) })) : null;
}

/** Returns a copy in shared memory. */
function share(content: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(content.length));
  shared.set(content);
  return shared;
}

lowerPriority();
parentPort?.postMessage(makeImage(workerData as MakerStart));
