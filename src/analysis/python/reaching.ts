/** Which of the values of a name may be there where the program uses it. */

import { firstAfter, type FlowKinds, isSureBefore, laterInLoop, MAX_BINDINGS } from "../binding-order.js";
import type { Binding, PythonNode } from "./node.js";
import { DELETED } from "./scope.js";
import { isSameFrame } from "./shadowing.js";

const FLOW: FlowKinds = {
  blocks: new Set(["block", "module"]),
  loops: new Set(["for_statement", "while_statement"]),
  frames: new Set(["function_definition", "class_definition"]),
  maxParents: 100,
};

/** The bindings of a name that may give it its value at a use. */
export function reachingBindings(use: PythonNode, name: string): readonly Binding[] {
  const found = use.scope?.find(name);
  if (found == null) return [];
  const { bindings, scope } = found;
  // A function runs at any time after its definition. A comprehension binds its names behind their uses.
  if (use.scope === undefined || scope.kind === "comprehension" || !isSameFrame(use.scope, scope))
    return bindings.slice(-MAX_BINDINGS);
  const reaching: Binding[] = [];
  const next = firstAfter(bindings, use.start);
  for (let at = next - 1; at >= 0 && reaching.length < MAX_BINDINGS; at--) {
    const binding = bindings[at];
    if (binding === undefined || binding.within === DELETED) continue;
    reaching.push(binding);
    if (isSureBefore(binding.value, use, FLOW)) break;
  }
  return [...reaching, ...laterInLoop(bindings, next, use, FLOW)];
}
