/**
 * First pass over a Java tree: gives every node its scope, and fills every scope with its variables, methods and types.
 */

import {
  dottedName,
  fieldOf,
  type Change,
  type JavaClass,
  type JavaNode,
  JavaScope,
  type JavaVariable,
} from "./node.js";

/** All classes and imports of a program. */
export interface JavaNames {
  /** By id. */
  readonly classes: ReadonlyMap<string, JavaClass>;
  /** The class of an anonymous body, by the expression that creates the object. */
  readonly anonymous: ReadonlyMap<JavaNode, JavaClass>;
  readonly imports: Imports;
}

interface Imports {
  /** Full names of classes by simple name. */
  readonly single: ReadonlyMap<string, string>;
  /** Packages whose classes are all imported. A class with nested classes counts as a package. */
  readonly packages: readonly string[];
  /** Full names of members by simple name. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** Classes whose members are all imported. */
  readonly memberClasses: readonly string[];
}

/** Nodes that open a scope for their children. */
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

/** Sets the scope of every node. */
export function resolveScopes(nodes: readonly JavaNode[]): JavaNames {
  return new Binder().visitAll(nodes);
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

  visitAll(nodes: readonly JavaNode[]): JavaNames {
    for (const node of nodes) {
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
      const opened = this.#openClass(node, scope, supersOf(node));
      const name = fieldOf(node, "name")?.text;
      if (name !== undefined) scope.types.set(name, opened);
    } else if (node.type === "class_body" && node.parent !== null && !CLASSES.has(node.parent.type)) {
      // The body of an anonymous class, or of a constant of an enum.
      const type = fieldOf(node.parent, "type");
      this.#anonymous.set(node.parent, this.#openClass(node, scope, type === undefined ? [] : [type]));
    } else if (SCOPES.has(node.type)) this.#inner.set(node, new JavaScope(scope));
  }

  #openClass(node: JavaNode, outer: JavaScope, supers: readonly JavaNode[]): JavaClass {
    const id = `#${this.#classes.size}`;
    const scope = new JavaScope(outer, (own) => ({ id, scope: own, supers }));
    this.#inner.set(node, scope);
    const opened = scope.owner ?? { id, scope, supers };
    this.#classes.set(id, opened);
    return opened;
  }

  #bind(node: JavaNode, scope: JavaScope): void {
    switch (node.type) {
      case "import_declaration":
        return this.#import(node);
      case "method_declaration":
        return push(scope.methods, fieldOf(node, "name")?.text, node);
      case "constructor_declaration":
        return push(scope.methods, "new", node);
      case "type_parameter":
        if (node.children[0] !== undefined) scope.types.set(node.children[0].text, node);
        return;
      case "assignment_expression":
        return this.#assign(node);
      case "expression_statement":
        return this.#callOn(node.children[0]);
      default:
        return bindVariables(node, scope, this.#inner.get(node) ?? scope);
    }
  }

  #import(node: JavaNode): void {
    const [imported, asterisk] = node.children;
    if (imported === undefined) return;
    const full = dottedName(imported);
    const dot = full.lastIndexOf(".");
    const isStatic = node.tokens.includes("static");
    if (asterisk?.type === "asterisk") (isStatic ? this.#memberClasses : this.#packages).push(full);
    else if (isStatic) {
      const simple = full.slice(dot + 1);
      this.#members.set(simple, [...(this.#members.get(simple) ?? []), full]);
      this.#single.set(simple, full);
    } else this.#single.set(full.slice(dot + 1), full);
  }

  #assign(node: JavaNode): void {
    const [target, value] = [fieldOf(node, "left"), fieldOf(node, "right")];
    if (target !== undefined && value !== undefined)
      this.#changes.push({ target, change: { operator: node.tokens[0] ?? "=", value } });
  }

  /** `text.append("x").reverse();` changes the value of `text`. */
  #callOn(call: JavaNode | undefined): void {
    let target = call;
    while (target?.type === "method_invocation") target = fieldOf(target, "object");
    if (call !== undefined && target?.type === "identifier")
      this.#changes.push({ target, change: { operator: "call", value: call } });
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

