/** A violation of a policy, as every tool shows it. */

import { z } from "zod";
import { SEVERITY_NAMES, type SeverityName, severityName } from "../analysis/severity.js";
import type { Violation } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import { resultField } from "./result.js";

/** One violation in a result. */
export interface ViolationView {
  readonly rule: string;
  readonly category: string;
  readonly severity: SeverityName;
  readonly denies: boolean;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly end_line: number;
  readonly end_column: number;
  readonly file: string | null;
  readonly snippet: string;
  readonly suggestion: string;
}

/** The schema of one entry of a result's `violations`. */
export const VIOLATION: z.ZodType<ViolationView> = z.strictObject({
  rule: resultField(z.string(), "Id of the rule, such as `PY-EXEC-001`"),
  category: resultField(z.string(), "Kind of the rule"),
  severity: resultField(z.enum(SEVERITY_NAMES), "Severity under the policy"),
  denies: resultField(z.boolean(), "True if it denies the program; otherwise it is a warning"),
  message: resultField(z.string(), "The violation in words"),
  line: resultField(z.number(), "First line, counted from 1"),
  column: resultField(z.number(), "First column, counted from 1"),
  end_line: resultField(z.number(), "Last line, counted from 1"),
  end_column: resultField(z.number(), "Column after the last one"),
  file: resultField(z.string().nullable(), "File of the project that it is in; null for the program"),
  snippet: resultField(z.string(), "Text of the first line"),
  suggestion: resultField(z.string(), "Advice for the program"),
});

/** Returns a violation in the form of a result. */
export function renderViolation(violation: Violation, policy: Policy): ViolationView {
  return {
    rule: violation.rule,
    category: violation.category,
    severity: severityName(violation.severity),
    denies: violation.category === "syntax" || violation.severity >= policy.threshold,
    message: violation.message,
    line: violation.line,
    column: violation.column,
    end_line: violation.endLine,
    end_column: violation.endColumn,
    file: violation.file ?? null,
    snippet: violation.snippet,
    suggestion: violation.suggestion,
  };
}
