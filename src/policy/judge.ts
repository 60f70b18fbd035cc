/** Judges an inspected program under a policy: the severity of each finding, the verdict, and a suggestion. */

import { quote } from "../errors.js";
import { importableModules, memberSeverity, moduleSeverity, type Policy } from "./policy.js";
import { moduleHint } from "./module-hint.js";
import { patternSearchOf } from "./patterns.js";
import type { Inspection, PlacedFinding, Place, Range, Report, SyntaxProblem } from "../analysis/report.js";
import type { Category } from "../analysis/rule.js";
import { RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, type Severity } from "../analysis/severity.js";

/** A finding that the policy reports. */
export interface Violation extends Place {
  /** Id of the rule or of the pattern. */
  readonly rule: string;
  readonly category: Category | "pattern";
  readonly severity: Severity;
  readonly message: string;
  readonly suggestion: string;
  /** The module, name, attribute or text that the violation is about. */
  readonly resource?: string;
  /** The file of the project that it is in. Absent for the program itself. */
  readonly file?: string;
}

/** The result of judging one program under one policy. */
export interface Analysis {
  readonly verdict: "allow" | "deny";
  /** Set if the program cannot be parsed. There is a violation too, of a rule of the category `syntax`. */
  readonly syntaxError: SyntaxProblem | null;
  readonly maxSeverity: Severity;
  /** In the order of the text. A violation below the policy's threshold is a warning. */
  readonly violations: readonly Violation[];
}

/**
 * Judges a program. Patterns are searched once, even if several policies with the same patterns judge it.
 *
 * @param hasStdin True if the call gives a standard input. A program may then read it.
 * @param isOwn Tells whether a module is one of the project's, which was analysed too.
 */
export function judge(
  inspection: Inspection,
  policy: Policy,
  hasStdin = false,
  isOwn: (module: string) => boolean = () => false,
): Analysis {
  const { report, syntaxError } = inspection;
  const violations = report.findings().flatMap((finding) => {
    const module = finding.rule === "JS-IMPORT-001" ? finding.resource : finding.module;
    const isModule = module !== undefined && isOwn(module);
    const isOpen = isModule || (hasStdin && readsStdin(finding));
    const severity = isOpen ? SEVERITY.SAFE : severityUnder(policy, finding);
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
  // Every policy denies a program that was not read to its end.
  const isUnread = violations.some(({ category }) => category === "syntax");
  return {
    verdict: isUnread || maxSeverity >= policy.threshold ? "deny" : "allow",
    syntaxError,
    maxSeverity,
    violations,
  };
}

/** The ways to read a line that somebody types, or that the call gives. */
const READS_STDIN: ReadonlySet<string> = new Set(["input", "sys.stdin", "fileinput.input"]);
const STDIN_SUGGESTION = "Pass the lines in the `stdin` argument of the call, or values in `inputs`";

/** Paths of the program's own streams. */
const STREAM_PATH = /^\/dev\/(?:(stdin|fd\/0)|stdout|stderr|fd\/[12])$/;

function streamSuggestion(resource: string | undefined): string | undefined {
  const [path, input] = STREAM_PATH.exec(resource ?? "") ?? [];
  if (path === undefined) return undefined;
  return input === undefined ? "Use print, sys.stdout or sys.stderr" : `Read sys.stdin. ${STDIN_SUGGESTION}`;
}

function readsStdin({ rule, resource }: PlacedFinding): boolean {
  return rule === "JS-PROC-002" || (rule === "PY-PROC-001" && READS_STDIN.has(resource ?? ""));
}

/** True if the policy allows the program only in a call that gives a standard input. */
export function needsStdin({ report }: Inspection, policy: Policy): boolean {
  return report
    .findings()
    .some((finding) => readsStdin(finding) && policy.severities[finding.rule] >= policy.threshold);
}

/** Rules that do not count for the builtins that a policy opens. */
const OPENED_RULES: ReadonlySet<string> = new Set(["PY-DYN-003", "PY-INTRO-001", "PY-FILE-001", "PY-FILE-002"]);

/** No policy can lower the severity of a program that cannot be read. */
function severityUnder(policy: Policy, finding: PlacedFinding): Severity {
  if (RULES[finding.rule].category === "syntax") return SEVERITY.HIGH;
  if (policy.opened?.includes(finding.resource ?? "") === true && OPENED_RULES.has(finding.rule)) return SEVERITY.SAFE;
  if (policy.workspace === true && finding.isOfWorkspace === true) return SEVERITY.SAFE;
  const severity = policy.severities[finding.rule];
  if (finding.module === undefined || severity === SEVERITY.SAFE) return severity;
  if (finding.member === undefined) return moduleSeverity(policy, finding.module);
  if (finding.isImported === true && ownEntry(policy, finding) === null) return SEVERITY.SAFE;
  return memberSeverity(policy, finding.module, finding.member);
}

/** Full name of the member that a finding is about, if the policy has an entry for that member. */
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
    // A warning refuses nothing.
    message:
      severity >= policy.threshold ? `Cannot ${action}: ${rule.message}` : `May ${action}, with care: ${rule.message}`,
    ...report.placeOf(finding.range),
    suggestion:
      finding.suggestion ??
      hint ??
      streamSuggestion(finding.rule === "PY-FILE-005" ? resource : undefined) ??
      (readsStdin(finding) ? STDIN_SUGGESTION : rule.suggestion),
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
