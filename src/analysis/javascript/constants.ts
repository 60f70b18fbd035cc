/**
 * Computes what a JavaScript program writes as a constant in a roundabout way, so that `globalThis["ev" + "al"]` is
 * seen for what it is: through operators, methods and small functions of the program's own, with the conversions of the
 * language. Whatever it does not know, or what grows too large, is UNKNOWN.
 */

import type { AnyNode } from "./parser.js";
import { CallFolder } from "./constant-calls.js";
import {
  type Constant,
  type Folded,
  isList,
  isTrue,
  MAX_LENGTH,
  numberOf,
  Opaque,
  operate,
  Pattern,
  sizeOf,
  textOf,
  UNKNOWN,
} from "./computed.js";
import { isFunction, nameOf, part, partsOf, plainKey, unwrap } from "./node.js";
import { METHODS } from "./targets.js";

/** Work for one program, in nodes and characters, and depth: a check is to take milliseconds. */
const MAX_WORK = 400_000;
const MAX_DEPTH = 60;

export interface ConstantContext {
  readonly code: string;
  /** The one expression that this one stands for, if it is sure to be that; itself, if it stands for itself. */
  readonly valueOf: (node: AnyNode) => AnyNode | null;
  /** Full names of what an expression may stand for, such as `String.fromCharCode`. */
  readonly namesOf: (node: AnyNode) => readonly string[];
  /** What a function returns, if that is one expression. */
  readonly resultOf: (fn: AnyNode) => AnyNode | null;
  /** Parts of a text that is put together in several statements; null if it is not. */
  readonly sumOf: (name: AnyNode) => readonly AnyNode[] | null;
  readonly isFree: (name: AnyNode) => boolean;
}

export class ConstantFolder {
  readonly #context: ConstantContext;
  readonly #calls: CallFolder;
  readonly #known = new Map<AnyNode, Folded>();
  /** Parameters of functions that are being computed. */
  #local: ReadonlyMap<string, Constant> | null = null;
  #work = 0;
  #depth = 0;

  constructor(context: ConstantContext) {
    this.#context = context;
    this.#calls = new CallFolder(context, this);
  }

  /** The text of the value as a name of a member; null if it is not known. */
  key(node: AnyNode): string | null {
    const value = this.value(node);
    if (value instanceof Opaque || value instanceof Pattern) return null;
    return value === UNKNOWN ? null : textOf(value);
  }

  text(node: AnyNode | null | undefined): string | null {
    const value = node == null ? UNKNOWN : this.value(node);
    return typeof value === "string" ? value : null;
  }

  number(node: AnyNode | null | undefined): number | null {
    const value = node == null ? UNKNOWN : this.value(node);
    return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : null;
  }

