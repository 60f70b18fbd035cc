/**
 * Computes what a Python program writes as a constant in a roundabout way, so that `getattr(os, "sys" + "tem")` is seen
 * for what it is: text, bytes, whole numbers and lists of them, through the operators and methods that people hide
 * names with. Whatever it does not know, or what grows too large, is null.
 */

import type { PythonNode } from "./parser.js";

export type Constant = string | number | Uint8Array | readonly Constant[];

/** Longest text, and steps for one program: a check is to take milliseconds. */
const MAX_LENGTH = 20_000;
const MAX_STEPS = 50_000;
const MAX_DEPTH = 500;

export interface ConstantContext {
  readonly code: string;
  readonly textOf: (node: PythonNode) => string;
  /** The one expression that a name stands for, if it is sure to be that. */
  readonly valueOf: (name: PythonNode) => PythonNode | null;
  /** Full name of what is called, such as `base64.b64decode` or `builtins.chr`. */
  readonly calleeOf: (call: PythonNode) => string | null;
}

export class ConstantFolder {
  readonly #context: ConstantContext;
  readonly #known = new Map<PythonNode, Constant | null>();
  #steps = 0;
  #depth = 0;
  #gaveUp = false;
  /** Names that a comprehension gives values to while it is computed. */
  readonly #local = new Map<string, Constant>();

  constructor(context: ConstantContext) {
    this.#context = context;
  }

  /** True once something was too deep or took too long. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  text(node: PythonNode): string | null {
    const value = this.value(node);
    return typeof value === "string" ? value : null;
  }

  value(node: PythonNode): Constant | null {
    const known = this.#local.size === 0 ? this.#known.get(node) : undefined;
    if (known !== undefined) return known;
    if (++this.#steps > MAX_STEPS || this.#depth > MAX_DEPTH) {
      this.#gaveUp = true;
      return null;
    }
    this.#depth++;
    // A name that is part of its own value has none.
    if (this.#local.size === 0) this.#known.set(node, null);
    const value = bounded(this.#compute(node));
    this.#depth--;
    if (this.#local.size === 0) this.#known.set(node, value);
    return value;
  }

  /** The constant parts of a text in their order, for one that is not constant as a whole. */
  parts(node: PythonNode): string {
    const whole = this.value(node);
    if (whole !== null) return Array.isArray(whole) ? whole.map(shown).join(" ") : shown(whole);
    if (this.#depth > MAX_DEPTH || ++this.#steps > MAX_STEPS) return "";
    const meant = node.type === "identifier" ? this.#context.valueOf(node) : null;
    this.#depth++;
    const inside =
      meant !== null
        ? this.parts(meant)
        : node.type === "string_content"
          ? this.#context.code.slice(node.start, node.end)
          : node.children.map((child) => this.parts(child)).join(" ");
    this.#depth--;
    return inside;
  }

  #compute(node: PythonNode): Constant | null {
    const { children } = node;
    switch (node.type) {
      case "string":
        return this.#string(node);
      case "concatenated_string":
        return children.reduce<Constant | null>(
          (sum, child) => add(sum, this.value(child)),
          this.#emptyLike(children[0]),
        );
      case "integer":
        return integer(this.#slice(node));
      case "parenthesized_expression":
      case "expression_statement":
        return children[0] === undefined ? null : this.value(children[0]);
      case "unary_operator":
        return this.#negative(node);
      case "tuple":
      case "list":
      case "expression_list":
      case "set":
        return this.#all(children);
      case "list_comprehension":
      case "generator_expression":
        return this.#comprehension(node);
      case "binary_operator":
        return this.#binary(node);
      case "identifier":
        return this.#name(node);
      case "subscript":
        return this.#subscript(node);
      case "call":
        return this.#call(node);
      default:
        return null;
    }
  }

  #slice({ start, end }: PythonNode): string {
    return this.#context.code.slice(start, end);
  }

  #emptyLike(node: PythonNode | undefined): Constant {
    const opening = node?.children.find(({ type }) => type === "string_start");
    return opening !== undefined && /b/i.test(this.#slice(opening)) ? new Uint8Array() : "";
  }

