/**
 * Finds the values that an expression of a Java program may have, by full name. `java.lang.Runtime` is the class,
 * `java.lang.Runtime()` an object of the class, `@java.lang.Runtime` the object of type Class that represents the
 * class. Classes of the program have ids such as `#0`.
 *
 * Java gives every expression a type, so it is enough to follow declarations. If a type has to be inferred, through
 * `var`, lambdas or generic methods, an expression may be any object that went into it.
 */

import { Memo } from "../memo.js";
import { CallResults, TEXT } from "./call-results.js";
import { JavaConstants } from "./constants.js";
import { parameterValues } from "./lambda.js";
import { isKnownClass, PACKAGE_ROOTS } from "./library.js";
import { argumentsOf, fieldOf, type JavaNode, type JavaScope, type JavaVariable, receiverOf } from "./node.js";
import { type JavaNames, variablesNamed } from "./scope.js";
import { type ExpressionValues, JavaTypes, objects } from "./types.js";

/** Most values of one expression. */
const MAX_VALUES = 12;
const MAX_DEPTH = 100;
const MAX_STEPS = 40_000;

const NONE: readonly string[] = [];

export class JavaValues implements ExpressionValues {
  readonly types: JavaTypes;
  readonly constants: JavaConstants;
  readonly #names: JavaNames;
  readonly #calls: CallResults;
  readonly #values = new Memo<JavaNode, readonly string[]>({
    compute: (node) => limitValues([...new Set(this.#compute(node))]),
    unknown: NONE,
    maxDepth: MAX_DEPTH,
    maxSteps: MAX_STEPS,
    innerOf,
  });

  constructor(names: JavaNames) {
    this.#names = names;
    this.types = new JavaTypes(names);
    this.constants = new JavaConstants({
      variableOf: (node) => this.#soleVariable(node),
      resultOf: (call) => this.#calls.soleResult(call),
    });
    this.#calls = new CallResults(this);
  }

  /** Names of the values that an expression may have, or of the classes in a type. Empty if nothing is known. */
  of(node: JavaNode): readonly string[] {
    return this.#values.of(node);
  }

  #compute(node: JavaNode): readonly string[] {
    const { children } = node;
    switch (node.type) {
      case "identifier":
        return this.#name(node);
      case "this":
      case "super":
        return this.#self(node);
      case "field_access":
        return this.#field(node);
      case "method_invocation":
        return this.#calls.ofCall(node);
      case "method_reference":
        return this.#calls.ofReference(node);
      case "object_creation_expression":
        return this.#creation(node);
      case "array_creation_expression":
        return objects(this.#ofFields(node, "type"));
      case "cast_expression":
        return objects(this.#ofAll(children.filter(({ field }) => field === "type")));
      case "assignment_expression":
        return this.#ofFields(node, "left", "right");
      case "ternary_expression":
        return this.#ofFields(node, "consequence", "alternative");
      case "array_access":
        return this.#ofFields(node, "array");
      case "parenthesized_expression":
      case "array_initializer":
      case "expression_statement":
      case "yield_statement":
      case "return_statement":
        return this.#ofAll(children);
      case "lambda_expression":
      case "switch_expression":
        return this.#results(node);
      case "class_literal":
        return this.#ofAll(children).map((one) => `@${one.replace("()", "")}`);
      case "string_literal":
      case "template_expression":
        return [TEXT];
      case "binary_expression":
        return this.#ofAll(children).includes(TEXT) && node.tokens[0] === "+" ? [TEXT] : NONE;
      default:
        return this.types.of(node);
    }
  }

  #ofAll(nodes: readonly JavaNode[]): readonly string[] {
    return nodes.flatMap((node) => this.of(node));
  }

  #ofFields(node: JavaNode, ...fields: readonly string[]): readonly string[] {
    return this.#ofAll(fields.flatMap((field) => fieldOf(node, field) ?? []));
  }

