/** First pass over a Python tree. It sets the scope of every node, and binds the names of every scope. */

import { importsOf, WILDCARD } from "./imports.js";
import {
  type Binding,
  partOf,
  type PythonNode,
  type PythonScope,
  type PythonTree,
  type Step,
  type TextOf,
} from "./node.js";
import type { Range } from "../report.js";
import { Scope } from "../scope.js";
import { parseWordSet } from "../word-list.js";

/** Nodes whose children are targets themselves. */
const TARGET_GROUPS: ReadonlySet<string> = parseWordSet(`
  pattern_list tuple_pattern list_pattern list_splat_pattern dictionary_splat_pattern as_pattern_target
  tuple list list_splat parenthesized_expression type generic_type type_parameter
`);

const COMPREHENSIONS: ReadonlySet<string> = parseWordSet(
  "list_comprehension set_comprehension dictionary_comprehension generator_expression",
);

/** Statements whose blocks may never run. The names that these blocks bind may stay unbound. */
const CONDITIONAL: ReadonlySet<string> = parseWordSet(`
  if_statement elif_clause else_clause for_statement while_statement
  try_statement except_clause except_group_clause finally_clause match_statement case_clause
`);

const NOWHERE: Range = { start: 0, end: 0 };

/** `within` of a binding that ends the name at `at`: by `del`, or at the end of an except clause. */
export const DELETED: Range = { start: 0, end: 0 };

/** The part of a binding that describes the value of the name. */
type Meaning = Pick<Binding, "value" | "steps" | "imported">;

const UNKNOWN: Meaning = { value: null, steps: [], imported: null };

export function resolveScopes(tree: PythonTree, textOf: TextOf): void {
  new Binder(textOf).visitAll(tree);
}

