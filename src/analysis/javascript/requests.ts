/** Lists the modules of the project that a JavaScript program asks for: those whose names are paths. */

import type { Imports } from "../imports.js";
import { nameOf, part, partsOf, type ScriptNode } from "./node.js";
import type { JavaScriptValues } from "./values.js";

/** The constant text of an expression, or null. */
type TextOf = (node: NonNullable<ReturnType<typeof part>>) => string | null;

/** Is it the name of a file, relative to the file that has it? */
export function isPath(name: string): boolean {
  return name.startsWith("./") || name.startsWith("../");
}

/** Returns the requests of a program. */
export function scriptImports(nodes: readonly ScriptNode[], textOf: TextOf): Imports {
  const paths = new Set<string>();
  for (const { type, node } of nodes) {
    const source = type === "CallExpression" ? requiredModule(node) : part(node, "source");
    const isModule = type === "CallExpression" || /^(?:Import|Export)/.test(type);
    const name = source === null || !isModule ? null : textOf(source);
    if (name !== null && isPath(name)) paths.add(name);
  }
  const modules = [...paths].map((module) => ({ module, names: [] }));
  return { modules, findsTests: false, findsPackages: false, directories: [] };
}

/** The argument of `require("./x")`. */
function requiredModule(node: ScriptNode["node"]): ReturnType<typeof part> {
  const callee = part(node, "callee");
  const isRequire = callee?.type === "Identifier" && nameOf(callee) === "require";
  return isRequire ? (partsOf(node, "arguments")[0] ?? null) : null;
}

/** The constant first argument of the call whose callee is `entry`. */
export function calledWith({ parent, key }: ScriptNode, { constants }: JavaScriptValues): string | null {
  if (parent?.type !== "CallExpression" || key !== "callee") return null;
  const [module] = partsOf(parent.node, "arguments");
  return module == null ? null : constants.text(module);
}
