/**
 * Joins the fragments of the JavaScript prelude (src/guest/javascript/prelude/) into one script, prelude.js.
 *
 * Each fragment is an ES module, so that the type checker and editors follow its imports. A guest evaluates one script
 * whose names a program cannot see. So the joiner puts all fragments into one function, in the order in which an engine
 * would evaluate the modules, and leaves out
 *
 * - imports, and the word `export`,
 * - comments, which a guest would read at each boot.
 *
 * It refuses every fragment whose meaning could change in one scope: a name that two fragments declare, a name of the
 * language, an import under another name, an import that does not exist, a cycle. It does not find a name that a
 * fragment uses without an import: `npm run check:guest-javascript` does.
 *
 * Equal fragments give equal bytes. The first line holds a digest of the fragments, so that every change of one changes
 * the script, and with it the digest of the image.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import vm from "node:vm";
import { parse } from "acorn";

/** A fragment that declared one of these would take it from all others. */
const LANGUAGE_NAMES = new Set(vm.runInNewContext("Object.getOwnPropertyNames(globalThis)"));

/**
 * Returns the script of the prelude. Its value is the function `boot`.
 *
 * @param {string} directory `src/guest/javascript/prelude`.
 * @param {string} bundled `src/guest/javascript/bundled`. The libraries there become the fragment `library-texts.js`:
 *   their text, which a realm compiles when a program asks for one. To compile all at each boot would take long.
 * @returns {string}
 * @throws {Error} If a fragment breaks a rule. The message names the fragment.
 */
export function joinGuestJavascript(directory, bundled) {
  const read = (folder, ending) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => [name, readFileSync(path.join(folder, name), "utf8").replaceAll("\r\n", "\n")]);
  const libraries = read(bundled, ".js.txt").map(
    ([name, text]) => `${JSON.stringify(path.basename(name, ".js.txt"))}: ${JSON.stringify(text)},\n`,
  );
  const texts = `export const libraryTexts = { __proto__: null,\n${libraries.join("")}};\n`;
  const fragments = new Map([...read(directory, ".js"), ["library-texts.js", texts]]);
  return joinFragments(fragments, { entry: "boot.js", result: "boot" });
}

/**
 * @param {ReadonlyMap<string, string>} texts Each fragment by its file name.
 * @param {{ entry: string, result: string }} value The script's value: an export of the fragment `entry`.
 * @returns {string}
 */
export function joinFragments(texts, { entry, result }) {
  const fragments = new Map([...texts].map(([name, text]) => [name, readFragment(name, text)]));
  const ordered = [];
  addInOrder(fragments, entry, [], ordered);
  const unreached = [...fragments.keys()].filter((name) => !ordered.includes(fragments.get(name)));
  if (unreached.length > 0) throw new Error(`Cannot join ${unreached.sort()[0]}: ${entry} does not reach it`);
  assertDistinctNames(ordered);
  if (!fragments.get(entry).exported.has(result)) throw new Error(`Cannot join ${entry}: it does not export ${result}`);
  const digest = createHash("sha256");
  for (const { name, text } of ordered) digest.update(`${name}\0${text}\0`);
  const script = [
    "// Made by scripts/join-guest-javascript.mjs from src/guest/javascript/prelude: change the files there.",
    `// Digest of those files: sha256:${digest.digest("hex")}`,
    '"use strict";',
    "(() => {",
    ...ordered.map(({ name, body }) => `// ${name}\n${body.trim()}\n`),
    `return ${result};`,
    "})();\n",
  ].join("\n");
  // Throws if a fragment has a construct of modules alone, for instance `import.meta`.
  parse(script, { ecmaVersion: "latest", sourceType: "script" });
  return script;
}

