/**
 * Computes the constants of a JavaScript program, through operators, methods and small functions of the program, with
 * the conversions of the language. It finds the member of `globalThis["ev" + "al"]` in the same way as that of
 * `globalThis.eval`. The value is UNKNOWN if it is not known, or too large.
 */

import {
  type Constant,
  type Folded,
  isList,
  MAX_LENGTH,
  Opaque,
  operate,
  Pattern,
  sizeOf,
  textOf,
  UNKNOWN,
} from "./computed.js";
import { CallFolder } from "./constant-calls.js";
import {
  foldBinary,
  foldConditional,
  foldLogical,
  foldObject,
  foldPart,
  foldTemplate,
  foldUnary,
  literalValue,
} from "./constant-expressions.js";
import type { ConstantContext, Folder } from "./folder.js";
import { readMember } from "./methods.js";
import { type AnyNode, nameOf, part, partsOf, plainMemberName, requiredPart, unwrap } from "./node.js";
import { boundFor } from "../size-bound.js";

/** Most work for a program of 10 KB, in nodes and characters. The analysis takes a few milliseconds. */
const MAX_WORK = 400_000;
const MAX_DEPTH = 60;

export class ConstantFolder implements Folder {
  readonly #context: ConstantContext;
  readonly #calls: CallFolder;
  readonly #known = new Map<AnyNode, Folded>();
  /** Parameters of the functions that are being computed; null outside of functions. */
  #local: ReadonlyMap<string, Constant> | null = null;
  readonly #maxWork: number;
  #work = 0;
  #depth = 0;

  constructor(context: ConstantContext) {
    this.#context = context;
    this.#maxWork = boundFor(context.code, MAX_WORK);
    this.#calls = new CallFolder(context, this);
  }

  /** The value as the name of a member; null if it is not known. */
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
    if (++this.#work > this.#maxWork || this.#depth > MAX_DEPTH) return UNKNOWN;
    this.#depth++;
    // An expression that depends on itself has no known value.
    if (isShared) this.#known.set(node, UNKNOWN);
    let value: Folded;
    try {
      value = this.bounded(this.#compute(node));
    } catch {
      // The program would throw too, for example for a bad escape.
      value = UNKNOWN;
    }
    this.#depth--;
    if (isShared) this.#known.set(node, value);
    return value;
  }

  /** Counts the work that a value costs. Returns UNKNOWN if the value is too large. */
  bounded(value: Folded): Folded {
    const size = sizeOf(value);
    this.#work += size;
    return size > MAX_LENGTH ? UNKNOWN : value;
  }

  #compute(outer: AnyNode): Folded {
    const node = unwrap(outer);
    switch (node.type) {
      case "Literal":
        return literalValue(node);
      case "TemplateLiteral":
        return foldTemplate(node, "cooked", this);
      case "BinaryExpression":
        return this.#binary(node);
      case "UnaryExpression":
        return foldUnary(node, this);
      case "LogicalExpression":
        return foldLogical(node, this);
      case "ConditionalExpression":
        return foldConditional(node, this);
      case "AssignmentExpression":
        return node["operator"] === "=" ? foldPart(node, "right", this) : UNKNOWN;
      case "AwaitExpression":
        return foldPart(node, "argument", this);
      case "ArrayExpression":
        return this.all(partsOf(node, "elements"));
      case "ObjectExpression":
        return foldObject(node, this);
      case "FunctionExpression":
      case "FunctionDeclaration":
      case "ArrowFunctionExpression":
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#functionText(node);
      case "Identifier":
        return this.#name(node);
      case "MemberExpression":
        return this.#member(node);
      case "TaggedTemplateExpression":
        return this.#context.namesOf(requiredPart(node, "tag")).includes("String.raw")
          ? foldTemplate(requiredPart(node, "quasi"), "raw", this)
          : UNKNOWN;
      case "CallExpression":
      case "NewExpression":
        return this.#calls.value(node);
      default:
        return UNKNOWN;
    }
  }

  #functionText(node: AnyNode): Folded {
    const id = part(node, "id");
    return new Opaque(this.#context.code.slice(node.start, node.end), id === null ? "" : nameOf(id));
  }

  /** Computes a sum from its left end, because a sum may be as long as the program. */
  #binary(node: AnyNode): Folded {
    const rights: AnyNode[] = [];
    let at = node;
    while (at.type === "BinaryExpression" && at["operator"] === "+" && !this.#known.get(at)) {
      rights.push(requiredPart(at, "right"));
      at = unwrap(requiredPart(at, "left"));
    }
    if (rights.length === 0) return foldBinary(node, this);
    let sum = this.value(at);
    for (const right of rights.reverse()) {
      const value = sum === UNKNOWN ? UNKNOWN : this.value(right);
      if (value === UNKNOWN || sum === UNKNOWN) return UNKNOWN;
      sum = operate("+", sum, value);
      if (sizeOf(sum) > MAX_LENGTH) return UNKNOWN;
    }
    return sum;
  }

  /** The values of expressions, with the elements of a spread list in its place. */
  all(nodes: readonly (AnyNode | null)[]): Constant[] | typeof UNKNOWN {
    const values: Constant[] = [];
    for (const node of nodes) {
      const isSpread = node?.type === "SpreadElement";
      const value = node === null ? undefined : isSpread ? foldPart(node, "argument", this) : this.value(node);
      if (value === UNKNOWN) return UNKNOWN;
      if (!isSpread) values.push(value);
      else if (typeof value === "string" || isList(value)) values.push(...value);
      else return UNKNOWN;
    }
    return values;
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

  /** Computes an expression outside of the current functions, so that their parameters mean nothing in it. */
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
    const object = requiredPart(node, "object");
    const isComputed = node["computed"] === true;
    const key = plainMemberName(node) ?? (isComputed ? this.key(requiredPart(node, "property")) : null);
    if (key === null) return UNKNOWN;
    if (object.type !== "Super") {
      const self = this.value(object);
      if (self !== UNKNOWN) {
        const found = readMember(self, key);
        if (found !== UNKNOWN) return found;
      }
      if (key.startsWith("M") && this.#context.namesOf(object).includes("Number"))
        return (Number as unknown as Record<string, Constant>)[key];
    }
    const value = this.#context.valueOf(node);
    return value === null || value === node ? UNKNOWN : this.#outside(() => this.value(value));
  }

  /** The result of a function of the program for these arguments. */
  run(fn: AnyNode, values: readonly Constant[]): Folded {
    const result = this.#context.resultOf(fn);
    if (result === null || ++this.#work > this.#maxWork || this.#depth > MAX_DEPTH) return UNKNOWN;
    const before = this.#local;
    const local = new Map(before);
    for (const [index, parameter] of partsOf(fn, "params").entries()) {
      if (parameter?.type === "Identifier") local.set(nameOf(parameter), values[index]);
      else if (parameter?.type === "RestElement")
        local.set(nameOf(requiredPart(parameter, "argument")), values.slice(index));
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
