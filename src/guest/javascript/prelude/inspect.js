/** Shows any value as Node's `util.inspect` does with its default options. */

import {
  apply,
  create,
  customInspect,
  isArray,
  mapGet,
  mapSet,
  mapSize,
  objectIsEnumerable,
  objectToString,
  primordial,
  regExpToString,
  repeat,
  setSize,
  slice,
  toStringTag,
  typedArrayLength,
  typedArrayTag,
} from "./intrinsics.js";
import { boxedBase, dateText, errorBase, functionBase, prefixOf } from "./inspect-bases.js";
import {
  formatArray,
  formatArrayBuffer,
  formatDataView,
  formatMap,
  formatPrimitive,
  formatProperty,
  formatSet,
  formatTypedArray,
  formatUnknown,
  keysOf,
} from "./inspect-entries.js";
import { layOut } from "./inspect-layout.js";
import { constructorName, kindOf } from "./kinds.js";
import { joinWith, newList, push, splitAt } from "./lists.js";

/** @import { ClassNames } from "./inspect-bases.js" */
/** @import { FormatEntries, Inspection, Shape } from "./inspect-layout.js" */
/** @import { AnyObject, List } from "./lists.js" */

const DEFAULT_DEPTH = 2;
/** A wide graph of shared objects grows without an end. After this length of text no object is opened any more. */
const MAX_SIZE = 1 << 24;

/**
 * @param {unknown} value
 * @param {number} depth
 */
export function inspect(value, depth = DEFAULT_DEPTH) {
  /** @type {Inspection} */
  const inspection = {
    __proto__: null,
    formatValue,
    seen: newList(),
    circular: null,
    indentation: 0,
    currentDepth: 0,
    depth,
    size: 0,
  };
  try {
    return formatValue(inspection, value, 0);
  } catch {
    return "[value that cannot be inspected]";
  }
}

/**
 * `inspect` as a program gets it, with the options that `console.dir` and custom inspection take.
 *
 * @param {unknown} value
 * @param {unknown} options
 */
export function publicInspect(value, options) {
  const depth = options !== null && typeof options === "object" ? /** @type {AnyObject} */ (options).depth : undefined;
  return inspect(value, depth === null ? Infinity : typeof depth === "number" ? depth : undefined);
}

/**
 * @param {Inspection} inspection
 * @param {unknown} value
 * @param {number} level
 * @returns {string}
 */
function formatValue(inspection, value, level) {
  if (value === null || (typeof value !== "object" && typeof value !== "function"))
    return formatPrimitive(inspection, value);
  const custom = /** @type {AnyObject} */ (value)[customInspect];
  if (typeof custom === "function" && custom !== publicInspect) {
    const shown = apply(custom, value, [inspection.depth - level, create(null), publicInspect]);
    if (shown !== value) {
      return typeof shown === "string"
        ? joinWith(splitAt(shown, "\n"), `\n${repeat(" ", inspection.indentation)}`)
        : formatValue(inspection, shown, level);
    }
  }
  for (let i = 0; i < inspection.seen.length; i++)
    if (inspection.seen[i] === value) return `[Circular *${circularNumber(inspection, value)}]`;
  return formatObject(inspection, /** @type {AnyObject} */ (value), level);
}

/**
 * @param {Inspection} inspection
 * @param {object} value
 */
function circularNumber(inspection, value) {
  if (inspection.circular === null) inspection.circular = new primordial.Map();
  const known = mapGet(inspection.circular, value);
  if (known !== undefined) return known;
  const number = mapSize(inspection.circular) + 1;
  mapSet(inspection.circular, value, number);
  return number;
}

/**
 * @param {Inspection} inspection
 * @param {AnyObject} value
 * @param {number} level
 */
function formatObject(inspection, value, level) {
  const names = classNamesOf(value);
  const isList = isArray(value);
  const keys = keysOf(value, isList || names.kind === "TypedArray" || names.kind === "String");
  const shape = shapeOf(inspection, value, names, keys);
  const { formatEntries } = shape;
  if (keys.length === 0 && formatEntries === null) return shape.base === "" ? shape.open + shape.close : shape.base;
  if (level > inspection.depth) {
    if (names.kind === "RegExp") return shape.base;
    const shown = prefixOf(names, isList ? "Array" : "Object", "");
    return `[${slice(shown, 0, shown.length - 1)}]`;
  }

  inspection.seen[inspection.seen.length] = value;
  inspection.currentDepth = level + 1;
  /** @type {List<string>} */
  const output = newList();
  if (formatEntries !== null) formatEntries(inspection, value, level + 1, output);
  for (let i = 0; i < keys.length; i++) push(output, formatProperty(inspection, value, level + 1, keys[i]));
  inspection.seen.length -= 1;

  const number = inspection.circular === null ? undefined : mapGet(inspection.circular, value);
  if (number !== undefined) shape.base = shape.base === "" ? `<ref *${number}>` : `<ref *${number}> ${shape.base}`;
  const text = layOut(inspection, shape, output, level + 1, value);
  inspection.size += text.length;
  if (inspection.size > MAX_SIZE) inspection.depth = -1;
  return text;
}

