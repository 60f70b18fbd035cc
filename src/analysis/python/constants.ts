/**
 * Computes the constant value of a Python expression, so that `getattr(os, "sys" + "tem")` is found like `os.system`.
 * It knows the operators, functions and methods that programs hide names with. A value that it does not know, or that
 * is too large, is null.
 */

import { type CallContext, foldCall, valuesOf } from "./constant-calls.js";
import {
  addConstants,
  boundConstant,
  computeArithmetic,
  type Constant,
  formatPercent,
  itemsOf,
  printConstant,
  repeatConstant,
  sliceConstant,
} from "./constant.js";
import { readInteger, unescapeString } from "./literals.js";
import type { PythonNode } from "./node.js";
import { boundFor } from "../size-bound.js";

/** Steps for a program of 10 KB, and depth. A check must take milliseconds. */
const MAX_STEPS = 50_000;
const MAX_DEPTH = 500;

/** Items that a comprehension may go through. */
const MAX_ITEMS = 500;

export interface ConstantContext extends CallContext {
  readonly code: string;
  /** The one expression that a name is bound to. Null if there may be another. */
  readonly valueOf: (name: PythonNode) => PythonNode | null;
}

export class ConstantFolder {
  readonly #context: ConstantContext;
  readonly #known = new Map<PythonNode, Constant | null>();
  readonly #valueOf = (node: PythonNode): Constant | null => this.value(node);
  readonly #maxSteps: number;
  #steps = 0;
  #depth = 0;
  #gaveUp = false;
  /** The values of a comprehension's names while it is computed. */
  readonly #local = new Map<string, Constant>();

  constructor(context: ConstantContext) {
    this.#context = context;
    this.#maxSteps = boundFor(context.code, MAX_STEPS);
  }

  /** True after an expression was too deep or took too many steps. */
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
    if (++this.#steps > this.#maxSteps || this.#depth > MAX_DEPTH) {
      this.#gaveUp = true;
      return null;
    }
    this.#depth++;
    // A name that is part of its own value has no constant value.
    if (this.#local.size === 0) this.#known.set(node, null);
    const value = boundConstant(this.#compute(node));
    this.#depth--;
    if (this.#local.size === 0) this.#known.set(node, value);
    return value;
  }

  /** The constant parts of an expression as text, in their order, even if the whole is not constant. */
  parts(node: PythonNode): string {
    const whole = this.value(node);
    if (whole !== null) return printConstant(whole);
    if (this.#depth > MAX_DEPTH || ++this.#steps > this.#maxSteps) return "";
    const bound = node.type === "identifier" ? this.#context.valueOf(node) : null;
    this.#depth++;
    const inside =
      bound !== null
        ? this.parts(bound)
        : node.type === "string_content"
          ? this.#slice(node)
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
          (sum, child) => addConstants(sum, this.value(child)),
          this.#emptyLike(children[0]),
        );
      case "integer":
        return readInteger(this.#slice(node));
      case "parenthesized_expression":
      case "expression_statement":
        return children[0] === undefined ? null : this.value(children[0]);
      case "unary_operator":
        return this.#unary(node);
      case "tuple":
      case "list":
      case "expression_list":
      case "set":
        return valuesOf(children, this.#valueOf);
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
        return foldCall(node, this.#context, this.#valueOf);
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
        const piece = isRaw ? this.#slice(part) : unescapeString(this.#slice(part), isBytes);
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

  #unary(node: PythonNode): Constant | null {
    const argument = node.children[0];
    const value = argument === undefined ? null : this.value(argument);
    if (typeof value !== "number" || argument === undefined) return null;
    const sign = this.#context.code.slice(node.start, argument.start).trim();
    return sign === "-" ? -value : sign === "+" ? value : sign === "~" ? ~value : null;
  }

  /** `[chr(c) for c in (111, 115)]`, with one source and no condition. */
  #comprehension(node: PythonNode): Constant[] | null {
    const [body, clause, ...more] = node.children;
    const [left, right] = clause?.children ?? [];
    if (body === undefined || clause?.type !== "for_in_clause" || more.length > 0) return null;
    if (left?.type !== "identifier" || right === undefined) return null;
    const items = this.#items(right);
    if (items === null || items.length > MAX_ITEMS) return null;
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

  #items(node: PythonNode): readonly Constant[] | null {
    const value = this.value(node);
    return value === null ? null : itemsOf(value);
  }

  #binary(node: PythonNode): Constant | null {
    const [left, right] = node.children;
    if (left === undefined || right === undefined) return null;
    const operator = this.#operator(left, right);
    const a = this.value(left);
    if (a === null) return null;
    const b = this.value(right);
    if (b === null) return null;
    if (operator === "%" && typeof a === "string") return formatPercent(a, b);
    if (operator === "+") return addConstants(a, b);
    if (typeof a === "number" && typeof b === "number") return computeArithmetic(operator, a, b);
    if (operator !== "*") return null;
    return typeof b === "number" ? repeatConstant(a, b) : typeof a === "number" ? repeatConstant(b, a) : null;
  }

  /** The text between two nodes, without comments, line continuations and spaces. */
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
    if (key.type === "slice") {
      const parts = this.#sliceParts(key);
      return parts === null ? null : sliceConstant(whole, items, parts);
    }
    const index = this.value(key);
    return typeof index === "number" ? (items.at(index) ?? null) : null;
  }

  /** The numbers of a slice. The colons between them say which is which: `[:2]`, `[::-1]`. */
  #sliceParts(key: PythonNode): (number | null)[] | null {
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
    return [...parts, current];
  }
}
