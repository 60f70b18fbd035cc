/** Finds indents that the parser and the interpreter measure in two ways, so that they see other blocks. */

import type { PythonNode } from "./node.js";

/** The advice for such a program. */
export const NO_MIXED =
  "Indent with spaces only: a tab behind spaces has another width for the parser than for the interpreter";

/** Returns the first node behind an indent that the parser and the interpreter measure in two ways. */
export function mixedIndent(code: string, nodes: readonly PythonNode[]): PythonNode | undefined {
  if (!/^[ \t\f]* \t/m.test(code)) return undefined;
  return nodes.find(({ start }) => / \t[ \t\f]*$/.test(/(?:^|\n)([ \t\f]*)$/.exec(code.slice(0, start))?.[1] ?? ""));
}