/**
 * @param {AnyObject} value
 * @returns {ClassNames}
 */
function classNamesOf(value) {
  const name = constructorName(value);
  const tag = value[toStringTag];
  const isTag = typeof tag === "string" && tag !== "" && !objectIsEnumerable(value, toStringTag);
  return { __proto__: null, name, tag: isTag ? tag : "", kind: kindOf(value) };
}

/**
 * @param {Inspection} inspection
 * @param {AnyObject} value
 * @param {ClassNames} names
 * @param {List<string | symbol>} keys Those of an error can change here.
 * @returns {Shape}
 */
function shapeOf(inspection, value, names, keys) {
  const { name, tag, kind } = names;
  if (isArray(value)) {
    const prefix = name !== "Array" || tag !== "" ? prefixOf(names, "Array", `(${value.length})`) : "";
    return inBrackets(prefix, value.length, formatArray);
  }
  if (typeof value === "function") return withBase(functionBase(value, names));
  switch (kind) {
    case "":
      return plainShape(value, names);
    case "TypedArray": {
      const length = typedArrayLength(value);
      return inBrackets(prefixOf(names, `${typedArrayTag(value)}`, `(${length})`), length, formatTypedArray);
    }
    case "Set":
      return inBraces(prefixOf(names, kind, `(${setSize(value)})`), setSize(value) === 0 ? null : formatSet);
    case "Map":
      return inBraces(prefixOf(names, kind, `(${mapSize(value)})`), mapSize(value) === 0 ? null : formatMap);
    case "Map Iterator":
    case "Set Iterator":
      return inBraces(`[${tag}] `, formatUnknown);
    case "WeakMap":
    case "WeakSet":
      return inBraces(prefixOf(names, kind, ""), formatUnknown);
    case "ArrayBuffer":
      return inBraces(prefixOf(names, kind, ""), formatArrayBuffer);
    case "DataView":
      return inBraces(prefixOf(names, kind, ""), formatDataView);
    case "Promise":
    case "WeakRef":
      return inBraces(prefixOf(names, kind, ""), null);
    case "Generator":
      return inBraces(prefixOf({ __proto__: null, name: name ?? "Object", tag, kind }, kind, ""), null);
    case "RegExp":
      return withBase(unlessPlain(names) + regExpToString(value));
    case "Date":
      return withBase(unlessPlain(names) + dateText(value));
    case "Error":
      return withBase(errorBase(inspection, /** @type {any} */ (value), keys));
    default:
      return withBase(boxedBase(value, names));
  }
}

/**
 * @param {AnyObject} value
 * @param {ClassNames} names
 */
function plainShape(value, names) {
  const { name, tag } = names;
  if (tag === "" && objectToString(value) === "[object Arguments]") return inBraces("[Arguments] ", null);
  return inBraces(name !== "Object" || tag !== "" ? prefixOf(names, "Object", "") : "", null);
}

/**
 * Returns the prefix of a RegExp or a Date, which is shown only for a subclass or the like.
 *
 * @param {ClassNames} names
 */
function unlessPlain(names) {
  const prefix = prefixOf(names, names.kind, "");
  return prefix === `${names.kind} ` ? "" : prefix;
}

/**
 * @param {string} prefix
 * @param {number} length
 * @param {FormatEntries} formatEntries
 * @returns {Shape}
 */
function inBrackets(prefix, length, formatEntries) {
  return {
    __proto__: null,
    base: "",
    open: `${prefix}[`,
    close: "]",
    formatEntries: length === 0 ? null : formatEntries,
    isListLike: true,
  };
}

/**
 * @param {string} prefix
 * @param {FormatEntries | null} formatEntries
 * @returns {Shape}
 */
function inBraces(prefix, formatEntries) {
  return { __proto__: null, base: "", open: `${prefix}{`, close: "}", formatEntries, isListLike: false };
}

/**
 * @param {string} base
 * @returns {Shape}
 */
function withBase(base) {
  return { __proto__: null, base, open: "{", close: "}", formatEntries: null, isListLike: false };
}
