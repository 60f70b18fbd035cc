/** Collects bytes of a guest up to a limit. Bytes beyond it are counted as too many and are not kept. */
export class BoundedBytes {
  readonly #limit: number;
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a copy of `bytes`, unless the limit is passed. Nothing is kept once it is. */
  push(bytes: Uint8Array): void {
    this.#size = Math.min(this.#limit + 1, this.#size + bytes.length);
    // Not `slice`: that of a Buffer is a view.
    if (this.#size <= this.#limit) this.#parts.push(new Uint8Array(bytes));
    else this.#parts.length = 0;
  }

  /** Returns all bytes; null if there were more than the limit. */
  take(): Uint8Array | null {
    return this.#size > this.#limit ? null : Buffer.concat(this.#parts);
  }
}
