/**
 * All rules of all languages. Clients, the audit log and operators' settings refer to rules by id: never rename an id
 * and never use it again for another rule.
 */

import { type JavaRuleId, JAVA_RULES } from "./java/rules.js";
import { type JavaScriptRuleId, JAVASCRIPT_RULES } from "./javascript/rules.js";
import { type PythonRuleId, PYTHON_RULES } from "./python/rules.js";
import { guestNamesOf, ruledMembers } from "./python/targets.js";
import type { Rule } from "./rule.js";
import type { Language } from "../language.js";

export type RuleId = PythonRuleId | JavaScriptRuleId | JavaRuleId;

export const RULES: Readonly<Record<RuleId, Rule>> = { ...PYTHON_RULES, ...JAVASCRIPT_RULES, ...JAVA_RULES };

export const RULE_IDS: readonly RuleId[] = Object.keys(RULES) as RuleId[];

/** The members of Python's modules that a rule is about: full name and rule. */
export const RULED_MEMBERS: readonly (readonly [string, RuleId])[] = ruledMembers();

/**
 * Rules about functions that run commands, start processes or make code, with their names. A guest withholds these if
 * the rule denies. Each call asks, so the names are found once.
 */
const WITHHOLDING: readonly (readonly [PythonRuleId, readonly string[]])[] = (
  ["PY-EXEC-001", "PY-EXEC-002", "PY-DYN-001", "PY-DYN-002", "PY-PROC-002", "PY-PROC-003"] as const
).map((rule) => [rule, guestNamesOf(rule)]);

/** The builtins and members of `os`, by full name, that a guest withholds under a policy that denies these rules. */
export function namesWithheld(isDenied: (rule: RuleId) => boolean): readonly string[] {
  return WITHHOLDING.filter(([rule]) => isDenied(rule))
    .flatMap(([, names]) => names)
    .sort();
}

export function isRuleId(id: string): id is RuleId {
  return Object.hasOwn(RULES, id);
}

export function languageOf(rule: RuleId): Language {
  if (rule.startsWith("PY-")) return "python";
  if (rule.startsWith("TS-")) return "typescript";
  return rule.startsWith("JS-") ? "javascript" : "java";
}
