/**
 * Says what an expression of a Python program may stand for, by full name: `os.system`, whichever way the program comes
 * by it. Follows imports, aliases, assignments, destructuring, attribute chains, and the calls that turn a text into a
 * module or a member.
 *
 * It knows where a name is bound, and little of when; values that go through functions, containers and loops of the
 * program's own are followed where that is simple. What it misses is for the guest's fence and the sandbox.
 */

import type { PythonNode } from "./parser.js";
import { ConstantFolder } from "./constants.js";
import { type Binding, DELETED, type PythonScope, type Step, type TextOf, WILDCARD } from "./scope.js";
import {
  RETURNS_OBJECT,
  RISKY_MODULES,
  RULED_BUILTINS,
  ruleOf,
  SAME_MEMBER,
  SAME_MODULE,
  YIELDS_PATHS,
} from "./targets.js";

/** What one expression may stand for at most, and how deep and how long is looked. */
const MAX_VALUES = 6;
const MAX_DEPTH = 400;
const MAX_STEPS = 20_000;

/** Builtins that are of interest: those with rules, and those that lead to them. */
const LEADING_BUILTINS: ReadonlySet<string> = new Set([
  ...RULED_BUILTINS,
  ..."chr ord str float bool frozenset classmethod super BaseException Exception int bytes bytearray list tuple reversed range map print len object abs max min sum sorted dict set iter next id repr".split(
    " ",
  ),
]);

/** Values that stand for a way to a member, with what is known of it. */
const GETS = "@attribute:";
const CALLS = "@method:";
const GLOBALS = "@globals";
const NAMESPACE = ".__dict__";

/** Methods by which a dict is asked for one entry. */
const LOOK_UPS: ReadonlySet<string> = new Set(["get", "__getitem__", "pop", "setdefault"]);

function isTable(full: string): boolean {
  return full === GLOBALS || full === "sys.modules" || full.endsWith(NAMESPACE);
}

const NONE: readonly string[] = [];

export class PythonValues {
  readonly constants: ConstantFolder;
  readonly #textOf: TextOf;
  /** By expression, and by all bindings of a name. */
  readonly #known = new Map<PythonNode | readonly Binding[], readonly string[]>();
  readonly #open = new Set<PythonNode | readonly Binding[]>();
  #depth = 0;
  #steps = 0;
  /** How often something was found to stand for itself: what is known by then is not all. */
  #rounds = 0;
  #gaveUp = false;

  constructor(code: string, textOf: TextOf) {
    this.#textOf = textOf;
    this.constants = new ConstantFolder({
      code,
      textOf,
      valueOf: (name) => this.#soleValue(name),
      calleeOf: (node) => this.of(node.type === "call" ? (partOf(node, "function") ?? node) : node)[0] ?? null,
    });
  }

  /** Full names of what the expression may stand for; empty if nothing is known. */
  of(node: PythonNode): readonly string[] {
    return this.#once(node, () => this.#compute(node));
  }

  /** True once something was too deep or too long to follow: what a name stands for may then be anything. */
  get gaveUp(): boolean {
    return this.#gaveUp || this.constants.gaveUp;
  }

