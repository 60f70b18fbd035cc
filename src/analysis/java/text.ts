/** The methods of Java that create and change text, applied to constants. */

/** A `char`. It is a number in a sum of numbers and a letter in a sum of texts. */
export class Letter {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

export type Constant = string | number | Letter | readonly Constant[];

/** Most characters of a text, or elements of a list. */
export const MAX_LENGTH = 20_000;

type Fold = (...values: readonly Constant[]) => Constant | null;
type Method = (self: Constant, ...values: readonly Constant[]) => Constant | null;

/** Converts a value to text. A list of letters or of bytes becomes the text that it holds. */
export function toText(value: Constant | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (value instanceof Letter) return String.fromCharCode(value.code);
  if (typeof value === "number") return String(value);
  const codes = value.map((one) => (one instanceof Letter ? one.code : typeof one === "number" ? one : null));
  if (codes.some((code) => code === null)) return null;
  if (value.some((one) => one instanceof Letter)) return codes.map((code) => String.fromCharCode(code ?? 0)).join("");
  return Buffer.from(codes.map((code) => (code ?? 0) & 0xff)).toString("utf8");
}

const encodeText = (text: string | null, encoding: BufferEncoding): Constant | null =>
  text === null ? null : [...Buffer.from(text, encoding)];
const base64: Fold = (value) => encodeText(toText(value), "base64");
const listOf: Fold = (...values) =>
  values.length === 1 && Array.isArray(values[0]) ? (values[0] as Constant[]) : values;
const stringOf: Fold = (value) => toText(value);
const letterOf: Fold = (value) =>
  typeof value === "number" ? String.fromCodePoint(Math.min(Math.max(value, 0), 0x10ffff)) : toText(value);

/** Static methods, and methods of the result of another call, by the last two parts of their names. */
export const CALLS: Readonly<Record<string, Fold>> = {
  "String.valueOf": stringOf,
  "String.copyValueOf": stringOf,
  "String.join": (separator, ...items) =>
    join(separator, items.length === 1 && Array.isArray(items[0]) ? (items[0] as Constant[]) : items),
  "String.format": (template, ...values) => format(template, values),
  "Character.toString": letterOf,
  "Character.valueOf": (value) => value ?? null,
  "Character.toChars": (value) => (typeof value === "number" ? [new Letter(value)] : null),
  "Integer.parseInt": (text, radix) => parseInteger(text, radix),
  "Integer.valueOf": (text, radix) => parseInteger(text, radix),
  "Integer.toString": stringOf,
  "Long.parseLong": (text, radix) => parseInteger(text, radix),
  "Byte.parseByte": (text, radix) => parseInteger(text, radix),
  "List.of": listOf,
  "Arrays.asList": listOf,
  "Arrays.stream": listOf,
  "Stream.of": listOf,
  "Objects.requireNonNull": (value) => value ?? null,
  "Optional.of": (value) => value ?? null,
  "getDecoder().decode": base64,
  "getUrlDecoder().decode": (value) => encodeText(toText(value), "base64url"),
  "getMimeDecoder().decode": base64,
  "of().parseHex": (value) => encodeText(toText(value), "hex"),
  "DatatypeConverter.parseBase64Binary": base64,
  "DatatypeConverter.parseHexBinary": (value) => encodeText(toText(value), "hex"),
  "URLDecoder.decode": (value) => decodeUrl(toText(value)),
};

/** Methods of texts, string builders and lists. */
export const METHODS: Readonly<Record<string, Method>> = {
  toString: (self: Constant) => toText(self),
  intern: (self) => self,
  strip: (self) => changeText(self, (text) => text.trim()),
  trim: (self) => changeText(self, (text) => text.trim()),
  toLowerCase: (self) => changeText(self, (text) => text.toLowerCase()),
  toUpperCase: (self) => changeText(self, (text) => text.toUpperCase()),
  concat: (self, other) => append(self, other),
  append: (self, other) => append(self, other),
  insert: (self, at, other) =>
    changeText(self, (text) =>
      typeof at === "number" ? text.slice(0, at) + (toText(other) ?? "") + text.slice(at) : null,
    ),
  reverse: (self) => changeText(self, (text) => [...text].reverse().join("")),
  deleteCharAt: (self, at) =>
    changeText(self, (text) => (typeof at === "number" ? text.slice(0, at) + text.slice(at + 1) : null)),
  substring: (self, from, to) =>
    changeText(self, (text) =>
      typeof from === "number" ? text.slice(from, typeof to === "number" ? to : undefined) : null,
    ),
  replace: (self, from, to) => replaceText(self, from, to),
  replaceAll: (self, from, to) =>
    /^[\w .,:;#@!~-]+$/.test(toText(from) ?? "") && !/[.]/.test(toText(from) ?? "")
      ? replaceText(self, from, to)
      : null,
  repeat: (self, count) =>
    changeText(self, (text) =>
      typeof count === "number" && count >= 0 && text.length * count <= MAX_LENGTH ? text.repeat(count) : null,
    ),
  charAt: (self, at) =>
    typeof self === "string" && typeof at === "number" && at < self.length ? new Letter(self.charCodeAt(at)) : null,
  toCharArray: (self) =>
    typeof self === "string"
      ? Array.from({ length: Math.min(self.length, MAX_LENGTH) }, (_, index) => new Letter(self.charCodeAt(index)))
      : null,
  getBytes: (self) => (typeof self === "string" ? encodeText(self, "utf8") : null),
  length: (self) => (typeof self === "string" ? self.length : null),
  split: (self, by) => (typeof self === "string" && typeof by === "string" ? splitText(self, by) : null),
  formatted: (self, ...values) => format(self, values),
  get: (self, at) =>
    Array.isArray(self) && typeof at === "number"
      ? ((self as Constant[])[at] ?? null)
      : typeof self === "string"
        ? self
        : null,
  collect: (self, separator) => join(separator, self),
  orElseThrow: (self) => self,
  intValue: (self) => self,
};

function changeText(self: Constant, change: (text: string) => string | null): string | null {
  return typeof self === "string" ? change(self) : null;
}

function append(self: Constant, other: Constant | undefined): string | null {
  const added = toText(other);
  return typeof self !== "string" || added === null ? null : self + added;
}

function replaceText(self: Constant, from: Constant | undefined, to: Constant | undefined): string | null {
  const [old, fresh] = [toText(from), toText(to)];
  if (old === null || fresh === null || old === "") return null;
  return changeText(self, (text) =>
    text.length * Math.max(1, fresh.length) > MAX_LENGTH * 10 ? null : text.replaceAll(old, () => fresh),
  );
}

function join(separator: Constant | undefined, items: Constant | undefined): string | null {
  const by = toText(separator);
  if (by === null || !Array.isArray(items)) return null;
  const texts = (items as Constant[]).map(toText);
  return texts.includes(null) ? null : texts.join(by);
}

/** Splits a text at a regular expression that matches one fixed text. Returns null for any other expression. */
function splitText(text: string, by: string): Constant | null {
  const plain = by.replace(/\\(?=\W)|[[\]]/g, "");
  return /^[\w\s.,:;|#@!~/+*-]*$/.test(plain) && plain.length < 4 ? text.split(plain) : null;
}

function format(template: Constant | undefined, values: readonly Constant[]): string | null {
  if (typeof template !== "string") return null;
  let next = 0;
  let isKnown = true;
  const text = template.replace(/%(?:(\d+)\$)?(.)/gs, (_, place: string | undefined, kind: string) => {
    if (kind === "%") return "%";
    if (kind === "n") return "\n";
    const value = place === undefined ? values[next++] : values[Number(place) - 1];
    const shown = kind === "c" && typeof value === "number" ? String.fromCharCode(value) : toText(value);
    if (!/[scd]/.test(kind) || shown === null) isKnown = false;
    return shown ?? "";
  });
  return isKnown ? text : null;
}

function parseInteger(text: Constant | undefined, radix: Constant | undefined): number | null {
  if (typeof text === "number") return text;
  const value =
    typeof text === "string"
      ? Number.parseInt(text, typeof radix === "number" && radix >= 2 && radix <= 36 ? radix : 10)
      : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function decodeUrl(text: string | null): string | null {
  try {
    return text === null ? null : decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}