  #string(node: PythonNode): Constant | null {
    const opening = node.children.find(({ type }) => type === "string_start");
    if (opening === undefined) return null;
    const prefix = this.#slice(opening).toLowerCase();
    const isRaw = prefix.includes("r");
    const isBytes = prefix.includes("b");
    let text = "";
    for (const part of node.children) {
      if (part.type === "string_content") {
        const piece = isRaw ? this.#slice(part) : unescape(this.#slice(part), isBytes);
        if (piece === null) return null;
        text += prefix.includes("f") ? piece.replace(/\{\{|\}\}/g, (pair) => pair.slice(1)) : piece;
      } else if (part.type === "interpolation") {
        const value = part.children[0] === undefined ? null : this.value(part.children[0]);
        if (value === null || typeof value === "object" || part.children.length > 1) return null;
        text += String(value);
      }
    }
    return isBytes ? Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff) : text;
  }

  #negative(node: PythonNode): Constant | null {
    const argument = node.children[0];
    const value = argument === undefined ? null : this.value(argument);
    if (typeof value !== "number" || argument === undefined) return null;
    const sign = this.#context.code.slice(node.start, argument.start).trim();
    return sign === "-" ? -value : sign === "+" ? value : sign === "~" ? ~value : null;
  }

  #all(nodes: readonly PythonNode[]): Constant[] | null {
    const values: Constant[] = [];
    for (const node of nodes) {
      const value = this.value(node);
      if (value === null) return null;
      values.push(value);
    }
    return values;
  }

  /** `[chr(c) for c in (111, 115)]`, with one source and no condition. */
  #comprehension(node: PythonNode): Constant[] | null {
    const [body, clause, ...more] = node.children;
    const [left, right] = clause?.children ?? [];
    if (
      body === undefined ||
      clause?.type !== "for_in_clause" ||
      more.length > 0 ||
      left?.type !== "identifier" ||
      right === undefined
    )
      return null;
    const source = this.value(right);
    const items = source === null ? null : itemsOf(source);
    if (items === null || items.length > 500) return null;
    const name = this.#context.textOf(left);
    if (this.#local.has(name)) return null;
    const found: Constant[] = [];
    try {
      for (const item of items) {
        this.#local.set(name, item);
        const value = this.value(body);
        if (value === null) return null;
        found.push(value);
      }
    } finally {
      this.#local.delete(name);
    }
    return found;
  }

  #binary(node: PythonNode): Constant | null {
    const [left, right] = node.children;
    if (left === undefined || right === undefined) return null;
    const operator = this.#operator(left, right);
    const a = this.value(left);
    if (a === null) return null;
    const b = this.value(right);
    if (operator === "%" && typeof a === "string") return b === null ? null : percent(a, b);
    if (b === null) return null;
    if (operator === "+") return add(a, b);
    if (typeof a === "number" && typeof b === "number") return arithmetic(operator, a, b);
    if (operator === "*") return typeof b === "number" ? times(a, b) : typeof a === "number" ? times(b, a) : null;
    return null;
  }

  /** What stands between two nodes, without what may stand there besides. */
  #operator(left: PythonNode, right: PythonNode): string {
    return this.#context.code.slice(left.end, right.start).replace(/#[^\n]*|\\\r?\n|\s/g, "");
  }

  #name(node: PythonNode): Constant | null {
    const local = this.#local.get(this.#context.textOf(node));
    if (local !== undefined) return local;
    const value = this.#context.valueOf(node);
    return value === null ? null : this.value(value);
  }

  #subscript(node: PythonNode): Constant | null {
    const [object, key] = node.children;
    if (object === undefined || key === undefined || node.children.length > 2) return null;
    const whole = this.value(object);
    const items = whole === null ? null : itemsOf(whole);
    if (whole === null || items === null) return null;
    if (key.type === "slice") return this.#sliceOf(whole, items, key);
    const index = this.value(key);
    return typeof index === "number" ? (items.at(index) ?? null) : null;
  }

  #sliceOf(whole: Constant, items: readonly Constant[], key: PythonNode): Constant | null {
    // The parts are told apart by the colons between them: `[:2]`, `[::-1]`.
    const parts: (number | null)[] = [];
    let at = key.start;
    let current: number | null = null;
    for (const child of [...key.children, null]) {
      const gap = this.#context.code.slice(at, child?.start ?? key.end);
      for (const letter of gap) {
        if (letter !== ":") continue;
        parts.push(current);
        current = null;
      }
      if (child === null) break;
      const value = this.value(child);
      if (typeof value !== "number") return null;
      current = value;
      at = child.end;
    }
    parts.push(current);
    const [start = null, stop = null, step = null] = parts;
    return likeOf(whole, sliced(items, start, stop, step ?? 1));
  }

  #call(node: PythonNode): Constant | null {
    const callee = node.children.find(({ field }) => field === "function");
    const given = node.children.find(({ field }) => field === "arguments");
    if (callee === undefined || given === undefined) return null;
    const isList = given.type === "argument_list";
    if (isList && given.children.some(({ type }) => type.endsWith("splat"))) return null;
    const positional = isList ? given.children.filter(({ type }) => type !== "keyword_argument") : [given];
    const full = this.#context.calleeOf(node);
    if (full !== null) {
      if (full === "builtins.map") return this.#map(positional);
      const call = functionNamed(full);
      const values = call === undefined ? null : this.#all(positional);
      if (call !== undefined) return values === null ? null : call(...values);
    }
    if (callee.type !== "attribute") return null;
    const [object, method] = [callee.children[0], callee.children.at(-1)];
    if (object === undefined || method === undefined) return null;
    const name = this.#context.textOf(method);
    if (!Object.hasOwn(METHODS, name)) return null;
    const self = this.value(object);
    if (self === null || typeof self === "number") return null;
    const values = this.#all(positional);
    if (values === null) return null;
    const named = isList ? given.children.filter(({ type }) => type === "keyword_argument") : [];
    if (name === "format" && typeof self === "string") return this.#format(self, values, named);
    return METHODS[name]?.(self, ...values) ?? null;
  }

  /** `map(chr, [111, 115])`. */
  #map([fn, source]: readonly PythonNode[]): Constant | null {
    if (fn === undefined || source === undefined) return null;
    const full = this.#context.calleeOf(fn);
    const call = full === null ? undefined : functionNamed(full);
    const items = this.value(source);
    const list = items === null ? null : itemsOf(items);
    if (call === undefined || list === null) return null;
    const found: Constant[] = [];
    for (const item of list) {
      const value = call(item);
      if (value === null) return null;
      found.push(value);
    }
    return found;
  }

  #format(template: string, values: readonly Constant[], named: readonly PythonNode[]): Constant | null {
    const byName = new Map<string, Constant>();
    for (const { children } of named) {
      const [name, value] = children;
      const constant = value === undefined ? null : this.value(value);
      if (name === undefined || constant === null) return null;
      byName.set(this.#context.textOf(name), constant);
    }
    let next = 0;
    let isKnown = true;
    const text = template.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (whole, field?: string) => {
      if (field === undefined) return whole.slice(1);
      const value = field === "" ? values[next++] : /^\d+$/.test(field) ? values[Number(field)] : byName.get(field);
      if (value === undefined || typeof value === "object") isKnown = false;
      return String(value);
    });
    return isKnown ? text : null;
  }
}

