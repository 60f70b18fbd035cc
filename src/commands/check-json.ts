/** What a check found, for programs. */

import { severityName } from "../analysis/severity.js";
import { renderViolation } from "../tools/violation.js";
import type { CheckReport } from "./check-report.js";

/** What JSON may hold as it is, but a terminal should not. */
const UNSEEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

export function checkJson({ policy, files, unchecked }: CheckReport): string {
  return jsonText({
    policy: { name: policy.name, hash: policy.hash, severity_threshold: severityName(policy.threshold) },
    files: files.map(({ path, language, analysis: { verdict, violations } }) => ({
      path,
      language,
      verdict,
      violations: violations.map((violation) => renderViolation(violation, policy)),
    })),
    unchecked,
  });
}

/** JSON that cannot move the cursor of a terminal it is printed on, and means the same. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(UNSEEN, (char) =>
    char
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
  return `${text}\n`;
}
