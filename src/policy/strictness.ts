/**
 * Compares two policies. A caller may choose only a policy that is at least as strict as an allowed one, so every
 * unclear case counts as looser.
 */

import { exemptModules, importableModules, moduleSeverity, type Policy, withheldModules } from "./policy.js";
import { RULE_IDS, type RuleId } from "../analysis/rule-catalogue.js";

/** Does `other` allow everything that `policy` allows, in the check and in the guest? */
export function isAtLeastAsStrict(policy: Policy, other: Policy): boolean {
  if (policy.hash === other.hash) return true;
  const denies = (one: Policy, rule: RuleId): boolean => one.severities[rule] >= one.threshold;
  if (RULE_IDS.some((rule) => denies(other, rule) && !denies(policy, rule))) return false;
  if (policy.builtins === "all" && other.builtins === "safe") return false;
  if (policy.reads && !other.reads && other.builtins === "safe") return false;
  return importsNoMore(policy, other) && matchesNoLess(policy, other);
}

function importsNoMore(policy: Policy, other: Policy): boolean {
  const imports = importableModules(policy);
  if (imports !== "all") {
    return imports.every(
      (name) =>
        moduleSeverity(other, name.replace(/\.\*$/, "")) < other.threshold &&
        (!name.endsWith(".*") || isWhole(other, name)),
    );
  }
  if (other.modules !== "all") return false;
  return (
    withheldModules(other).every((name) => moduleSeverity(policy, name) >= policy.threshold) &&
    // Modules that are open below a module that both withhold.
    exemptModules(policy).every((name) => moduleSeverity(other, name) < other.threshold)
  );
}

/** Does `other` allow all modules below `name`, which ends in `.*`? */
function isWhole(other: Policy, name: string): boolean {
  const prefix = name.slice(0, -1);
  if (withheldModules(other).some((module) => module.startsWith(prefix))) return false;
  return other.modules === "all" || other.modules.includes(name);
}

/** Does `policy` deny by every pattern by which `other` denies? */
function matchesNoLess(policy: Policy, other: Policy): boolean {
  return other.patterns
    .filter((pattern) => pattern.severity >= other.threshold)
    .every((pattern) =>
      policy.patterns.some(
        (one) => one.pattern === pattern.pattern && one.in === pattern.in && one.severity >= policy.threshold,
      ),
    );
}
