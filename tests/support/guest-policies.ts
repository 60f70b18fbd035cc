/** Guest policies for tests that give a guest its policy themselves. */

import type { GuestPolicy } from "../../src/sandbox/engine.js";

/** The end of the message with which a guest refuses a module. */
export const HINT = "the policy does not allow it";

/** Safe builtins and the listed modules. */
export function safeBuiltins(modules: readonly string[], reads = false): GuestPolicy {
  return { builtins: "safe", modules, withheld: [], reads, hint: HINT };
}

/** All builtins, and all modules except the withheld ones. Without arguments it restricts nothing. */
export function allBuiltins(withheld: readonly string[] = [], reads = true): GuestPolicy {
  return { builtins: "all", modules: "all", withheld, reads, workspace: true, hint: HINT };
}
