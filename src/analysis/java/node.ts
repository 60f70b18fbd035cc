/**
 * The types of a Java syntax tree: its nodes, and the scopes that the first pass over the tree gives them. They refer
 * to each other, so they share this file. Also how to read a node.
 */

/** A named node of the syntax tree. Comments are not nodes. Offsets are UTF-16 units of the program as it was sent. */
export interface JavaNode {
  readonly type: string;
  /** Name of the field of the parent that holds the node. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  /** The program's text of the node, with Unicode escapes replaced. */
  readonly text: string;
  readonly parent: JavaNode | null;
  readonly children: JavaNode[];
  /** Keywords and operators. Only the node types whose meaning depends on them have any. */
  readonly tokens: string[];
  /** The scope in which its names are looked up. `resolveScopes` sets it. */
  scope?: JavaScope;
}

/** A class, interface, enum, record or the body of an anonymous class. */
export interface JavaClass {
  /** Used in place of a full name, for example `#3`. */
  readonly id: string;
  readonly scope: JavaScope;
  /** The types it extends and implements. */
  readonly supers: readonly JavaNode[];
}

export interface JavaVariable {
  readonly at: number;
  /**
   * A local variable is visible only after its declaration. A pattern's variable exists only if the pattern matched.
   */
  readonly kind: "field" | "local" | "pattern";
  /** Null if the type has to be inferred. */
  readonly type: JavaNode | null;
  /** Its initial value, or the collection that a loop variable runs over. */
  readonly value: JavaNode | null;
  /** True for the variable of a loop: `value` is then the collection. */
  readonly isElement: boolean;
  /** The lambda whose parameter it is. */
  readonly lambda: JavaNode | null;
  /** The enum whose constant it is. */
  readonly constantOf: JavaClass | null;
  /** All later assignments and calls that change it, in the order of the program. */
  readonly changes: Change[];
}

/** An assignment to a variable, or a call that may change its value. */
export interface Change {
  /** The operator of the assignment, or `call`. */
  readonly operator: string;
  readonly value: JavaNode;
}

export class JavaScope {
  readonly parent: JavaScope | null;
  /** The class whose body this scope is. */
  readonly owner: JavaClass | null;
  readonly variables: Map<string, JavaVariable[]> = new Map();
  readonly methods: Map<string, JavaNode[]> = new Map();
  /** The classes that the program declares here, and type parameters with their bounds. */
  readonly types: Map<string, JavaClass | JavaNode> = new Map();

  constructor(parent: JavaScope | null, makeOwner?: (scope: JavaScope) => JavaClass) {
    this.parent = parent;
    this.owner = makeOwner?.(this) ?? null;
  }
}

/** Nodes that are parts of a dotted name. */
const NAMES: ReadonlySet<string> = new Set([
  "identifier",
  "type_identifier",
  "scoped_identifier",
  "scoped_type_identifier",
  "field_access",
]);

export function fieldOf(node: JavaNode, field: string): JavaNode | undefined {
  return node.children.find((child) => child.field === field);
}

/** The word at the end of a node's text. It is looked for at the start of a word only: a name may be very long. */
export function lastWordOf({ text }: JavaNode): string | undefined {
  return /(?<![\w$])[\w$]+$/.exec(text)?.[0];
}

/** The arguments of a call or a constructor. */
export function argumentsOf(node: JavaNode): readonly JavaNode[] {
  return fieldOf(node, "arguments")?.children ?? [];
}

/** The expression that a method is called on; undefined for a bare name. `A.super.f()` is called on the super of A. */
export function receiverOf(call: JavaNode): JavaNode | undefined {
  if (call.type !== "method_invocation") return undefined;
  return call.children.find(({ type, field }) => type === "super" && field === null) ?? fieldOf(call, "object");
}

/** A dotted name without the white space and comments that may stand between its parts. */
export function dottedName(node: JavaNode): string {
  const parts: string[] = [];
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.type === "identifier" || next.type === "type_identifier") parts.push(next.text);
    else open.push(...next.children.filter(({ type }) => NAMES.has(type)));
  }
  return parts.reverse().join(".");
}
