/**
 * Follows the links between the parts of a JavaScript program: the expression that a name or a member stands for, the
 * values that a function gets and returns, the owner of `this`. It does not know the meaning of a name.
 */

import { Memo } from "../memo.js";
import { type CallSites, findCallSites, type Given } from "./call-sites.js";
import {
  type AnyNode,
  type Binding,
  type Bound,
  EACH,
  isClass,
  isFunction,
  nameOf,
  part,
  partsOf,
  plainMemberName,
  plainPropertyName,
  requiredPart,
  type Script,
  type Step,
  unwrap,
} from "./node.js";

const MAX_DEPTH = 150;
/** Most elements of a list that are followed. */
const MAX_PARTS = 20;
/** Most return statements of a function that are followed. */
const MAX_RETURNS = 8;

/** Methods that change the list that they are called on. */
const CHANGES = /^(reverse|push|unshift|pop|shift|splice|sort|fill|copyWithin)$/;
const NONE: readonly AnyNode[] = [];

/** The name of a property whose name is computed. */
export const COMPUTED = "\0computed";

export class Links {
  readonly #script: Script;
  readonly #literals = new Memo<AnyNode, AnyNode | null>({
    compute: (node) => this.#literal(node),
    unknown: null,
    maxDepth: MAX_DEPTH,
  });
  readonly #returns = new Map<AnyNode, readonly AnyNode[]>();
  readonly #properties = new Map<AnyNode, ReadonlyMap<string, AnyNode>>();
  /** Set at the first question about calls. */
  #sites: ReadonlyMap<AnyNode, CallSites> | null = null;
  /** Set at the first question about a name. */
  #changed: ReadonlySet<Bound> | null = null;

  constructor(script: Script) {
    this.#script = script;
  }

  boundTo(name: AnyNode): Bound | null {
    return this.#script.places.get(name)?.scope?.find(nameOf(name)) ?? null;
  }

  /**
   * The expression that this one stands for, through names with one value and members of object literals. Null if there
   * is none.
   */
  literal(outer: AnyNode): AnyNode | null {
    return this.#literals.of(unwrap(outer));
  }

  #literal(node: AnyNode): AnyNode | null {
    switch (node.type) {
      case "Identifier": {
        // Not copied: a name can have as many bindings as uses, and each use comes here.
        const bindings = this.boundTo(node)?.bindings ?? [];
        const binding = bindings[0];
        if (binding === undefined || binding.value === null || this.#isChanged(node)) return null;
        const isSole = bindings.every(({ value }) => value === binding.value);
        return isSole ? this.#follow(binding.value, binding.steps) : null;
      }
      case "MemberExpression": {
        const object = requiredPart(node, "object");
        const key = plainMemberName(node);
        return object.type === "Super" || key === null ? null : this.#follow(object, [key]);
      }
      case "AssignmentExpression":
        return node["operator"] === "=" ? this.literal(requiredPart(node, "right")) : null;
      case "AwaitExpression":
        return this.literal(requiredPart(node, "argument"));
      default:
        return node;
    }
  }

  /** Does a statement change the list of this name? Then the list differs from the literal that created it. */
  #isChanged(name: AnyNode): boolean {
    this.#changed ??= this.#findChanged();
    const bound = this.#changed.size === 0 ? null : this.boundTo(name);
    return bound !== null && this.#changed.has(bound);
  }

  #findChanged(): ReadonlySet<Bound> {
    const changed = new Set<Bound>();
    for (const { type, node } of this.#script.nodes) {
      const call = type === "ExpressionStatement" ? unwrap(requiredPart(node, "expression")) : null;
      const callee = call?.type === "CallExpression" ? unwrap(requiredPart(call, "callee")) : null;
      if (callee?.type !== "MemberExpression" || !CHANGES.test(plainMemberName(callee) ?? "")) continue;
      const object = unwrap(requiredPart(callee, "object"));
      const bound = object.type === "Identifier" ? this.boundTo(object) : null;
      if (bound !== null) changed.add(bound);
    }
    return changed;
  }

  #follow(value: AnyNode, steps: readonly Step[]): AnyNode | null {
    let at = this.literal(value);
    for (const step of steps) {
      const parts: readonly AnyNode[] = at === null ? NONE : this.parts(at, step);
      at = parts.length === 1 && parts[0] !== undefined ? this.literal(parts[0]) : null;
    }
    return at;
  }

  /** The expressions that a step leads to, from a list or object literal. */
  parts(value: AnyNode, step: Step): readonly AnyNode[] {
    const whole = this.literal(value);
    if (whole?.type === "ArrayExpression") return elementsAt(whole, step);
    if (whole?.type !== "ObjectExpression" || typeof step !== "string") return NONE;
    const inner = this.properties(whole).get(step);
    return inner === undefined ? NONE : [inner];
  }

  /** The values of an object literal by their names. Of several with one name, the last counts. */
  properties(object: AnyNode): ReadonlyMap<string, AnyNode> {
    const known = this.#properties.get(object);
    if (known !== undefined) return known;
    const found = new Map<string, AnyNode>();
    for (const one of partsOf(object, "properties")) {
      const value = one?.type === "Property" && one["kind"] === "init" ? part(one, "value") : null;
      if (one !== null && value !== null) found.set(plainPropertyName(one) ?? COMPUTED, value);
    }
    this.#properties.set(object, found);
    return found;
  }

  /** The expressions that a function may return. */
  returnsOf(fn: AnyNode): readonly AnyNode[] {
    const known = this.#returns.get(fn);
    if (known !== undefined) return known;
    const body = requiredPart(fn, "body");
    const found: AnyNode[] = [];
    this.#returns.set(fn, found);
    const place = this.#script.places.get(body);
    const open = body.type === "BlockStatement" && place !== undefined ? [...place.children] : [];
    if (body.type !== "BlockStatement") found.push(body);
    for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
      const argument = entry.type === "ReturnStatement" ? part(entry.node, "argument") : null;
      if (argument !== null && found.length < MAX_RETURNS) found.push(argument);
      if (!isFunction(entry.node) && !isClass(entry.node)) open.push(...entry.children);
    }
    return found;
  }

  /** The arguments that the calls of a function pass for one of its parameters. */
  givenFor({ parameter }: Binding): readonly Given[] {
    if (parameter === undefined) return [];
    const calls = this.#sitesOf(parameter.of)?.calls;
    return calls === undefined ? [] : calls.flatMap((call) => call[parameter.index] ?? []);
  }

  /** Does every known call pass this parameter? Then its default is not used. */
  isAlwaysGiven({ parameter }: Binding): boolean {
    const sites = parameter === undefined ? undefined : this.#sitesOf(parameter.of);
    return sites !== undefined && parameter !== undefined && parameter.index < sites.fewest;
  }

  /** The value of `this` at a node: the global object, a class, an object, or unknown. */
  thisOf(node: AnyNode): "global" | "class" | "object" | "unknown" {
    let below = this.#script.places.get(node);
    for (let at = below?.parent ?? null; at !== null; below = at, at = at.parent) {
      if (at.type === "StaticBlock") return "class";
      if (at.type === "PropertyDefinition" && below?.key === "value")
        return at.node["static"] === true ? "class" : "object";
      if (at.type !== "FunctionExpression" && at.type !== "FunctionDeclaration") continue;
      const owner = at.parent;
      if (owner?.type === "MethodDefinition") return owner.node["static"] === true ? "class" : "object";
      const sites = this.#sitesOf(at.node);
      if (sites?.isCalledPlainly === true && !sites.isConstructed) return "global";
      return owner?.type === "Property" && at.key === "value" ? "object" : "unknown";
    }
    return "global";
  }

  #sitesOf(fn: AnyNode): CallSites | undefined {
    this.#sites ??= findCallSites(this.#script, (node) => this.literal(node));
    return this.#sites.get(fn);
  }
}

/** The elements of a list that a step leads to. An index after a spread element is not known. */
function elementsAt(list: AnyNode, step: Step): readonly AnyNode[] {
  const elements = partsOf(list, "elements").slice(0, MAX_PARTS);
  const index = typeof step === "string" && /^\d+$/.test(step) ? Number(step) : step;
  if (step === EACH) return elements.filter(isPlainElement);
  if (typeof index !== "number") return NONE;
  return elements.slice(0, index + 1).some((one) => one?.type === "SpreadElement")
    ? NONE
    : [elements[index]].filter(isPlainElement);
}

function isPlainElement(element: AnyNode | null | undefined): element is AnyNode {
  return element != null && element.type !== "SpreadElement";
}
