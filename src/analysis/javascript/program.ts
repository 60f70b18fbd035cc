/** Describes a parsed program for the code that runs it. */

import { type AnyNode, requiredPart, type Script, type ScriptNode } from "./node.js";
import { isInFunction } from "./usage.js";

/** A program that can run as a script, if its imports are rewritten. */
export interface JavaScriptProgram {
  /** All nodes, parents before children. Each has the scope in which its names are looked up. */
  readonly nodes: readonly ScriptNode[];
  /**
   * Start and end of the expression of the last statement, in UTF-16 units, with its parentheses and without its
   * semicolon. Null if the program does not end in an expression.
   */
  readonly lastExpression: readonly [number, number] | null;
  /** The program awaits outside of all functions. */
  readonly isAsync: boolean;
  /** The program is a module: it has import declarations, and it is strict. */
  readonly isModule: boolean;
  /** Offsets of separators (U+2028, U+2029) that end a comment. Not every engine takes them for the end of a line. */
  readonly separators: readonly number[];
}

const SEPARATOR = /[\u2028\u2029]/;

export function describeProgram(code: string, { nodes, comments, kind }: Script): JavaScriptProgram {
  const statements = nodes[0]?.node["body"] as readonly AnyNode[] | undefined;
  const last = statements?.at(-1);
  const isExpression = last?.type === "ExpressionStatement" && last["directive"] !== "use strict";
  const expression = isExpression ? requiredPart(last, "expression") : null;
  return {
    nodes,
    lastExpression: expression === null ? null : [expression.start, expression.end],
    isModule: kind === "module",
    separators: SEPARATOR.test(code)
      ? comments.map(({ end }) => end).filter((at) => SEPARATOR.test(code[at] ?? ""))
      : [],
    isAsync: nodes.some((entry) => isAwait(entry) && !isInFunction(entry)),
  };
}

function isAwait({ type, node }: ScriptNode): boolean {
  return (
    type === "AwaitExpression" ||
    (type === "ForOfStatement" && node["await"] === true) ||
    node["kind"] === "await using"
  );
}