function bounded(value: Constant | null): Constant | null {
  if (value === null || typeof value === "number") return value === null || Number.isSafeInteger(value) ? value : null;
  return value.length > MAX_LENGTH ? null : value;
}

function shown(value: Constant): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  return Array.isArray(value) ? value.map(shown).join(" ") : String(value);
}

function integer(text: string): number | null {
  const value = Number(text.replaceAll("_", ""));
  return Number.isSafeInteger(value) ? value : null;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\n": "",
  "\r": "",
};

/** Null for a character that is named by `\N{...}`: the names are not here. */
function unescape(text: string, isBytes: boolean): string | null {
  if (!isBytes && text.includes("\\N{")) return null;
  return text.replace(
    /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{1,3})|(\r\n|[^]))/gi,
    (whole, x?: string, u?: string, U?: string, octal?: string, other?: string) => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if (other !== undefined)
        return other === "\r\n" ? "" : (SIMPLE_ESCAPES[other] ?? (/[\\'"]/.test(other) ? other : whole));
      const point = Number.parseInt(x ?? u ?? U ?? "", 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}

function add(a: Constant | null, b: Constant | null): Constant | null {
  if (a === null || b === null) return null;
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b]);
  return Array.isArray(a) && Array.isArray(b) ? [...(a as Constant[]), ...(b as Constant[])] : null;
}

function times(a: Constant, count: number): Constant | null {
  if (typeof a === "number" || count * a.length > MAX_LENGTH) return null;
  const items = itemsOf(a) ?? [];
  return likeOf(a, Array.from({ length: Math.max(0, count) }, () => items).flat());
}

function arithmetic(operator: string, a: number, b: number): number | null {
  switch (operator) {
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "//":
      return b === 0 ? null : Math.floor(a / b);
    case "%":
      return b === 0 ? null : a - b * Math.floor(a / b);
    case "**":
      return b >= 0 ? a ** b : null;
    case "^":
    case "|":
    case "&":
      if (a < 0 || b < 0 || a > 0x7fffffff || b > 0x7fffffff) return null;
      return operator === "^" ? a ^ b : operator === "|" ? a | b : a & b;
    case "<<":
      return b >= 0 && b < 50 ? a * 2 ** b : null;
    case ">>":
      return b >= 0 && b < 50 ? Math.floor(a / 2 ** b) : null;
    default:
      return null;
  }
}

/** `"%s%c" % (...)`, with the conversions that make letters. */
function percent(template: string, given: Constant): string | null {
  const values = Array.isArray(given) ? [...(given as Constant[])] : [given];
  let isKnown = true;
  const text = template.replace(/%(.)/gs, (_, kind: string) => {
    if (kind === "%") return "%";
    const value = values.shift();
    if (kind === "c" && typeof value === "number") return letter(value) ?? "";
    if ((kind === "s" || kind === "c") && typeof value === "string") return value;
    if ((kind === "s" || kind === "d" || kind === "i") && typeof value === "number") return String(value);
    isKnown = false;
    return "";
  });
  return isKnown && values.length === 0 ? text : null;
}

function letter(point: number): string | null {
  return point >= 0 && point <= 0x10ffff ? String.fromCodePoint(point) : null;
}

function itemsOf(value: Constant): readonly Constant[] | null {
  if (typeof value === "string") return [...value];
  if (value instanceof Uint8Array) return [...value];
  return Array.isArray(value) ? (value as Constant[]) : null;
}

/** Puts items together to a value of the same kind. */
function likeOf(whole: Constant, items: readonly Constant[]): Constant {
  if (typeof whole === "string") return items.join("");
  return whole instanceof Uint8Array ? Uint8Array.from(items as number[]) : items;
}

function sliced(items: readonly Constant[], start: number | null, stop: number | null, step: number): Constant[] {
  if (step === 0) return [];
  const { length } = items;
  const place = (index: number): number => (index < 0 ? index + length : index);
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (index: number): number => Math.min(Math.max(index, low), high);
  const from = clamp(start === null ? (step > 0 ? 0 : length - 1) : place(start));
  const to = stop === null ? (step > 0 ? length : -1) : clamp(place(stop));
  const found: Constant[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) {
    const item = items[at];
    if (item !== undefined) found.push(item);
  }
  return found;
}

const decode = (value: Constant, encoding: BufferEncoding): Constant | null => {
  const text =
    typeof value === "string" ? value : value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : null;
  return text === null ? null : Uint8Array.from(Buffer.from(text, encoding));
};
const rot13 = (text: string): string =>
  text.replace(/[a-z]/gi, (one) => String.fromCharCode(one.charCodeAt(0) + (one.toLowerCase() < "n" ? 13 : -13)));

type Fold = (...values: readonly Constant[]) => Constant | null;

/** What makes letters of numbers, and text of text. Keys are full names. */
const FUNCTIONS: Readonly<Record<string, Fold>> = {
  "builtins.chr": (point) => (typeof point === "number" ? letter(point) : null),
  "builtins.ord": (text) => (typeof text === "string" ? (text.codePointAt(0) ?? null) : null),
  "builtins.str": (value, encoding) =>
    encoding === undefined
      ? typeof value === "string" || typeof value === "number"
        ? String(value)
        : null
      : value instanceof Uint8Array
        ? Buffer.from(value).toString("utf8")
        : null,
  "builtins.int": (value, base) =>
    typeof value === "number"
      ? value
      : typeof value === "string" && /^-?[\da-z_]+$/i.test(value)
        ? integer(String(Number.parseInt(value, typeof base === "number" && base >= 2 && base <= 36 ? base : 10)))
        : null,
  "builtins.bytes": (value) => (value instanceof Uint8Array ? value : isNumbers(value) ? Uint8Array.from(value) : null),
  "builtins.bytearray": (value) =>
    value instanceof Uint8Array ? value : isNumbers(value) ? Uint8Array.from(value) : null,
  "builtins.list": (value) => (value === undefined ? [] : itemsOf(value)),
  "builtins.tuple": (value) => (value === undefined ? [] : itemsOf(value)),
  "builtins.reversed": (value) => (value === undefined ? null : (itemsOf(value)?.toReversed() ?? null)),
  "builtins.range": (a, b, c) => range(a, b, c),
  "builtins.bytes.fromhex": (value) => (typeof value === "string" ? decode(value, "hex") : null),
  "builtins.bytearray.fromhex": (value) => (typeof value === "string" ? decode(value, "hex") : null),
  "builtins.str.join": (separator, items) => join(separator, items),
  "base64.b64decode": (value) => (value === undefined ? null : decode(value, "base64")),
  "base64.standard_b64decode": (value) => (value === undefined ? null : decode(value, "base64")),
  "base64.urlsafe_b64decode": (value) => (value === undefined ? null : decode(value, "base64url")),
  "base64.b16decode": (value) => (value === undefined ? null : decode(value, "hex")),
  "base64.decodebytes": (value) => (value === undefined ? null : decode(value, "base64")),
  "binascii.unhexlify": (value) => (value === undefined ? null : decode(value, "hex")),
  "binascii.a2b_hex": (value) => (value === undefined ? null : decode(value, "hex")),
  "binascii.a2b_base64": (value) => (value === undefined ? null : decode(value, "base64")),
  "codecs.decode": (value, encoding) => decoded(value, encoding),
  "codecs.encode": (value, encoding) => (typeof value === "string" && isRot13(encoding) ? rot13(value) : null),
};

function functionNamed(full: string): Fold | undefined {
  return Object.hasOwn(FUNCTIONS, full) ? FUNCTIONS[full] : undefined;
}

const METHODS: Readonly<
  Record<string, (self: Exclude<Constant, number>, ...values: readonly Constant[]) => Constant | null>
> = {
  join: (self, items) => join(self, items),
  format: () => null,
  lower: (self) => (typeof self === "string" ? self.toLowerCase() : null),
  upper: (self) => (typeof self === "string" ? self.toUpperCase() : null),
  casefold: (self) => (typeof self === "string" ? self.toLowerCase() : null),
  capitalize: (self) => (typeof self === "string" ? self.charAt(0).toUpperCase() + self.slice(1).toLowerCase() : null),
  swapcase: (self) =>
    typeof self === "string"
      ? self.replace(/./gs, (one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase()))
      : null,
  strip: (self, letters) => stripped(self, letters, true, true),
  lstrip: (self, letters) => stripped(self, letters, true, false),
  rstrip: (self, letters) => stripped(self, letters, false, true),
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
  split: (self, by) =>
    typeof self === "string" ? (typeof by === "string" && by !== "" ? self.split(by) : self.trim().split(/\s+/)) : null,
  encode: (self) => (typeof self === "string" ? Uint8Array.from(Buffer.from(self, "utf8")) : null),
  decode: (self, encoding) => (self instanceof Uint8Array ? (decoded(self, encoding ?? "utf-8") ?? null) : null),
  copy: (self) => self,
  hex: (self) => (self instanceof Uint8Array ? Buffer.from(self).toString("hex") : null),
};

function decoded(value: Constant | undefined, encoding: Constant | undefined): Constant | null {
  if (isRot13(encoding)) return typeof value === "string" ? rot13(value) : null;
  const name = typeof encoding === "string" ? encoding.toLowerCase().replaceAll("-", "_") : "utf_8";
  if (value === undefined) return null;
  if (name === "hex" || name === "hex_codec") return decode(value, "hex");
  if (name === "base64" || name === "base64_codec") return decode(value, "base64");
  return value instanceof Uint8Array && /^(utf_?8|ascii|latin_?1|us_ascii|iso8859_1)$/.test(name)
    ? Buffer.from(value).toString(/utf/.test(name) ? "utf8" : "latin1")
    : null;
}

function isRot13(encoding: Constant | undefined): boolean {
  return typeof encoding === "string" && /^rot_?13$/i.test(encoding);
}

function isNumbers(value: Constant | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number" && one >= 0 && one < 256);
}

function join(separator: Constant | undefined, items: Constant | undefined): Constant | null {
  const list = items === undefined ? null : itemsOf(items);
  if (list === null || separator === undefined) return null;
  if (typeof separator === "string") return list.every((one) => typeof one === "string") ? list.join(separator) : null;
  if (!(separator instanceof Uint8Array) || !list.every((one) => one instanceof Uint8Array)) return null;
  return Uint8Array.from(list.flatMap((one, index) => [...(index === 0 ? [] : separator), ...(one as Uint8Array)]));
}

function range(a: Constant | undefined, b: Constant | undefined, c: Constant | undefined): Constant | null {
  const [start, stop, step] = b === undefined ? [0, a, 1] : [a, b, c ?? 1];
  if (typeof start !== "number" || typeof stop !== "number" || typeof step !== "number" || step === 0) return null;
  const length = Math.ceil((stop - start) / step);
  return length > 1_000 ? null : Array.from({ length: Math.max(0, length) }, (_, index) => start + index * step);
}

function stripped(self: Constant, letters: Constant | undefined, isLeft: boolean, isRight: boolean): Constant | null {
  if (typeof self !== "string" || (letters !== undefined && typeof letters !== "string")) return null;
  const goes = (one: string | undefined): boolean =>
    one !== undefined && (letters === undefined ? /\s/.test(one) : letters.includes(one));
  let [start, end] = [0, self.length];
  while (isLeft && start < end && goes(self[start])) start++;
  while (isRight && end > start && goes(self[end - 1])) end--;
  return self.slice(start, end);
}