/**
 * Binds the variables that a node declares.
 *
 * @param scope The scope of the node.
 * @param inner The scope that the node opens, or `scope` if it opens none.
 */
function bindVariables(node: JavaNode, scope: JavaScope, inner: JavaScope): void {
  switch (node.type) {
    case "variable_declarator":
      return bind(scope, nameOf(node), {
        kind: isField(node) ? "field" : "local",
        type: declaratorType(node),
        value: valueOf(node),
      });
    case "formal_parameter":
      return bindParameter(node, scope);
    case "inferred_parameters":
      for (const child of node.children) bind(scope, child, { kind: "local", lambda: node.parent });
      return;
    case "lambda_expression": {
      const only = fieldOf(node, "parameters");
      if (only?.type === "identifier") bind(inner, only, { kind: "local", lambda: node });
      return;
    }
    case "enhanced_for_statement":
      return bind(inner, nameOf(node), { kind: "local", type: typeOf(node), value: valueOf(node), isElement: true });
    case "resource":
      return bind(scope, nameOf(node), { kind: "local", type: typeOf(node), value: valueOf(node) });
    case "catch_formal_parameter":
      return bind(scope, nameOf(node), {
        kind: "local",
        type: node.children.find(({ type }) => type === "catch_type") ?? null,
      });
    case "enum_constant":
      return bind(scope, nameOf(node), { kind: "field", constantOf: scope.owner });
    case "instanceof_expression":
      return bind(scope, nameOf(node), { kind: "pattern", type: fieldOf(node, "right") ?? null });
    case "type_pattern":
    case "record_pattern_component":
      return bind(scope, node.children.at(-1), {
        kind: "pattern",
        type: explicitType(node.children.at(-2)),
        value: node.parent?.parent?.children[0] ?? null,
      });
  }
}

function bindParameter(node: JavaNode, scope: JavaScope): void {
  const owner = node.parent?.parent;
  bind(scope, nameOf(node), {
    // The components of a record are its fields.
    kind: owner?.type === "record_declaration" ? "field" : "local",
    type: typeOf(node),
    lambda: owner?.type === "lambda_expression" ? owner : null,
  });
}

function nameOf(node: JavaNode): JavaNode | undefined {
  return fieldOf(node, "name");
}

function typeOf(node: JavaNode): JavaNode | null {
  return explicitType(fieldOf(node, "type"));
}

function valueOf(node: JavaNode): JavaNode | null {
  return fieldOf(node, "value") ?? null;
}

function isField({ parent }: JavaNode): boolean {
  return parent !== null && FIELDS.has(parent.type);
}

function declaratorType(node: JavaNode): JavaNode | null {
  const { parent } = node;
  if (parent === null) return null;
  const type = fieldOf(parent, "type");
  return explicitType(type ?? parent.children.find((child) => child !== node && child.type !== "modifiers"));
}

/** The type; null for `var` and for a missing type. */
function explicitType(type: JavaNode | undefined): JavaNode | null {
  return type === undefined || (type.type === "type_identifier" && type.text === "var") ? null : type;
}

function bind(
  scope: JavaScope,
  name: JavaNode | undefined,
  variable: Partial<JavaVariable> & Pick<JavaVariable, "kind">,
): void {
  if (name?.type !== "identifier") return;
  const unknown = { type: null, value: null, isElement: false, lambda: null, constantOf: null };
  push(scope.variables, name.text, { ...unknown, ...variable, at: name.start, changes: [] });
}

/**
 * The variables that a name may mean at an offset, nearest first. There is more than one if a pattern may not have
 * matched.
 */
export function variablesNamed(name: string, from: JavaScope, offset: number): readonly JavaVariable[] {
  const found: JavaVariable[] = [];
  for (let scope: JavaScope | null = from; scope !== null; scope = scope.parent) {
    const visible = (scope.variables.get(name) ?? []).filter(({ kind, at }) => kind === "field" || at <= offset);
    found.push(...visible);
    if (visible.some(({ kind }) => kind !== "pattern")) return found;
  }
  return found;
}

function push<Value>(map: Map<string, Value[]>, key: string | undefined, value: Value): void {
  if (key === undefined) return;
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
