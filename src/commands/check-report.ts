/** The report of a check of several files. Every output format renders it. */

import type { Analysis, Violation } from "../policy/judge.js";
import type { Policy } from "../policy/policy.js";
import { renderViolation } from "../tools/violation.js";
import type { Language } from "../language.js";

/** A program and the verdict on it. */
export interface CheckedFile {
  /** As the caller spelled it. */
  readonly path: string;
  readonly language: Language;
  readonly code: string;
  readonly analysis: Analysis;
}

/** A file that could not be checked. */
export interface UncheckedFile {
  readonly path: string;
  /** The reason, without a capital: `it is not UTF-8`. */
  readonly reason: string;
}

/** The report. */
export interface CheckReport {
  readonly policy: Policy;
  readonly files: readonly CheckedFile[];
  readonly unchecked: readonly UncheckedFile[];
}

/** Tells whether a violation alone denies its program. Otherwise it is a warning. */
export function isError(violation: Violation, policy: Policy): boolean {
  return renderViolation(violation, policy).denies;
}

/** Returns 0 if all programs are allowed, 1 if some are denied, and 2 if some could not be checked. */
export function exitStatusOf({ files, unchecked }: CheckReport): number {
  if (unchecked.length > 0) return 2;
  return files.some(({ analysis }) => analysis.verdict === "deny") ? 1 : 0;
}
