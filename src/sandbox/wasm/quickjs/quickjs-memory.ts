/**
 * A guest's memory: how far it may grow, and how it is put back.
 *
 * All state of a QuickJS is this memory and its stack pointer (quickjs-binary.ts holds the conditions), so what
 * `restore` writes is everything.
 */

import { INITIAL_PAGES } from "./quickjs-binary.js";
import { PAGE_SIZE } from "../wasm-format.js";

/**
 * A memory never shrinks; one that has grown by more than this is cheaper to replace than to clean. What is kept serves
 * the next run, but emscripten grows by at least a twentieth of what there is, so where a run starts decides how much
 * of the last of the memory is refused. For that, the limit has this on top.
 */
const MAX_KEPT_GROWTH = 8 * 1_048_576;

/** How the stack pointer is read and set. */
export interface StackAccess {
  readonly save: () => number;
  readonly restore: (address: number) => void;
}

export class QuickjsMemory {
  readonly memory: WebAssembly.Memory;
  #image: Uint8Array = new Uint8Array(0);
  #imageStack = 0;
  #wasGrowthRefused = false;

  /** Makes a memory whose programs may use `memoryMb` MiB on top of the interpreter, or a few more or less. */
  constructor(memoryMb: number) {
    this.memory = new WebAssembly.Memory({
      initial: INITIAL_PAGES,
      maximum: INITIAL_PAGES + (memoryMb * 1_048_576 + MAX_KEPT_GROWTH) / PAGE_SIZE,
    });
    this.#watchGrowth();
  }

  /** Views are made anew for each use: the old ones are empty once the memory has grown. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** True if QuickJS wanted to grow further during this run and got nothing. */
  get wasGrowthRefused(): boolean {
    return this.#wasGrowthRefused;
  }

  begin(): void {
    this.#wasGrowthRefused = false;
  }

  /** Makes the present state the one that `restore` puts back. */
  capture(stack: StackAccess): void {
    this.#image = this.bytes.slice();
    this.#imageStack = stack.save();
  }

  /** Puts the image back; false if the memory has grown by too much for that. */
  restore(stack: StackAccess): boolean {
    const { bytes } = this;
    if (bytes.length - this.#image.length > MAX_KEPT_GROWTH) return false;
    bytes.set(this.#image);
    bytes.fill(0, this.#image.length);
    stack.restore(this.#imageStack);
    this.#wasGrowthRefused = false;
    return true;
  }

  /**
   * Learns when the memory is at its end: QuickJS then throws an error that looks like one the program could have made.
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
