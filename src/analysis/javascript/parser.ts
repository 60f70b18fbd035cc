/**
 * Parses JavaScript text with acorn and lists the nodes of the tree.
 *
 * A program runs as a sloppy script whose value is that of its last expression. If it awaits at its top level, it runs
 * inside an async function. It is parsed as a script, because only scripts have HTML-like comments: if it were parsed
 * as a module, a line that runs could look like a comment.
 */

import { type Node, type Options, Parser } from "acorn";
import { type AnyNode, type Script, type ScriptNode } from "./node.js";
import type { Range } from "../report.js";

/** Deepest tree that is analysed. The limit also bounds acorn's recursion, so that it never exhausts the stack. */
const MAX_NESTING = 500;

export type ScriptTree =
  Script | { readonly kind: "too-deep" } | { readonly kind: "error"; readonly message: string; readonly at: number };

class TooDeep extends Error {}

/** The recursive methods of acorn's parser, which its types leave out. */
interface Recursive {
  [method: string]: (this: Recursive, ...parameters: unknown[]) => unknown;
}

const RECURSIVE_METHODS = [
  "parseStatement",
  "parseMaybeAssign",
  "parseMaybeUnary",
  "parseExprOp",
  "parseBindingAtom",
  "parseNew",
  "parseSubscript",
];

const BoundedParser: typeof Parser = Parser.extend((Base) => {
  const Bounded = class extends Base {};
  for (const name of RECURSIVE_METHODS) {
    const original = (Base.prototype as unknown as Recursive)[name];
    if (original === undefined) throw new Error(`Cannot limit the nesting of acorn: it has no method ${name}`);
    const depths = new WeakMap<object, number>();
    (Bounded.prototype as unknown as Recursive)[name] = function (...parameters) {
      const depth = (depths.get(this) ?? 0) + 1;
      if (depth > MAX_NESTING) throw new TooDeep();
      depths.set(this, depth);
      const result = original.apply(this, parameters);
      depths.set(this, depth - 1);
      return result;
    };
  }
  return Bounded;
});

const OPTIONS: Options = { ecmaVersion: "latest", sourceType: "script", allowHashBang: true, preserveParens: true };

/** Parses a program as a script. A program that is valid only as a module has the kind `module`. */
export function parseJavaScript(code: string): ScriptTree {
  const script = attempt(code, { ...OPTIONS, allowAwaitOutsideFunction: true });
  if (script.kind !== "error") return script;
  // In a script without top-level await, `await` may be an ordinary name.
  const plain = attempt(code, OPTIONS);
  if (plain.kind !== "error") return plain;
  const module = attempt(code, { ...OPTIONS, sourceType: "module" });
  if (module.kind === "script") return { ...module, kind: "module", runsAsScript: isScriptToo(code, module) };
  // Of a text with imports, the error of the script tells nothing.
  return script.message.startsWith("'import' and 'export' may appear only") ? module : script;
}

/**
 * Is a module, without its imports, a script with the very same nodes? Then it can run as one. Only scripts have
 * HTML-like comments, so a text can hide code from one of the two.
 */
function isScriptToo(code: string, module: Script): boolean {
  const imports = (module.nodes[0]?.children ?? []).filter(({ type }) => type === "ImportDeclaration");
  let text = "";
  let at = 0;
  for (const { start, end } of imports.sort((a, b) => a.start - b.start)) {
    text += `${code.slice(at, start)};${code.slice(start + 1, end).replace(/[^\r\n\u2028\u2029]/g, " ")}`;
    at = end;
  }
  const script = attempt(text + code.slice(at), { ...OPTIONS, allowAwaitOutsideFunction: true });
  if (script.kind !== "script") return false;
  const inImport = new Set<ScriptNode>(imports);
  for (const entry of module.nodes) if (entry.parent !== null && inImport.has(entry.parent)) inImport.add(entry);
  const starts = new Set(imports.map(({ start }) => start));
  const placesOf = (entries: readonly ScriptNode[]): string =>
    entries.map(({ type, start, end }) => `${type}:${start}:${end}`).join();
  const isPlaceholder = ({ type, start }: ScriptNode): boolean => type === "EmptyStatement" && starts.has(start);
  return (
    placesOf(module.nodes.filter((entry) => !inImport.has(entry))) ===
    placesOf(script.nodes.filter((entry) => !isPlaceholder(entry)))
  );
}

function attempt(code: string, options: Options): ScriptTree {
  const comments: Range[] = [];
  const onComment = (_isBlock: boolean, _text: string, start: number, end: number): void =>
    void comments.push({ start, end });
  try {
    return flatten(BoundedParser.parse(code, { ...options, onComment }), comments);
  } catch (error) {
    if (error instanceof SyntaxError) {
      const at = (error as SyntaxError & { readonly pos?: number }).pos ?? 0;
      return { kind: "error", message: error.message.replace(/ \(\d+:\d+\)$/, ""), at };
    }
    // The tree is deeper than the limit, or than the stack.
    return { kind: "too-deep" };
  }
}

/** Lists the nodes, parents before children, without recursion. */
function flatten(program: Node, comments: readonly Range[]): ScriptTree {
  const nodes: ScriptNode[] = [];
  const places = new Map<AnyNode, ScriptNode>();
  const strings: Range[] = [];
  const open: { readonly entry: ScriptNode; readonly depth: number }[] = [];
  const enter = (node: AnyNode, key: string, parent: ScriptNode | null, depth: number): void => {
    const entry: ScriptNode = { type: node.type, node, key, start: node.start, end: node.end, parent, children: [] };
    parent?.children.push(entry);
    places.set(node, entry);
    open.push({ entry, depth });
  };
  enter(program as AnyNode, "", null, 0);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { entry, depth } = next;
    if (depth > MAX_NESTING) return { kind: "too-deep" };
    nodes.push(entry);
    const text = stringRange(entry.node);
    if (text !== null) strings.push(text);
    for (const key of Object.keys(entry.node)) {
      const value = entry.node[key];
      for (const item of Array.isArray(value) ? value : [value]) if (isNode(item)) enter(item, key, entry, depth + 1);
    }
  }
  return { kind: "script", runsAsScript: true, nodes, places, comments, strings };
}

/** The content of a string, template or regular expression; null for any other node. */
function stringRange(node: AnyNode): Range | null {
  const { type, start, end } = node;
  if (type === "TemplateElement") return { start, end };
  if (type !== "Literal") return null;
  if (typeof node["value"] === "string") return { start: start + 1, end: end - 1 };
  const regex = node["regex"] as { readonly flags: string } | undefined;
  return regex === undefined ? null : { start: start + 1, end: end - 1 - regex.flags.length };
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value
  );
}
