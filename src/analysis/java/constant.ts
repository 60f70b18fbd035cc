/**
 * Computes what a Java program writes as a constant in a roundabout way, so that `Class.forName("java.lang." +
 * "Runtime")` is seen for what it is: text, whole numbers, characters and lists of them. Whatever it does not know, or
 * what grows too large, is null.
 */

import type { JavaNode } from "./parser.js";
import { CALLS, type Constant, Letter, METHODS, MAX_LENGTH, shownOf } from "./text.js";
import { fieldOf, type JavaVariable } from "./scope.js";

const MAX_STEPS = 20_000;
const MAX_DEPTH = 80;

export class JavaConstants {
  /** The one variable that a name is sure to mean. */
  readonly #variableOf: (name: JavaNode) => JavaVariable | null;
  /** What a method of the program, called by its bare name, is sure to return. */
  readonly #resultOf: (call: JavaNode) => JavaNode | null;
  readonly #known = new Map<JavaNode, Constant | null>();
  #steps = 0;
  #depth = 0;

  constructor(variableOf: (name: JavaNode) => JavaVariable | null, resultOf: (call: JavaNode) => JavaNode | null) {
    this.#variableOf = variableOf;
    this.#resultOf = resultOf;
  }

  text(node: JavaNode | undefined): string | null {
    const value = node === undefined ? null : this.value(node);
    return typeof value === "string" ? value : null;
  }

  number(node: JavaNode | undefined): number | null {
    const value = node === undefined ? null : this.value(node);
    return typeof value === "number" ? value : value instanceof Letter ? value.code : null;
  }

  value(node: JavaNode): Constant | null {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    if (this.#depth > MAX_DEPTH || this.#steps > MAX_STEPS) return null;
    this.#depth++;
    // Long sums and chains are gone through from their beginning; what is part of its own value has none.
    const chain: JavaNode[] = [];
    for (let at: JavaNode | undefined = node; at !== undefined && !this.#known.has(at); at = innerOf(at)) {
      chain.push(at);
      this.#known.set(at, null);
    }
    let value: Constant | null = null;
    for (const link of chain.reverse()) {
      this.#steps++;
      value = bounded(this.#compute(link));
      this.#known.set(link, value);
    }
    this.#depth--;
    return value;
  }

  #compute(node: JavaNode): Constant | null {
    const { children, text } = node;
    switch (node.type) {
      case "string_literal":
        return literal(node);
      case "character_literal":
        return new Letter(unescape(text.slice(1, -1)).charCodeAt(0));
      case "decimal_integer_literal":
      case "hex_integer_literal":
      case "octal_integer_literal":
      case "binary_integer_literal":
        return integer(text);
      case "decimal_floating_point_literal":
        return Number(text.replace(/[_dfDF]/g, ""));
      case "parenthesized_expression":
        return children[0] === undefined ? null : this.value(children[0]);
      case "unary_expression":
        return this.#unary(node);
      case "binary_expression":
        return this.#binary(node);
      case "cast_expression":
        return this.#cast(node);
      case "array_initializer":
        return this.#all(children);
      case "array_creation_expression": {
        const value = fieldOf(node, "value");
        return value === undefined ? null : this.value(value);
      }
      case "array_access":
        return this.#element(node);
      case "identifier":
        return this.#variable(node);
      case "field_access":
        return LIMITS[text.replace(/\s|^java\.lang\./g, "")] ?? this.#variable(node);
      case "object_creation_expression":
        return this.#creation(node);
      case "method_invocation":
        return this.#call(node);
      default:
        return null;
    }
  }

  #all(nodes: readonly JavaNode[]): Constant[] | null {
    const values: Constant[] = [];
    for (const node of nodes) {
      const value = this.value(node);
      if (value === null) return null;
      values.push(value);
    }
    return values;
  }