/** Adds a fragment after all that it imports. `path` leads from the entry to it. */
function addInOrder(fragments, name, path, ordered) {
  if (path.includes(name)) throw new Error(`Cannot join ${[...path, name].join(" > ")}: they import each other`);
  const fragment = fragments.get(name);
  if (fragment === undefined) throw new Error(`Cannot join ${path.at(-1)}: it imports ${name}, which is not there`);
  if (ordered.includes(fragment)) return;
  for (const { source, imported } of fragment.imports) {
    addInOrder(fragments, source, [...path, name], ordered);
    const missing = imported.find((one) => !fragments.get(source).exported.has(one));
    if (missing !== undefined) throw new Error(`Cannot join ${name}: ${source} does not export ${missing}`);
  }
  ordered.push(fragment);
}

/** Returns the imports of a fragment, the names that it declares and exports, and its text as it is joined. */
function readFragment(name, source) {
  const text = source.replaceAll("\r\n", "\n");
  const fragment = { name, text, imports: [], declared: [], exported: new Set(), body: "" };
  const edits = [];
  const onComment = (_isBlock, _words, start, end) => edits.push(commentEdit(text, start, end));
  for (const node of parse(text, { ecmaVersion: "latest", sourceType: "module", onComment }).body) {
    if (node.type === "ImportDeclaration") {
      fragment.imports.push(readImport(name, node));
      edits.push({ start: node.start, end: node.end, put: "" });
      continue;
    }
    const declaration = node.type === "ExportNamedDeclaration" ? node.declaration : node;
    if (declaration === null || /^(Export|Import)/.test(declaration.type))
      throw new Error(`Cannot join ${name}: each export must be a declaration`);
    const names = namesDeclaredBy(declaration);
    fragment.declared.push(...names);
    if (declaration === node) continue;
    for (const one of names) fragment.exported.add(one);
    edits.push({ start: node.start, end: declaration.start, put: "" });
  }
  fragment.body = applyEdits(text, edits);
  return fragment;
}

/** A comment alone on its lines goes with them. Another one leaves a space, or a line end if it had one. */
function commentEdit(text, start, end) {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = `${text}\n`.indexOf("\n", end);
  const isAlone = /^\s*$/.test(text.slice(lineStart, start) + text.slice(end, lineEnd));
  if (isAlone) return { start: lineStart, end: lineEnd + 1, put: "" };
  return { start, end, put: text.slice(start, end).includes("\n") ? "\n" : " " };
}

/** Ranges to replace; one that lies in an earlier one does not count. */
function applyEdits(text, edits) {
  let result = "";
  let copied = 0;
  for (const { start, end, put } of edits.sort((a, b) => a.start - b.start)) {
    if (start < copied) continue;
    result += text.slice(copied, start) + put;
    copied = end;
  }
  return result + text.slice(copied);
}

function readImport(name, { source, specifiers }) {
  if (!/^\.\/[\w-]+\.js$/.test(source.value)) throw new Error(`Cannot join ${name}: ${source.value} is no fragment`);
  for (const { type, imported, local } of specifiers)
    if (type !== "ImportSpecifier" || imported.name !== local.name)
      throw new Error(`Cannot join ${name}: ${local.name} must be imported by its own name`);
  return { source: source.value.slice(2), imported: specifiers.map(({ local }) => local.name) };
}

function namesDeclaredBy(node) {
  if (node.type === "VariableDeclaration") return node.declarations.flatMap(({ id }) => namesIn(id));
  return node.type === "FunctionDeclaration" || node.type === "ClassDeclaration" ? [node.id.name] : [];
}

/** Returns the names that a pattern binds. */
function namesIn(pattern) {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) => namesIn(property.value ?? property.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element === null ? [] : namesIn(element)));
    case "AssignmentPattern":
      return namesIn(pattern.left);
    default:
      return namesIn(pattern.argument);
  }
}

function assertDistinctNames(fragments) {
  const owners = new Map();
  for (const { name, declared } of fragments) {
    for (const one of declared) {
      if (LANGUAGE_NAMES.has(one)) throw new Error(`Cannot join ${name}: ${one} is a name of the language`);
      if (owners.has(one)) throw new Error(`Cannot join ${name}: ${owners.get(one)} declares ${one} too`);
      owners.set(one, name);
    }
  }
}
