/** The functions of the JavaScript language, applied to known values. Every call takes time linear in its arguments. */

import {
  Bytes,
  type Constant,
  encodingOf,
  type Folded,
  isList,
  isTrue,
  numberOf,
  Pattern,
  textOf,
  UNKNOWN,
} from "./computed.js";

type Fold = (...values: readonly Constant[]) => Folded;

function encode(value: Constant, encodingName: Constant): Folded {
  if (isList(value)) return new Bytes(Uint8Array.from(value, (one) => numberOf(one)));
  if (typeof value !== "string") return value instanceof Bytes ? value : UNKNOWN;
  const encoding = encodingOf(encodingName);
  return encoding === null ? UNKNOWN : new Bytes(Buffer.from(value, encoding));
}

/** A function of one text. */
const ofText =
  (call: (text: string) => string): Fold =>
  (value) =>
    call(textOf(value));
/** A function of one number. */
const ofNumber =
  (call: (value: number) => number): Fold =>
  (value) =>
    call(numberOf(value));

/** By full name: functions that convert values to text or numbers and back. */
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
  atob: ofText((value) => Buffer.from(value, "base64").toString("latin1")),
  btoa: ofText((value) => Buffer.from(value, "latin1").toString("base64")),
  unescape: ofText(unescape),
  escape: ofText(escape),
  decodeURIComponent: ofText(decodeURIComponent),
  decodeURI: ofText(decodeURI),
  encodeURIComponent: ofText(encodeURIComponent),
  encodeURI: ofText(encodeURI),
  "JSON.stringify": (value) =>
    typeof value === "string" || typeof value === "number" || isList(value) ? JSON.stringify(value) : UNKNOWN,
  "JSON.parse": (value) => withoutObjects(JSON.parse(textOf(value))),
  "Math.floor": ofNumber(Math.floor),
  "Math.ceil": ofNumber(Math.ceil),
  "Math.round": ofNumber(Math.round),
  "Math.trunc": ofNumber(Math.trunc),
  "Math.abs": ofNumber(Math.abs),
  "Math.sqrt": ofNumber(Math.sqrt),
  "Math.pow": (a, b) => numberOf(a) ** numberOf(b),
  "Math.max": (...values) => Math.max(...values.map(numberOf)),
  "Math.min": (...values) => Math.min(...values.map(numberOf)),
  "Buffer.from": encode,
  "Uint8Array.from": (value) => encode(value, undefined),
  Uint8Array: (value) => (isList(value) ? encode(value, undefined) : UNKNOWN),
  RegExp: (source, flags) =>
    source instanceof Pattern ? source : new Pattern(textOf(source), flags === undefined ? "" : textOf(flags)),
};

/** The value without objects: their members are not followed. */
function withoutObjects(value: unknown): Folded {
  if (Array.isArray(value))
    return value.every((one) => typeof one !== "object" || one === null) ? (value as Constant[]) : UNKNOWN;
  return typeof value === "object" && value !== null ? UNKNOWN : (value as Constant);
}

/** The function of the language with this full name. */
export function functionNamed(full: string): Fold | undefined {
  return Object.hasOwn(FUNCTIONS, full) ? FUNCTIONS[full] : undefined;
}

export function decodeUtf8(value: Constant): Folded {
  return value instanceof Bytes ? Buffer.from(value.data).toString("utf8") : UNKNOWN;
}
