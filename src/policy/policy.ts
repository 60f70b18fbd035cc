/**
 * What a program may do, as data. One object serves the analysis, the guest's own fence and the hash that names it, so
 * they cannot disagree.
 */

import { sha256 } from "../digest.js";
import { RULE_IDS, type RuleId, RULES } from "../analysis/rule-catalogue.js";
import { SEVERITY, type Severity } from "../analysis/severity.js";

/** Where a pattern looks: code without comments and what is in strings, strings alone, or code with its strings. */
export type PatternScope = "code" | "strings" | "all";

/** An operator's own rule: a regular expression. */
export interface Pattern {
  /** Stands where a rule's id stands. */
  readonly id: string;
  readonly pattern: string;
  readonly in: PatternScope;
  readonly description: string;
  readonly severity: Severity;
  readonly suggestion: string;
}

export interface PolicyData {
  readonly name: string;
  /** What it is for, in one sentence. */
  readonly description: string;
  /** Findings at or above it deny; those below it are warnings. */
  readonly threshold: Severity;
  /** How bad each rule's findings are; SAFE ones are not reported. */
  readonly severities: Readonly<Record<RuleId, Severity>>;
  /**
   * Modules a Python program may import, dotted ones by their full name, `a.*` with all below it; or all but the
   * restricted.
   */
  readonly modules: readonly string[] | "all";
  /** How bad it is to import a module, or what is below it. Comes before `modules`. */
  readonly restrictedModules: Readonly<Record<string, Severity>>;
  readonly patterns: readonly Pattern[];
  /** Builtins of Python that a program has and may use, whatever the rules about builtins say. Left out: none. */
  readonly opened?: readonly string[];
}

export interface Policy extends PolicyData {
  /**
   * Builtins a program starts with: the allowlist, or all. JavaScript's `eval` goes with all. Follows from the
   * severities, as does `reads`: a program that passes the check finds what it uses.
   */
  readonly builtins: "safe" | "all";
  /** Whether Python's `open` reads files of the sandbox. */
  readonly reads: boolean;
  /** SHA-256, in hexadecimal, over the canonical JSON of everything else in the policy. */
  readonly hash: string;
}

/** Returns a frozen copy of the data, with its hash. */
export function definePolicy(data: PolicyData): Policy {
  const { name, description, threshold, severities, modules, restrictedModules, patterns, opened = [] } = data;
  const copy: PolicyData = structuredClone({
    ...{ name, description, threshold, severities, modules, restrictedModules, patterns },
    ...(opened.length === 0 ? {} : { opened }),
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

/** Rules about builtins that the safe ones are without. */
const BUILTIN_RULES: readonly RuleId[] = [
  "PY-DYN-001",
  "PY-DYN-002",
  "PY-DYN-003",
  "PY-INTRO-001",
  "PY-PROC-001",
  "JS-DYN-001",
];

/** The severities of all rules: each rule's own, but for those in `changes`. */
export function severitiesWith(changes: Partial<Record<RuleId, Severity>>): Record<RuleId, Severity> {
  return Object.fromEntries(RULE_IDS.map((id) => [id, changes[id] ?? RULES[id].severity])) as Record<RuleId, Severity>;
}

/** How bad it is under this policy to import `module`, a full dotted name. */
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

/** Modules that the policy names and denies, with what is below them. */
export function withheldModules(policy: PolicyData): string[] {
  return Object.keys(policy.restrictedModules)
    .filter((name) => moduleSeverity(policy, name) >= policy.threshold)
    .sort();
}

/** Modules that the policy names and does not deny, though a module that they are below is denied. */
export function exemptModules(policy: PolicyData): string[] {
  const isDenied = (name: string): boolean => moduleSeverity(policy, name) >= policy.threshold;
  return Object.keys(policy.restrictedModules)
    .filter((name) => !isDenied(name) && name.includes(".") && isDenied(name.slice(0, name.lastIndexOf("."))))
    .sort();
}

/**
 * How bad it is to take `member` from `module`: it may be a module itself, and have an entry of its own. One that has
 * none is what its module is.
 */
export function memberSeverity(policy: PolicyData, module: string, member: string): Severity {
  const full = `${module}.${member}`;
  if (Object.hasOwn(policy.restrictedModules, full)) return moduleSeverity(policy, full);
  return policy.modules !== "all" && policy.modules.includes(full) ? SEVERITY.SAFE : moduleSeverity(policy, module);
}

/**
 * The modules of a policy that lists them, with those it only warns of and without those it denies; "all" for one that
 * does not.
 */
export function importableModules(policy: PolicyData): readonly string[] | "all" {
  if (policy.modules === "all") return "all";
  const isOpen = (name: string): boolean => moduleSeverity(policy, name.replace(/\.\*$/, "")) < policy.threshold;
  const warned = Object.keys(policy.restrictedModules).flatMap((name) => [name, `${name}.*`]);
  return [...new Set([...policy.modules, ...warned])].filter(isOpen);
}

/** JSON with sorted keys and no white space: one text for one value. */
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
