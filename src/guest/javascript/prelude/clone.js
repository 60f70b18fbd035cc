/** `structuredClone`. */

import {
  bufferSlice,
  dataViewBuffer,
  dataViewByteLength,
  dataViewOffset,
  dateGetTime,
  functionToString,
  global,
  isArray,
  mapForEach,
  mapGet,
  mapSet,
  objectHasOwn,
  objectIsEnumerable,
  ownKeys,
  builtIns,
  setAdd,
  setForEach,
  setPrototypeOf,
  symbolToString,
  transferBuffer,
  typedArrayBuffer,
  typedArrayLength,
  typedArrayOffset,
  typedArrayTag,
} from "./intrinsics.js";
import { failAs } from "./dom-errors.js";
import { constructorName, kindOf, typedArrayNames } from "./kinds.js";
import { defineHidden, defineVisible } from "./lists.js";
import { textOf } from "./quote.js";

/** @import { AnyObject } from "./lists.js" */

/** @typedef {Map<object, object>} Copies The copies that a clone has made, by their original. */

/** @type {Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView>} */
const typedArrayConstructors = setPrototypeOf({}, null);
for (const name of typedArrayNames) typedArrayConstructors[name] = /** @type {any} */ (global)[name];

/** @type {Record<string, ErrorConstructor | undefined>} */
const errorConstructors = setPrototypeOf(
  { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError },
  null,
);

export const cloneFunctions = {
  /**
   * @param {unknown} value
   * @param {{ transfer?: ArrayLike<unknown> }} [options]
   */
  structuredClone(value, options) {
    const transfer = options?.transfer;
    const count = transfer?.length ?? 0;
    /** @type {Copies} */
    const copies = new builtIns.Map();
    for (let i = 0; i < count; i++) assertBuffer(transfer?.[i]);
    const copy = clone(value, copies);
    for (let i = 0; i < count; i++) transferBuffer(/** @type {ArrayBuffer} */ (transfer?.[i]));
    return copy;
  },
};

/** @param {unknown} value */
function assertBuffer(value) {
  if (value === null || typeof value !== "object" || kindOf(value) !== "ArrayBuffer")
    failAs("DataCloneError", "A program can transfer an ArrayBuffer only");
}

/**
 * @param {unknown} value
 * @param {Copies} copies
 * @returns {unknown}
 */
function clone(value, copies) {
  if (typeof value === "symbol" || typeof value === "function") refuseClone(value);
  if (value === null || typeof value !== "object") return value;
  const known = mapGet(copies, value);
  if (known !== undefined) return known;
  const kind = kindOf(value);
  if (kind !== "") return cloneBuiltIn(/** @type {AnyObject} */ (value), kind, copies);
  /** @type {AnyObject} */
  const copy = isArray(value) ? /** @type {any} */ ([]) : {};
  mapSet(copies, value, copy);
  if (isArray(value)) copy.length = value.length;
  const keys = ownKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === "string" && objectIsEnumerable(value, key))
      defineVisible(copy, key, clone(/** @type {AnyObject} */ (value)[key], copies));
  }
  return copy;
}

/**
 * @param {unknown} value
 * @returns {never}
 */
function refuseClone(value) {
  let text;
  if (typeof value === "symbol") text = symbolToString(value);
  else if (typeof value === "function") text = functionToString(value);
  else text = `#<${constructorName(/** @type {object} */ (value)) ?? "Object"}>`;
  return failAs("DataCloneError", `${text} could not be cloned.`);
}

/**
 * @param {AnyObject} value
 * @param {string} kind
 * @param {Copies} copies
 */
function cloneBuiltIn(value, kind, copies) {
  switch (kind) {
    case "Map": {
      const copy = new builtIns.Map();
      mapSet(copies, value, copy);
      mapForEach(value, (entry, key) => mapSet(copy, clone(key, copies), clone(entry, copies)));
      return copy;
    }
    case "Set": {
      const copy = new builtIns.Set();
      mapSet(copies, value, copy);
      setForEach(value, (entry) => setAdd(copy, clone(entry, copies)));
      return copy;
    }
    case "Error": {
      const make = errorConstructors[textOf(value.name)] ?? builtIns.Error;
      const copy = new make(/** @type {string} */ (value.message));
      mapSet(copies, value, copy);
      defineHidden(copy, "stack", value.stack);
      if (objectHasOwn(value, "cause")) defineHidden(copy, "cause", clone(value.cause, copies));
      return copy;
    }
    default: {
      const copy = copyOfLeaf(value, kind, copies);
      mapSet(copies, value, copy);
      return copy;
    }
  }
}

/**
 * Copies a built-in object that holds no values of the program.
 *
 * @param {AnyObject} value
 * @param {string} kind
 * @param {Copies} copies
 * @returns {object}
 */
function copyOfLeaf(value, kind, copies) {
  switch (kind) {
    case "Date":
      return new builtIns.Date(dateGetTime(value));
    case "RegExp":
      return new builtIns.RegExp(/** @type {string} */ (value.source), /** @type {string} */ (value.flags));
    case "Number":
    case "String":
    case "Boolean":
    case "BigInt":
      return builtIns.Object(value.valueOf());
    case "ArrayBuffer":
      return bufferSlice(value, 0);
    case "DataView": {
      const buffer = /** @type {ArrayBuffer} */ (clone(dataViewBuffer(value), copies));
      return new builtIns.DataView(buffer, dataViewOffset(value), dataViewByteLength(value));
    }
    case "TypedArray": {
      const buffer = /** @type {ArrayBuffer} */ (clone(typedArrayBuffer(value), copies));
      const make = typedArrayConstructors[`${typedArrayTag(value)}`];
      return new make(buffer, typedArrayOffset(value), typedArrayLength(value));
    }
    default:
      return refuseClone(value);
  }
}
