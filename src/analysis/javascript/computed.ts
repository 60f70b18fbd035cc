/**
 * Values that a JavaScript program writes in a roundabout way, and what the language's own functions and methods make
 * of them. Only functions that run in time linear in what they get, on values of bounded size; a regular expression of
 * the program is run only if it cannot backtrack.
 */

import { parseWordSet } from "../word-list.js";

/** Longest text or list. */
export const MAX_LENGTH = 5_000;
/** Longest text that another one is searched for: searching takes the product. */
const MAX_NEEDLE = 64;

/** A value that is known by its text only: a function, an object. */
export class Opaque {
  readonly text: string;
  /** Name of the function. */
  readonly name: string;

  constructor(text: string, name = "") {
    this.text = text;
    this.name = name;
  }
}

export class Pattern {
  readonly source: string;
  readonly flags: string;

  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = flags;
  }

  /** The expression itself, if it can be matched without backtracking. */
  compiled(): RegExp | null {
    const isPlain =
      /^(?:\[(?:[^\]\\]|\\.)+\]|\\.|[^\\^$*+?()[\]{}|])+\+?$/s.test(this.source) && /^[giu]*$/.test(this.flags);
    return isPlain && this.source.length <= MAX_NEEDLE ? new RegExp(this.source, this.flags) : null;
  }
}

export class Bytes {
  readonly data: Uint8Array;

  constructor(data: Uint8Array) {
    this.data = data;
  }
}

export type Constant =
  string | number | bigint | boolean | null | undefined | Opaque | Pattern | Bytes | readonly Constant[];

/** What is not known. The language's own `undefined` is a value. */
export const UNKNOWN: unique symbol = Symbol("unknown");
export type Folded = Constant | typeof UNKNOWN;

export function isList(value: Folded): value is readonly Constant[] {
  return Array.isArray(value);
}

/** The text of a value, as `+ ""` gives it. */
export function textOf(value: Constant): string {
  if (value instanceof Opaque) return value.text;
  if (value instanceof Pattern) return `/${value.source}/${value.flags}`;
  if (value instanceof Bytes) return value.data.join(",");
  if (isList(value)) return value.map((one) => (one === null || one === undefined ? "" : textOf(one))).join(",");
  return String(value);
}

/** How much it costs to handle. */
export function sizeOf(value: Folded): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Opaque) return value.text.length;
  if (value instanceof Bytes) return value.data.length;
  return isList(value) ? value.reduce<number>((sum, one) => sum + 1 + sizeOf(one), 1) : 1;
}

export function isTrue(value: Constant): boolean {
  return typeof value === "object" && value !== null ? true : Boolean(value);
}

/** A primitive of it, as operators take it. */
function primitive(value: Constant): string | number | bigint | boolean | null | undefined {
  return typeof value === "object" && value !== null ? textOf(value) : value;
}

export function numberOf(value: Constant): number {
  return Number(primitive(value));
}

/** Operators on operands of known value. Throws what the language throws. */
export function operate(operator: string, left: Constant, right: Constant): Folded {
  const [a, b] = [primitive(left), primitive(right)];
  if (operator === "+" && (typeof a === "string" || typeof b === "string")) return String(a) + String(b);
  if (typeof a === "bigint" || typeof b === "bigint") return UNKNOWN;
  const [x, y] = [Number(a), Number(b)];
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return x / y;
    case "%":
      return x % y;
    case "**":
      return x ** y;
    case "^":
      return x ^ y;
    case "|":
      return x | y;
    case "&":
      return x & y;
    case "<<":
      return x << y;
    case ">>":
      return x >> y;
    case ">>>":
      return x >>> y;
    case "===":
    case "==":
      return typeof left === "object" || typeof right === "object"
        ? UNKNOWN
        : operator === "==" && typeof a !== typeof b
          ? UNKNOWN
          : a === b;
    case "<":
      return typeof a === "string" && typeof b === "string" ? a < b : x < y;
    case ">":
      return typeof a === "string" && typeof b === "string" ? a > b : x > y;
    default:
      return UNKNOWN;
  }
}

