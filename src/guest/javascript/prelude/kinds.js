/** Finds the kind, the constructor and the name of a value without a call of the program's code. */

import {
  bigintValueOf,
  booleanValueOf,
  bufferByteLength,
  dataViewByteLength,
  dateGetTime,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  global,
  isView,
  mapGet,
  mapSize,
  numberValueOf,
  regExpToString,
  setPrototypeOf,
  setSize,
  stringValueOf,
  symbolValueOf,
  typedArrayTag,
} from "./intrinsics.js";
import { ownField } from "./lists.js";

/** A program can make a chain of prototypes without an end, by a proxy. */
const MAX_CHAIN_LENGTH = 100;

export const typedArrayNames = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];
const kindNames = [
  "Map",
  "Set",
  "Date",
  "RegExp",
  "Error",
  "Promise",
  "WeakMap",
  "WeakSet",
  "WeakRef",
  "ArrayBuffer",
  "DataView",
  "Number",
  "String",
  "Boolean",
  "BigInt",
  "Symbol",
];

/**
 * The kind of the instances of each built-in prototype.
 *
 * @type {Map<object, string>}
 */
const kindByPrototype = new Map();
for (const name of [...kindNames, ...typedArrayNames]) {
  const constructor = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (global))[name];
  if (typeof constructor === "function")
    kindByPrototype.set(constructor.prototype, kindNames.includes(name) ? name : "TypedArray");
}
kindByPrototype.set(prototypeOf(new Map().entries()), "Map Iterator");
kindByPrototype.set(prototypeOf(new Set().values()), "Set Iterator");
kindByPrototype.set(/** @type {any} */ (getPrototypeOf(function* () {})).prototype, "Generator");

/** @param {object} value */
function prototypeOf(value) {
  return /** @type {object} */ (getPrototypeOf(value));
}

/**
 * Each throws for a value that only inherits from the prototype.
 *
 * @type {Record<string, ((value: object) => unknown) | undefined>}
 */
const brandChecks = setPrototypeOf(
  {
    Map: mapSize,
    Set: setSize,
    Date: dateGetTime,
    RegExp: regExpToString,
    ArrayBuffer: bufferByteLength,
    DataView: dataViewByteLength,
    Number: numberValueOf,
    String: stringValueOf,
    Boolean: booleanValueOf,
    BigInt: bigintValueOf,
    Symbol: symbolValueOf,
  },
  null,
);

/**
 * Returns the built-in kind of an object, or "" for a plain one.
 *
 * @param {object} value
 */
export function kindOf(value) {
  if (isView(value) && typedArrayTag(value) !== undefined) return "TypedArray";
  let owner = getPrototypeOf(value);
  for (let steps = 0; owner !== null && steps < MAX_CHAIN_LENGTH; owner = getPrototypeOf(owner), steps++) {
    const kind = mapGet(kindByPrototype, owner);
    if (kind === undefined) continue;
    if (kind === "TypedArray") return "";
    try {
      brandChecks[kind]?.(value);
      return kind;
    } catch {
      return "";
    }
  }
  return "";
}

/**
 * @param {unknown} value
 * @returns {value is Error}
 */
export function isErrorValue(value) {
  return value !== null && typeof value === "object" && kindOf(value) === "Error";
}

/**
 * Returns the name of the constructor, as Node finds it, or null for an object without one.
 *
 * @param {object} value
 * @returns {string | null}
 */
export function constructorName(value) {
  /** @type {object | null} */
  let owner = value;
  for (let steps = 0; owner !== null && steps < MAX_CHAIN_LENGTH; owner = getPrototypeOf(owner), steps++) {
    const descriptor = getOwnPropertyDescriptor(owner, "constructor");
    const found = descriptor === undefined ? undefined : ownField(descriptor, "value");
    if (typeof found !== "function") continue;
    const name = functionName(found);
    if (name === "") continue;
    if (steps > 0) return name;
    const prototype = getOwnPropertyDescriptor(found, "prototype");
    if (prototype !== undefined && inherits(value, ownField(prototype, "value"))) return name;
  }
  return null;
}

/**
 * @param {object} value
 * @param {unknown} prototype
 */
function inherits(value, prototype) {
  let owner = getPrototypeOf(value);
  for (let steps = 0; owner !== null && steps < MAX_CHAIN_LENGTH; owner = getPrototypeOf(owner), steps++)
    if (owner === prototype) return true;
  return false;
}

/** @param {object} fn */
export function functionName(fn) {
  const descriptor = getOwnPropertyDescriptor(fn, "name");
  const name = descriptor === undefined ? "" : ownField(descriptor, "value");
  return typeof name === "string" ? name : "";
}
