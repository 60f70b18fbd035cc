/**
 * Measures of source text, for the gate (scripts/check-source.mjs): import cycles, lengths of lines, files and
 * functions, and exports without a docstring. Each function takes text and returns findings. None reads a disk.
 */
import path from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** @typedef {{ readonly line: number, readonly name: string, readonly lines: number }} MeasuredFunction */

/**
 * Returns the import cycles among TypeScript files, type imports included: each as the files of one knot, sorted.
 *
 * @param {ReadonlyMap<string, string>} files Text by path; an import is followed if its target is among them.
 * @returns {string[][]}
 */
export function importCycles(files) {
  const graph = new Map([...files].map(([file, text]) => [file, importsOf(file, text).filter((to) => files.has(to))]));
  return stronglyConnected(graph).filter((knot) => knot.length > 1 || graph.get(knot[0])?.includes(knot[0]));
}

/** Static and dynamic imports, exports from elsewhere and `typeof import("...")`, as paths of TypeScript files. */
function importsOf(file, text) {
  const found = [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map(([, target]) => target);
  return found.map((target) => path.posix.join(path.posix.dirname(file), target.replace(/\.js$/, ".ts")));
}

/** Tarjan's algorithm. */
function stronglyConnected(graph) {
  const order = new Map();
  const low = new Map();
  const stack = [];
  const components = [];
  const visit = (node) => {
    order.set(node, order.size);
    low.set(node, order.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) === order.get(node)) components.push(stack.splice(stack.indexOf(node)).sort());
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return components;
}

/**
 * Returns the lines that are longer than `most` characters.
 *
 * @param {string} text
 * @param {number} most
 * @returns {{ readonly line: number, readonly length: number }[]}
 */
export function longLines(text, most) {
  return text
    .split("\n")
    .map((content, at) => ({ line: at + 1, length: [...content].length }))
    .filter(({ length }) => length > most);
}

/**
 * Returns every function of a file with its length in lines, from its first to its last line. Nested functions are
 * included.
 *
 * @param {string} file Its ending tells the language: .py, or JavaScript and TypeScript.
 * @param {string} text
 * @returns {MeasuredFunction[]}
 */
export function functionsOf(file, text) {
  return file.endsWith(".py") ? pythonFunctions(text) : scriptFunctions(file, text);
}

/** By indentation: the last line that is indented deeper than its `def` ends a function. */
function pythonFunctions(text) {
  const lines = text.split("\n");
  return lines.flatMap((content, at) => {
    const [, indent, name] = /^(\s*)(?:async )?def (\w+)/.exec(content) ?? [];
    if (name === undefined) return [];
    const isOutside = (one) => one.trim() !== "" && !one.startsWith(`${indent} `) && !one.startsWith(`${indent})`);
    const after = lines.slice(at + 1).findIndex(isOutside);
    const body = lines.slice(at, after < 0 ? lines.length : at + 1 + after);
    while (body.at(-1)?.trim() === "") body.pop();
    return [{ name, line: at + 1, lines: body.length }];
  });
}

function scriptFunctions(file, text) {
  const lineOf = lineFinder(text);
  const found = [];
  const measure = (name, { start, end }) => {
    found.push({ name, line: lineOf(start), lines: lineOf(end) - lineOf(start) + 1 });
  };
  const names = new Map();
  const nameValue = (key, value) => {
    if (value != null && key != null) names.set(value.start, key);
  };
  new Visitor({
    VariableDeclarator: ({ id, init }) => nameValue(id.name, init),
    Property: ({ key, value }) => nameValue(key.name, value),
    PropertyDefinition: ({ key, value }) => nameValue(key.name, value),
    MethodDefinition: ({ key, value }) => nameValue(key.name, value),
    FunctionDeclaration: (node) => measure(node.id?.name ?? "default", node),
    FunctionExpression: (node) => measure(node.id?.name ?? names.get(node.start) ?? "anonymous", node),
    ArrowFunctionExpression: (node) => measure(names.get(node.start) ?? "anonymous", node),
  }).visit(parse(file, text).program);
  return found;
}

/**
 * Returns the exported declarations, and public methods of exported classes, that have no docstring. A constant may
 * share the docstring of the constant on the line before it.
 *
 * @param {string} file
 * @param {string} text
 * @returns {{ readonly name: string, readonly line: number }[]}
 */
export function undocumentedExports(file, text) {
  const { program, comments } = parse(file, text);
  const lineOf = lineFinder(text);
  const docs = comments.filter(({ type, value }) => type === "Block" && value.startsWith("*"));
  const isDocumented = ({ start }) => docs.some(({ end }) => end <= start && text.slice(end, start).trim() === "");
  const found = [];
  let lastConstantLine = -1;
  for (const node of program.body) {
    if (node.type !== "ExportNamedDeclaration" || node.declaration == null) continue;
    const { declaration } = node;
    const isConstant = declaration.type === "VariableDeclaration";
    const shares = isConstant && lineOf(node.start) === lastConstantLine + 1;
    const hasDoc = isDocumented(node) || shares;
    if (isConstant && hasDoc) lastConstantLine = lineOf(node.end);
    if (!hasDoc) found.push({ name: nameOf(declaration), line: lineOf(node.start) });
    if (declaration.type === "ClassDeclaration") found.push(...undocumentedMethods(declaration, isDocumented, lineOf));
  }
  return found;
}

/** A constructor and a disposer need none. A class that implements an interface has its docstrings there. */
function undocumentedMethods({ id, body, implements: interfaces }, isDocumented, lineOf) {
  if ((interfaces ?? []).length > 0) return [];
  return body.body
    .filter(({ type, kind, key, computed }) => {
      return type === "MethodDefinition" && kind !== "constructor" && key.type !== "PrivateIdentifier" && !computed;
    })
    .filter((method) => !isDocumented(method))
    .map((method) => ({ name: `${id.name}.${method.key.name}`, line: lineOf(method.start) }));
}

function nameOf(declaration) {
  return declaration.id?.name ?? declaration.declarations?.map(({ id }) => id.name).join(", ") ?? "declaration";
}

function parse(file, text) {
  const { program, comments, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`Cannot parse ${file}: ${errors[0]?.message}`);
  return { program, comments };
}

/** Returns a function from an offset to its line, which counts from 1. */
function lineFinder(text) {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
