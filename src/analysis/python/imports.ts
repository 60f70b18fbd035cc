/** Reads the import statements of Python. */

import { partOf, type PythonNode, type TextOf } from "./node.js";

/** The name in `from os import *`: all names of the module. */
export const WILDCARD = "*";

export interface ImportedName {
  readonly node: PythonNode;
  /** Dotted. A relative import starts with a dot for each level. */
  readonly module: string;
  /** The member that is taken from the module. Null for the module itself. */
  readonly name: string | null;
  readonly alias: string | null;
}

/** Lists the modules and members that an import statement takes. */
export function importsOf(node: PythonNode, textOf: TextOf): ImportedName[] {
  const dotted = (name: PythonNode | undefined): string => name?.children.map(textOf).join(".") ?? "";
  const source = partOf(node, "module_name");
  let module: string | null = null;
  if (node.type === "future_import_statement") module = "__future__";
  else if (source?.type === "relative_import") {
    const [prefix] = source.children;
    const dots = prefix === undefined ? "" : textOf(prefix).replaceAll(/[^.]/g, "");
    module = `${dots || "."}${dotted(source.children.find(({ type }) => type === "dotted_name"))}`;
  } else if (source !== undefined) module = dotted(source);

  const found: ImportedName[] = [];
  for (const child of node.children) {
    if (child.type === "wildcard_import")
      found.push({ node: child, module: module ?? "", name: WILDCARD, alias: null });
    if (child.field !== "name") continue;
    const isAliased = child.type === "aliased_import";
    const written = dotted(isAliased ? partOf(child, "name") : child);
    const alias = isAliased ? partOf(child, "alias") : undefined;
    found.push({
      node: child,
      module: module ?? written,
      name: module === null ? null : written,
      alias: alias === undefined ? null : textOf(alias),
    });
  }
  return found;
}
