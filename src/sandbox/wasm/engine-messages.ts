/** The messages between the server and the embedded engine's process. */

import type { Outcome } from "../../outcome.js";
import type { Job, SandboxSpec } from "../engine.js";

export type ToEngineProcess =
  | { readonly type: "open"; readonly id: number; readonly spec: SandboxSpec }
  | { readonly type: "run"; readonly id: number; readonly job: Job }
  /** Stop the run, if there is one, and give the guest back. */
  | { readonly type: "close"; readonly id: number };

export type FromEngineProcess =
  | { readonly type: "up"; readonly digest: { readonly python: string; readonly javascript: string } }
  | { readonly type: "opened"; readonly id: number }
  | { readonly type: "ended"; readonly id: number; readonly outcome: Outcome; readonly isKept: boolean }
  /** We failed; the message is for the log. */
  | { readonly type: "failed"; readonly id: number; readonly message: string };
