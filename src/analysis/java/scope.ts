/**
 * First pass over a Java tree: gives every node its scope, and every scope its variables, methods and types, with what
 * is known of each.
 */

import type { JavaNode, JavaTree } from "./parser.js";

/** A class, interface, enum, record or the body of an anonymous class. */
export interface JavaClass {
  /** Stands where a full name stands: `#3`. */
  readonly id: string;
  readonly scope: JavaScope;
  /** The types it extends and implements. */
  readonly supers: readonly JavaNode[];
}

export interface JavaVariable {
  readonly at: number;
  /** A local one is there only after its declaration; a pattern's may not be there at all. */
  readonly kind: "field" | "local" | "pattern";
  /** Null when it has to be inferred. */
  readonly type: JavaNode | null;
  /** What it starts with, or is an element of. */
  readonly value: JavaNode | null;
  /** True for the variable of a loop: the value is what the loop runs over. */
  readonly isElement: boolean;
  /** The lambda whose parameter it is. */
  readonly lambda: JavaNode | null;
  /** The enum that it is a constant of. */
  readonly constantOf: JavaClass | null;
  /** What is assigned or appended to it, in order of place. */
  readonly changes: Change[];
}

export interface Change {
  readonly operator: string;
  readonly value: JavaNode;
}

export class JavaScope {
  readonly parent: JavaScope | null;
  /** The class whose body this is. */
  readonly owner: JavaClass | null;
  readonly variables: Map<string, JavaVariable[]> = new Map();
  readonly methods: Map<string, JavaNode[]> = new Map();
  /** Own classes, and the type parameters with their bounds. */
  readonly types: Map<string, JavaClass | JavaNode> = new Map();

  constructor(parent: JavaScope | null, makeOwner?: (scope: JavaScope) => JavaClass) {
    this.parent = parent;
    this.owner = makeOwner?.(this) ?? null;
  }
}

export interface JavaNames {
  readonly classes: ReadonlyMap<string, JavaClass>;
  /** The class of an anonymous body, by the expression that makes it. */
  readonly anonymous: ReadonlyMap<JavaNode, JavaClass>;
  readonly imports: Imports;
}

export interface Imports {
  /** Full names of classes by simple name. */
  readonly single: ReadonlyMap<string, string>;
  /** Packages, or classes with nested ones, all of whose classes are imported. */
  readonly packages: readonly string[];
  /** Full names of members by simple name. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** Classes all of whose members are imported. */
  readonly memberClasses: readonly string[];
}

/** Nodes that begin a scope for what is in them. */
const SCOPES: ReadonlySet<string> = new Set([
  "program",
  "block",
  "constructor_body",
  "method_declaration",
  "constructor_declaration",
  "compact_constructor_declaration",
  "lambda_expression",
  "for_statement",
  "enhanced_for_statement",
  "try_with_resources_statement",
  "catch_clause",
  "switch_block",
  "switch_rule",
]);

const CLASSES: ReadonlySet<string> = new Set([
  "class_declaration",
  "interface_declaration",
  "enum_declaration",
  "record_declaration",
  "annotation_type_declaration",
]);

const FIELDS: ReadonlySet<string> = new Set(["field_declaration", "constant_declaration"]);

export function resolveScopes(tree: JavaTree): JavaNames {
  return new Binder().visitAll(tree);
}

class Binder {
  readonly #inner = new Map<JavaNode, JavaScope>();
  readonly #classes = new Map<string, JavaClass>();
  readonly #anonymous = new Map<JavaNode, JavaClass>();
  readonly #changes: { readonly target: JavaNode; readonly change: Change }[] = [];
  readonly #single = new Map<string, string>();
  readonly #packages: string[] = [];
  readonly #members = new Map<string, string[]>();
  readonly #memberClasses: string[] = [];

