/**
 * Finds the paths that an expression of a JavaScript program may be: through names, conditions, loops over lists and
 * objects that are written out, the functions of the program, and the ways to put a path together. The work for one
 * program is bounded. Beyond the bound nothing is known, and the sandbox stops what this misses.
 */

import { type Constant, isList, UNKNOWN } from "./computed.js";
import {
  type AnyNode,
  type Binding,
  EACH,
  isFunction,
  nameOf,
  part,
  partsOf,
  plainMemberName,
  requiredPart,
  type Script,
  type Step,
  unwrap,
} from "./node.js";
import { COMPUTED } from "./links.js";
import { OwnFields } from "./own-fields.js";
import { Reaching } from "./reaching.js";
import type { JavaScriptValues } from "./values.js";
import { concatTexts, joinTexts, type KnownTexts, limitTexts, NO_TEXTS, wholeText } from "../known-texts.js";
import { TextMemo } from "../text-memo.js";

const JOINS = /^node:path\.(?:posix\.)?(?:join|resolve)$/;
/** Functions that give the same place as their first argument names. */
const KEEPS = new RegExp(
  "^(?:URL|String|Buffer\\.from|node:buffer\\.Buffer\\.from|" +
    "node:url\\.(?:URL|fileURLToPath|pathToFileURL)|node:path\\.(?:posix\\.)?normalize)$",
);
/** Methods that give the same text. */
const KEEPS_OWN = /^(?:trim|trimStart|trimEnd|toString|valueOf|normalize)$/;
/** Methods and functions that give the same elements, or some of them. */
const SAME_ITEMS = /^(?:filter|slice|sort|reverse|toSorted|toReversed|flat|concat|values|splice)$/;
const COPIES = /^(?:Array\.from|Object\.freeze|Set|Array\.of)$/;
/** Methods that give one element. */
const TAKES_ITEM = /^(?:at|pop|shift|find|findLast)$/;

/** The step to any value of an object. */
const ANY = "\0any";

export class PathTexts {
  readonly #values: JavaScriptValues;
  readonly #reaching: Reaching;
  readonly #fields: OwnFields;
  readonly #known: TextMemo<AnyNode | Binding>;

  constructor(values: JavaScriptValues, script: Script, code: string) {
    this.#values = values;
    this.#reaching = new Reaching(script);
    this.#fields = new OwnFields(script);
    this.#known = new TextMemo(code);
  }

  /** The texts that an expression may be. */
  of(node: AnyNode | null | undefined): KnownTexts {
    return node == null ? NO_TEXTS : this.follow(node, []);
  }

  /** The texts that each element of an expression may be. */
  ofEach(node: AnyNode): KnownTexts {
    return this.follow(node, [EACH]);
  }

  follow(outer: AnyNode, steps: readonly Step[]): KnownTexts {
    const node = unwrap(outer);
    return this.#once(node, steps, () => this.#compute(node, steps));
  }

