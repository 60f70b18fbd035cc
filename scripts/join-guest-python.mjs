/**
 * Joins the fragments of the guest's Python (src/guest/python/) into the files that run: program.py, supervisor.py and
 * embedded.py.
 *
 * A folder is one module at run time, with one namespace, so that a guest reads one file when it starts. Its fragments
 * are modules of a package for the type checker: each imports the names that it uses from the others. The joiner puts a
 * fragment after all that it imports from, and leaves out
 *
 * - imports between the fragments,
 * - annotations, which would take time at the start of a guest, and which programs could read,
 * - `from x import y` at the head of a fragment: such names are for annotations. At run time `import x` is used.
 *
 * Equal sources give equal bytes. A fragment that breaks a rule is an error: see the tests for each.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Language, Parser } from "web-tree-sitter";

const ENTRY = "__init__.py";
const SCOPES = new Set(["function_definition", "class_definition"]);

/**
 * Returns the text of each file by its name.
 *
 * @param {string} directory `src/guest/python`.
 * @returns {Promise<Map<string, string>>}
 * @throws {Error} If a fragment breaks a rule. The message names the fragment.
 */
export async function joinGuestPython(directory) {
  const parser = await loadParser();
  const read = (name) => readFileSync(path.join(directory, name), "utf8").replaceAll("\r\n", "\n");
  const joined = new Map();
  for (const name of ["program", "supervisor"]) {
    const files = readdirSync(path.join(directory, name)).filter((file) => file.endsWith(".py"));
    const fragments = new Map(files.map((file) => [file, read(`${name}/${file}`)]));
    joined.set(`${name}.py`, joinFragments(parser, name, fragments));
  }
  joined.set("embedded.py", joinFragments(parser, "embedded", new Map([[ENTRY, read("embedded.py")]])));
  return joined;
}

/** Loads Python's grammar. */
export async function loadParser() {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve("tree-sitter-python/tree-sitter-python.wasm");
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(grammar)));
  return parser;
}

/**
 * Joins the fragments of one package.
 *
 * @param {Parser} parser
 * @param {string} name The package.
 * @param {ReadonlyMap<string, string>} texts Each fragment by its file name; one is `__init__.py`.
 * @returns {string}
 */
export function joinFragments(parser, name, texts) {
  const fragments = new Map([...texts].map(([file, text]) => [file, readFragment(parser, name, file, text)]));
  const ordered = inOrder(fragments);
  checkNames(ordered);
  const imports = [...new Set(ordered.flatMap((fragment) => fragment.imports))].sort((a, b) => (a < b ? -1 : 1));
  const entry = fragments.get(ENTRY);
  const text = [
    entry.docstring,
    `# Made by scripts/join-guest-python.mjs from src/guest/python/${name}: change the files there.`,
    imports.map((module) => `import ${module}`).join("\n"),
    ...ordered.map(({ file, docstring, body }) =>
      [`# ${file}`, ...(file === ENTRY ? [] : commentOf(docstring)), ...(body === "" ? [] : ["", body])].join("\n"),
    ),
  ].join("\n\n");
  checkErased(parser, `${text}\n`, ordered);
  return `${text}\n`;
}

/** Takes one fragment apart: its docstring, its imports, the names that it declares, and its body without types. */
function readFragment(parser, name, file, source) {
  const fail = (problem) => {
    throw new Error(`Cannot join src/guest/python/${name}/${file}: ${problem}`);
  };
  const root = parser.parse(source).rootNode;
  if (root.hasError) fail("it is not valid Python");
  const statements = root.namedChildren.filter(({ type }) => type !== "comment");
  const [first] = statements;
  if (first?.type !== "expression_statement" || first.firstNamedChild.type !== "string") fail("it has no docstring");
  const isImport = ({ type }) => type.startsWith("import_") || type === "future_import_statement";
  const bodyAt = statements.findIndex((statement, index) => index > 0 && !isImport(statement));
  const head = statements.slice(1, bodyAt < 0 ? undefined : bodyAt);
  const fragment = { file, docstring: first.text, imports: [], uses: [], types: [], names: [], body: "" };
  for (const statement of head) readImport(statement, name, fragment, fail);
  // Comments before the first statement belong to the body.
  const start = head.at(-1)?.endIndex ?? first.endIndex;
  fragment.body = eraseTypes(root, source, start, fail).trim();
  fragment.names = bodyAt < 0 ? [] : statements.slice(bodyAt).flatMap((statement) => declaredNames(statement));
  for (const statement of root.descendantsOfType("import_from_statement")) {
    if (statement.startIndex >= start && moduleOf(statement).split(".")[0] === name)
      fail("it imports from another fragment below its head");
  }
  return fragment;
}

/** Notes one import of a fragment's head. */
function readImport(statement, name, fragment, fail) {
  if (statement.type === "import_statement") {
    const names = statement.namedChildren.map(({ text }) => text);
    if (names.length !== 1 || !/^\w+$/.test(names[0]))
      fail(`"${statement.text}" must import one module, not a part of one`);
    fragment.imports.push(names[0]);
    return;
  }
  const names = statement.childrenForFieldName("name");
  if (statement.type === "future_import_statement") fail("it needs nothing from __future__: annotations are erased");
  if (names.length === 0 || names.some(({ type }) => type !== "dotted_name"))
    fail(`"${statement.text}" must name what it imports, without "as"`);
  const [top, part, ...rest] = moduleOf(statement).split(".");
  const imported = names.map(({ text }) => text);
  if (top !== name) fragment.types.push(...imported);
  else if (part === undefined || rest.length > 0) fail(`"${statement.text}" must import from one fragment`);
  else fragment.uses.push({ file: `${part}.py`, names: imported });
}

