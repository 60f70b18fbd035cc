/**
 * A program's output, in memory that the worker thread writes and its owner reads: what was printed is there even when
 * the thread is ended in the middle of a loop.
 */

import { MAX_OUTPUT_SIZE } from "../../limits.js";
import type { CapturedStream } from "../../outcome.js";
import { OutputCapture } from "../output-capture.js";

/** Bytes of stdout kept, of stderr kept, and printed on both. */
const COUNTERS = 3;
const HEADER_SIZE = COUNTERS * 4;

export class SharedOutput {
  readonly buffer: SharedArrayBuffer;
  readonly #counters: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(HEADER_SIZE + 2 * MAX_OUTPUT_SIZE)) {
    this.buffer = buffer;
    this.#counters = new Int32Array(buffer, 0, COUNTERS);
  }

  /** Keeps what there is room for; false once more than `MAX_OUTPUT_SIZE` has been printed. */
  write(stream: 1 | 2, bytes: Uint8Array): boolean {
    const room = MAX_OUTPUT_SIZE - Atomics.add(this.#counters, 2, bytes.length);
    const kept = bytes.subarray(0, Math.max(0, room));
    this.#region(stream).set(kept, Atomics.load(this.#counters, stream - 1));
    Atomics.add(this.#counters, stream - 1, kept.length);
    return bytes.length <= room;
  }

  get isOverLimit(): boolean {
    return Atomics.load(this.#counters, 2) > MAX_OUTPUT_SIZE;
  }

  /** Returns both streams and forgets them. */
  take(): { stdout: CapturedStream; stderr: CapturedStream } {
    const captured = { stdout: this.#capture(1), stderr: this.#capture(2) };
    this.#counters.fill(0);
    return captured;
  }

  #capture(stream: 1 | 2): CapturedStream {
    const capture = new OutputCapture();
    // Copied: a decoder does not take shared memory.
    capture.push(this.#region(stream).slice(0, Atomics.load(this.#counters, stream - 1)));
    return capture.finish();
  }

  #region(stream: 1 | 2): Uint8Array {
    return new Uint8Array(this.buffer, HEADER_SIZE + (stream - 1) * MAX_OUTPUT_SIZE, MAX_OUTPUT_SIZE);
  }
}
