/** Which of the values of a name may be there where the program uses it. */

import type { Binding, PythonNode } from "./node.js";
import { DELETED } from "./scope.js";
import { isSameFrame } from "./shadowing.js";

/** Most values of one name, and most nodes around a use, that are looked at. */
const MAX_BINDINGS = 20;
const MAX_PARENTS = 100;

const LOOPS: ReadonlySet<string> = new Set(["for_statement", "while_statement"]);

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
    if (isSureBefore(binding, use)) break;
  }
  return [...reaching, ...laterInLoop(bindings, next, use)];
}

/** The values that a loop around the use gives the name for its next round. */
function laterInLoop(bindings: readonly Binding[], next: number, use: PythonNode): readonly Binding[] {
  if (next >= bindings.length) return [];
  let end = 0;
  let steps = 0;
  for (let at = use.parent; at !== null && steps < MAX_PARENTS; at = at.parent, steps++) {
    if (at.type === "function_definition" || at.type === "class_definition") break;
    if (LOOPS.has(at.type)) ({ end } = at);
  }
  return bindings.slice(next, next + MAX_BINDINGS).filter(({ at }) => at < end);
}

/** The index of the first binding after a place. Bindings are in the order of the text. */
function firstAfter(bindings: readonly Binding[], place: number): number {
  let [low, high] = [0, bindings.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bindings[middle]?.at ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Does the binding run whenever the use runs, so that no earlier one counts? */
function isSureBefore({ value }: Binding, use: PythonNode): boolean {
  let at: PythonNode | null = value;
  for (let steps = 0; at !== null && at.type !== "block" && at.type !== "module"; at = at.parent)
    if (++steps > MAX_PARENTS) return false;
  return at !== null && at.start <= use.start && use.end <= at.end;
}
