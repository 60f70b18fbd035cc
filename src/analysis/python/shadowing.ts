/** Decides whether a name is the program's own or a builtin of Python. */

import type { PythonNode, PythonScope } from "./node.js";
import { DELETED } from "./scope.js";
import { RULED_BUILTINS } from "./targets.js";

/**
 * Is this name the program's own here, and not the builtin? If a rule is about the builtin, the binding must come first
 * and must be sure to have run.
 */
export function isShadowed(node: PythonNode, name: string): boolean {
  const found = node.scope?.find(name);
  if (found == null) return false;
  if (found.scope.kind === "function" || found.scope.kind === "comprehension") return true;
  if (!RULED_BUILTINS.has(name)) return true;
  const isHere = isSameFrame(node.scope, found.scope);
  if (found.bindings.some(({ within, at }) => within === DELETED && (!isHere || at <= node.start))) return false;
  return found.bindings.some(
    ({ within, at }) =>
      within !== DELETED &&
      (within === null || (node.start >= within.start && node.start < within.end)) &&
      (!isHere || at < node.start),
  );
}

/** Does the code of `scope` run among the statements of `frame`, in their order? */
export function isSameFrame(scope: PythonScope | undefined, frame: PythonScope): boolean {
  let at: PythonScope | null = scope ?? null;
  while (at !== null && at !== frame && at.kind === "comprehension") at = at.parent;
  return at === frame;
}
