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
  builtIns,
  regExpToString,
  repeat,
  setPrototypeOf,
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
  formatIterator,
  formatUnknown,
  keysOf,
} from "./inspect-entries.js";
import { BREAK_LENGTH, COMPACT, layOut, MAX_ARRAY_LENGTH } from "./inspect-layout.js";
import { constructorName, kindOf } from "./kinds.js";
import { setOptions } from "./inspect-options.js";
import { joinWith, newList, push, sortTexts, splitAt } from "./lists.js";

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
  try {
    return formatValue(newInspection(depth), value, 0);
  } catch {
    return "[value that cannot be inspected]";
  }
}

/**
 * Shows an error with its own properties and its causes, behind a text that stands for its stack.
 *
 * @param {Error} error
 * @param {string} stack
 * @param {number} depth
 */
export function inspectError(error, stack, depth) {
  const inspection = newInspection(depth);
  inspection.outer = { __proto__: null, error, stack };
  try {
    return formatObject(inspection, /** @type {AnyObject} */ (/** @type {unknown} */ (error)), 0);
  } catch {
    return stack;
  }
}

/**
 * @param {number} depth
 * @returns {Inspection}
 */
function newInspection(depth) {
  return {
    __proto__: null,
    formatValue,
    seen: newList(),
    circular: null,
    indentation: 0,
    currentDepth: 0,
    depth,
    compact: COMPACT,
    breakLength: BREAK_LENGTH,
    maxArrayLength: MAX_ARRAY_LENGTH,
    sorted: false,
    size: 0,
    outer: null,
  };
}

/**
 * `inspect` as a program gets it, with the options that `console.dir` and custom inspection take.
 *
 * @param {unknown} value
 * @param {unknown} options Or whether hidden properties are shown, which this does not do.
 * @param {unknown} [depth] The depth, if the options are no object.
 */
export function publicInspect(value, options, depth) {
  const inspection = newInspection(DEFAULT_DEPTH);
  if (options !== null && typeof options === "object") setOptions(inspection, /** @type {AnyObject} */ (options));
  else if (depth !== undefined) setOptions(inspection, setPrototypeOf({ depth }, null));
  try {
    return formatValue(inspection, value, 0);
  } catch {
    return "[value that cannot be inspected]";
  }
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
  if (inspection.circular === null) inspection.circular = new builtIns.Map();
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
  const tag = value[toStringTag];
  const isTag = typeof tag === "string" && tag !== "" && !objectIsEnumerable(value, toStringTag);
  const isList = isArray(value);
  /** @type {Shape} */
  const shape = {
    name: constructorName(value),
    tag: isTag ? tag : "",
    kind: kindOf(value),
    base: "",
    open: "{",
    close: "}",
    formatEntries: null,
    isListLike: false,
  };
  const keys = keysOf(value, isList || shape.kind === "TypedArray" || shape.kind === "String");
  fillShape(inspection, value, shape, keys);
  const { formatEntries } = shape;
  if (keys.length === 0 && formatEntries === null) return shape.base === "" ? shape.open + shape.close : shape.base;
  if (level > inspection.depth) {
    if (shape.kind === "RegExp") return shape.base;
    const shown = prefixOf(shape.name, shape.tag, isList ? "Array" : "Object", "");
    return `[${slice(shown, 0, shown.length - 1)}]`;
  }

  inspection.seen[inspection.seen.length] = value;
  inspection.currentDepth = level + 1;
  /** @type {List<string>} */
  const output = newList();
  if (formatEntries !== null) formatEntries(inspection, value, level + 1, output);
  for (let i = 0; i < keys.length; i++) push(output, formatProperty(inspection, value, level + 1, keys[i]));
  if (inspection.sorted && !isList) sortTexts(output);
  inspection.seen.length -= 1;

  const number = inspection.circular === null ? undefined : mapGet(inspection.circular, value);
  if (number !== undefined) shape.base = shape.base === "" ? `<ref *${number}>` : `<ref *${number}> ${shape.base}`;
  const text = layOut(inspection, shape, output, level + 1, value);
  inspection.size += text.length;
  if (inspection.size > MAX_SIZE) inspection.depth = -1;
  return text;
}

/**
 * Decides how an object is shown.
 *
 * @param {Inspection} inspection
 * @param {AnyObject} value
 * @param {Shape} shape
 * @param {List<string | symbol>} keys Those of an error can change here.
 */
function fillShape(inspection, value, shape, keys) {
  const { name, tag, kind } = shape;
  if (isArray(value)) {
    const prefix = name !== "Array" || tag !== "" ? prefixOf(name, tag, "Array", `(${value.length})`) : "";
    fillListShape(shape, prefix, value.length, formatArray);
  } else if (typeof value === "function") {
    shape.base = functionBase(value, shape);
  } else if (kind !== "") {
    fillBuiltInShape(inspection, value, shape, keys);
  } else if (objectToString(value) === "[object Arguments]" && tag === "") {
    shape.open = "[Arguments] {";
  } else if (name !== "Object" || tag !== "") {
    shape.open = `${prefixOf(name, tag, "Object", "")}{`;
  }
}

/**
 * @param {Inspection} inspection
 * @param {AnyObject} value
 * @param {Shape} shape
 * @param {List<string | symbol>} keys
 */
function fillBuiltInShape(inspection, value, shape, keys) {
  const { name, tag, kind } = shape;
  switch (kind) {
    case "Date":
      shape.base = unlessPlain(shape) + dateText(value);
      break;
    case "RegExp":
      shape.base = unlessPlain(shape) + regExpToString(value);
      break;
    case "Error":
      shape.base = errorBase(inspection, /** @type {any} */ (value), keys, shape);
      break;
    case "Number":
    case "String":
    case "Boolean":
    case "BigInt":
    case "Symbol":
      shape.base = boxedBase(value, shape);
      break;
    case "TypedArray": {
      const length = typedArrayLength(value);
      fillListShape(shape, prefixOf(name, tag, `${typedArrayTag(value)}`, `(${length})`), length, formatTypedArray);
      break;
    }
    case "Map":
    case "Set": {
      const size = kind === "Map" ? mapSize(value) : setSize(value);
      shape.open = `${prefixOf(name, tag, kind, `(${size})`)}{`;
      if (size > 0) shape.formatEntries = kind === "Map" ? formatMap : formatSet;
      break;
    }
    case "Map Iterator":
    case "Set Iterator":
      shape.open = `[${tag}] {`;
      shape.formatEntries = formatIterator;
      break;
    default:
      shape.open = `${prefixOf(kind === "Generator" ? (name ?? "Object") : name, tag, kind, "")}{`;
      if (kind === "ArrayBuffer") shape.formatEntries = formatArrayBuffer;
      if (kind === "DataView") shape.formatEntries = formatDataView;
      if (kind === "WeakMap" || kind === "WeakSet") shape.formatEntries = formatUnknown;
  }
}

/**
 * @param {Shape} shape
 * @param {string} prefix
 * @param {number} length
 * @param {FormatEntries} formatEntries
 */
function fillListShape(shape, prefix, length, formatEntries) {
  shape.open = `${prefix}[`;
  shape.close = "]";
  shape.isListLike = true;
  if (length > 0) shape.formatEntries = formatEntries;
}

/**
 * Returns the prefix of a RegExp or a Date, which is shown only for a subclass or a changed tag.
 *
 * @param {Shape} shape
 */
function unlessPlain(shape) {
  const prefix = prefixOf(shape.name, shape.tag, shape.kind, "");
  return prefix === `${shape.kind} ` ? "" : prefix;
}
