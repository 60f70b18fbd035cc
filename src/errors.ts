/**
 * The two ways in which a call can fail. A program that crashes, loops or prints too much is neither of them: it has an
 * ordinary outcome (outcome.ts).
 */

import { randomUUID } from "node:crypto";

/** Why a request was refused. Clients and the log use these names, so none is ever used for another reason. */
export type RefusalReason =
  | "bad-input"
  | "policy-denied"
  | "module-missing"
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

/** The layer that refused the request. */
export type Stage = "limits" | "policy" | "paths" | "sandbox";

/** What a caller needs to know beside the message. A field is left out if it does not apply. */
export interface RefusalDetail {
  readonly stage: Stage;
  /** Rule of the violation, such as `PY-IMPORT-001`, and its place in the program. Line and column count from 1. */
  readonly rule?: string;
  readonly line?: number;
  readonly column?: number;
  /** The file of the project that the place is in. Absent for the program itself. */
  readonly file?: string;
  /** The module, name, path or field that the refusal is about, in the caller's own words. */
  readonly resource?: string;
  /** Values that would be accepted instead. */
  readonly alternatives?: readonly string[];
  /** The line of the program, and advice for a change. */
  readonly snippet?: string;
  readonly suggestion?: string;
  /** Policies under which the program would pass, and whether the operator lets a caller choose them. */
  readonly passesUnder?: readonly { readonly policy: string; readonly allowed: boolean }[];
  /** True if the same request, unchanged, may be accepted later. */
  readonly retryable?: boolean;
}

/**
 * The request was refused and nothing ran.
 *
 * The agent reads the message, so it holds only words of this product and the caller's own input, quoted. Everything
 * else belongs in `cause`.
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
 * The server failed. The agent gets one fixed sentence and the id. The operator finds the message and the cause under
 * that id in the log.
 */
export class Fault extends Error {
  override readonly name: string = "Fault";
  readonly id: string = randomUUID();
  /** The sentence for the agent: words of this product only. Null for the sentence that stands for every fault. */
  readonly told: string | null;

  constructor(message: string, { told = null, ...options }: ErrorOptions & { readonly told?: string | null } = {}) {
    super(message, options);
    this.told = told;
  }
}

/** Tells a refusal or a fault from a value. */
export function isFailure(value: unknown): value is Refusal | Fault {
  return value instanceof Refusal || value instanceof Fault;
}

/**
 * A setting is wrong, or a part is missing, and the operator must mend it. It stops a command with its message and exit
 * status 2.
 */
export class SetupError extends Error {
  override readonly name: string = "SetupError";
}

/**
 * Returns text of a caller for use in a message: shortened and quoted as JSON.
 *
 * @param maxLength In UTF-16 units, before quoting.
 */
export function quote(value: string, maxLength = 120): string {
  return JSON.stringify(value.length > maxLength ? `${value.slice(0, maxLength)}...` : value);
}
