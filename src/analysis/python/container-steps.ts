/** The parts of the lists, tuples and dicts that a Python program writes out, and of the functions on them. */

import type { KnownTexts } from "../known-texts.js";
import { isSplat, positionalOf, type PythonNode } from "./node.js";

/** The step to each item of an iteration. */
export const EACH = "each";
/** The step to any value of a dict, or any item of a list. */
const ANY = "any";

/** A step into a container: an index, the key of a dict after `=`, EACH or ANY. */
export type PathStep = number | string;

/** Functions that go through the items of their first argument. */
const SAME_ITEMS =
  /^(?:builtins\.(?:list|tuple|set|frozenset|sorted|reversed|iter)|itertools\.cycle|collections\.deque|tqdm\.tqdm)$/;
const ALL_ITEMS = /^itertools\.chain$/;

interface Context {
  readonly follow: (node: PythonNode, steps: readonly PathStep[]) => KnownTexts;
  /** The constant that an expression is, if it is a text or a number. */
  readonly keyOf: (node: PythonNode) => string | number | null;
  readonly nameOf: (call: PythonNode) => string;
  /** The values that a function returns. */
  readonly returnedBy: (fn: PythonNode) => readonly PythonNode[];
}

interface CalledContainer {
  readonly full: string;
  readonly object: PythonNode | undefined;
  readonly method: string;
}

export class ContainerSteps {
  readonly #context: Context;
  /** The values of a dict by their keys. */
  readonly #entries = new Map<PythonNode, ReadonlyMap<string, PythonNode>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** The step that a subscript takes. */
  stepOf(key: PythonNode): PathStep {
    const constant = this.#context.keyOf(key);
    return constant === null ? ANY : typeof constant === "number" ? constant : `=${constant}`;
  }

  /** The texts in a container that the program writes out. */
  partsOf(node: PythonNode, [step, ...more]: readonly PathStep[]): KnownTexts {
    if (step === undefined) return [];
    const { children } = node;
    switch (node.type) {
      case "list":
      case "tuple":
      case "set":
      case "expression_list": {
        const hasSplat = children.some(isSplat);
        const taken = typeof step === "number" && !hasSplat ? children.slice(step).slice(0, 1) : children;
        return taken.flatMap((one) => {
          const [inner] = isSplat(one) ? one.children : [];
          return inner === undefined ? this.#context.follow(one, more) : this.#context.follow(inner, [EACH, ...more]);
        });
      }
      case "dictionary":
        return this.#ofDict(node, step, more);
      case "list_comprehension":
      case "set_comprehension":
      case "generator_expression":
        return children[0] === undefined ? [] : this.#context.follow(children[0], more);
      case "dictionary_comprehension": {
        const part = children[0]?.children[step === EACH ? 0 : 1];
        return part === undefined ? [] : this.#context.follow(part, more);
      }
      default:
        return [];
    }
  }

  #ofDict(node: PythonNode, step: PathStep, more: readonly PathStep[]): KnownTexts {
    const one = typeof step === "string" && step.startsWith("=") ? this.#entriesOf(node).get(step.slice(1)) : undefined;
    if (one !== undefined) return this.#context.follow(one, more);
    const pairs = node.children.filter(({ type }) => type === "pair");
    const parts = pairs.flatMap(({ children }) => children[step === EACH ? 0 : 1] ?? []);
    return parts.flatMap((part) => this.#context.follow(part, more));
  }

  #entriesOf(node: PythonNode): ReadonlyMap<string, PythonNode> {
    const known = this.#entries.get(node);
    if (known !== undefined) return known;
    const entries = node.children.flatMap(({ children: [key, value] }): [string, PythonNode][] => {
      const text = key === undefined ? null : this.#context.keyOf(key);
      return typeof text !== "string" || value === undefined ? [] : [[text, value]];
    });
    const found = new Map(entries);
    this.#entries.set(node, found);
    return found;
  }

  /** The texts in the result of a call: `sorted(names)`, `paths.items()`. */
  ofCall(call: PythonNode, { full, object, method }: CalledContainer, steps: readonly PathStep[]): KnownTexts {
    const { follow } = this.#context;
    const given = positionalOf(call);
    const [first] = given;
    const [step, second, ...more] = steps;
    if (first !== undefined && SAME_ITEMS.test(full)) return follow(first, steps);
    if (ALL_ITEMS.test(full)) return given.flatMap((one) => follow(one, steps));
    if (full === "builtins.enumerate" && first !== undefined) return second === 1 ? follow(first, [EACH, ...more]) : [];
    if (full === "builtins.zip" || full === "itertools.product") {
      const taken = typeof second === "number" ? given[second] : undefined;
      return taken === undefined ? [] : follow(taken, [EACH, ...more]);
    }
    if (full === "builtins.filter" && given[1] !== undefined) return follow(given[1], steps);
    if (full === "builtins.map" && first !== undefined && given[1] !== undefined) {
      const results = this.#context.returnedBy(first).flatMap((one) => follow(one, steps.slice(1)));
      return results.length > 0 || first.type === "lambda" ? results : follow(given[1], steps);
    }
    if (full === "builtins.dict" && first !== undefined) return follow(first, steps);
    return object === undefined ? [] : this.#ofMethod(object, method, step, steps.slice(1));
  }

  #ofMethod(object: PythonNode, method: string, step: PathStep | undefined, more: readonly PathStep[]): KnownTexts {
    const { follow } = this.#context;
    switch (method) {
      case "values":
        return follow(object, [ANY, ...more]);
      case "keys":
        return follow(object, [EACH, ...more]);
      case "items": {
        const [place, ...rest] = more;
        return place === 0 ? follow(object, [EACH, ...rest]) : place === 1 ? follow(object, [ANY, ...rest]) : [];
      }
      case "copy":
        return step === undefined ? [] : follow(object, [step, ...more]);
      case "get":
      case "pop":
        return step === undefined ? [] : follow(object, [ANY, step, ...more]);
      default:
        return [];
    }
  }
}