  #once(key: AnyNode | Binding, steps: readonly Step[], compute: () => KnownTexts): KnownTexts {
    const label = steps.map((step) => (typeof step === "object" ? step.start : String(step))).join(" ");
    return this.#known.of(key, label, compute);
  }

  #compute(node: AnyNode, steps: readonly Step[]): KnownTexts {
    const isOpen = node.type === "Identifier" || hasVariableKey(node);
    const whole = isOpen ? UNKNOWN : this.#values.constants.value(node);
    if (typeof whole === "string" || (whole !== UNKNOWN && isList(whole) && steps.length > 0))
      return textsAt(whole, steps);
    switch (node.type) {
      case "Identifier":
        return this.#name(node, steps);
      case "ConditionalExpression":
        return this.#any([part(node, "consequent"), part(node, "alternate")], steps);
      case "LogicalExpression":
        return this.#any([part(node, "left"), part(node, "right")], steps);
      case "AssignmentExpression":
        return this.#any([part(node, "right")], steps);
      case "AwaitExpression":
      case "SpreadElement":
        return this.#any([part(node, "argument")], steps);
      case "TemplateLiteral":
        return steps.length === 0 ? this.#template(node) : NO_TEXTS;
      case "BinaryExpression":
        return steps.length === 0 && node["operator"] === "+"
          ? concatTexts(this.of(part(node, "left")), this.of(part(node, "right")))
          : NO_TEXTS;
      case "ArrayExpression":
        return this.#list(node, steps);
      case "ObjectExpression":
        return this.#object(node, steps);
      case "MemberExpression":
        return this.#member(node, steps);
      case "CallExpression":
      case "NewExpression":
        return this.#call(node, steps);
      default:
        return NO_TEXTS;
    }
  }

  #any(nodes: readonly (AnyNode | null | undefined)[], steps: readonly Step[]): KnownTexts {
    return nodes.flatMap((one) => (one == null ? NO_TEXTS : this.follow(one, steps)));
  }

  #name(node: AnyNode, steps: readonly Step[]): KnownTexts {
    const bound = this.#values.links.boundTo(node);
    if (bound === null) return NO_TEXTS;
    const found = this.#reaching
      .bindings(node, bound)
      .flatMap((binding) => this.#once(binding, steps, () => this.#ofBinding(binding, bound.bindings, steps)));
    const [step, ...more] = steps;
    return step === undefined ? found : [...found, ...this.#any(this.#fields.pushed(bound, this.#values.links), more)];
  }

  #ofBinding(binding: Binding, all: readonly Binding[], steps: readonly Step[]): KnownTexts {
    const { links } = this.#values;
    const path = [...binding.steps, ...steps];
    if (binding.value === null)
      return links.givenFor(binding).flatMap((given) => this.follow(given.value, [...given.steps, ...path]));
    const parameter = binding.kind === "parameter" ? all.find((one) => one.parameter !== undefined) : undefined;
    return parameter !== undefined && links.isAlwaysGiven(parameter) ? NO_TEXTS : this.follow(binding.value, path);
  }

  #template(node: AnyNode): KnownTexts {
    const holes = partsOf(node, "expressions");
    let sum: KnownTexts = [wholeText("")];
    for (const [index, quasi] of partsOf(node, "quasis").entries()) {
      const text = (quasi?.["value"] as { cooked?: string } | undefined)?.cooked;
      sum = concatTexts(sum, text === undefined ? NO_TEXTS : [wholeText(text)]);
      const hole = holes[index];
      if (hole != null) sum = concatTexts(sum, this.of(hole));
    }
    return sum;
  }

  #list(node: AnyNode, [step, ...more]: readonly Step[]): KnownTexts {
    if (step === undefined) return NO_TEXTS;
    const elements = partsOf(node, "elements");
    const index = withNumber(step);
    const isKnown = typeof index === "number" && !elements.some((one) => one?.type === "SpreadElement");
    return (isKnown ? [elements[index]] : elements).flatMap((one) =>
      one == null ? NO_TEXTS : this.follow(one, one.type === "SpreadElement" ? [EACH, ...more] : more),
    );
  }

  #object(node: AnyNode, [step, ...more]: readonly Step[]): KnownTexts {
    if (step === undefined) return NO_TEXTS;
    const values = this.#values.links.properties(node);
    const taken = typeof step === "string" && step !== ANY ? [step, COMPUTED] : [...values.keys()];
    return this.#any(
      taken.map((name) => values.get(name)),
      more,
    );
  }

  #member(node: AnyNode, steps: readonly Step[]): KnownTexts {
    const object = requiredPart(node, "object");
    if (object.type === "Super") return NO_TEXTS;
    const names = this.#values.namesOfMember(node);
    const full = this.#values.of(node);
    if (full.some((one) => /^node:path\.(?:posix\.)?sep$/.test(one))) return [wholeText("/")];
    if (steps.length === 0 && full.includes("process.env.HOME")) return [wholeText("~")];
    const own = names.flatMap((name) => this.#fields.valuesOf(object, name));
    if (own.length > 0) return this.#any(own, steps);
    const keys = names.length === 0 || hasVariableKey(node) ? [ANY] : names;
    return keys.flatMap((name) => this.follow(object, [name, ...steps]));
  }

  #call(node: AnyNode, steps: readonly Step[]): KnownTexts {
    const { names, given, callee } = this.#values.invocation(node);
    const [first] = given;
    const fn = callee.type === "Super" || callee.type === "Import" ? null : this.#values.links.literal(callee);
    if (fn !== null && isFunction(fn)) return this.#any(this.#values.links.returnsOf(fn), steps);
    if (steps.length > 0) return this.#items(callee, names, given, steps);
    const isUrl = callee.type === "Identifier" && nameOf(callee) === "URL";
    if (isUrl || names.some((full) => KEEPS.test(full))) return this.of(first).map(decodedUrl);
    if (names.some((full) => JOINS.test(full)))
      return given
        .slice(1)
        .reduce<KnownTexts>((sum, one) => joinTexts(sum, this.of(one), names.some(isResolve)), this.of(first));
    if (names.includes("node:os.homedir")) return [wholeText("~")];
    if (names.includes("process.cwd")) return [wholeText("/workspace")];
    if (names.some((full) => /^node:path\.(?:posix\.)?dirname$/.test(full)))
      return joinTexts(this.of(first), [wholeText("..")]);
    return this.#method(callee, first);
  }

  #method(callee: AnyNode, first: AnyNode | undefined): KnownTexts {
    const method = callee.type === "MemberExpression" ? plainMemberName(callee) : null;
    const object = callee.type === "MemberExpression" ? requiredPart(callee, "object") : null;
    if (method === null || object === null || object.type === "Super") return NO_TEXTS;
    if (KEEPS_OWN.test(method)) return this.of(object);
    if (TAKES_ITEM.test(method)) return this.ofEach(object);
    if (method === "concat") return concatTexts(this.of(object), this.of(first));
    const list = unwrap(object);
    if (method !== "join" || list.type !== "ArrayExpression") return NO_TEXTS;
    return partsOf(list, "elements").reduce<KnownTexts>(
      (sum, one, index) => concatTexts(index === 0 ? sum : concatTexts(sum, this.of(first)), this.of(one)),
      [wholeText("")],
    );
  }

  /** The elements of the list that a call makes. */
  #items(callee: AnyNode, names: readonly string[], given: readonly AnyNode[], steps: readonly Step[]): KnownTexts {
    const [first] = given;
    const [, ...more] = steps;
    if (callee.type === "Identifier" && nameOf(callee) === "Set") return this.#any([first], steps);
    if (names.some((full) => COPIES.test(full))) return this.#any([first], steps);
    if (names.includes("Object.values")) return this.#any([first], [ANY, ...more]);
    if (names.includes("Object.entries")) return more[0] === 1 ? this.#any([first], [ANY, ...more.slice(1)]) : NO_TEXTS;
    if (callee.type !== "MemberExpression") return NO_TEXTS;
    const object = requiredPart(callee, "object");
    const method = plainMemberName(callee) ?? "";
    if (object.type === "Super") return NO_TEXTS;
    if (names.some((full) => /^Promise\.all(?:Settled)?$/.test(full))) return this.#any([first], steps);
    if (SAME_ITEMS.test(method)) return [...this.follow(object, steps), ...this.#any(given, steps)];
    const fn = first === undefined || !/^(?:map|flatMap)$/.test(method) ? null : this.#values.links.literal(first);
    return fn !== null && isFunction(fn)
      ? this.#any(this.#values.links.returnsOf(fn), method === "flatMap" ? steps : more)
      : NO_TEXTS;
  }
}

