/**
 * The two endings that are not an outcome, as every tool shows them: refusal and fault, side by side, one of them null.
 *
 * A Refusal is shown whole: it holds our words and the caller's own input. A Fault is one fixed sentence and an id; its
 * cause stays in the log.
 */

import { z } from "zod";
import { Fault, Refusal } from "../errors.js";

export const FAULT_MESSAGE =
  "The sandbox failed; this is not the program's fault. Try again, and if it stays so, give the operator this id";

export interface RefusalView {
  readonly reason: string;
  readonly stage: string;
  readonly message: string;
  readonly rule: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly snippet: string | null;
  readonly suggestion: string | null;
  readonly resource: string | null;
  readonly alternatives: string[];
  /** Policies under which the program would pass, and whether this server lets a caller choose them. */
  readonly passes_under: { readonly policy: string; readonly allowed: boolean }[];
  readonly retryable: boolean;
}

export interface FaultView {
  readonly id: string;
  readonly message: string;
}

function refusalView({ reason, message, detail }: Refusal): RefusalView {
  return {
    reason,
    stage: detail.stage,
    message,
    rule: detail.rule ?? null,
    line: detail.line ?? null,
    column: detail.column ?? null,
    snippet: detail.snippet ?? null,
    suggestion: detail.suggestion ?? null,
    resource: detail.resource ?? null,
    alternatives: [...(detail.alternatives ?? [])],
    passes_under: [...(detail.passesUnder ?? [])],
    retryable: detail.retryable ?? false,
  };
}

function faultView(fault: Fault): FaultView {
  return { id: fault.id, message: FAULT_MESSAGE };
}

/** The two endings side by side, one of them null: how they stand in every tool's result. */
export interface EndingView {
  readonly refusal: RefusalView | null;
  readonly fault: FaultView | null;
}

export function endingView(ending: Refusal | Fault): EndingView {
  return ending instanceof Fault
    ? { refusal: null, fault: faultView(ending) }
    : { refusal: refusalView(ending), fault: null };
}

/** Returns what was thrown as one of the two; anything unknown is our failure. */
export function asEnding(error: unknown): Refusal | Fault {
  return error instanceof Refusal || error instanceof Fault ? error : new Fault("A tool failed", { cause: error });
}

export const REFUSAL: z.ZodType<RefusalView | null> = z
  .strictObject({
    reason: z.string(),
    stage: z.string(),
    message: z.string(),
    rule: z.string().nullable(),
    line: z.number().nullable(),
    column: z.number().nullable(),
    snippet: z.string().nullable(),
    suggestion: z.string().nullable(),
    resource: z.string().nullable(),
    alternatives: z.array(z.string()),
    passes_under: z.array(z.strictObject({ policy: z.string(), allowed: z.boolean() })),
    retryable: z.boolean(),
  })
  .nullable();

export const FAULT: z.ZodType<FaultView | null> = z.strictObject({ id: z.string(), message: z.string() }).nullable();
