/**
 * Which texts an expression of a JavaScript program may be, where it names a member or a module: the constant it is, or
 * any of those that are put in its place by conditions, loops, patterns and calls.
 */

import type { AnyNode } from "./parser.js";
import { ConstantFolder } from "./constants.js";
import type { Links } from "./links.js";
import { part, unwrap } from "./node.js";
import type { Bound, Step } from "./scope.js";

const MAX_TEXTS = 10;
/** Of a name, as a text. */
const MAX_BINDINGS = 50;
const MAX_DEPTH = 60;
const NONE: readonly string[] = [];

/** What is known of names beyond their texts. */
interface Names {
  readonly of: (node: AnyNode) => readonly string[];
  readonly isHidden: (name: AnyNode) => boolean;
}

export class Texts {
  readonly constants: ConstantFolder;
  readonly #links: Links;
  /** By expression, and for a name by what it is bound to. */
  readonly #texts = new Map<AnyNode | Bound, readonly string[]>();
  #depth = 0;

  constructor(code: string, links: Links, names: Names) {
    this.#links = links;
    this.constants = new ConstantFolder({
      code,
      valueOf: (node) => this.#sole(node),
      namesOf: names.of,
      resultOf: (fn) => {
        const returned = links.returnsOf(fn);
        return returned.length === 1 ? (returned[0] ?? null) : null;
      },
      sumOf: (name) => this.#sum(name),
      isFree: (name) => !names.isHidden(name),
    });
  }

  /** Texts that an expression may be, as names of members; empty if they are made at run time. */
  of(outer: AnyNode): readonly string[] {
    const node = unwrap(outer);
    const whole = this.constants.key(node);
    if (whole !== null) return [whole];
    const holder = node.type === "Identifier" ? (this.#links.boundTo(node) ?? node) : node;
    const known = this.#texts.get(holder);
    if (known !== undefined) return known;
    if (this.#depth >= MAX_DEPTH) return NONE;
    this.#depth++;
    this.#texts.set(holder, NONE);
    const found = [...new Set(this.#candidates(node))].slice(0, MAX_TEXTS);
    this.#depth--;
    this.#texts.set(holder, found);
    return found;
  }

  /** Are those all that it may be? */
  areAll(outer: AnyNode): boolean {
    const node = unwrap(outer);
    if (this.constants.key(node) !== null) return true;
    if (node.type !== "Identifier") return this.of(node).length > 0;
    const bindings = this.#links.boundTo(node)?.bindings ?? [];
    return (
      bindings.length > 0 &&
      bindings.length <= MAX_BINDINGS &&
      bindings.every(
        ({ operator, value, steps }) =>
          operator === "=" && (value === null || steps.length > 0 || this.of(value).length > 0),
      )
    );
  }

  #candidates(node: AnyNode): readonly string[] {
    const { type } = node;
    if (type === "ConditionalExpression")
      return [...this.of(part(node, "consequent") as AnyNode), ...this.of(part(node, "alternate") as AnyNode)];
    if (type === "LogicalExpression")
      return [...this.of(part(node, "left") as AnyNode), ...this.of(part(node, "right") as AnyNode)];
    if (type !== "Identifier") return NONE;
    return (this.#links.boundTo(node)?.bindings ?? []).slice(0, MAX_BINDINGS).flatMap((binding) => {
      const given = binding.value === null ? this.#links.givenFor(binding) : [{ value: binding.value, steps: [] }];
      return given.flatMap(({ value, steps }) => this.#textsAt(value, [...steps, ...binding.steps]));
    });
  }

  #textsAt(value: AnyNode, [step, ...more]: readonly Step[]): readonly string[] {
    return step === undefined
      ? this.of(value)
      : this.#links.parts(value, step).flatMap((one) => this.#textsAt(one, more));
  }

  /** The one expression that this one stands for, of those that the folder can compute. */
  #sole(node: AnyNode): AnyNode | null {
    if (node.type !== "MemberExpression" || node["computed"] !== true) return this.#links.literal(node);
    const key = this.constants.key(part(node, "property") as AnyNode);
    const object = part(node, "object") as AnyNode;
    const [found, ...others] = key === null || object.type === "Super" ? [] : this.#links.parts(object, key);
    return found === undefined || others.length > 0 ? null : this.#links.literal(found);
  }

  /** `let s = "ev"; s += "al"`. */
  #sum(name: AnyNode): readonly AnyNode[] | null {
    const bindings = this.#links.boundTo(name)?.bindings ?? [];
    if (bindings.length < 2 || bindings.length > MAX_BINDINGS) return null;
    const [first, ...more] = bindings;
    if (first === undefined || !more.every(({ operator }) => operator === "+=")) return null;
    const values = [first, ...more].map(({ value, steps }) => (steps.length > 0 ? null : value));
    return values.includes(null) ? null : (values as AnyNode[]);
  }
}
