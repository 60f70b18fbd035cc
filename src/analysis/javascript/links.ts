/**
 * How the parts of a JavaScript program hang together: which expression a name or a member stands for, where a function
 * is called and what it returns, what `this` is. Says nothing of what things mean.
 */

import type { AnyNode, Script } from "./parser.js";
import { isClass, isFunction, nameOf, part, partsOf, plainKey, unwrap } from "./node.js";
import { type Binding, type Bound, EACH, type Step } from "./scope.js";

const MAX_DEPTH = 150;
/** Elements of a list that are looked at, and calls of one function. */
const MAX_PARTS = 20;
const MAX_SITES = 8;

/** What is given for a parameter: an expression, and the steps from its value. */
export interface Given {
  readonly value: AnyNode;
  readonly steps: readonly Step[];
}

interface Sites {
  /** For each call, what it gives for each parameter. */
  readonly calls: (readonly (Given | null)[])[];
  isCalledPlainly: boolean;
  isConstructed: boolean;
}

/** Methods that hand a function what their object holds. */
const HANDS_ITEMS = /^(map|forEach|filter|find|findLast|findIndex|some|every|flatMap)$/;
/** Methods that change the list they are called on. */
const CHANGES = /^(reverse|push|unshift|pop|shift|splice|sort|fill|copyWithin)$/;
const NONE: readonly AnyNode[] = [];

export class Links {
  readonly #script: Script;
  readonly #literals = new Map<AnyNode, AnyNode | null>();
  readonly #returns = new Map<AnyNode, readonly AnyNode[]>();
  #sites: Map<AnyNode, Sites> | null = null;
  #changed: Set<Bound> | null = null;
  #depth = 0;

  constructor(script: Script) {
    this.#script = script;
  }

  boundTo(name: AnyNode): Bound | null {
    return this.#script.places.get(name)?.scope?.find(nameOf(name)) ?? null;
  }

  /**
   * The expression that this one stands for, through names that are bound once and members that are written out; null
   * if there is none.
   */
  literal(outer: AnyNode): AnyNode | null {
    const node = unwrap(outer);
    const known = this.#literals.get(node);
    if (known !== undefined) return known;
    if (this.#depth >= MAX_DEPTH) return null;
    this.#depth++;
    // What stands for itself stands for nothing.
    this.#literals.set(node, null);
    const found = this.#literal(node);
    this.#depth--;
    this.#literals.set(node, found);
    return found;
  }

  #literal(node: AnyNode): AnyNode | null {
    switch (node.type) {
      case "Identifier": {
        const [binding, ...others] = this.boundTo(node)?.bindings ?? [];
        if (
          binding === undefined ||
          binding.value === null ||
          this.#isChanged(node) ||
          others.some(({ value }) => value !== binding.value)
        )
          return null;
        return this.#follow(binding.value, binding.steps);
      }
      case "MemberExpression": {
        const object = part(node, "object") as AnyNode;
        const property = part(node, "property") as AnyNode;
        const key = plainKey(property, node["computed"]);
        return object.type === "Super" || key === null ? null : this.#follow(object, [key]);
      }
      case "AssignmentExpression":
        return node["operator"] === "=" ? this.literal(part(node, "right") as AnyNode) : null;
      case "AwaitExpression":
        return this.literal(part(node, "argument") as AnyNode);
      default:
        return node;
    }
  }

