/** The classes of a Python program: the values of their attributes, and the fields that a call gives. */

import { partOf, type PythonNode, type TextOf } from "./node.js";

const MAX_PARENTS = 100;
/** Most values of one attribute. */
const MAX_VALUES = 200;

export class ClassFields {
  readonly #textOf: TextOf;
  readonly #classes = new Map<string, PythonNode>();
  readonly #attributes = new Map<PythonNode, Map<string, PythonNode[]>>();
  /** The places of the fields of a data class among its arguments. */
  readonly #fields = new Map<PythonNode, ReadonlyMap<string, number>>();

  /** The fields of the classes that `namedtuple` makes, by the name of the class. */
  readonly #tuples = new Map<string, readonly string[]>();

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
  }

  addClass(node: PythonNode): void {
    this.#classes.set(this.#nameOf(node), node);
  }

  /** Notes `name = value` in a class, and `self.name = value` in its methods. */
  assignment(node: PythonNode): void {
    const [left, right] = [partOf(node, "left"), partOf(node, "right")];
    if (left === undefined || right === undefined) return;
    if (left.type === "identifier" && right.type === "call") this.#namedTuple(this.#textOf(left), right);
    const isField = left.type === "identifier" && node.parent?.parent?.parent?.type === "class_definition";
    const object = left.type === "attribute" ? partOf(left, "object") : undefined;
    const isOwn = object?.type === "identifier" && /^(?:self|cls)$/.test(this.#textOf(object));
    const owner = isField || isOwn ? enclosing(node, "class_definition") : null;
    if (owner === null || isInTest(node, this.#textOf)) return;
    const known = this.#attributes.get(owner) ?? new Map<string, PythonNode[]>();
    const name = this.#textOf(isField ? left : (partOf(left, "attribute") ?? left));
    const values = known.get(name) ?? [];
    if (values.length < MAX_VALUES) values.push(right);
    this.#attributes.set(owner, known.set(name, values));
  }

  /** `Place = namedtuple("Place", "path mode")`, `NamedTuple("Place", [("path", str)])`. */
  #namedTuple(name: string, call: PythonNode): void {
    const callee = partOf(call, "function");
    if (callee === undefined || !/(?:^|\.)(?:namedtuple|NamedTuple|make_dataclass)$/.test(this.#textOf(callee))) return;
    const [, fields] = partOf(call, "arguments")?.children ?? [];
    const listed = fields?.type === "list" || fields?.type === "tuple" ? fields.children : [];
    const texts = listed.map((one) => this.#textOf(one.type === "tuple" ? (one.children[0] ?? one) : one));
    const words = fields?.type === "string" ? [this.#textOf(fields)] : texts;
    this.#tuples.set(name, words.flatMap((text) => text.match(/\w+/g) ?? []).slice(0, MAX_VALUES));
  }

  /** The fields of a class that `namedtuple` makes. Null for another name. */
  tuple(name: string): readonly string[] | null {
    return this.#tuples.get(name) ?? null;
  }

  /** The classes with a field of this name that a call gives: the name of each, and the place of the field. */
  withField(field: string): readonly (readonly [name: string, place: number])[] {
    const tuples = [...this.#tuples].map(([name, fields]) => [name, fields.indexOf(field)] as const);
    const classes = [...this.#classes].map(([name, owner]) => [name, this.placeOf(owner, field) ?? -1] as const);
    return [...tuples, ...classes].filter(([, place]) => place >= 0);
  }

  /** The values that the class gives to an attribute. */
  valuesOf(owner: PythonNode, name: string): readonly PythonNode[] {
    return this.#attributes.get(owner)?.get(name) ?? [];
  }

  /** The class of an object, or the class that an expression names. */
  classOf(object: PythonNode, soleValue: (name: PythonNode) => PythonNode | null): PythonNode | null {
    const value = object.type === "identifier" ? (soleValue(object) ?? object) : object;
    const named = value.type === "call" ? partOf(value, "function") : value;
    if (named?.type !== "identifier") return null;
    const name = this.#textOf(named);
    const isOwn = name === "self" || name === "cls";
    return isOwn ? enclosing(object, "class_definition") : (this.#classes.get(name) ?? null);
  }

  /** The place of a field among the arguments of a data class. Null if it has an `__init__` of its own. */
  placeOf(owner: PythonNode, name: string): number | null {
    const known = this.#fields.get(owner) ?? this.#findFields(owner);
    this.#fields.set(owner, known);
    return known.get(name) ?? null;
  }

  #findFields(owner: PythonNode): ReadonlyMap<string, number> {
    const body = partOf(owner, "body")?.children ?? [];
    const hasOwn = body.some((one) => one.type === "function_definition" && this.#nameOf(one) === "__init__");
    const fields = hasOwn ? [] : body.flatMap(({ children: [first] }) => (first?.type === "assignment" ? [first] : []));
    return new Map(fields.map((one, index) => [this.#textOf(partOf(one, "left") ?? one), index]));
  }

  #nameOf(definition: PythonNode): string {
    const name = partOf(definition, "name");
    return name === undefined ? "" : this.#textOf(name);
  }
}

/** Is it in a function or a class of tests? */
export function isInTest(node: PythonNode, textOf: TextOf): boolean {
  const fn = enclosing(node, "function_definition");
  const name = fn === null ? undefined : partOf(fn, "name");
  if (name !== undefined && /^(?:test|setUp|tearDown|setup|teardown)/.test(textOf(name))) return true;
  const owner = enclosing(node, "class_definition");
  const bases = owner === null ? undefined : partOf(owner, "superclasses");
  return bases !== undefined && textOf(bases).includes("TestCase");
}

/** The nearest node of a type around another one. */
export function enclosing(node: PythonNode, type: string): PythonNode | null {
  let steps = 0;
  for (let at = node.parent; at !== null && steps < MAX_PARENTS; at = at.parent, steps++)
    if (at.type === type) return at;
  return null;
}
