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
  // The rules decide which builtins a program has, unless a policy opens some beside them.
  const opensMore = policy.opened?.some((name) => other.opened?.includes(name) !== true) === true;
  if (opensMore && other.builtins === "safe") return false;
  if (policy.workspace === true && other.workspace !== true) return false;
  return importsNoMore(policy, other) && matchesNoLess(policy, other);
}

/** Does `other` allow the import of every module that `policy` allows? */
export function importsNoMore(policy: Policy, other: Policy): boolean {
  const imports = importableModules(policy);
  if (imports !== "all") {
    return imports.every((name) => (name.endsWith(".*") ? isWhole(other, name) : isOpen(other, name)));
  }
  if (other.modules !== "all") return false;
  return (
    withheldModules(other).every((name) => !isOpen(policy, name)) &&
    // Modules that are open below a module that both withhold.
    exemptModules(policy).every((name) => isOpen(other, name))
  );
}

function isOpen(policy: Policy, module: string): boolean {
  return moduleSeverity(policy, module) < policy.threshold;
}

/** Does `other` allow a package with all modules below it? `name` ends in `.*`. */
function isWhole(other: Policy, name: string): boolean {
  if (!isOpen(other, name.slice(0, -2))) return false;
  const prefix = name.slice(0, -1);
  if (withheldModules(other).some((module) => module.startsWith(prefix))) return false;
  return other.modules === "all" || other.modules.includes(name);
}

/** Does `policy` deny by every pattern by which `other` denies? */
export function matchesNoLess(policy: Policy, other: Policy): boolean {
  return other.patterns
    .filter((pattern) => pattern.severity >= other.threshold)
    .every((pattern) =>
      policy.patterns.some(
        (one) => one.pattern === pattern.pattern && one.in === pattern.in && one.severity >= policy.threshold,
      ),
    );
}