  visitAll(tree: JavaTree): JavaNames {
    for (const node of tree.nodes) {
      const { parent } = node;
      const scope =
        parent === null ? new JavaScope(null) : (this.#inner.get(parent) ?? parent.scope ?? new JavaScope(null));
      node.scope = scope;
      this.#open(node, scope);
      this.#bind(node, scope);
    }
    for (const { target, change } of this.#changes) {
      const name = target.type === "field_access" ? fieldOf(target, "field")?.text : target.text;
      const [variable] = target.scope === undefined ? [] : variablesNamed(name ?? "", target.scope, target.start);
      variable?.changes.push(change);
    }
    const imports = {
      single: this.#single,
      packages: this.#packages,
      members: this.#members,
      memberClasses: this.#memberClasses,
    };
    return { classes: this.#classes, anonymous: this.#anonymous, imports };
  }

  #open(node: JavaNode, scope: JavaScope): void {
    if (CLASSES.has(node.type)) {
      const made = this.#class(node, scope, supersOf(node));
      const name = fieldOf(node, "name")?.text;
      if (name !== undefined) scope.types.set(name, made);
    } else if (node.type === "class_body" && node.parent !== null && !CLASSES.has(node.parent.type)) {
      // Of an anonymous class, or of a constant of an enum.
      const type = fieldOf(node.parent, "type");
      this.#anonymous.set(node.parent, this.#class(node, scope, type === undefined ? [] : [type]));
    } else if (SCOPES.has(node.type)) this.#inner.set(node, new JavaScope(scope));
  }

  #class(node: JavaNode, outer: JavaScope, supers: readonly JavaNode[]): JavaClass {
    const id = `#${this.#classes.size}`;
    const scope = new JavaScope(outer, (own) => ({ id, scope: own, supers }));
    this.#inner.set(node, scope);
    const made = scope.owner ?? { id, scope, supers };
    this.#classes.set(id, made);
    return made;
  }

  #bind(node: JavaNode, scope: JavaScope): void {
    const inner = this.#inner.get(node) ?? scope;
    const name = fieldOf(node, "name");
    switch (node.type) {
      case "import_declaration":
        return this.#import(node);
      case "method_declaration":
        return push(scope.methods, name?.text, node);
      case "constructor_declaration":
        return push(scope.methods, "new", node);
      case "type_parameter":
        if (node.children[0] !== undefined) scope.types.set(node.children[0].text, node);
        return;
      case "variable_declarator":
        return this.#declare(node, scope);
      case "formal_parameter": {
        const lambda = node.parent?.parent?.type === "lambda_expression" ? node.parent.parent : null;
        // The components of a record are its fields.
        const kind = node.parent?.parent?.type === "record_declaration" ? "field" : "local";
        return bind(scope, name, { kind, type: inferred(fieldOf(node, "type")), lambda });
      }
      case "inferred_parameters":
        for (const child of node.children) bind(scope, child, { kind: "local", lambda: node.parent });
        return;
      case "lambda_expression": {
        const only = fieldOf(node, "parameters");
        if (only?.type === "identifier") bind(inner, only, { kind: "local", lambda: node });
        return;
      }
      case "enhanced_for_statement":
        return bind(inner, name, {
          kind: "local",
          type: inferred(fieldOf(node, "type")),
          value: fieldOf(node, "value") ?? null,
          isElement: true,
        });
      case "resource":
        return bind(scope, name, {
          kind: "local",
          type: inferred(fieldOf(node, "type")),
          value: fieldOf(node, "value") ?? null,
        });
      case "catch_formal_parameter":
        return bind(scope, name, {
          kind: "local",
          type: node.children.find(({ type }) => type === "catch_type") ?? null,
        });
      case "enum_constant":
        return bind(scope, name, { kind: "field", constantOf: scope.owner });
      case "instanceof_expression":
        return bind(scope, name, { kind: "pattern", type: fieldOf(node, "right") ?? null });
      case "type_pattern":
      case "record_pattern_component": {
        const record = node.parent?.parent?.children[0] ?? null;
        return bind(scope, node.children.at(-1), {
          kind: "pattern",
          type: inferred(node.children.at(-2)),
          value: record,
        });
      }
      case "assignment_expression": {
        const [target, value] = [fieldOf(node, "left"), fieldOf(node, "right")];
        if (target !== undefined && value !== undefined)
          this.#changes.push({ target, change: { operator: node.tokens[0] ?? "=", value } });
        return;
      }
      case "expression_statement": {
        // `text.append("x").reverse();` changes what is in `text`.
        const call = node.children[0];
        let target = call;
        while (target?.type === "method_invocation") target = fieldOf(target, "object");
        if (call !== undefined && target?.type === "identifier")
          this.#changes.push({ target, change: { operator: "call", value: call } });
      }
    }
  }

  #declare(node: JavaNode, scope: JavaScope): void {
    const { parent } = node;
    const type =
      parent === null
        ? undefined
        : (fieldOf(parent, "type") ?? parent.children.find((child) => child !== node && child.type !== "modifiers"));
    const kind = parent !== null && FIELDS.has(parent.type) ? "field" : "local";
    bind(scope, fieldOf(node, "name"), { kind, type: inferred(type), value: fieldOf(node, "value") ?? null });
  }

  #import(node: JavaNode): void {
    const [named, asterisk] = node.children;
    if (named === undefined) return;
    const full = dotted(named);
    const dot = full.lastIndexOf(".");
    const isStatic = node.tokens.includes("static");
    if (asterisk?.type === "asterisk") (isStatic ? this.#memberClasses : this.#packages).push(full);
    else if (isStatic) {
      const simple = full.slice(dot + 1);
      this.#members.set(simple, [...(this.#members.get(simple) ?? []), full]);
      this.#single.set(simple, full);
    } else this.#single.set(full.slice(dot + 1), full);
  }
}

