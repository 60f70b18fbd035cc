/** Renders a report as JSON, for programs. */

import { severityName } from "../analysis/severity.js";
import { renderViolation } from "../tools/violation.js";
import type { CheckReport } from "./check-report.js";

/** Characters that JSON allows, but that can change a terminal. */
const INVISIBLE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Returns the report as one JSON object and a line break. */
export function renderJson({ policy, files, unchecked }: CheckReport): string {
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

/** Returns a value as JSON whose text cannot move the cursor of a terminal. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(INVISIBLE, (char) =>
    char
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
  return `${text}\n`;
}
