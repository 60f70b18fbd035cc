/**
 * The types of a JavaScript syntax tree: its nodes, and the scopes that the first pass over the tree gives them. They
 * refer to each other, so they share this file. Also how to read a node.
 */

import type { Range } from "../report.js";

/** A node as acorn makes it. The analysis reads its parts by name. */
export interface AnyNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

/** A node with its position in the tree. */
export interface ScriptNode {
  readonly type: string;
  readonly node: AnyNode;
  /** Name of the property of the parent that holds the node. */
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly parent: ScriptNode | null;
  readonly children: ScriptNode[];
  /** The scope in which its names are looked up. `resolveScopes` sets it. */
  scope?: ScriptScope;
  /** The scope of its children, if it opens one. */
  inner?: ScriptScope;
}

/** A program that was parsed completely. */
export interface Script {
  readonly kind: "script" | "module";
  /** A module that is the same as a script, but for its imports. Always true for a script. */
  readonly runsAsScript: boolean;
  /** All nodes, parents before children. */
  readonly nodes: readonly ScriptNode[];
  readonly places: ReadonlyMap<AnyNode, ScriptNode>;
  readonly comments: readonly Range[];
  /** Contents of strings, templates and regular expressions, without their quotes. */
  readonly strings: readonly Range[];
}

/** The step from a collection to any of its elements. */
export const EACH: unique symbol = Symbol("each");

/**
 * A step from a value to one of its parts: an index, the name of a member, an expression that computes the name of a
 * member, or any element.
 */
export type Step = number | string | AnyNode | typeof EACH;

/** A module, or one of its members. */
export interface Imported {
  readonly module: string;
  /** Null for the module as a whole. */
  readonly member: string | null;
}

export interface Binding {
  readonly kind: "var" | "lexical" | "parameter" | "assigned";
  /** Offset of the name. */
  readonly at: number;
  /** The expression that the name is bound to. Null if the binding has none, as for a parameter. */
  readonly value: AnyNode | null;
  /** The steps from the value of the expression to the value of the name. */
  readonly steps: readonly Step[];
  /** Operator of the assignment. A declaration has `=`. */
  readonly operator: string;
  /** For a parameter: its function, and its index. */
  readonly parameter?: { readonly of: AnyNode; readonly index: number };
  readonly imported?: Imported;
}

/** All bindings of a name in one scope. There is one object for each name and scope, so it can be the key of a map. */
export interface Bound {
  readonly scope: ScriptScope;
  readonly bindings: readonly Binding[];
}

/** The parameters of a function and its body have two scopes. */
export type ScopeKind = "script" | "parameters" | "body" | "block";

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

  /** Looks up a name in this scope and those around it. Returns null if the program never binds it. */
  find(name: string): Bound | null {
    return this.#names?.get(name) ?? this.parent?.find(name) ?? null;
  }

  /** Names that are declared here. Names that are only assigned are left out. */
  *declared(): Iterable<string> {
    for (const [name, { bindings }] of this.#names ?? [])
      if (bindings.some(({ kind }) => kind !== "assigned")) yield name;
  }

  /** The scope that a `var` in this scope belongs to. */
  body(): ScriptScope {
    return this.kind === "block" && this.parent !== null ? this.parent.body() : this;
  }
}

export const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
]);

const WRAPPERS: ReadonlySet<string> = new Set(["ParenthesizedExpression", "ChainExpression"]);

/** A child of a node, by the name of its property; null if it is absent. */
export function part(node: AnyNode, name: string): AnyNode | null {
  return (node[name] as AnyNode | null | undefined) ?? null;
}

/** A child that the grammar requires. */
export function requiredPart(node: AnyNode, name: string): AnyNode {
  return node[name] as AnyNode;
}

/** A list of children. An element is null for a hole in an array. */
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

/** The expression without its parentheses, and without the operands before its last comma. */
export function unwrap(node: AnyNode): AnyNode {
  let inner = node;
  for (;;) {
    if (WRAPPERS.has(inner.type)) inner = inner["expression"] as AnyNode;
    else if (inner.type === "SequenceExpression") inner = lastOperand(inner);
    else return inner;
  }
}

/** The expression without its parentheses. */
export function unwrapParentheses(node: AnyNode): AnyNode {
  let inner = node;
  while (WRAPPERS.has(inner.type)) inner = inner["expression"] as AnyNode;
  return inner;
}

/** The node that uses the value of an expression. Parentheses and commas around the expression are skipped. */
export function userOf(entry: ScriptNode): { readonly parent: ScriptNode; readonly key: string } | null {
  let at = entry;
  while (at.parent !== null) {
    const { parent } = at;
    const isLast = parent.type === "SequenceExpression" && lastOperand(parent.node) === at.node;
    if (!WRAPPERS.has(parent.type) && !isLast) return { parent, key: at.key };
    at = parent;
  }
  return null;
}

function lastOperand(sequence: AnyNode): AnyNode {
  return (sequence["expressions"] as AnyNode[]).at(-1) as AnyNode;
}

/** The name of a property or member; null if the name is computed. */
export function plainKey(key: AnyNode, isComputed: unknown): string | null {
  if (isComputed === true) return null;
  if (key.type === "Identifier") return nameOf(key);
  return key.type === "Literal" ? String(key["value"]) : null;
}

/** The name of the member that an expression reads; null if the name is computed. */
export function plainMemberName(member: AnyNode): string | null {
  return plainKey(requiredPart(member, "property"), member["computed"]);
}

/** The name of a property of an object, class or pattern; null if the name is computed. */
export function plainPropertyName(property: AnyNode): string | null {
  return plainKey(requiredPart(property, "key"), property["computed"]);
}
