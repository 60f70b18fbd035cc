/**
 * Turns JavaScript text into a flat tree and says how the program is to be run; the only user of acorn.
 *
 * A program runs as a sloppy script whose value is that of its last expression, or inside an async function if it
 * awaits at its top level. It is parsed as a script, since only scripts have HTML-like comments: read as a module, a
 * line that runs could look like a comment.
 */

import { type Node, type Options, Parser } from "acorn";
import type { ScriptScope } from "./scope.js";
import type { Range } from "../report.js";

/** Deepest tree that is analysed. Bounds acorn's recursion too, so it can never run out of stack. */
export const MAX_NESTING = 500;

/** A node with its place in the tree. */
export interface ScriptNode {
  readonly type: string;
  readonly node: AnyNode;
  /** Name of the property of the parent that holds it. */
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly parent: ScriptNode | null;
  readonly children: ScriptNode[];
  /** Set by the first pass of the check: where its names are looked up. */
  scope?: ScriptScope;
  /** The same for its children, where it opens a scope. */
  inner?: ScriptScope;
}

/** Acorn's nodes, read by name: the rules look at what is there. */
export type AnyNode = Node & { readonly [property: string]: unknown };

/** A program that was read to its end. */
export interface Script {
  readonly kind: "script" | "module";
  /** All nodes, parents before children. */
  readonly nodes: readonly ScriptNode[];
  readonly places: ReadonlyMap<AnyNode, ScriptNode>;
  readonly comments: readonly Range[];
  /** What is in strings, templates and regular expressions, without the quotes. */
  readonly strings: readonly Range[];
}

export type ScriptTree =
  Script | { readonly kind: "too-deep" } | { readonly kind: "error"; readonly message: string; readonly at: number };

class TooDeep extends Error {}

/** Acorn's parser, counting how deep it is. The methods are acorn's own, named in no type. */
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
    if (original === undefined) throw new Error(`acorn has no ${name}: its nesting cannot be bounded`);
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

/** Parses a program; one that only parses as a module comes back as one. */
export function parseJavaScript(code: string): ScriptTree {
  const script = attempt(code, { ...OPTIONS, allowAwaitOutsideFunction: true });
  if (script.kind !== "error") return script;
  // In a script `await` may be an ordinary name.
  const plain = attempt(code, OPTIONS);
  if (plain.kind !== "error") return plain;
  const module = attempt(code, { ...OPTIONS, sourceType: "module" });
  return module.kind === "script" ? { ...module, kind: "module" } : script;
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
    // Acorn gave up: too deep for us, or for the stack.
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
    const text = stringContent(entry.node);
    if (text !== null) strings.push(text);
    for (const key of Object.keys(entry.node)) {
      const value = entry.node[key];
      for (const item of Array.isArray(value) ? value : [value]) if (isNode(item)) enter(item, key, entry, depth + 1);
    }
  }
  return { kind: "script", nodes, places, comments, strings };
}

function stringContent(node: AnyNode): Range | null {
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
