/** The time that an engine waits for a guest's verdict before it ends the guest itself. */

import { KILL_GRACE_MS } from "../limits.js";
import type { Job } from "./engine.js";

/** A tenth of the speed that was measured on the slowest engine. */
const TRANSFER_BYTES_PER_MS = 4_096;

/**
 * Returns the longest time from sending a job to its verdict, in milliseconds: the transfer, the program's own time
 * limit, which starts when the guest has the whole job, and `KILL_GRACE_MS`.
 */
export function verdictTimeMs(job: Job): number {
  const bytes = [...(job.texts ?? []), ...job.files].reduce((sum, part) => sum + part.bytes.length, 0);
  return bytes / TRANSFER_BYTES_PER_MS + job.timeoutMs + KILL_GRACE_MS;
}
