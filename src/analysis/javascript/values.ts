/**
 * Says what an expression of a JavaScript program may stand for, by full name: `eval`, `process.exit`, `node:fs.rm`,
 * whichever way the program comes by it. Names that begin with `@` are kinds of things rather than things.
 *
 * It knows where a name is bound, and little of when; values that go through the program's own functions and containers
 * are followed where that is simple. What it misses is for the guest's fence and the sandbox.
 */

import type { AnyNode, Script } from "./parser.js";
import type { ConstantFolder } from "./constants.js";
import { Links } from "./links.js";
import {
  DESCRIPTOR,
  DESCRIPTORS,
  FUNCTION,
  GETS_PROTOTYPE,
  GLOBAL,
  LOOKS_UP_GETTER,
  MAKER,
  memberOf,
  OBJECT,
  protoOf,
  PROTOTYPE,
  unknownMember,
} from "./members.js";
import { isClass, isFunction, nameOf, part, partsOf, plainKey, unwrap } from "./node.js";
import { type Binding, type Bound, EACH, type Patterns, type Step } from "./scope.js";
import { FREE_MODULES, kindOfBuiltin, moduleNamed, REAL_GLOBALS } from "./targets.js";
import { Texts } from "./texts.js";

/** What one expression may stand for at most, and how deep and how long is looked. */
const MAX_VALUES = 6;
const MAX_DEPTH = 150;
const MAX_STEPS = 30_000;

const NONE: readonly string[] = [];

/** Functions that give back, or let through, their first argument. */
const LETS_THROUGH: ReadonlySet<string> = new Set([
  "Object",
  "Object.freeze",
  "Object.seal",
  "Object.preventExtensions",
  "Object.create",
  "Object.setPrototypeOf",
  "Object.assign",
  "Object.defineProperty",
  "Object.defineProperties",
  "Promise.resolve",
  "Proxy",
  "Array.of",
  "Array.from",
  "Iterator.from",
]);
/** Ways to a module by its name. */
export const TAKES_MODULE: ReadonlySet<string> = new Set([
  "require",
  "module.require",
  "process.mainModule.require",
  "require.main.require",
  "process.getBuiltinModule",
  "node:module._load",
  "module.constructor._load",
  "importScripts",
]);
/** Ways to a member by its name. */
export const TAKES_NAME: ReadonlySet<string> = new Set([
  "Reflect.get",
  "Object.getOwnPropertyDescriptor",
  "Reflect.getOwnPropertyDescriptor",
]);

/** A call in its plainest form: `f.call(x, 1)` and `Reflect.apply(f, x, [1])` are `f(1)`. */
export interface Invocation {
  readonly callee: AnyNode;
  readonly names: readonly string[];
  readonly given: readonly AnyNode[];
  readonly receiver: AnyNode | null;
  readonly isNew: boolean;
}

export class JavaScriptValues {
  readonly constants: ConstantFolder;
  readonly links: Links;
  readonly texts: Texts;
  readonly #script: Script;
  readonly #patterns: Patterns;
  readonly #hasWith: boolean;
  readonly #known = new Map<AnyNode, readonly string[]>();
  readonly #ofBound = new Map<Bound, readonly string[]>();
  readonly #hidden = new Map<Bound, boolean>();
  #depth = 0;
  #steps = 0;
  #hasGivenUp = false;

  constructor(script: Script, patterns: Patterns, code: string) {
    this.#script = script;
    this.#patterns = patterns;
    this.#hasWith = script.nodes.some(({ type }) => type === "WithStatement");
    this.links = new Links(script);
    this.texts = new Texts(code, this.links, { of: (node) => this.of(node), isHidden: (name) => this.isHidden(name) });
    this.constants = this.texts.constants;
  }

  /** Was some expression too long a way from what it stands for? */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  /** Full names of what the expression may stand for; empty if nothing is known. */
  of(outer: AnyNode): readonly string[] {
    const node = unwrap(outer);
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    if (this.#depth >= MAX_DEPTH || ++this.#steps > MAX_STEPS) {
      this.#hasGivenUp = true;
      return NONE;
    }
    this.#depth++;
    // What stands for itself has, on this way, no other value.
    this.#known.set(node, NONE);
    const found = this.#compute(node);
    this.#depth--;
    const values = found.length <= 1 ? found : [...new Set(found)].slice(0, MAX_VALUES);
    this.#known.set(node, values);
    return values;
  }

