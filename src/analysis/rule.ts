/**
 * The catalogue of what an analysis can object to. Clients, the audit log and operators' settings key on the ids: never
 * reuse or rename one.
 *
 * A rule's severity is the one it has unless a policy gives it another.
 */

import { type JavaRuleId, JAVA_RULES } from "./java/rules.js";
import { type JavaScriptRuleId, JAVASCRIPT_RULES } from "./javascript/rules.js";
import { type PythonRuleId, PYTHON_RULES } from "./python/rules.js";
import type { Language } from "../language.js";
import type { Severity } from "./severity.js";
import { parseWords } from "./word-list.js";

export type Category =
  | "modules"
  | "command execution"
  | "dynamic code"
  | "file read"
  | "file write"
  | "file deletion"
  | "network"
  | "system information"
  | "environment"
  | "introspection and escape"
  | "deserialisation"
  | "native code"
  | "process control"
  | "resource abuse"
  | "host objects"
  | "syntax";

export interface Rule {
  readonly category: Category;
  readonly severity: Severity;
  /** Ends the sentence `Cannot <action>: ...`. */
  readonly message: string;
  /** What to write instead. A finding that knows better replaces it. */
  readonly suggestion: string;
}

export type RuleId = PythonRuleId | JavaScriptRuleId | JavaRuleId;

export const RULES: Readonly<Record<RuleId, Rule>> = { ...PYTHON_RULES, ...JAVASCRIPT_RULES, ...JAVA_RULES };

export const RULE_IDS: readonly RuleId[] = Object.keys(RULES) as RuleId[];

/** The names of a table that lists them by rule, each with its rule. */
export function namesByRule<Id extends RuleId>(table: Readonly<Partial<Record<Id, string>>>): [string, Id][] {
  return (Object.entries(table) as [Id, string][]).flatMap(([rule, names]) =>
    parseWords(names).map((name): [string, Id] => [name, rule]),
  );
}

export function isRuleId(id: string): id is RuleId {
  return Object.hasOwn(RULES, id);
}

export function languageOf(rule: RuleId): Language {
  if (rule.startsWith("PY-")) return "python";
  return rule.startsWith("JS-") ? "javascript" : "java";
}
