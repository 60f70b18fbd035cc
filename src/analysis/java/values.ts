/**
 * Says what an expression of a Java program may be, by full name: a class as such is `java.lang.Runtime`, an object of
 * it `java.lang.Runtime()`, the Class that stands for it `@java.lang.Runtime`; classes of the program are `#0`.
 *
 * Java gives every expression a type, so it is enough to follow declarations. Where a type has to be inferred, through
 * `var`, lambdas and generic methods, an expression may be whatever went into it.
 */

import type { JavaNode } from "./parser.js";
import { JavaConstants } from "./constant.js";
import { expectedOf } from "./lambda.js";
import { fieldOf, type JavaNames, type JavaScope, type JavaVariable, receiverOf, variablesNamed } from "./scope.js";
import { isKnownClass, MAKES_TEXT, PACKAGE_ROOTS, resultOf } from "./targets.js";
import { JavaTypes, objects } from "./types.js";

/** What one expression may be at most, and how deep and how long is looked. */
const MAX_VALUES = 12;
const MAX_DEPTH = 100;
const MAX_STEPS = 40_000;

const NONE: readonly string[] = [];
const TEXT = "java.lang.String()";

/** Methods that find a class by its name, and those that give a Class. */
const FINDS_CLASS: ReadonlySet<string> = new Set([
  "java.lang.Class.forName",
  "java.lang.ClassLoader.loadClass",
  "java.lang.ClassLoader.findClass",
  "java.lang.invoke.MethodHandles.Lookup.findClass",
]);

export class JavaValues {
  readonly types: JavaTypes;
  readonly constants: JavaConstants;
  readonly #names: JavaNames;
  readonly #known = new Map<JavaNode, readonly string[]>();
  #depth = 0;
  #steps = 0;

  constructor(names: JavaNames) {
    this.#names = names;
    this.types = new JavaTypes(names);
    this.constants = new JavaConstants(
      (node) => this.#soleVariable(node),
      (call) => this.#soleResult(call),
    );
  }

  /** What the expression, or the type, may be; empty if nothing is known. */
  of(node: JavaNode): readonly string[] {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    if (this.#depth >= MAX_DEPTH || this.#steps > MAX_STEPS) return NONE;
    this.#depth++;
    // A chain of calls is as long as its author likes: it is gone through from its beginning.
    const chain: JavaNode[] = [];
    for (let at: JavaNode | undefined = node; at !== undefined && !this.#known.has(at); at = innerOf(at)) {
      chain.push(at);
      // What stands for itself is, on this way, nothing else.
      this.#known.set(at, NONE);
    }
    let found = NONE;
    for (const link of chain.reverse()) {
      this.#steps++;
      found = limited([...new Set(this.#compute(link))]);
      this.#known.set(link, found);
    }
    this.#depth--;
    return found;
  }

  #compute(node: JavaNode): readonly string[] {
    const { children } = node;
    const all = (nodes: readonly (JavaNode | undefined)[]): readonly string[] =>
      nodes.flatMap((child) => (child === undefined ? NONE : this.of(child)));
    switch (node.type) {
      case "identifier":
        return this.#name(node);
      case "this":
      case "super":
        return this.#self(node);
      case "field_access":
        return this.#field(node);
      case "method_invocation":
        return this.#call(node);
      case "method_reference":
        return this.#reference(node);
      case "object_creation_expression":
        return this.#creation(node);
      case "array_creation_expression":
        return objects(all([fieldOf(node, "type")]));
      case "cast_expression":
        return objects(all(children.filter(({ field }) => field === "type")));
      case "assignment_expression":
        return all([fieldOf(node, "left"), fieldOf(node, "right")]);
      case "ternary_expression":
        return all([fieldOf(node, "consequence"), fieldOf(node, "alternative")]);
      case "array_access":
        return all([fieldOf(node, "array")]);
      case "parenthesized_expression":
      case "array_initializer":
      case "expression_statement":
      case "yield_statement":
      case "return_statement":
        return all(children);
      case "lambda_expression":
      case "switch_expression":
        return this.#results(node);
      case "class_literal":
        return all(children).map((one) => `@${one.replace("()", "")}`);
      case "string_literal":
      case "template_expression":
        return [TEXT];
      case "binary_expression":
        return all(children).includes(TEXT) && node.tokens[0] === "+" ? [TEXT] : NONE;
      default:
        return this.types.of(node);
    }
  }

  /** A name means a variable first, then a class, then a package. */
  #name(node: JavaNode): readonly string[] {
    const { text, scope } = node;
    if (scope === undefined) return NONE;
    const variables = this.#variables(text, scope, node.start);
    if (variables.length > 0) return variables.flatMap((one) => [...this.#variable(one), ...this.#given(one, scope)]);
    const types = this.types.named(text, scope);
    if (types.some((one) => this.types.isClass(one))) return types;
    const imported = this.#names.imports.members.get(text) ?? NONE;
    return imported.length > 0 ? imported : PACKAGE_ROOTS.has(text) ? [text] : NONE;
  }

  #variables(name: string, scope: JavaScope, place: number): readonly JavaVariable[] {
    const found = variablesNamed(name, scope, place);
    if (found.some(({ kind }) => kind !== "pattern")) return found;
    const inherited: JavaVariable[] = [];
    for (let at: JavaScope | null = scope; at !== null; at = at.parent)
      if (at.owner !== null) inherited.push(...this.types.fieldsNamed(at.owner, name));
    return [...found, ...inherited];
  }

  #variable({ kind, type, value, lambda, constantOf, changes }: JavaVariable): readonly string[] {
    if (constantOf !== null) return [`${constantOf.id}()`];
    if (type !== null) {
      const declared = objects(this.of(type));
      // Which class a Class stands for, its type does not have to say.
      if (!declared.includes("java.lang.Class()")) return declared;
      const given = [value, ...changes.map((change) => change.value)];
      return [
        ...declared,
        ...given.flatMap((one) => (one === null ? NONE : this.of(one))).filter((one) => one.startsWith("@")),
      ];
    }
    if (value !== null) return kind === "pattern" ? this.#components(value) : this.of(value);
    return lambda === null ? NONE : expectedOf(lambda, this);
  }

  /** `case Pair(var a, var b)`: the parts of a record, one of which it is. */
  #components(record: JavaNode): readonly string[] {
    return this.of(record).flatMap((one) =>
      [...(this.types.ownClass(one)?.scope.variables.values() ?? [])].flat().flatMap((field) => this.#variable(field)),
    );
  }

  /** What a class gives for the type parameters of those that it stems from, for a variable of such a type. */
  #given({ type }: JavaVariable, from: JavaScope): readonly string[] {
    if (type?.type !== "type_identifier" || this.types.isDeclared(type)) return NONE;
    for (let at: JavaScope | null = from; at !== null; at = at.parent)
      if (at.owner !== null) return objects(this.types.outsideOf(at.owner));
    return NONE;
  }

  #self(node: JavaNode): readonly string[] {
    for (let at = node.scope ?? null; at !== null; at = at.parent) {
      if (at.owner !== null)
        return node.type === "this" ? [`${at.owner.id}()`] : objects(at.owner.supers.flatMap((one) => this.of(one)));
    }
    return NONE;
  }

