/** First pass over a Python tree: gives every node its scope, and every scope its names with what they are bound to. */

import type { PythonNode, PythonTree } from "./parser.js";
import type { Range } from "../report.js";
import { Scope } from "../scope.js";

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

/** How to come from a bound expression to what the name gets of it: by index, or any of what it iterates over. */
export type Step = number | "each";

export interface Binding {
  /** Offset of the name. */
  readonly at: number;
  /**
   * Where the name is sure to have this meaning, from `at` on; null for all of the scope, an empty range for nowhere.
   */
  readonly within: Range | null;
  /** The expression it is bound to, and the steps from its value to the name's; null for one that says nothing. */
  readonly value: PythonNode | null;
  readonly steps: readonly Step[];
  /** Full name of the module or member that an import brings in. */
  readonly imported: string | null;
}

export type PythonScope = Scope<Binding>;

/** Statements whose blocks may be passed over, so that what they bind may stay unbound. */
const CONDITIONAL: ReadonlySet<string> = new Set([
  "if_statement",
  "elif_clause",
  "else_clause",
  "for_statement",
  "while_statement",
  "try_statement",
  "except_clause",
  "except_group_clause",
  "finally_clause",
  "match_statement",
  "case_clause",
]);

const NOWHERE: Range = { start: 0, end: 0 };

/** `within` of a name that `del`, or the end of an except clause, takes away at `at`. */
export const DELETED: Range = { start: 0, end: 0 };

/** A wildcard import binds this name to each module whose names it brings in. */
export const WILDCARD = "*";

/** `textOf` returns the name of an identifier, normalised as Python does. */
export function resolveScopes(tree: PythonTree, textOf: TextOf): void {
  new Binder(textOf).visitAll(tree);
}

