/**
 * What the embedded engine's worker needs of a language: a guest that runs one job and can then be put back to the
 * state it had before.
 */

import type { ProgramError } from "../../outcome.js";
import type { Job } from "../engine.js";

/** Where a program's output goes. */
export interface GuestIo {
  /**
   * Keeps `bytes` for stream 1 (stdout) or 2 (stderr); false once the program has printed more than it may and should
   * stop.
   */
  write(stream: 1 | 2, bytes: Uint8Array): boolean;
}

/** What a guest says of a run that came to an end by itself. */
export interface GuestReport {
  readonly exitCode: number;
  readonly error: ProgramError | null;
  readonly result: string | null;
  /** The program ended because it asked for more memory than it may have. */
  readonly outOfMemory: boolean;
  /**
   * The guest's own clock ended the program. The thread's owner hears of the start later, so its clock may say less.
   */
  readonly timedOut?: boolean;
  /** Size of the WebAssembly memory at the end, which never shrinks during a run. */
  readonly peakMemoryBytes: number;
}

export interface WasmGuest {
  /** Runs one job. Blocks the thread while the program runs; a program that does not end is ended with its thread. */
  run(job: Job, io: GuestIo): GuestReport | Promise<GuestReport>;
  /** After a run with `keep`: true if another run can go on with all that this one has left. */
  readonly isIntact: boolean;
  /**
   * Puts the booted image back, so that nothing of the last run is left. Returns false if this instance cannot be used
   * again and must be replaced.
   */
  restore(): boolean;
}
