/** Finds the values that a call of a JavaScript program may return, by full name. */

import { kindOfBuiltin } from "./builtins.js";
import { type ExpressionValues, type Invocation } from "./invocation.js";
import {
  DESCRIPTOR,
  DESCRIPTORS,
  FUNCTION,
  GETS_PROTOTYPE,
  LOOKS_UP_GETTER,
  MAKER,
  OBJECT,
  protoOf,
} from "./members.js";
import { type AnyNode, EACH, isClass, isFunction, plainMemberName, requiredPart, type Step, unwrap } from "./node.js";
import { moduleNamed } from "./targets.js";
import type { Texts } from "./texts.js";

const NONE: readonly string[] = [];

/** Functions that return their first argument. */
const RETURNS_ARGUMENT: ReadonlySet<string> = new Set([
  "Object",
  "Object.freeze",
  "Object.seal",
  "Object.preventExtensions",
  "Object.create",
  "Object.setPrototypeOf",
  "Object.assign",
  "Object.defineProperty",
  "Object.defineProperties",
  "Promise.resolve",
  "Proxy",
  "Array.of",
  "Array.from",
  "Iterator.from",
]);
/** Functions that return the module of the name that they are given. */
export const TAKES_MODULE: ReadonlySet<string> = new Set([
  "require",
  "module.require",
  "process.mainModule.require",
  "require.main.require",
  "process.getBuiltinModule",
  "node:module._load",
  "module.constructor._load",
  "importScripts",
]);
/** Functions that return the member of the name that they are given, or its descriptor. */
export const TAKES_NAME: ReadonlySet<string> = new Set([
  "Reflect.get",
  "Object.getOwnPropertyDescriptor",
  "Reflect.getOwnPropertyDescriptor",
]);
/** Methods that return an element of their object. */
const RETURNS_ELEMENT = /^(at|pop|shift|find|findLast)$/;

interface CallContext extends ExpressionValues {
  readonly texts: Texts;
  /** Full names of the part of a value that steps lead to. */
  follow(value: AnyNode, steps: readonly Step[]): readonly string[];
}

/** Full names of the values that a call may return. */
export function resultsOf(node: AnyNode, invocation: Invocation, context: CallContext): readonly string[] {
  const { names, given, receiver } = invocation;
  const target = unwrap(requiredPart(node, "callee"));
  const method = target.type === "MemberExpression" ? plainMemberName(target) : null;
  // A bound function counts as the function itself.
  if (method === "bind") return [...names, FUNCTION];
  const known = names.flatMap((full) => libraryResult(full, given, receiver, context));
  if (known.length > 0) return known;
  if (method === "valueOf" && given.length === 0) return context.of(requiredPart(target, "object"));
  if (method !== null && RETURNS_ELEMENT.test(method)) return context.follow(requiredPart(target, "object"), [EACH]);
  if (method?.startsWith("reduce") === true && given[0] !== undefined) {
    const reducer = context.links.literal(given[0]);
    if (reducer !== null && isFunction(reducer)) return returnsOf(reducer, context);
  }
  return ownResult(invocation, context);
}

/** The results of a function or a class of the program. */
function ownResult({ callee, isNew, names }: Invocation, context: CallContext): readonly string[] {
  const fn = callee.type === "Super" || callee.type === "Import" ? null : context.links.literal(callee);
  if (fn !== null && isFunction(fn) && !isNew) return returnsOf(fn, context);
  const isObject = isNew && ((fn !== null && isClass(fn)) || names.some((full) => kindOfBuiltin(full) !== null));
  return isObject ? [OBJECT] : NONE;
}

function returnsOf(fn: AnyNode, context: CallContext): readonly string[] {
  return context.links.returnsOf(fn).flatMap((returned) => context.of(returned));
}

function libraryResult(
  full: string,
  [first, second]: readonly AnyNode[],
  receiver: AnyNode | null,
  context: CallContext,
): readonly string[] {
  if (TAKES_MODULE.has(full)) return textsOf(first, context).map(moduleNamed);
  if (RETURNS_ARGUMENT.has(full)) return valuesOf(first, context);
  switch (full) {
    case "Reflect.get":
      return memberNamed(first, second, context);
    case "Object.getOwnPropertyDescriptor":
    case "Reflect.getOwnPropertyDescriptor":
      if (textsOf(second, context).includes("__proto__")) return [`${DESCRIPTOR}${GETS_PROTOTYPE}`];
      return memberNamed(first, second, context).map((one) => DESCRIPTOR + one);
    case "Object.getOwnPropertyDescriptors":
      return valuesOf(first, context).map((one) => DESCRIPTORS + one);
    case "Object.getPrototypeOf":
    case "Reflect.getPrototypeOf":
      return valuesOf(first, context).flatMap(protoOf);
    case GETS_PROTOTYPE:
      return valuesOf(receiver, context).flatMap(protoOf);
    case LOOKS_UP_GETTER:
      return textsOf(first, context).includes("__proto__") ? [GETS_PROTOTYPE] : NONE;
    case "node:module.createRequire":
      return ["require"];
    case MAKER:
      return [FUNCTION];
    default:
      return NONE;
  }
}

/** The member of an object whose name is an argument of a call. */
function memberNamed(object: AnyNode | undefined, key: AnyNode | undefined, context: CallContext): readonly string[] {
  return object === undefined ? NONE : textsOf(key, context).flatMap((name) => context.follow(object, [name]));
}

function textsOf(node: AnyNode | undefined, { texts }: CallContext): readonly string[] {
  return node === undefined ? NONE : texts.of(node);
}

function valuesOf(node: AnyNode | null | undefined, context: CallContext): readonly string[] {
  return node == null ? NONE : context.of(node);
}