  #once(key: PythonNode | readonly Binding[], compute: () => readonly string[]): readonly string[] {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#open.has(key)) {
      this.#rounds++;
      return NONE;
    }
    if (this.#depth >= MAX_DEPTH || ++this.#steps > MAX_STEPS) {
      this.#gaveUp = true;
      return NONE;
    }
    const rounds = this.#rounds;
    this.#depth++;
    this.#open.add(key);
    const all = compute();
    this.#open.delete(key);
    this.#depth--;
    const found = all.length === 0 ? NONE : [...new Set(all)].slice(0, MAX_VALUES);
    // What went round has left something out, unless this is where the round began.
    if (rounds === this.#rounds || this.#open.size === 0) this.#known.set(key, found);
    return found;
  }

  /** Is this a plain builtin of that name here, as far as can be told? */
  isBuiltin(node: PythonNode): boolean {
    return node.type === "identifier" && !this.#isShadowed(node);
  }

  /** What the second argument of `getattr` and the like names, dotted or not. */
  constant(node: PythonNode | undefined): string | null {
    return node === undefined ? null : this.constants.text(node);
  }

  #compute(node: PythonNode): readonly string[] {
    const { children } = node;
    switch (node.type) {
      case "identifier":
        return this.#name(node);
      case "attribute": {
        const [object, name] = [partOf(node, "object"), partOf(node, "attribute")];
        if (object === undefined || name === undefined) return NONE;
        return this.of(object).flatMap((owner) => this.member(owner, this.#textOf(name)));
      }
      case "call":
        return this.#call(node);
      case "subscript":
        return this.#subscript(node);
      case "parenthesized_expression":
      case "await":
        return children[0] === undefined ? NONE : this.of(children[0]);
      case "named_expression": {
        const value = partOf(node, "value");
        return value === undefined ? NONE : this.of(value);
      }
      case "conditional_expression":
        return [children[0], children[2]].flatMap((child) => (child === undefined ? NONE : this.of(child)));
      case "boolean_operator":
        return children.flatMap((child) => this.of(child));
      case "binary_operator": {
        // `Path("a") / "b"` is a path.
        const left = children[0] === undefined ? NONE : this.of(children[0]);
        return left.filter((value) => value === "pathlib.Path()");
      }
      default:
        return NONE;
    }
  }

  #name(node: PythonNode): readonly string[] {
    const name = this.#textOf(node);
    const found = node.scope?.find(name) ?? null;
    const values =
      found === null
        ? NONE
        : this.#once(found.bindings, () => found.bindings.flatMap((binding) => this.#bound(binding)));
    return this.#isShadowed(node) ? values : [...values, ...this.#free(name, node.scope)];
  }

  /** What a name is that the program does not bind. */
  #free(name: string, scope: PythonScope | undefined): readonly string[] {
    if (name === "__builtins__") return ["builtins"];
    const wildcards = (scope?.find(WILDCARD)?.bindings ?? []).flatMap(({ imported }) =>
      imported === null ? [] : [`${imported}.${name}`],
    );
    if (LEADING_BUILTINS.has(name)) return [`builtins.${name}`, ...wildcards];
    // A part of a program whose import is elsewhere, or made in a way that is not seen.
    return RISKY_MODULES.has(name) ? [sameModule(name), ...wildcards] : wildcards;
  }

  #bound({ imported, value, steps }: Binding): readonly string[] {
    if (imported !== null) return [sameModule(imported)];
    if (value === null) return NONE;
    return this.#follow(value, steps);
  }

  /** Takes the steps of a destructuring or a loop into a value. */
  #follow(value: PythonNode, steps: readonly Step[]): readonly string[] {
    const [step, ...more] = steps;
    if (step === undefined) return this.of(value);
    const items = this.#items(value);
    if (items !== null) {
      const taken = typeof step === "number" ? [items[step]] : items.slice(0, 50);
      return taken.flatMap((item) => (item === undefined ? NONE : this.#follow(item, more)));
    }
    return more.length === 0 && this.of(value).some((one) => YIELDS_PATHS.has(one)) ? ["pathlib.Path()"] : NONE;
  }

  /** The parts of a list, tuple or the like, also of one that a name stands for. */
  #items(node: PythonNode): readonly PythonNode[] | null {
    if (node.type === "list" || node.type === "tuple" || node.type === "set" || node.type === "expression_list")
      return node.children;
    if (node.type === "dictionary") return node.children.flatMap((pair) => pair.children.slice(1));
    if (node.type === "parenthesized_expression" && node.children[0] !== undefined)
      return this.#items(node.children[0]);
    if (node.type !== "identifier") return null;
    const value = this.#soleValue(node);
    return value === null || value.type === "identifier" ? null : this.#items(value);
  }

  /** The expression that a name stands for, if it is bound once and in a plain way. */
  #soleValue(node: PythonNode): PythonNode | null {
    const found = node.scope?.find(this.#textOf(node));
    const [binding, ...others] = found?.bindings ?? [];
    return binding === undefined || others.length > 0 || binding.steps.length > 0 ? null : binding.value;
  }

  /** The last part of an attribute. */
  nameOf(attribute: PythonNode): string {
    const name = partOf(attribute, "attribute");
    return name === undefined ? "" : this.#textOf(name);
  }

  /** The value of a named argument. */
  keyword(call: PythonNode, name: string): PythonNode | undefined {
    for (const argument of partOf(call, "arguments")?.children ?? []) {
      const [label, value] = argument.type === "keyword_argument" ? argument.children : [];
      if (label !== undefined && this.#textOf(label) === name) return value;
    }
    return undefined;
  }

  /** A member of what has this full name. */
  member(owner: string, name: string): readonly string[] {
    // What a look-up returns is known where it is called.
    if (owner === GLOBALS || owner === "sys.modules" || owner.endsWith(NAMESPACE))
      return LOOK_UPS.has(name) ? [`${owner}.${name}`] : NONE;
    if (owner.startsWith("@")) return NONE;
    if (name === "__dict__") return [owner + NAMESPACE];
    if (name === "__call__" || name === "__func__" || name === "__wrapped__") return [owner];
    if (name === "__self__" && owner.startsWith("builtins.")) return ["builtins"];
    const full = sameMember(`${owner}.${name}`);
    const bare = name.replace(/^_+/, "");
    if (ruleOf(full) !== null) return [full];
    if (!owner.startsWith("builtins") && !owner.includes("()") && !isKnownSubmodule(owner, name)) {
      if (RISKY_MODULES.has(name)) return [sameModule(name)];
      if (RISKY_MODULES.has(bare)) return [sameModule(bare)];
    }
    return [full];
  }

  #call(node: PythonNode): readonly string[] {
    const callee = partOf(node, "function");
    if (callee === undefined) return NONE;
    const given = positionalOf(node);
    return this.of(callee).flatMap((full) => this.#result(full, node, given));
  }

  #result(full: string, node: PythonNode, given: readonly PythonNode[]): readonly string[] {
    const [first, second] = given;
    const text = (argument: PythonNode | undefined): string | null => this.constant(argument);
    if (full.startsWith(GETS)) return first === undefined ? NONE : this.#path(this.of(first), full.slice(GETS.length));
    if (full.startsWith(CALLS)) return NONE;
    switch (full) {
      case "builtins.__import__": {
        const name = text(first ?? this.keyword(node, "name"));
        // Without a list of names the top of the package comes back.
        return name === null
          ? NONE
          : [
              sameModule(
                given.length > 3 || this.keyword(node, "fromlist") !== undefined
                  ? name
                  : (name.split(".", 1)[0] ?? name),
              ),
            ];
      }
      case "importlib.import_module":
      case "importlib.__import__":
      case "importlib.reload": {
        const name = text(first ?? this.keyword(node, "name"));
        return name === null
          ? full.endsWith("reload") && first !== undefined
            ? this.of(first)
            : NONE
          : [sameModule(name)];
      }
      case "builtins.getattr": {
        const name = text(second);
        return first === undefined || name === null
          ? NONE
          : this.of(first).flatMap((owner) => this.member(owner, name));
      }
      case "builtins.globals":
      case "builtins.locals":
        return [GLOBALS];
      case "builtins.vars":
        return first === undefined ? [GLOBALS] : this.of(first).map((owner) => owner + NAMESPACE);
      case "operator.attrgetter":
      case "operator.itemgetter": {
        const name = text(first);
        return name === null ? NONE : [GETS + name];
      }
      case "operator.methodcaller": {
        const name = text(first);
        return name === null ? NONE : [CALLS + name];
      }
      case "functools.partial":
      case "functools.wraps":
      case "builtins.staticmethod":
        return first === undefined ? NONE : this.of(first);
    }
    const lookUp = /^(.+)\.(?:get|__getitem__|pop|setdefault)$/.exec(full)?.[1];
    if (lookUp !== undefined && isTable(lookUp)) {
      const name = text(first);
      return name === null ? NONE : this.#entry(lookUp, name, node.scope);
    }
    return RETURNS_OBJECT.has(full) ? [sameMember(`${full}()`)] : NONE;
  }

  #subscript(node: PythonNode): readonly string[] {
    const [object, key] = node.children;
    if (object === undefined || key === undefined) return NONE;
    const owners = this.of(object);
    const name = owners.length === 0 ? null : this.constant(key);
    const named = name === null ? NONE : owners.flatMap((owner) => this.#entry(owner, name, node.scope));
    if (named.length > 0) return named;
    // An element of a list that is written out: any of them, for the index may be anything.
    return (this.#items(object) ?? []).slice(0, 50).flatMap((item) => this.of(item));
  }

  /** What a namespace that can be asked by text has under a name. */
  #entry(table: string, name: string, scope: PythonScope | undefined): readonly string[] {
    if (table === GLOBALS) return this.#global(name, scope);
    if (table === "sys.modules") return [sameModule(name)];
    if (table.endsWith(NAMESPACE)) return this.member(table.slice(0, -NAMESPACE.length), name);
    return table === "builtins" ? this.member(table, name) : NONE;
  }

  /** `globals()["name"]`: a name of the module, or what it would be without one. */
  #global(name: string, scope: PythonScope | undefined): readonly string[] {
    const module = scope?.module();
    const found = module?.find(name);
    return [
      ...(found?.bindings ?? []).flatMap((binding) => this.#bound(binding)),
      ...(name === "__builtins__" ? ["builtins"] : NONE),
    ];
  }

  #path(owners: readonly string[], dotted: string): readonly string[] {
    return dotted
      .split(".")
      .reduce<readonly string[]>((at, name) => at.flatMap((owner) => this.member(owner, name)), owners);
  }

  /** Members that `methodcaller("name")(x)` calls. */
  calledBy(node: PythonNode): readonly string[] {
    const callee = partOf(node, "function");
    const [first] = positionalOf(node);
    if (callee === undefined || first === undefined) return NONE;
    return this.of(callee)
      .filter((full) => full.startsWith(CALLS))
      .flatMap((full) => this.of(first).flatMap((owner) => this.member(owner, full.slice(CALLS.length))));
  }

  /** Does the program give this name a meaning of its own that is sure to hold here? */
  #isShadowed(node: PythonNode): boolean {
    const name = this.#textOf(node);
    const found = node.scope?.find(name);
    if (found == null) return false;
    if (found.scope.kind === "function" || found.scope.kind === "comprehension") return true;
    if (!RULED_BUILTINS.has(name)) return true;
    const isHere = isSameFrame(node.scope, found.scope);
    if (found.bindings.some(({ within, at }) => within === DELETED && (!isHere || at <= node.start))) return false;
    return found.bindings.some(
      ({ within, at }) =>
        within !== DELETED &&
        (within === null || (node.start >= within.start && node.start < within.end)) &&
        (!isHere || at < node.start),
    );
  }
}

