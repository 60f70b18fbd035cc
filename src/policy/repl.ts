/**
 * Opens more builtins for the interpreter of a session, if the operator allows it: those that a REPL needs. With them a
 * program reads and changes its own names and the files of its sandbox. It still imports only the modules that the
 * policy allows.
 */

import { definePolicy, type Policy } from "./policy.js";

const REPL_BUILTINS: readonly string[] = ["globals", "locals", "__import__", "open"];

/** Returns the policy with these builtins opened, under another name and hash. A policy with all builtins stays. */
export function replPolicy(policy: Policy): Policy {
  if (policy.builtins === "all") return policy;
  return definePolicy({ ...policy, name: `${policy.name}+repl`, opened: REPL_BUILTINS });
}