/** Methods of texts whose arguments are texts and numbers. */
const TEXT_METHODS: ReadonlySet<string> = parseWordSet(
  `at charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf normalize padEnd padStart repeat slice startsWith substr substring
  toLowerCase toUpperCase toLocaleLowerCase toLocaleUpperCase trim trimEnd trimStart trimLeft trimRight toString valueOf italics bold link anchor big sub fontcolor small`,
);
const SEARCHES: ReadonlySet<string> = new Set([
  "includes",
  "indexOf",
  "lastIndexOf",
  "startsWith",
  "endsWith",
  "split",
  "replace",
  "replaceAll",
]);

const LIST_METHODS: ReadonlySet<string> = new Set(
  "at concat flat includes indexOf join slice toString values".split(" "),
);

/** Calls a method of a known value. */
export function callMethod(self: Constant, name: string, values: readonly Constant[]): Folded {
  if (typeof self === "string") return textMethod(self, name, values);
  if (isList(self)) return listMethod(self, name, values);
  if (self instanceof Bytes) return name === "toString" ? decoded(self, values[0]) : UNKNOWN;
  if (name === "toString" || name === "valueOf" || name === "toLocaleString") {
    if (typeof self === "number" && name === "toString")
      return values.length === 0 ? String(self) : self.toString(numberOf(values[0]));
    return name === "valueOf" ? self : textOf(self);
  }
  return UNKNOWN;
}

function textMethod(self: string, name: string, values: readonly Constant[]): Folded {
  const [first, second] = values;
  if (SEARCHES.has(name) && typeof first === "string" && first.length > MAX_NEEDLE) return UNKNOWN;
  if (
    /^(repeat|padStart|padEnd)$/.test(name) &&
    !(numberOf(first) * (name === "repeat" ? self.length : 1) <= MAX_LENGTH)
  )
    return UNKNOWN;
  if (TEXT_METHODS.has(name)) {
    const native = (String.prototype as unknown as Record<string, (...given: unknown[]) => unknown>)[name];
    return native === undefined ? UNKNOWN : (native.apply(self, values.map(primitive)) as Constant);
  }
  if (name === "split") {
    const by = first instanceof Pattern ? first.compiled() : first === undefined ? undefined : textOf(first);
    return by === null ? UNKNOWN : by === undefined ? [self] : self.split(by as string);
  }
  if (name === "replace" || name === "replaceAll") {
    const from = first instanceof Pattern ? first.compiled() : first === undefined ? null : textOf(first);
    const to = second === undefined ? "undefined" : textOf(second);
    if (from === null || to.includes("$") || (to.length + 1) * self.length > 50 * MAX_LENGTH) return UNKNOWN;
    return name === "replaceAll" ? self.replaceAll(from, () => to) : self.replace(from, () => to);
  }
  return UNKNOWN;
}

function listMethod(self: readonly Constant[], name: string, values: readonly Constant[]): Folded {
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
        : [...self].sort();
    case "join":
      return self
        .map((one) => (one === null || one === undefined ? "" : textOf(one)))
        .join(first === undefined ? "," : textOf(first));
    case "toString":
      return textOf(self);
    case "flat":
      return self.flat(1) as Constant[];
  }
  if (!LIST_METHODS.has(name)) return UNKNOWN;
  const native = (Array.prototype as unknown as Record<string, (...given: unknown[]) => unknown>)[name];
  return native === undefined || name === "values" ? UNKNOWN : (native.apply(self, [...values]) as Constant);
}

type Fold = (...values: readonly Constant[]) => Folded;

function bytesOf(value: Constant, encoding: Constant): Folded {
  if (isList(value)) return new Bytes(Uint8Array.from(value, (one) => numberOf(one)));
  if (typeof value !== "string") return value instanceof Bytes ? value : UNKNOWN;
  const name = encoding === undefined ? "utf8" : textOf(encoding).toLowerCase();
  return /^(utf-?8|hex|base64|base64url|latin1|binary|ascii)$/.test(name)
    ? new Bytes(Buffer.from(value, name as BufferEncoding))
    : UNKNOWN;
}

