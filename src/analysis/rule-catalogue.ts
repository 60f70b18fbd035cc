/**
 * All rules of all languages. Clients, the audit log and operators' settings refer to rules by id: never rename an id
 * and never use it again for another rule.
 */

import { type JavaRuleId, JAVA_RULES } from "./java/rules.js";
import { type JavaScriptRuleId, JAVASCRIPT_RULES } from "./javascript/rules.js";
import { type PythonRuleId, PYTHON_RULES } from "./python/rules.js";
import { ruledMembers } from "./python/targets.js";
import type { Rule } from "./rule.js";
import type { Language } from "../language.js";

export type RuleId = PythonRuleId | JavaScriptRuleId | JavaRuleId;

export const RULES: Readonly<Record<RuleId, Rule>> = { ...PYTHON_RULES, ...JAVASCRIPT_RULES, ...JAVA_RULES };

export const RULE_IDS: readonly RuleId[] = Object.keys(RULES) as RuleId[];

/** The members of Python's modules that a rule is about: full name and rule. */
export const RULED_MEMBERS: readonly (readonly [string, RuleId])[] = ruledMembers();

export function isRuleId(id: string): id is RuleId {
  return Object.hasOwn(RULES, id);
}

export function languageOf(rule: RuleId): Language {
  if (rule.startsWith("PY-")) return "python";
  return rule.startsWith("JS-") ? "javascript" : "java";
}
