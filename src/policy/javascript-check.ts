/** Second pass over a JavaScript program: modules, code from text, host objects, walks to constructors. */

import { quote } from "../errors.js";
import { type AnyNode, parseJavaScript, type ScriptNode } from "./javascript.js";
import { FUNCTIONS, resolveScopes } from "./javascript-scope.js";
import type { Report, SyntaxProblem } from "./report.js";
import type { RuleId } from "./rule.js";

/** How the program is to be run. */
export interface JavaScriptShape {
  /**
   * Where the expression of the last statement lies, parentheses included and
   * semicolon not, in UTF-16 units; null if the program does not end in one.
   */
  readonly lastExpression: readonly [number, number] | null;
  /** It awaits outside of any function. */
  readonly isAsync: boolean;
}

const DENIED_GLOBALS: ReadonlyMap<string, RuleId> = new Map<string, RuleId>([
  ["require", "JS-IMPORT-001"],
  ["importScripts", "JS-IMPORT-001"],
  ["eval", "JS-DYN-001"],
  ["Function", "JS-DYN-001"],
  ...[
    "process", "Deno", "Bun", "global", "window", "document", "navigator", "localStorage", "sessionStorage", "indexedDB",
    "XMLHttpRequest", "fetch", "WebSocket", "EventSource", "Worker", "SharedWorker", "WebAssembly", "__dirname", "__filename",
  ].map((name): [string, RuleId] => [name, "JS-HOST-001"]),
]);

const MODULE_SYNTAX: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportDefaultDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
]);

/** Where an identifier is only a label, by the type of its parent. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ["property"],
  Property: ["key"],
  MethodDefinition: ["key"],
  PropertyDefinition: ["key"],
  LabeledStatement: ["label"],
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
  MetaProperty: ["meta", "property"],
  ImportSpecifier: ["imported"],
  ExportSpecifier: ["exported", "local"],
  ImportAttribute: ["key"],
};

const COMPARISONS: ReadonlySet<unknown> = new Set(["instanceof", "==", "!=", "===", "!=="]);

/** Reports what the policy objects to; returns the syntax error, or how to run the program. */
export function checkJavaScript(report: Report): { syntaxError: SyntaxProblem | null; shape: JavaScriptShape | null } {
  const tree = parseJavaScript(report.code);
  if (tree.kind === "too-deep") {
    report.add("JS-SYNTAX-002", { start: 0, end: 0 }, { action: "check this program" });
    return { syntaxError: null, shape: null };
  }
  if (tree.kind === "error") {
    const text = report.code.slice(tree.at).split(/[\r\n]/, 1)[0] ?? "";
    const range = { start: tree.at, end: Math.min(tree.at + 1, report.code.length) };
    report.add("JS-SYNTAX-001", range, { action: `parse ${quote(text, 40)}` });
    return { syntaxError: { message: tree.message, ...report.place(tree.at) }, shape: null };
  }
  resolveScopes(tree.nodes, (name) => DENIED_GLOBALS.get(name) === "JS-DYN-001");
  const check = new JavaScriptCheck(report);
  for (const entry of tree.nodes) check.visit(entry);
  return { syntaxError: null, shape: tree.kind === "script" ? shapeOf(tree.nodes) : null };
}

class JavaScriptCheck {
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  visit(entry: ScriptNode): void {
    const { type, node } = entry;
    if (MODULE_SYNTAX.has(type)) return this.#module(entry);
    switch (type) {
      case "Identifier":
        return this.#name(entry);
      case "MetaProperty":
        if ((node["meta"] as AnyNode)["name"] === "import") this.#deny("JS-IMPORT-001", entry, "use", "import.meta");
        return;
      case "MemberExpression":
        return this.#member(entry);
      case "ObjectPattern":
        return this.#pattern(entry);
      case "CallExpression":
        return this.#call(entry);
    }
  }

