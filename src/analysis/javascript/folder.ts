/** The two parts of the computation of constants know each other, and the program, by these interfaces. */

import type { Constant, Folded, UNKNOWN } from "./computed.js";
import type { AnyNode } from "./node.js";

/** Finds the parts of the program that a constant is made of. */
export interface ConstantContext {
  readonly code: string;
  /** The only expression that this one stands for, which may be itself; null if there are several or none. */
  readonly valueOf: (node: AnyNode) => AnyNode | null;
  /** Full names of the values that an expression may have, such as `String.fromCharCode`. */
  readonly namesOf: (node: AnyNode) => readonly string[];
  /** The expression that a function returns; null if there are several or none. */
  readonly resultOf: (fn: AnyNode) => AnyNode | null;
  /** The parts of a text that several statements put together; null if they do not. */
  readonly sumOf: (name: AnyNode) => readonly AnyNode[] | null;
  /** Does the name mean a global? */
  readonly isFree: (name: AnyNode) => boolean;
}

/** Computes all other expressions. ConstantFolder implements it. */
export interface Folder {
  value(node: AnyNode): Folded;
  /** The value as the name of a member; null if it is not known. */
  key(node: AnyNode): string | null;
  all(nodes: readonly (AnyNode | null)[]): Constant[] | typeof UNKNOWN;
  /** Calls a function of the program. */
  run(fn: AnyNode, values: readonly Constant[]): Folded;
  /** Counts the work that a value costs. Returns UNKNOWN if the value is too large. */
  bounded(value: Folded): Folded;
}