/** Is it a member such as `list[i]`, where a loop may change `i`? */
function hasVariableKey(node: AnyNode): boolean {
  return (
    node.type === "MemberExpression" &&
    node["computed"] === true &&
    unwrap(requiredPart(node, "property")).type !== "Literal"
  );
}

function isResolve(full: string): boolean {
  return full.endsWith("resolve");
}

/** A step to an item whose index is written as a text: `list["0"]`. */
function withNumber(step: Step): Step {
  return typeof step === "string" && /^\d+$/.test(step) ? Number(step) : step;
}

/** The texts in a constant. */
function textsAt(value: Constant, [step, ...more]: readonly Step[]): KnownTexts {
  if (step === undefined) return typeof value === "string" ? [decodedUrl(wholeText(value))] : NO_TEXTS;
  if (!isList(value)) return NO_TEXTS;
  const index = withNumber(step);
  return limitTexts((typeof index === "number" ? [value[index]] : value).flatMap((one) => textsAt(one, more)));
}

/** A URL of a file holds its path in another spelling. */
function decodedUrl(one: KnownTexts[number]): KnownTexts[number] {
  if (!/^file:/i.test(one.text)) return one;
  try {
    return { ...one, text: decodeURIComponent(one.text.replace(/^file:(?:\/\/)?/i, "")) };
  } catch {
    return one;
  }
}
