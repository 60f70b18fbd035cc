/** The paths that a JavaScript program gives to functions for files, as far as they are known, and those outside. */

import type { Invocation } from "./invocation.js";
import { type AnyNode, nameOf, partsOf, requiredPart, unwrap } from "./node.js";
import type { JavaScriptValues } from "./values.js";
import { isOutside, joinPaths } from "../workspace-paths.js";

/** Functions that use the file at the path that is their first argument. */
const USES_PATH = /^node:fs\.(?:promises\.)?\w+$|^process\.chdir$/;

/** Functions whose second argument is a path too. */
const TWO_PATHS = /^node:fs\.(?:promises\.)?(?:rename|copyFile|cp|link|symlink|copy|move)(?:Sync)?$/;

const JOINS = /^node:path\.(?:posix\.)?(?:join|resolve)$/;
const RESOLVES = /resolve$/;
/** Functions that give the same place as their first argument names. */
const KEEPS = new RegExp(
  "^(?:URL|String|Buffer\\.from|node:buffer\\.Buffer\\.from|" +
    "node:url\\.(?:URL|fileURLToPath|pathToFileURL)|node:path\\.(?:posix\\.)?normalize)$",
);

/** Deepest nesting of an expression that makes a path. */
const MAX_DEPTH = 40;

/** The paths that a call uses and that lead out of the workspace and the directory for temporary files. */
export function* pathsOutside(full: string, { given }: Invocation, values: JavaScriptValues): Iterable<string> {
  if (!USES_PATH.test(full)) return;
  for (const node of given.slice(0, TWO_PATHS.test(full) ? 2 : 1)) {
    const path = pathOf(node, values);
    if (path !== null && isOutside(path)) yield path;
  }
}

/** The path that an expression makes, if all its parts are known or the first one is. Null if nothing is known. */
function pathOf(outer: AnyNode, values: JavaScriptValues, depth = 0): string | null {
  if (depth > MAX_DEPTH) return null;
  const text = values.constants.text(outer);
  if (text !== null) return decoded(text);
  const node = values.links.literal(outer) ?? unwrap(outer);
  const inner = (part: AnyNode | null | undefined): string | null =>
    part == null ? null : pathOf(part, values, depth + 1);
  switch (node.type) {
    case "TemplateLiteral": {
      const [first] = partsOf(node, "quasis");
      return directoryOf((first?.["value"] as { cooked?: string } | undefined)?.cooked ?? "");
    }
    case "BinaryExpression":
      return node["operator"] === "+" ? directoryOf(inner(requiredPart(node, "left")) ?? "") : null;
    case "CallExpression":
    case "NewExpression":
      return pathOfCall(node, values, inner);
    default:
      return null;
  }
}

function pathOfCall(
  node: AnyNode,
  values: JavaScriptValues,
  inner: (part: AnyNode | null | undefined) => string | null,
): string | null {
  const { names, given, callee } = values.invocation(node);
  const isUrl = callee.type === "Identifier" && nameOf(callee) === "URL";
  if (isUrl || names.some((full) => KEEPS.test(full))) return inner(given[0]);
  const joins = names.find((full) => JOINS.test(full));
  return joins === undefined ? null : joinPaths(given.map(inner), RESOLVES.test(joins));
}

/** The directory that a path begins with, if what follows is unknown. */
function directoryOf(start: string): string | null {
  const directory = start.slice(0, start.lastIndexOf("/") + 1);
  return directory === "" || directory === "/" ? null : directory;
}

/** A URL of a file holds its path in another spelling. */
function decoded(text: string): string {
  if (!/^file:/i.test(text)) return text;
  try {
    return decodeURIComponent(text.replace(/^file:(?:\/\/)?/i, ""));
  } catch {
    return text;
  }
}
