/**
 * A policy as data: the things that a program may do. The check, the guest policy and the hash all come from one
 * object, so they cannot disagree.
 */

import { sha256 } from "../digest.js";
import { namesWithheld, RULE_IDS, type RuleId, RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, type Severity } from "../analysis/severity.js";

/** The text that a pattern is searched in: code without strings, strings only, or both. Comments are never searched. */
export type PatternScope = "code" | "strings" | "all";

/** A rule that an operator or a caller writes: a regular expression. */
export interface Pattern {
  /** The rule id of its violations. */
  readonly id: string;
  /** In the syntax of RE2. */
  readonly pattern: string;
  readonly in: PatternScope;
  readonly description: string;
  readonly severity: Severity;
  readonly suggestion: string;
}

/** The parts of a policy that its author decides. */
export interface PolicyData {
  readonly name: string;
  /** The purpose of the policy, in one sentence. */
  readonly description: string;
  /** A finding of this severity or a higher one denies the program. A lower one is a warning. */
  readonly threshold: Severity;
  /** The severity of each rule's findings. A SAFE finding is not reported. */
  readonly severities: Readonly<Record<RuleId, Severity>>;
  /**
   * Modules that a Python program may import, by full name. `a.*` is `a` with all modules below it. "all" is every
   * module that is not restricted.
   */
  readonly modules: readonly string[] | "all";
  /** The severity of importing a module or a module below it. It has priority over `modules`. */
  readonly restrictedModules: Readonly<Record<string, Severity>>;
  readonly patterns: readonly Pattern[];
  /** Builtins of Python that a program may use although a rule denies them. Absent: none. */
  readonly opened?: readonly string[];
  /** True if a JavaScript program may use its own throw-away workspace although rules deny files and a process. */
  readonly workspace?: boolean;
}

/** A policy with the parts that follow from its data. */
export interface Policy extends PolicyData {
  /**
   * The builtins in the guest: those of the allowlist, or all. JavaScript has `eval` only with "all". This and `reads`
   * follow from the severities, so a program that passes the check finds the builtins that it uses.
   */
  readonly builtins: "safe" | "all";
  /** Python's `open` can read files of the sandbox. */
  readonly reads: boolean;
  /** SHA-256, in hexadecimal, of the canonical JSON of all other fields. */
  readonly hash: string;
}

/** Returns a frozen copy of the data as a policy. */
export function definePolicy(data: PolicyData): Policy {
  const {
    name,
    description,
    threshold,
    severities,
    modules,
    restrictedModules,
    patterns,
    opened = [],
    workspace,
  } = data;
  const copy: PolicyData = structuredClone({
    name,
    description,
    threshold,
    severities,
    modules,
    restrictedModules,
    patterns,
    ...(opened.length === 0 ? {} : { opened }),
    ...(workspace === true ? { workspace } : {}),
  });
  const denies = (rule: RuleId): boolean => copy.severities[rule] >= copy.threshold;
  const full = {
    ...copy,
    builtins: BUILTIN_RULES.every(denies) ? ("safe" as const) : ("all" as const),
    reads: !denies("PY-FILE-001") || opened.includes("open"),
  };
  const hash = sha256(canonicalJson(full));
  return deepFreeze({ ...full, hash });
}

/** Rules about builtins that are not among the safe ones. */
const BUILTIN_RULES: readonly RuleId[] = [
  "PY-DYN-001",
  "PY-DYN-002",
  "PY-DYN-003",
  "PY-INTRO-001",
  "PY-PROC-001",
  "JS-DYN-001",
];

/** The severities of all rules. A rule that is not in `changes` has its own severity. */
export function severitiesWith(changes: Partial<Record<RuleId, Severity>>): Record<RuleId, Severity> {
  return Object.fromEntries(RULE_IDS.map((id) => [id, changes[id] ?? RULES[id].severity])) as Record<RuleId, Severity>;
}

/** The severity of importing `module`, a full dotted name. The longest restricted name decides, then `modules`. */
export function moduleSeverity(policy: PolicyData, module: string): Severity {
  for (let name = module; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    if (Object.hasOwn(policy.restrictedModules, name)) return policy.restrictedModules[name] ?? SEVERITY.HIGH;
  }
  return isListed(policy.modules, module) ? SEVERITY.SAFE : SEVERITY.HIGH;
}

function isListed(modules: PolicyData["modules"], module: string): boolean {
  if (modules === "all") return !module.startsWith(".");
  if (modules.includes(module)) return true;
  const top = module.split(".", 1)[0] ?? module;
  return modules.includes(`${top}.*`);
}

/** The restricted modules that the policy denies. It denies the modules below them too. */
export function withheldModules(policy: PolicyData): string[] {
  return Object.keys(policy.restrictedModules)
    .filter((name) => moduleSeverity(policy, name) >= policy.threshold)
    .sort();
}

/** The builtins and members of `os` that the guest withholds, because the policy denies the rule about them. */
export function withheldNames(policy: PolicyData): readonly string[] {
  return namesWithheld((rule) => policy.severities[rule] >= policy.threshold);
}

/** The restricted modules that the policy allows although it denies the package that contains them. */
export function exemptModules(policy: PolicyData): string[] {
  const isDenied = (name: string): boolean => moduleSeverity(policy, name) >= policy.threshold;
  return Object.keys(policy.restrictedModules)
    .filter((name) => !isDenied(name) && name.includes(".") && isDenied(name.slice(0, name.lastIndexOf("."))))
    .sort();
}

/**
 * The severity of taking `member` from `module`. The member may be a module with its own entry in the policy. Without
 * an entry, it has the severity of its module.
 */
export function memberSeverity(policy: PolicyData, module: string, member: string): Severity {
  const full = `${module}.${member}`;
  if (Object.hasOwn(policy.restrictedModules, full)) return moduleSeverity(policy, full);
  return policy.modules !== "all" && policy.modules.includes(full) ? SEVERITY.SAFE : moduleSeverity(policy, module);
}

/**
 * The modules that a program can import: the listed ones that the policy does not deny, and the restricted ones that it
 * only warns about. "all" if the policy lists no modules.
 */
export function importableModules(policy: PolicyData): readonly string[] | "all" {
  if (policy.modules === "all") return "all";
  const isOpen = (name: string): boolean => moduleSeverity(policy, name.replace(/\.\*$/, "")) < policy.threshold;
  const warned = Object.keys(policy.restrictedModules).flatMap((name) => [name, `${name}.*`]);
  return [...new Set([...policy.modules, ...warned])].filter(isOpen);
}

/** JSON with sorted keys and no white space, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const inner of Object.values(value))
    if (typeof inner === "object" && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}
