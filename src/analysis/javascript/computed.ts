/**
 * The values that the analysis computes for expressions of a JavaScript program, and the operators of the language on
 * them.
 */

/** Most characters of a text, or elements of a list. */
export const MAX_LENGTH = 5_000;
/**
 * Longest text or regular expression that is searched for in another text. A search takes time in proportion to the
 * product of both lengths.
 */
export const MAX_NEEDLE = 64;

/** A function or an object of which only the text is known. */
export class Opaque {
  readonly text: string;
  /** Name of the function; empty for an object. */
  readonly name: string;

  constructor(text: string, name = "") {
    this.text = text;
    this.name = name;
  }
}

/** A regular expression. */
export class Pattern {
  readonly source: string;
  readonly flags: string;

  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = flags;
  }

  /** The expression, if it matches without backtracking; else null. */
  compiled(): RegExp | null {
    const isPlain =
      /^(?:\[(?:[^\]\\]|\\.)+\]|\\.|[^\\^$*+?()[\]{}|])+\+?$/s.test(this.source) && /^[giu]*$/.test(this.flags);
    return isPlain && this.source.length <= MAX_NEEDLE ? new RegExp(this.source, this.flags) : null;
  }
}

/** A typed array or a Buffer. */
export class Bytes {
  readonly data: Uint8Array;

  constructor(data: Uint8Array) {
    this.data = data;
  }
}

export type Constant =
  string | number | bigint | boolean | null | undefined | Opaque | Pattern | Bytes | readonly Constant[];

/** Stands for a value that is not known. `undefined` is a known value. */
export const UNKNOWN: unique symbol = Symbol("unknown");
export type Folded = Constant | typeof UNKNOWN;

export function isList(value: Folded): value is readonly Constant[] {
  return Array.isArray(value);
}

/** Converts a value to text as `+ ""` does. */
export function textOf(value: Constant): string {
  if (value instanceof Opaque) return value.text;
  if (value instanceof Pattern) return `/${value.source}/${value.flags}`;
  if (value instanceof Bytes) return value.data.join(",");
  if (isList(value)) return value.map((one) => (one === null || one === undefined ? "" : textOf(one))).join(",");
  return String(value);
}

/** The size of a value, which is the cost of work with it. */
export function sizeOf(value: Folded): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Opaque) return value.text.length;
  if (value instanceof Bytes) return value.data.length;
  return isList(value) ? value.reduce<number>((sum, one) => sum + 1 + sizeOf(one), 1) : 1;
}

/** Names of the encodings of Buffer that decode in linear time. */
const ENCODING = /^(utf-?8|hex|base64|base64url|latin1|binary|ascii)$/;

/** The encoding that an argument names, UTF-8 if there is none; null for an unknown encoding. */
export function encodingOf(argument: Constant): BufferEncoding | null {
  const name = argument === undefined ? "utf8" : textOf(argument).toLowerCase();
  return ENCODING.test(name) ? (name as BufferEncoding) : null;
}

/** Converts a value to a boolean as `if` does. */
export function isTrue(value: Constant): boolean {
  return typeof value === "object" && value !== null ? true : Boolean(value);
}

/** Converts a value to a primitive as operators do. */
export function primitiveOf(value: Constant): string | number | bigint | boolean | null | undefined {
  return typeof value === "object" && value !== null ? textOf(value) : value;
}

/** Converts a value to a number as operators do. */
export function numberOf(value: Constant): number {
  return Number(primitiveOf(value));
}

/** Applies a binary operator to known values. Throws the errors that the language throws. */
export function operate(operator: string, left: Constant, right: Constant): Folded {
  const [a, b] = [primitiveOf(left), primitiveOf(right)];
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
      if (typeof left === "object" || typeof right === "object") return UNKNOWN;
      return operator === "==" && typeof a !== typeof b ? UNKNOWN : a === b;
    case "<":
      return typeof a === "string" && typeof b === "string" ? a < b : x < y;
    case ">":
      return typeof a === "string" && typeof b === "string" ? a > b : x > y;
    default:
      return UNKNOWN;
  }
}

/** Applies a unary operator to a known value. */
export function operateUnary(operator: string, value: Constant): Folded {
  switch (operator) {
    case "!":
      return !isTrue(value);
    case "-":
      return typeof value === "bigint" ? -value : -numberOf(value);
    case "+":
      return numberOf(value);
    case "~":
      return ~numberOf(value);
    case "typeof":
      return typeOf(value);
    default:
      return UNKNOWN;
  }
}

function typeOf(value: Constant): string {
  if (value instanceof Opaque) return value.text.startsWith("[") ? "object" : "function";
  return isList(value) || value instanceof Pattern || value === null ? "object" : typeof value;
}
