/**
 * Second pass over a Python program: what it imports, which names it uses and what they stand for, which attributes it
 * reaches for. Names are compared as Python sees them, normalised by NFKC. Everything is found here; what of it is a
 * concern is the policy's to say.
 */

import { quote } from "../../errors.js";
import type { PythonNode, PythonParser } from "./parser.js";
import { callFindings, isClass, isTooLarge } from "./calls.js";
import {
  ATTRIBUTE_GETTERS,
  CLIMBING_ATTRIBUTES,
  ESCAPE_ATTRIBUTES,
  ESCAPE_NAMES,
  IMPORTS_BY_NAME,
  INNER_MODULES,
  NAMES_ATTRIBUTE,
  RUNS_STRINGS,
} from "./names.js";
import { type ImportedName, importsOf, resolveScopes, type TextOf, WILDCARD } from "./scope.js";
import { MEMBERS_BY_NAME, OBJECT_METHODS, RISKY_MODULES, ruleOf } from "./targets.js";
import { partOf, positionalOf, PythonValues, sameModule } from "./values.js";
import type { Reading, Report } from "../report.js";
import type { PythonRuleId } from "./rules.js";

/** Methods that read a text as a template. */
const FORMATS: ReadonlySet<string> = new Set(["format", "format_map", "vformat", "get_field"]);

/** Names that normalising leaves as they are: nearly all. */
const ASCII = /^[\x20-\x7e]*$/;

/** Statements that the grammar still knows. */
const PYTHON_2: ReadonlySet<string> = new Set(["print_statement", "exec_statement"]);

/** Reports what is in a program; returns the first syntax error and where its comments and strings lie. */
export function checkPython(parser: PythonParser, report: Report): Reading {
  const { code } = report;
  const bareReturn = code.search(/\r(?!\n)/);
  if (bareReturn >= 0) {
    report.add("PY-SYNTAX-002", { start: bareReturn, end: bareReturn + 1 }, { action: "check this program" });
  }
  const tree = parser.parse(code);
  if (tree === null) {
    report.add("PY-SYNTAX-003", { start: 0, end: 0 }, { action: "check this program" });
    return { syntaxError: null, comments: [], strings: [] };
  }
  const check = new PythonCheck(report);
  resolveScopes(tree, check.textOf);
  check.visitAll(tree.nodes);
  const strings = tree.nodes.filter(({ type }) => type === "string_content");
  const found = { comments: tree.comments, strings };
  const errorAt =
    (code.startsWith("\ufeff") ? { start: 0, end: 1 } : null) ??
    tree.errorAt ??
    tree.nodes.find(({ type }) => PYTHON_2.has(type)) ??
    null;
  if (errorAt === null) return { ...found, syntaxError: null };

  const { start, end } = errorAt;
  const text = code.slice(start, end).split(/[\r\n]/, 1)[0] ?? "";
  // A bare carriage return is reason enough, and often the cause.
  if (bareReturn < 0) report.add("PY-SYNTAX-001", errorAt, { action: `parse ${quote(text, 40)}` });
  return { ...found, syntaxError: { message: "invalid syntax", ...report.place(start) } };
}

class PythonCheck {
  readonly #report: Report;
  readonly #values: PythonValues;
  /** Risky modules that the program hands around as values, so that it may use them under any name. */
  readonly #handedAround = new Set<string>();
  readonly #imported = new Set<string>();
  readonly #unknownOwners: PythonNode[] = [];
  /** Texts with a field of a format in them that reaches for an attribute. */
  readonly #templates: PythonNode[] = [];
  #usesFormat = false;
  /** Functions and methods of the program's own. */
  readonly #defined = new Set<string>();

  constructor(report: Report) {
    this.#report = report;
    this.#values = new PythonValues(report.code, (node) => this.textOf(node));
  }

  readonly textOf: TextOf = ({ start, end }) => {
    const text = this.#report.code.slice(start, end);
    return ASCII.test(text) ? text : text.normalize("NFKC");
  };

