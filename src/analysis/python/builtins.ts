/**
 * Python's own functions and methods that turn constants into other constants. Programs hide names with them: they
 * decode text, reverse it and join it. A result is null if it is unknown.
 */

import { characterOf, type Constant, itemsOf } from "./constant.js";
import { readInteger } from "./literals.js";

type Fold = (...values: readonly Constant[]) => Constant | null;
type FoldMethod = (self: Exclude<Constant, number>, ...values: readonly Constant[]) => Constant | null;

/** Longest `range` that is computed. */
const MAX_RANGE = 1_000;

/** By full name. */
const FUNCTIONS: Readonly<Record<string, Fold>> = {
  "builtins.chr": (point) => (typeof point === "number" ? characterOf(point) : null),
  "builtins.ord": (text) => (typeof text === "string" ? (text.codePointAt(0) ?? null) : null),
  "builtins.str": (value, encoding) => (encoding === undefined ? printed(value) : decodedUtf8(value)),
  "builtins.int": (value, base) => (typeof value === "number" ? value : parsedInteger(value, base)),
  "builtins.bytes": (value) => bytes(value),
  "builtins.bytearray": (value) => bytes(value),
  "builtins.list": (value) => (value === undefined ? [] : itemsOf(value)),
  "builtins.tuple": (value) => (value === undefined ? [] : itemsOf(value)),
  "builtins.reversed": (value) => (value === undefined ? null : (itemsOf(value)?.toReversed() ?? null)),
  "builtins.range": (a, b, c) => range(a, b, c),
  "builtins.bytes.fromhex": (value) => (typeof value === "string" ? decodeAs(value, "hex") : null),
  "builtins.bytearray.fromhex": (value) => (typeof value === "string" ? decodeAs(value, "hex") : null),
  "builtins.str.join": (separator, items) => join(separator, items),
  "base64.b64decode": (value) => decodeAs(value, "base64"),
  "base64.standard_b64decode": (value) => decodeAs(value, "base64"),
  "base64.urlsafe_b64decode": (value) => decodeAs(value, "base64url"),
  "base64.b16decode": (value) => decodeAs(value, "hex"),
  "base64.decodebytes": (value) => decodeAs(value, "base64"),
  "binascii.unhexlify": (value) => decodeAs(value, "hex"),
  "binascii.a2b_hex": (value) => decodeAs(value, "hex"),
  "binascii.a2b_base64": (value) => decodeAs(value, "base64"),
  "codecs.decode": (value, encoding) => decode(value, encoding),
  "codecs.encode": (value, encoding) => (typeof value === "string" && isRot13(encoding) ? rot13(value) : null),
};

const METHODS: Readonly<Record<string, FoldMethod>> = {
  join: (self, items) => join(self, items),
  lower: (self) => (typeof self === "string" ? self.toLowerCase() : null),
  upper: (self) => (typeof self === "string" ? self.toUpperCase() : null),
  casefold: (self) => (typeof self === "string" ? self.toLowerCase() : null),
  capitalize: (self) => (typeof self === "string" ? self.charAt(0).toUpperCase() + self.slice(1).toLowerCase() : null),
  swapcase: (self) =>
    typeof self === "string"
      ? self.replace(/./gs, (one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase()))
      : null,
  strip: (self, letters) => strip(self, letters, true, true),
  lstrip: (self, letters) => strip(self, letters, true, false),
  rstrip: (self, letters) => strip(self, letters, false, true),
  removeprefix: (self, part) =>
    typeof self === "string" && typeof part === "string" && self.startsWith(part) ? self.slice(part.length) : self,
  removesuffix: (self, part) =>
    typeof self === "string" && typeof part === "string" && part !== "" && self.endsWith(part)
      ? self.slice(0, -part.length)
      : self,
  replace: (self, from, to) =>
    typeof self === "string" && typeof from === "string" && typeof to === "string" && from !== ""
      ? self.replaceAll(from, () => to)
      : null,
  splitlines: (self) => (typeof self === "string" ? self.split(/\r?\n/) : null),
  split: (self, by) =>
    typeof self === "string" ? (typeof by === "string" && by !== "" ? self.split(by) : self.trim().split(/\s+/)) : null,
  encode: (self) => (typeof self === "string" ? Uint8Array.from(Buffer.from(self, "utf8")) : null),
  decode: (self, encoding) => (self instanceof Uint8Array ? (decode(self, encoding ?? "utf-8") ?? null) : null),
  copy: (self) => self,
  hex: (self) => (self instanceof Uint8Array ? Buffer.from(self).toString("hex") : null),
};

