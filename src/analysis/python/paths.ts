/** The paths that a program gives to functions for files, and those that lie outside its workspace. */

import { anyOf, OPENS, SENSITIVE_PATH, TAKES_PATH, WRITING_METHODS, WRITTEN_ARGUMENTS } from "./call-targets.js";
import { MAX_CALLBACKS } from "./call-sites.js";
import { type KnownText, outsidePath } from "../known-texts.js";
import { isSplat, partOf, positionalOf, type PythonNode } from "./node.js";
import type { PythonRuleId } from "./rules.js";
import type { PythonValues } from "./values.js";
import { parseWords } from "../word-list.js";

/** Functions that use the file at the path that is their first argument. Joining or splitting paths is no use. */
const USES_PATH = new RegExp(
  `^${anyOf([
    /os\.(?!path\b|system|popen|exec|spawn|kill|getenv|putenv|unsetenv|fsencode|fsdecode|fspath|environ)\w+/,
    /shutil\.\w+|glob\.i?glob|linecache\.\w+|sqlite3\.connect|pandas\.read_\w+|xml\.etree\.ElementTree\.parse/,
    /numpy\.(?:load|loadtxt|genfromtxt|fromfile|save|savez|savetxt)|fileinput\.(?:input|FileInput)|PIL\.Image\.open/,
    /logging\.(?:FileHandler|basicConfig|handlers\.\w+Handler|config\.fileConfig)|(?:shelve|dbm(?:\.\w+)?)\.open/,
    /configparser\.(?:Raw)?ConfigParser\(\)\.read|tempfile\.\w+|zipfile\.ZipFile\(\)\.(?:write|extract|extractall)/,
    /tarfile\.open\(\)\.(?:add|extract|extractall)|matplotlib\.pyplot\.(?:savefig|imsave|imread)|joblib\.(?:dump|load)/,
    /codecs\.open|numpy\.(?:memmap|DataSource\(\)\.open|lib\.format\.open_memmap)|openpyxl\.load_workbook/,
    /lxml\.(?:etree|html)\.(?:parse|iterparse)|networkx\.(?:read|write)_\w+|scipy\.io\.(?:loadmat|savemat)/,
    /scipy\.io\.wavfile\.(?:read|write)|sklearn\.datasets\.load_(?:files|svmlight_files?)|xml\.sax\.parse/,
    /statsmodels\.api\.load|matplotlib\.image\.(?:imread|imsave)|xml\.dom\.minidom\.parse/,
  ])}$`,
);

/** Functions that ask whether a file is there. */
const LOOKS_AT_PATH = /^(?:os\.path|posixpath)\.(?:l?exists|is(?:file|dir|link|mount)|get\w+|samefile)$/;

/** Methods of a path that use the file there. */
const USES_OWN_PATH = new RegExp(
  `^pathlib\\.Path\\(\\)\\.${anyOf([
    /open|touch|mkdir|unlink|rmdir|rename|replace|iterdir|r?glob|walk|l?stat|l?chmod/,
    /(?:read|write)_(?:text|bytes)|\w+link_to|copy|move/,
  ])}$`,
);

/** Methods that only paths have. */
const PATH_METHOD = /^(?:(?:read|write)_(?:text|bytes)|iterdir|rglob|unlink|rmdir|touch|mkdir)$/;

/** Functions whose second argument is a path too. */
const TWO_PATHS =
  /^(?:os\.(?:rename|renames|replace|link|symlink)|shutil\.(?:copy\w*|move)|(?:zipfile|tarfile)\.\w+\(\)\.extract)$/;

/** Functions whose first argument is no path. Theirs are named. */
const NO_FIRST_PATH = /^(?:tempfile\.\w+|logging\.basicConfig|(?:zipfile|tarfile)\.\w+\(\)\.extract)$/;

/** Names of arguments that are paths. */
const PATH_NAMES: readonly string[] = parseWords(`
  file path filename src dst name database dir files filenames fname top root_dir target directory
`);

