/**
 * The images of a booted Python, in parts. All images are much alike: they differ by what depends on the hash seed, in
 * a fifth of their bytes. So they share the parts of the first one.
 */

import type { StackRange } from "./c-stack.js";

/** Images are compared, and searched for zeros, in steps of this many bytes. `PAGE_SIZE` is a multiple of it. */
const STEP = 4_096;

/** Steps between two changes that count as changed too: many small parts cost more than a few equal bytes. */
const MAX_GAP = 4;

/** Facts of an image. Only images with the same facts can stand in for each other. */
export interface ImageFacts extends StackRange {
  /** Address of the function object that takes a job. */
  readonly entry: number;
}

/** A stretch of an image. */
export interface ImagePart {
  /** Address of the first byte. */
  readonly start: number;
  readonly content: Uint8Array;
}

/** The memory of a booted interpreter. */
export interface PythonImage extends ImageFacts {
  /** Size of the whole memory in bytes, a multiple of `PAGE_SIZE`. */
  readonly size: number;
  /** The stretches that are not zero, by address. */
  readonly parts: readonly ImagePart[];
}

/** Returns the stretches that are not zero. At least `STEP` zeros are between two of them. */
export function partsOf(memory: Uint8Array): ImagePart[] {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / 8);
  return stretches(memory.length, 1, (at) => words.subarray(at / 8, (at + STEP) / 8).some((word) => word !== 0n)).map(
    ([start, end]) => ({ start, content: memory.subarray(start, end) }),
  );
}

/** Returns the stretches in which a memory differs from one of the same size. The parts are not copies. */
export function changesOf(base: Uint8Array, memory: Uint8Array): ImagePart[] {
  const old = Buffer.from(base.buffer, base.byteOffset, base.length);
  const isChanged = (at: number): boolean => old.compare(memory, at, at + STEP, at, at + STEP) !== 0;
  return stretches(memory.length, MAX_GAP, isChanged).map(([start, end]) => ({
    start,
    content: memory.subarray(start, end),
  }));
}

/** Returns an image with other content in some places. `changes` are in the order of their addresses. */
export function withChanges(image: PythonImage, changes: readonly ImagePart[]): PythonImage {
  const kept = image.parts.flatMap((part) => restOf(part, changes));
  return { ...image, parts: [...kept, ...changes].sort((a, b) => a.start - b.start) };
}

/** Returns what is left of a part outside of the changes. */
function restOf({ start, content }: ImagePart, changes: readonly ImagePart[]): ImagePart[] {
  const rest: ImagePart[] = [];
  const end = start + content.length;
  let at = start;
  for (const change of [...changes, { start: end, content: new Uint8Array() }]) {
    if (change.start > at && at < end) {
      const until = Math.min(change.start, end);
      rest.push({ start: at, content: content.subarray(at - start, until - start) });
    }
    at = Math.max(at, change.start + change.content.length);
  }
  return rest;
}

/** Returns the starts and the ends of the stretches of steps for which `isWanted` holds, with up to `maxGap` others. */
function stretches(size: number, maxGap: number, isWanted: (at: number) => boolean): [start: number, end: number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < size; at += STEP) {
    if (!isWanted(at)) continue;
    const last = found[found.length - 1];
    if (last !== undefined && at - last[1] < maxGap * STEP) last[1] = at + STEP;
    else found.push([at, at + STEP]);
  }
  return found;
}
