/** Derives the part of a policy that the guest itself enforces. */

import { RULED_MEMBERS } from "../analysis/rule-catalogue.js";
import { quote } from "../errors.js";
import { exemptModules, importableModules, type Policy, withheldModules, withheldNames } from "../policy/policy.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { GuestPolicy } from "../sandbox/engine.js";

/** Made once for each policy, because each call needs it and the tables have hundreds of names. */
const derived = new WeakMap<PolicySet, WeakMap<Policy, GuestPolicy>>();

/**
 * Returns the guest policy for programs under `policy`. Its hint names the other policies that a caller may choose.
 *
 * @param policies The policies of the server.
 */
export function deriveGuestPolicy(policy: Policy, policies: PolicySet): GuestPolicy {
  const ofSet = derived.get(policies) ?? new WeakMap<Policy, GuestPolicy>();
  derived.set(policies, ofSet);
  const known = ofSet.get(policy) ?? makeGuestPolicy(policy, policies);
  ofSet.set(policy, known);
  return known;
}

function makeGuestPolicy(policy: Policy, policies: PolicySet): GuestPolicy {
  const others = policies
    .listOthers(policy)
    .filter(({ isAllowed }) => isAllowed)
    .map((entry) => quote(entry.policy.name));
  const instead =
    others.length === 0
      ? "no other policy of this server may be chosen"
      : `the other policies that may be chosen are ${others.join(", ")}`;
  return {
    builtins: policy.builtins,
    modules: importableModules(policy),
    withheld: withheldModules(policy),
    exempt: exemptModules(policy),
    ...(policy.builtins === "safe" && policy.modules !== "all"
      ? { denied: deniedMembers(policy, policy.modules) }
      : {}),
    names: policy.builtins === "all" ? withheldNames(policy) : [],
    reads: policy.reads,
    writes: policy.severities["PY-FILE-002"] < policy.threshold,
    ...(policy.opened === undefined ? {} : { opened: policy.opened }),
    ...(policy.workspace === true ? { workspace: true } : {}),
    ...(policy.severities["JS-DYN-001"] < policy.threshold ? {} : { strings: false }),
    hint: `the policy ${quote(policy.name)} does not allow it, and ${instead}`,
  };
}

/**
 * The members that a rule denies. A name that is made at run time is not seen by the check, so the guest leaves them
 * out of the modules that a program gets.
 */
function deniedMembers(policy: Policy, modules: readonly string[]): string[] {
  const listed = new Set(modules);
  return RULED_MEMBERS.filter(
    ([full, rule]) => listed.has(full.slice(0, full.lastIndexOf("."))) && policy.severities[rule] >= policy.threshold,
  ).map(([full]) => full);
}
