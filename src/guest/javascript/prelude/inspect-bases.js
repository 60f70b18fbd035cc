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
  regExpExec,
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

/** Fields of an error that are shown although a loop over its keys does not find them. */
const MORE_FIELDS = /** @type {const} */ (["cause", "errors", "error", "suppressed"]);

/** The name that an error of the language has. */
const BUILT_IN_NAME = /^(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error/;

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
 * @param {Shape} shape
 */
export function errorBase(inspection, error, keys, { name, tag }) {
  const fields = /** @type {AnyObject} */ (/** @type {unknown} */ (error));
  const isOuter = inspection.outer !== null && inspection.outer.error === error;
  const stack =
    isOuter && inspection.outer !== null ? inspection.outer.stack : withClass(errorStack(error), error, name, tag);
  let written = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const isShown = isOuter
      ? key === "name" || key === "message" || key === "stack"
      : (key === "name" || key === "message" || key === "stack") && indexOf(stack, textOf(fields[key])) >= 0;
    if (!isShown) keys[written++] = key;
  }
  keys.length = written;
  for (let i = 0; i < MORE_FIELDS.length; i++) {
    const field = MORE_FIELDS[i];
    if (!objectHasOwn(error, field) || objectIsEnumerable(error, field)) continue;
    if (field !== "errors" || isArray(fields.errors)) push(keys, field);
  }
  const text = indexOf(stack, "\n    at ") < 0 && !isOuter ? `[${stack}]` : stack;
  if (inspection.indentation === 0) return text;
  return joinWith(splitAt(text, "\n"), `\n${repeat(" ", inspection.indentation)}`);
}

/**
 * Names the class of an error in the first line of its stack, as Node does.
 *
 * @param {string} stack
 * @param {Error} error
 * @param {string | null} className
 * @param {string} tag
 */
function withClass(stack, error, className, tag) {
  const name = nameOf(error);
  if (className === null || name === null || name === "") return stack;
  if (!startsWithName(stack, name)) {
    // A constructor sets the name after the stack has been made.
    const made = regExpExec(BUILT_IN_NAME, stack);
    return made !== null && startsWithName(stack, made[0]) ? name + slice(stack, made[0].length) : stack;
  }
  if (slice(name, -5) !== "Error") return stack;
  const prefix = prefixOf(className, tag, "Error", "");
  const shown = slice(prefix, 0, -1);
  if (name === shown) return stack;
  return (indexOf(shown, name) >= 0 ? shown : `${shown} [${name}]`) + slice(stack, name.length);
}

/**
 * @param {string} stack
 * @param {string} name
 */
function startsWithName(stack, name) {
  const next = stack[name.length];
  return slice(stack, 0, name.length) === name && (next === undefined || next === ":" || next === "\n");
}

/**
 * Returns the name that an error has for itself, or null if that cannot be read.
 *
 * @param {Error} error
 */
function nameOf(error) {
  try {
    const { name } = /** @type {{ name: unknown }} */ (error);
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}
