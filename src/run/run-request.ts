/** The request to run a program, and the call that it belongs to. */

import type { Caller } from "../caller.js";
import type { InterpreterMode } from "../interpreter-mode.js";
import type { ProgramLanguage } from "../language.js";
import type { Visit } from "../session/session.js";
import type { Inputs } from "./inputs.js";

/** A request to run one program. Its fields have been checked against their limits (limits.ts). */
export interface RunRequest {
  readonly code: string;
  readonly language: ProgramLanguage;
  /** Wall clock of the program alone. */
  readonly timeoutMs: number;
  /** In MiB. */
  readonly memoryMb: number;
  /** Name of a policy, or undefined for the server's default. */
  readonly policy: string | undefined;
  readonly inputs: Inputs;
  /** The standard input of the program; left out if the call gives none. */
  readonly stdin?: string | undefined;
  /** Host paths as the caller wrote them. */
  readonly files: readonly string[];
  /** From the caller; undefined if the run need not be the one that was checked. */
  readonly verdictId: string | undefined;
  /** Undefined means `fresh`. */
  readonly interpreter?: InterpreterMode;
  /** Sentences for the caller about the way in which the request was read. */
  readonly notes?: readonly string[];
  /** True to end the session's interpreter and start another. */
  readonly reset?: boolean;
}

/** The call that a program runs in. */
export interface RunContext {
  /** The call's visit in its session. Its owner ends it, after the run. */
  readonly visit: Visit;
  readonly caller: Caller;
  /** Aborting it stops the wait for a sandbox and the program. */
  readonly signal: AbortSignal;
  /** Called once, when the program goes to its guest. */
  readonly onStart?: () => void;
  /** Called when the person is about to be asked. */
  readonly onQuestion?: () => void;
}
