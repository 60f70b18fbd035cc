/** What the methods of Java that make and change text do to constants. */

/** A `char`: a number in sums of numbers, a letter in sums of text. */
export class Letter {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

export type Constant = string | number | Letter | readonly Constant[];

/** Longest text, or list. */
export const MAX_LENGTH = 20_000;

type Fold = (...values: readonly Constant[]) => Constant | null;
type Method = (self: Constant, ...values: readonly Constant[]) => Constant | null;

/** The text of a value; of a list of numbers or letters, the text that it holds. */
export function shownOf(value: Constant | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (value instanceof Letter) return String.fromCharCode(value.code);
  if (typeof value === "number") return String(value);
  const codes = value.map((one) => (one instanceof Letter ? one.code : typeof one === "number" ? one : null));
  if (codes.some((code) => code === null)) return null;
  if (value.some((one) => one instanceof Letter)) return codes.map((code) => String.fromCharCode(code ?? 0)).join("");
  return Buffer.from(codes.map((code) => (code ?? 0) & 0xff)).toString("utf8");
}

const bytesOf = (text: string | null, encoding: BufferEncoding): Constant | null =>
  text === null ? null : [...Buffer.from(text, encoding)];
const base64: Fold = (value) => bytesOf(shownOf(value), "base64");
const listOf: Fold = (...values) =>
  values.length === 1 && Array.isArray(values[0]) ? (values[0] as Constant[]) : values;
const textOf: Fold = (value) => shownOf(value);
const letterOf: Fold = (value) =>
  typeof value === "number" ? String.fromCodePoint(Math.min(Math.max(value, 0), 0x10ffff)) : shownOf(value);

/** Calls of a class, or of what another call returned, by the last parts of their names. */
export const CALLS: Readonly<Record<string, Fold>> = {
  "String.valueOf": textOf,
  "String.copyValueOf": textOf,
  "String.join": (separator, ...items) =>
    joined(separator, items.length === 1 && Array.isArray(items[0]) ? (items[0] as Constant[]) : items),
  "String.format": (template, ...values) => formatted(template, values),
  "Character.toString": letterOf,
  "Character.valueOf": (value) => value ?? null,
  "Character.toChars": (value) => (typeof value === "number" ? [new Letter(value)] : null),
  "Integer.parseInt": (text, radix) => parsed(text, radix),
  "Integer.valueOf": (text, radix) => parsed(text, radix),
  "Integer.toString": textOf,
  "Long.parseLong": (text, radix) => parsed(text, radix),
  "Byte.parseByte": (text, radix) => parsed(text, radix),
  "List.of": listOf,
  "Arrays.asList": listOf,
  "Arrays.stream": listOf,
  "Stream.of": listOf,
  "Objects.requireNonNull": (value) => value ?? null,
  "Optional.of": (value) => value ?? null,
  "getDecoder().decode": base64,
  "getUrlDecoder().decode": (value) => bytesOf(shownOf(value), "base64url"),
  "getMimeDecoder().decode": base64,
  "of().parseHex": (value) => bytesOf(shownOf(value), "hex"),
  "DatatypeConverter.parseBase64Binary": base64,
  "DatatypeConverter.parseHexBinary": (value) => bytesOf(shownOf(value), "hex"),
  "URLDecoder.decode": (value) => unquoted(shownOf(value)),
};

/** Methods of text, of builders of text, and of lists. */
export const METHODS: Readonly<Record<string, Method>> = {
  toString: (self: Constant) => shownOf(self),
  intern: (self) => self,
  strip: (self) => onText(self, (text) => text.trim()),
  trim: (self) => onText(self, (text) => text.trim()),
  toLowerCase: (self) => onText(self, (text) => text.toLowerCase()),
  toUpperCase: (self) => onText(self, (text) => text.toUpperCase()),
  concat: (self, other) => sum(self, other),
  append: (self, other) => sum(self, other),
  insert: (self, at, other) =>
    onText(self, (text) =>
      typeof at === "number" ? text.slice(0, at) + (shownOf(other) ?? "") + text.slice(at) : null,
    ),
  reverse: (self) => onText(self, (text) => [...text].reverse().join("")),
  deleteCharAt: (self, at) =>
    onText(self, (text) => (typeof at === "number" ? text.slice(0, at) + text.slice(at + 1) : null)),
  substring: (self, from, to) =>
    onText(self, (text) =>
      typeof from === "number" ? text.slice(from, typeof to === "number" ? to : undefined) : null,
    ),
  replace: (self, from, to) => replaced(self, from, to),
  replaceAll: (self, from, to) =>
    /^[\w .,:;#@!~-]+$/.test(shownOf(from) ?? "") && !/[.]/.test(shownOf(from) ?? "") ? replaced(self, from, to) : null,
  repeat: (self, count) =>
    onText(self, (text) =>
      typeof count === "number" && count >= 0 && text.length * count <= MAX_LENGTH ? text.repeat(count) : null,
    ),
  charAt: (self, at) =>
    typeof self === "string" && typeof at === "number" && at < self.length ? new Letter(self.charCodeAt(at)) : null,
  toCharArray: (self) =>
    typeof self === "string"
      ? Array.from({ length: Math.min(self.length, MAX_LENGTH) }, (_, index) => new Letter(self.charCodeAt(index)))
      : null,
  getBytes: (self) => (typeof self === "string" ? bytesOf(self, "utf8") : null),
  length: (self) => (typeof self === "string" ? self.length : null),
  split: (self, by) => (typeof self === "string" && typeof by === "string" ? split(self, by) : null),
  formatted: (self, ...values) => formatted(self, values),
  get: (self, at) =>
    Array.isArray(self) && typeof at === "number"
      ? ((self as Constant[])[at] ?? null)
      : typeof self === "string"
        ? self
        : null,
  collect: (self, separator) => joined(separator, self),
  orElseThrow: (self) => self,
  intValue: (self) => self,
};

function onText(self: Constant, change: (text: string) => string | null): string | null {
  return typeof self === "string" ? change(self) : null;
}

function sum(self: Constant, other: Constant | undefined): string | null {
  const added = shownOf(other);
  return typeof self !== "string" || added === null ? null : self + added;
}

function replaced(self: Constant, from: Constant | undefined, to: Constant | undefined): string | null {
  const [old, fresh] = [shownOf(from), shownOf(to)];
  if (old === null || fresh === null || old === "") return null;
  return onText(self, (text) =>
    text.length * Math.max(1, fresh.length) > MAX_LENGTH * 10 ? null : text.replaceAll(old, () => fresh),
  );
}

function joined(separator: Constant | undefined, items: Constant | undefined): string | null {
  const by = shownOf(separator);
  if (by === null || !Array.isArray(items)) return null;
  const texts = (items as Constant[]).map(shownOf);
  return texts.includes(null) ? null : texts.join(by);
}

/** The separator is a regular expression: one that is only itself, quoted or not. */
function split(text: string, by: string): Constant | null {
  const plain = by.replace(/\\(?=\W)|[[\]]/g, "");
  return /^[\w\s.,:;|#@!~/+*-]*$/.test(plain) && plain.length < 4 ? text.split(plain) : null;
}

function formatted(template: Constant | undefined, values: readonly Constant[]): string | null {
  if (typeof template !== "string") return null;
  let next = 0;
  let isKnown = true;
  const text = template.replace(/%(?:(\d+)\$)?(.)/gs, (_, place: string | undefined, kind: string) => {
    if (kind === "%") return "%";
    if (kind === "n") return "\n";
    const value = place === undefined ? values[next++] : values[Number(place) - 1];
    const shown = kind === "c" && typeof value === "number" ? String.fromCharCode(value) : shownOf(value);
    if (!/[scd]/.test(kind) || shown === null) isKnown = false;
    return shown ?? "";
  });
  return isKnown ? text : null;
}

function parsed(text: Constant | undefined, radix: Constant | undefined): number | null {
  if (typeof text === "number") return text;
  const value =
    typeof text === "string"
      ? Number.parseInt(text, typeof radix === "number" && radix >= 2 && radix <= 36 ? radix : 10)
      : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function unquoted(text: string | null): string | null {
  try {
    return text === null ? null : decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}
