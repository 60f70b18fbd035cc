/** First pass over a Python tree: gives every node its scope and every scope its names. */

import type { PythonNode, PythonTree } from "./python.js";
import { Scope } from "./scope.js";

/** Nodes whose children are targets themselves. */
const TARGET_GROUPS: ReadonlySet<string> = new Set([
  "pattern_list",
  "tuple_pattern",
  "list_pattern",
  "list_splat_pattern",
  "dictionary_splat_pattern",
  "as_pattern_target",
  "tuple",
  "list",
  "list_splat",
  "parenthesized_expression",
  "type",
  "generic_type",
  "type_parameter",
]);

const COMPREHENSIONS: ReadonlySet<string> = new Set([
  "list_comprehension",
  "set_comprehension",
  "dictionary_comprehension",
  "generator_expression",
]);

export type TextOf = (node: PythonNode) => string;

/** `textOf` returns the name of an identifier, normalised as Python does. */
export function resolveScopes(tree: PythonTree, textOf: TextOf): void {
  /** Scope of what lies inside a node, where that is not the node's own. */
  const inner = new Map<PythonNode, Scope>();
  for (const node of tree.nodes) {
    const scope = scopeOf(node, inner);
    node.scope = scope;
    if (node.type === "function_definition" || node.type === "lambda") inner.set(node, new Scope("function", scope));
    else if (node.type === "class_definition") inner.set(node, new Scope("class", scope));
    else if (COMPREHENSIONS.has(node.type)) inner.set(node, new Scope("comprehension", scope));
    bindNames(node, scope, inner.get(node), textOf);
  }
}

/** Defaults, annotations and base classes are evaluated outside of what they belong to, as is a comprehension's first source. */
function scopeOf(node: PythonNode, inner: ReadonlyMap<PythonNode, Scope>): Scope {
  const { parent, field } = node;
  if (parent === null) return new Scope("module");
  const outer = parent.scope ?? new Scope("module");
  if (parent.type === "function_definition" || parent.type === "lambda" || parent.type === "class_definition") {
    return field === "body" || field === "type_parameters" ? (inner.get(parent) ?? outer) : outer;
  }
  if (COMPREHENSIONS.has(parent.type)) return inner.get(parent) ?? outer;
  if (parent.type === "for_in_clause" && field === "right" && parent.parent !== null) {
    const first = parent.parent.children.find(({ type }) => type === "for_in_clause");
    if (first === parent) return parent.parent.scope ?? outer;
  }
  return outer;
}

function bindNames(node: PythonNode, scope: Scope, inner: Scope | undefined, textOf: TextOf): void {
  const field = (name: string): PythonNode | undefined => node.children.find((child) => child.field === name);
  switch (node.type) {
    case "assignment":
    case "augmented_assignment":
    case "for_statement":
    case "for_in_clause":
    case "type_alias_statement":
      for (const child of node.children) if (child.field === "left") bindTarget(child, scope, textOf);
      return;
    case "named_expression": {
      let target = scope;
      while (target.kind === "comprehension" && target.parent !== null) target = target.parent;
      bindTarget(field("name"), target, textOf);
      return;
    }
    case "as_pattern":
      bindTarget(node.children.at(-1), scope, textOf);
      return;
    case "except_clause":
      bindTarget(field("alias"), scope, textOf);
      return;
    case "function_definition":
    case "lambda":
      if (node.type === "function_definition") bindTarget(field("name"), scope, textOf);
      for (const parameter of field("parameters")?.children ?? []) bindParameter(parameter, inner ?? scope, textOf);
      bindTarget(field("type_parameters"), inner ?? scope, textOf);
      return;
    case "class_definition":
      bindTarget(field("name"), scope, textOf);
      bindTarget(field("type_parameters"), inner ?? scope, textOf);
      return;
    case "global_statement":
      for (const child of node.children) {
        child.isTarget = true;
        scope.declareGlobal(textOf(child));
      }
      return;
    case "splat_pattern":
      bindTarget(node.children[0], scope, textOf);
      return;
    case "dotted_name":
      // `case x:` and `case C(a=x):` bind x; a dotted name in a pattern is looked up.
      if (node.children.length === 1 && isCapture(node)) bindTarget(node.children[0], scope, textOf);
      return;
    case "import_statement":
    case "import_from_statement":
    case "future_import_statement":
      bindImports(node, scope, textOf);
      return;
  }
}

function isCapture(name: PythonNode): boolean {
  return name.parent?.type === "case_pattern" || (name.parent?.type === "keyword_pattern" && name.parent.children[0] !== name);
}

function bindParameter(parameter: PythonNode, scope: Scope, textOf: TextOf): void {
  const name = parameter.children.find((child) => child.field === "name");
  if (name !== undefined) return bindTarget(name, scope, textOf);
  if (parameter.type === "typed_parameter") return bindTarget(parameter.children[0], scope, textOf);
  bindTarget(parameter, scope, textOf);
}

function bindTarget(target: PythonNode | undefined, scope: Scope, textOf: TextOf): void {
  const open = target === undefined ? [] : [target];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === "identifier") {
      node.isTarget = true;
      scope.bind(textOf(node));
    } else if (node.type === "constrained_type") open.push(...node.children.slice(0, 1));
    else if (TARGET_GROUPS.has(node.type)) open.push(...node.children);
  }
}

function bindImports(node: PythonNode, scope: Scope, textOf: TextOf): void {
  for (const { module, name, alias } of importsOf(node, textOf)) {
    const full = name === null ? module : `${module}.${name}`;
    if (alias !== null) scope.bind(alias, full);
    else if (name !== null) scope.bind(name, full);
    else scope.bind(module.slice(0, `${module}.`.indexOf(".")), module.slice(0, `${module}.`.indexOf(".")));
  }
}

export interface ImportedName {
  readonly node: PythonNode;
  /** Dotted; starts with a dot if relative. */
  readonly module: string;
  /** What is taken from the module, null for the module itself. */
  readonly name: string | null;
  readonly alias: string | null;
}

/** Lists what an import statement brings in; a wildcard has the name `*`. */
export function importsOf(node: PythonNode, textOf: TextOf): ImportedName[] {
  const dotted = (name: PythonNode | undefined): string => name?.children.map(textOf).join(".") ?? "";
  const source = node.children.find(({ field }) => field === "module_name");
  let module: string | null = null;
  if (node.type === "future_import_statement") module = "__future__";
  else if (source?.type === "relative_import") module = `.${dotted(source.children.find(({ type }) => type === "dotted_name"))}`;
  else if (source !== undefined) module = dotted(source);

  const found: ImportedName[] = [];
  for (const child of node.children) {
    if (child.type === "wildcard_import") found.push({ node: child, module: module ?? "", name: "*", alias: null });
    if (child.field !== "name") continue;
    const isAliased = child.type === "aliased_import";
    const written = dotted(isAliased ? child.children.find(({ field }) => field === "name") : child);
    const alias = isAliased ? child.children.find(({ field }) => field === "alias") : undefined;
    found.push({
      node: child,
      module: module ?? written,
      name: module === null ? null : written,
      alias: alias === undefined ? null : textOf(alias),
    });
  }
  return found;
}
