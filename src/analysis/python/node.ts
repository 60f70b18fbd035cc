/** The tree of a Python program: the form of its nodes, and small questions about them. */

import type { Range } from "../report.js";
import type { Scope } from "../scope.js";

/** A named node of the syntax tree. Comments are left out. Offsets are UTF-16 units. */
export interface PythonNode {
  readonly type: string;
  /** Name of the field that the node fills in its parent. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  readonly parent: PythonNode | null;
  readonly children: PythonNode[];
  /** The scope in which names are looked up here. The first pass over the tree sets it. */
  scope?: PythonScope;
  /** True for a name that is bound here instead of used. The first pass over the tree sets it. */
  isTarget?: boolean;
}

export interface PythonTree {
  /** All nodes, parents before children, in the order of the text. */
  readonly nodes: readonly PythonNode[];
  readonly comments: readonly Range[];
  /** The first piece of text that is not Python. */
  readonly errorAt: Range | null;
}

/** Returns the text of a node, normalised as Python normalises names. */
export type TextOf = (node: PythonNode) => string;

/** One step from a value to a part of it: the item at an index, or each item of an iteration. */
export type Step = number | "each";

export interface Binding {
  /** Offset of the name. */
  readonly at: number;
  /** The text in which the name has this meaning, from `at` on. Null is the whole scope; an empty range is nowhere. */
  readonly within: Range | null;
  /** The expression that the name is bound to, or null if the expression is unknown. */
  readonly value: PythonNode | null;
  /** The steps from the value of the expression to the value of the name. */
  readonly steps: readonly Step[];
  /** Full name of the module or member that an import binds. */
  readonly imported: string | null;
}

export type PythonScope = Scope<Binding>;

export function partOf(node: PythonNode, field: string): PythonNode | undefined {
  return node.children.find((child) => child.field === field);
}

/** The arguments of a call that have no names. `*args` and `**options` count as arguments without a name. */
export function positionalOf(call: PythonNode): readonly PythonNode[] {
  const given = partOf(call, "arguments");
  if (given === undefined) return [];
  return given.type === "argument_list" ? given.children.filter(({ type }) => type !== "keyword_argument") : [given];
}

/** Is it an argument such as `*args` or `**options`? */
export function isSplat({ type }: PythonNode): boolean {
  return type.endsWith("splat");
}

/** Is it a string literal, constant or not? */
export function isString({ type }: PythonNode): boolean {
  return type === "string" || type === "concatenated_string";
}

/** Is it called here? */
export function isCallee({ parent, field }: PythonNode): boolean {
  return parent?.type === "call" && field === "function";
}

/** Is this a type of which a value may be one: `isinstance(x, (types.LambdaType, int))`? */
export function isTypeTest(node: PythonNode, textOf: TextOf): boolean {
  const { parent } = node;
  if (parent === null) return false;
  if (parent.type === "tuple" || parent.type === "binary_operator" || parent.type === "parenthesized_expression")
    return isTypeTest(parent, textOf);
  if (parent.type !== "argument_list" || parent.parent === null || parent.children[0] === node) return false;
  const callee = partOf(parent.parent, "function");
  return callee?.type === "identifier" && /^is(?:instance|subclass)$/.test(textOf(callee));
}

export function isInImport({ parent }: PythonNode): boolean {
  const kind = parent?.type ?? "";
  return (
    kind === "relative_import" ||
    kind === "aliased_import" ||
    kind.endsWith("import_statement") ||
    kind === "import_from_statement"
  );
}

/** Is the value of this identifier used? False for the names of attributes, keyword arguments and imports. */
export function isUse(node: PythonNode): boolean {
  const { parent, field } = node;
  if (parent === null) return true;
  switch (parent.type) {
    case "attribute":
      return field !== "attribute";
    case "keyword_argument":
      return field !== "name";
    case "keyword_pattern":
      return parent.children[0] !== node;
    case "member_type":
      return parent.children.at(-1) !== node;
    case "aliased_import":
      return false;
    case "dotted_name":
      return !isInImport(parent) && parent.children[0] === node;
    default:
      return true;
  }
}
