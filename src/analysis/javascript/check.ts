/**
 * Second pass over a JavaScript program: reports modules, code from text, host objects and their members, and ways to
 * constructors. It reports all findings; the policy decides which of them are violations.
 */

import { isOfUnknownName, isUsedByMember } from "./by-member.js";
import { TAKES_MODULE, TAKES_NAME } from "./call-results.js";
import { callFindings, isHugeNumber, lengthOf, MAX_ELEMENTS } from "./calls.js";
import { isGlobalPassedOn } from "./global-use.js";
import { isHarmlessUse } from "./harmless-use.js";
import type { Invocation } from "./invocation.js";
import { GLOBAL, isCallableName, MAKER, memberOf, PROCESS, PROTOTYPE } from "./members.js";
import {
  type AnyNode,
  isFunction,
  nameOf,
  part,
  partsOf,
  plainKey,
  plainPropertyName,
  requiredPart,
  type ScriptNode,
  unwrap,
  userOf,
} from "./node.js";
import { parseJavaScript, type ScriptTree } from "./parser.js";
import { describeReading, type JavaScriptReading, type ScriptRole } from "./reading.js";
import { isGlobalName, JavaScriptReporter } from "./reporter.js";
import { PathTexts } from "./path-texts.js";
import type { JavaScriptRuleId } from "./rules.js";
import { resolveScopes } from "./scope.js";
import { calledWith, isPath } from "./requests.js";
import { isGuestModule, isWorkspaceModule, moduleNamed, ruleOfGlobal } from "./targets.js";
import { isCallee, isOnlyTested, isUse, isWritten } from "./usage.js";
import { JavaScriptValues } from "./values.js";
import { reportSyntaxError } from "./syntax-error.js";
import type { Report } from "../report.js";

export type { JavaScriptProgram } from "./program.js";
export type { JavaScriptReading } from "./reading.js";

const MODULE_SYNTAX: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportDefaultDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
]);

/** The member through which V8 hands out the frames of a stack, and so functions of other realms. */
const FRAMES = "prepareStackTrace";

/** Functions that take the name of a member, which may be FRAMES. */
const SETS_MEMBER = /^(Reflect\.(set|defineProperty|get)|Object\.defineProperty)$/;

/**
 * Members of the global object that make code from text. On an unknown object they count if it may be the global one.
 */
const CODE_MAKERS: ReadonlySet<string> = new Set(["eval", MAKER]);

/**
 * Reports all findings. The result has the program if it can run as a script.
 *
 * @param tree The parsed code of the report.
 */
export function checkJavaScript(
  report: Report,
  tree: ScriptTree = parseJavaScript(report.code),
  role: ScriptRole = "program",
): JavaScriptReading {
  if (tree.kind === "too-deep") {
    report.add("JS-SYNTAX-002", { start: 0, end: 0 }, { action: "check this program" });
    return { syntaxError: null, comments: [], strings: [] };
  }
  if (tree.kind === "error")
    return { syntaxError: reportSyntaxError(report, tree.message, tree.at), comments: [], strings: [] };
  const values = new JavaScriptValues(tree, resolveScopes(tree), report.code);
  const paths = new PathTexts(values, tree, report.code);
  new JavaScriptCheck(new JavaScriptReporter(report), values, paths).visitAll(tree.nodes);
  return describeReading(report.code, tree, values, role);
}

class JavaScriptCheck {
  readonly #reporter: JavaScriptReporter;
  readonly #values: JavaScriptValues;
  readonly #paths: PathTexts;
  /** Set once the program passes on the global object, so that it may use it under any name. */
  #isGlobalPassedOn = false;
  /** Members of unknown objects that have the name of a CODE_MAKER. */
  readonly #unknownOwners: ScriptNode[] = [];

  constructor(reporter: JavaScriptReporter, values: JavaScriptValues, paths: PathTexts) {
    this.#reporter = reporter;
    this.#values = values;
    this.#paths = paths;
  }

