/**
 * The two ways a call can fail. A program that crashes, loops or prints too much is neither: that is an ordinary result
 * (see outcome.ts).
 */

import { randomUUID } from "node:crypto";

/** Why a request was turned down. Clients and the audit log key on these; never reuse one. */
export type RefusalReason =
  | "bad-input"
  | "policy-denied"
  | "policy-not-allowed"
  | "verdict-mismatch"
  | "path-denied"
  | "path-restricted"
  | "root-denied"
  | "session-unknown"
  | "budget-spent"
  | "rate-limited"
  | "engine-unavailable"
  | "busy";

/** Which of the layers said no. */
export type Stage = "limits" | "policy" | "paths" | "sandbox";

export interface RefusalDetail {
  readonly stage: Stage;
  /** Rule that was broken, such as `PY-IMPORT-001`, and where in the program (1-based line, 1-based column). */
  readonly rule?: string;
  readonly line?: number;
  readonly column?: number;
  /** What was asked for: a module, a name, a path, a field. The caller's own words. */
  readonly resource?: string;
  /** What would be accepted instead. */
  readonly alternatives?: readonly string[];
  /** The program's line, and what to write instead. */
  readonly snippet?: string;
  readonly suggestion?: string;
  /** Policies under which the program would pass, and whether the operator lets a caller choose them. */
  readonly passesUnder?: readonly { readonly policy: string; readonly allowed: boolean }[];
  /** True if the same request, unchanged, may be accepted later. */
  readonly retryable?: boolean;
}

/**
 * The request was turned down and nothing ran.
 *
 * The message is shown to the agent, so it holds only our own words and the caller's own input, quoted. Anything else
 * belongs in `cause`.
 */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly reason: RefusalReason;
  readonly detail: RefusalDetail;

  constructor(reason: RefusalReason, message: string, detail: RefusalDetail, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * We failed. The agent is told one fixed sentence and the id; the operator finds the message and the cause under that
 * id in the log.
 */
export class Fault extends Error {
  override readonly name: string = "Fault";
  readonly id: string = randomUUID();
}

/**
 * Wrong settings or a missing part that the operator has to mend; stops a command with its message and exit status 2.
 */
export class SetupError extends Error {
  override readonly name: string = "SetupError";
}

/** Shortens and quotes what a caller sent, for use in a message. */
export function quote(value: string, maxLength = 120): string {
  return JSON.stringify(value.length > maxLength ? `${value.slice(0, maxLength)}...` : value);
}
