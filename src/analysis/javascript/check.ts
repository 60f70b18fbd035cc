/**
 * Second pass over a JavaScript program: modules, code from text, host objects and what is done with them, walks to
 * constructors. Everything is found here; what of it is a concern is the policy's to say.
 */

import { quote } from "../../errors.js";
import { type AnyNode, parseJavaScript, type ScriptNode } from "./parser.js";
import { callFindings, isHugeNumber, lengthOf, MAX_ELEMENTS } from "./calls.js";
import { CONSTRUCTOR, GLOBAL, isCallableName, MAKER, memberOf, PROTOTYPE } from "./members.js";
import {
  FUNCTIONS,
  isCallee,
  isFunction,
  isOnlyAsked,
  isUse,
  isWritten,
  nameOf,
  part,
  plainKey,
  unwrap,
  userOf,
} from "./node.js";
import { resolveScopes } from "./scope.js";
import { moduleNamed, ruleOf, ruleOfGlobal, ruleOfModule } from "./targets.js";
import { JavaScriptValues, TAKES_MODULE, TAKES_NAME } from "./values.js";
import type { Reading, Range, Report } from "../report.js";
import type { JavaScriptRuleId } from "./rules.js";

/** A program that was parsed as a script, for the one who runs it. */
export interface JavaScriptProgram {
  /** All nodes, parents before children. Each has the scope in which its names are looked up. */
  readonly nodes: readonly ScriptNode[];
  /**
   * Where the expression of the last statement lies, parentheses included and semicolon not, in UTF-16 units; null if
   * the program does not end in one.
   */
  readonly lastExpression: readonly [number, number] | null;
  /** It awaits outside of any function. */
  readonly isAsync: boolean;
}

const MODULE_SYNTAX: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportDefaultDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
]);

/** Of a text of the program, what a finding says. */
const MAX_RESOURCE_LENGTH = 120;

/** Member by which V8 hands out the frames of a stack, and with them other realms' functions. */
const FRAMES = "prepareStackTrace";

/**
 * What the global object has in a guest that makes code of text: worth finding on who knows what, once that may be the
 * global object.
 */
const REAL_MAKERS: ReadonlySet<string> = new Set(["eval", MAKER]);

export interface JavaScriptReading extends Reading {
  readonly javascript?: JavaScriptProgram;
}

/** Reports every finding in a program. The program is there to be run if it was parsed as a script. */
export function checkJavaScript(report: Report): JavaScriptReading {
  const tree = parseJavaScript(report.code);
  if (tree.kind === "too-deep") {
    report.add("JS-SYNTAX-002", { start: 0, end: 0 }, { action: "check this program" });
    return { syntaxError: null, comments: [], strings: [] };
  }
  if (tree.kind === "error") {
    const text = report.code.slice(tree.at).split(/[\r\n]/, 1)[0] ?? "";
    const range = { start: tree.at, end: Math.min(tree.at + 1, report.code.length) };
    report.add("JS-SYNTAX-001", range, { action: `parse ${quote(text, 40)}` });
    return { syntaxError: { message: tree.message, ...report.place(tree.at) }, comments: [], strings: [] };
  }
  const values = new JavaScriptValues(tree, resolveScopes(tree), report.code);
  const check = new JavaScriptCheck(report, values);
  check.visitAll(tree.nodes);
  const { nodes, comments, strings } = tree;
  const reading = { syntaxError: null, comments, strings };
  return tree.kind === "script" ? { ...reading, javascript: describeProgram(nodes) } : reading;
}

class JavaScriptCheck {
  readonly #report: Report;
  readonly #values: JavaScriptValues;
  /** The program hands the global object around as a value, so that it may use it under any name. */
  #isGlobalAround = false;
  readonly #unknownOwners: ScriptNode[] = [];

  constructor(report: Report, values: JavaScriptValues) {
    this.#report = report;
    this.#values = values;
  }

