/**
 * The effects that a JavaScript program has outside its guest: it can write, read the clock, sleep, and be stopped.
 * This file knows the current run. It does not know QuickJS and its values.
 */

import type { GuestIo } from "../guest.js";

/** Why a program was stopped. The first reason counts. */
export type StopReason = "output" | "timeout";

/** The effects of the current run. */
export class QuickjsCallbacks {
  readonly #waitCell = new Int32Array(new SharedArrayBuffer(4));
  /** Set during a run; null between runs. */
  #io: GuestIo | null = null;
  /** End of the run's time, in the milliseconds of `performance.now()`. Infinite between runs. */
  #deadline = Number.POSITIVE_INFINITY;
  /** Set when the program must stop, cleared when the next run begins. */
  #stopReason: StopReason | null = null;

  /** Why the program must stop; null if it need not. */
  get stopReason(): StopReason | null {
    return this.#stopReason;
  }

  /** Begins a run: its output goes to `io`, and it may take `timeoutMs`. */
  begin(io: GuestIo, timeoutMs: number): void {
    this.#io = io;
    this.#stopReason = null;
    this.#deadline = performance.now() + timeoutMs;
  }

  /** Ends the run. Output that comes later is dropped. */
  end(): void {
    this.#io = null;
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  /** False if the program's output is dropped. */
  get isListening(): boolean {
    return this.#io !== null && this.#stopReason === null;
  }

  /** Passes output of stream 1 (stdout) or 2 (stderr) on. Output beyond the limit stops the program. */
  write(stream: 1 | 2, bytes: Uint8Array): void {
    if (this.#io === null || this.#stopReason !== null) return;
    if (!this.#io.write(stream, bytes)) this.#stopReason = "output";
  }

  /** Returns the milliseconds since an arbitrary start. */
  now(): number {
    return performance.now();
  }

  /** Blocks the thread until `timeMs` on the clock of `now`, or until the end of the run's time. */
  sleepUntil(timeMs: number): void {
    const end = Math.min(timeMs, this.#deadline);
    for (let left = end - performance.now(); left > 0; left = end - performance.now())
      Atomics.wait(this.#waitCell, 0, 0, left);
    if (timeMs > this.#deadline) this.#stopReason ??= "timeout";
  }

  /** Tells whether the program must stop. QuickJS asks this again and again while it runs a program. */
  shouldStop(): boolean {
    if (performance.now() > this.#deadline) this.#stopReason ??= "timeout";
    return this.#stopReason !== null;
  }
}