  /** A name means a variable first, then a class, then a package. */
  #name(node: JavaNode): readonly string[] {
    const { text, scope } = node;
    if (scope === undefined) return NONE;
    const variables = this.#variables(text, scope, node.start);
    if (variables.length > 0)
      return variables.flatMap((one) => [...this.variableValues(one), ...this.#typeArguments(one, scope)]);
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

  /** Names of the values that a variable may have. */
  variableValues({ kind, type, value, lambda, constantOf, changes }: JavaVariable): readonly string[] {
    if (constantOf !== null) return [`${constantOf.id}()`];
    if (type !== null) {
      const declared = objects(this.of(type));
      // The type of a Class does not have to name the class that it represents.
      if (!declared.includes("java.lang.Class()")) return declared;
      const assigned = [...(value === null ? [] : [value]), ...changes.map((change) => change.value)];
      return [...declared, ...this.#ofAll(assigned).filter((one) => one.startsWith("@"))];
    }
    if (value !== null) return kind === "pattern" ? this.#componentValues(value) : this.of(value);
    return lambda === null ? NONE : parameterValues(lambda, this);
  }

  /** The components of a record: in `case Pair(var a, var b)` a variable is one of them. */
  #componentValues(record: JavaNode): readonly string[] {
    return this.of(record).flatMap((one) =>
      [...(this.types.ownClass(one)?.scope.variables.values() ?? [])]
        .flat()
        .flatMap((field) => this.variableValues(field)),
    );
  }

  /** For a variable whose type is a type parameter: the types that a class passes to its ancestors. */
  #typeArguments({ type }: JavaVariable, from: JavaScope): readonly string[] {
    if (type?.type !== "type_identifier" || this.types.isClassType(type)) return NONE;
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
          ? fields.flatMap((one) => this.variableValues(one))
          : [this.types.member(owner, field.text)];
      }
      return owner.endsWith("()") || owner.startsWith("@") ? [owner] : [`${owner}.${field.text}`];
    });
  }

  #creation(node: JavaNode): readonly string[] {
    const anonymous = this.#names.anonymous.get(node);
    const type = fieldOf(node, "type");
    if (type === undefined) return NONE;
    const created = objects(this.of(type));
    const isDiamond = type.type === "generic_type" && type.children.at(-1)?.children.length === 0;
    const inside = isDiamond ? this.#ofAll(argumentsOf(node)) : NONE;
    return [...(anonymous === undefined ? NONE : [`${anonymous.id}()`]), ...created, ...inside];
  }

  /** The values that a lambda returns, or that the arms of a switch yield. */
  #results(node: JavaNode): readonly string[] {
    const body = fieldOf(node, "body");
    if (body === undefined) return NONE;
    if (node.type === "lambda_expression" && body.type !== "block") return this.of(body);
    const isSwitch = node.type === "switch_expression";
    const found: string[] = [];
    const open = [body];
    for (let next = open.pop(); next !== undefined && found.length < MAX_VALUES; next = open.pop()) {
      const isArm = isSwitch && next.type === "expression_statement" && next.parent?.type === "switch_rule";
      if (isArm || next.type === (isSwitch ? "yield_statement" : "return_statement")) found.push(...this.of(next));
      else if (next.type !== "lambda_expression" && next.type !== "class_body") open.push(...next.children);
    }
    return found;
  }

  /** The only variable that a name or a field access can mean; null if there are several or none. */
  #soleVariable(node: JavaNode): JavaVariable | null {
    let found: readonly JavaVariable[] = [];
    if (node.type === "identifier" && node.scope !== undefined)
      found = this.#variables(node.text, node.scope, node.start);
    else if (node.type === "field_access") {
      const field = fieldOf(node, "field")?.text ?? "";
      found = this.#ofFields(node, "object").flatMap((owner) => {
        const own = this.types.ownClass(owner);
        return own === undefined ? [] : this.types.fieldsNamed(own, field);
      });
    }
    return found.length === 1 ? (found[0] ?? null) : null;
  }
}

/** The first part of an expression that may be a long chain. */
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

/** The values that are followed. If there are too many, those of known classes come first. */
function limitValues(values: readonly string[]): readonly string[] {
  if (values.length <= MAX_VALUES) return values.length === 0 ? NONE : values;
  const isKnown = (one: string): boolean => isKnownClass(one.replace(/^@|\(\)$/g, ""));
  return [...values.filter(isKnown), ...values.filter((one) => !isKnown(one))].slice(0, MAX_VALUES);
}
