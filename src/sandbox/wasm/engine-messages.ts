/** The messages between the server and the embedded engine's process. `id` is the number of a sandbox. */

import type { Outcome } from "../../outcome.js";
import type { SandboxSpec } from "../engine.js";
import type { PackedJob } from "../job-parts.js";

/** A message of the server. */
export type ToEngineProcess =
  | { readonly type: "open"; readonly id: number; readonly spec: SandboxSpec }
  | { readonly type: "run"; readonly id: number; readonly job: PackedJob }
  /** Stops the run, if there is one, and gives the guest back. */
  | { readonly type: "close"; readonly id: number };

/** A message of the engine's process. */
export type FromEngineProcess =
  /** The process takes messages now. The digests name what its guests were made from. */
  | { readonly type: "up"; readonly digest: { readonly python: string; readonly javascript: string } }
  | { readonly type: "opened"; readonly id: number }
  | { readonly type: "ended"; readonly id: number; readonly outcome: Outcome; readonly isKept: boolean }
  /** The engine failed. The message is for the log. */
  | { readonly type: "failed"; readonly id: number; readonly message: string };
