/** The text that stands before the entries of an inspected object. */

import {
  bigintValueOf,
  booleanValueOf,
  dateGetTime,
  dateToISOString,
  dateToString,
  functionToString,
  getPrototypeOf,
  indexOf,
  isArray,
  numberValueOf,
  objectHasOwn,
  objectIsEnumerable,
  repeat,
  slice,
  stringValueOf,
  symbolToString,
  symbolValueOf,
} from "./intrinsics.js";
import { functionName } from "./kinds.js";
import { joinWith, push, splitAt } from "./lists.js";
import { formatNumber, quote, textOf } from "./quote.js";
import { errorStack } from "./stack.js";

/** @import { Inspection, Shape } from "./inspect-layout.js" */
/** @import { AnyObject, List } from "./lists.js" */

/**
 * @param {string | null} name The name of the object's constructor, or null without one.
 * @param {string} tag
 * @param {string} fallback The name for an object without a constructor.
 * @param {string} size A number of entries in parentheses, or "".
 */
export function prefixOf(name, tag, fallback, size) {
  if (name === null) {
    return tag !== "" && fallback !== tag
      ? `[${fallback}${size}: null prototype] [${tag}] `
      : `[${fallback}${size}: null prototype] `;
  }
  return tag !== "" && name !== tag ? `${name}${size} [${tag}] ` : `${name}${size} `;
}

/**
 * @param {object} value
 * @param {Shape} shape
 */
export function functionBase(value, { name, tag }) {
  const source = functionToString(value);
  const isClass = slice(source, 0, 5) === "class" && source[source.length - 1] === "}";
  if (isClass) return classBase(value, name, tag);
  const ownName = functionName(value);
  const isSpecial = name === "AsyncFunction" || name === "GeneratorFunction" || name === "AsyncGeneratorFunction";
  const type = isSpecial ? name : "Function";
  let text = `[${type}`;
  if (name === null) text += " (null prototype)";
  text += ownName === "" ? " (anonymous)]" : `: ${ownName}]`;
  if (name !== type && name !== null) text += ` ${name}`;
  if (tag !== "" && name !== tag) text += ` [${tag}]`;
  return text;
}

/**
 * @param {object} value
 * @param {string | null} name
 * @param {string} tag
 */
function classBase(value, name, tag) {
  const ownName = functionName(value);
  let text = ownName === "" ? "[class (anonymous)" : `[class ${ownName}`;
  if (name !== "Function" && name !== null) text += ` [${name}]`;
  if (tag !== "" && name !== tag) text += ` [${tag}]`;
  const parent = getPrototypeOf(value);
  if (name === null) text += " extends [null prototype]";
  else if (typeof parent === "function" && functionName(parent) !== "") text += ` extends ${functionName(parent)}`;
  return `${text}]`;
}

/**
 * Shows an object around a primitive, for instance `new Number(1)`.
 *
 * @param {object} value
 * @param {Shape} shape
 */
export function boxedBase(value, { name, tag, kind }) {
  let text = `[${kind}`;
  if (name !== kind) text += name === null ? " (null prototype)" : ` (${name})`;
  text += `: ${innerText(value, kind)}]`;
  if (tag !== "" && tag !== name) text += ` [${tag}]`;
  return text;
}

/**
 * @param {object} value
 * @param {string} kind
 */
function innerText(value, kind) {
  if (kind === "Number") return formatNumber(numberValueOf(value));
  if (kind === "String") return quote(stringValueOf(value));
  if (kind === "Boolean") return `${booleanValueOf(value)}`;
  if (kind === "BigInt") return `${bigintValueOf(value)}n`;
  return symbolToString(symbolValueOf(value));
}

/** @param {object} value */
export function dateText(value) {
  const time = dateGetTime(value);
  return time !== time ? dateToString(value) : dateToISOString(value);
}

/**
 * Returns the stack of an error. Removes from `keys` those that the stack shows already, and adds `cause` and `errors`.
 *
 * @param {Inspection} inspection
 * @param {Error} error
 * @param {List<string | symbol>} keys
 */
export function errorBase(inspection, error, keys) {
  const fields = /** @type {AnyObject} */ (/** @type {unknown} */ (error));
  const stack = errorStack(error);
  let written = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const isShown =
      (key === "name" || key === "message" || key === "stack") && indexOf(stack, textOf(fields[key])) >= 0;
    if (!isShown) keys[written++] = key;
  }
  keys.length = written;
  if (objectHasOwn(error, "cause") && !objectIsEnumerable(error, "cause")) push(keys, "cause");
  if (isArray(fields.errors) && objectHasOwn(error, "errors") && !objectIsEnumerable(error, "errors"))
    push(keys, "errors");
  const text = indexOf(stack, "\n    at ") < 0 ? `[${stack}]` : stack;
  if (inspection.indentation === 0) return text;
  return joinWith(splitAt(text, "\n"), `\n${repeat(" ", inspection.indentation)}`);
}
