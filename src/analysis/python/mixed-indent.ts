/** Finds indents that the parser and the interpreter measure in two ways, so that they see other blocks. */

import type { PythonNode } from "./node.js";

/** The advice for such a program. */
export const NO_MIXED =
  "Indent with spaces only: a tab behind spaces has another width for the parser than for the interpreter";

/** Most different indents that are compared. */
const MOST_INDENTS = 100;

/** Returns the first node behind an indent that is deeper than another one for one of the two only. */
export function mixedIndent(code: string, nodes: readonly PythonNode[]): PythonNode | undefined {
  if (!/^[ \t\f]* \t/m.test(code)) return undefined;
  const seen = new Map<string, readonly [number, number]>([["", [0, 0]]]);
  return nodes.find(({ start }) => {
    const indent = /(?:^|\n)([ \t\f]*)$/.exec(code.slice(code.lastIndexOf("\n", start - 1) + 1, start))?.[1];
    if (indent === undefined || seen.has(indent)) return false;
    const [ours, theirs] = widths(indent);
    // The interpreter refuses indents that it cannot compare whatever the width of a tab is.
    const differs = [...seen].some(([other, [a, b]]) => {
      const order = Math.sign(theirs - b);
      return Math.sign(ours - a) !== order && Math.sign(indent.length - other.length) === order;
    });
    seen.set(indent, [ours, theirs]);
    return differs || seen.size > MOST_INDENTS;
  });
}

/** The width of an indent for the parser, and for the interpreter, which goes to the next multiple of eight. */
function widths(indent: string): readonly [number, number] {
  let [ours, theirs] = [0, 0];
  for (const letter of indent.slice(indent.lastIndexOf("\f") + 1)) {
    ours += letter === "\t" ? 8 : 1;
    theirs = letter === "\t" ? theirs - (theirs % 8) + 8 : theirs + 1;
  }
  return [ours, theirs];
}