  #unary(node: JavaNode): Constant | null {
    const value = this.number(node.children[0]);
    if (value === null) return null;
    const [operator] = node.tokens;
    return operator === "-" ? -value : operator === "~" ? ~value : operator === "+" ? value : null;
  }

  #binary(node: JavaNode): Constant | null {
    const [left, right] = [fieldOf(node, "left"), fieldOf(node, "right")];
    const a = left === undefined ? null : this.value(left);
    const b = a === null || right === undefined ? null : this.value(right);
    return a === null || b === null ? null : operate(node.tokens[0] ?? "", a, b);
  }

  /** `(char) 114`, `(byte) 0x41`, `(String) x`. */
  #cast(node: JavaNode): Constant | null {
    const [type, value] = [fieldOf(node, "type")?.text, fieldOf(node, "value")];
    const constant = value === undefined ? null : this.value(value);
    if (type !== "char")
      return constant instanceof Letter && /^(?:int|long|short|byte)$/.test(type ?? "") ? constant.code : constant;
    return typeof constant === "number" ? new Letter(constant & 0xffff) : constant;
  }

  #element(node: JavaNode): Constant | null {
    const [array, index] = [fieldOf(node, "array"), fieldOf(node, "index")];
    const items = array === undefined ? null : this.value(array);
    const at = this.number(index);
    return Array.isArray(items) && at !== null ? ((items as Constant[])[at] ?? null) : null;
  }

  /** What a variable starts with, and what is added to it. */
  #variable(node: JavaNode): Constant | null {
    const variable = this.#variableOf(node);
    if (variable === null || variable.isElement) return null;
    let sum = variable.value === null || variable.value.type === "null_literal" ? null : this.value(variable.value);
    const [first, ...more] = variable.changes;
    if (first === undefined) return sum;
    // Set once, or set and then only added to.
    if (first.operator === "=" && (variable.value === null || variable.value.type === "null_literal"))
      sum = this.value(first.value);
    else more.unshift(first);
    for (const { operator, value } of more) {
      if (sum === null) return null;
      const added = operator === "+=" ? this.value(value) : null;
      if (operator === "call") sum = this.#changed(sum, value);
      else sum = added === null ? null : bounded(operate("+", sum, added));
    }
    return sum;
  }

  /** `text.append("x").reverse()`, and calls that change nothing. */
  #changed(sum: Constant, whole: JavaNode): Constant | null {
    const calls: JavaNode[] = [];
    for (let at: JavaNode | undefined = whole; at?.type === "method_invocation"; at = fieldOf(at, "object"))
      calls.push(at);
    return calls.reduceRight<Constant | null>((text, call) => {
      const name = fieldOf(call, "name")?.text ?? "";
      if (text === null || !/^(?:append|insert|reverse|deleteCharAt)$/.test(name)) return text;
      const values = this.#all(fieldOf(call, "arguments")?.children ?? []);
      return values === null ? null : bounded(METHODS[name]?.(text, ...values) ?? null);
    }, sum);
  }

  #creation(node: JavaNode): Constant | null {
    const name = fieldOf(node, "type")?.text.replace(/^(?:\s*java\s*\.\s*\w+\s*\.\s*)/, "") ?? "";
    const given = fieldOf(node, "arguments")?.children ?? [];
    if (name !== "String" && name !== "StringBuilder" && name !== "StringBuffer") return null;
    const [first] = given;
    if (first === undefined) return "";
    const value = this.value(first);
    // The number is how much room there is to be.
    return name !== "String" && typeof value === "number" ? "" : shownOf(value);
  }

  #call(node: JavaNode): Constant | null {
    const [object, name] = [fieldOf(node, "object"), fieldOf(node, "name")?.text ?? ""];
    const given = fieldOf(node, "arguments")?.children ?? [];
    if (object === undefined) {
      const result = this.#resultOf(node);
      return result === null ? null : this.value(result);
    }
    const owner =
      object.type === "method_invocation"
        ? `${fieldOf(object, "name")?.text ?? ""}()`
        : /[\w$]+$/.exec(object.text)?.[0];
    const full = `${owner}.${name}`;
    if (Object.hasOwn(CALLS, full)) {
      const values = this.#all(given);
      return values === null ? null : (CALLS[full]?.(...values) ?? null);
    }
    if (!Object.hasOwn(METHODS, name)) return null;
    const self = this.value(object);
    const values =
      self === null ? null : this.#all(name === "getBytes" ? [] : given.filter((one) => !isCollector(one)));
    if (self === null || values === null) return null;
    const collector = given.find(isCollector);
    const separator = collector === undefined ? undefined : fieldOf(collector, "arguments")?.children[0];
    if (name === "collect")
      return METHODS["collect"]?.(self, separator === undefined ? "" : (this.value(separator) ?? "")) ?? null;
    return METHODS[name]?.(self, ...values) ?? null;
  }
}

