/**
 * Finds the full names of the things that an expression may stand for, such as `os.system`, however the program reaches
 * them. It follows imports, aliases, assignments, destructuring, attributes, and the calls that turn a text into a
 * module or a member.
 *
 * It knows where a name is bound and little about when. It follows values through functions, containers and loops of
 * the program only in simple cases. The guest's import check and the sandbox stop the uses that it misses.
 */

import { ConstantFolder } from "./constants.js";
import { WILDCARD } from "./imports.js";
import { GLOBALS, isTable, memberOf, NAMESPACE, sameMember, sameModule, tableOf } from "./members.js";
import {
  type Binding,
  partOf,
  positionalOf,
  type PythonNode,
  type PythonScope,
  type Step,
  type TextOf,
} from "./node.js";
import { methodCalledBy, resultsOf } from "./results.js";
import { isShadowed } from "./shadowing.js";
import { RETURNS_OBJECT, RISKY_MODULES, RULED_BUILTINS, YIELDS_PATHS } from "./targets.js";
import { boundFor } from "../size-bound.js";
import { parseWords } from "../word-list.js";

/** Most full names that one expression may stand for. */
const MAX_VALUES = 6;

/** Most steps, and deepest nesting of steps, for one program. */
const MAX_DEPTH = 400;
const MAX_STEPS = 20_000;

/** Most items of a list that are looked at, if any of them may be meant. */
const MAX_ITEMS = 50;

/** Builtins that are followed: those with rules, and those from which a program reaches them. */
const LEADING_BUILTINS: ReadonlySet<string> = new Set([
  ...RULED_BUILTINS,
  ...parseWords(`
    chr ord str float bool frozenset classmethod super BaseException Exception int bytes bytearray list tuple reversed
    range map print len object abs max min sum sorted dict set iter next id repr
  `),
]);

const NONE: readonly string[] = [];

export class PythonValues {
  readonly constants: ConstantFolder;
  readonly #textOf: TextOf;
  readonly #code: string;
  /** Known values, by expression and by all bindings of a name. */
  readonly #known = new Map<PythonNode | readonly Binding[], readonly string[]>();
  readonly #open = new Set<PythonNode | readonly Binding[]>();
  #depth = 0;
  readonly #maxSteps: number;
  #steps = 0;
  /** How often an expression turned out to be part of its own value. The values found on the way are incomplete. */
  #rounds = 0;
  #gaveUp = false;

  constructor(code: string, textOf: TextOf) {
    this.#textOf = textOf;
    this.#maxSteps = boundFor(code, MAX_STEPS);
    this.#code = code;
    this.constants = this.newConstants();
  }

  /** Constants with a bound of their own. */
  newConstants(): ConstantFolder {
    return new ConstantFolder({
      code: this.#code,
      textOf: this.#textOf,
      valueOf: (name) => this.soleValue(name),
      calleeOf: (node) => this.of(node.type === "call" ? (partOf(node, "function") ?? node) : node)[0] ?? null,
    });
  }

  /** Full names of the things that the expression may stand for. Empty if nothing is known. */
  of(node: PythonNode): readonly string[] {
    return this.#once(node, () => this.#compute(node));
  }

  /** True after an expression was too deep or took too many steps. Any name may then stand for anything. */
  get gaveUp(): boolean {
    return this.#gaveUp || this.constants.gaveUp;
  }

