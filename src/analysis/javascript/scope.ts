/**
 * First pass over a JavaScript tree: gives every node its scope, and binds in every scope its names. It follows
 * ECMAScript: `var` and the functions of a body belong to the body, other declarations to their block. The default of a
 * parameter does not see the declarations of the body.
 */

import {
  type AnyNode,
  type Binding,
  EACH,
  FUNCTIONS,
  type Imported,
  nameOf,
  part,
  partsOf,
  plainKey,
  plainPropertyName,
  requiredPart,
  type ScopeKind,
  type Script,
  type ScriptNode,
  ScriptScope,
  type Step,
} from "./node.js";

/** Nodes that open a block scope. */
const BLOCKS: ReadonlySet<string> = new Set([
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "SwitchStatement",
  "CatchClause",
  "ClassDeclaration",
  "ClassExpression",
]);

/** For each property of a pattern, the bindings that a name in its place has. */
export type Patterns = ReadonlyMap<AnyNode, readonly Binding[]>;

/** Sets the scope of every node. */
export function resolveScopes({ nodes }: Script): Patterns {
  const patterns = new Map<AnyNode, Binding[]>();
  const script = new ScriptScope("script", null);
  const assignments: ScriptNode[] = [];
  for (const entry of nodes) {
    const { parent } = entry;
    const scope = parent === null ? script : (parent.inner ?? parent.scope ?? script);
    entry.scope = scope;
    const kind = openedScope(entry);
    if (kind !== null) entry.inner = new ScriptScope(kind, scope);
    declare(entry, scope, patterns);
    if (entry.type === "AssignmentExpression" || isLoop(entry)) assignments.push(entry);
  }
  // The order of assignments matters, and nodes are not in the order of the text.
  for (const entry of assignments.sort((a, b) => a.start - b.start)) assign(entry, script, patterns);
  return patterns;
}

/** The kind of the scope that a node opens; null if it opens none. */
function openedScope({ type, parent }: ScriptNode): ScopeKind | null {
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
  const bind = (target: AnyNode | null, source: Source, into: ScriptScope | undefined): void =>
    visitTargets(target, source, patterns, (name, binding) => into?.bind(name, binding));
  if (FUNCTIONS.has(type)) return declareFunction(entry, scope, bind);
  switch (type) {
    case "ClassDeclaration":
      return bind(part(node, "id"), { value: node, kind: "lexical" }, scope);
    case "ClassExpression":
      return bind(part(node, "id"), { value: node, kind: "lexical" }, inner);
    case "CatchClause":
      return bind(part(node, "param"), { value: null, kind: "lexical" }, inner);
    case "VariableDeclarator":
      return bind(part(node, "id"), ...variableSource(entry, scope));
    case "ImportDeclaration":
      for (const { local, imported } of importsOf(node)) bind(local, { value: null, kind: "lexical", imported }, scope);
  }
}

function declareFunction(
  { node, type, inner }: ScriptNode,
  scope: ScriptScope,
  bind: (target: AnyNode | null, source: Source, into: ScriptScope | undefined) => void,
): void {
  for (const [index, parameter] of partsOf(node, "params").entries())
    bind(parameter, { value: null, parameter: { of: node, index }, kind: "parameter" }, inner);
  const id = part(node, "id");
  if (type === "FunctionExpression") bind(id, { value: node, kind: "lexical" }, inner);
  if (type !== "FunctionDeclaration") return;
  bind(id, { value: node, kind: "lexical" }, scope);
  // A function in a block is a `var` of the body too. It has its value once the block has run.
  if (scope.kind === "block") bind(id, { value: node, kind: "var" }, scope.body());
}

/** The value of a declared variable, and the scope that the variable belongs to. */
function variableSource({ node, parent }: ScriptNode, scope: ScriptScope): [Source, ScriptScope] {
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
    const member = specifier.type === "ImportSpecifier" ? plainKey(requiredPart(specifier, "imported"), false) : null;
    yield { local: part(specifier, "local"), imported: { module, member } };
  }
}

/** Binds the target of an assignment. In a sloppy script, an assignment to an unknown name creates a global. */
function assign({ node, type, scope }: ScriptNode, script: ScriptScope, patterns: Map<AnyNode, Binding[]>): void {
  const left = part(node, "left");
  if (left === null || left.type === "VariableDeclaration") return;
  const isIn = type === "ForInStatement";
  const steps: readonly Step[] = type === "ForOfStatement" ? [EACH] : [];
  const operator = type === "AssignmentExpression" ? String(node["operator"]) : "=";
  const source = { value: isIn ? null : part(node, "right"), steps, kind: "assigned", operator } as const;
  visitTargets(left, source, patterns, (name, binding) => (scope?.find(name)?.scope ?? script).bind(name, binding));
}

/** The value that a target gets. */
type Source = Pick<Binding, "value" | "kind"> & Partial<Binding>;

interface Target {
  readonly node: AnyNode | null;
  readonly source: Source & { readonly steps: readonly Step[] };
}

/** Walks a name or a pattern, and calls `bind` for each name in it. */
function visitTargets(
  root: AnyNode | null,
  source: Source,
  patterns: Map<AnyNode, Binding[]>,
  bind: (name: string, binding: Binding) => void,
): void {
  const open: Target[] = [{ node: root, source: { ...source, steps: source.steps ?? [] } }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, source: from } = next;
    if (node?.type === "Identifier") bind(nameOf(node), { ...from, operator: from.operator ?? "=", at: node.start });
    else if (node !== null) open.push(...innerTargets(node, from, patterns));
  }
}

/** The targets directly inside a pattern, in the order of the program. */
function innerTargets(node: AnyNode, source: Target["source"], patterns: Map<AnyNode, Binding[]>): Target[] {
  const inside = (target: AnyNode | null, ...steps: readonly Step[]): Target => ({
    node: target,
    source: { ...source, steps: [...source.steps, ...steps] },
  });
  switch (node.type) {
    case "ParenthesizedExpression":
      return [inside(part(node, "expression"))];
    case "AssignmentPattern": {
      const left = part(node, "left");
      return [inside(left), { node: left, source: { kind: source.kind, value: part(node, "right"), steps: [] } }];
    }
    case "RestElement":
      return [inside(part(node, "argument"))];
    case "ArrayPattern":
      return partsOf(node, "elements").map((element, index) =>
        element?.type === "RestElement" ? inside(element) : inside(element, index),
      );
    case "ObjectPattern":
      return partsOf(node, "properties").flatMap((property) => {
        if (property === null) return [];
        if (property.type === "RestElement") return [inside(property)];
        const step = plainPropertyName(property) ?? requiredPart(property, "key");
        const taken = inside(part(property, "value"), step);
        const binding: Binding = { ...taken.source, operator: "=", at: property.start };
        patterns.set(property, [...(patterns.get(property) ?? []), binding]);
        return [taken];
      });
    default:
      return [];
  }
}
