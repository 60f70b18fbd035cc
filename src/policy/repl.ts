/**
 * What a session interpreter has besides, where the operator allows it: document 003's `get_safe_builtins_for_repl()`,
 * which is the safe builtins and these. They see and change the program's own names and its own sandbox's files, and
 * import what the policy lets be imported.
 */

import { definePolicy, type Policy } from "./policy.js";

const REPL_BUILTINS: readonly string[] = ["globals", "locals", "__import__", "open"];

/**
 * The policy with these builtins opened, under a name and a hash of its own; one that withholds none is returned as it
 * is.
 */
export function replPolicy(policy: Policy): Policy {
  if (policy.builtins === "all") return policy;
  return definePolicy({ ...policy, name: `${policy.name}+repl`, opened: REPL_BUILTINS });
}
