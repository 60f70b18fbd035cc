/** How to read acorn's nodes: their parts by name, and what of their spelling means nothing. */

import type { AnyNode, ScriptNode } from "./parser.js";

export const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
]);

const WRAPPERS: ReadonlySet<string> = new Set(["ParenthesizedExpression", "ChainExpression"]);

export function part(node: AnyNode, name: string): AnyNode | null {
  return (node[name] as AnyNode | null | undefined) ?? null;
}

export function partsOf(node: AnyNode, name: string): readonly (AnyNode | null)[] {
  return (node[name] as readonly (AnyNode | null)[] | null | undefined) ?? [];
}

export function nameOf(node: AnyNode): string {
  return String(node["name"]);
}

export function isFunction(node: AnyNode): boolean {
  return FUNCTIONS.has(node.type);
}

export function isClass(node: AnyNode): boolean {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}

/** The expression without parentheses, and without what comes before its last comma. */
export function unwrap(node: AnyNode): AnyNode {
  let inner = node;
  for (;;) {
    if (WRAPPERS.has(inner.type)) inner = inner["expression"] as AnyNode;
    else if (inner.type === "SequenceExpression") inner = (inner["expressions"] as AnyNode[]).at(-1) as AnyNode;
    else return inner;
  }
}

/**
 * The node that an expression is a part of, with the parentheses and commas around it taken for the expression itself.
 */
export function userOf(entry: ScriptNode): { readonly parent: ScriptNode; readonly key: string } | null {
  let at = entry;
  while (at.parent !== null) {
    const { parent } = at;
    const isLast = parent.type === "SequenceExpression" && (parent.node["expressions"] as AnyNode[]).at(-1) === at.node;
    if (!WRAPPERS.has(parent.type) && !isLast) return { parent, key: at.key };
    at = parent;
  }
  return null;
}

/** The name of a property or member that is not computed; null for one that is. */
export function plainKey(key: AnyNode, isComputed: unknown): string | null {
  if (isComputed === true) return null;
  if (key.type === "Identifier") return nameOf(key);
  return key.type === "Literal" ? String(key["value"]) : null;
}

/** Where an identifier is only a label, by the type of its parent. */
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

/** Where an identifier only gets a name, by the type of its parent. */
const DECLARED: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ["id"],
  FunctionDeclaration: ["id", "params"],
  FunctionExpression: ["id", "params"],
  ArrowFunctionExpression: ["params"],
  ClassDeclaration: ["id"],
  ClassExpression: ["id"],
  CatchClause: ["param"],
};

/** False for identifiers that stand for nothing: labels, keys, and names where they are declared. */
export function isUse({ key, parent }: ScriptNode): boolean {
  if (parent === null) return true;
  if (DECLARED[parent.type]?.includes(key) === true) return false;
  return parent.node["computed"] === true || !(LABELS[parent.type]?.includes(key) ?? false);
}

const COMPARISONS: ReadonlySet<unknown> = new Set(["instanceof", "in", "==", "!=", "===", "!=="]);
const ASKS: ReadonlySet<unknown> = new Set(["typeof", "delete", "void", "!"]);

/** Asking what a thing is, what it is called, or whether it is there, harms nobody. */
export function isOnlyAsked(entry: ScriptNode): boolean {
  const user = userOf(entry);
  if (user === null) return false;
  const { parent, key } = user;
  switch (parent.type) {
    case "UnaryExpression":
      return ASKS.has(parent.node["operator"]);
    case "BinaryExpression":
      return COMPARISONS.has(parent.node["operator"]);
    case "SwitchStatement":
      return key === "discriminant";
    case "SwitchCase":
      return key === "test";
    case "MemberExpression":
      return (
        key === "object" &&
        /^(name|length)$/.test(plainKey(part(parent.node, "property") as AnyNode, parent.node["computed"]) ?? "")
      );
    default:
      return false;
  }
}

/** Is it given a value here, or taken away, rather than read? */
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
