/**
 * Second pass over a Python program. It reports the modules that the program imports, the names and attributes that it
 * uses, and the things that those stand for. Names are compared as Python sees them, normalised by NFKC. The check
 * reports every finding; the policy decides which of them it denies.
 */

import { quote } from "../../errors.js";
import { callFindings, isClass } from "./calls.js";
import { PythonFindings } from "./findings.js";
import { type ImportedName, importsOf, WILDCARD } from "./imports.js";
import { NAMESPACE, sameModule } from "./members.js";
import {
  ATTRIBUTE_GETTERS,
  ESCAPE_ATTRIBUTES,
  ESCAPE_NAMES,
  IMPORTS_BY_NAME,
  NAMES_ATTRIBUTE,
  REACHES_ATTRIBUTES,
  RUNS_STRINGS,
} from "./names.js";
import { isCallee, isInImport, isTypeTest, isUse, partOf, positionalOf, type PythonNode, type TextOf } from "./node.js";
import type { PythonParser } from "./parser.js";
import { mixedIndent, NO_MIXED } from "./mixed-indent.js";
import { OutsidePaths } from "./outside-paths.js";
import { ModuleRequests } from "./requests.js";
import { resolveScopes } from "./scope.js";
import { isTooLarge } from "./sizes.js";
import { syntaxHint } from "./syntax-hint.js";
import { ruleOf } from "./targets.js";
import { PythonTexts } from "./texts.js";
import { UnknownOwners } from "./unknown-owners.js";
import { PythonValues } from "./values.js";
import type { Imports } from "../imports.js";
import { type Range, type Reading, type Report, suggesting } from "../report.js";

/** Classes that make functions from code. A test for one of them makes none. */
const MAKES_FUNCTIONS = /^types\.(?:Function|Lambda|Code)Type$/;

/** Names that normalisation does not change. Nearly all names match. */
const ASCII = /^[\x20-\x7e]*$/;

const MATCH_ARGUMENTS = "__match_args__";

/** Statements of Python 2 that the grammar still accepts. */
const PYTHON_2: ReadonlySet<string> = new Set(["print_statement", "exec_statement"]);

const NO_IMPORTS: Imports = { modules: [], findsTests: false, findsPackages: false, directories: [] };

/** Reports the findings in a program. Returns its first syntax error, its comments, its strings and its imports. */
export function checkPython(parser: PythonParser, report: Report): Reading & { readonly imports: Imports } {
  const { code } = report;
  const bareReturn = code.search(/\r(?!\n)/);
  if (bareReturn >= 0) {
    report.add("PY-SYNTAX-002", { start: bareReturn, end: bareReturn + 1 }, { action: "check this program" });
  }
  const tree = parser.parse(code);
  if (tree === null) {
    addUnreadable(report);
    return { syntaxError: null, comments: [], strings: [], imports: NO_IMPORTS };
  }
  const textOf: TextOf = ({ start, end }) => {
    const text = code.slice(start, end);
    return ASCII.test(text) ? text : text.normalize("NFKC");
  };
  const mixed = mixedIndent(code, tree.nodes);
  if (mixed !== undefined) report.add("PY-SYNTAX-003", mixed, { action: "check this line", ...suggesting(NO_MIXED) });
  resolveScopes(tree, textOf);
  const imports = new PythonCheck(report, textOf).visitAll(tree.nodes);
  const { comments, nodes } = tree;
  const strings = nodes.filter(({ type }) => type === "string_content");
  const errorAt = code.startsWith("\ufeff")
    ? { start: 0, end: 1 }
    : (tree.errorAt ?? nodes.find(({ type }) => PYTHON_2.has(type)) ?? null);
  if (errorAt === null) return { syntaxError: null, comments, strings, imports };
  // A bare carriage return was reported above, and it often causes the error.
  const hint = syntaxHint(code, errorAt.start);
  if (bareReturn < 0) addSyntaxError(report, errorAt, hint);
  const problem = { message: "invalid syntax", ...report.place(errorAt.start) };
  return { syntaxError: { ...problem, ...(hint === undefined ? {} : { hint }) }, comments, strings, imports };
}

function addSyntaxError(report: Report, errorAt: Range, hint: string | undefined): void {
  const text = report.code.slice(errorAt.start, errorAt.end).split(/[\r\n]/, 1)[0] ?? "";
  report.add("PY-SYNTAX-001", errorAt, { action: `parse ${quote(text, 40)}`, ...suggesting(hint) });
}

function addUnreadable(report: Report): void {
  report.add("PY-SYNTAX-003", { start: 0, end: 0 }, { action: "check this program" });
}

class PythonCheck {
  readonly #report: Report;
  readonly #textOf: TextOf;
  readonly #values: PythonValues;
  readonly #findings: PythonFindings;
  readonly #texts: PythonTexts;
  readonly #unknownOwners: UnknownOwners;
  readonly #requests: ModuleRequests;
  readonly #outsidePaths: OutsidePaths;