  #module(entry: ScriptNode): void {
    const source = constantText(entry.node["source"] as AnyNode | null);
    if (source === null) return this.#deny("JS-IMPORT-001", entry, "use", entry.type.startsWith("Export") ? "export" : "import()");
    this.#deny("JS-IMPORT-001", entry, "import", source);
  }

  #name(entry: ScriptNode): void {
    const name = String(entry.node["name"]);
    const rule = DENIED_GLOBALS.get(name);
    if (rule === undefined || isLabel(entry) || entry.scope?.resolve(name) != null || isHarmless(entry, name)) return;
    this.#deny(rule, entry, "use", name);
  }

  #member(entry: ScriptNode): void {
    const name = propertyName(entry.node);
    const object = unwrap(entry.node["object"] as AnyNode);
    if (name === null) return;
    const rule = DENIED_GLOBALS.get(name);
    if (rule !== undefined && object.type === "Identifier" && object["name"] === "globalThis") {
      return this.#deny(rule, entry, "use", `globalThis.${name}`);
    }
    if (name === "prepareStackTrace") return this.#deny("JS-ESC-001", entry, "use", name);
    if (name !== "constructor") return;
    if (leadsToFunction(object)) this.#deny("JS-ESC-001", entry, "use", this.#report.code.slice(entry.start, entry.end));
  }

  /** `const { constructor: { constructor: F } } = value`, and the same of a function. */
  #pattern(entry: ScriptNode): void {
    const asksFor = (node: AnyNode): AnyNode | undefined =>
      (node["properties"] as AnyNode[]).find(
        (property) => property.type === "Property" && propertyName({ ...property, property: property["key"] } as AnyNode) === "constructor",
      );
    const found = asksFor(entry.node);
    if (found === undefined) return;
    const value = found["value"] as AnyNode;
    const inner = value.type === "AssignmentPattern" ? (value["left"] as AnyNode) : value;
    const source = (entry.parent?.node["init"] ?? entry.parent?.node["right"]) as AnyNode | null | undefined;
    if ((inner.type === "ObjectPattern" && asksFor(inner) !== undefined) || (source != null && leadsToFunction(unwrap(source)))) {
      this.#deny("JS-ESC-001", entry, "take apart", "constructor");
    }
  }

  /** `setTimeout("code")`. */
  #call(entry: ScriptNode): void {
    const callee = unwrap(entry.node["callee"] as AnyNode);
    const first = (entry.node["arguments"] as AnyNode[])[0];
    if (callee.type !== "Identifier" || first === undefined || !/^set(Timeout|Interval)$/.test(String(callee["name"]))) return;
    const text = constantText(first);
    if (text !== null) this.#deny("JS-DYN-001", entry, `run a string with ${String(callee["name"])} as`, text);
  }

  #deny(rule: RuleId, entry: ScriptNode, verb: string, resource: string): void {
    this.#report.add(rule, entry, { action: `${verb} ${quote(resource)}`, resource });
  }
}

function shapeOf(nodes: readonly ScriptNode[]): JavaScriptShape {
  const last = (nodes[0]?.node["body"] as AnyNode[]).at(-1);
  const expression = last?.type === "ExpressionStatement" && last["directive"] !== "use strict" ? (last["expression"] as AnyNode) : null;
  return {
    lastExpression: expression === null ? null : [expression.start, expression.end],
    isAsync: nodes.some((entry) => isAwait(entry) && !isInFunction(entry)),
  };
}

function isAwait({ type, node }: ScriptNode): boolean {
  return type === "AwaitExpression" || (type === "ForOfStatement" && node["await"] === true) || node["kind"] === "await using";
}

function isInFunction(entry: ScriptNode): boolean {
  for (let at = entry.parent; at !== null; at = at.parent) if (FUNCTIONS.has(at.type)) return true;
  return false;
}

function isLabel({ key, parent }: ScriptNode): boolean {
  return parent !== null && parent.node["computed"] !== true && (LABELS[parent.type]?.includes(key) ?? false);
}

/** Asking whether a thing is there, and comparing with `Function`, harm nobody. */
function isHarmless({ parent, key }: ScriptNode, name: string): boolean {
  if (parent?.type === "UnaryExpression" && parent.node["operator"] === "typeof") return true;
  if (name !== "Function") return false;
  if (parent?.type === "BinaryExpression") return COMPARISONS.has(parent.node["operator"]);
  return parent?.type === "MemberExpression" && key === "object" && propertyName(parent.node) === "prototype";
}

/** Is `x.constructor` of this the constructor of functions? */
function leadsToFunction(object: AnyNode): boolean {
  if (FUNCTIONS.has(object.type) || object.type === "ClassExpression") return true;
  if (object.type === "MemberExpression") {
    const name = propertyName(object);
    const owner = unwrap(object["object"] as AnyNode);
    return name === "constructor" || (name === "__proto__" && leadsToFunction(owner)) || (name === "prototype" && owner["name"] === "Function");
  }
  if (object.type !== "CallExpression") return false;
  const callee = unwrap(object["callee"] as AnyNode);
  const argument = (object["arguments"] as AnyNode[])[0];
  return propertyName(callee) === "getPrototypeOf" && argument !== undefined && leadsToFunction(unwrap(argument));
}

function unwrap(node: AnyNode): AnyNode {
  let inner = node;
  while (inner.type === "ParenthesizedExpression" || inner.type === "ChainExpression") inner = inner["expression"] as AnyNode;
  return inner;
}

/** The name in `x.name`, `x["name"]` or `{ name: ... }`; null if it is made at run time. */
function propertyName(node: AnyNode): string | null {
  const property = node["property"] as AnyNode | undefined;
  if (property === undefined) return null;
  if (node["computed"] === true) return constantText(property);
  return property.type === "Identifier" ? String(property["name"]) : constantText(property);
}

/** Text written as a constant: a literal, a template without holes, or a sum of those. */
function constantText(root: AnyNode | null | undefined): string | null {
  const open = root == null ? [] : [root];
  let text: string | null = null;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const inner = unwrap(node);
    if (inner.type === "Literal" && typeof inner["value"] === "string") text = (text ?? "") + inner["value"];
    else if (inner.type === "TemplateLiteral" && (inner["expressions"] as unknown[]).length === 0) {
      const [quasi] = inner["quasis"] as AnyNode[];
      text = (text ?? "") + String((quasi?.["value"] as { cooked?: string } | undefined)?.cooked ?? "");
    } else if (inner.type === "BinaryExpression" && inner["operator"] === "+") {
      open.push(inner["right"] as AnyNode, inner["left"] as AnyNode);
    } else return null;
  }
  return text;
}
