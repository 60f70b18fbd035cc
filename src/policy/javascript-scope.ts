/**
 * First pass over a JavaScript tree: gives every node its scope and every scope
 * its names. Names of blocks count for their whole function.
 */

import type { AnyNode, ScriptNode } from "./javascript.js";
import { Scope } from "./scope.js";

export const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
]);

/** Targets of assignment that hold further targets, and where. */
const TARGET_PARTS: Readonly<Record<string, readonly string[]>> = {
  ObjectPattern: ["properties"],
  ArrayPattern: ["elements"],
  Property: ["value"],
  AssignmentPattern: ["left"],
  RestElement: ["argument"],
  ParenthesizedExpression: ["expression"],
  VariableDeclaration: ["declarations"],
  VariableDeclarator: ["id"],
};

/** `isReserved` names are not bound by a mere assignment: `eval = eval` binds nothing new. */
export function resolveScopes(nodes: readonly ScriptNode[], isReserved: (name: string) => boolean): void {
  const inner = new Map<ScriptNode, Scope>();
  const global = new Scope("module");
  for (const entry of nodes) {
    const { parent } = entry;
    const scope = parent === null ? global : (inner.get(parent) ?? parent.scope ?? global);
    entry.scope = scope;
    if (FUNCTIONS.has(entry.type)) inner.set(entry, new Scope("function", scope));
    declare(entry, scope, inner.get(entry), (name) => {
      if (!isReserved(name)) global.bind(name);
    });
  }
}

function declare(entry: ScriptNode, scope: Scope, inner: Scope | undefined, assign: (name: string) => void): void {
  const { node, type } = entry;
  const bind = (target: Scope) => (name: string) => target.bind(name);
  if (inner !== undefined) {
    targets(node["params"], bind(inner));
    targets(node["id"], bind(type === "FunctionDeclaration" ? scope : inner));
  } else if (type === "VariableDeclarator" || type === "ClassDeclaration" || type === "ClassExpression") targets(node["id"], bind(scope));
  else if (type === "CatchClause") targets(node["param"], bind(scope));
  else if (type.startsWith("Import") && type.endsWith("Specifier")) targets(node["local"], bind(scope));
  // In a sloppy script, assigning to an unknown name makes a global.
  else if (type === "AssignmentExpression" && node["operator"] === "=") targets(node["left"], assign);
  else if (type === "ForInStatement" || type === "ForOfStatement") targets(node["left"], assign);
}

function targets(root: unknown, bind: (name: string) => void): void {
  const open = [root].flat() as (AnyNode | null | undefined)[];
  while (open.length > 0) {
    const node = open.pop();
    if (node == null) continue;
    if (node.type === "Identifier") bind(String(node["name"]));
    else for (const part of TARGET_PARTS[node.type] ?? []) open.push(...([node[part]].flat() as AnyNode[]));
  }
}
