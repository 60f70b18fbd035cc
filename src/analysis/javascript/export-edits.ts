/**
 * Rewrites the exports of a JavaScript file of a project, because every file runs as a function of a script: an export
 * declaration loses the word, and the function first defines what it gives to others, as getters.
 */

import { namesOf } from "./declared-names.js";
import { type Edit, editImports, IMPORT } from "./import-edits.js";
import { type AnyNode, nameOf, part, partsOf, plainKey, requiredPart, type ScriptNode } from "./node.js";
import type { JavaScriptProgram } from "./program.js";
import { editSeparators } from "./separator-edits.js";

/** The name of a default export without a name of its own: `const \u00ecdefault=` is as long as `export default `. */
const DEFAULT = "\u00ecdefault";

/** A file as the body of a function. */
export interface ModuleBody {
  readonly before: string;
  readonly edits: readonly Edit[];
  /** The file awaits outside of its functions. */
  readonly isAsync: boolean;
}

/** Returns the edits that make a file of a project the body of a function. */
export function editModule(program: JavaScriptProgram, code: string): ModuleBody {
  const { nodes, isModule, isAsync } = program;
  const imports = editImports(program, "const");
  const exports: string[] = [];
  const edits: Edit[] = [];
  for (const statement of nodes[0]?.children ?? []) exports.push(...editExport(statement, edits));
  if (code.startsWith("#!")) edits.push([0, 2, "//"]);
  const getters = exports.length === 0 ? "" : `${IMPORT}.exports(exports,{${exports.join(",")}});`;
  const strict = isModule ? '"use strict";' : "";
  edits.push(...imports.edits);
  return {
    before: strict + getters + imports.before.join(""),
    edits: [...edits, ...editSeparators(program, edits)].sort(([a], [b]) => a - b),
    isAsync,
  };
}

/** Adds the edits of one statement, and returns the getters of what it exports. */
function editExport({ type, node, start, end }: ScriptNode, edits: Edit[]): string[] {
  if (type === "ExportDefaultDeclaration") return [editDefault(node, start, edits)];
  if (type === "ExportAllDeclaration") {
    edits.push([start, end, ";"]);
    const all = `${IMPORT}.all(${sourceOf(node)})`;
    const exported = part(node, "exported");
    return [exported === null ? `...${IMPORT}.star(${sourceOf(node)})` : getter(plainKey(exported, false) ?? "", all)];
  }
  if (type !== "ExportNamedDeclaration") return [];
  const declaration = part(node, "declaration");
  if (declaration !== null) {
    edits.push([start, declaration.start, ""]);
    return namesOf(declaration).map((name) => getter(name, name));
  }
  edits.push([start, end, ";"]);
  return partsOf(node, "specifiers").flatMap((one) => {
    if (one === null) return [];
    const name = plainKey(requiredPart(one, "exported"), false) ?? "";
    const local = plainKey(requiredPart(one, "local"), false) ?? "";
    const isForeign = part(node, "source") !== null;
    return [getter(name, isForeign ? `${IMPORT}.one(${sourceOf(node)},${JSON.stringify(local)})` : local)];
  });
}

function editDefault(node: AnyNode, start: number, edits: Edit[]): string {
  const declaration = requiredPart(node, "declaration");
  const id = /^(?:Function|Class)Declaration$/.test(declaration.type) ? part(declaration, "id") : null;
  edits.push([start, declaration.start, id === null ? `const ${DEFAULT}=` : ""]);
  return getter("default", id === null ? DEFAULT : nameOf(id));
}

function getter(name: string, value: string): string {
  return `get ${JSON.stringify(name)}(){return ${value}}`;
}

function sourceOf(node: AnyNode): string {
  return JSON.stringify(String(requiredPart(node, "source")["value"]));
}
