/** The severity of a finding. A policy denies a program if a finding reaches its threshold. */
export const SEVERITY = { SAFE: 0, LOW: 1, MEDIUM: 2, HIGH: 3 } as const;

export type Severity = (typeof SEVERITY)[keyof typeof SEVERITY];
export type SeverityName = keyof typeof SEVERITY;

/** The names in order of their numbers. */
export const SEVERITY_NAMES: readonly SeverityName[] = ["SAFE", "LOW", "MEDIUM", "HIGH"];

export function severityName(severity: Severity): SeverityName {
  return SEVERITY_NAMES[severity] ?? "HIGH";
}
