/** How a policy's finding looks to a client; the same in every tool. */

import { z } from "zod";
import type { Violation } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import { SEVERITY_NAMES, type SeverityName, severityName } from "../analysis/severity.js";

export interface ViolationView {
  readonly rule: string;
  readonly category: string;
  readonly severity: SeverityName;
  /** It is at or above the policy's threshold; otherwise it is a warning. */
  readonly denies: boolean;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly end_line: number;
  readonly end_column: number;
  readonly snippet: string;
  readonly suggestion: string;
}

export const VIOLATION: z.ZodType<ViolationView> = z.strictObject({
  rule: z.string(),
  category: z.string(),
  severity: z.enum(SEVERITY_NAMES),
  denies: z.boolean(),
  message: z.string(),
  line: z.number(),
  column: z.number(),
  end_line: z.number(),
  end_column: z.number(),
  snippet: z.string(),
  suggestion: z.string(),
});

export function violationView(violation: Violation, policy: Policy): ViolationView {
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
    snippet: violation.snippet,
    suggestion: violation.suggestion,
  };
}