/** The function of this full name, such as `base64.b64decode`. */
export function findFunction(full: string): Fold | undefined {
  return Object.hasOwn(FUNCTIONS, full) ? FUNCTIONS[full] : undefined;
}

/** The method of this name, of any type of constant. */
export function findMethod(name: string): FoldMethod | undefined {
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
}

/** `template.format(*values, **named)`. */
export function format(
  template: string,
  values: readonly Constant[],
  named: ReadonlyMap<string, Constant>,
): string | null {
  let next = 0;
  let isKnown = true;
  const text = template.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (whole, field?: string) => {
    if (field === undefined) return whole.slice(1);
    const value = field === "" ? values[next++] : /^\d+$/.test(field) ? values[Number(field)] : named.get(field);
    if (value === undefined || typeof value === "object") isKnown = false;
    return String(value);
  });
  return isKnown ? text : null;
}

function printed(value: Constant | undefined): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

function decodedUtf8(value: Constant | undefined): string | null {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : null;
}

function parsedInteger(value: Constant | undefined, base: Constant | undefined): number | null {
  if (typeof value !== "string" || !/^-?[\da-z_]+$/i.test(value)) return null;
  return readInteger(String(Number.parseInt(value, typeof base === "number" && base >= 2 && base <= 36 ? base : 10)));
}

function bytes(value: Constant | undefined): Uint8Array | null {
  return value instanceof Uint8Array ? value : isBytes(value) ? Uint8Array.from(value) : null;
}

function isBytes(value: Constant | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number" && one >= 0 && one < 256);
}

/** Decodes what a text or its bytes spell in hexadecimal or base64. */
function decodeAs(value: Constant | undefined, encoding: BufferEncoding): Constant | null {
  const text =
    typeof value === "string" ? value : value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : null;
  return text === null ? null : Uint8Array.from(Buffer.from(text, encoding));
}

function decode(value: Constant | undefined, encoding: Constant | undefined): Constant | null {
  if (isRot13(encoding)) return typeof value === "string" ? rot13(value) : null;
  const name = typeof encoding === "string" ? encoding.toLowerCase().replaceAll("-", "_") : "utf_8";
  if (name === "hex" || name === "hex_codec") return decodeAs(value, "hex");
  if (name === "base64" || name === "base64_codec") return decodeAs(value, "base64");
  return value instanceof Uint8Array && /^(utf_?8|ascii|latin_?1|us_ascii|iso8859_1)$/.test(name)
    ? Buffer.from(value).toString(/utf/.test(name) ? "utf8" : "latin1")
    : null;
}

function isRot13(encoding: Constant | undefined): boolean {
  return typeof encoding === "string" && /^rot_?13$/i.test(encoding);
}

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (one) =>
    String.fromCharCode(one.charCodeAt(0) + (one.toLowerCase() < "n" ? 13 : -13)),
  );
}

function join(separator: Constant | undefined, items: Constant | undefined): Constant | null {
  const list = items === undefined ? null : itemsOf(items);
  if (list === null || separator === undefined) return null;
  if (typeof separator === "string") return list.every((one) => typeof one === "string") ? list.join(separator) : null;
  if (!(separator instanceof Uint8Array) || !list.every((one) => one instanceof Uint8Array)) return null;
  return Uint8Array.from(list.flatMap((one, index) => [...(index === 0 ? [] : separator), ...one]));
}

function range(a: Constant | undefined, b: Constant | undefined, c: Constant | undefined): Constant | null {
  const [start, stop, step] = b === undefined ? [0, a, 1] : [a, b, c ?? 1];
  if (typeof start !== "number" || typeof stop !== "number" || typeof step !== "number" || step === 0) return null;
  const length = Math.ceil((stop - start) / step);
  return length > MAX_RANGE ? null : Array.from({ length: Math.max(0, length) }, (_, index) => start + index * step);
}

function strip(self: Constant, letters: Constant | undefined, isLeft: boolean, isRight: boolean): string | null {
  if (typeof self !== "string" || (letters !== undefined && typeof letters !== "string")) return null;
  const isStripped = (one: string | undefined): boolean =>
    one !== undefined && (letters === undefined ? /\s/.test(one) : letters.includes(one));
  let [start, end] = [0, self.length];
  while (isLeft && start < end && isStripped(self[start])) start++;
  while (isRight && end > start && isStripped(self[end - 1])) end--;
  return self.slice(start, end);
}
