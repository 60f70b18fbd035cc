/**
 * The memory of one QuickJS: how far it may grow, and how it is restored.
 *
 * All state of a QuickJS is this memory and its stack pointer (quickjs-binary.ts checks the conditions). So `restore`
 * restores everything.
 */

import { PAGE_SIZE } from "../wasm-format.js";
import { INITIAL_PAGES } from "./quickjs-binary.js";

/**
 * Growth of the memory that a guest may keep from one run to the next, in bytes. A memory never shrinks, and beyond
 * this a new guest costs less than cleaning. Emscripten grows a memory by at least a twentieth of its size, so the size
 * at the start of a run decides how much of the last growth is refused. Therefore this comes on top of the limit.
 */
const MAX_KEPT_GROWTH = 8 * 1_048_576;

/** Most pages of a memory that the binary takes: 2 GiB. The engine refuses to link a memory that may become larger. */
const MOST_PAGES = 32_768;

const ZEROS = Buffer.alloc(PAGE_SIZE);

/** Reads and sets the stack pointer of an instance. */
export interface StackAccess {
  readonly save: () => number;
  readonly restore: (address: number) => void;
}

/** A WebAssembly memory with an image of an earlier state. */
export class QuickjsMemory {
  readonly memory: WebAssembly.Memory;
  #image: Uint8Array = new Uint8Array(0);
  /** The ranges of the image that are not only zeros, in order. The rest is filled, which costs half of a copy. */
  #parts: readonly (readonly [start: number, end: number])[] = [];
  #imageStack = 0;
  /** Address after the last byte that the runs since the last restore have used, when the present run began. */
  #usedBefore = 0;
  /** Size of the memory when the present run began. */
  #sizeBefore = 0;
  /** Set by a refused growth. Cleared by a successful one, by `begin` and by `restore`. */
  #wasGrowthRefused = false;

  /** @param memoryMb Memory that programs may use on top of the interpreter, in MiB, give or take a few MiB. */
  constructor(memoryMb: number) {
    this.memory = new WebAssembly.Memory({
      initial: INITIAL_PAGES,
      maximum: Math.min(INITIAL_PAGES + (memoryMb * 1_048_576 + MAX_KEPT_GROWTH) / PAGE_SIZE, MOST_PAGES),
    });
    this.#watchGrowth();
  }

  /** The memory as bytes. Make a new view for each use: a view is empty once the memory has grown. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  /** The memory as numbers. Make a new view for each use. */
  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** True if QuickJS asked for more memory in this run and did not get it. */
  get wasGrowthRefused(): boolean {
    return this.#wasGrowthRefused;
  }

  /** Begins a run: forgets the refusals and the use of earlier runs. */
  begin(): void {
    this.#wasGrowthRefused = false;
    this.#usedBefore = this.#usedEnd();
    this.#sizeBefore = this.bytes.length;
  }

  /** Bytes that the present run has used at most: the image, and what this run has added to it. */
  get peakBytes(): number {
    return this.#image.length + this.#usedEnd() - this.#usedBefore;
  }

  /** Returns the address after the last byte that a run has used. Behind it, memory of earlier guests is zeros. */
  #usedEnd(): number {
    const { bytes } = this;
    let end = bytes.length;
    if (end > this.#sizeBefore) return end;
    while (end > this.#usedBefore && ZEROS.compare(bytes, end - PAGE_SIZE, end) === 0) end -= PAGE_SIZE;
    return end;
  }

  /** Makes the present state the one that `restore` restores. */
  capture(stack: StackAccess): void {
    this.#image = this.bytes.slice();
    this.#parts = partsOf(this.#image);
    this.#imageStack = stack.save();
    this.#usedBefore = this.#sizeBefore = this.#image.length;
  }

  /** Writes the image back. Returns false if the memory has grown too far for that. */
  restore(stack: StackAccess): boolean {
    const { bytes } = this;
    if (bytes.length - this.#image.length > MAX_KEPT_GROWTH) return false;
    let written = 0;
    for (const [start, end] of this.#parts) {
      bytes.fill(0, written, start);
      bytes.set(this.#image.subarray(start, end), start);
      written = end;
    }
    bytes.fill(0, written);
    stack.restore(this.#imageStack);
    this.#usedBefore = this.#image.length;
    this.#sizeBefore = bytes.length;
    this.#wasGrowthRefused = false;
    return true;
  }

  /**
   * Notes when growth is refused. QuickJS then throws an error that looks like one that the program could have made.
   */
  #watchGrowth(): void {
    const grow = this.memory.grow.bind(this.memory);
    this.memory.grow = (pages) => {
      try {
        const before = grow(pages);
        this.#wasGrowthRefused = false;
        return before;
      } catch (error) {
        this.#wasGrowthRefused = true;
        throw error;
      }
    };
  }
}

/** Returns the ranges of pages that hold more than zeros. */
function partsOf(image: Uint8Array): [start: number, end: number][] {
  const parts: [start: number, end: number][] = [];
  for (let start = 0; start < image.length; start += PAGE_SIZE) {
    const end = Math.min(start + PAGE_SIZE, image.length);
    if (ZEROS.compare(image, start, end, 0, end - start) === 0) continue;
    const last = parts.at(-1);
    if (last !== undefined && last[1] === start) last[1] = end;
    else parts.push([start, end]);
  }
  return parts;
}