function supersOf(node: JavaNode): JavaNode[] {
  return node.children.flatMap((child) => {
    if (child.type === "superclass") return child.children;
    if (child.type === "super_interfaces" || child.type === "extends_interfaces")
      return child.children.flatMap(({ children }) => children);
    return [];
  });
}

function bind(
  scope: JavaScope,
  name: JavaNode | undefined,
  what: Partial<JavaVariable> & Pick<JavaVariable, "kind">,
): void {
  if (name?.type !== "identifier") return;
  const unknown = { type: null, value: null, isElement: false, lambda: null, constantOf: null };
  push(scope.variables, name.text, { ...unknown, ...what, at: name.start, changes: [] });
}

function inferred(type: JavaNode | undefined): JavaNode | null {
  return type === undefined || (type.type === "type_identifier" && type.text === "var") ? null : type;
}

/**
 * The variables that a name may stand for at a place, nearest first; more than one where a pattern may not have
 * matched.
 */
export function variablesNamed(name: string, from: JavaScope, place: number): readonly JavaVariable[] {
  const found: JavaVariable[] = [];
  for (let scope: JavaScope | null = from; scope !== null; scope = scope.parent) {
    const visible = (scope.variables.get(name) ?? []).filter(({ kind, at }) => kind === "field" || at <= place);
    found.push(...visible);
    if (visible.some(({ kind }) => kind !== "pattern")) return found;
  }
  return found;
}

export function fieldOf(node: JavaNode, field: string): JavaNode | undefined {
  return node.children.find((child) => child.field === field);
}

/** What a method is called on; absent for a bare name. `A.super.f()` is called on the super of A. */
export function receiverOf(call: JavaNode): JavaNode | undefined {
  if (call.type !== "method_invocation") return undefined;
  return call.children.find(({ type, field }) => type === "super" && field === null) ?? fieldOf(call, "object");
}

/** The parts of a name, without the white space and comments that may stand between them. */
export function dotted(node: JavaNode): string {
  const parts: string[] = [];
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.type === "identifier" || next.type === "type_identifier") parts.push(next.text);
    else open.push(...next.children.filter(({ type }) => NAMES.has(type)));
  }
  return parts.reverse().join(".");
}

const NAMES: ReadonlySet<string> = new Set([
  "identifier",
  "type_identifier",
  "scoped_identifier",
  "scoped_type_identifier",
  "field_access",
]);

function push<Value>(map: Map<string, Value[]>, key: string | undefined, value: Value): void {
  if (key === undefined) return;
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
