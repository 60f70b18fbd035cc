/**
 * First pass over a JavaScript tree: gives every node its scope and every scope its names, with what they are bound to.
 * As ECMAScript has it: `var` and the functions of a body go to the body, the rest to its block; a parameter's default
 * does not see what the body declares.
 */

import type { AnyNode, Script, ScriptNode } from "./parser.js";
import { FUNCTIONS, nameOf, part, partsOf, plainKey } from "./node.js";

/** Any of what a value iterates over. */
export const EACH: unique symbol = Symbol("each");

/**
 * How to come from a value to what a name gets of it: an index, a member, a member whose name is computed, or any
 * element.
 */
export type Step = number | string | AnyNode | typeof EACH;

export interface Imported {
  readonly module: string;
  readonly member: string | null;
}

export interface Binding {
  readonly kind: "var" | "lexical" | "parameter" | "assigned";
  /** Offset of the name. */
  readonly at: number;
  /** The expression it is bound to, and the steps from its value to the name's; null for one that says nothing. */
  readonly value: AnyNode | null;
  readonly steps: readonly Step[];
  /** Operator of the assignment; "=" for what is declared. */
  readonly operator: string;
  /** For a parameter: of which function, and which. */
  readonly parameter?: { readonly of: AnyNode; readonly index: number };
  /** What an import brings in: a member of the module, or the module. */
  readonly imported?: Imported;
}

/** All that a name is bound to in one scope. One object for each, so that what is known of a name is kept by it. */
export interface Bound {
  readonly scope: ScriptScope;
  readonly bindings: readonly Binding[];
}

/** Those of a function's parameters and of its body are two. */
type ScopeKind = "script" | "parameters" | "body" | "block";

export class ScriptScope {
  readonly kind: ScopeKind;
  readonly parent: ScriptScope | null;
  #names: Map<string, { readonly scope: ScriptScope; readonly bindings: Binding[] }> | null = null;

  constructor(kind: ScopeKind, parent: ScriptScope | null) {
    this.kind = kind;
    this.parent = parent;
  }

  bind(name: string, binding: Binding): void {
    this.#names ??= new Map();
    const known = this.#names.get(name);
    if (known === undefined) this.#names.set(name, { scope: this, bindings: [binding] });
    else known.bindings.push(binding);
  }

  /** Where `name` is bound as seen from here, and how; null for one that the program never binds. */
  find(name: string): Bound | null {
    for (let scope: ScriptScope | null = this; scope !== null; scope = scope.parent) {
      const bound = scope.#names?.get(name);
      if (bound !== undefined) return bound;
    }
    return null;
  }

