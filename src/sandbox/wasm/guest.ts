/**
 * The interface of the embedded engine's guests, one for each language. A guest runs a job, and is then put back to the
 * state that it had before.
 */

import type { Report } from "../guest-verdict.js";
import type { PackedJob } from "../job-parts.js";

/** Receives a program's output. */
export interface GuestIo {
  /**
   * Keeps `bytes` of stream 1 (stdout) or 2 (stderr). Returns false once the program has printed more than the limit:
   * the guest then stops it.
   */
  write(stream: 1 | 2, bytes: Uint8Array): boolean;
}

/** A guest's account of a run that came to an end by itself. */
export interface GuestReport extends Report {
  /**
   * True if the guest's own clock ended the program. The clock of the thread's owner starts later and may show less
   * than the time limit.
   */
  readonly timedOut?: boolean;
  /** The interpreter's own memory and what this run added to it, in bytes. It never shrinks during a run. */
  readonly peakMemoryBytes: number;
}

/** One instance of an interpreter. */
export interface WasmGuest {
  /**
   * Runs one job. Blocks the thread while the program runs. A program that does not end is ended together with its
   * thread.
   */
  run(job: PackedJob, io: GuestIo): GuestReport | Promise<GuestReport>;
  /** After a run with `keep`: true if another run can continue with the state that this one left. */
  readonly isIntact: boolean;
  /**
   * Puts a booted image back, which removes every trace of the last run. Returns false if this instance cannot be used
   * again and must be replaced.
   *
   * @param seed Python's next program gets another hash seed, unless the last one was not a caller's.
   */
  restore(seed?: "next" | "same"): boolean;
}