  visitAll(nodes: readonly ScriptNode[]): void {
    for (const entry of nodes) this.#visit(entry);
    if (!this.#isGlobalAround && !this.#values.hasGivenUp) return;
    for (const entry of this.#unknownOwners) {
      for (const name of this.#values.namesOfMember(entry.node))
        if (REAL_MAKERS.has(name)) this.#deny("JS-DYN-001", entry, "use", this.#text(entry));
    }
  }

  #visit(entry: ScriptNode): void {
    const { type, node } = entry;
    if (MODULE_SYNTAX.has(type)) return this.#module(entry);
    switch (type) {
      case "Identifier":
        return this.#name(entry);
      case "ThisExpression":
        return this.#note(entry);
      case "MetaProperty":
        if (nameOf(part(node, "meta") as AnyNode) === "import")
          this.#deny("JS-IMPORT-001", entry, "use", "import.meta");
        return;
      case "MemberExpression":
        return this.#member(entry);
      case "ObjectPattern":
        return this.#pattern(entry);
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
        if (entry.parent?.type !== "ObjectPattern" && this.#keyOf(node) === FRAMES)
          this.#deny("JS-ESC-001", entry, "use", FRAMES);
        return;
      case "CallExpression":
      case "NewExpression":
      case "TaggedTemplateExpression":
        return this.#call(entry);
      case "BinaryExpression":
        if (isHugeNumber(node, this.#values)) this.#deny("JS-RES-001", entry, "make", this.#text(entry));
        return;
      case "SpreadElement": {
        const size = lengthOf(part(node, "argument") as AnyNode, this.#values);
        if (size > MAX_ELEMENTS) this.#deny("JS-RES-001", entry, "make", this.#text(entry));
      }
    }
  }

  /** Import and export, as declarations and as calls. */
  #module(entry: ScriptNode): void {
    const { node, type } = entry;
    const source = part(node, "source");
    const name = source === null ? null : this.#values.constants.text(source);
    if (name === null)
      return this.#deny("JS-IMPORT-001", entry, "use", type.startsWith("Export") ? "export" : "import()");
    this.#deny("JS-IMPORT-001", entry, "import", name);
    this.#taken(entry, name);
    for (const specifier of (node["specifiers"] as AnyNode[] | undefined) ?? []) {
      const imported =
        part(specifier, "imported") ?? (type === "ExportNamedDeclaration" ? part(specifier, "local") : null);
      const member = imported === null ? null : plainKey(imported, false);
      for (const full of member === null ? [] : memberOf(moduleNamed(name), member))
        this.#found(specifier, full, "import");
    }
  }

  /** A module that is a rule's as a whole. */
  #taken(place: Range, name: string): void {
    const rule = ruleOfModule(moduleNamed(name).replace(/^node:/, ""));
    if (rule !== null) this.#deny(rule, place, "use", name);
  }

  #name(entry: ScriptNode): void {
    if (!isUse(entry)) return;
    const { node } = entry;
    const name = nameOf(node);
    const rule = this.#values.isHidden(node) ? null : ruleOfGlobal(name);
    if (rule !== null && !this.#isHarmless(entry, name)) this.#deny(rule, entry, "use", name);
    const values = this.#values.of(node);
    if (values.includes(GLOBAL)) this.#note(entry);
    // What it is an alias of has been found where the alias was made; a call of it is worth its own line.
    if (rule === null && isCallee(entry)) for (const full of values) this.#found(entry, full, "use");
  }

  /** Asking whether a thing is there, and comparing with `Function`, harm nobody. */
  #isHarmless(entry: ScriptNode, name: string): boolean {
    if (name !== MAKER) return entry.parent?.type === "UnaryExpression" && entry.parent.node["operator"] === "typeof";
    if (isOnlyAsked(entry)) return true;
    const { parent, key } = entry;
    return (
      parent?.type === "MemberExpression" &&
      key === "object" &&
      this.#values.namesOfMember(parent.node).includes("prototype")
    );
  }

  #member(entry: ScriptNode): void {
    const { node } = entry;
    const names = this.#values.namesOfMember(node);
    if (names.includes(FRAMES)) return this.#deny("JS-ESC-001", entry, "use", FRAMES);
    const object = part(node, "object") as AnyNode;
    if (isWritten(entry)) return;
    const owners = this.#values.of(object);
    const isUnknown =
      node["computed"] === true &&
      (names.length === 0 || !this.#values.texts.areAll(part(node, "property") as AnyNode));
    if (isUnknown && !isOnlyAsked(entry) && (owners.some(isWholeRealm) || this.#mayMakeCode(entry)))
      this.#deny("JS-ESC-002", entry, "use", this.#text(entry));
    if (names.length === 0) return;
    if (owners.length === 0 && names.some((name) => REAL_MAKERS.has(name))) this.#unknownOwners.push(entry);
    const direct = owners
      .filter((owner) => !owner.startsWith("@descriptor"))
      .flatMap((owner) => names.flatMap((name) => memberOf(owner, name)));
    for (const full of isCallee(entry) ? new Set([...direct, ...this.#values.of(node)]) : direct) {
      this.#found(entry, full, "use", { isGlobal: owners.includes(GLOBAL), isWalk: names.includes("constructor") });
    }
    if (this.#values.of(node).includes(GLOBAL)) this.#note(entry);
  }

  /** `(() => 1)[key](text)()` and `[][key][other](text)()`: the call of what a member of unknown name returned. */
  #mayMakeCode(entry: ScriptNode): boolean {
    const object = unwrap(part(entry.node, "object") as AnyNode);
    if (isFunction(object)) return true;
    const isMemberOfUnknown =
      object.type === "MemberExpression" &&
      object["computed"] === true &&
      this.#values.namesOfMember(object).length === 0;
    if (!isMemberOfUnknown && !this.#values.of(object).some(isCallableName)) return false;
    const call = isCallee(entry) ? userOf(entry)?.parent : undefined;
    return call !== undefined && isCallee(call);
  }

  /** `const { constructor: { constructor: F } } = value`, and the same of a function or the global object. */
  #pattern(entry: ScriptNode): void {
    for (const property of entry.children) {
      const target = part(property.node, "value");
      if (property.type !== "Property" || target === null) continue;
      const values = this.#values.destructured(property.node);
      for (const full of values) {
        if (full === MAKER && this.#keyOf(property.node) === "constructor")
          this.#deny("JS-ESC-001", property, "take apart", "constructor");
        else this.#found(property, full, "use", { isGlobal: isGlobalName(full), isWalk: false });
      }
    }
  }

  #call(entry: ScriptNode): void {
    const { node } = entry;
    const invocation = this.#values.invocation(node);
    const { names, given } = invocation;
    for (const { rule, verb, resource } of callFindings(entry, invocation, this.#values, (one) => this.#text(one)))
      this.#deny(rule, entry, verb, resource);
    const [first, second] = given;
    if (names.some((full) => TAKES_MODULE.has(full))) {
      for (const name of first === undefined ? [] : this.#values.texts.of(first)) this.#taken(entry, name);
    }
    if (names.some((full) => TAKES_NAME.has(full)) && first !== undefined && second !== undefined) {
      const isUnknown = this.#values.texts.of(second).length === 0;
      if (isUnknown && this.#values.of(first).some(isWholeRealm))
        this.#deny("JS-ESC-002", entry, "use", this.#text(entry));
      for (const value of this.#values.of(node)) {
        const full = value.replace(/^@descriptor:/, "");
        this.#found(entry, full, "use", {
          isGlobal: isGlobalName(full),
          isWalk: full === MAKER && !this.#values.of(first).includes(GLOBAL),
        });
      }
    }
    if (
      names.includes("Object.getOwnPropertyDescriptors") &&
      first !== undefined &&
      this.#values.of(first).some(isWholeRealm)
    ) {
      this.#deny("JS-ESC-002", entry, "use", this.#text(entry));
    }
    if (
      second !== undefined &&
      names.some((full) => /^(Reflect\.(set|defineProperty|get)|Object\.defineProperty)$/.test(full)) &&
      this.#values.texts.of(second).includes(FRAMES)
    ) {
      this.#deny("JS-ESC-001", entry, "use", FRAMES);
    }
  }

  /** Reports what this full name is ruled by. */
  #found(
    place: Range & { readonly parent?: ScriptNode | null },
    full: string,
    verb: string,
    { isGlobal = false, isWalk = false } = {},
  ): void {
    if (full === CONSTRUCTOR) return;
    const rule = ruleOf(full);
    if (rule === null) return;
    if (full === MAKER && isEntry(place) && isOnlyAsked(place)) return;
    if (full === MAKER && isWalk) return this.#deny("JS-ESC-001", place, "use", this.#text(place));
    this.#deny(rule, place, verb, isGlobal && isGlobalName(full) ? `${GLOBAL}.${full}` : full.replace(/^node:/, ""));
  }

  /** Notes the global object where it is used as a value: an argument, an element, what a function returns. */
  #note(entry: ScriptNode): void {
    if (this.#isGlobalAround || !this.#values.of(entry.node).includes(GLOBAL)) return;
    const user = userOf(entry);
    if (user === null || user.parent.type === "ExpressionStatement" || user.key === "object" || isOnlyAsked(entry))
      return;
    const { parent, key } = user;
    const holder =
      parent.type === "VariableDeclarator"
        ? part(parent.node, "id")
        : parent.type === "AssignmentExpression"
          ? part(parent.node, "left")
          : null;
    if (holder !== null && (key === "left" || unwrap(holder).type === "Identifier" || holder.type === "ObjectPattern"))
      return;
    if (
      parent.type === "CallExpression" &&
      this.#values.invocation(parent.node).names.some((full) => TAKES_NAME.has(full) || full.startsWith("Object."))
    )
      return;
    this.#isGlobalAround = true;
  }

  #keyOf(node: AnyNode): string | null {
    const key = part(node, "key") as AnyNode;
    return plainKey(key, node["computed"]) ?? (node["computed"] === true ? this.#values.constants.key(key) : null);
  }

  #text({ start, end }: Range): string {
    const text = this.#report.code.slice(start, end);
    return text.length > MAX_RESOURCE_LENGTH ? `${text.slice(0, MAX_RESOURCE_LENGTH)}...` : text;
  }

  #deny(rule: JavaScriptRuleId, { start, end }: Range, verb: string, resource: string): void {
    this.#report.add(rule, { start, end }, { action: `${verb} ${quote(resource)}`, resource });
  }
}

function isEntry(place: Range & { readonly parent?: ScriptNode | null }): place is ScriptNode {
  return place.parent !== undefined;
}

function isGlobalName(full: string): boolean {
  return !full.includes(".") && !full.includes(":") && ruleOfGlobal(full) !== null;
}

/** Is it what leads to code from text by a name that is not in the program? */
function isWholeRealm(full: string): boolean {
  return full === GLOBAL || full === PROTOTYPE;
}

function describeProgram(nodes: readonly ScriptNode[]): JavaScriptProgram {
  const last = (nodes[0]?.node["body"] as AnyNode[]).at(-1);
  const expression =
    last?.type === "ExpressionStatement" && last["directive"] !== "use strict" ? (last["expression"] as AnyNode) : null;
  return {
    nodes,
    lastExpression: expression === null ? null : [expression.start, expression.end],
    isAsync: nodes.some((entry) => isAwait(entry) && !isInFunction(entry)),
  };
}

function isAwait({ type, node }: ScriptNode): boolean {
  return (
    type === "AwaitExpression" ||
    (type === "ForOfStatement" && node["await"] === true) ||
    node["kind"] === "await using"
  );
}

function isInFunction(entry: ScriptNode): boolean {
  for (let at = entry.parent; at !== null; at = at.parent) if (FUNCTIONS.has(at.type)) return true;
  return false;
}
