/** Computes calls of Python's own functions and methods with constant arguments: `chr(111)`, `"".join([...])`. */

import { findFunction, findMethod, format } from "./builtins.js";
import { type Constant, itemsOf } from "./constant.js";
import { isSplat, partOf, positionalOf, type PythonNode, type TextOf } from "./node.js";

export interface CallContext {
  readonly textOf: TextOf;
  /** Full name of the function that a call calls, such as `base64.b64decode` or `builtins.chr`. */
  readonly calleeOf: (call: PythonNode) => string | null;
}

type ValueOf = (node: PythonNode) => Constant | null;

/** The value of a call, or null if it is unknown. `valueOf` computes the arguments. */
export function foldCall(call: PythonNode, context: CallContext, valueOf: ValueOf): Constant | null {
  const callee = partOf(call, "function");
  const given = partOf(call, "arguments");
  if (callee === undefined || given === undefined) return null;
  if (given.type === "argument_list" && given.children.some(isSplat)) return null;
  const positional = positionalOf(call);
  const full = context.calleeOf(call);
  if (full === "builtins.map") return foldMap(positional, context, valueOf);
  const fold = full === null ? undefined : findFunction(full);
  if (fold === undefined) {
    return callee.type === "attribute" ? foldMethod(callee, given, positional, context, valueOf) : null;
  }
  const values = valuesOf(positional, valueOf);
  return values === null ? null : fold(...values);
}

function foldMethod(
  callee: PythonNode,
  given: PythonNode,
  positional: readonly PythonNode[],
  { textOf }: CallContext,
  valueOf: ValueOf,
): Constant | null {
  const [object, last] = [callee.children[0], callee.children.at(-1)];
  if (object === undefined || last === undefined) return null;
  const name = textOf(last);
  const fold = findMethod(name);
  if (fold === undefined && name !== "format") return null;
  const self = valueOf(object);
  if (self === null || typeof self === "number") return null;
  const values = valuesOf(positional, valueOf);
  if (values === null) return null;
  if (fold !== undefined) return fold(self, ...values);
  const named = typeof self === "string" ? namedValues(given, textOf, valueOf) : null;
  return named === null ? null : format(String(self), values, named);
}

/** `map(chr, [111, 115])`. */
function foldMap([fn, source]: readonly PythonNode[], { calleeOf }: CallContext, valueOf: ValueOf): Constant[] | null {
  if (fn === undefined || source === undefined) return null;
  const full = calleeOf(fn);
  const fold = full === null ? undefined : findFunction(full);
  const value = valueOf(source);
  const items = value === null ? null : itemsOf(value);
  if (fold === undefined || items === null) return null;
  const found: Constant[] = [];
  for (const item of items) {
    const result = fold(item);
    if (result === null) return null;
    found.push(result);
  }
  return found;
}

/** The values of all nodes, or null if one of them is unknown. */
export function valuesOf(nodes: readonly PythonNode[], valueOf: ValueOf): Constant[] | null {
  const values: Constant[] = [];
  for (const node of nodes) {
    const value = valueOf(node);
    if (value === null) return null;
    values.push(value);
  }
  return values;
}

/** The arguments that have names. */
function namedValues(given: PythonNode, textOf: TextOf, valueOf: ValueOf): Map<string, Constant> | null {
  const found = new Map<string, Constant>();
  for (const { type, children } of given.children) {
    if (type !== "keyword_argument") continue;
    const [name, value] = children;
    const constant = value === undefined ? null : valueOf(value);
    if (name === undefined || constant === null) return null;
    found.set(textOf(name), constant);
  }
  return found;
}