  value(node: AnyNode): Folded {
    const isShared = this.#local === null;
    if (isShared) {
      const known = this.#known.get(node);
      if (known !== undefined || this.#known.has(node)) return known;
    }
    if (++this.#work > MAX_WORK || this.#depth > MAX_DEPTH) return UNKNOWN;
    this.#depth++;
    // What is part of its own value has none.
    if (isShared) this.#known.set(node, UNKNOWN);
    let value: Folded;
    try {
      value = this.bounded(this.#compute(node));
    } catch {
      // What the program would throw too: a bad escape, a letter beyond the last.
      value = UNKNOWN;
    }
    this.#depth--;
    if (isShared) this.#known.set(node, value);
    return value;
  }

  /** Counts the work that a value is; UNKNOWN if it is too large. */
  bounded(value: Folded): Folded {
    const size = sizeOf(value);
    this.#work += size;
    return size > MAX_LENGTH ? UNKNOWN : value;
  }

  #compute(outer: AnyNode): Folded {
    const node = unwrap(outer);
    switch (node.type) {
      case "Literal":
        return literal(node);
      case "TemplateLiteral":
        return this.#template(node, "cooked");
      case "BinaryExpression":
        return this.#binary(node);
      case "UnaryExpression":
        return this.#unary(node);
      case "LogicalExpression":
        return this.#logical(node);
      case "ConditionalExpression": {
        const test = this.#of(node, "test");
        return test === UNKNOWN ? UNKNOWN : this.#of(node, isTrue(test) ? "consequent" : "alternate");
      }
      case "AssignmentExpression":
        return node["operator"] === "=" ? this.#of(node, "right") : UNKNOWN;
      case "AwaitExpression":
        return this.#of(node, "argument");
      case "ArrayExpression":
        return this.all(partsOf(node, "elements"));
      case "ObjectExpression":
        return partsOf(node, "properties").length === 0 ? new Opaque("[object Object]") : this.#converted(node);
      case "FunctionExpression":
      case "FunctionDeclaration":
      case "ArrowFunctionExpression":
      case "ClassDeclaration":
      case "ClassExpression": {
        const id = part(node, "id");
        return new Opaque(this.#context.code.slice(node.start, node.end), id === null ? "" : nameOf(id));
      }
      case "Identifier":
        return this.#name(node);
      case "MemberExpression":
        return this.#member(node);
      case "TaggedTemplateExpression":
        return this.#context.namesOf(part(node, "tag") as AnyNode).includes("String.raw")
          ? this.#template(part(node, "quasi") as AnyNode, "raw")
          : UNKNOWN;
      case "CallExpression":
      case "NewExpression":
        return this.#calls.value(node);
      default:
        return UNKNOWN;
    }
  }

  #of(node: AnyNode, name: string): Folded {
    const inner = part(node, name);
    return inner === null ? UNKNOWN : this.value(inner);
  }

  #template(node: AnyNode, kind: "cooked" | "raw"): Folded {
    const holes = partsOf(node, "expressions");
    let text = "";
    for (const [index, quasi] of partsOf(node, "quasis").entries()) {
      text += (quasi?.["value"] as Record<string, string> | undefined)?.[kind] ?? "";
      const hole = holes[index];
      if (hole == null) continue;
      const value = this.value(hole);
      if (value === UNKNOWN) return UNKNOWN;
      text += textOf(value);
    }
    return text;
  }

  /** A sum is walked along its left side, which may be as long as the program. */
  #binary(node: AnyNode): Folded {
    const rights: AnyNode[] = [];
    let at = node;
    while (at.type === "BinaryExpression" && at["operator"] === "+" && !this.#known.get(at)) {
      rights.push(part(at, "right") as AnyNode);
      at = unwrap(part(at, "left") as AnyNode);
    }
    if (rights.length === 0) return this.#operation(node);
    let sum = this.value(at);
    for (const right of rights.reverse()) {
      const value = sum === UNKNOWN ? UNKNOWN : this.value(right);
      if (value === UNKNOWN || sum === UNKNOWN) return UNKNOWN;
      sum = operate("+", sum, value);
      if (sizeOf(sum) > MAX_LENGTH) return UNKNOWN;
    }
    return sum;
  }