  /** Names that are declared here, as opposed to assigned. */
  *declared(): Iterable<string> {
    for (const [name, { bindings }] of this.#names ?? [])
      if (bindings.some(({ kind }) => kind !== "assigned")) yield name;
  }

  /** Where a `var` in this scope belongs. */
  body(): ScriptScope {
    let scope: ScriptScope = this;
    while (scope.kind === "block" && scope.parent !== null) scope = scope.parent;
    return scope;
  }

  script(): ScriptScope {
    let scope: ScriptScope = this;
    while (scope.parent !== null) scope = scope.parent;
    return scope;
  }
}

const BLOCKS: ReadonlySet<string> = new Set([
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "SwitchStatement",
  "CatchClause",
  "ClassDeclaration",
  "ClassExpression",
]);

/** What each property of a pattern takes: the same as a name bound there would. */
export type Patterns = ReadonlyMap<AnyNode, readonly Binding[]>;

export function resolveScopes({ nodes }: Script): Patterns {
  const patterns = new Map<AnyNode, Binding[]>();
  const script = new ScriptScope("script", null);
  const assignments: ScriptNode[] = [];
  for (const entry of nodes) {
    const { parent } = entry;
    const scope = parent === null ? script : (parent.inner ?? parent.scope ?? script);
    entry.scope = scope;
    const kind = opens(entry);
    if (kind !== null) entry.inner = new ScriptScope(kind, scope);
    declare(entry, scope, patterns);
    if (entry.type === "AssignmentExpression" || isLoop(entry)) assignments.push(entry);
  }
  // Nodes do not come in the order of the text, and the order of assignments matters.
  for (const entry of assignments.sort((a, b) => a.start - b.start)) assign(entry, script, patterns);
  return patterns;
}

function opens({ type, parent }: ScriptNode): ScopeKind | null {
  if (FUNCTIONS.has(type)) return "parameters";
  if (type === "BlockStatement") return parent !== null && FUNCTIONS.has(parent.type) ? "body" : "block";
  if (type === "StaticBlock") return "body";
  return BLOCKS.has(type) ? "block" : null;
}

function isLoop({ type }: ScriptNode): boolean {
  return type === "ForInStatement" || type === "ForOfStatement";
}

function declare(entry: ScriptNode, scope: ScriptScope, patterns: Map<AnyNode, Binding[]>): void {
  const { node, type, inner } = entry;
  const targets = (root: AnyNode | null, found: Found, into: ScriptScope | undefined): void =>
    visitTargets(root, found, patterns, (name, binding) => into?.bind(name, binding));
  const id = part(node, "id");
  if (FUNCTIONS.has(type)) {
    partsOf(node, "params").forEach((parameter, index) => {
      targets(parameter, { value: null, parameter: { of: node, index }, kind: "parameter" }, inner);
    });
    if (type === "FunctionExpression") targets(id, { value: node, kind: "lexical" }, inner);
    if (type !== "FunctionDeclaration") return;
    targets(id, { value: node, kind: "lexical" }, scope);
    // A function in a block is a `var` of the body as well, which has its value once the block is run.
    if (scope.kind === "block") targets(id, { value: node, kind: "var" }, scope.body());
    return;
  }
  switch (type) {
    case "ClassDeclaration":
      targets(id, { value: node, kind: "lexical" }, scope);
      return;
    case "ClassExpression":
      targets(id, { value: node, kind: "lexical" }, inner);
      return;
    case "CatchClause":
      targets(part(node, "param"), { value: null, kind: "lexical" }, inner);
      return;
    case "VariableDeclarator":
      return targets(id, ...variable(entry, scope));
    case "ImportDeclaration":
      for (const { local, imported } of importsOf(node))
        targets(local, { value: null, kind: "lexical", imported }, scope);
  }
}

function variable({ node, parent }: ScriptNode, scope: ScriptScope): [Found, ScriptScope] {
  const isVar = parent?.node["kind"] === "var";
  const loop = parent?.parent ?? null;
  const of = loop !== null && isLoop(loop) && parent?.key === "left" ? loop : null;
  const value = of === null ? part(node, "init") : part(of.node, "right");
  const steps: readonly Step[] = of?.type === "ForOfStatement" ? [EACH] : [];
  return [
    { value: of?.type === "ForInStatement" ? null : value, steps, kind: isVar ? "var" : "lexical" },
    isVar ? scope.body() : scope,
  ];
}

function* importsOf(node: AnyNode): Iterable<{ readonly local: AnyNode | null; readonly imported: Imported }> {
  const module = String(part(node, "source")?.["value"]);
  for (const specifier of partsOf(node, "specifiers")) {
    if (specifier === null) continue;
    const member =
      specifier.type === "ImportSpecifier" ? plainKey(part(specifier, "imported") as AnyNode, false) : null;
    yield { local: part(specifier, "local"), imported: { module, member } };
  }
}

/** In a sloppy script, assigning to an unknown name makes a global. */
function assign({ node, type, scope }: ScriptNode, script: ScriptScope, patterns: Map<AnyNode, Binding[]>): void {
  const left = part(node, "left");
  if (left === null || left.type === "VariableDeclaration") return;
  const isIn = type === "ForInStatement";
  const steps: readonly Step[] = type === "ForOfStatement" ? [EACH] : [];
  const operator = type === "AssignmentExpression" ? String(node["operator"]) : "=";
  const found = { value: isIn ? null : part(node, "right"), steps, kind: "assigned", operator } as const;
  visitTargets(left, found, patterns, (name, binding) => (scope?.find(name)?.scope ?? script).bind(name, binding));
}

type Found = Pick<Binding, "value" | "kind"> & Partial<Binding>;

/** Walks a name or a pattern, and says of each name in it what it is bound to. */
function visitTargets(
  root: AnyNode | null,
  found: Found,
  patterns: Map<AnyNode, Binding[]>,
  bind: (name: string, binding: Binding) => void,
): void {
  const open: { readonly node: AnyNode | null; readonly from: Found & { readonly steps: readonly Step[] } }[] = [
    { node: root, from: { ...found, steps: found.steps ?? [] } },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, from } = next;
    const go = (to: AnyNode | null, ...step: readonly Step[]): void =>
      void open.push({ node: to, from: { ...from, steps: [...from.steps, ...step] } });
    switch (node?.type) {
      case "Identifier":
        bind(nameOf(node), { ...from, operator: from.operator ?? "=", at: node.start });
        break;
      case "ParenthesizedExpression":
        go(part(node, "expression"));
        break;
      case "AssignmentPattern":
        go(part(node, "left"));
        open.push({ node: part(node, "left"), from: { kind: from.kind, value: part(node, "right"), steps: [] } });
        break;
      case "RestElement":
        go(part(node, "argument"));
        break;
      case "ArrayPattern":
        partsOf(node, "elements").forEach((element, index) =>
          element?.type === "RestElement" ? go(element) : go(element, index),
        );
        break;
      case "ObjectPattern":
        for (const property of partsOf(node, "properties")) {
          if (property?.type === "RestElement") go(property);
          else if (property !== null) {
            const key = part(property, "key") as AnyNode;
            const step = plainKey(key, property["computed"]) ?? key;
            patterns.set(property, [
              ...(patterns.get(property) ?? []),
              { ...from, steps: [...from.steps, step], operator: "=", at: property.start },
            ]);
            go(part(property, "value"), step);
          }
        }
    }
  }
}
