/**
 * Rewrites the imports of a JavaScript program, because every program runs as a script: declarations become calls of a
 * function of the guest that gives the parts of a module, and `import()` becomes a call of that function.
 */

import { declaresAny } from "./declared-names.js";
import { type AnyNode, nameOf, part, partsOf, plainKey, requiredPart, type ScriptNode } from "./node.js";
import type { JavaScriptProgram } from "./program.js";

/** The name of that function in a guest: as long as the word, so that no column moves. */
export const IMPORT = "\u00ecmport";

/** A replacement in a program. */
export type Edit = readonly [from: number, to: number, text: string];

/** The new texts for the imports of a program. */
export interface ImportEdits {
  /** Declarations that come after other statements. They take effect before all of these. */
  readonly before: readonly string[];
  readonly edits: readonly Edit[];
}

/**
 * Returns the edits of the imports. `keyword` declares the names; with "" they are declared already. A declaration of a
 * name of `local` is a constant.
 */
export function editImports(
  { nodes }: JavaScriptProgram,
  keyword: "const" | "var" | "",
  local: ReadonlySet<string> = new Set(),
): ImportEdits {
  const before: string[] = [];
  const edits: Edit[] = [];
  let isLeading = true;
  for (const statement of nodes[0]?.children ?? []) {
    if (statement.type !== "ImportDeclaration") {
      isLeading &&= statement.node["directive"] !== undefined;
      continue;
    }
    const text = declarationOf(statement, declaresAny(statement.node, local) ? "const" : keyword);
    if (!isLeading) before.push(text);
    edits.push([statement.start, statement.end, isLeading ? text : ";"]);
  }
  for (const { type, start } of nodes)
    if (type === "ImportExpression") edits.push([start, start + IMPORT.length, IMPORT]);
  return { before, edits: edits.sort(([a], [b]) => a - b) };
}

function declarationOf({ node }: ScriptNode, keyword: string): string {
  const module = JSON.stringify(String(requiredPart(node, "source")["value"]));
  const bindings = partsOf(node, "specifiers").flatMap((specifier) =>
    specifier === null ? [] : [`${nameOf(requiredPart(specifier, "local"))}=${valueOf(specifier, module)}`],
  );
  if (bindings.length === 0) return `${IMPORT}.all(${module});`;
  return keyword === "" ? `${bindings.join(";")};` : `${keyword} ${bindings.join(",")};`;
}

function valueOf(specifier: AnyNode, module: string): string {
  if (specifier.type === "ImportNamespaceSpecifier") return `${IMPORT}.all(${module})`;
  const imported = part(specifier, "imported");
  const member = imported === null ? "default" : plainKey(imported, false);
  return `${IMPORT}.one(${module},${JSON.stringify(member)})`;
}