/** A secret in the home directory. Other names there may be those of a program's own settings. */
const SECRET_AT_HOME =
  /^~[\\/]\.(?:ssh|aws|gnupg|kube|docker|netrc|npmrc|pypirc|git-credentials|env|\w+_history)(?:[\\/.]|$)/i;

/** A call, until the whole program is known. */
export interface PathCall {
  readonly call: PythonNode;
  readonly callee: PythonNode;
  /** The full names of the function. */
  readonly names: readonly string[];
  /** Name of the called method, or an empty text. */
  readonly method: string;
}

/** An expression that is used as a path, by the function with the full name `uses`. */
export interface UsedPath {
  readonly node: PythonNode;
  readonly uses: string;
}

/** The expressions of a call that are used as paths. */
export function* usedPaths({ call, callee, names, method }: PathCall, values: PythonValues): Iterable<UsedPath> {
  const given = positionalOf(call);
  for (const uses of names) for (const node of pathArguments(uses, call, callee, values)) yield { node, uses };
  // `map(open, names)`, `partial(open, name)`, `pool.submit(open, name)`.
  for (const [index, one] of given.slice(0, MAX_CALLBACKS).entries()) {
    const next = given[index + 1];
    if (next === undefined || (one.type !== "identifier" && one.type !== "attribute")) continue;
    for (const uses of values.of(one)) if (OPENS.has(uses) || USES_PATH.test(uses)) yield { node: next, uses };
  }
  if (names.length > 0) return;
  if (PATH_METHOD.test(method)) {
    const owner = partOf(callee, "object");
    if (owner !== undefined) yield { node: owner, uses: `pathlib.Path().${method}` };
  } else if (WRITING_METHODS.has(method)) {
    const named = WRITTEN_ARGUMENTS.flatMap((name) => values.keyword(call, name) ?? []);
    for (const node of [...given.slice(0, 1), ...named]) yield { node, uses: method };
  }
}

function pathArguments(
  full: string,
  call: PythonNode,
  callee: PythonNode,
  values: PythonValues,
): readonly PythonNode[] {
  const given = positionalOf(call).filter((one) => !isSplat(one));
  if (USES_OWN_PATH.test(full)) {
    const owner = partOf(callee, "object");
    const target = /\.(?:rename|replace|\w+_to)$/.test(full) ? given.slice(0, 1) : [];
    return owner === undefined ? target : [owner, ...target];
  }
  if (!OPENS.has(full) && !USES_PATH.test(full) && !LOOKS_AT_PATH.test(full)) return [];
  const named = PATH_NAMES.flatMap((name) => values.keyword(call, name) ?? []);
  return [...given.slice(NO_FIRST_PATH.test(full) ? 1 : 0, TWO_PATHS.test(full) ? 2 : 1), ...named];
}

/** The rules about the use of a path, and the path as a message names it. Null if the path is in the workspace. */
export function misusedPath(text: KnownText, uses: string): { rules: readonly PythonRuleId[]; path: string } | null {
  if (SECRET_AT_HOME.test(text.text)) return { rules: ["PY-FILE-005"], path: text.text };
  const path = outsidePath(text);
  if (path === null) return null;
  const isSensitive = SENSITIVE_PATH.test(path);
  if (LOOKS_AT_PATH.test(uses)) return isSensitive ? { rules: ["PY-FILE-005"], path } : null;
  return { rules: isSensitive ? ["PY-FILE-007", "PY-FILE-005"] : ["PY-FILE-007"], path };
}

/** Is this path one that the check of a call's first argument reports already? */
export function isReported(node: PythonNode, { call, names }: PathCall, values: PythonValues): boolean {
  const isFirst = positionalOf(call)[0] === node && names.some((full) => OPENS.has(full) || TAKES_PATH.test(full));
  const text = isFirst ? values.constant(node) : null;
  return text !== null && SENSITIVE_PATH.test(text);
}
