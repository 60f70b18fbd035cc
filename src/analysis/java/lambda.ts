/**
 * What the parameters of a lambda may be, where their types are not written: whatever is in the type that the lambda is
 * given to, or in the call that it is an argument of.
 */

import type { JavaNode } from "./parser.js";
import { fieldOf, receiverOf } from "./scope.js";
import { objects } from "./types.js";
import type { JavaValues } from "./values.js";

const NONE: readonly string[] = [];

/** Nodes that hand a lambda on as it is, or return it from one around it. */
const HANDS_ON: ReadonlySet<string> = new Set(["parenthesized_expression", "ternary_expression", "lambda_expression"]);

export function expectedOf(lambda: JavaNode, values: JavaValues): readonly string[] {
  let at = lambda;
  while (at.parent !== null && HANDS_ON.has(at.parent.type)) at = at.parent;
  const { parent } = at;
  const declared = (type: JavaNode | undefined): readonly string[] =>
    type === undefined ? NONE : taken(objects(values.of(type)), values);
  switch (parent?.type) {
    case "variable_declarator":
      return parent.parent === null ? NONE : declared(fieldOf(parent.parent, "type"));
    case "cast_expression":
      return declared(fieldOf(parent, "type"));
    case "assignment_expression": {
      const left = fieldOf(parent, "left");
      return left === undefined ? NONE : taken(values.of(left), values);
    }
    case "return_statement": {
      let method: JavaNode | null = parent;
      while (method !== null && method.type !== "method_declaration") method = method.parent;
      return method === null ? NONE : declared(fieldOf(method, "type"));
    }
    case "argument_list":
      return parent.parent === null ? NONE : passed(parent.parent, parent, at, values);
    default:
      return NONE;
  }
}

/** What a call is about: its object, its other arguments, and what its method says that it takes. */
function passed(call: JavaNode, given: JavaNode, lambda: JavaNode, values: JavaValues): readonly string[] {
  const object = receiverOf(call);
  const owners = object === undefined ? values.of(fieldOf(call, "type") ?? call) : values.of(object);
  const name = fieldOf(call, "name")?.text ?? "new";
  const isBare = name !== "new" && object === undefined;
  const own = isBare
    ? values.types.bare(name, call.scope).methods
    : owners.flatMap((one) => ownMethods(one, name, values));
  const others = given.children.filter((one) => one !== lambda).flatMap((one) => values.of(one));
  return [...owners, ...others, ...own.flatMap((method) => taken(values.types.parametersOf(method), values))];
}

function ownMethods(owner: string, name: string, values: JavaValues): readonly JavaNode[] {
  const own = values.types.ownClass(owner);
  return own === undefined ? [] : values.types.methodsNamed(own, name).methods;
}

/** With the functional interfaces of the program, what their methods take. */
function taken(names: readonly string[], { types }: JavaValues): readonly string[] {
  const own = names.flatMap((one) => types.ownClass(one) ?? []);
  return [
    ...names,
    ...own.flatMap(({ scope }) => [...scope.methods.values()].flat().flatMap((method) => types.parametersOf(method))),
  ];
}