  #compute(node: AnyNode): readonly string[] {
    switch (node.type) {
      case "Identifier":
        return this.#name(node);
      case "ThisExpression": {
        const kind = this.links.thisOf(node);
        return kind === "global" ? [GLOBAL] : kind === "class" ? [FUNCTION] : kind === "object" ? [OBJECT] : NONE;
      }
      case "Super":
        return this.links.thisOf(node) === "class" ? [FUNCTION] : [OBJECT];
      case "MemberExpression":
        return this.#memberOf(node);
      case "CallExpression":
      case "NewExpression":
        return this.#call(node);
      case "ImportExpression": {
        const name = this.constants.text(part(node, "source"));
        return name === null ? NONE : [moduleNamed(name)];
      }
      case "MetaProperty":
        return nameOf(part(node, "meta") as AnyNode) === "import" ? ["import.meta"] : [FUNCTION];
      case "ConditionalExpression":
        return this.#any(node, "consequent", "alternate");
      case "LogicalExpression":
        return this.#any(node, "left", "right");
      case "AssignmentExpression":
        return /^(=|\|\|=|&&=|\?\?=)$/.test(String(node["operator"])) ? this.#any(node, "right") : [OBJECT];
      case "AwaitExpression":
        return this.#any(node, "argument");
      case "FunctionExpression":
      case "FunctionDeclaration":
      case "ArrowFunctionExpression":
      case "ClassExpression":
      case "ClassDeclaration":
        return [FUNCTION];
      case "ObjectExpression":
      case "ArrayExpression":
      case "Literal":
      case "TemplateLiteral":
      case "BinaryExpression":
      case "UpdateExpression":
        return [OBJECT];
      default:
        return NONE;
    }
  }

  #any(node: AnyNode, ...names: readonly string[]): readonly string[] {
    return names.flatMap((name) => this.of(part(node, name) as AnyNode));
  }

  #name(node: AnyNode): readonly string[] {
    const bound = this.links.boundTo(node);
    const values = bound === null ? NONE : this.#boundValues(bound);
    const found = bound !== null && this.isHidden(node) ? values : [...values, ...this.#free(nameOf(node))];
    return this.#hasWith ? [...this.#inWith(node), ...found] : found;
  }

  #boundValues(bound: Bound): readonly string[] {
    const known = this.#ofBound.get(bound);
    if (known !== undefined) return known;
    this.#ofBound.set(bound, NONE);
    const [only, ...more] = bound.bindings;
    const found =
      only === undefined
        ? NONE
        : more.length === 0
          ? this.#bound(only)
          : [...new Set(bound.bindings.flatMap((binding) => this.#bound(binding)))].slice(0, MAX_VALUES);
    this.#ofBound.set(bound, found);
    return found;
  }

  /** What a name is that the program does not bind. */
  #free(name: string): readonly string[] {
    if (FREE_MODULES.has(name)) return [`node:${name}`];
    return memberOf(GLOBAL, name);
  }

  /** Inside `with (x)` a name is first of all a member of x. */
  #inWith(node: AnyNode): readonly string[] {
    const found: string[] = [];
    for (let at = this.#script.places.get(node) ?? null; at !== null && found.length < MAX_VALUES; at = at.parent) {
      if (at.key !== "body" || at.parent?.type !== "WithStatement") continue;
      const object = part(at.parent.node, "object") as AnyNode;
      const owners = this.of(object);
      found.push(
        ...(owners.length === 0
          ? unknownMember(nameOf(node))
          : owners.flatMap((owner) => memberOf(owner, nameOf(node)))),
      );
    }
    return found;
  }

  #bound(binding: Binding): readonly string[] {
    if (binding.imported !== undefined) {
      const { module, member } = binding.imported;
      return member === null ? [moduleNamed(module)] : memberOf(moduleNamed(module), member);
    }
    if (binding.value !== null)
      return binding.operator === "=" || /^(\|\||&&|\?\?)=$/.test(binding.operator)
        ? this.#follow(binding.value, binding.steps)
        : NONE;
    const given = this.links.givenFor(binding);
    if (given.length === 0 && binding.steps.length === 0) return NONE;
    const found = given.flatMap(({ value, steps }) => this.#follow(value, [...steps, ...binding.steps]));
    // Of an unknown thing, a member by that name.
    return given.length > 0 || binding.steps.length === 0 ? found : this.#path(NONE, binding.steps);
  }

  /** What a property of a pattern takes. */
  destructured(property: AnyNode): readonly string[] {
    return (this.#patterns.get(property) ?? []).flatMap((binding) => this.#bound(binding));
  }

  /** Takes the steps of a destructuring or a loop into a value. */
  #follow(value: AnyNode, steps: readonly Step[]): readonly string[] {
    const [step, ...more] = steps;
    if (step === undefined) return this.of(value);
    const parts = this.links.parts(value, step);
    if (parts.length > 0) return parts.flatMap((one) => this.#follow(one, more));
    return this.#path(this.of(value), steps);
  }

  #path(owners: readonly string[], steps: readonly Step[]): readonly string[] {
    let at = owners;
    for (const step of steps) {
      const names = typeof step === "string" ? [step] : typeof step === "object" ? this.texts.of(step) : [];
      // An element may be what was put there to be let through, and is nothing else that is known.
      if (step === EACH || typeof step === "number") continue;
      at = names.flatMap((name) =>
        at.length === 0 ? unknownMember(name) : at.flatMap((owner) => memberOf(owner, name)),
      );
    }
    return at.length > 0 && steps.every((step) => step === EACH || typeof step === "number") ? NONE : at;
  }

  #memberOf(node: AnyNode): readonly string[] {
    const object = part(node, "object") as AnyNode;
    const names = this.namesOfMember(node);
    const parts = object.type === "Super" ? [] : names.flatMap((name) => this.links.parts(object, name));
    if (parts.length > 0) return parts.flatMap((one) => this.of(one));
    const owners = this.of(object);
    return names.flatMap((name) =>
      owners.length === 0 ? unknownMember(name) : owners.flatMap((owner) => memberOf(owner, name)),
    );
  }

  /** Names that a member expression may ask for; empty if they are made at run time. */
  namesOfMember(node: AnyNode): readonly string[] {
    const property = part(node, "property") as AnyNode;
    if (node["computed"] === true) return this.texts.of(property);
    return property.type === "Identifier" ? [nameOf(property)] : [];
  }

  #call(node: AnyNode): readonly string[] {
    const invocation = this.invocation(node);
    const { names, callee, isNew, given, receiver } = invocation;
    const target = unwrap(part(node, "callee") as AnyNode);
    const method =
      target.type === "MemberExpression" ? plainKey(part(target, "property") as AnyNode, target["computed"]) : null;
    // What is bound is still the same, called or not.
    if (method === "bind") return [...names, FUNCTION];
    const known = names.flatMap((full) => this.#result(full, given, receiver));
    if (known.length > 0) return known;
    if (method === "valueOf" && given.length === 0) return this.of(part(target, "object") as AnyNode);
    if (method !== null && /^(at|pop|shift|find|findLast)$/.test(method))
      return this.#follow(part(target, "object") as AnyNode, [EACH]);
    const reducer =
      method === null || !method.startsWith("reduce") || given[0] === undefined ? null : this.links.literal(given[0]);
    if (reducer !== null && isFunction(reducer))
      return this.links.returnsOf(reducer).flatMap((returned) => this.of(returned));
    const fn = callee.type === "Super" || callee.type === "Import" ? null : this.links.literal(callee);
    if (fn !== null && isFunction(fn) && !isNew)
      return this.links.returnsOf(fn).flatMap((returned) => this.of(returned));
    return isNew && ((fn !== null && isClass(fn)) || names.some((full) => kindOfBuiltin(full) !== null))
      ? [OBJECT]
      : NONE;
  }

  #result(full: string, given: readonly AnyNode[], receiver: AnyNode | null): readonly string[] {
    const [first, second] = given;
    if (TAKES_MODULE.has(full)) {
      const names = first === undefined ? [] : this.texts.of(first);
      return names.map(moduleNamed);
    }
    if (LETS_THROUGH.has(full)) return first === undefined ? NONE : this.of(first);
    switch (full) {
      case "Reflect.get":
        return this.#taken(first, second);
      case "Object.getOwnPropertyDescriptor":
      case "Reflect.getOwnPropertyDescriptor": {
        if (second !== undefined && this.texts.of(second).includes("__proto__"))
          return [`${DESCRIPTOR}${GETS_PROTOTYPE}`];
        return this.#taken(first, second).map((one) => DESCRIPTOR + one);
      }
      case "Object.getOwnPropertyDescriptors":
        return first === undefined ? NONE : this.of(first).map((one) => DESCRIPTORS + one);
      case "Object.getPrototypeOf":
      case "Reflect.getPrototypeOf":
        return first === undefined ? NONE : this.of(first).flatMap(protoOf);
      case GETS_PROTOTYPE:
        return receiver === null ? NONE : this.of(receiver).flatMap(protoOf);
      case LOOKS_UP_GETTER:
        return first !== undefined && this.texts.of(first).includes("__proto__") ? [GETS_PROTOTYPE] : NONE;
      case "node:module.createRequire":
        return ["require"];
      case MAKER:
        return [FUNCTION];
      default:
        return NONE;
    }
  }

  #taken(object: AnyNode | undefined, key: AnyNode | undefined): readonly string[] {
    const names = key === undefined ? [] : this.texts.of(key);
    return object === undefined ? NONE : names.flatMap((name) => this.#follow(object, [name]));
  }

  invocation(node: AnyNode): Invocation {
    let callee = unwrap((part(node, "callee") ?? part(node, "tag")) as AnyNode);
    let given = this.#spread(partsOf(node, "arguments"));
    let receiver = callee.type === "MemberExpression" ? (part(callee, "object") as AnyNode) : null;
    let isNew = node.type === "NewExpression";
    for (let round = 0; round < 5; round++) {
      if (callee.type === "Super" || callee.type === "Import") return { callee, names: NONE, given, receiver, isNew };
      const names = this.of(callee);
      const [kind] = callee.type === "MemberExpression" ? this.namesOfMember(callee) : [];
      const [first, second, third] = given;
      if ((names.includes("Reflect.apply") || names.includes("Reflect.construct")) && first !== undefined) {
        isNew = names.includes("Reflect.construct");
        receiver = isNew ? null : (second ?? null);
        given = this.#spread(this.#elements(isNew ? second : third));
        callee = unwrap(first);
      } else if (
        callee.type === "MemberExpression" &&
        (kind === "call" || kind === "apply" || kind === "bind") &&
        !isNew
      ) {
        receiver = first ?? null;
        given = kind === "apply" ? this.#spread(this.#elements(second)) : given.slice(1);
        const object = unwrap(part(callee, "object") as AnyNode);
        const borrowed = object.type === "Super" ? NONE : this.of(object);
        // `Function.prototype.call.call(f, x, 1)` calls f, and so does `Function.prototype.apply.call(f, x, [1])`.
        const isBorrowed =
          borrowed.some((full) => full === `${PROTOTYPE}.call` || full === `${PROTOTYPE}.apply`) && first !== undefined;
        if (isBorrowed) {
          receiver = given[0] ?? null;
          given = borrowed.includes(`${PROTOTYPE}.apply`) ? this.#spread(this.#elements(given[1])) : given.slice(1);
        }
        callee = isBorrowed ? unwrap(first) : object;
      } else return { callee, names, given, receiver, isNew };
    }
    return { callee, names: NONE, given, receiver, isNew };
  }

  #elements(list: AnyNode | undefined): readonly (AnyNode | null)[] {
    const literal = list === undefined ? null : this.links.literal(list);
    return literal?.type === "ArrayExpression" ? partsOf(literal, "elements") : [];
  }

  /** Arguments, with those of a list that is written out in its place. */
  #spread(nodes: readonly (AnyNode | null)[]): AnyNode[] {
    return nodes.flatMap((node) => {
      if (node?.type !== "SpreadElement") return node ?? [];
      const items = this.#elements(part(node, "argument") as AnyNode);
      return items.length === 0 ? [node] : items.flatMap((item) => item ?? []);
    });
  }

  /** Does the program give this name a meaning of its own that is sure to hold here? */
  isHidden(node: AnyNode): boolean {
    const bound = this.links.boundTo(node);
    if (bound === null) return false;
    const known = this.#hidden.get(bound);
    if (known !== undefined) return known;
    const { scope, bindings } = bound;
    // A `var` of the script keeps what the global object has until something is assigned, if that ever happens.
    const isSure = ({ kind, value }: Binding): boolean =>
      REAL_GLOBALS.has(nameOf(node)) ? kind !== "var" && kind !== "assigned" : kind !== "var" || value !== null;
    const isHidden = scope.kind !== "script" || bindings.some(isSure);
    this.#hidden.set(bound, isHidden);
    return isHidden;
  }
}
