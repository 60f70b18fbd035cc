/**
 * Takes words of modules out of a text, so that it runs: the exports of a program, which no other file imports, and the
 * imports of a TypeScript file that nothing but its types uses. Spaces take their place, so lines and columns stay.
 */

import { type AnyNode, nameOf, part, partsOf, requiredPart, type Script, type ScriptNode } from "./node.js";
import type { ScriptTree } from "./parser.js";
import { isUse } from "./usage.js";

/** A replacement of a part of the text by one that is no longer. */
type Blank = readonly [from: number, to: number, text: string];

/** Comes before the value of a default export, which may look like a block or a declaration by itself. */
const VALUE = ";0,";

/** What may stand between a name in a list and its comma. */
const COMMA_AFTER = /^(?:\s|\/\*[^]*?\*\/|\/\/[^\r\n\u2028\u2029]*)*,/;

/** The program without the word `export`. Null if it exports nothing. */
export function withoutExports(code: string, tree: ScriptTree): string | null {
  if (tree.kind !== "module") return null;
  return blanked(code, statementsOf(tree).flatMap(exportBlanks));
}

/** The file without the imports that TypeScript leaves out. Null if there are none. */
export function withoutTypeImports(code: string, tree: ScriptTree): string | null {
  if (tree.kind !== "module") return null;
  const imports = statementsOf(tree).filter(({ type }) => type === "ImportDeclaration");
  if (imports.length === 0) return null;
  const used = new Set<string>();
  for (const entry of tree.nodes) if (isUsedName(entry)) used.add(nameOf(entry.node));
  return blanked(
    code,
    imports.flatMap((statement) => importBlanks(statement, used, code)),
  );
}

function statementsOf({ nodes }: Script): readonly ScriptNode[] {
  return nodes[0]?.children ?? [];
}

function exportBlanks({ type, node, start, end }: ScriptNode): Blank[] {
  if (!type.startsWith("Export")) return [];
  const source = part(node, "source");
  // The other file still runs.
  if (source !== null) return [[start, source.start, "import"]];
  const declaration = part(node, "declaration");
  if (declaration === null) return [[start, end, ";"]];
  const isNamed = declaration.type.endsWith("Declaration") && part(declaration, "id") !== null;
  const isValue = type === "ExportDefaultDeclaration" && !isNamed;
  return [[start, declaration.start, isValue ? VALUE : ""]];
}

/** Is it a name that the file uses as a value, or exports? */
function isUsedName(entry: ScriptNode): boolean {
  const { type, key, parent } = entry;
  if (type !== "Identifier" || parent === null) return false;
  if (parent.type === "ExportSpecifier")
    return key === "local" && part(parent.parent?.node ?? entry.node, "source") === null;
  return !/^Import.*Specifier$/.test(parent.type) && isUse(entry);
}

function importBlanks({ node, start, end }: ScriptNode, used: ReadonlySet<string>, code: string): Blank[] {
  const specifiers = partsOf(node, "specifiers").filter((one) => one !== null);
  const unused = specifiers.filter((one) => !used.has(nameOf(requiredPart(one, "local"))));
  if (unused.length === 0) return [];
  if (unused.length === specifiers.length) return [[start, end, ";"]];
  return unused.filter(({ type }) => type !== "ImportNamespaceSpecifier").map((one) => specifierBlank(one, code));
}

function specifierBlank({ start, end }: AnyNode, code: string): Blank {
  const comma = COMMA_AFTER.exec(code.slice(end));
  return [start, end + (comma?.[0].length ?? 0), ""];
}

function blanked(code: string, blanks: readonly Blank[]): string | null {
  if (blanks.length === 0) return null;
  let text = "";
  let at = 0;
  for (const [from, to, instead] of [...blanks].sort(([a], [b]) => a - b)) {
    text += code.slice(at, from) + instead + spaces(code.slice(from + instead.length, to));
    at = to;
  }
  return text + code.slice(at);
}

function spaces(text: string): string {
  return text.replace(/[^\r\n\u2028\u2029]/g, " ");
}
