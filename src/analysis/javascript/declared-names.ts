/** The names that a statement of a JavaScript program declares. */

import { type AnyNode, nameOf, part, partsOf, requiredPart } from "./node.js";

/** The names that a declaration declares; none for another statement. */
export function namesOf(declaration: AnyNode): string[] {
  const { type } = declaration;
  if (type === "ImportDeclaration")
    return partsOf(declaration, "specifiers").flatMap((one) =>
      one === null ? [] : [nameOf(requiredPart(one, "local"))],
    );
  const id = part(declaration, "id");
  if (id !== null) return [nameOf(id)];
  return partsOf(declaration, "declarations").flatMap((one) =>
    one === null ? [] : boundNames(requiredPart(one, "id")),
  );
}

/** Does the statement declare one of these names? */
export function declaresAny(statement: AnyNode, names: ReadonlySet<string>): boolean {
  return names.size > 0 && namesOf(statement).some((name) => names.has(name));
}

/** The names in a pattern. */
function boundNames(pattern: AnyNode): string[] {
  const inner = (name: string): string[] => {
    const found = part(pattern, name);
    return found === null ? [] : boundNames(found);
  };
  switch (pattern.type) {
    case "Identifier":
      return [nameOf(pattern)];
    case "ObjectPattern":
      return partsOf(pattern, "properties").flatMap((one) => (one === null ? [] : boundNames(one)));
    case "ArrayPattern":
      return partsOf(pattern, "elements").flatMap((one) => (one === null ? [] : boundNames(one)));
    case "Property":
      return inner("value");
    case "RestElement":
      return inner("argument");
    default:
      return inner("left");
  }
}