  /**
   * Is a list of this name changed in its place, by a statement? What is written where it is made is then no longer so.
   */
  #isChanged(name: AnyNode): boolean {
    if (this.#changed === null) {
      this.#changed = new Set();
      for (const { type, node } of this.#script.nodes) {
        const call = type === "ExpressionStatement" ? unwrap(part(node, "expression") as AnyNode) : null;
        const callee = call?.type === "CallExpression" ? unwrap(part(call, "callee") as AnyNode) : null;
        if (
          callee?.type !== "MemberExpression" ||
          !CHANGES.test(plainKey(part(callee, "property") as AnyNode, callee["computed"]) ?? "")
        )
          continue;
        const object = unwrap(part(callee, "object") as AnyNode);
        const bound = object.type === "Identifier" ? this.boundTo(object) : null;
        if (bound !== null) this.#changed.add(bound);
      }
    }
    const bound = this.#changed.size === 0 ? null : this.boundTo(name);
    return bound !== null && this.#changed.has(bound);
  }

  #follow(value: AnyNode, steps: readonly Step[]): AnyNode | null {
    let at = this.literal(value);
    for (const step of steps) {
      const parts: readonly AnyNode[] = at === null ? NONE : this.parts(at, step);
      at = parts.length === 1 && parts[0] !== undefined ? this.literal(parts[0]) : null;
    }
    return at;
  }

  /** The expressions that a step from a list or object leads to, if it is written out. */
  parts(value: AnyNode, step: Step): readonly AnyNode[] {
    const whole = this.literal(value);
    if (whole?.type === "ArrayExpression") {
      const elements = partsOf(whole, "elements").slice(0, MAX_PARTS);
      const index = typeof step === "string" && /^\d+$/.test(step) ? Number(step) : step;
      const taken =
        step === EACH
          ? elements
          : typeof index === "number" && !elements.slice(0, index + 1).some((one) => one?.type === "SpreadElement")
            ? [elements[index]]
            : [];
      return taken.filter((one) => one != null && one.type !== "SpreadElement") as AnyNode[];
    }
    if (whole?.type !== "ObjectExpression" || typeof step !== "string") return NONE;
    const found = partsOf(whole, "properties").findLast(
      (property) =>
        property?.type === "Property" &&
        property["kind"] === "init" &&
        plainKey(part(property, "key") as AnyNode, property["computed"]) === step,
    );
    const inner = found == null ? null : part(found, "value");
    return inner === null ? NONE : [inner];
  }

  /** What a function may return, as expressions. */
  returnsOf(fn: AnyNode): readonly AnyNode[] {
    const known = this.#returns.get(fn);
    if (known !== undefined) return known;
    const body = part(fn, "body") as AnyNode;
    const found: AnyNode[] = [];
    this.#returns.set(fn, found);
    const place = this.#script.places.get(body);
    const open = body.type === "BlockStatement" && place !== undefined ? [...place.children] : [];
    if (body.type !== "BlockStatement") found.push(body);
    for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
      const argument = entry.type === "ReturnStatement" ? part(entry.node, "argument") : null;
      if (argument !== null && found.length < MAX_SITES) found.push(argument);
      if (!isFunction(entry.node) && !isClass(entry.node)) open.push(...entry.children);
    }
    return found;
  }

  /** What the calls of its function give for a parameter. */
  givenFor({ parameter }: Binding): readonly Given[] {
    if (parameter === undefined) return [];
    const calls = this.#sitesOf(parameter.of)?.calls;
    return calls === undefined ? [] : calls.flatMap((call) => call[parameter.index] ?? []);
  }

  /** Whose `this` a node has: the script, a class, an instance or object, or what cannot be told. */
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

  #sitesOf(fn: AnyNode): Sites | undefined {
    if (this.#sites === null) {
      this.#sites = new Map();
      for (const { type, node } of this.#script.nodes) {
        if (type === "CallExpression" || type === "NewExpression") this.#site(this.#sites, node);
      }
    }
    return this.#sites.get(fn);
  }

  #site(sites: Map<AnyNode, Sites>, call: AnyNode): void {
    const callee = unwrap(part(call, "callee") as AnyNode);
    const given = partsOf(call, "arguments").map((argument): Given | null =>
      argument === null || argument.type === "SpreadElement" ? null : { value: argument, steps: [] },
    );
    const isNew = call.type === "NewExpression";
    const object = callee.type === "MemberExpression" ? (part(callee, "object") as AnyNode) : null;
    const method = object === null ? null : plainKey(part(callee, "property") as AnyNode, callee["computed"]);
    const own =
      isNew || object?.type === "Super"
        ? null
        : method === "call" || method === "apply" || method === "bind"
          ? object
          : null;
    const target = own ?? callee;
    const fn = target.type === "Super" || target.type === "Import" ? null : this.literal(target);
    if (fn !== null && isFunction(fn)) {
      const list =
        own !== null && method === "apply"
          ? partsOf((given[1] && this.literal(given[1].value)) ?? callee, "elements").map(
              (value) => value && { value, steps: [] },
            )
          : given.slice(own === null ? 0 : 1);
      // `(0, o.f)()` is no call of a method of o.
      const isMethod = object !== null && callee === bare(part(call, "callee") as AnyNode);
      note(sites, fn, list, { isNew, isPlain: own === null ? !isMethod : isNothing(given[0]?.value) });
    }
    for (const argument of given) if (argument !== null) this.#callback(sites, argument.value, given, object, method);
  }

  /**
   * A function that is an argument is called with nothing as `this`, and by some methods with what their object holds.
   */
  #callback(
    sites: Map<AnyNode, Sites>,
    argument: AnyNode,
    given: readonly (Given | null)[],
    object: AnyNode | null,
    method: string | null,
  ): void {
    const fn = this.literal(argument);
    if (fn === null || !isFunction(fn)) return;
    const item: Given | null = object === null || object.type === "Super" ? null : { value: object, steps: [EACH] };
    const isInline = unwrap(argument) === fn;
    const handed =
      method === null
        ? []
        : method === "then" && item !== null
          ? [{ ...item, steps: [] }]
          : HANDS_ITEMS.test(method)
            ? [item]
            : /^reduce/.test(method)
              ? [given[1] ?? item, item]
              : [];
    if (isInline || handed.length > 0)
      note(sites, fn, handed, { isNew: false, isPlain: isInline && method !== "bind" });
  }
}

function bare(node: AnyNode): AnyNode {
  let inner = node;
  while (inner.type === "ParenthesizedExpression" || inner.type === "ChainExpression")
    inner = part(inner, "expression") as AnyNode;
  return inner;
}

function note(
  sites: Map<AnyNode, Sites>,
  fn: AnyNode,
  given: readonly (Given | null)[],
  { isNew, isPlain }: { readonly isNew: boolean; readonly isPlain: boolean },
): void {
  const known = sites.get(fn) ?? { calls: [], isCalledPlainly: false, isConstructed: false };
  if (known.calls.length < MAX_SITES) known.calls.push(given);
  if (isNew) known.isConstructed = true;
  else if (isPlain) known.isCalledPlainly = true;
  sites.set(fn, known);
}

/** Is it what a sloppy function makes the global object of, when it is called with that as `this`? */
function isNothing(node: AnyNode | undefined): boolean {
  if (node === undefined) return true;
  const inner = unwrap(node);
  return (
    inner.type === "ThisExpression" ||
    (inner.type === "Literal" && inner["value"] === null) ||
    (inner.type === "Identifier" && /^(undefined|globalThis|window|self)$/.test(nameOf(inner)))
  );
}
