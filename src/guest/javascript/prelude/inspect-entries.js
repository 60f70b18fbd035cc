/** The entries and properties of an inspected object. */

import {
  dataViewByteLength,
  dataViewBuffer,
  dataViewOffset,
  getOwnPropertyDescriptor,
  mapForEach,
  min,
  numberToString,
  objectHasOwn,
  objectIsEnumerable,
  ownKeys,
  padStart,
  builtIns,
  regExpExec,
  charCodeAt,
  setForEach,
  symbolToString,
  typedArrayLength,
} from "./intrinsics.js";
import { formatString } from "./inspect-layout.js";
import { newList, ownField, push } from "./lists.js";
import { escapeText, formatNumber, quote, textOf } from "./quote.js";

/** @import { Inspection } from "./inspect-layout.js" */
/** @import { AnyObject, List } from "./lists.js" */

/** Bytes of an ArrayBuffer that are shown. */
const MAX_BYTES = 50;
/** Holes of an array that are counted one by one. An array can have four billion. */
const MAX_HOLES = 1000000;

const identifierPattern = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

/**
 * @param {Inspection} inspection
 * @param {unknown} value
 */
export function formatPrimitive(inspection, value) {
  if (typeof value === "string") return formatString(inspection, value);
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "symbol" ? symbolToString(value) : textOf(value);
}

/**
 * Returns the own enumerable keys, symbols last.
 *
 * @param {object} value
 * @param {boolean} skipIndices
 */
export function keysOf(value, skipIndices) {
  const all = ownKeys(value);
  /** @type {List<string | symbol>} */
  const keys = newList();
  for (let i = 0; i < all.length; i++) {
    const key = all[i];
    if (skipIndices && typeof key === "string" && isIndex(key)) continue;
    if (objectIsEnumerable(value, key)) push(keys, key);
  }
  return keys;
}

/** @param {string} key */
function isIndex(key) {
  if (key.length === 0 || key.length > 10) return false;
  for (let i = 0; i < key.length; i++) {
    const code = charCodeAt(key, i);
    if (code < 48 || code > 57) return false;
  }
  return key === "0" || charCodeAt(key, 0) !== 48;
}

/**
 * @param {Inspection} inspection
 * @param {unknown[]} value
 * @param {number} level
 * @param {List<string>} output
 */
export function formatArray(inspection, value, level, output) {
  const { length } = value;
  const shown = min(inspection.maxArrayLength, length);
  let index = 0;
  while (index < length && output.length < shown) {
    if (objectHasOwn(value, index)) {
      push(output, formatOwn(inspection, value, level, index, getOwnPropertyDescriptor(value, index)));
      index++;
      continue;
    }
    const from = index;
    index = endOfHoles(value, from, length);
    push(output, `<${index - from} empty item${index - from > 1 ? "s" : ""}>`);
  }
  pushRest(output, length - index);
}

/**
 * @param {unknown[]} value
 * @param {number} from
 * @param {number} length
 */
function endOfHoles(value, from, length) {
  let index = from;
  while (index < length && !objectHasOwn(value, index)) {
    index++;
    if (index - from > MAX_HOLES) return length;
  }
  return index;
}

/**
 * @param {List<string>} output
 * @param {number} rest
 */
function pushRest(output, rest) {
  if (rest > 0) push(output, `... ${rest} more item${rest > 1 ? "s" : ""}`);
}

/**
 * @param {Inspection} inspection
 * @param {Uint8Array} value Or a typed array of another kind.
 * @param {number} _level
 * @param {List<string>} output
 */
export function formatTypedArray(inspection, value, _level, output) {
  const length = typedArrayLength(value);
  const shown = min(inspection.maxArrayLength, length);
  for (let i = 0; i < shown; i++) push(output, formatPrimitive(inspection, value[i]));
  pushRest(output, length - shown);
}

/**
 * @param {Inspection} inspection
 * @param {object} value
 * @param {number} level
 * @param {List<string>} output
 */
export function formatSet(inspection, value, level, output) {
  let rest = 0;
  inspection.indentation += 2;
  setForEach(value, (entry) => {
    if (output.length >= inspection.maxArrayLength) rest++;
    else push(output, inspection.formatValue(inspection, entry, level));
  });
  inspection.indentation -= 2;
  pushRest(output, rest);
}