function moduleOf(statement) {
  return statement.childForFieldName("module_name").text;
}

/** Returns the names that a statement at the top of a fragment binds. */
function declaredNames(node) {
  if (node.type === "decorated_definition") return declaredNames(node.childForFieldName("definition"));
  if (node.type === "lambda") return [];
  if (SCOPES.has(node.type)) return [node.childForFieldName("name").text];
  if (node.type.startsWith("import_"))
    return node.childrenForFieldName("name").map((one) => (one.childForFieldName("alias") ?? one).text.split(".")[0]);
  const own = ["assignment", "for_statement"].includes(node.type) ? namesIn(node.childForFieldName("left")) : [];
  return [...own, ...node.namedChildren.flatMap((child) => declaredNames(child))];
}

function namesIn(target) {
  if (target.type === "identifier") return [target.text];
  return target.type.endsWith("_pattern") || target.type === "pattern_list"
    ? target.namedChildren.flatMap((child) => namesIn(child))
    : [];
}

/** Returns the source from `start` without annotations. */
function eraseTypes(root, source, start, fail) {
  const cuts = [];
  const cut = (from, to) => cuts.push([from.endIndex, to.endIndex]);
  for (const node of root.descendantsOfType(["typed_parameter", "typed_default_parameter"]))
    cut(node.childForFieldName("name") ?? node.firstNamedChild, node.childForFieldName("type"));
  for (const node of root.descendantsOfType("function_definition")) {
    const type = node.childForFieldName("return_type");
    if (type !== null) cut(node.childForFieldName("parameters"), type);
  }
  for (const node of root.descendantsOfType("assignment")) {
    const type = node.childForFieldName("type");
    if (type === null) continue;
    if (node.childForFieldName("right") === null) fail(`"${node.text}" declares a name without a value`);
    cut(node.childForFieldName("left"), type);
  }
  let text = "";
  let at = start;
  for (const [from, to] of cuts.sort(([a], [b]) => a - b)) {
    text += source.slice(at, from);
    at = to;
  }
  return text + source.slice(at);
}

/** Puts each fragment after those that it uses; `__init__.py`, from which all are reached, comes last. */
function inOrder(fragments) {
  const ordered = [];
  const open = [];
  const visit = (file, from) => {
    const fragment = fragments.get(file);
    if (fragment === undefined) throw new Error(`Cannot join ${from}: it imports from ${file}, which is not there`);
    if (ordered.includes(fragment)) return;
    if (open.includes(file)) throw new Error(`Cannot join ${[...open, file].join(" > ")}: they import each other`);
    open.push(file);
    for (const use of fragment.uses) visit(use.file, file);
    open.pop();
    ordered.push(fragment);
  };
  visit(ENTRY, "");
  const unused = [...fragments.keys()].filter((file) => !ordered.some((fragment) => fragment.file === file));
  if (unused.length > 0) throw new Error(`Cannot join ${unused.join(", ")}: no other fragment imports from there`);
  return ordered;
}

/** Checks that each name is declared once, and where it is imported from. */
function checkNames(ordered) {
  const owners = new Map(ordered.flatMap(({ imports }) => imports.map((name) => [name, "an import"])));
  for (const { file, names } of ordered) {
    for (const name of new Set(names)) {
      const owner = owners.get(name);
      if (owner !== undefined) throw new Error(`Cannot join ${file}: ${name} is also declared by ${owner}`);
      owners.set(name, file);
    }
  }
  for (const fragment of ordered) {
    for (const use of fragment.uses) {
      const missing = use.names.filter((name) => owners.get(name) !== use.file);
      if (missing.length > 0) throw new Error(`Cannot join ${fragment.file}: ${use.file} has no ${missing.join(", ")}`);
    }
  }
}

/** Checks that the joined text is Python, and that no name is left that only annotations may use. */
function checkErased(parser, text, ordered) {
  const root = parser.parse(text).rootNode;
  if (root.hasError) throw new Error("Cannot join the guest's Python: the joined text is not valid Python");
  const isAttribute = ({ parent, startIndex }) =>
    parent.type === "attribute" && parent.childForFieldName("attribute").startIndex === startIndex;
  const identifiers = root.descendantsOfType("identifier").filter((node) => !isAttribute(node));
  const used = new Set(identifiers.map(({ text }) => text));
  for (const { file, types } of ordered) {
    const left = types.find((name) => used.has(name));
    if (left !== undefined)
      throw new Error(`Cannot join ${file}: ${left} is imported by "from", and used outside annotations`);
  }
}

/** Turns a docstring into lines of a comment. */
function commentOf(docstring) {
  const lines = docstring.replaceAll('"""', "").trim().split("\n");
  return ["#", ...lines.map((line) => `# ${line}`.trimEnd())];
}
