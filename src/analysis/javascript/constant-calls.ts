/**
 * Computes the calls of a JavaScript program whose result is a constant: functions and methods of the language, and
 * functions of the program that are applied to the elements of a list.
 */

import { type Constant, type Folded, isList, isTrue, Pattern, textOf, UNKNOWN } from "./computed.js";
import type { ConstantContext, Folder } from "./folder.js";
import { decodeUtf8, functionNamed } from "./functions.js";
import { callMethod } from "./methods.js";
import { type AnyNode, isFunction, partsOf, plainMemberName, plainPropertyName, requiredPart, unwrap } from "./node.js";

export class CallFolder {
  readonly #context: ConstantContext;
  readonly #folder: Folder;

  constructor(context: ConstantContext, folder: Folder) {
    this.#context = context;
    this.#folder = folder;
  }

  value(node: AnyNode): Folded {
    const given = partsOf(node, "arguments");
    const [first] = given;
    const target = unwrap(requiredPart(node, "callee"));
    for (const full of target.type === "Super" || target.type === "Import" ? [] : this.#context.namesOf(target)) {
      if (full === "Array.from" && given.length === 2) return this.#each(first, given[1], "map");
      if (full === "Object.keys" && first != null) return this.#keys(first);
      const call = functionNamed(full);
      const values = call === undefined ? UNKNOWN : this.#folder.all(given);
      if (call !== undefined) return values === UNKNOWN ? UNKNOWN : call(...values);
    }
    if (target.type === "MemberExpression") {
      const found = this.#method(target, given);
      if (found !== UNKNOWN) return found;
    }
    const fn = this.#context.valueOf(target);
    if (fn === null || !isFunction(fn)) return UNKNOWN;
    const values = this.#folder.all(given);
    return values === UNKNOWN ? UNKNOWN : this.#folder.run(fn, values);
  }

  #keys(node: AnyNode): Folded {
    const object = this.#context.valueOf(node);
    if (object?.type !== "ObjectExpression") return UNKNOWN;
    const keys = partsOf(object, "properties").map((property) =>
      property?.type === "Property" ? plainPropertyName(property) : null,
    );
    return keys.includes(null) ? UNKNOWN : keys;
  }

  #method(callee: AnyNode, given: readonly (AnyNode | null)[]): Folded {
    const object = requiredPart(callee, "object");
    const isComputed = callee["computed"] === true;
    const name = plainMemberName(callee) ?? (isComputed ? this.#folder.key(requiredPart(callee, "property")) : null);
    if (name === null || object.type === "Super") return UNKNOWN;
    const [first] = given;
    const receiver = unwrap(object);
    if (name === "decode" && receiver.type === "NewExpression" && first != null) {
      const bytes = this.#folder.value(first);
      return bytes === UNKNOWN ? UNKNOWN : decodeUtf8(bytes);
    }
    if (/^(map|filter|flatMap|reduce|reduceRight)$/.test(name)) return this.#each(object, first, name, given[1]);
    const self = this.#folder.value(object);
    if (self === UNKNOWN) return UNKNOWN;
    if (name.startsWith("replace") && given[1] != null && isFunction(unwrap(given[1])))
      return this.#replace(self, first, given[1]);
    const values = this.#folder.all(given);
    if (values === UNKNOWN) return UNKNOWN;
    this.#folder.bounded(self);
    this.#folder.bounded(values);
    return callMethod(self, name, values);
  }

  /** `text.replace(/./g, (letter) => ...)`. */
  #replace(self: Constant, pattern: AnyNode | null | undefined, fn: AnyNode): Folded {
    const from = pattern == null ? UNKNOWN : this.#folder.value(pattern);
    const expression = from instanceof Pattern ? from.compiled() : null;
    if (typeof self !== "string" || expression === null) return UNKNOWN;
    let isKnown = true;
    const text = self.replace(expression, (match) => {
      const value = isKnown ? this.#apply(fn, [match]) : UNKNOWN;
      if (value === UNKNOWN) isKnown = false;
      return value === UNKNOWN ? "" : textOf(value);
    });
    return isKnown ? text : UNKNOWN;
  }

  /** Calls a function with each element: `[101, 118].map((code) => String.fromCharCode(code))`. */
  #each(
    source: AnyNode | null | undefined,
    fn: AnyNode | null | undefined,
    method: string,
    start?: AnyNode | null,
  ): Folded {
    const value = source == null ? UNKNOWN : this.#folder.value(source);
    const items = typeof value === "string" ? [...value] : value === UNKNOWN || !isList(value) ? null : [...value];
    if (items === null || fn == null) return UNKNOWN;
    if (method === "reduceRight") items.reverse();
    return method.startsWith("reduce") ? this.#reduce(items, fn, start) : this.#mapItems(items, fn, method);
  }

  #reduce(items: Constant[], fn: AnyNode, start: AnyNode | null | undefined): Folded {
    let sum = start == null ? items.shift() : this.#folder.value(start);
    for (const [index, item] of items.entries())
      sum = sum === UNKNOWN ? UNKNOWN : this.#folder.bounded(this.#apply(fn, [sum, item, index]));
    return sum;
  }

  /** `map`, `filter` and `flatMap`. */
  #mapItems(items: readonly Constant[], fn: AnyNode, method: string): Folded {
    const found: Constant[] = [];
    for (const [index, item] of items.entries()) {
      const result = this.#apply(fn, [item, index]);
      if (result === UNKNOWN) return UNKNOWN;
      if (method === "filter") {
        if (isTrue(result)) found.push(item);
      } else if (method === "flatMap" && isList(result)) found.push(...result);
      else found.push(result);
    }
    return found;
  }

  #apply(fn: AnyNode, values: readonly Constant[]): Folded {
    const inner = this.#context.valueOf(unwrap(fn));
    if (inner !== null && isFunction(inner)) return this.#folder.run(inner, values);
    const [full] = this.#context.namesOf(fn);
    const call = full === undefined ? undefined : functionNamed(full);
    // `map` passes the index too. Only parseInt takes it, as its base.
    return call === undefined ? UNKNOWN : call(...values.slice(0, full === "parseInt" ? 2 : 1));
  }
}
