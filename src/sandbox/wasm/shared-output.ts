/**
 * The output of a program, in memory that its thread writes and the thread's owner reads. So the output is complete
 * even if the owner ends the thread in the middle of a loop.
 */

import { MAX_OUTPUT_SIZE } from "../../limits.js";
import type { CapturedStream } from "../../outcome.js";
import { OutputCapture } from "../output-capture.js";

/** Three counters: bytes of stdout kept, bytes of stderr kept, and bytes printed on both streams. */
const COUNTERS = 3;
const HEADER_SIZE = COUNTERS * 4;

/** The two output streams of one thread, each up to `MAX_OUTPUT_SIZE` bytes. */
export class SharedOutput {
  readonly buffer: SharedArrayBuffer;
  readonly #counters: Int32Array;
  /** Of stdout and stderr. Made once, because a program may print in many small pieces. */
  readonly #regions: readonly [Uint8Array, Uint8Array];

  /** @param buffer The memory of another `SharedOutput`, on the other thread. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(HEADER_SIZE + 2 * MAX_OUTPUT_SIZE)) {
    this.buffer = buffer;
    this.#counters = new Int32Array(buffer, 0, COUNTERS);
    this.#regions = [
      new Uint8Array(buffer, HEADER_SIZE, MAX_OUTPUT_SIZE),
      new Uint8Array(buffer, HEADER_SIZE + MAX_OUTPUT_SIZE, MAX_OUTPUT_SIZE),
    ];
  }

  /** Keeps the bytes that fit. Returns false once the program has printed more than `MAX_OUTPUT_SIZE`. */
  write(stream: 1 | 2, bytes: Uint8Array): boolean {
    const room = MAX_OUTPUT_SIZE - Atomics.add(this.#counters, 2, bytes.length);
    const kept = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, room));
    this.#region(stream).set(kept, Atomics.load(this.#counters, stream - 1));
    Atomics.add(this.#counters, stream - 1, kept.length);
    return bytes.length <= room;
  }

  /** True once the program has printed more than `MAX_OUTPUT_SIZE`. */
  get isOverLimit(): boolean {
    return Atomics.load(this.#counters, 2) > MAX_OUTPUT_SIZE;
  }

  /** Returns both streams and empties them. */
  take(): { stdout: CapturedStream; stderr: CapturedStream } {
    const captured = { stdout: this.#capture(1), stderr: this.#capture(2) };
    this.#counters.fill(0);
    return captured;
  }

  #capture(stream: 1 | 2): CapturedStream {
    const capture = new OutputCapture();
    // A copy, because a text decoder does not accept shared memory.
    capture.push(this.#region(stream).slice(0, Atomics.load(this.#counters, stream - 1)));
    return capture.finish();
  }

  #region(stream: 1 | 2): Uint8Array {
    return this.#regions[stream === 1 ? 0 : 1];
  }
}

/** Outputs that are kept for other threads; 2 MiB each. */
const MAX_SPARE_OUTPUTS = 8;

/**
 * The outputs of ended threads, for new threads. Without it, dead outputs would pile up: this thread uses so little
 * memory itself that the garbage collector seldom runs.
 */
export class SpareOutputs {
  readonly #spare: SharedOutput[] = [];

  /** Returns an empty output. */
  acquire(): SharedOutput {
    return this.#spare.pop() ?? new SharedOutput();
  }

  /** Takes back an output. Its thread must have ended. */
  release(output: SharedOutput): void {
    output.take();
    if (this.#spare.length < MAX_SPARE_OUTPUTS) this.#spare.push(output);
  }
}
