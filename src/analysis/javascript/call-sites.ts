/**
 * Finds the calls of each function of a JavaScript program: the arguments that they pass, and the `this` of the call.
 */

import {
  type AnyNode,
  EACH,
  isClass,
  isFunction,
  nameOf,
  partsOf,
  plainMemberName,
  requiredPart,
  type Script,
  type Step,
  unwrap,
  unwrapParentheses,
} from "./node.js";

/** Most calls of one function that are recorded. */
const MAX_CALLS = 8;

/** The value of an argument: an expression, and the steps from its value. */
export interface Given {
  readonly value: AnyNode;
  readonly steps: readonly Step[];
}

/** The calls of one function. */
export interface CallSites {
  /** For each call, the argument for each parameter. Null for an argument that is not known. */
  readonly calls: (readonly (Given | null)[])[];
  /** Every call passes this many known arguments. */
  fewest: number;
  /** Some call passes no object as `this`, so `this` is the global object. */
  isCalledPlainly: boolean;
  isConstructed: boolean;
}

/** Methods that call a function with the elements of their object. */
const HANDS_ITEMS = /^(map|forEach|filter|find|findLast|findIndex|some|every|flatMap)$/;
/** Methods of functions that call the function that they belong to. */
const CALLS_FUNCTION = /^(call|apply|bind)$/;

interface CallKind {
  readonly isNew: boolean;
  readonly isPlain: boolean;
}

/** A call, with its callee in parts if the callee is a member. */
interface Call {
  readonly node: AnyNode;
  readonly given: readonly (Given | null)[];
  readonly object: AnyNode | null;
  readonly method: string | null;
}

/**
 * Finds the calls of all functions of a program.
 *
 * @param literal Finds the expression that another one stands for.
 */
export function findCallSites(
  { nodes }: Script,
  literal: (node: AnyNode) => AnyNode | null,
): ReadonlyMap<AnyNode, CallSites> {
  const finder = new CallSiteFinder(literal);
  for (const { type, node } of nodes) if (type === "CallExpression" || type === "NewExpression") finder.visit(node);
  return finder.sites;
}

class CallSiteFinder {
  readonly sites = new Map<AnyNode, CallSites>();
  readonly #literal: (node: AnyNode) => AnyNode | null;

  constructor(literal: (node: AnyNode) => AnyNode | null) {
    this.#literal = literal;
  }

  visit(node: AnyNode): void {
    const callee = unwrap(requiredPart(node, "callee"));
    const isMember = callee.type === "MemberExpression";
    const call: Call = {
      node,
      given: partsOf(node, "arguments").map(givenFor),
      object: isMember ? requiredPart(callee, "object") : null,
      method: isMember ? plainMemberName(callee) : null,
    };
    this.#recordCall(call, callee);
    for (const argument of call.given) if (argument !== null) this.#recordCallback(argument.value, call);
  }

  #recordCall({ node, given, object, method }: Call, callee: AnyNode): void {
    const isNew = node.type === "NewExpression";
    const isIndirect = !isNew && object?.type !== "Super" && method !== null && CALLS_FUNCTION.test(method);
    const target = isIndirect && object !== null ? object : callee;
    const found = target.type === "Super" || target.type === "Import" ? null : this.#literal(target);
    const fn = found !== null && isClass(found) ? constructorOf(found) : found;
    if (fn === null || !isFunction(fn)) return;
    if (isIndirect) {
      const passed = method === "apply" ? this.#elementsOf(given[1]) : given.slice(1);
      return this.#record(fn, passed, { isNew, isPlain: isGlobalThis(given[0]?.value) });
    }
    // `(0, o.f)()` is not a call of a method of o.
    const isMethod = object !== null && callee === unwrapParentheses(requiredPart(node, "callee"));
    this.#record(fn, given, { isNew, isPlain: !isMethod });
  }

  /** The elements of a list that is passed to `apply`. */
  #elementsOf(list: Given | null | undefined): readonly (Given | null)[] {
    const literal = list == null ? null : this.#literal(list.value);
    return literal === null ? [] : partsOf(literal, "elements").map((value) => value && { value, steps: [] });
  }

  /**
   * A function that is an argument is called without `this`. Some methods call it with the elements of their object.
   */
  #recordCallback(argument: AnyNode, call: Call): void {
    const fn = this.#literal(argument);
    if (fn === null || !isFunction(fn)) return;
    const isInline = unwrap(argument) === fn;
    const handed = itemsFor(call);
    if (isInline || handed.length > 0)
      this.#record(fn, handed, { isNew: false, isPlain: isInline && call.method !== "bind" });
  }

  #record(fn: AnyNode, given: readonly (Given | null)[], { isNew, isPlain }: CallKind): void {
    const known = this.sites.get(fn) ?? {
      calls: [],
      fewest: Number.POSITIVE_INFINITY,
      isCalledPlainly: false,
      isConstructed: false,
    };
    const unknown = given.indexOf(null);
    known.fewest = Math.min(known.fewest, unknown === -1 ? given.length : unknown);
    if (known.calls.length < MAX_CALLS) known.calls.push(given);
    if (isNew) known.isConstructed = true;
    else if (isPlain) known.isCalledPlainly = true;
    this.sites.set(fn, known);
  }
}

/** The function that runs when the program makes an object of a class. */
function constructorOf(owner: AnyNode): AnyNode | null {
  const method = partsOf(requiredPart(owner, "body"), "body").find((one) => one?.["kind"] === "constructor");
  return method == null ? null : requiredPart(method, "value");
}

function givenFor(argument: AnyNode | null): Given | null {
  return argument === null || argument.type === "SpreadElement" ? null : { value: argument, steps: [] };
}

/** The arguments that a method passes to its callback, as far as they come from the object of the method. */
function itemsFor({ object, method, given }: Call): readonly (Given | null)[] {
  if (method === null) return [];
  const item: Given | null = object === null || object.type === "Super" ? null : { value: object, steps: [EACH] };
  if (method === "then" && item !== null) return [{ ...item, steps: [] }];
  if (HANDS_ITEMS.test(method)) return [item];
  return method.startsWith("reduce") ? [given[1] ?? item, item] : [];
}

/** Does a sloppy function that is called with this value as `this` get the global object? */
function isGlobalThis(node: AnyNode | undefined): boolean {
  if (node === undefined) return true;
  const inner = unwrap(node);
  return (
    inner.type === "ThisExpression" ||
    (inner.type === "Literal" && inner["value"] === null) ||
    (inner.type === "Identifier" && /^(undefined|globalThis|window|self)$/.test(nameOf(inner)))
  );
}
