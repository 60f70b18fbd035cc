/** The objects and functions that the language itself has, by full name. */

import { RULED_ROOTS } from "./targets.js";
import { parseWordSet } from "../word-list.js";

/** The globals of the language and of its usual hosts. */
const LANGUAGE: ReadonlySet<string> = parseWordSet(`
  Object Function Array String Number Boolean Symbol BigInt Math JSON Reflect Proxy Promise RegExp Date Error
  TypeError RangeError SyntaxError ReferenceError EvalError URIError AggregateError Map Set WeakMap WeakSet WeakRef
  FinalizationRegistry ArrayBuffer SharedArrayBuffer DataView Atomics Intl Iterator Int8Array Uint8Array
  Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array
  BigUint64Array parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI escape
  unescape eval setTimeout setInterval setImmediate clearTimeout clearInterval queueMicrotask structuredClone atob
  btoa TextEncoder TextDecoder Buffer console performance
`);

/** Names of the methods of the language's objects: `map`, `toString`. */
export const METHODS: ReadonlySet<string> = new Set(
  [
    Object,
    Array,
    String,
    Number,
    Boolean,
    Symbol,
    BigInt,
    Function,
    Promise,
    RegExp,
    Date,
    Error,
    Map,
    Set,
    WeakMap,
    ArrayBuffer,
    DataView,
  ].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).filter(
      (name) => name !== "constructor" && typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === "function",
    ),
  ),
);

/** Members that every object inherits, the global object too. So they are names without a declaration. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

export function isInherited(name: string): boolean {
  return INHERITED.has(name);
}

/** Can a full name begin with this global? Other globals have no rule and lead to none. */
export function isGlobalOfInterest(name: string): boolean {
  return RULED_ROOTS.has(name) || LANGUAGE.has(name);
}

/** Is the full name that of a function or an object of the language? Null if it is neither. */
export function kindOfBuiltin(full: string): "function" | "object" | null {
  const [root = "", ...names] = full.split(".");
  if (!LANGUAGE.has(root)) return null;
  let at: unknown = globalThis;
  for (const name of [root, ...names]) {
    if ((typeof at !== "object" && typeof at !== "function") || at === null) return null;
    at = valueIn(at, name);
  }
  return typeof at === "function" ? "function" : typeof at === "object" && at !== null ? "object" : null;
}

/** Reads a member without running a getter. */
function valueIn(object: object, name: string): unknown {
  for (let owner: object | null = object; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    if (descriptor !== undefined) return descriptor.value;
  }
  return undefined;
}
