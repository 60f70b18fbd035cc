/** Derives the part of a policy that the guest itself enforces. */

import { quote } from "../errors.js";
import { exemptModules, importableModules, type Policy, withheldModules } from "../policy/policy.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { GuestPolicy } from "../sandbox/engine.js";

/**
 * Returns the guest policy for programs under `policy`. Its hint names the other policies that a caller may choose.
 *
 * @param policies The policies of the server.
 */
export function deriveGuestPolicy(policy: Policy, policies: PolicySet): GuestPolicy {
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
    reads: policy.reads,
    ...(policy.opened === undefined ? {} : { opened: policy.opened }),
    hint: `the policy ${quote(policy.name)} does not allow it, and ${instead}`,
  };
}
