/**
 * Finds the values that an expression of a JavaScript program may have, by full name: `eval`, `process.exit`,
 * `node:fs.rm`. A name that begins with `@` means some value of a kind, and not one certain value.
 *
 * The analysis knows where a name is bound, but little of when. It follows simple uses of the program's functions and
 * containers. The guest and the sandbox stop what it misses.
 */

import { Memo } from "../memo.js";
import { resultsOf } from "./call-results.js";
import type { ConstantFolder } from "./constants.js";
import { type ExpressionValues, type Invocation, readInvocation } from "./invocation.js";
import { Links } from "./links.js";
import { FUNCTION, GLOBAL, memberOf, OBJECT, unknownMember } from "./members.js";
import {
  type AnyNode,
  type Binding,
  type Bound,
  EACH,
  nameOf,
  requiredPart,
  type Script,
  type Step,
  unwrap,
} from "./node.js";
import type { Patterns } from "./scope.js";
import { FREE_MODULES, moduleNamed, REAL_GLOBALS } from "./targets.js";
import { Texts } from "./texts.js";
import { boundFor } from "../size-bound.js";

/** Most values of one expression. */
const MAX_VALUES = 6;
const MAX_DEPTH = 150;
const MAX_STEPS = 30_000;

const NONE: readonly string[] = [];

/** Assignments after which the name may have the value of the right side. */
const KEEPS_VALUE = /^(=|\|\|=|&&=|\?\?=)$/;

export class JavaScriptValues implements ExpressionValues {
  readonly constants: ConstantFolder;
  readonly links: Links;
  readonly texts: Texts;
  readonly #script: Script;
  readonly #patterns: Patterns;
  readonly #hasWith: boolean;
  readonly #values: Memo<AnyNode, readonly string[]>;
  readonly #ofBound = new Map<Bound, readonly string[]>();
  readonly #hidden = new Map<Bound, boolean>();

