/** Which of the values of a name may be there where a JavaScript program uses it. */

import type { AnyNode, Binding, Bound, Script, ScriptNode } from "./node.js";
import { FUNCTIONS } from "./node.js";

/** Most values of one name, and most nodes around a use, that are looked at. */
const MAX_BINDINGS = 20;
const MAX_PARENTS = 200;

const LOOPS: ReadonlySet<string> = new Set([
  "ForStatement",
  "ForOfStatement",
  "ForInStatement",
  "WhileStatement",
  "DoWhileStatement",
]);
const BLOCKS: ReadonlySet<string> = new Set(["Program", "BlockStatement", "StaticBlock", "SwitchCase"]);

export class Reaching {
  readonly #script: Script;
  /** The bindings in the order of the text. */
  readonly #sorted = new Map<Bound, readonly Binding[]>();

  constructor(script: Script) {
    this.#script = script;
  }

  /** The bindings of a name that may give it its value at a use. */
  bindings(use: AnyNode, bound: Bound): readonly Binding[] {
    const { bindings } = bound;
    const place = this.#script.places.get(use);
    if (bindings.length <= 1 || place === undefined) return bindings;
    const sorted = this.#inOrder(bound);
    const next = firstAfter(sorted, use.start);
    const frame = functionAround(place);
    const found: Binding[] = [];
    for (let at = next - 1; at >= 0 && found.length < MAX_BINDINGS; at--) {
      const binding = sorted[at];
      if (binding === undefined) continue;
      // A function runs at any time after its definition.
      if (!this.#isIn(binding, frame)) return sorted.slice(-MAX_BINDINGS);
      found.push(binding);
      if (this.#isSureBefore(binding, place)) break;
    }
    return [...found, ...laterInLoop(sorted, next, place)];
  }

  #inOrder(bound: Bound): readonly Binding[] {
    const known = this.#sorted.get(bound);
    if (known !== undefined) return known;
    const sorted = [...bound.bindings].sort((a, b) => a.at - b.at);
    this.#sorted.set(bound, sorted);
    return sorted;
  }

  #isIn({ value, parameter }: Binding, frame: AnyNode | null): boolean {
    if (parameter !== undefined) return parameter.of === frame;
    const place = value === null ? undefined : this.#script.places.get(value);
    return place === undefined || functionAround(place) === frame;
  }

  /** Does the binding run whenever the use runs, so that no earlier one counts? */
  #isSureBefore({ value, operator, kind }: Binding, use: ScriptNode): boolean {
    let at =
      value === null || operator !== "=" || kind === "parameter" ? null : (this.#script.places.get(value) ?? null);
    for (let steps = 0; at !== null && !BLOCKS.has(at.type); at = at.parent) if (++steps > MAX_PARENTS) return false;
    return at !== null && at.start <= use.start && use.end <= at.end;
  }
}

/** The values that a loop around the use gives the name for its next round. */
function laterInLoop(bindings: readonly Binding[], next: number, use: ScriptNode): readonly Binding[] {
  if (next >= bindings.length) return [];
  let end = 0;
  let steps = 0;
  for (let at = use.parent; at !== null && steps < MAX_PARENTS && !FUNCTIONS.has(at.type); at = at.parent, steps++)
    if (LOOPS.has(at.type)) ({ end } = at);
  return bindings.slice(next, next + MAX_BINDINGS).filter(({ at }) => at < end);
}

/** The index of the first binding after a place. */
function firstAfter(bindings: readonly Binding[], place: number): number {
  let [low, high] = [0, bindings.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bindings[middle]?.at ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function functionAround(place: ScriptNode): AnyNode | null {
  let steps = 0;
  for (let at: ScriptNode | null = place; at !== null && steps < MAX_PARENTS; at = at.parent, steps++)
    if (FUNCTIONS.has(at.type)) return at.node;
  return null;
}
