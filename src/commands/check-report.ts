/** What a check of several files found: what every format is made of. */

import type { Analysis, Violation } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import { renderViolation } from "../tools/violation.js";
import type { Language } from "../language.js";

export interface CheckedFile {
  /** As the caller spelled it. */
  readonly path: string;
  readonly language: Language;
  readonly code: string;
  readonly analysis: Analysis;
}

export interface UncheckedFile {
  readonly path: string;
  /** Says what is wrong with it: `it is not UTF-8`. */
  readonly reason: string;
}

export interface CheckReport {
  readonly policy: Policy;
  readonly files: readonly CheckedFile[];
  readonly unchecked: readonly UncheckedFile[];
}

/** Whether a finding alone denies its program; otherwise it is a warning. */
export function isError(violation: Violation, policy: Policy): boolean {
  return renderViolation(violation, policy).denies;
}

/** 0 all allowed, 1 some denied, 2 some could not be checked: then nothing is known of the whole. */
export function exitStatusOf({ files, unchecked }: CheckReport): number {
  if (unchecked.length > 0) return 2;
  return files.some(({ analysis }) => analysis.verdict === "deny") ? 1 : 0;
}