/**
 * @param {Inspection} inspection
 * @param {object} value
 * @param {number} level
 * @param {List<string>} output
 */
export function formatMap(inspection, value, level, output) {
  let rest = 0;
  inspection.indentation += 2;
  mapForEach(value, (entry, key) => {
    if (output.length >= inspection.maxArrayLength) {
      rest++;
      return;
    }
    const shownKey = inspection.formatValue(inspection, key, level);
    push(output, `${shownKey} => ${inspection.formatValue(inspection, entry, level)}`);
  });
  inspection.indentation -= 2;
  pushRest(output, rest);
}

/**
 * @param {Inspection} _inspection
 * @param {ArrayBuffer} value
 * @param {number} _level
 * @param {List<string>} output
 */
export function formatArrayBuffer(_inspection, value, _level, output) {
  const bytes = new builtIns.Uint8Array(value);
  const length = typedArrayLength(bytes);
  const shown = min(MAX_BYTES, length);
  let text = "";
  for (let i = 0; i < shown; i++) text += `${i > 0 ? " " : ""}${padStart(numberToString(bytes[i], 16), 2, "0")}`;
  const rest = length - shown;
  if (rest > 0) text += ` ... ${rest} more byte${rest > 1 ? "s" : ""}`;
  push(output, `[Uint8Contents]: <${text}>`);
  push(output, `byteLength: ${length}`);
}

/**
 * @param {Inspection} inspection
 * @param {object} value
 * @param {number} level
 * @param {List<string>} output
 */
export function formatDataView(inspection, value, level, output) {
  push(output, `byteLength: ${dataViewByteLength(value)}`);
  push(output, `byteOffset: ${dataViewOffset(value)}`);
  inspection.indentation += 2;
  push(output, `buffer: ${inspection.formatValue(inspection, dataViewBuffer(value), level)}`);
  inspection.indentation -= 2;
}

/**
 * @param {Inspection} _inspection
 * @param {object} _value
 * @param {number} _level
 * @param {List<string>} output
 */
export function formatUnknown(_inspection, _value, _level, output) {
  push(output, "<items unknown>");
}

/**
 * To look at the items of an iterator would take them from the program.
 *
 * @param {Inspection} _inspection
 * @param {object} _value
 * @param {number} _level
 * @param {List<string>} output
 */
export function formatIterator(_inspection, _value, _level, output) {
  push(output, "<items unknown: print [...iterator]>");
}

/**
 * @param {Inspection} inspection
 * @param {object} value
 * @param {number} level
 * @param {string | symbol} key
 */
export function formatProperty(inspection, value, level, key) {
  const descriptor = getOwnPropertyDescriptor(value, key);
  const text = formatOwn(inspection, value, level, key, descriptor);
  let name;
  if (typeof key === "symbol") name = `[${escapeText(symbolToString(key), "'")}]`;
  else if (key === "__proto__") name = "['__proto__']";
  else if (descriptor !== undefined && !descriptor.enumerable) name = `[${key}]`;
  else name = regExpExec(identifierPattern, key) !== null ? key : quote(key);
  return `${name}: ${text}`;
}

/**
 * Shows the value of a property. No getter is called.
 *
 * @param {Inspection} inspection
 * @param {object} value
 * @param {number} level
 * @param {PropertyKey} key
 * @param {PropertyDescriptor | undefined} descriptor
 */
function formatOwn(inspection, value, level, key, descriptor) {
  if (descriptor === undefined || objectHasOwn(descriptor, "value")) {
    const own = descriptor === undefined ? /** @type {AnyObject} */ (value)[key] : descriptor.value;
    inspection.indentation += 2;
    const text = inspection.formatValue(inspection, own, level);
    inspection.indentation -= 2;
    return text;
  }
  const hasSetter = ownField(descriptor, "set") !== undefined;
  if (ownField(descriptor, "get") !== undefined) return hasSetter ? "[Getter/Setter]" : "[Getter]";
  return hasSetter ? "[Setter]" : "undefined";
}