  constructor(script: Script, patterns: Patterns, code: string) {
    this.#script = script;
    this.#patterns = patterns;
    this.#values = new Memo<AnyNode, readonly string[]>({
      compute: (node) => limitValues(this.#compute(node)),
      unknown: NONE,
      maxDepth: MAX_DEPTH,
      maxSteps: boundFor(code, MAX_STEPS),
    });
    this.#hasWith = script.nodes.some(({ type }) => type === "WithStatement");
    this.links = new Links(script);
    this.texts = new Texts(code, this.links, { of: (node) => this.of(node), isHidden: (name) => this.isHidden(name) });
    this.constants = this.texts.constants;
  }

  /** Was the value of some expression beyond a limit of the analysis? */
  get hasGivenUp(): boolean {
    return this.#values.hasGivenUp;
  }

  /** Full names of the values that an expression may have. Empty if nothing is known. */
  of(outer: AnyNode): readonly string[] {
    return this.#values.of(unwrap(outer));
  }

  #compute(node: AnyNode): readonly string[] {
    switch (node.type) {
      case "Identifier":
        return this.#name(node);
      case "ThisExpression":
        return this.#this(node);
      case "Super":
        return this.links.thisOf(node) === "class" ? [FUNCTION] : [OBJECT];
      case "MemberExpression":
        return this.#memberOf(node);
      case "CallExpression":
      case "NewExpression":
        return resultsOf(node, this.invocation(node), this);
      case "ImportExpression": {
        const name = this.constants.text(requiredPart(node, "source"));
        return name === null ? NONE : [moduleNamed(name)];
      }
      case "MetaProperty":
        return nameOf(requiredPart(node, "meta")) === "import" ? ["import.meta"] : [FUNCTION];
      case "ConditionalExpression":
        return this.#any(node, "consequent", "alternate");
      case "LogicalExpression":
        return this.#any(node, "left", "right");
      case "AssignmentExpression":
        return KEEPS_VALUE.test(String(node["operator"])) ? this.#any(node, "right") : [OBJECT];
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
    return names.flatMap((name) => this.of(requiredPart(node, name)));
  }

  #this(node: AnyNode): readonly string[] {
    switch (this.links.thisOf(node)) {
      case "global":
        return [GLOBAL];
      case "class":
        return [FUNCTION];
      case "object":
        return [OBJECT];
      case "unknown":
        return NONE;
    }
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
    const [only] = bound.bindings;
    const isSole = only !== undefined && bound.bindings.length === 1;
    const found = isSole ? this.#bound(only) : limitValues(bound.bindings.flatMap((one) => this.#bound(one)));
    this.#ofBound.set(bound, found);
    return found;
  }

  /** The value of a name that the program does not bind. */
  #free(name: string): readonly string[] {
    if (FREE_MODULES.has(name)) return [`node:${name}`];
    return memberOf(GLOBAL, name);
  }

  /** Inside `with (x)` a name is a member of x, if x has one of that name. */
  #inWith(node: AnyNode): readonly string[] {
    const found: string[] = [];
    for (let at = this.#script.places.get(node) ?? null; at !== null && found.length < MAX_VALUES; at = at.parent) {
      if (at.key !== "body" || at.parent?.type !== "WithStatement") continue;
      found.push(...membersOf(this.of(requiredPart(at.parent.node, "object")), nameOf(node)));
    }
    return found;
  }

  #bound(binding: Binding): readonly string[] {
    if (binding.imported !== undefined) {
      const { module, member } = binding.imported;
      return member === null ? [moduleNamed(module)] : memberOf(moduleNamed(module), member);
    }
    if (binding.value !== null)
      return KEEPS_VALUE.test(binding.operator) ? this.follow(binding.value, binding.steps) : NONE;
    const given = this.links.givenFor(binding);
    if (given.length === 0 && binding.steps.length === 0) return NONE;
    const found = given.flatMap(({ value, steps }) => this.follow(value, [...steps, ...binding.steps]));
    // Without a known argument, the name gets members of an unknown value.
    return given.length > 0 || binding.steps.length === 0 ? found : this.#path(NONE, binding.steps);
  }

  /** Full names of the values that a property of a pattern may get. */
  destructured(property: AnyNode): readonly string[] {
    return (this.#patterns.get(property) ?? []).flatMap((binding) => this.#bound(binding));
  }

  /** Full names of the values that the pattern around a property takes apart. */
  ownersOf(property: AnyNode): readonly string[] {
    return (this.#patterns.get(property) ?? []).flatMap((binding) =>
      this.#bound({ ...binding, steps: binding.steps.slice(0, -1) }),
    );
  }

  /** Full names of the part of a value that the steps of a pattern or a loop lead to. */
  follow(value: AnyNode, steps: readonly Step[]): readonly string[] {
    const [step, ...more] = steps;
    if (step === undefined) return this.of(value);
    const parts = this.links.parts(value, step);
    if (parts.length > 0) return parts.flatMap((one) => this.follow(one, more));
    return this.#path(this.of(value), steps);
  }

  #path(owners: readonly string[], steps: readonly Step[]): readonly string[] {
    let at = owners;
    for (const step of steps) {
      // A list that a function makes has the values of its elements: `Array.of(x)` has those of x.
      if (isElementStep(step)) continue;
      const names = typeof step === "string" ? [step] : this.texts.of(step);
      at = names.flatMap((name) => membersOf(at, name));
    }
    return at.length > 0 && steps.every(isElementStep) ? NONE : at;
  }

  #memberOf(node: AnyNode): readonly string[] {
    const object = requiredPart(node, "object");
    const names = this.namesOfMember(node);
    const parts = object.type === "Super" ? [] : names.flatMap((name) => this.links.parts(object, name));
    if (parts.length > 0) return parts.flatMap((one) => this.of(one));
    const owners = this.of(object);
    return names.flatMap((name) => membersOf(owners, name));
  }

  /** The names of the member that a member expression may read. Empty if they are known only at run time. */
  namesOfMember(node: AnyNode): readonly string[] {
    const property = requiredPart(node, "property");
    if (node["computed"] === true) return this.texts.of(property);
    return property.type === "Identifier" ? [nameOf(property)] : [];
  }

  /** The call, reduced to a direct one. */
  invocation(node: AnyNode): Invocation {
    return readInvocation(node, this);
  }

  /** Is the name surely bound by the program, so that it hides a global? */
  isHidden(node: AnyNode): boolean {
    const bound = this.links.boundTo(node);
    if (bound === null) return false;
    const known = this.#hidden.get(bound);
    if (known !== undefined) return known;
    const { scope, bindings } = bound;
    // A `var` of the script keeps the value of the global until the program assigns another one.
    const isSure = ({ kind, value }: Binding): boolean =>
      REAL_GLOBALS.has(nameOf(node)) ? kind !== "var" && kind !== "assigned" : kind !== "var" || value !== null;
    const isHidden = scope.kind !== "script" || bindings.some(isSure);
    this.#hidden.set(bound, isHidden);
    return isHidden;
  }
}

/** Full names of a member of each owner, or of an unknown value if there is no owner. */
function membersOf(owners: readonly string[], name: string): readonly string[] {
  return owners.length === 0 ? unknownMember(name) : owners.flatMap((owner) => memberOf(owner, name));
}

function isElementStep(step: Step): step is number | typeof EACH {
  return step === EACH || typeof step === "number";
}

function limitValues(values: readonly string[]): readonly string[] {
  return values.length <= 1 ? values : [...new Set(values)].slice(0, MAX_VALUES);
}
