/**
 * Finds the paths that an expression may be: through names, conditions, loops over lists and dicts that are written
 * out, the functions of the program, and the ways to put a path together. The work for one program is bounded. Beyond
 * the bound nothing is known, and the sandbox stops what this misses.
 */

import type { CallSites, Given } from "./call-sites.js";
import type { Constant } from "./constant.js";
import { ConstantFolder } from "./constants.js";
import { ContainerSteps, EACH, type PathStep } from "./container-steps.js";
import { concatTexts, joinTexts, type KnownTexts, limitTexts, NO_TEXTS, wholeText } from "../known-texts.js";
import { unescapeString } from "./literals.js";
import { type Binding, partOf, positionalOf, type PythonNode, type TextOf } from "./node.js";
import { CONSTANTS, JOINS, KEEPS, KEEPS_OWN, RESULTS, TAKES_ITEM } from "./path-functions.js";
import { reachingBindings } from "./reaching.js";
import type { PythonValues } from "./values.js";
import { TextMemo } from "../text-memo.js";

export class PathTexts {
  readonly #values: PythonValues;
  readonly #sites: CallSites;
  readonly #textOf: TextOf;
  readonly #code: string;
  readonly #constants: ConstantFolder;
  readonly #containers: ContainerSteps;
  readonly #known: TextMemo<PythonNode | Binding>;

