/**
 * Finds the texts that an expression of a JavaScript program may be, if it names a member or a module. They are the
 * constant that it is, or the constants that conditions, loops, patterns and calls put in its place.
 */

import { ConstantFolder } from "./constants.js";
import type { Links } from "./links.js";
import { type AnyNode, type Bound, requiredPart, type Step, unwrap } from "./node.js";

const MAX_TEXTS = 10;
/** Most bindings of a name that are followed. */
const MAX_BINDINGS = 50;
const MAX_DEPTH = 60;
const NONE: readonly string[] = [];

/** Finds the values of names. */
interface Names {
  /** Full names of the values that an expression may have. */
  readonly of: (node: AnyNode) => readonly string[];
  /** Is the name surely bound by the program, so that it hides a global? */
  readonly isHidden: (name: AnyNode) => boolean;
}

export class Texts {
  readonly constants: ConstantFolder;
  readonly #links: Links;
  /** By expression. A name has one entry for all its uses. */
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

  /** The texts that an expression may be. Empty if they are known only at run time. */
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

  /** Are the texts of `of` all that the expression may be? */
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
      return [...this.of(requiredPart(node, "consequent")), ...this.of(requiredPart(node, "alternate"))];
    if (type === "LogicalExpression")
      return [...this.of(requiredPart(node, "left")), ...this.of(requiredPart(node, "right"))];
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

  /** The only expression that this one stands for; null if there are several or none. */
  #sole(node: AnyNode): AnyNode | null {
    if (node.type !== "MemberExpression" || node["computed"] !== true) return this.#links.literal(node);
    const key = this.constants.key(requiredPart(node, "property"));
    const object = requiredPart(node, "object");
    const [found, ...others] = key === null || object.type === "Super" ? [] : this.#links.parts(object, key);
    return found === undefined || others.length > 0 ? null : this.#links.literal(found);
  }

  /** The parts of a text that several statements put together: `let s = "ev"; s += "al"`. */
  #sum(name: AnyNode): readonly AnyNode[] | null {
    const bindings = this.#links.boundTo(name)?.bindings ?? [];
    if (bindings.length < 2 || bindings.length > MAX_BINDINGS) return null;
    const [first, ...more] = bindings;
    if (first === undefined || !more.every(({ operator }) => operator === "+=")) return null;
    const values = [first, ...more].map(({ value, steps }) => (steps.length > 0 ? null : value));
    return values.includes(null) ? null : (values as AnyNode[]);
  }
}
