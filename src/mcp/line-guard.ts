/**
 * Hands on whole lines and leaves out those that are too long.
 *
 * The SDK's transport closes itself at a line that exceeds its buffer: the server then hears nothing any more, not even
 * that its client has gone.
 */

import { Transform, type TransformCallback } from "node:stream";

const NEWLINE = 0x0a;

export class LineGuard extends Transform {
  readonly #maxBytes: number;
  readonly #onDropped: () => void;
  /** The start of the line that is being read; empty once it is too long. */
  #held: Buffer[] = [];
  #heldBytes = 0;

  /** @param onDropped Called once for each line that was left out. */
  constructor(maxBytes: number, onDropped: () => void) {
    super();
    this.#maxBytes = maxBytes;
    this.#onDropped = onDropped;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, end + 1));
      this.#handOn();
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
    done();
  }

  #hold(part: Buffer): void {
    this.#heldBytes += part.length;
    if (this.#heldBytes > this.#maxBytes) this.#held = [];
    else if (part.length > 0) this.#held.push(part);
  }

  #handOn(): void {
    if (this.#heldBytes > this.#maxBytes) this.#onDropped();
    else this.push(this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held));
    this.#held = [];
    this.#heldBytes = 0;
  }
}