class Binder {
  readonly #textOf: TextOf;
  /** The scope inside a node that opens one. */
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
      this.#bindNames(node, scope);
    }
  }

  /**
   * Python evaluates defaults, annotations and base classes outside the function or class, and the first source of a
   * comprehension outside the comprehension.
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

  #bindNames(node: PythonNode, scope: PythonScope): void {
    switch (node.type) {
      case "assignment":
        return this.#bindAssignment(node, scope);
      case "augmented_assignment":
      case "type_alias_statement":
        return this.#bindLeft(node, scope, UNKNOWN);
      case "for_statement":
        return this.#bindLeft(node, scope, itemOf(partOf(node, "right")), partOf(node, "body") ?? NOWHERE);
      case "for_in_clause":
        return this.#bindLeft(node, scope, itemOf(partOf(node, "right")));
      case "named_expression":
        // A comprehension over nothing binds no name outside of it.
        return this.#bindTarget(
          partOf(node, "name"),
          outsideComprehensions(scope),
          wholeOf(partOf(node, "value")),
          scope.kind === "comprehension" ? NOWHERE : undefined,
        );
      case "as_pattern":
        return this.#bindAsPattern(node, scope);
      case "except_clause":
        return this.#bindException(partOf(node, "alias"), scope, node);
      case "delete_statement":
        return this.#delete(node, scope);
      case "function_definition":
      case "lambda":
      case "class_definition":
        return this.#bindDefinition(node, scope);
      case "global_statement":
        return this.#declareGlobals(node, scope);
      case "splat_pattern":
        return this.#bindTarget(node.children[0], scope, UNKNOWN);
      case "dotted_name":
        // `case x:` and `case C(a=x):` bind x. A dotted name in a pattern is looked up.
        if (node.children.length === 1 && isCapture(node)) this.#bindTarget(node.children[0], scope, UNKNOWN);
        return;
      case "import_statement":
      case "import_from_statement":
      case "future_import_statement":
        return this.#bindImports(node, scope);
    }
  }

  #bindAssignment(node: PythonNode, scope: PythonScope): void {
    const value = partOf(node, "right");
    // An annotation without a value binds nothing.
    const isBare = value === undefined && partOf(node, "type") !== undefined;
    this.#bindLeft(node, scope, wholeOf(value), isBare ? NOWHERE : undefined);
  }

  #bindLeft(node: PythonNode, scope: PythonScope, meaning: Meaning, within?: Range): void {
    for (const child of node.children) if (child.field === "left") this.#bindTarget(child, scope, meaning, within);
  }

  #bindAsPattern(node: PythonNode, scope: PythonScope): void {
    const target = node.children.at(-1);
    if (node.parent?.type.startsWith("except") === true) return this.#bindException(target, scope, node.parent);
    this.#bindTarget(target, scope, wholeOf(node.children[0]));
  }

  /** Python deletes the name of an exception at the end of its clause, even if it had a meaning before. */
  #bindException(target: PythonNode | undefined, scope: PythonScope, clause: PythonNode): void {
    if (target === undefined) return;
    this.#bindTarget(target, scope, UNKNOWN, clause);
    const name = target.type === "identifier" ? target : target.children[0];
    if (name?.type !== "identifier") return;
    const text = this.#textOf(name);
    (scope.isGlobal(text) ? scope.module() : scope).bind(text, { ...UNKNOWN, at: clause.end, within: DELETED });
  }

  /** After `del x` the name may be a builtin again. */
  #delete(node: PythonNode, scope: PythonScope): void {
    const open = [...node.children];
    for (let child = open.pop(); child !== undefined; child = open.pop()) {
      if (child.type === "identifier") {
        child.isTarget = true;
        this.#put(this.#textOf(child), child, scope, UNKNOWN, DELETED);
      } else if (TARGET_GROUPS.has(child.type) || child.type === "expression_list") open.push(...child.children);
    }
  }

  #bindDefinition(node: PythonNode, scope: PythonScope): void {
    const inner = this.#inner.get(node) ?? scope;
    this.#bindTarget(partOf(node, "name"), scope, UNKNOWN);
    for (const parameter of partOf(node, "parameters")?.children ?? []) this.#bindParameter(parameter, inner);
    this.#bindTarget(partOf(node, "type_parameters"), inner, UNKNOWN);
  }

  #bindParameter(parameter: PythonNode, scope: PythonScope): void {
    const name = partOf(parameter, "name");
    if (name !== undefined) return this.#bindTarget(name, scope, wholeOf(partOf(parameter, "value")));
    this.#bindTarget(parameter.type === "typed_parameter" ? parameter.children[0] : parameter, scope, UNKNOWN);
  }

  #declareGlobals(node: PythonNode, scope: PythonScope): void {
    for (const child of node.children) {
      child.isTarget = true;
      scope.declareGlobal(this.#textOf(child));
    }
  }

  #bindTarget(target: PythonNode | undefined, scope: PythonScope, meaning: Meaning, within?: Range): void {
    if (target === undefined) return;
    const open: { node: PythonNode; steps: readonly Step[] }[] = [{ node: target, steps: meaning.steps }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node, steps } = next;
      if (node.type === "identifier") {
        node.isTarget = true;
        this.#put(this.#textOf(node), node, scope, { ...meaning, steps }, within);
      } else if (node.type === "constrained_type")
        open.push(...node.children.slice(0, 1).map((child) => ({ node: child, steps: [] })));
      else if (node.type === "parenthesized_expression" || node.type === "as_pattern_target")
        for (const child of node.children) open.push({ node: child, steps });
      else if (TARGET_GROUPS.has(node.type)) {
        node.children.forEach((child, index) =>
          open.push({ node: child, steps: [...steps, child.type.includes("splat") ? "each" : index] }),
        );
      }
    }
  }

  #bindImports(node: PythonNode, scope: PythonScope): void {
    for (const { node: place, module, name, alias } of importsOf(node, this.#textOf)) {
      // `import a.b` binds `a`; `import a.b as c` binds the module `a.b`.
      const top = module.slice(0, `${module}.`.indexOf("."));
      const member = name === null ? (alias === null ? top : module) : `${module}.${name}`;
      const imported = name === WILDCARD ? module : member;
      this.#put(name === WILDCARD ? WILDCARD : (alias ?? name ?? top), place, scope, { ...UNKNOWN, imported });
    }
  }

  #put(name: string, node: PythonNode, scope: PythonScope, meaning: Meaning, within?: Range): void {
    const isGlobal = scope.isGlobal(name) && scope.kind !== "module";
    const target = isGlobal ? scope.module() : scope;
    target.bind(name, {
      ...meaning,
      at: node.start,
      within: isGlobal && within !== DELETED ? NOWHERE : (within ?? sureRange(node, target)),
    });
  }
}

/** The name gets the whole value. */
function wholeOf(value: PythonNode | undefined): Meaning {
  return value === undefined ? UNKNOWN : { value, steps: [], imported: null };
}

/** The name gets one item of the value after the other. */
function itemOf(value: PythonNode | undefined): Meaning {
  return { value: value ?? null, steps: ["each"], imported: null };
}

function outsideComprehensions(scope: PythonScope): PythonScope {
  let target = scope;
  while (target.kind === "comprehension" && target.parent !== null) target = target.parent;
  return target;
}

/**
 * The text in which a name is sure to be bound. In a function a name is local everywhere. In a module or a class a
 * block that did not run leaves the builtin of that name visible.
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