function decoded(self: Bytes, encoding: Constant): Folded {
  const name = encoding === undefined ? "utf8" : textOf(encoding).toLowerCase();
  return /^(utf-?8|hex|base64|base64url|latin1|binary|ascii)$/.test(name)
    ? Buffer.from(self.data).toString(name as BufferEncoding)
    : UNKNOWN;
}

const text1 =
  (call: (text: string) => string): Fold =>
  (value) =>
    call(textOf(value));
const number1 =
  (call: (value: number) => number): Fold =>
  (value) =>
    call(numberOf(value));

/** What makes letters of numbers, and text of text. Keys are full names. */
const FUNCTIONS: Readonly<Record<string, Fold>> = {
  String: (value = "") => textOf(value),
  Number: (value = 0) => numberOf(value),
  Boolean: (value) => isTrue(value),
  Object: (value) => value,
  parseInt: (value, base) => Number.parseInt(textOf(value), base === undefined ? undefined : numberOf(base)),
  parseFloat: (value) => Number.parseFloat(textOf(value)),
  "Number.parseInt": (value, base) => Number.parseInt(textOf(value), base === undefined ? undefined : numberOf(base)),
  "String.fromCharCode": (...codes) => String.fromCharCode(...codes.map(numberOf)),
  "String.fromCodePoint": (...codes) => String.fromCodePoint(...codes.map(numberOf)),
  "Array.of": (...values) => values,
  "Array.from": (value) =>
    typeof value === "string" ? [...value] : isList(value) ? value : value instanceof Bytes ? [...value.data] : UNKNOWN,
  atob: text1((value) => Buffer.from(value, "base64").toString("latin1")),
  btoa: text1((value) => Buffer.from(value, "latin1").toString("base64")),
  unescape: text1(unescape),
  escape: text1(escape),
  decodeURIComponent: text1(decodeURIComponent),
  decodeURI: text1(decodeURI),
  encodeURIComponent: text1(encodeURIComponent),
  encodeURI: text1(encodeURI),
  "JSON.stringify": (value) =>
    typeof value === "string" || typeof value === "number" || isList(value) ? JSON.stringify(value) : UNKNOWN,
  "JSON.parse": (value) => plain(JSON.parse(textOf(value))),
  "Math.floor": number1(Math.floor),
  "Math.ceil": number1(Math.ceil),
  "Math.round": number1(Math.round),
  "Math.trunc": number1(Math.trunc),
  "Math.abs": number1(Math.abs),
  "Math.sqrt": number1(Math.sqrt),
  "Math.pow": (a, b) => numberOf(a) ** numberOf(b),
  "Math.max": (...values) => Math.max(...values.map(numberOf)),
  "Math.min": (...values) => Math.min(...values.map(numberOf)),
  "Buffer.from": bytesOf,
  "Uint8Array.from": (value) => bytesOf(value, undefined),
  Uint8Array: (value) => (isList(value) ? bytesOf(value, undefined) : UNKNOWN),
  RegExp: (source, flags) =>
    source instanceof Pattern ? source : new Pattern(textOf(source), flags === undefined ? "" : textOf(flags)),
};

/** Only what has no members of its own: objects are not followed. */
function plain(value: unknown): Folded {
  if (Array.isArray(value))
    return value.every((one) => typeof one !== "object" || one === null) ? (value as Constant[]) : UNKNOWN;
  return typeof value === "object" && value !== null ? UNKNOWN : (value as Constant);
}

export function functionNamed(full: string): Fold | undefined {
  return Object.hasOwn(FUNCTIONS, full) ? FUNCTIONS[full] : undefined;
}

export function decodeUtf8(value: Constant): Folded {
  return value instanceof Bytes ? Buffer.from(value.data).toString("utf8") : UNKNOWN;
}
