/**
 * Calls the methods and reads the members of known values of a JavaScript program. Every call takes time linear in the
 * size of its values. A regular expression of the program runs only if it cannot backtrack.
 */

import { METHODS } from "./builtins.js";
import {
  Bytes,
  type Constant,
  encodingOf,
  type Folded,
  isList,
  MAX_LENGTH,
  MAX_NEEDLE,
  numberOf,
  Opaque,
  Pattern,
  primitiveOf,
  textOf,
  UNKNOWN,
} from "./computed.js";
import { parseWordSet } from "../word-list.js";

/** Methods of texts that take texts and numbers, and that are called as they are. */
const TEXT_METHODS: ReadonlySet<string> = parseWordSet(`
  at charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf normalize padEnd padStart repeat slice
  startsWith substr substring toLowerCase toUpperCase toLocaleLowerCase toLocaleUpperCase trim trimEnd trimStart
  trimLeft trimRight toString valueOf italics bold link anchor big sub fontcolor small
`);
const SEARCHES: ReadonlySet<string> = parseWordSet(
  "includes indexOf lastIndexOf startsWith endsWith split replace replaceAll",
);
const LIST_METHODS: ReadonlySet<string> = parseWordSet("at concat flat includes indexOf join slice toString values");

/** Calls a method of a known value. */
export function callMethod(self: Constant, name: string, values: readonly Constant[]): Folded {
  if (typeof self === "string") return callTextMethod(self, name, values);
  if (isList(self)) return callListMethod(self, name, values);
  if (self instanceof Bytes) return name === "toString" ? decodeBytes(self, values[0]) : UNKNOWN;
  if (name === "toString" || name === "valueOf" || name === "toLocaleString") {
    if (typeof self === "number" && name === "toString")
      return values.length === 0 ? String(self) : self.toString(numberOf(values[0]));
    return name === "valueOf" ? self : textOf(self);
  }
  return UNKNOWN;
}

function callTextMethod(self: string, name: string, values: readonly Constant[]): Folded {
  const [first, second] = values;
  if (SEARCHES.has(name) && typeof first === "string" && first.length > MAX_NEEDLE) return UNKNOWN;
  if (
    /^(repeat|padStart|padEnd)$/.test(name) &&
    !(numberOf(first) * (name === "repeat" ? self.length : 1) <= MAX_LENGTH)
  )
    return UNKNOWN;
  if (TEXT_METHODS.has(name)) {
    const native = (String.prototype as unknown as Record<string, (...given: unknown[]) => unknown>)[name];
    return native === undefined ? UNKNOWN : (native.apply(self, values.map(primitiveOf)) as Constant);
  }
  if (name === "split") return split(self, first);
  return name === "replace" || name === "replaceAll" ? replace(self, name, first, second) : UNKNOWN;
}

function split(self: string, separator: Constant): Folded {
  if (separator === undefined) return [self];
  const by = separator instanceof Pattern ? separator.compiled() : textOf(separator);
  return by === null ? UNKNOWN : self.split(by);
}

function replace(self: string, name: string, pattern: Constant, replacement: Constant): Folded {
  const from = pattern instanceof Pattern ? pattern.compiled() : pattern === undefined ? null : textOf(pattern);
  const to = replacement === undefined ? "undefined" : textOf(replacement);
  if (from === null || to.includes("$") || (to.length + 1) * self.length > 50 * MAX_LENGTH) return UNKNOWN;
  return name === "replaceAll" ? self.replaceAll(from, () => to) : self.replace(from, () => to);
}

/** The order of `sort` without a function. */
function compareTexts(left: Constant, right: Constant): number {
  const [a, b] = [textOf(left), textOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function callListMethod(self: readonly Constant[], name: string, values: readonly Constant[]): Folded {
  const [first] = values;
  switch (name) {
    case "reverse":
    case "toReversed":
      return [...self].reverse();
    case "pop":
      return self.at(-1);
    case "shift":
      return self[0];
    case "sort":
    case "toSorted":
      return values.length > 0 || !self.every((one) => typeof one === "string" || typeof one === "number")
        ? UNKNOWN
        : [...self].sort(compareTexts);
    case "join":
      return self
        .map((one) => (one === null || one === undefined ? "" : textOf(one)))
        .join(first === undefined ? "," : textOf(first));
    case "toString":
      return textOf(self);
    case "flat":
      return self.flatMap((one) => (isList(one) ? one : [one]));
  }
  if (!LIST_METHODS.has(name)) return UNKNOWN;
  const native = (Array.prototype as unknown as Record<string, (...given: unknown[]) => unknown>)[name];
  return native === undefined || name === "values" ? UNKNOWN : (native.apply(self, [...values]) as Constant);
}

function decodeBytes(self: Bytes, encodingName: Constant): Folded {
  const encoding = encodingOf(encodingName);
  return encoding === null ? UNKNOWN : Buffer.from(self.data).toString(encoding);
}

/** Reads a member of a known value. */
export function readMember(self: Constant, key: string): Folded {
  if (typeof self === "string" || isList(self)) {
    if (key === "length") return self.length;
    if (/^\d+$/.test(key)) return self[Number(key)];
    if (!(key in (typeof self === "string" ? String.prototype : Array.prototype))) return undefined;
  }
  if (self instanceof Pattern) return key === "source" ? self.source : key === "flags" ? self.flags : UNKNOWN;
  if (self instanceof Opaque) return key === "name" ? self.name : UNKNOWN;
  // Programs take letters from the text of a function of the language.
  return METHODS.has(key) ? new Opaque(`function ${key}() { [native code] }`, key) : UNKNOWN;
}