  constructor(values: PythonValues, sites: CallSites, textOf: TextOf, code: string) {
    this.#values = values;
    this.#sites = sites;
    this.#textOf = textOf;
    this.#code = code;
    this.#known = new TextMemo(code);
    // Values that this one gives up on are no reason to refuse a program.
    this.#constants = values.newConstants();
    this.#containers = new ContainerSteps({
      follow: (node, steps) => this.follow(node, steps),
      keyOf: (node) => {
        const value = this.#constants.value(node);
        return typeof value === "string" || typeof value === "number" ? value : null;
      },
      nameOf: (call) => this.#nameOfCallee(call),
      returnedBy: (fn) => (fn.type === "lambda" ? sites.returnedBy(fn) : sites.returned(textOf(fn))),
    });
  }

  /** The texts that an expression may be. */
  of(node: PythonNode | undefined): KnownTexts {
    return node === undefined ? NO_TEXTS : this.follow(node, []);
  }

  /** The texts that an expression, or each item of it, may be. */
  ofAll(node: PythonNode): KnownTexts {
    return limitTexts([...this.follow(node, []), ...this.follow(node, [EACH])]);
  }

  /** The texts that a part of an expression may be: the item of a list, the value of a dict. */
  follow(node: PythonNode, steps: readonly PathStep[]): KnownTexts {
    return this.#once(node, steps, () => this.#compute(node, steps));
  }

  #once(key: PythonNode | Binding, steps: readonly PathStep[], compute: () => KnownTexts): KnownTexts {
    const label = steps.join(" ");
    return this.#known.of(key, label, compute);
  }

  #compute(node: PythonNode, steps: readonly PathStep[]): KnownTexts {
    const whole = node.type === "identifier" ? null : this.#constants.value(node);
    if (whole !== null) return textsAt(whole, steps);
    const { children } = node;
    switch (node.type) {
      case "identifier":
        return this.#name(node, steps);
      case "string":
      case "concatenated_string":
        return steps.length === 0 ? this.#template(node) : NO_TEXTS;
      case "parenthesized_expression":
      case "await":
        return children[0] === undefined ? NO_TEXTS : this.follow(children[0], steps);
      case "named_expression": {
        const value = partOf(node, "value");
        return value === undefined ? NO_TEXTS : this.follow(value, steps);
      }
      case "conditional_expression":
        return this.#any([children[0], children[2]], steps);
      case "boolean_operator":
        return this.#any(children, steps);
      case "binary_operator":
        return this.#operator(node, steps);
      case "subscript":
        return this.#subscript(node, steps);
      case "attribute":
        return this.#attribute(node, steps);
      case "call":
        return this.#call(node, steps);
      default:
        return this.#containers.partsOf(node, steps);
    }
  }

  #any(nodes: readonly (PythonNode | undefined)[], steps: readonly PathStep[]): KnownTexts {
    return nodes.flatMap((one) => (one === undefined ? NO_TEXTS : this.follow(one, steps)));
  }

  #given(given: readonly Given[], steps: readonly PathStep[]): KnownTexts {
    return given.flatMap(({ node, isEach }) => this.follow(node, isEach ? [EACH, ...steps] : steps));
  }

  #name(node: PythonNode, steps: readonly PathStep[]): KnownTexts {
    const name = this.#textOf(node);
    const found = reachingBindings(node, name).flatMap((binding) =>
      this.#once(binding, steps, () => this.#ofBinding(binding, steps)),
    );
    const [step, ...more] = steps;
    return step === undefined || found.length > 100 ? found : [...found, ...this.#given(this.#sites.added(name), more)];
  }

  #ofBinding({ at, value, steps: inside }: Binding, steps: readonly PathStep[]): KnownTexts {
    const given = this.#sites.givenTo(at);
    const isUsed = value !== null && (given === null || !this.#sites.isAlwaysGiven(at));
    const own = isUsed ? this.follow(value, [...inside, ...steps]) : NO_TEXTS;
    return given === null ? own : [...own, ...this.#given(given, steps)];
  }

  /** A string with values in it: f"/etc/{name}". */
  #template(node: PythonNode): KnownTexts {
    if (node.type === "concatenated_string")
      return node.children.reduce<KnownTexts>((sum, one) => concatTexts(sum, this.of(one)), [wholeText("")]);
    const opening = node.children.find(({ type }) => type === "string_start");
    const isRaw = opening !== undefined && /r/i.test(this.#slice(opening));
    let sum: KnownTexts = [wholeText("")];
    for (const part of node.children) {
      if (part.type === "string_content") {
        const text = isRaw ? this.#slice(part) : unescapeString(this.#slice(part), false);
        sum = concatTexts(sum, text === null ? NO_TEXTS : [wholeText(text)]);
      } else if (part.type === "interpolation")
        sum = concatTexts(sum, part.children.length === 1 ? this.of(part.children[0]) : NO_TEXTS);
    }
    return sum;
  }

  #operator(node: PythonNode, steps: readonly PathStep[]): KnownTexts {
    const [left, right] = node.children;
    if (left === undefined || right === undefined) return NO_TEXTS;
    const operator = this.#code.slice(left.end, right.start).replace(/#[^\n]*|\\\r?\n|\s/g, "");
    if (steps.length > 0) return operator === "+" || operator === "|" ? this.#any([left, right], steps) : NO_TEXTS;
    if (operator === "/") return joinTexts(this.of(left), this.of(right));
    if (operator === "+") return concatTexts(this.of(left), this.of(right));
    if (operator !== "%") return NO_TEXTS;
    const given = right.type === "tuple" ? right.children : [right];
    return this.#filled(this.of(left), /%s/, (index) => given[index]);
  }

  /** Puts texts into the places of a template: `"/etc/%s" % name`, `"/etc/{}".format(name)`. */
  #filled(
    templates: KnownTexts,
    place: RegExp,
    valueAt: (index: number, name: string) => PythonNode | undefined,
  ): KnownTexts {
    return templates.flatMap(({ text, isWhole }) => {
      const pieces = text.split(new RegExp(`(${place.source})`));
      let sum: KnownTexts = [wholeText(pieces[0] ?? "")];
      for (let at = 1; at < pieces.length; at += 2) {
        const value = this.of(valueAt((at - 1) / 2, (pieces[at] ?? "").slice(1, -1)));
        sum = concatTexts(concatTexts(sum, value), [wholeText(pieces[at + 1] ?? "")]);
      }
      return isWhole ? sum : concatTexts(sum, NO_TEXTS);
    });
  }

  #subscript(node: PythonNode, steps: readonly PathStep[]): KnownTexts {
    const [object, key] = node.children;
    if (object === undefined || key === undefined || key.type === "slice") return NO_TEXTS;
    if (this.#values.of(object).includes("os.environ")) return this.#variable(key);
    if (object.type === "attribute" && this.#values.nameOf(object) === "parents")
      return joinTexts(this.of(partOf(object, "object")), [wholeText("..")]);
    return this.follow(object, [this.#containers.stepOf(key), ...steps]);
  }

  /** Of the variables of the environment, the home directory is known. */
  #variable(key: PythonNode | undefined): KnownTexts {
    return key !== undefined && this.#constants.text(key) === "HOME" ? [wholeText("~")] : NO_TEXTS;
  }

  #attribute(node: PythonNode, steps: readonly PathStep[]): KnownTexts {
    const object = partOf(node, "object");
    if (object === undefined) return NO_TEXTS;
    const known = this.#values.of(node).flatMap((full) => CONSTANTS.get(full) ?? []);
    if (known.length > 0) return known.map(wholeText);
    const name = this.#values.nameOf(node);
    const own = this.#sites.attribute(object, name, (one) => this.#values.soleValue(one));
    if (own.length > 0) return this.#given(own, steps);
    if (name === "value") return this.follow(object, steps);
    return name === "parent" ? joinTexts(this.of(object), [wholeText("..")]) : NO_TEXTS;
  }

  #call(node: PythonNode, steps: readonly PathStep[]): KnownTexts {
    const full = this.#nameOfCallee(node);
    const callee = partOf(node, "function");
    const given = positionalOf(node);
    const [first] = given;
    if (first !== undefined && TAKES_ITEM.test(full)) return this.follow(first, [EACH, ...steps]);
    const own = callee?.type === "identifier" ? this.#sites.returned(this.#textOf(callee)) : [];
    if (own.length > 0) return this.#any(own, steps);
    const object = callee?.type === "attribute" ? partOf(callee, "object") : undefined;
    const method = callee?.type === "attribute" ? this.#values.nameOf(callee) : "";
    const [step, ...more] = steps;
    const items = step === undefined ? [] : this.#sites.itemsOf(node);
    if (items.length > 0) return this.#any(typeof step === "number" ? [items[step]] : items, more);
    if (steps.length > 0) return this.#containers.ofCall(node, { full, object, method }, steps);
    const result = RESULTS.get(full);
    if (result !== undefined) return [wholeText(result)];
    if (full === "os.getenv" || full === "os.environ.get")
      return [...this.#variable(first), ...this.of(given[1] ?? this.#values.keyword(node, "default"))];
    if (KEEPS.test(full)) return this.of(first);
    if (/^(?:os\.path|posixpath)\.dirname$/.test(full)) return joinTexts(this.of(first), [wholeText("..")]);
    if (JOINS.test(full)) return this.#joined(full.startsWith("pathlib.Path().") ? [object, ...given] : given);
    return object === undefined ? NO_TEXTS : this.#method(node, object, method);
  }

  #joined(parts: readonly (PythonNode | undefined)[]): KnownTexts {
    return parts
      .slice(1)
      .reduce<KnownTexts>(
        (sum, one) => joinTexts(sum, this.of(one)),
        parts.length === 0 ? NO_TEXTS : this.of(parts[0]),
      );
  }

  #method(node: PythonNode, object: PythonNode, method: string): KnownTexts {
    const given = positionalOf(node);
    const [first] = given;
    if (KEEPS_OWN.test(method)) return this.of(object);
    if (method === "joinpath") return this.#joined([object, ...given]);
    if (method === "format")
      return this.#filled(this.of(object), /\{\w*\}/, (index, name) =>
        /^\d*$/.test(name) ? given[name === "" ? index : Number(name)] : this.#values.keyword(node, name),
      );
    if (method === "join" && first !== undefined && /^(?:list|tuple)$/.test(first.type)) {
      const separator = this.of(object);
      return first.children.reduce<KnownTexts>(
        (sum, one, index) => concatTexts(index === 0 ? sum : concatTexts(sum, separator), this.of(one)),
        [wholeText("")],
      );
    }
    if (/^(?:get|pop|popleft|setdefault)$/.test(method)) {
      const found = this.follow(object, [first === undefined ? EACH : this.#containers.stepOf(first)]);
      return [...found, ...this.of(given[1])];
    }
    return method === "__getitem__" && first !== undefined
      ? this.follow(object, [this.#containers.stepOf(first)])
      : NO_TEXTS;
  }

  /** The full name of a function that is called. */
  #nameOfCallee(call: PythonNode): string {
    const callee = partOf(call, "function");
    if (callee === undefined) return "";
    const [full] = this.#values.of(callee);
    return full ?? (this.#values.isBuiltin(callee) ? `builtins.${this.#textOf(callee)}` : "");
  }

  #slice({ start, end }: PythonNode): string {
    return this.#code.slice(start, end);
  }
}

/** The texts in a constant. */
function textsAt(value: Constant, [step, ...more]: readonly PathStep[]): KnownTexts {
  if (step === undefined) return typeof value === "string" ? [wholeText(value)] : NO_TEXTS;
  if (!Array.isArray(value)) return NO_TEXTS;
  const items = value as readonly Constant[];
  const taken = typeof step === "number" ? items.slice(step).slice(0, 1) : items;
  return limitTexts(taken.flatMap((item) => textsAt(item, more)));
}
