/**
 * Keeps the output of a program within bounds: the start and the end of a stream, cut between characters. Memory stays
 * bounded however much the program prints.
 */

import { KEPT_OUTPUT_HEAD, KEPT_OUTPUT_TAIL } from "../limits.js";
import type { CapturedStream } from "../outcome.js";

/** One output stream: its first `KEPT_OUTPUT_HEAD` and its last `KEPT_OUTPUT_TAIL` bytes. */
export class OutputCapture {
  #head: Buffer[] = [];
  #headSize = 0;
  #tail: Buffer[] = [];
  #tailSize = 0;
  #total = 0;

  /** Adds bytes to the stream. The caller must not change them afterwards. */
  push(bytes: Uint8Array): void {
    this.#total += bytes.length;
    const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const start = data.subarray(0, KEPT_OUTPUT_HEAD - this.#headSize);
    const rest = data.subarray(start.length);
    // An empty part would hold the memory that it was cut from.
    if (start.length > 0) this.#head.push(start);
    if (rest.length > 0) this.#tail.push(rest);
    this.#headSize += start.length;
    this.#tailSize += rest.length;
    if (this.#tailSize > 4 * KEPT_OUTPUT_TAIL) this.#trimTail();
  }

  /** Returns the stream as text. Invalid UTF-8 becomes U+FFFD, and a cut part becomes a line with its size. */
  finish(): CapturedStream {
    const tail = this.#trimTail();
    const head = Buffer.concat(this.#head);
    if (head.length + tail.length === this.#total) {
      return { text: decode(Buffer.concat([head, tail])), truncated: null };
    }
    const start = head.subarray(0, endOfLastWholeCharacter(head));
    const end = tail.subarray(startOfFirstWholeCharacter(tail));
    const kept = start.length + end.length;
    return {
      text: `${decode(start)}\n[... ${this.#total - kept} bytes left out ...]\n${decode(end)}`,
      truncated: { totalBytes: this.#total, keptBytes: kept },
    };
  }

  #trimTail(): Buffer {
    const all = Buffer.concat(this.#tail);
    const tail = all.subarray(Math.max(0, all.length - KEPT_OUTPUT_TAIL));
    // A copy, so that the memory of the part before it can be freed.
    this.#tail = [Buffer.from(tail)];
    this.#tailSize = tail.length;
    return tail;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

const isContinuation = (byte = 0): boolean => (byte & 0xc0) === 0x80;

function startOfFirstWholeCharacter(bytes: Uint8Array): number {
  let at = 0;
  while (at < 3 && isContinuation(bytes[at])) at++;
  return at;
}

function endOfLastWholeCharacter(bytes: Uint8Array): number {
  let at = bytes.length - 1;
  while (isContinuation(bytes[at])) at--;
  const first = bytes[at] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  return at + length <= bytes.length ? bytes.length : at;
}