  constructor(report: Report, textOf: TextOf) {
    this.#report = report;
    this.#textOf = textOf;
    this.#values = new PythonValues(report.code, textOf);
    this.#findings = new PythonFindings(report, textOf);
    this.#texts = new PythonTexts(report.code, this.#findings, this.#values);
    this.#unknownOwners = new UnknownOwners(this.#findings, textOf);
    this.#requests = new ModuleRequests(this.#values, textOf);
    this.#outsidePaths = new OutsidePaths(this.#values, textOf, report.code);
  }

  visitAll(nodes: readonly PythonNode[]): Imports {
    for (const node of nodes) this.#visit(node);
    this.#unknownOwners.report();
    for (const { rule, node, verb, resource } of this.#outsidePaths.findings())
      this.#findings.deny(rule, node, verb, resource);
    this.#texts.report();
    if (this.#values.gaveUp) addUnreadable(this.#report);
    return this.#requests.imports();
  }

  #visit(node: PythonNode): void {
    this.#outsidePaths.visit(node);
    switch (node.type) {
      case "identifier":
        return this.#name(node);
      case "attribute":
        return this.#attribute(node);
      case "member_type":
        return this.#escape(node.children.at(-1));
      case "dotted_name":
        // A dotted name in a pattern. The visit of an import statement covers all of its names.
        if (!isInImport(node)) for (const part of node.children.slice(1)) this.#escape(part);
        return;
      case "keyword_pattern":
        return this.#keywordPattern(node.children[0]);
      case "subscript":
        return this.#subscript(node);
      case "call":
        return this.#call(node);
      case "string":
      case "concatenated_string":
        return this.#texts.visit(node);
      case "function_definition":
        return this.#unknownOwners.addDefinition(this.#textOf(partOf(node, "name") ?? node));
      case "assignment":
        return this.#matchArguments(node, partOf(node, "left"), partOf(node, "right"));
      case "binary_operator":
        if (isTooLarge(node, this.#report.code, this.#values.constants))
          this.#findings.deny("PY-RES-002", node, "make", this.#slice(node));
        return;
      case "import_statement":
      case "import_from_statement":
      case "future_import_statement":
        for (const imported of importsOf(node, this.#textOf)) this.#import(imported);
    }
  }

  #import({ node, module, name }: ImportedName): void {
    this.#requests.add({ node, module, name });
    this.#findings.imported.add(module).add(module.split(".", 1)[0] ?? module);
    if (name === null || name === WILDCARD) return this.#findings.module(node, "import", module, module);
    this.#findings.memberOfModule(node, module, name);
    const full = `${module}.${name}`;
    // Most programs only test values with these, so each use is looked at.
    if (!MAKES_FUNCTIONS.test(full)) this.#findings.member(node, "import", sameModule(module), name, full);
    if (ESCAPE_NAMES.has(name)) this.#findings.deny("PY-ESC-001", node, "import", full);
    else this.#findings.attribute(name, node, "import", full);
  }

  #name(node: PythonNode): void {
    if (node.isTarget === true || !isUse(node)) return;
    const name = this.#textOf(node);
    const values = this.#values.of(node);
    if (values.length > 0) this.#unknownOwners.addValue(node, values);
    if (this.#values.isBuiltin(node)) {
      const rule = ESCAPE_NAMES.has(name) ? "PY-ESC-001" : ruleOf(`builtins.${name}`);
      if (rule !== null) this.#findings.deny(rule, node, "use", name);
      else if (name === "open" && !isCallee(node)) this.#findings.deny("PY-FILE-001", node, "use", name);
      else if (REACHES_ATTRIBUTES.has(name) && !isCallee(node)) this.#findings.deny("PY-ESC-003", node, "use", name);
      else if (!values.some((full) => full.startsWith("builtins."))) this.#findings.named(node, "use", values);
      return;
    }
    // The assignment of an alias was reported already. A call of the alias is reported again, with its line.
    if (isCallee(node) || node.parent?.type === "decorator") this.#findings.named(node, "use", values);
    else if (values.some((full) => MAKES_FUNCTIONS.test(full)) && !isTypeTest(node, this.#textOf))
      this.#findings.named(node, "use", values);
  }

  #attribute(node: PythonNode): void {
    const [object, last] = [partOf(node, "object"), partOf(node, "attribute")];
    if (object === undefined || last === undefined) return;
    const name = this.#textOf(last);
    if (this.#findings.attribute(name, last, "use attribute", name)) return;
    this.#texts.addMethod(name);
    if (name === "__dict__" && isClass(object, this.#values))
      this.#findings.deny("PY-ESC-002", last, "use attribute", name);
    const owners = this.#values.of(object);
    if (owners.length === 0) return this.#unknownOwners.add(node, name);
    for (const owner of owners) {
      if (this.#findings.imported.has(owner)) this.#findings.memberOfImported(node, owner, name);
      if (!MAKES_FUNCTIONS.test(`${owner}.${name}`) || !isTypeTest(node, this.#textOf))
        this.#findings.member(node, "use", owner, name, `${owner}.${name}`);
    }
    this.#unknownOwners.addValue(node, this.#values.of(node));
  }

  #subscript(node: PythonNode): void {
    const [object] = node.children;
    if (object === undefined) return;
    for (const key of node.children.filter(({ field }) => field === "subscript")) {
      const text = this.#values.constant(key);
      if (text?.startsWith("__") && ESCAPE_ATTRIBUTES.has(text))
        this.#findings.deny("PY-ESC-001", key, "use key", text);
      else if (text === null && key.type !== "slice" && this.#values.of(object).some(isNamespace))
        this.#findings.deny("PY-ESC-003", key, "use", this.#slice(node));
    }
    if (this.#values.of(object).length > 0) this.#findings.named(node, "use", this.#values.of(node));
  }

  #call(node: PythonNode): void {
    const callee = partOf(node, "function");
    const given = partOf(node, "arguments");
    if (callee === undefined || given === undefined) return;
    const names = this.#values.of(callee);
    const method = callee.type === "attribute" ? this.#textOf(callee.children.at(-1) ?? callee) : "";
    for (const found of callFindings(node, callee, names, this.#values, method)) {
      const { rule, node: at, verb, resource } = found;
      this.#findings.deny(rule, at, verb, at === callee ? this.#findings.resourceOf(resource, callee) : resource);
    }
    this.#outsidePaths.call({ call: node, callee, names, method });
    this.#findings.named(node, "use", this.#values.of(node));
    this.#findings.named(node, "use", this.#values.calledBy(node));
    if (names.length > 0) this.#argumentTexts(node, given, names);
    this.#requests.call(node, names);
    if (method === "format" || method === "format_map") this.#texts.template(callee.children[0] ?? callee);
    this.#unknownOwners.addValue(node, this.#values.of(node));
  }

  /** Arguments that are the names of modules or attributes, or code. */
  #argumentTexts(node: PythonNode, given: PythonNode, names: readonly string[]): void {
    const positional = positionalOf(node);
    if (names.some((full) => IMPORTS_BY_NAME.has(full))) this.#importByName(node, positional);
    if (names.some((full) => NAMES_ATTRIBUTE.has(full))) this.#namesAttribute(node, positional);
    if (names.some((full) => ATTRIBUTE_GETTERS.has(full))) this.#texts.attributes(positional);
    const runner = names.find((full) => RUNS_STRINGS.has(full));
    if (runner !== undefined) this.#texts.runs(given, runner);
  }

  /** `__import__("os")` is reported like `import os`. */
  #importByName(node: PythonNode, [first]: readonly PythonNode[]): void {
    const name = this.#values.constant(first ?? this.#values.keyword(node, "name"));
    if (name !== null && name !== "") this.#findings.module(node, "import", name, name);
  }

  #namesAttribute(node: PythonNode, [object, name, value]: readonly PythonNode[]): void {
    if (object === undefined || name === undefined) return;
    const text = this.#values.constant(name);
    if (text === MATCH_ARGUMENTS && value !== undefined)
      return this.#findings.deny("PY-ESC-003", node, "use", MATCH_ARGUMENTS);
    if (text !== null) return this.#texts.attributes([name]);
    // The name may be that of any member of a module.
    const isModule = (owner: string): boolean =>
      !owner.startsWith("builtins.") && !owner.startsWith("@") && !owner.endsWith(")");
    if (this.#values.of(object).some(isModule)) this.#findings.deny("PY-ESC-003", node, "use", this.#slice(node));
  }

  #keywordPattern(name: PythonNode | undefined): void {
    this.#escape(name);
    // The dictionary of a class leads to its descriptors, and a pattern matches any class.
    if (name !== undefined && this.#textOf(name) === "__dict__")
      this.#findings.deny("PY-ESC-002", name, "use attribute", "__dict__");
  }

  /** `__match_args__ = ("x",)`: a pattern `case P(x)` reads the attributes that are named here. */
  #matchArguments(node: PythonNode, target: PythonNode | undefined, value: PythonNode | undefined): void {
    if (target === undefined || value === undefined) return;
    const last = target.type === "attribute" ? (partOf(target, "attribute") ?? target) : target;
    if (last.type !== "identifier" || this.#textOf(last) !== MATCH_ARGUMENTS) return;
    const names = this.#values.constants.value(value);
    if (!Array.isArray(names) || !names.every((name) => typeof name === "string"))
      return this.#findings.deny("PY-ESC-003", node, "use", MATCH_ARGUMENTS);
    for (const name of names) this.#findings.attribute(name, value, "use attribute", name);
  }

  #escape(node: PythonNode | undefined): void {
    if (node?.type !== "identifier" && node?.type !== "dotted_name" && node?.type !== "type") return;
    const name = this.#textOf(node);
    this.#findings.attribute(name, node, "use attribute", name);
  }

  #slice({ start, end }: PythonNode): string {
    return this.#report.code.slice(start, end);
  }
}

/** Is it a table of members or modules by name? */
function isNamespace(full: string): boolean {
  return full.endsWith(NAMESPACE) || full === "sys.modules";
}