  #operation(node: AnyNode): Folded {
    const left = this.#of(node, "left");
    const right = left === UNKNOWN ? UNKNOWN : this.#of(node, "right");
    return left === UNKNOWN || right === UNKNOWN ? UNKNOWN : operate(String(node["operator"]), left, right);
  }

  #unary(node: AnyNode): Folded {
    const value = this.#of(node, "argument");
    if (node["operator"] === "void") return undefined;
    if (value === UNKNOWN) return UNKNOWN;
    switch (node["operator"]) {
      case "!":
        return !isTrue(value);
      case "-":
        return typeof value === "bigint" ? -value : -numberOf(value);
      case "+":
        return numberOf(value);
      case "~":
        return ~numberOf(value);
      case "typeof":
        return value instanceof Opaque
          ? value.text.startsWith("[")
            ? "object"
            : "function"
          : isList(value) || value instanceof Pattern || value === null
            ? "object"
            : typeof value;
      default:
        return UNKNOWN;
    }
  }

  #logical(node: AnyNode): Folded {
    const left = this.#of(node, "left");
    if (left === UNKNOWN) return UNKNOWN;
    const operator = node["operator"];
    const isRight = operator === "??" ? left === null || left === undefined : isTrue(left) === (operator === "&&");
    return isRight ? this.#of(node, "right") : left;
  }

  /** The values of a list, those that are spread in their place. */
  all(nodes: readonly (AnyNode | null)[]): Constant[] | typeof UNKNOWN {
    const values: Constant[] = [];
    for (const node of nodes) {
      const isSpread = node?.type === "SpreadElement";
      const value = node === null ? undefined : isSpread ? this.#of(node, "argument") : this.value(node);
      if (value === UNKNOWN) return UNKNOWN;
      if (!isSpread) values.push(value);
      else if (typeof value === "string" || isList(value)) values.push(...value);
      else return UNKNOWN;
    }
    return values;
  }

  /** An object that says itself what its text is. */
  #converted(node: AnyNode): Folded {
    for (const property of partsOf(node, "properties")) {
      const key =
        property?.type === "Property" ? plainKey(part(property, "key") as AnyNode, property["computed"]) : null;
      if (property === null || (key !== "toString" && key !== "valueOf" && key !== null)) continue;
      const fn = part(property, "value");
      const value = fn !== null && isFunction(fn) ? this.run(fn, []) : UNKNOWN;
      if (value !== UNKNOWN) return value;
    }
    return UNKNOWN;
  }

  #name(node: AnyNode): Folded {
    const name = nameOf(node);
    const local = this.#local;
    if (local?.has(name) === true) return local.get(name);
    if (this.#context.isFree(node)) {
      if (name === "undefined") return undefined;
      if (name === "NaN") return Number.NaN;
      if (name === "Infinity") return Number.POSITIVE_INFINITY;
    }
    const sum = this.#context.sumOf(node);
    if (sum !== null) return this.#outside(() => this.#sum(sum));
    const value = this.#context.valueOf(node);
    return value === null || value === node ? UNKNOWN : this.#outside(() => this.value(value));
  }

  #sum(parts: readonly AnyNode[]): Folded {
    const values = this.all(parts);
    if (values === UNKNOWN) return UNKNOWN;
    return values.reduce<Folded>(
      (sum, value, index) => (index === 0 ? value : sum === UNKNOWN ? UNKNOWN : operate("+", sum, value)),
      UNKNOWN,
    );
  }

  /** Computes with no parameters in sight. */
  #outside(compute: () => Folded): Folded {
    const before = this.#local;
    this.#local = null;
    try {
      return compute();
    } finally {
      this.#local = before;
    }
  }

  #member(node: AnyNode): Folded {
    const object = part(node, "object") as AnyNode;
    const property = part(node, "property") as AnyNode;
    const key = plainKey(property, node["computed"]) ?? (node["computed"] === true ? this.key(property) : null);
    if (key === null) return UNKNOWN;
    if (object.type !== "Super") {
      const self = this.value(object);
      if (self !== UNKNOWN) {
        const found = this.#memberOf(self, key);
        if (found !== UNKNOWN) return found;
      }
      if (key.startsWith("M") && this.#context.namesOf(object).includes("Number"))
        return (Number as unknown as Record<string, Constant>)[key];
    }
    const value = this.#context.valueOf(node);
    return value === null || value === node ? UNKNOWN : this.#outside(() => this.value(value));
  }

  #memberOf(self: Constant, key: string): Folded {
    if (typeof self === "string" || isList(self)) {
      if (key === "length") return self.length;
      if (/^\d+$/.test(key)) return self[Number(key)];
      if (!(key in (typeof self === "string" ? String.prototype : Array.prototype))) return undefined;
    }
    if (self instanceof Pattern) return key === "source" ? self.source : key === "flags" ? self.flags : UNKNOWN;
    if (self instanceof Opaque) return key === "name" ? self.name : UNKNOWN;
    // The text of a function of the language tells its name, and that has letters.
    return METHODS.has(key) ? new Opaque(`function ${key}() { [native code] }`, key) : UNKNOWN;
  }

  /** What a function of the program returns for these arguments. */
  run(fn: AnyNode, values: readonly Constant[]): Folded {
    const result = this.#context.resultOf(fn);
    if (result === null || ++this.#work > MAX_WORK || this.#depth > MAX_DEPTH) return UNKNOWN;
    const before = this.#local;
    const local = new Map(before);
    for (const [index, parameter] of partsOf(fn, "params").entries()) {
      if (parameter?.type === "Identifier") local.set(nameOf(parameter), values[index]);
      else if (parameter?.type === "RestElement")
        local.set(nameOf(part(parameter, "argument") as AnyNode), values.slice(index));
      else return UNKNOWN;
    }
    this.#local = local;
    try {
      return this.value(result);
    } finally {
      this.#local = before;
    }
  }
}

function literal(node: AnyNode): Folded {
  const regex = node["regex"] as { readonly pattern: string; readonly flags: string } | undefined;
  return regex === undefined ? (node["value"] as Constant) : new Pattern(regex.pattern, regex.flags);
}