/** `Collectors.joining(".")`. */
function isCollector(node: JavaNode): boolean {
  return node.type === "method_invocation" && fieldOf(node, "name")?.text === "joining";
}

function innerOf(node: JavaNode): JavaNode | undefined {
  if (node.type === "binary_expression") return fieldOf(node, "left");
  if (node.type === "method_invocation") return fieldOf(node, "object");
  return node.type === "parenthesized_expression" ? node.children[0] : undefined;
}

function bounded(value: Constant | null): Constant | null {
  return (typeof value === "string" || Array.isArray(value)) && value.length > MAX_LENGTH ? null : value;
}

const LIMITS: Readonly<Record<string, number>> = {
  "Integer.MAX_VALUE": 2 ** 31 - 1,
  "Long.MAX_VALUE": Number.MAX_SAFE_INTEGER,
  "Short.MAX_VALUE": 32_767,
};

function integer(text: string): number | null {
  const plain = text.replace(/[_lL]/g, "");
  const value = /^0[0-7]+$/.test(plain) ? Number.parseInt(plain, 8) : Number(plain);
  return Number.isFinite(value) ? value : null;
}

function literal(node: JavaNode): string | null {
  if (node.children.some(({ type }) => type === "string_interpolation")) return null;
  const isBlock = node.text.startsWith('"""');
  const raw = isBlock ? node.text.slice(3, -3).replace(/^[^\n]*\n/, "") : node.text.slice(1, -1);
  return unescape(isBlock ? unindented(raw) : raw);
}

/** A text block loses the white space that all of its lines begin with, and what they end with. */
function unindented(text: string): string {
  const lines = text.split("\n");
  const counted = lines.filter((line, index) => line.trim() !== "" || index === lines.length - 1);
  const indent = Math.min(...counted.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent).trimEnd()).join("\n");
}

const ESCAPED: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", s: " ", "\n": "" };

function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:([0-3]?[0-7]{1,2})|([^]))/g, (_, octal?: string, other?: string) =>
    octal === undefined ? (ESCAPED[other ?? ""] ?? other ?? "") : String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

function operate(operator: string, a: Constant, b: Constant): Constant | null {
  if (operator === "+" && (typeof a === "string" || typeof b === "string")) {
    const [left, right] = [shownOf(a), shownOf(b)];
    return left === null || right === null ? null : left + right;
  }
  const [x, y] = [a instanceof Letter ? a.code : a, b instanceof Letter ? b.code : b];
  if (typeof x !== "number" || typeof y !== "number") return null;
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return y === 0 ? null : Math.trunc(x / y);
    case "%":
      return y === 0 ? null : x % y;
    case "<<":
      return y >= 0 && y < 50 ? x * 2 ** y : null;
    case ">>":
    case ">>>":
      return x >= 0 && y >= 0 ? Math.floor(x / 2 ** y) : null;
    case "^":
      return x ^ y;
    case "&":
      return x & y;
    case "|":
      return x | y;
    default:
      return null;
  }
}
