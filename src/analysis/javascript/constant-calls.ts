/**
 * Computes calls whose result is a constant: functions and methods of the language, and functions of the program on the
 * elements of a list.
 */

import type { AnyNode } from "./parser.js";
import {
  callMethod,
  type Constant,
  decodeUtf8,
  type Folded,
  functionNamed,
  isList,
  isTrue,
  Pattern,
  textOf,
  UNKNOWN,
} from "./computed.js";
import type { ConstantContext } from "./constants.js";
import { isFunction, part, partsOf, plainKey, unwrap } from "./node.js";

/** What computes everything else. */
interface Folder {
  value(node: AnyNode): Folded;
  key(node: AnyNode): string | null;
  all(nodes: readonly (AnyNode | null)[]): Constant[] | typeof UNKNOWN;
  run(fn: AnyNode, values: readonly Constant[]): Folded;
  bounded(value: Folded): Folded;
}

export class CallFolder {
  readonly #context: ConstantContext;
  readonly #folder: Folder;

  constructor(context: ConstantContext, folder: Folder) {
    this.#context = context;
    this.#folder = folder;
  }

  value(node: AnyNode): Folded {
    const callee = part(node, "callee") as AnyNode;
    const given = partsOf(node, "arguments");
    const [first] = given;
    const target = unwrap(callee);
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
      property?.type === "Property" ? plainKey(part(property, "key") as AnyNode, property["computed"]) : null,
    );
    return keys.includes(null) ? UNKNOWN : (keys as string[]);
  }

  #method(callee: AnyNode, given: readonly (AnyNode | null)[]): Folded {
    const object = part(callee, "object") as AnyNode;
    const property = part(callee, "property") as AnyNode;
    const name =
      plainKey(property, callee["computed"]) ?? (callee["computed"] === true ? this.#folder.key(property) : null);
    if (name === null || object.type === "Super") return UNKNOWN;
    const [first] = given;
    const made = unwrap(object);
    if (name === "decode" && made.type === "NewExpression" && first != null) {
      const bytes = this.#folder.value(first);
      return bytes === UNKNOWN ? UNKNOWN : decodeUtf8(bytes);
    }
    if (/^(map|filter|flatMap|reduce|reduceRight)$/.test(name)) return this.#each(object, first, name, given[1]);
    const self = this.#folder.value(object);
    if (self === UNKNOWN) return UNKNOWN;
    if (/^replace/.test(name) && given[1] != null && isFunction(unwrap(given[1])))
      return this.#replaced(self, first, given[1]);
    const values = this.#folder.all(given);
    if (values === UNKNOWN) return UNKNOWN;
    this.#folder.bounded(self);
    this.#folder.bounded(values);
    return callMethod(self, name, values);
  }

  /** `text.replace(/./g, c => ...)`. */
  #replaced(self: Constant, pattern: AnyNode | null | undefined, fn: AnyNode): Folded {
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

  /** `[101, 118].map((code) => String.fromCharCode(code))`, and the like. */
  #each(
    source: AnyNode | null | undefined,
    fn: AnyNode | null | undefined,
    kind: string,
    start?: AnyNode | null,
  ): Folded {
    const value = source == null ? UNKNOWN : this.#folder.value(source);
    const items = typeof value === "string" ? [...value] : value === UNKNOWN || !isList(value) ? null : [...value];
    if (items === null || fn == null) return UNKNOWN;
    if (kind.startsWith("reduce")) {
      if (kind === "reduceRight") items.reverse();
      let sum = start == null ? items.shift() : this.#folder.value(start);
      for (const [index, item] of items.entries())
        sum = sum === UNKNOWN ? UNKNOWN : this.#folder.bounded(this.#apply(fn, [sum, item, index]));
      return sum;
    }
    const found: Constant[] = [];
    for (const [index, item] of items.entries()) {
      const result = this.#apply(fn, [item, index]);
      if (result === UNKNOWN) return UNKNOWN;
      if (kind === "filter") {
        if (isTrue(result)) found.push(item);
      } else if (kind === "flatMap" && isList(result)) found.push(...result);
      else found.push(result);
    }
    return found;
  }

  #apply(fn: AnyNode, values: readonly Constant[]): Folded {
    const inner = this.#context.valueOf(unwrap(fn));
    if (inner !== null && isFunction(inner)) return this.#folder.run(inner, values);
    const [full] = this.#context.namesOf(fn);
    const call = full === undefined ? undefined : functionNamed(full);
    // `map` gives the index as well, which most take for something else.
    return call === undefined ? UNKNOWN : call(...values.slice(0, full === "parseInt" ? 2 : 1));
  }
}
