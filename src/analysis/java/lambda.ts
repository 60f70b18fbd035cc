/**
 * Finds the objects that the parameters of a lambda may be if their types are not written. They may be anything in the
 * type that the lambda has, or in the call that takes the lambda as an argument.
 */

import { fieldOf, type JavaNode, receiverOf } from "./node.js";
import { type ExpressionValues, objects } from "./types.js";

const NONE: readonly string[] = [];

/** Nodes whose value may be the lambda itself, and lambdas that return it. */
const HANDS_ON: ReadonlySet<string> = new Set(["parenthesized_expression", "ternary_expression", "lambda_expression"]);

/** Names of the objects that the parameters of a lambda may be. */
export function parameterValues(lambda: JavaNode, values: ExpressionValues): readonly string[] {
  let at = lambda;
  while (at.parent !== null && HANDS_ON.has(at.parent.type)) at = at.parent;
  const { parent } = at;
  if (parent === null) return NONE;
  switch (parent.type) {
    case "variable_declarator":
      return parent.parent === null ? NONE : fromType(fieldOf(parent.parent, "type"), values);
    case "cast_expression":
      return fromType(fieldOf(parent, "type"), values);
    case "assignment_expression": {
      const left = fieldOf(parent, "left");
      return left === undefined ? NONE : withParameters(values.of(left), values);
    }
    case "return_statement":
      return fromType(returnType(parent), values);
    case "argument_list":
      return parent.parent === null ? NONE : fromCall(parent.parent, parent, at, values);
    default:
      return NONE;
  }
}

function returnType(statement: JavaNode): JavaNode | undefined {
  let method: JavaNode | null = statement;
  while (method !== null && method.type !== "method_declaration") method = method.parent;
  return method === null ? undefined : fieldOf(method, "type");
}

function fromType(type: JavaNode | undefined, values: ExpressionValues): readonly string[] {
  return type === undefined ? NONE : withParameters(objects(values.of(type)), values);
}

/** The object of a call, its other arguments, and the types of the parameters of its method. */
function fromCall(
  call: JavaNode,
  argumentList: JavaNode,
  lambda: JavaNode,
  values: ExpressionValues,
): readonly string[] {
  const object = receiverOf(call);
  const owners = object === undefined ? values.of(fieldOf(call, "type") ?? call) : values.of(object);
  const name = fieldOf(call, "name")?.text ?? "new";
  const isBare = name !== "new" && object === undefined;
  const methods = isBare
    ? values.types.bare(name, call.scope).methods
    : owners.flatMap((one) => methodsOf(one, name, values));
  const others = argumentList.children.filter((one) => one !== lambda).flatMap((one) => values.of(one));
  const declared = methods.flatMap((method) => withParameters(values.types.parametersOf(method), values));
  return [...owners, ...others, ...declared];
}

/** Methods of a class of the program. */
function methodsOf(owner: string, name: string, values: ExpressionValues): readonly JavaNode[] {
  const own = values.types.ownClass(owner);
  return own === undefined ? [] : values.types.methodsNamed(own, name).methods;
}

/** These objects and, for functional interfaces of the program among them, the parameters of their methods. */
function withParameters(names: readonly string[], { types }: ExpressionValues): readonly string[] {
  const own = names.flatMap((one) => types.ownClass(one) ?? []);
  const methods = own.flatMap(({ scope }) => [...scope.methods.values()].flat());
  return [...names, ...methods.flatMap((method) => types.parametersOf(method))];
}