  visitAll(nodes: readonly PythonNode[]): void {
    for (const node of nodes) this.#visit(node);
    for (const node of this.#unknownOwners) this.#unknownOwner(node);
    // `str.format(template, x)`, `string.Formatter().get_field(...)`: whichever way a text becomes a template.
    if (this.#usesFormat) for (const node of this.#templates) this.#template(node);
    if (this.#values.gaveUp) this.#report.add("PY-SYNTAX-003", { start: 0, end: 0 }, { action: "check this program" });
  }

  #visit(node: PythonNode): void {
    switch (node.type) {
      case "identifier":
        return this.#name(node);
      case "attribute":
        return this.#attribute(node);
      case "member_type":
        return this.#escape(node.children.at(-1));
      case "dotted_name":
        // In patterns; import statements are handled whole.
        if (!isInImport(node)) for (const part of node.children.slice(1)) this.#escape(part);
        return;
      case "keyword_pattern":
        return this.#escape(node.children[0]);
      case "subscript":
        return this.#subscript(node);
      case "call":
        return this.#call(node);
      case "string":
      case "concatenated_string":
        if (node.parent?.type === "type") this.#annotation(node);
        // A text that stands alone says something to people.
        else if (
          node.parent?.type !== "expression_statement" &&
          this.#text(node).includes("__") &&
          this.#text(node).includes(".")
        )
          this.#templates.push(node);
        return;
      case "function_definition":
        this.#defined.add(this.textOf(partOf(node, "name") ?? node));
        return;
      case "binary_operator":
        return this.#size(node);
      case "import_statement":
      case "import_from_statement":
      case "future_import_statement":
        for (const imported of importsOf(node, this.textOf)) this.#import(imported);
    }
  }

  #import({ node, module, name }: ImportedName): void {
    this.#imported.add(module).add(module.split(".", 1)[0] ?? module);
    if (name === null || name === WILDCARD) return this.#module(node, "import", module, module);
    this.#report.add("PY-IMPORT-001", node, {
      action: `import ${quote(module)}`,
      resource: module,
      module,
      member: name,
    });
    const full = `${module}.${name}`;
    this.#memberOf(node, "import", sameModule(module), name, full);
    if (ESCAPE_NAMES.has(name)) this.#deny("PY-ESC-001", node, "import", full);
    else this.#attributeName(name, node, "import", full);
  }

  #name(node: PythonNode): void {
    if (node.isTarget === true || !isUse(node)) return;
    const name = this.textOf(node);
    const values = this.#values.of(node);
    if (values.length > 0) this.#note(node, values);
    if (this.#values.isBuiltin(node)) {
      const rule = ESCAPE_NAMES.has(name) ? "PY-ESC-001" : ruleOf(`builtins.${name}`);
      if (rule !== null) this.#deny(rule, node, "use", name);
      else if (name === "open" && !isCallee(node)) this.#deny("PY-FILE-001", node, "use", name);
      else if (!values.some((full) => full.startsWith("builtins."))) this.#members(node, "use", values, null);
      return;
    }
    // What it is an alias of has been found where the alias was made; a call of it is worth its own line.
    if (isCallee(node) || node.parent?.type === "decorator") this.#members(node, "use", values, null);
  }

  #attribute(node: PythonNode): void {
    const [object, last] = [partOf(node, "object"), partOf(node, "attribute")];
    if (object === undefined || last === undefined) return;
    const name = this.textOf(last);
    if (this.#attributeName(name, last, "use attribute", name)) return;
    if (FORMATS.has(name)) this.#usesFormat = true;
    if (name === "__dict__" && isClass(object, this.#values)) this.#deny("PY-ESC-002", last, "use attribute", name);
    const owners = this.#values.of(object);
    if (owners.length === 0) {
      if (MEMBERS_BY_NAME.has(name) || OBJECT_METHODS.has(name)) this.#unknownOwners.push(node);
      return;
    }
    for (const owner of owners) {
      if (this.#imported.has(owner)) {
        const said = `${owner}.${name}`;
        this.#report.add("PY-IMPORT-001", node, {
          action: `use ${quote(said)}`,
          resource: said,
          module: owner,
          member: name,
          isImported: true,
        });
      }
      this.#memberOf(node, "use", owner, name, `${owner}.${name}`);
    }
    this.#note(node, this.#values.of(node));
  }

  #subscript(node: PythonNode): void {
    const [object] = node.children;
    for (const key of node.children.filter(({ field }) => field === "subscript")) {
      const text = this.#values.constant(key);
      if (text?.startsWith("__") && ESCAPE_ATTRIBUTES.has(text)) this.#deny("PY-ESC-001", key, "use key", text);
      else if (
        text === null &&
        object !== undefined &&
        key.type !== "slice" &&
        this.#values.of(object).some((owner) => owner.endsWith(".__dict__") || owner === "sys.modules")
      ) {
        this.#deny("PY-ESC-003", key, "use", this.#text(node));
      }
    }
    if (object !== undefined && this.#values.of(object).length > 0)
      this.#members(node, "use", this.#values.of(node), null);
  }

  #call(node: PythonNode): void {
    const callee = partOf(node, "function");
    const given = partOf(node, "arguments");
    if (callee === undefined || given === undefined) return;
    const positional = positionalOf(node);
    const names = this.#values.of(callee);
    const method = callee.type === "attribute" ? this.textOf(callee.children.at(-1) ?? callee) : "";
    for (const { rule, node: at, verb, resource } of callFindings(node, callee, names, this.#values, method))
      this.#deny(rule, at, verb, at === callee ? this.#shown(resource, callee) : resource);
    this.#members(node, "use", this.#values.of(node), null);
    this.#members(node, "use", this.#values.calledBy(node), null);
    if (names.some((full) => IMPORTS_BY_NAME.has(full))) this.#importByName(node, positional);
    if (names.some((full) => NAMES_ATTRIBUTE.has(full))) this.#namesAttribute(node, positional);
    if (names.some((full) => ATTRIBUTE_GETTERS.has(full))) this.#named(positional);
    const runs = names.find((full) => RUNS_STRINGS.has(full));
    if (runs !== undefined) this.#strings(given, runs);
    if (method === "format" || method === "format_map") this.#template(callee.children[0] ?? callee);
    this.#note(node, this.#values.of(node));
  }

  /** `__import__("os")`: what is imported is as if it were written out. */
  #importByName(node: PythonNode, positional: readonly PythonNode[]): void {
    const name = this.#values.constant(positional[0] ?? this.#values.keyword(node, "name"));
    if (name !== null && name !== "") this.#module(node, "import", name, name);
  }

  #namesAttribute(node: PythonNode, positional: readonly PythonNode[]): void {
    const [object, name] = positional;
    if (object === undefined || name === undefined) return;
    if (this.#values.constant(name) !== null) return this.#named([name]);
    // Of a module any member may be meant.
    if (
      this.#values
        .of(object)
        .some((owner) => !owner.startsWith("builtins.") && !owner.startsWith("@") && !owner.endsWith(")"))
    ) {
      this.#deny("PY-ESC-003", node, "use", this.#text(node));
    }
  }

  /** Constant strings that name attributes, dotted or not. */
  #named(nodes: readonly PythonNode[]): void {
    for (const node of nodes) {
      for (const name of this.#values.constant(node)?.split(".") ?? [])
        this.#attributeName(name, node, "use attribute", name);
    }
  }

  /** `timeit.timeit("code")`. */
  #strings(given: PythonNode, member: string): void {
    for (const argument of given.children) {
      const value = argument.type === "keyword_argument" ? argument.children.at(-1) : argument;
      if (value !== undefined && (isText(value) || this.#values.constant(value) !== null))
        this.#deny("PY-DYN-001", value, `run a string with ${member} as`, this.#text(value));
    }
  }

  /** `"{0.__globals__}"`, and the name of a field alone, as `get_field` takes it. */
  #template(node: PythonNode): void {
    const text = this.#values.constant(node);
    if (text === null) return;
    const fields = [...text.matchAll(/\{([^{}]*)/g)].map(([, field = ""]) => field);
    for (const field of fields.length > 0 ? fields : [text]) {
      for (const name of field.split(/[.[\]!:]/).slice(1)) this.#attributeName(name, node, "use attribute", name);
    }
  }

  /** `10 ** 10 ** 10`, `"a" * 10 ** 12`. */
  #size(node: PythonNode): void {
    const [left, right] = node.children;
    if (left === undefined || right === undefined) return;
    const operator = this.#report.code.slice(left.end, right.start).trim();
    if (operator !== "**" && operator !== "<<" && operator !== "*") return;
    const { constants } = this.#values;
    const [a, b] = [constants.value(left), constants.value(right)];
    const size = (one: typeof a, of: PythonNode): number | null =>
      typeof one === "string" || one instanceof Uint8Array || Array.isArray(one)
        ? (one as { length: number }).length
        : of.type === "list"
          ? of.children.length
          : null;
    const count = (one: typeof a): number | null => (typeof one === "number" ? one : null);
    if (
      isTooLarge(operator, count(a), count(b), size(a, left)) ||
      (operator === "*" && isTooLarge("*", null, count(a), size(b, right)))
    ) {
      this.#deny("PY-RES-002", node, "make", this.#text(node));
    }
  }

  #escape(node: PythonNode | undefined): void {
    if (node?.type !== "identifier" && node?.type !== "dotted_name" && node?.type !== "type") return;
    const name = this.textOf(node);
    this.#attributeName(name, node, "use attribute", name);
  }

  /** `x: "f()"`: what reads annotations evaluates it. */
  #annotation(node: PythonNode): void {
    if ((this.#values.constant(node) ?? "(").includes("("))
      this.#deny("PY-DYN-004", node, "use annotation", this.#text(node));
  }

  #attributeName(name: string, node: PythonNode, verb: string, resource: string): boolean {
    const rule = ESCAPE_ATTRIBUTES.has(name) ? "PY-ESC-001" : CLIMBING_ATTRIBUTES.has(name) ? "PY-ESC-002" : null;
    if (rule !== null) this.#deny(rule, node, verb, resource);
    return rule === "PY-ESC-001";
  }

  /**
   * A member of a module: what it is ruled by, and whether it is a module that was brought in for the other's own use.
   */
  #memberOf(node: PythonNode, verb: string, owner: string, name: string, said: string): void {
    const fulls = this.#values.member(owner, name);
    this.#members(node, verb, fulls, said);
    if (isInnerModule(owner, name) && !fulls.some((full) => RISKY_MODULES.has(full)))
      this.#module(node, verb, said, said);
  }

  /** Reports what these full names are ruled by; `said` is how the program says it, if that is not the name. */
  #members(node: PythonNode, verb: string, fulls: readonly string[], said: string | null): void {
    for (const full of fulls) {
      const rule = ruleOf(full);
      if (rule !== null) this.#deny(rule, node, verb, this.#shown(full, node));
      // A module that is reached through another, or by a text.
      else if (RISKY_MODULES.has(full) && !this.#imported.has(full)) this.#module(node, verb, said ?? full, full);
    }
  }

  /** The full name, or the program's own words for it where they end alike: `io.open` is `open`. */
  #shown(full: string, node: PythonNode): string {
    const plain = full.replace(/^builtins\./, "").replaceAll("()", "");
    const text = this.textOf(node);
    const last = plain.slice(plain.lastIndexOf(".") + 1);
    return text.endsWith(`.${last}`) && /^[\w.]{1,60}$/.test(text) ? text : plain;
  }

  /** A member of something unknown, where what it might be a member of is about under other names. */
  #unknownOwner(node: PythonNode): void {
    const name = this.textOf(node.children.at(-1) ?? node);
    for (const full of MEMBERS_BY_NAME.get(name) ?? []) {
      const owner = full.slice(0, -name.length - 1);
      const rule = this.#handedAround.has(owner) ? ruleOf(full) : null;
      if (rule !== null) this.#deny(rule, node, "use", full);
    }
    // A class of the program's own may well have a method of that name.
    const method = this.#defined.has(name) ? undefined : OBJECT_METHODS.get(name);
    const rule = method !== undefined && this.#imported.has(method.module) ? ruleOf(method.full) : null;
    if (rule !== null) this.#deny(rule, node, "use", name);
  }

  /** Notes a module that is used as a value: an argument, an element, what a function returns. */
  #note(node: PythonNode, values: readonly string[]): void {
    const { parent, field } = node;
    if (parent === null || (parent.type === "attribute" && field === "object")) return;
    if (parent.type === "call" && field === "function") return;
    for (const full of values) if (RISKY_MODULES.has(full)) this.#handedAround.add(full);
  }

  #module(node: PythonNode, verb: string, resource: string, module: string): void {
    this.#report.add("PY-IMPORT-001", node, { action: `${verb} ${quote(resource)}`, resource, module });
  }

  #text({ start, end }: PythonNode): string {
    return this.#report.code.slice(start, end);
  }

  #deny(rule: PythonRuleId, node: PythonNode, verb: string, resource: string): void {
    this.#report.add(rule, node, { action: `${verb} ${quote(resource)}`, resource });
  }
}

