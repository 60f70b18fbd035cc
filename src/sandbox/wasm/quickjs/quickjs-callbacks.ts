/**
 * What a JavaScript program can cause on the host: write, tell the time, sleep, and be stopped. Knows the current run
 * and nothing of QuickJS or its values.
 */

import type { GuestIo } from "../guest.js";

/** Why the host stopped a program; the first reason counts. */
export type StopReason = "output" | "timeout";

export class QuickjsCallbacks {
  readonly #waitCell = new Int32Array(new SharedArrayBuffer(4));
  /** Of the current run; null between runs. */
  #io: GuestIo | null = null;
  /** In the milliseconds of `performance.now()`; infinite between runs. */
  #deadline = Number.POSITIVE_INFINITY;
  /** Set when the program must stop, cleared when the next run begins. */
  #stopReason: StopReason | null = null;

  get stopReason(): StopReason | null {
    return this.#stopReason;
  }

  begin(io: GuestIo, timeoutMs: number): void {
    this.#io = io;
    this.#stopReason = null;
    this.#deadline = performance.now() + timeoutMs;
  }

  end(): void {
    this.#io = null;
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  /** True if what the program writes is still wanted. */
  get isListening(): boolean {
    return this.#io !== null && this.#stopReason === null;
  }

  write(stream: 1 | 2, bytes: Uint8Array): void {
    if (this.#io === null || this.#stopReason !== null) return;
    if (!this.#io.write(stream, bytes)) this.#stopReason = "output";
  }

  now(): number {
    return performance.now();
  }

  /** Blocks the thread until `timeMs`, by the clock of `now`, or the end of the run's time. */
  sleepUntil(timeMs: number): void {
    const end = Math.min(timeMs, this.#deadline);
    for (let left = end - performance.now(); left > 0; left = end - performance.now())
      Atomics.wait(this.#waitCell, 0, 0, left);
    if (timeMs > this.#deadline) this.#stopReason ??= "timeout";
  }

  /** Looks at the clock; called by QuickJS every so often while it runs a program. */
  shouldStop(): boolean {
    if (performance.now() > this.#deadline) this.#stopReason ??= "timeout";
    return this.#stopReason !== null;
  }
}
