/**
 * Passes on whole lines and leaves out lines that are too long.
 *
 * The SDK's transport closes itself at a line that exceeds its buffer. The server would then receive nothing any more,
 * not even the end of its input when the client goes.
 */

import { Transform, type TransformCallback } from "node:stream";
import { EnvelopeScanner } from "./envelope-scanner.js";

const NEWLINE = 0x0a;

/** A stream of bytes with no line longer than its limit. At the end of the input, the last line may have no newline. */
export class LineGuard extends Transform {
  readonly #maxBytes: number;
  readonly #onDropped: (requestId: string | number | null) => void;
  /** The start of the present line; empty if the line is too long. */
  #parts: Buffer[] = [];
  /** Length of the present line so far. */
  #bytes = 0;
  /** Looks for the id in a line that is too long. */
  #scanner: EnvelopeScanner | null = null;

  /**
   * @param maxBytes Longest line, its newline included.
   * @param onDropped Called once for each line that is left out, with the id of the request that it is; null if it is
   * none.
   */
  constructor(maxBytes: number, onDropped: (requestId: string | number | null) => void) {
    super();
    this.#maxBytes = maxBytes;
    this.#onDropped = onDropped;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#collect(chunk.subarray(start, end + 1));
      this.#endLine();
      start = end + 1;
    }
    this.#collect(chunk.subarray(start));
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#bytes > 0) this.#endLine();
    done();
  }

  #collect(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= this.#maxBytes) {
      if (part.length > 0) this.#parts.push(part);
      return;
    }
    this.#scanner ??= new EnvelopeScanner();
    for (const held of this.#parts) this.#scanner.push(held);
    this.#parts = [];
    this.#scanner.push(part);
  }

  #endLine(): void {
    if (this.#scanner !== null) this.#onDropped(this.#scanner.requestId);
    else this.push(this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts));
    this.#parts = [];
    this.#bytes = 0;
    this.#scanner = null;
  }
}
