/** The paths that a program gives to functions for files, as far as they are known, and those that lie outside. */

import { anyOf, OPENS, SENSITIVE_PATH, TAKES_PATH } from "./call-targets.js";
import { partOf, positionalOf, type PythonNode } from "./node.js";
import type { PythonValues } from "./values.js";
import { isOutside, joinPaths } from "../workspace-paths.js";

/** Functions that use the file at the path that is their first argument. Joining or splitting paths is no use. */
const USES_PATH = new RegExp(
  `^${anyOf([
    /os\.(?!path\b|system|popen|exec|spawn|kill|getenv|putenv|unsetenv|fsencode|fsdecode|fspath)\w+/,
    /shutil\.\w+|glob\.i?glob|linecache\.\w+|sqlite3\.connect|pandas\.read_\w+|xml\.etree\.ElementTree\.parse/,
    /numpy\.(?:load|loadtxt|genfromtxt|fromfile|save|savez|savetxt)|fileinput\.(?:input|FileInput)|PIL\.Image\.open/,
    /logging\.(?:FileHandler|basicConfig|handlers\.\w+Handler|config\.fileConfig)|(?:shelve|dbm(?:\.\w+)?)\.open/,
    /configparser\.(?:Raw)?ConfigParser\(\)\.read|tempfile\.\w+|zipfile\.ZipFile\(\)\.extract(?:all)?/,
    /tarfile\.open\(\)\.extract(?:all)?|matplotlib\.pyplot\.(?:savefig|imsave|imread)|joblib\.(?:dump|load)/,
  ])}$`,
);

/** Methods of a path that use the file there. */
const USES_OWN_PATH = new RegExp(
  `^pathlib\\.Path\\(\\)\\.${anyOf([
    /open|touch|mkdir|unlink|rmdir|rename|replace|iterdir|r?glob|walk|l?stat|l?chmod/,
    /\w+_(?:text|bytes|to)/,
  ])}$`,
);

/** Functions whose second argument is a path too. */
const TWO_PATHS =
  /^(?:os\.(?:rename|renames|replace|link|symlink)|shutil\.(?:copy\w*|move)|(?:zipfile|tarfile)\.\w+\(\)\.extract)$/;

/** Functions whose first argument is no path. Theirs are named. */
const NO_FIRST_PATH = /^(?:tempfile\.\w+|logging\.basicConfig|(?:zipfile|tarfile)\.\w+\(\)\.extract)$/;

const JOINS = /^(?:(?:os\.path|posixpath)\.join|pathlib\.\w+|pathlib\.Path\(\)\.joinpath)$/;
/** Functions that give the same place as their first argument names. */
const KEEPS =
  /^(?:os\.path|posixpath)\.(?:abspath|normpath|realpath|expanduser|expandvars)$|^os\.fspath$|^builtins\.str$/;

/** Deepest nesting of an expression that makes a path. */
const MAX_DEPTH = 40;

/** A call of a function with a known full name. */
interface PathCall {
  readonly full: string;
  readonly callee: PythonNode;
  readonly given: readonly PythonNode[];
  readonly values: PythonValues;
  keyword(name: string): PythonNode | undefined;
}

/** The paths that a call uses and that lead out of the workspace and the directory for temporary files. */
export function* pathsOutside(call: PathCall): Iterable<{ node: PythonNode; path: string }> {
  for (const node of pathArguments(call)) {
    const path = pathOf(node, call.values);
    if (path !== null && isOutside(path) && !(SENSITIVE_PATH.test(path) && isOfAnotherRule(call, node)))
      yield { node, path };
  }
}

/** Is the path one that the rule about secrets of a machine finds? */
function isOfAnotherRule({ full, given, values }: PathCall, node: PythonNode): boolean {
  if (USES_OWN_PATH.test(full)) return true;
  return node === given[0] && (OPENS.has(full) || TAKES_PATH.test(full)) && values.constant(node) !== null;
}

function pathArguments(call: PathCall): readonly PythonNode[] {
  const { full, given } = call;
  if (USES_OWN_PATH.test(full)) {
    const owner = partOf(call.callee, "object");
    const target = /\.(?:rename|replace|\w+_to)$/.test(full) ? given.slice(0, 1) : [];
    return owner === undefined ? target : [owner, ...target];
  }
  if (!OPENS.has(full) && !USES_PATH.test(full)) return [];
  const names = ["file", "path", "filename", "src", "dst", "name", "database", "dir", "files", "filenames", "fname"];
  const named = names.flatMap((name) => call.keyword(name) ?? []);
  return [...given.slice(NO_FIRST_PATH.test(full) ? 1 : 0, TWO_PATHS.test(full) ? 2 : 1), ...named];
}

/** The path that an expression makes, if all its parts are known or the first one is. Null if nothing is known. */
function pathOf(node: PythonNode, values: PythonValues, depth = 0): string | null {
  if (depth > MAX_DEPTH) return null;
  const text = values.constant(node);
  if (text !== null) return text;
  const inner = (part: PythonNode | null | undefined): string | null =>
    part === null || part === undefined ? null : pathOf(part, values, depth + 1);
  switch (node.type) {
    case "identifier":
      return inner(values.soleValue(node));
    case "parenthesized_expression":
      return inner(node.children[0]);
    case "binary_operator":
      return values.of(node).includes("pathlib.Path()") ? joinPaths(node.children.map(inner), true) : null;
    case "attribute": {
      const whole = values.nameOf(node) === "parent" ? inner(partOf(node, "object")) : null;
      return whole === null ? null : `${whole}/..`;
    }
    case "call":
      return pathOfCall(node, values, inner);
    default:
      return null;
  }
}

function pathOfCall(
  node: PythonNode,
  values: PythonValues,
  inner: (part: PythonNode | undefined) => string | null,
): string | null {
  const callee = partOf(node, "function");
  const [full = ""] = callee === undefined ? [] : values.of(callee);
  const given = positionalOf(node);
  if (KEEPS.test(full)) return inner(given[0]);
  if (callee !== undefined && /^pathlib\.Path\(\)\.(?:resolve|absolute|expanduser)$/.test(full))
    return inner(partOf(callee, "object"));
  if (!JOINS.test(full)) return null;
  const owner = full.startsWith("pathlib.Path().") && callee !== undefined ? [partOf(callee, "object")] : [];
  return joinPaths([...owner, ...given].map(inner), true);
}