class Binder {
  readonly #textOf: TextOf;
  /** Scope of what lies inside a node, where that is not the node's own. */
  readonly #inner = new Map<PythonNode, PythonScope>();

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
  }

  visitAll(tree: PythonTree): void {
    for (const node of tree.nodes) {
      const scope = this.#scopeOf(node);
      node.scope = scope;
      if (node.type === "function_definition" || node.type === "lambda")
        this.#inner.set(node, new Scope("function", scope));
      else if (node.type === "class_definition") this.#inner.set(node, new Scope("class", scope));
      else if (COMPREHENSIONS.has(node.type)) this.#inner.set(node, new Scope("comprehension", scope));
      this.#bindNames(node, scope, this.#inner.get(node));
    }
  }

  /**
   * Defaults, annotations and base classes are evaluated outside of what they belong to, as is a comprehension's first
   * source.
   */
  #scopeOf(node: PythonNode): PythonScope {
    const { parent, field } = node;
    if (parent === null) return new Scope("module");
    const outer = parent.scope ?? new Scope("module");
    if (parent.type === "function_definition" || parent.type === "lambda" || parent.type === "class_definition") {
      return field === "body" || field === "type_parameters" ? (this.#inner.get(parent) ?? outer) : outer;
    }
    if (COMPREHENSIONS.has(parent.type)) return this.#inner.get(parent) ?? outer;
    if (parent.type === "for_in_clause" && field === "right" && parent.parent !== null) {
      const first = parent.parent.children.find(({ type }) => type === "for_in_clause");
      if (first === parent) return parent.parent.scope ?? outer;
    }
    return outer;
  }

  #bindNames(node: PythonNode, scope: PythonScope, inner: PythonScope | undefined): void {
    const field = (name: string): PythonNode | undefined => node.children.find((child) => child.field === name);
    switch (node.type) {
      case "assignment": {
        const value = field("right") ?? null;
        // A bare annotation binds nothing.
        return this.#bindFields(
          node,
          scope,
          value,
          [],
          value === null && field("type") !== undefined ? NOWHERE : undefined,
        );
      }
      case "augmented_assignment":
      case "type_alias_statement":
        return this.#bindFields(node, scope, null, []);
      case "for_statement": {
        const body = field("body");
        return this.#bindFields(node, scope, field("right") ?? null, ["each"], body ?? NOWHERE);
      }
      case "for_in_clause":
        return this.#bindFields(node, scope, field("right") ?? null, ["each"]);
      case "named_expression": {
        let target = scope;
        while (target.kind === "comprehension" && target.parent !== null) target = target.parent;
        return this.#bindTarget(field("name"), target, field("value") ?? null, []);
      }
      case "as_pattern": {
        const isException = node.parent?.type.startsWith("except") === true;
        const value = isException ? null : (node.children[0] ?? null);
        return isException
          ? this.#bindException(node.children.at(-1), scope, node.parent ?? node)
          : this.#bindTarget(node.children.at(-1), scope, value, []);
      }
      case "except_clause":
        return this.#bindException(field("alias"), scope, node);
      case "delete_statement":
        return this.#delete(node, scope);
      case "function_definition":
      case "lambda":
        if (node.type === "function_definition") this.#bindTarget(field("name"), scope, null, []);
        for (const parameter of field("parameters")?.children ?? []) this.#bindParameter(parameter, inner ?? scope);
        this.#bindTarget(field("type_parameters"), inner ?? scope, null, []);
        return;
      case "class_definition":
        this.#bindTarget(field("name"), scope, null, []);
        this.#bindTarget(field("type_parameters"), inner ?? scope, null, []);
        return;
      case "global_statement":
        for (const child of node.children) {
          child.isTarget = true;
          scope.declareGlobal(this.#textOf(child));
        }
        return;
      case "splat_pattern":
        return this.#bindTarget(node.children[0], scope, null, []);
      case "dotted_name":
        // `case x:` and `case C(a=x):` bind x; a dotted name in a pattern is looked up.
        if (node.children.length === 1 && isCapture(node)) this.#bindTarget(node.children[0], scope, null, []);
        return;
      case "import_statement":
      case "import_from_statement":
      case "future_import_statement":
        return this.#bindImports(node, scope);
    }
  }

  #bindFields(
    node: PythonNode,
    scope: PythonScope,
    value: PythonNode | null,
    steps: readonly Step[],
    within?: Range,
  ): void {
    for (const child of node.children) if (child.field === "left") this.#bindTarget(child, scope, value, steps, within);
  }

  /** An exception's name is gone after its clause, whatever it meant before. */
  #bindException(target: PythonNode | undefined, scope: PythonScope, clause: PythonNode): void {
    if (target === undefined) return;
    this.#bindTarget(target, scope, null, [], clause);
    const name = target.type === "identifier" ? target : target.children[0];
    if (name?.type !== "identifier") return;
    const gone = { value: null, steps: [], imported: null, at: clause.end, within: DELETED };
    (scope.isGlobal(this.#textOf(name)) ? scope.module() : scope).bind(this.#textOf(name), gone);
  }

  /** After `del x` the name may be a builtin again. */
  #delete(node: PythonNode, scope: PythonScope): void {
    const open = [...node.children];
    for (let child = open.pop(); child !== undefined; child = open.pop()) {
      if (child.type === "identifier") {
        child.isTarget = true;
        this.#put(child, scope, { value: null, steps: [], imported: null }, DELETED);
      } else if (TARGET_GROUPS.has(child.type) || child.type === "expression_list") open.push(...child.children);
    }
  }

  #bindParameter(parameter: PythonNode, scope: PythonScope): void {
    const name = parameter.children.find((child) => child.field === "name");
    const value = parameter.children.find((child) => child.field === "value") ?? null;
    if (name !== undefined) return this.#bindTarget(name, scope, value, []);
    this.#bindTarget(parameter.type === "typed_parameter" ? parameter.children[0] : parameter, scope, null, []);
  }

  #bindTarget(
    target: PythonNode | undefined,
    scope: PythonScope,
    value: PythonNode | null,
    steps: readonly Step[],
    within?: Range,
  ): void {
    if (target === undefined) return;
    const open: { node: PythonNode; steps: readonly Step[] }[] = [{ node: target, steps }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node } = next;
      if (node.type === "identifier") {
        node.isTarget = true;
        this.#put(node, scope, { value, steps: next.steps, imported: null }, within);
      } else if (node.type === "constrained_type")
        open.push(...node.children.slice(0, 1).map((child) => ({ node: child, steps: [] })));
      else if (node.type === "parenthesized_expression" || node.type === "as_pattern_target")
        for (const child of node.children) open.push({ node: child, steps: next.steps });
      else if (TARGET_GROUPS.has(node.type)) {
        const path = next.steps;
        node.children.forEach((child, index) =>
          open.push({ node: child, steps: [...path, child.type.includes("splat") ? "each" : index] }),
        );
      }
    }
  }

  #bindImports(node: PythonNode, scope: PythonScope): void {
    for (const { node: place, module, name, alias } of importsOf(node, this.#textOf)) {
      const full = name === null ? module : `${module}.${name}`;
      const top = module.slice(0, `${module}.`.indexOf("."));
      if (name === WILDCARD) this.#put(place, scope, { value: null, steps: [], imported: module }, undefined, WILDCARD);
      else
        this.#put(
          place,
          scope,
          { value: null, steps: [], imported: alias !== null || name !== null ? full : top },
          undefined,
          alias ?? name ?? top,
        );
    }
  }

  #put(
    node: PythonNode,
    scope: PythonScope,
    what: Pick<Binding, "value" | "steps" | "imported">,
    within?: Range,
    as?: string,
  ): void {
    const name = as ?? this.#textOf(node);
    const isGlobal = scope.isGlobal(name) && scope.kind !== "module";
    const target = isGlobal ? scope.module() : scope;
    target.bind(name, {
      ...what,
      at: node.start,
      within: isGlobal && within !== DELETED ? NOWHERE : (within ?? sureRange(node, target)),
    });
  }
}

/**
 * In a function a name is its own everywhere; in a module or class what was passed over leaves the builtin in place.
 */
function sureRange(node: PythonNode, scope: PythonScope): Range | null {
  if (scope.kind !== "module" && scope.kind !== "class") return null;
  let inside: PythonNode = node;
  for (
    let at = node.parent;
    at !== null && at.type !== "function_definition" && at.type !== "class_definition";
    at = at.parent
  ) {
    if (inside.type === "block" && CONDITIONAL.has(at.type)) return inside;
    inside = at;
  }
  return null;
}

function isCapture(name: PythonNode): boolean {
  return (
    name.parent?.type === "case_pattern" ||
    (name.parent?.type === "keyword_pattern" && name.parent.children[0] !== name)
  );
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
  else if (source?.type === "relative_import")
    module = `.${dotted(source.children.find(({ type }) => type === "dotted_name"))}`;
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
