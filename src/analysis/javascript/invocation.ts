/** Reduces an indirect call to a direct one: `f.call(x, 1)` and `Reflect.apply(f, x, [1])` become `f(1)`. */

import type { Links } from "./links.js";
import { PROTOTYPE } from "./members.js";
import { type AnyNode, part, partsOf, requiredPart, unwrap } from "./node.js";

/** Most indirect calls around each other that are followed. */
const MAX_ROUNDS = 5;
const NONE: readonly string[] = [];

export interface Invocation {
  readonly callee: AnyNode;
  /** Full names of the values that the callee may have. */
  readonly names: readonly string[];
  readonly given: readonly AnyNode[];
  readonly receiver: AnyNode | null;
  readonly isNew: boolean;
}

/**
 * Finds the values of expressions. JavaScriptValues implements it; the files that it imports know it by this interface.
 */
export interface ExpressionValues {
  readonly links: Links;
  /** Full names of the values that an expression may have. */
  of(node: AnyNode): readonly string[];
  /** The names of the member that a member expression may read. */
  namesOfMember(node: AnyNode): readonly string[];
}

type DirectCall = Omit<Invocation, "names">;

export function readInvocation(node: AnyNode, values: ExpressionValues): Invocation {
  const callee = unwrap(part(node, "callee") ?? requiredPart(node, "tag"));
  let call: DirectCall = {
    callee,
    given: spreadArguments(partsOf(node, "arguments"), values.links),
    receiver: callee.type === "MemberExpression" ? requiredPart(callee, "object") : null,
    isNew: node.type === "NewExpression",
  };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (call.callee.type === "Super" || call.callee.type === "Import") break;
    const names = values.of(call.callee);
    const inner = reflectedCall(call, names, values) ?? calledThroughMethod(call, values);
    if (inner === null) return withNames(call, names);
    call = inner;
  }
  return withNames(call, NONE);
}

/** Most calls of a program come here, and a spread of the object would be slow. */
function withNames({ callee, given, receiver, isNew }: DirectCall, names: readonly string[]): Invocation {
  return { callee, names, given, receiver, isNew };
}

/** `Reflect.apply(f, x, list)` and `Reflect.construct(f, list)`. */
function reflectedCall(
  { given }: DirectCall,
  names: readonly string[],
  { links }: ExpressionValues,
): DirectCall | null {
  const [first, second, third] = given;
  if (first === undefined) return null;
  const isNew = names.includes("Reflect.construct");
  if (!isNew && !names.includes("Reflect.apply")) return null;
  return {
    callee: unwrap(first),
    given: spreadArguments(elementsOf(isNew ? second : third, links), links),
    receiver: isNew ? null : (second ?? null),
    isNew,
  };
}

/** `f.call(x, 1)`, `f.apply(x, list)` and `f.bind(x, 1)`. */
function calledThroughMethod({ callee, given, isNew }: DirectCall, values: ExpressionValues): DirectCall | null {
  const [kind] = callee.type === "MemberExpression" ? values.namesOfMember(callee) : [];
  if (isNew || (kind !== "call" && kind !== "apply" && kind !== "bind")) return null;
  const { links } = values;
  const [first, second] = given;
  const passed = kind === "apply" ? spreadArguments(elementsOf(second, links), links) : given.slice(1);
  const object = unwrap(requiredPart(callee, "object"));
  // `Function.prototype.call.call(f, x, 1)` calls f, and so does `Function.prototype.apply.call(f, x, [1])`.
  const borrowed = object.type === "Super" ? NONE : values.of(object);
  const isApply = borrowed.includes(`${PROTOTYPE}.apply`);
  if (first === undefined || !(isApply || borrowed.includes(`${PROTOTYPE}.call`)))
    return { callee: object, given: passed, receiver: first ?? null, isNew };
  return {
    callee: unwrap(first),
    given: isApply ? spreadArguments(elementsOf(passed[1], links), links) : passed.slice(1),
    receiver: passed[0] ?? null,
    isNew,
  };
}

function elementsOf(list: AnyNode | undefined, links: Links): readonly (AnyNode | null)[] {
  const literal = list === undefined ? null : links.literal(list);
  return literal?.type === "ArrayExpression" ? partsOf(literal, "elements") : [];
}

/** The arguments of a call, with the elements of a spread list literal in its place. */
function spreadArguments(nodes: readonly (AnyNode | null)[], links: Links): AnyNode[] {
  return nodes.flatMap((node) => {
    if (node?.type !== "SpreadElement") return node ?? [];
    const items = elementsOf(requiredPart(node, "argument"), links);
    return items.length === 0 ? [node] : items.flatMap((item) => item ?? []);
  });
}