/** Is it a module that another one brings in for itself, or a part of a package? */
function isInnerModule(module: string, name: string): boolean {
  return Object.hasOwn(INNER_MODULES, module) && INNER_MODULES[module]?.has(name) === true;
}

/** A string in any form, constant or not. */
function isText(node: PythonNode): boolean {
  return node.type === "string" || node.type === "concatenated_string";
}

function isCallee({ parent, field }: PythonNode): boolean {
  return parent?.type === "call" && field === "function";
}

function isInImport(node: PythonNode): boolean {
  const kind = node.parent?.type ?? "";
  return (
    kind === "relative_import" ||
    kind === "aliased_import" ||
    kind.endsWith("import_statement") ||
    kind === "import_from_statement"
  );
}

/** False for identifiers that only label something: attributes, keywords, imported names. */
function isUse(node: PythonNode): boolean {
  const { parent, field } = node;
  switch (parent?.type) {
    case "attribute":
      return field !== "attribute";
    case "keyword_argument":
      return field !== "name";
    case "keyword_pattern":
      return parent.children[0] !== node;
    case "member_type":
      return parent.children.at(-1) !== node;
    case "aliased_import":
      return false;
    case "dotted_name":
      return !isInImport(parent) && parent.children[0] === node;
    default:
      return true;
  }
}