  #field(node: JavaNode): readonly string[] {
    const [object, field] = [fieldOf(node, "object"), fieldOf(node, "field")];
    if (object === undefined || field === undefined) return NONE;
    const owners = this.of(object);
    if (field.type === "this" || field.type === "super") return objects(owners);
    return owners.flatMap((owner) => {
      const own = this.types.ownClass(owner);
      if (own !== undefined) {
        const fields = this.types.fieldsNamed(own, field.text);
        return fields.length > 0
          ? fields.flatMap((one) => this.#variable(one))
          : [this.types.member(owner, field.text)];
      }
      return owner.endsWith("()") || owner.startsWith("@") ? [owner] : [`${owner}.${field.text}`];
    });
  }

  #call(node: JavaNode): readonly string[] {
    const [object, name, given] = [
      receiverOf(node),
      fieldOf(node, "name")?.text ?? "",
      fieldOf(node, "arguments")?.children ?? [],
    ];
    if (object === undefined) {
      const { methods, owners } = this.types.bare(name, node.scope);
      return methods.length > 0 ? this.#returned(methods, given) : this.#resultOn(owners, name, given);
    }
    return this.#resultOn(this.of(object), name, given);
  }

  /** What a method returns that is called on one of these. */
  #resultOn(owners: readonly string[], name: string, given: readonly JavaNode[]): readonly string[] {
    const found: string[] = [];
    for (const owner of owners) {
      const own = this.types.ownClass(owner);
      const inherited = own === undefined ? null : this.types.methodsNamed(own, name);
      if (inherited !== null && inherited.methods.length > 0) {
        found.push(...this.#returned(inherited.methods, given));
        continue;
      }
      // A record's accessor is called as its field is.
      if (own !== undefined) found.push(...this.types.fieldsNamed(own, name).flatMap((one) => this.#variable(one)));
      for (const key of this.types.keysOf(owner, name)) found.push(...this.#libraryResult(key, owner, given));
    }
    if (found.length > 0) return found;
    if (MAKES_TEXT.has(name)) return [TEXT];
    // Nothing is known of the method: what comes out may be what went in.
    return this.#through([...owners, ...given.flatMap((one) => this.of(one))]);
  }

  #libraryResult(key: string, owner: string, given: readonly JavaNode[]): readonly string[] {
    if (FINDS_CLASS.has(key)) {
      const named = given[0] === undefined ? null : this.constants.text(given[0]);
      return [`@${named ?? "java.lang.Object"}`];
    }
    if (key.endsWith(".getClass")) return [`@${owner.replace("()", "")}`];
    if (key === "java.lang.Class.newInstance" || key === "java.lang.Class.cast") return [`${owner.slice(1)}()`];
    const result = resultOf(key);
    return result === null ? NONE : [`${result}()`];
  }

  /** What own methods return: their type, or for a type parameter what they are given. */
  #returned(methods: readonly JavaNode[], given: readonly JavaNode[]): readonly string[] {
    return methods.flatMap((method) => {
      const type = fieldOf(method, "type");
      if (type === undefined || type.type === "void_type") return NONE;
      const declared = objects(this.of(type));
      const isParameter = type.type === "type_identifier" && !this.types.isDeclared(type);
      return isParameter ? [...declared, ...this.#through(given.flatMap((one) => this.of(one)))] : declared;
    });
  }

  /** What may come out of a call that these go into; who gives a Class may get an object of it. */
  #through(values: readonly string[]): readonly string[] {
    return values.flatMap((one) =>
      one.startsWith("@") ? [one, `${one.slice(1)}()`] : one.endsWith("()") ? [one] : [],
    );
  }

  /** The expression that a method of the program returns, if it is the only one. */
  #soleResult(call: JavaNode): JavaNode | null {
    const [method, ...others] = this.types.bare(fieldOf(call, "name")?.text ?? "", call.scope).methods;
    const statements = method === undefined ? [] : (fieldOf(method, "body")?.children ?? []);
    const last = statements.at(-1);
    return others.length === 0 && last?.type === "return_statement" ? (last.children[0] ?? null) : null;
  }

  /** `Runtime::getRuntime` leads to what the method returns. */
  #reference(node: JavaNode): readonly string[] {
    const [owner, name] = [node.children[0], node.children.at(-1)];
    if (owner === undefined || name === undefined) return NONE;
    if (node.tokens.includes("new")) return objects(this.of(owner));
    return this.#resultOn(this.of(owner), name.text, []);
  }

  #creation(node: JavaNode): readonly string[] {
    const anonymous = this.#names.anonymous.get(node);
    const type = fieldOf(node, "type");
    if (type === undefined) return NONE;
    const made = objects(this.of(type));
    const isDiamond = type.type === "generic_type" && type.children.at(-1)?.children.length === 0;
    const inside = isDiamond ? (fieldOf(node, "arguments")?.children ?? []).flatMap((one) => this.of(one)) : NONE;
    return [...(anonymous === undefined ? NONE : [`${anonymous.id}()`]), ...made, ...inside];
  }

  /** What the body of a lambda or the arms of a switch come to. */
  #results(node: JavaNode): readonly string[] {
    const body = fieldOf(node, "body");
    if (body === undefined) return NONE;
    if (node.type === "lambda_expression" && body.type !== "block") return this.of(body);
    const wanted = node.type === "lambda_expression" ? "return_statement" : "yield_statement";
    const found: string[] = [];
    const open = [body];
    for (let next = open.pop(); next !== undefined && found.length < MAX_VALUES; next = open.pop()) {
      if (
        next.type === wanted ||
        (next.type === "expression_statement" && next.parent?.type === "switch_rule" && wanted === "yield_statement")
      )
        found.push(...this.of(next));
      else if (next.type !== "lambda_expression" && next.type !== "class_body") open.push(...next.children);
    }
    return found;
  }

  /** The variable that a name, or a field of a class of the program, is sure to mean. */
  #soleVariable(node: JavaNode): JavaVariable | null {
    let found: readonly JavaVariable[] = [];
    if (node.type === "identifier" && node.scope !== undefined)
      found = this.#variables(node.text, node.scope, node.start);
    else if (node.type === "field_access") {
      const [object, field] = [fieldOf(node, "object"), fieldOf(node, "field")];
      const owners = object === undefined ? NONE : this.of(object);
      found = owners.flatMap((owner) => {
        const own = this.types.ownClass(owner);
        return own === undefined ? [] : this.types.fieldsNamed(own, field?.text ?? "");
      });
    }
    return found.length === 1 ? (found[0] ?? null) : null;
  }
}

/** What an expression begins with, where that may be long. */
function innerOf(node: JavaNode): JavaNode | undefined {
  switch (node.type) {
    case "method_invocation":
      return receiverOf(node);
    case "field_access":
      return fieldOf(node, "object");
    case "binary_expression":
      return fieldOf(node, "left");
    case "array_access":
      return fieldOf(node, "array");
    case "parenthesized_expression":
      return node.children[0];
    default:
      return undefined;
  }
}

/** As many values as are followed; those that rules may be about first. */
function limited(values: readonly string[]): readonly string[] {
  if (values.length <= MAX_VALUES) return values.length === 0 ? NONE : values;
  const isOf = (one: string): boolean => isKnownClass(one.replace(/^@|\(\)$/g, ""));
  return [...values.filter(isOf), ...values.filter((one) => !isOf(one))].slice(0, MAX_VALUES);
}