/** Is code of `scope` run where `frame`'s own statements are, one after the other? */
function isSameFrame(scope: PythonScope | undefined, frame: PythonScope): boolean {
  let at: PythonScope | null = scope ?? null;
  while (at !== null && at !== frame && at.kind === "comprehension") at = at.parent;
  return at === frame;
}

/** A part of a package whose name is that of another module, and which is no risk. */
function isKnownSubmodule(owner: string, name: string): boolean {
  return (
    (owner === "logging" && name === "handlers") ||
    owner === "numpy" ||
    owner === "scipy" ||
    (owner === "os" && name === "path") ||
    (owner === "xml" && name === "sax")
  );
}

export function sameModule(full: string): string {
  const top = full.split(".", 1)[0] ?? full;
  const known = Object.hasOwn(SAME_MODULE, top) ? SAME_MODULE[top] : undefined;
  return sameMember(known === undefined ? full : known + full.slice(top.length));
}

function sameMember(full: string): string {
  return Object.hasOwn(SAME_MEMBER, full) ? (SAME_MEMBER[full] ?? full) : full;
}

export function partOf(node: PythonNode, field: string): PythonNode | undefined {
  return node.children.find((child) => child.field === field);
}

/** The arguments of a call that have no names; a splat is one too. */
export function positionalOf(call: PythonNode): readonly PythonNode[] {
  const given = partOf(call, "arguments");
  if (given === undefined) return [];
  return given.type === "argument_list" ? given.children.filter(({ type }) => type !== "keyword_argument") : [given];
}
