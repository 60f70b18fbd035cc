/** Which of the values of a name may be there where a JavaScript program uses it. */

import { firstAfter, type FlowKinds, isSureBefore, laterInLoop, MAX_BINDINGS } from "../binding-order.js";
import type { AnyNode, Binding, Bound, Script, ScriptNode } from "./node.js";
import { FUNCTIONS } from "./node.js";

const MAX_PARENTS = 200;

const FLOW: FlowKinds = {
  blocks: new Set(["Program", "BlockStatement", "StaticBlock", "SwitchCase"]),
  loops: new Set(["ForStatement", "ForOfStatement", "ForInStatement", "WhileStatement", "DoWhileStatement"]),
  frames: FUNCTIONS,
  maxParents: MAX_PARENTS,
};

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
    return [...found, ...laterInLoop(sorted, next, place, FLOW)];
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
    const isSet = value !== null && operator === "=" && kind !== "parameter";
    return isSureBefore(isSet ? (this.#script.places.get(value) ?? null) : null, use, FLOW);
  }
}

function functionAround(place: ScriptNode): AnyNode | null {
  let steps = 0;
  for (let at: ScriptNode | null = place; at !== null && steps < MAX_PARENTS; at = at.parent, steps++)
    if (FUNCTIONS.has(at.type)) return at.node;
  return null;
}
