/** The fields of the classes of a JavaScript program, and the elements that it puts into its lists. */

import type { Links } from "./links.js";
import {
  type AnyNode,
  type Bound,
  isClass,
  part,
  partsOf,
  plainMemberName,
  plainPropertyName,
  requiredPart,
  type Script,
  type ScriptNode,
  unwrap,
} from "./node.js";

const MAX_PARENTS = 200;
/** Most values of one field or list. */
const MAX_VALUES = 200;

export class OwnFields {
  readonly #script: Script;
  /** By class and the name of the field. Set at the first question. */
  #fields: ReadonlyMap<AnyNode, ReadonlyMap<string, AnyNode[]>> | null = null;
  #pushed: ReadonlyMap<Bound, AnyNode[]> | null = null;

  constructor(script: Script) {
    this.#script = script;
  }

  /** The values that a class gives to `this.name`. */
  valuesOf(object: AnyNode, name: string): readonly AnyNode[] {
    if (object.type !== "ThisExpression") return [];
    this.#fields ??= this.#findFields();
    const owner = this.#classAround(this.#script.places.get(object));
    return (owner === null ? undefined : this.#fields.get(owner)?.get(name)) ?? [];
  }

  /** What `push` and the like put into the list of a name. */
  pushed(bound: Bound, links: Links): readonly AnyNode[] {
    this.#pushed ??= this.#findPushed(links);
    return this.#pushed.get(bound) ?? [];
  }

  #findFields(): ReadonlyMap<AnyNode, ReadonlyMap<string, AnyNode[]>> {
    const found = new Map<AnyNode, Map<string, AnyNode[]>>();
    for (const entry of this.#script.nodes) {
      const field = fieldOf(entry.node);
      const owner = field === null ? null : this.#classAround(entry);
      if (field === null || owner === null) continue;
      const known = found.get(owner) ?? new Map<string, AnyNode[]>();
      push(known, field.name, field.value);
      found.set(owner, known);
    }
    return found;
  }

  #findPushed(links: Links): ReadonlyMap<Bound, AnyNode[]> {
    const found = new Map<Bound, AnyNode[]>();
    for (const { type, node } of this.#script.nodes) {
      const callee = type === "CallExpression" ? unwrap(requiredPart(node, "callee")) : null;
      if (callee?.type !== "MemberExpression" || !/^(?:push|unshift|add)$/.test(plainMemberName(callee) ?? ""))
        continue;
      const object = unwrap(requiredPart(callee, "object"));
      const bound = object.type === "Identifier" ? links.boundTo(object) : null;
      if (bound === null) continue;
      for (const value of partsOf(node, "arguments"))
        if (value !== null && value.type !== "SpreadElement") push(found, bound, value);
    }
    return found;
  }

  #classAround(start: ScriptNode | undefined): AnyNode | null {
    let steps = 0;
    for (let at = start?.parent ?? null; at !== null && steps < MAX_PARENTS; at = at.parent, steps++)
      if (isClass(at.node)) return at.node;
    return null;
  }
}

/** A field that this node gives a value: `name = value` in a class, `this.name = value`. */
function fieldOf(node: AnyNode): { readonly name: string; readonly value: AnyNode } | null {
  if (node.type === "PropertyDefinition") {
    const [name, value] = [plainPropertyName(node), part(node, "value")];
    return name === null || value === null ? null : { name, value };
  }
  if (node.type !== "AssignmentExpression" || node["operator"] !== "=") return null;
  const target = requiredPart(node, "left");
  if (target.type !== "MemberExpression" || requiredPart(target, "object").type !== "ThisExpression") return null;
  const name = plainMemberName(target);
  return name === null ? null : { name, value: requiredPart(node, "right") };
}

function push<Key>(map: Map<Key, AnyNode[]>, key: Key, value: AnyNode): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else if (known.length < MAX_VALUES) known.push(value);
}
