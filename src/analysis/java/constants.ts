/**
 * Computes the constants of a Java program: texts, whole numbers, characters and lists of them. It finds the value of
 * `Class.forName("java.lang." + "Runtime")` in the same way as that of `Class.forName("java.lang.Runtime")`. The value
 * is null if it is not known, or too large.
 */

import { Memo } from "../memo.js";
import { LIMITS, readCharacter, readFloat, readInteger, readString } from "./literals.js";
import { argumentsOf, fieldOf, type JavaNode, type JavaVariable, lastWordOf } from "./node.js";
import { CALLS, type Constant, Letter, MAX_LENGTH, METHODS, toText } from "./text.js";

const MAX_STEPS = 20_000;
const MAX_DEPTH = 80;

/** Finds the parts of the program that a constant is made of. */
export interface ConstantContext {
  /** The only variable that a name or a field access can mean; null if there are several or none. */
  readonly variableOf: (name: JavaNode) => JavaVariable | null;
  /** The only expression that the called method of the program can return. */
  readonly resultOf: (call: JavaNode) => JavaNode | null;
}

export class JavaConstants {
  readonly #context: ConstantContext;
  readonly #values = new Memo<JavaNode, Constant | null>({
    compute: (node) => limitLength(this.#compute(node)),
    unknown: null,
    maxDepth: MAX_DEPTH,
    maxSteps: MAX_STEPS,
    innerOf,
  });

  constructor(context: ConstantContext) {
    this.#context = context;
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
    return this.#values.of(node);
  }

  #compute(node: JavaNode): Constant | null {
    const { children, text } = node;
    switch (node.type) {
      case "string_literal":
        return readString(node);
      case "character_literal":
        return new Letter(readCharacter(text));
      case "decimal_integer_literal":
      case "hex_integer_literal":
      case "octal_integer_literal":
      case "binary_integer_literal":
        return readInteger(text);
      case "decimal_floating_point_literal":
        return readFloat(text);
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
    return a === null || b === null ? null : compute(node.tokens[0] ?? "", a, b);
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

  /** The initial value of a variable with all that is added to it. */
  #variable(node: JavaNode): Constant | null {
    const variable = this.#context.variableOf(node);
    if (variable === null || variable.isElement) return null;
    let sum = variable.value === null || variable.value.type === "null_literal" ? null : this.value(variable.value);
    const [first, ...more] = variable.changes;
    if (first === undefined) return sum;
    // Assigned once, or assigned and then only added to.
    if (first.operator === "=" && (variable.value === null || variable.value.type === "null_literal"))
      sum = this.value(first.value);
    else more.unshift(first);
    for (const { operator, value } of more) {
      if (sum === null) return null;
      const added = operator === "+=" ? this.value(value) : null;
      if (operator === "call") sum = this.#change(sum, value);
      else sum = added === null ? null : limitLength(compute("+", sum, added));
    }
    return sum;
  }

  /** Applies a chain of calls to a text: `text.append("x").reverse()`. Other calls change nothing. */
  #change(sum: Constant, whole: JavaNode): Constant | null {
    const calls: JavaNode[] = [];
    for (let at: JavaNode | undefined = whole; at?.type === "method_invocation"; at = fieldOf(at, "object"))
      calls.push(at);
    return calls.reduceRight<Constant | null>((text, call) => {
      const name = fieldOf(call, "name")?.text ?? "";
      if (text === null || !/^(?:append|insert|reverse|deleteCharAt)$/.test(name)) return text;
      const values = this.#all(argumentsOf(call));
      return values === null ? null : limitLength(METHODS[name]?.(text, ...values) ?? null);
    }, sum);
  }

  #creation(node: JavaNode): Constant | null {
    const name = fieldOf(node, "type")?.text.replace(/^(?:\s*java\s*\.\s*\w+\s*\.\s*)/, "") ?? "";
    if (name !== "String" && name !== "StringBuilder" && name !== "StringBuffer") return null;
    const [first] = argumentsOf(node);
    if (first === undefined) return "";
    const value = this.value(first);
    // A number is the capacity of an empty builder.
    return name !== "String" && typeof value === "number" ? "" : toText(value);
  }

  #call(node: JavaNode): Constant | null {
    const [object, name] = [fieldOf(node, "object"), fieldOf(node, "name")?.text ?? ""];
    if (object === undefined) {
      const result = this.#context.resultOf(node);
      return result === null ? null : this.value(result);
    }
    const full = `${shortNameOf(object)}.${name}`;
    if (Object.hasOwn(CALLS, full)) {
      const values = this.#all(argumentsOf(node));
      return values === null ? null : (CALLS[full]?.(...values) ?? null);
    }
    return Object.hasOwn(METHODS, name) ? this.#method(object, name, argumentsOf(node)) : null;
  }

  #method(object: JavaNode, name: string, given: readonly JavaNode[]): Constant | null {
    const self = this.value(object);
    if (self === null) return null;
    const values = this.#all(name === "getBytes" ? [] : given.filter((one) => !isCollector(one)));
    if (values === null) return null;
    if (name !== "collect") return METHODS[name]?.(self, ...values) ?? null;
    const collector = given.find(isCollector);
    const separator = collector === undefined ? undefined : argumentsOf(collector)[0];
    return METHODS["collect"]?.(self, separator === undefined ? "" : (this.value(separator) ?? "")) ?? null;
  }
}

/** The last part of a name, or the name of a called method: `Arrays` of `java.util.Arrays`, `getDecoder()`. */
function shortNameOf(object: JavaNode): string | undefined {
  if (object.type === "method_invocation") return `${fieldOf(object, "name")?.text ?? ""}()`;
  return lastWordOf(object);
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

/** Returns null for a value that is too long. */
function limitLength(value: Constant | null): Constant | null {
  return (typeof value === "string" || Array.isArray(value)) && value.length > MAX_LENGTH ? null : value;
}

function compute(operator: string, a: Constant, b: Constant): Constant | null {
  if (operator === "+" && (typeof a === "string" || typeof b === "string")) {
    const [left, right] = [toText(a), toText(b)];
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
