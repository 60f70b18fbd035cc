/** What a policy makes of what was found: the severities, the verdict, and what to write instead. */

import { quote } from "../errors.js";
import { importableModules, memberSeverity, moduleSeverity, type Policy } from "./policy.js";
import { moduleHint } from "./module-hint.js";
import { patternSearchOf } from "./patterns.js";
import type { Inspection } from "../analysis/analyser.js";
import type { PlacedFinding, Place, Range, Report, SyntaxProblem } from "../analysis/report.js";
import type { Category } from "../analysis/rule.js";
import { RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, type Severity } from "../analysis/severity.js";

/** One thing the policy objects to. */
export interface Violation extends Place {
  /** Id of the rule, or of an operator's pattern. */
  readonly rule: string;
  readonly category: Category | "pattern";
  readonly severity: Severity;
  readonly message: string;
  readonly suggestion: string;
  /** The module, name, attribute or text it is about. */
  readonly resource?: string;
}

export interface Analysis {
  readonly verdict: "allow" | "deny";
  /** Set when the program cannot be parsed; a violation says so too. */
  readonly syntaxError: SyntaxProblem | null;
  readonly maxSeverity: Severity;
  /** Every finding, in order of place; those below the policy's threshold are warnings. */
  readonly violations: readonly Violation[];
}

/** Gives the verdict of a policy on a program that was read. */
export function judge(inspection: Inspection, policy: Policy): Analysis {
  const { report, syntaxError } = inspection;
  const violations = report.findings().flatMap((finding) => {
    const severity = severityUnder(policy, finding);
    return severity === SEVERITY.SAFE ? [] : [violationOf(report, finding, severity, policy)];
  });
  if (policy.patterns.length > 0) {
    const search = patternSearchOf(inspection);
    for (const pattern of policy.patterns.filter(({ severity }) => severity > SEVERITY.SAFE)) {
      violations.push(...search.find(pattern).map((range) => patternViolation(report, pattern, range)));
    }
    violations.sort((a, b) => a.line - b.line || a.column - b.column);
  }
  const maxSeverity = violations.reduce<Severity>(
    (worst, { severity }) => (severity > worst ? severity : worst),
    SEVERITY.SAFE,
  );
  // A program that was not read to its end is denied whatever the threshold.
  const isUnread = violations.some(({ category }) => category === "syntax");
  return {
    verdict: isUnread || maxSeverity >= policy.threshold ? "deny" : "allow",
    syntaxError,
    maxSeverity,
    violations,
  };
}

/** What a rule can say of a builtin that a policy has opened. */
const OPENED_RULES: ReadonlySet<string> = new Set(["PY-DYN-003", "PY-INTRO-001", "PY-FILE-001", "PY-FILE-002"]);

/** Syntax is no policy's to say: what cannot be read is as bad as can be. */
function severityUnder(policy: Policy, finding: PlacedFinding): Severity {
  if (RULES[finding.rule].category === "syntax") return SEVERITY.HIGH;
  if (policy.opened?.includes(finding.resource ?? "") === true && OPENED_RULES.has(finding.rule)) return SEVERITY.SAFE;
  const severity = policy.severities[finding.rule];
  if (finding.module === undefined || severity === SEVERITY.SAFE) return severity;
  if (finding.member === undefined) return moduleSeverity(policy, finding.module);
  if (finding.isImported === true && ownEntry(policy, finding) === null) return SEVERITY.SAFE;
  return memberSeverity(policy, finding.module, finding.member);
}

/** Full name of the member that a finding is about, if the policy says something of that very member. */
function ownEntry({ restrictedModules }: Policy, { module, member }: PlacedFinding): string | null {
  const full = `${module}.${member}`;
  return member !== undefined && Object.hasOwn(restrictedModules, full) ? full : null;
}

function violationOf(report: Report, finding: PlacedFinding, severity: Severity, policy: Policy): Violation {
  const rule = RULES[finding.rule];
  const about = ownEntry(policy, finding);
  const action = about === null ? finding.action : `${finding.action.split(" ", 1)[0] ?? ""} ${quote(about)}`;
  const resource = about ?? finding.resource;
  const hint =
    finding.module === undefined ? undefined : moduleHint(about ?? finding.module, importableModules(policy));
  return {
    rule: finding.rule,
    category: rule.category,
    severity,
    message: `Cannot ${action}: ${rule.message}`,
    ...report.placeOf(finding.range),
    suggestion: finding.suggestion ?? hint ?? rule.suggestion,
    ...(resource === undefined ? {} : { resource }),
  };
}

function patternViolation(report: Report, pattern: Policy["patterns"][number], range: Range): Violation {
  return {
    rule: pattern.id,
    category: "pattern",
    severity: pattern.severity,
    message: `Cannot use this: ${pattern.description}`,
    ...report.placeOf(range),
    suggestion: pattern.suggestion,
  };
}
