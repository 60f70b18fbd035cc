/** How the program around a node uses it. */

import { isFunction, plainMemberName, type ScriptNode, userOf } from "./node.js";

/** Children that are only labels, by the type of their parent. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ["property"],
  Property: ["key"],
  MethodDefinition: ["key"],
  PropertyDefinition: ["key"],
  LabeledStatement: ["label"],
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
  MetaProperty: ["meta", "property"],
  ImportSpecifier: ["imported"],
  ExportSpecifier: ["exported", "local"],
  ImportAttribute: ["key"],
};

/** Children that declare a name, by the type of their parent. */
const DECLARED: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ["id"],
  FunctionDeclaration: ["id", "params"],
  FunctionExpression: ["id", "params"],
  ArrowFunctionExpression: ["params"],
  ClassDeclaration: ["id"],
  ClassExpression: ["id"],
  CatchClause: ["param"],
  ImportDefaultSpecifier: ["local"],
  ImportNamespaceSpecifier: ["local"],
};

const COMPARISONS: ReadonlySet<unknown> = new Set(["instanceof", "in", "==", "!=", "===", "!=="]);
const TESTS: ReadonlySet<unknown> = new Set(["typeof", "delete", "void", "!"]);

/** False for an identifier that is a label, a key or the declaration of a name. */
export function isUse({ key, parent }: ScriptNode): boolean {
  if (parent === null) return true;
  if (DECLARED[parent.type]?.includes(key) === true) return false;
  return parent.node["computed"] === true || !(LABELS[parent.type]?.includes(key) ?? false);
}

/** Does the program only test the value, compare it, or read its name or length? Such a use is harmless. */
export function isOnlyTested(entry: ScriptNode): boolean {
  const user = userOf(entry);
  if (user === null) return false;
  const { parent, key } = user;
  switch (parent.type) {
    case "UnaryExpression":
      return TESTS.has(parent.node["operator"]);
    case "BinaryExpression":
      return COMPARISONS.has(parent.node["operator"]);
    case "SwitchStatement":
      return key === "discriminant";
    case "SwitchCase":
      return key === "test";
    case "MemberExpression":
      return key === "object" && /^(name|length)$/.test(plainMemberName(parent.node) ?? "");
    default:
      return false;
  }
}

/** Does the program assign or delete the member, and not read it? */
export function isWritten(entry: ScriptNode): boolean {
  const user = userOf(entry);
  if (user === null) return false;
  const { type, node } = user.parent;
  return (
    (type === "AssignmentExpression" && user.key === "left" && node["operator"] === "=") ||
    (type === "UnaryExpression" && node["operator"] === "delete")
  );
}

export function isCallee(entry: ScriptNode): boolean {
  const user = userOf(entry);
  return user !== null && (user.key === "callee" || user.key === "tag");
}

/** Is the node inside a function of the program? */
export function isInFunction(entry: ScriptNode): boolean {
  for (let at = entry.parent; at !== null; at = at.parent) if (isFunction(at.node)) return true;
  return false;
}
