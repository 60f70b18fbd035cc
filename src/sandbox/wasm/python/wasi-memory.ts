/** The memory of a WASI program, as the calls that it imports read and write it. Addresses come from the program. */

import { ERRNO } from "./wasi-abi.js";

/**
 * A view of one WebAssembly memory, which may grow at any time.
 *
 * An address outside the memory throws a RangeError, which ends the run.
 */
export class WasiMemory {
  readonly #memory: WebAssembly.Memory;
  #view: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
  }

  /** The memory as numbers. Valid until the program runs again, because growth replaces it. */
  get view(): DataView {
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new DataView(this.#memory.buffer);
    return this.#view;
  }

  /** Returns a part of the memory itself, not a copy. */
  bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at >>> 0, size >>> 0);
  }

  /** Returns UTF-8 text of the memory. */
  text(at: number, size: number): string {
    return new TextDecoder().decode(this.bytes(at, size).slice());
  }

  /** Writes 32 bits, and returns `success` for the end of a call. */
  setU32(at: number, value: number): number {
    this.view.setUint32(at, value, true);
    return ERRNO.success;
  }

  /** Writes 64 bits, and returns `success` for the end of a call. */
  setU64(at: number, value: bigint): number {
    this.view.setBigUint64(at, value, true);
    return ERRNO.success;
  }

  /** Returns the parts of the memory that a list of `count` addresses and lengths names. */
  *vectors(list: number, count: number): Iterable<Uint8Array> {
    const { view } = this;
    for (let at = list; at < list + count * 8; at += 8)
      yield this.bytes(view.getUint32(at, true), view.getUint32(at + 4, true));
  }
}