  /** Is this the builtin of that name, as far as can be seen? */
  isBuiltin(node: PythonNode): boolean {
    return node.type === "identifier" && !isShadowed(node, this.#textOf(node));
  }

  /** The constant text of an expression, if it has one. */
  constant(node: PythonNode | undefined): string | null {
    return node === undefined ? null : this.constants.text(node);
  }

  /** The expression that a name stands for, if the name is bound once and to the whole expression. */
  soleValue(node: PythonNode): PythonNode | null {
    const found = node.scope?.find(this.#textOf(node));
    const [binding, ...others] = found?.bindings ?? [];
    return binding === undefined || others.length > 0 || binding.steps.length > 0 ? null : binding.value;
  }

  /** The value of a named argument. */
  keyword(call: PythonNode, name: string): PythonNode | undefined {
    for (const argument of partOf(call, "arguments")?.children ?? []) {
      const [label, value] = argument.type === "keyword_argument" ? argument.children : [];
      if (label !== undefined && this.#textOf(label) === name) return value;
    }
    return undefined;
  }

  /** The last name of an attribute. */
  nameOf(attribute: PythonNode): string {
    const name = partOf(attribute, "attribute");
    return name === undefined ? "" : this.#textOf(name);
  }

  /** Full names of the methods that `methodcaller("name")(x)` calls. */
  calledBy(node: PythonNode): readonly string[] {
    const callee = partOf(node, "function");
    const [first] = positionalOf(node);
    if (callee === undefined || first === undefined) return NONE;
    const methods = this.of(callee).flatMap((full) => methodCalledBy(full) ?? []);
    return methods.flatMap((name) => this.of(first).flatMap((owner) => memberOf(owner, name)));
  }

  #once(key: PythonNode | readonly Binding[], compute: () => readonly string[]): readonly string[] {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#open.has(key)) {
      this.#rounds++;
      return NONE;
    }
    if (this.#depth >= MAX_DEPTH || ++this.#steps > this.#maxSteps) {
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
    // The values of a round are incomplete, except at its start.
    if (rounds === this.#rounds || this.#open.size === 0) this.#known.set(key, found);
    return found;
  }

  #compute(node: PythonNode): readonly string[] {
    const { children } = node;
    switch (node.type) {
      case "identifier":
        return this.#name(node);
      case "attribute":
        return this.#attribute(node);
      case "call":
        return this.#call(node);
      case "subscript":
        return this.#subscript(node);
      case "parenthesized_expression":
      case "await":
        return this.#ofPart(children[0]);
      case "named_expression":
        return this.#ofPart(partOf(node, "value"));
      case "conditional_expression":
        return [...this.#ofPart(children[0]), ...this.#ofPart(children[2])];
      case "boolean_operator":
        return children.flatMap((child) => this.of(child));
      case "binary_operator":
        // `Path("a") / "b"` is a path.
        return this.#ofPart(children[0]).filter((value) => value === "pathlib.Path()");
      default:
        return NONE;
    }
  }

  #ofPart(node: PythonNode | undefined): readonly string[] {
    return node === undefined ? NONE : this.of(node);
  }

  #attribute(node: PythonNode): readonly string[] {
    const [object, name] = [partOf(node, "object"), partOf(node, "attribute")];
    if (object === undefined || name === undefined) return NONE;
    return this.of(object).flatMap((owner) => memberOf(owner, this.#textOf(name)));
  }

  #name(node: PythonNode): readonly string[] {
    const name = this.#textOf(node);
    const bindings = node.scope?.find(name)?.bindings;
    const values = bindings === undefined ? NONE : this.#once(bindings, () => this.#ofBindings(bindings));
    return isShadowed(node, name) ? values : [...values, ...this.#free(name, node.scope)];
  }

  #ofBindings(bindings: readonly Binding[]): readonly string[] {
    return bindings.flatMap(({ imported, value, steps }) => {
      if (imported !== null) return [sameModule(imported)];
      return value === null ? NONE : this.#follow(value, steps);
    });
  }

  /** The values of a name that the program does not bind. */
  #free(name: string, scope: PythonScope | undefined): readonly string[] {
    if (name === "__builtins__") return ["builtins"];
    const wildcards = (scope?.find(WILDCARD)?.bindings ?? []).flatMap(({ imported }) =>
      imported === null ? [] : [`${imported}.${name}`],
    );
    if (LEADING_BUILTINS.has(name)) return [`builtins.${name}`, ...wildcards];
    // The import may be in another part of the program, or hidden.
    return RISKY_MODULES.has(name) ? [sameModule(name), ...wildcards] : wildcards;
  }

  /** Takes the steps of a destructuring or a loop into a value. */
  #follow(value: PythonNode, steps: readonly Step[]): readonly string[] {
    const [step, ...more] = steps;
    if (step === undefined) return this.of(value);
    const items = this.#items(value);
    if (items !== null) {
      const taken = typeof step === "number" ? [items[step]] : items.slice(0, MAX_ITEMS);
      return taken.flatMap((item) => (item === undefined ? NONE : this.#follow(item, more)));
    }
    return more.length === 0 && this.of(value).some((one) => YIELDS_PATHS.has(one)) ? ["pathlib.Path()"] : NONE;
  }

  /** The items of a list, tuple, set or dict that is written out, also through a name. */
  #items(node: PythonNode): readonly PythonNode[] | null {
    if (node.type === "list" || node.type === "tuple" || node.type === "set" || node.type === "expression_list")
      return node.children;
    if (node.type === "dictionary") return node.children.flatMap((pair) => pair.children.slice(1));
    if (node.type === "parenthesized_expression" && node.children[0] !== undefined)
      return this.#items(node.children[0]);
    if (node.type !== "identifier") return null;
    const value = this.soleValue(node);
    return value === null || value.type === "identifier" ? null : this.#items(value);
  }

  #call(node: PythonNode): readonly string[] {
    return this.#ofPart(partOf(node, "function")).flatMap((full) => this.#result(full, node));
  }

  #result(full: string, node: PythonNode): readonly string[] {
    const known = resultsOf(full, node, this);
    if (known !== null) return known;
    const table = tableOf(full);
    if (table !== null) {
      const name = this.constant(positionalOf(node)[0]);
      return name === null ? NONE : this.#entry(table, name, node.scope);
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
    // Any item of a list that is written out, because the index may be anything.
    return (this.#items(object) ?? []).slice(0, MAX_ITEMS).flatMap((item) => this.of(item));
  }

  /** The values of an entry in a table of names. */
  #entry(table: string, name: string, scope: PythonScope | undefined): readonly string[] {
    if (table === GLOBALS) return this.#global(name, scope);
    if (table === "sys.modules") return [sameModule(name)];
    if (isTable(table)) return memberOf(table.slice(0, -NAMESPACE.length), name);
    return table === "builtins" ? memberOf(table, name) : NONE;
  }

  /** `globals()["name"]`. */
  #global(name: string, scope: PythonScope | undefined): readonly string[] {
    const found = scope?.module().find(name);
    return [...this.#ofBindings(found?.bindings ?? []), ...(name === "__builtins__" ? ["builtins"] : NONE)];
  }
}
