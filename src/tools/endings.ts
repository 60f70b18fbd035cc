/**
 * A refusal and a fault, as every tool shows them: side by side, at least one of them null.
 *
 * A Refusal is shown whole: it holds our words and the caller's own input. A Fault is one fixed sentence and an id; its
 * cause stays in the log. The part that threw it may have given another fixed sentence.
 */

import { z } from "zod";
import { Fault, Refusal } from "../errors.js";
import { resultField } from "./result.js";

/** The sentence that stands for a fault without one of its own. */
const FAULT_MESSAGE =
  "The sandbox failed. The program is not the cause. Try again; if the call fails again, give this id to the operator";

/** A refusal in a result; a fact that does not apply is null. */
export interface RefusalView {
  readonly reason: string;
  readonly stage: string;
  readonly message: string;
  readonly rule: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly file: string | null;
  readonly snippet: string | null;
  readonly suggestion: string | null;
  readonly resource: string | null;
  readonly alternatives: string[];
  readonly passes_under: { readonly policy: string; readonly allowed: boolean }[];
  readonly retryable: boolean;
}

/** A fault in a result. */
export interface FaultView {
  readonly id: string;
  readonly message: string;
}

/** The `refusal` field of a result. */
export const REFUSAL: z.ZodType<RefusalView | null> = resultField(
  z
    .strictObject({
      reason: resultField(z.string(), "Stable name of the reason, such as `bad-input` or `policy-denied`"),
      stage: resultField(z.string(), "The layer that refused: limits, policy, paths or sandbox"),
      message: resultField(z.string(), "The reason in words"),
      rule: resultField(z.string().nullable(), "Rule that the program breaks, such as `PY-IMPORT-001`"),
      line: resultField(z.number().nullable(), "Line of the program, counted from 1"),
      column: resultField(z.number().nullable(), "Column in the line, counted from 1"),
      file: resultField(z.string().nullable(), "File of the project that the line is in; null for the program"),
      snippet: resultField(z.string().nullable(), "Text of that line"),
      suggestion: resultField(z.string().nullable(), "Advice for the program"),
      resource: resultField(z.string().nullable(), "The module, name, path or field that was asked for"),
      alternatives: resultField(z.array(z.string()), "Values that would be accepted instead"),
      passes_under: resultField(
        z.array(
          z.strictObject({
            policy: resultField(z.string(), "Name of the policy"),
            allowed: resultField(z.boolean(), "True if a caller may choose it"),
          }),
        ),
        "Policies under which the program passes",
      ),
      retryable: resultField(z.boolean(), "True if the same call may be accepted later"),
    })
    .nullable(),
  "The reason that the call was refused; otherwise null",
);

/** The `fault` field of a result. */
export const FAULT: z.ZodType<FaultView | null> = resultField(
  z
    .strictObject({
      id: resultField(z.string(), "Id of the failure in the server's log"),
      message: resultField(z.string(), "One fixed sentence"),
    })
    .nullable(),
  "A failure of the server; otherwise null",
);

/** Returns the two fields for a refusal, a fault, or neither. */
export function renderEnding(ending: Refusal | Fault | null): {
  readonly refusal: RefusalView | null;
  readonly fault: FaultView | null;
} {
  return {
    refusal: ending instanceof Refusal ? renderRefusal(ending) : null,
    fault: ending instanceof Fault ? { id: ending.id, message: ending.told ?? FAULT_MESSAGE } : null,
  };
}

function renderRefusal({ reason, message, detail }: Refusal): RefusalView {
  return {
    reason,
    stage: detail.stage,
    message,
    rule: detail.rule ?? null,
    line: detail.line ?? null,
    column: detail.column ?? null,
    file: detail.file ?? null,
    snippet: detail.snippet ?? null,
    suggestion: detail.suggestion ?? null,
    resource: detail.resource ?? null,
    alternatives: [...(detail.alternatives ?? [])],
    passes_under: [...(detail.passesUnder ?? [])],
    retryable: detail.retryable ?? false,
  };
}