  visitAll(nodes: readonly ScriptNode[]): void {
    for (const entry of nodes) this.#visit(entry);
    if (!this.#isGlobalPassedOn && !this.#values.hasGivenUp) return;
    for (const entry of this.#unknownOwners) {
      for (const name of this.#values.namesOfMember(entry.node))
        if (CODE_MAKERS.has(name)) this.#addText("JS-DYN-001", entry, "use");
    }
  }

  #visit(entry: ScriptNode): void {
    const { type, node } = entry;
    if (MODULE_SYNTAX.has(type)) return this.#module(entry);
    switch (type) {
      case "Identifier":
        return this.#name(entry);
      case "ThisExpression":
        return this.#noteGlobal(entry);
      case "MetaProperty":
        if (nameOf(requiredPart(node, "meta")) === "import")
          this.#reporter.addImport(entry, "use", "import.meta", "import.meta");
        return;
      case "MemberExpression":
        return this.#member(entry);
      case "ObjectPattern":
        return this.#pattern(entry);
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
        if (entry.parent?.type !== "ObjectPattern" && this.#keyOf(node) === FRAMES)
          this.#reporter.add("JS-ESC-001", entry, "use", FRAMES);
        return;
      case "CallExpression":
      case "NewExpression":
      case "TaggedTemplateExpression":
        return this.#call(entry);
      case "BinaryExpression":
        if (isHugeNumber(node, this.#values)) this.#addText("JS-RES-001", entry, "make");
        return;
      case "SpreadElement": {
        const size = lengthOf(requiredPart(node, "argument"), this.#values);
        if (size > MAX_ELEMENTS) this.#addText("JS-RES-001", entry, "make");
      }
    }
  }

  /** Import and export declarations, and calls of `import()`. */
  #module(entry: ScriptNode): void {
    const { node, type } = entry;
    const source = part(node, "source");
    const name = source === null ? null : this.#values.constants.text(source);
    const isExport = type.startsWith("Export");
    if (name === null) {
      if (!isExport) this.#reporter.add("JS-IMPORT-001", entry, "use", "import()");
      return;
    }
    if (isExport || !isGuestModule(name))
      this.#reporter.addImport(entry, "import", name, name, !isExport && isWorkspaceModule(name));
    this.#reporter.addModule(entry, name);
    for (const specifier of partsOf(node, "specifiers").filter((one) => one !== null)) {
      const imported =
        part(specifier, "imported") ?? (type === "ExportNamedDeclaration" ? part(specifier, "local") : null);
      const member = imported === null ? null : plainKey(imported, false);
      for (const full of member === null ? [] : memberOf(moduleNamed(name), member))
        this.#reporter.addNamed(specifier, full, "import");
    }
  }

  #name(entry: ScriptNode): void {
    if (!isUse(entry)) return;
    const { node } = entry;
    const name = nameOf(node);
    const rule = this.#values.isHidden(node) ? null : ruleOfGlobal(name);
    const path = name === "require" ? calledWith(entry, this.#values) : null;
    if (path !== null && isPath(path)) this.#reporter.addImport(entry, "require", path, path);
    else if (rule !== null && !isHarmlessUse(entry, name, this.#values)) {
      if (path === null) this.#reporter.addNamed(entry, name, "use");
      else this.#reporter.addImport(entry, name, path, path);
    }
    const values = this.#values.of(node);
    if (values.includes(GLOBAL)) this.#noteGlobal(entry);
    // The use of the value was reported where the name got it. A call gets a finding too.
    if (rule === null) this.#processOf(entry, values);
    if (rule === null && isCallee(entry)) for (const full of values) this.#reporter.addNamed(entry, full, "use");
  }

  /** A program has a part of `process`, member by member. */
  #processOf(entry: ScriptNode, values: readonly string[]): void {
    if (values.includes(PROCESS) && !isUsedByMember(entry, this.#values))
      this.#reporter.addNamed(entry, PROCESS, "use");
  }

  #member(entry: ScriptNode): void {
    const { node } = entry;
    const names = this.#values.namesOfMember(node);
    if (names.includes(FRAMES)) return this.#reporter.add("JS-ESC-001", entry, "use", FRAMES);
    const object = requiredPart(node, "object");
    if (isWritten(entry)) return;
    const owners = this.#values.of(object);
    const isUnknown =
      node["computed"] === true && (names.length === 0 || !this.#values.texts.areAll(requiredPart(node, "property")));
    if (isUnknown && !isOnlyTested(entry) && (owners.some(isWholeRealm) || this.#mayMakeCode(entry)))
      this.#addText("JS-ESC-002", entry, "use");
    if (names.length === 0) return;
    if (owners.length === 0 && names.some((name) => CODE_MAKERS.has(name))) this.#unknownOwners.push(entry);
    const direct = owners
      .filter((owner) => !owner.startsWith("@descriptor"))
      .flatMap((owner) => names.flatMap((name) => memberOf(owner, name)))
      .filter((full) => full !== PROCESS || !isUsedByMember(entry, this.#values));
    for (const full of isCallee(entry) ? new Set([...direct, ...this.#values.of(node)]) : direct) {
      this.#reporter.addNamed(entry, full, "use", {
        isGlobal: owners.includes(GLOBAL),
        isWalk: names.includes("constructor"),
      });
    }
    if (this.#values.of(node).includes(GLOBAL)) this.#noteGlobal(entry);
  }

  /**
   * `(() => 1)[key](text)()`, `[][key][other](text)()`: does the program call the result of a member of unknown name?
   */
  #mayMakeCode(entry: ScriptNode): boolean {
    const object = unwrap(requiredPart(entry.node, "object"));
    if (isFunction(object)) return true;
    const isMemberOfUnknown =
      object.type === "MemberExpression" &&
      object["computed"] === true &&
      this.#values.namesOfMember(object).length === 0;
    if (!isMemberOfUnknown && !this.#values.of(object).some(isCallableName)) return false;
    const call = isCallee(entry) ? userOf(entry)?.parent : undefined;
    return call !== undefined && isCallee(call);
  }

  /** `const { constructor: { constructor: F } } = value`, also from a function or the global object. */
  #pattern(entry: ScriptNode): void {
    for (const property of entry.children) {
      const target = part(property.node, "value");
      if (property.type !== "Property" || target === null) continue;
      if (isOfUnknownName(property.node, this.#values) && this.#values.ownersOf(property.node).some(isWholeRealm))
        this.#addText("JS-ESC-002", property, "take");
      const values = this.#values.destructured(property.node);
      for (const full of values) {
        if (full === MAKER && this.#keyOf(property.node) === "constructor")
          this.#reporter.add("JS-ESC-001", property, "take apart", "constructor");
        else this.#reporter.addNamed(property, full, "use", { isGlobal: isGlobalName(full), isWalk: false });
      }
    }
  }

  #call(entry: ScriptNode): void {
    const invocation = this.#values.invocation(entry.node);
    const { names, given } = invocation;
    const context = { values: this.#values, paths: this.#paths, textOf: (at: AnyNode) => this.#reporter.textOf(at) };
    for (const { rule, verb, resource } of callFindings(entry, invocation, context))
      this.#reporter.add(rule, entry, verb, resource, rule === "JS-FILE-002");
    const [first, second] = given;
    if (first === undefined) return;
    this.#processOf(entry, this.#values.of(entry.node));
    if (names.some((full) => TAKES_MODULE.has(full)))
      for (const name of this.#values.texts.of(first)) this.#reporter.addModule(entry, name);
    if (names.some((full) => TAKES_NAME.has(full))) this.#memberByName(entry, invocation);
    if (names.includes("Object.getOwnPropertyDescriptors") && this.#values.of(first).some(isWholeRealm))
      this.#addText("JS-ESC-002", entry, "use");
    if (
      second !== undefined &&
      names.some((full) => SETS_MEMBER.test(full)) &&
      this.#values.texts.of(second).includes(FRAMES)
    )
      this.#reporter.add("JS-ESC-001", entry, "use", FRAMES);
  }

  /** `Reflect.get(object, name)`, and calls that return the descriptor of a member. */
  #memberByName(entry: ScriptNode, { given: [object, name] }: Invocation): void {
    if (object === undefined || name === undefined) return;
    const owners = this.#values.of(object);
    if (this.#values.texts.of(name).length === 0 && owners.some(isWholeRealm))
      this.#addText("JS-ESC-002", entry, "use");
    for (const value of this.#values.of(entry.node)) {
      const full = value.replace(/^@descriptor:/, "");
      const isWalk = full === MAKER && !owners.includes(GLOBAL);
      this.#reporter.addNamed(entry, full, "use", { isGlobal: isGlobalName(full), isWalk });
    }
  }

  #noteGlobal(entry: ScriptNode): void {
    if (this.#isGlobalPassedOn || !this.#values.of(entry.node).includes(GLOBAL)) return;
    this.#isGlobalPassedOn = isGlobalPassedOn(entry, this.#values);
  }

  #keyOf(node: AnyNode): string | null {
    const isComputed = node["computed"] === true;
    return plainPropertyName(node) ?? (isComputed ? this.#values.constants.key(requiredPart(node, "key")) : null);
  }

  /** Adds a finding about the text of a node. */
  #addText(rule: JavaScriptRuleId, entry: ScriptNode, verb: string): void {
    this.#reporter.add(rule, entry, verb, this.#reporter.textOf(entry));
  }
}

/** Does the value lead to code from text, through a member whose name is not in the program? */
function isWholeRealm(full: string): boolean {
  return full === GLOBAL || full === PROTOTYPE;
}
