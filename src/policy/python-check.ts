/**
 * Second pass over a Python program: what it imports, which builtins it
 * mentions, which attributes it reaches for. Names are compared as Python sees
 * them, normalised by NFKC.
 */

import { quote } from "../errors.js";
import { moduleHint } from "./module-hint.js";
import type { PythonNode, PythonParser } from "./python.js";
import { constantText } from "./python-constant.js";
import {
  ATTRIBUTE_GETTERS,
  DENIED_MEMBERS,
  ESCAPE_ATTRIBUTES,
  ESCAPE_NAMES,
  INNER_MODULES,
  NAMES_ATTRIBUTE,
  RUNS_STRINGS,
} from "./python-names.js";
import { type ImportedName, importsOf, resolveScopes, type TextOf } from "./python-scope.js";
import type { Report, SyntaxProblem } from "./report.js";
import type { RuleId } from "./rule.js";

/** Names that normalising leaves as they are: nearly all. */
const ASCII = /^[\x20-\x7e]*$/;

/** Longest chain `a.b.c` that is looked up as a module member; no importable module has more dots. */
const MAX_QUALIFIED_PARTS = 4;

/** Reports what the policy objects to; returns the first syntax error. */
export function checkPython(parser: PythonParser, report: Report): SyntaxProblem | null {
  const { code } = report;
  const bareReturn = code.search(/\r(?!\n)/);
  if (bareReturn >= 0) {
    report.add("PY-SYNTAX-002", { start: bareReturn, end: bareReturn + 1 }, { action: "check this program" });
  }
  const tree = parser.parse(code);
  if (tree === null) {
    report.add("PY-SYNTAX-003", { start: 0, end: 0 }, { action: "check this program" });
    return null;
  }
  const check = new PythonCheck(report);
  resolveScopes(tree, check.textOf);
  for (const node of tree.nodes) check.visit(node);
  if (tree.errorAt === null) return null;

  const { start, end } = tree.errorAt;
  const text = code.slice(start, end).split(/[\r\n]/, 1)[0] ?? "";
  report.add("PY-SYNTAX-001", tree.errorAt, { action: `parse ${quote(text, 40)}` });
  return { message: "invalid syntax", ...report.place(start) };
}

class PythonCheck {
  readonly #report: Report;
  readonly #importable: ReadonlySet<string>;

  constructor(report: Report) {
    this.#report = report;
    this.#importable = new Set(report.policy.importableModules);
  }

  readonly textOf: TextOf = ({ start, end }) => {
    const text = this.#report.code.slice(start, end);
    return ASCII.test(text) ? text : text.normalize("NFKC");
  };

  visit(node: PythonNode): void {
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
      case "import_statement":
      case "import_from_statement":
      case "future_import_statement":
        for (const imported of importsOf(node, this.textOf)) this.#import(imported);
    }
  }

  #import(imported: ImportedName): void {
    const { node, module, name } = imported;
    if (!this.#importable.has(module)) return this.#deny("PY-IMPORT-001", node, "import", module);
    if (name === null) return;
    if (this.#isInnerModule(module, name)) return this.#deny("PY-IMPORT-001", node, "import", `${module}.${name}`);
    const rule = deniedMember(`${module}.${name}`);
    if (rule !== null) this.#deny(rule, node, "import", `${module}.${name}`);
    else if (ESCAPE_ATTRIBUTES.has(name) || ESCAPE_NAMES.has(name)) this.#deny("PY-ESC-001", node, "import", `${module}.${name}`);
  }

  #name(node: PythonNode): void {
    if (node.isTarget === true || !isUse(node)) return;
    const name = this.textOf(node);
    const rule = ESCAPE_NAMES.has(name) ? "PY-ESC-001" : this.#deniedBuiltin(name);
    if (rule === null || node.scope?.resolve(name) != null) return;
    if (name === "vars" && hasArguments(node)) return;
    this.#deny(rule, node, "use", name);
  }

  #attribute(node: PythonNode): void {
    const last = node.children.find(({ field }) => field === "attribute");
    if (last === undefined) return;
    const name = this.textOf(last);
    if (ESCAPE_ATTRIBUTES.has(name)) return this.#deny("PY-ESC-001", last, "use attribute", name);
    const object = node.children.find(({ field }) => field === "object");
    for (const owner of this.#qualified(object)) {
      const full = `${owner}.${name}`;
      const rule = deniedMember(full) ?? (this.#isInnerModule(owner, name) ? "PY-IMPORT-001" : null);
      if (rule !== null) return this.#deny(rule, node, "use", full);
    }
  }

  #subscript(node: PythonNode): void {
    for (const key of node.children.filter(({ field }) => field === "subscript")) {
      const text = constantText(this.#report.code, key);
      if (text?.startsWith("__") && ESCAPE_ATTRIBUTES.has(text)) this.#deny("PY-ESC-001", key, "use key", text);
    }
  }

  #call(node: PythonNode): void {
    const callee = node.children.find(({ field }) => field === "function");
    const given = node.children.find(({ field }) => field === "arguments");
    if (callee === undefined || given?.type !== "argument_list") return;
    const positional = given.children.filter(({ type }) => type !== "keyword_argument");
    const name = callee.type === "identifier" ? this.textOf(callee) : "";
    if (NAMES_ATTRIBUTE.has(name) && callee.scope?.resolve(name) == null) return this.#named(positional.slice(1, 2));

    const members = this.#qualified(callee);
    if (members.some((member) => ATTRIBUTE_GETTERS.has(member))) this.#named(positional);
    if (members.some((member) => RUNS_STRINGS.has(member))) this.#strings(given, members[0] ?? "");
    if (callee.type === "attribute") this.#format(callee);
  }

  /** Constant strings that name attributes, dotted or not. */
  #named(nodes: readonly PythonNode[]): void {
    for (const node of nodes) {
      for (const name of constantText(this.#report.code, node)?.split(".") ?? []) {
        if (ESCAPE_ATTRIBUTES.has(name)) this.#deny("PY-ESC-001", node, "use attribute", name);
      }
    }
  }

  /** `timeit.timeit("code")`. */
  #strings(given: PythonNode, member: string): void {
    for (const argument of given.children) {
      const value = argument.type === "keyword_argument" ? argument.children.at(-1) : argument;
      if (value !== undefined && isText(value)) {
        this.#deny("PY-DYN-001", value, `run a string with ${member} as`, this.#report.code.slice(value.start, value.end));
      }
    }
  }

  /** `"{0.__globals__}".format(x)`. */
  #format(callee: PythonNode): void {
    const [object, method] = [callee.children[0], callee.children.at(-1)];
    if (object === undefined || method === undefined || !/^format(_map)?$/.test(this.textOf(method))) return;
    const text = constantText(this.#report.code, object);
    for (const [, field = ""] of text?.matchAll(/\{([^{}]*)/g) ?? []) {
      for (const name of field.split(/[.[\]!:]/).slice(1)) {
        if (ESCAPE_ATTRIBUTES.has(name)) this.#deny("PY-ESC-001", object, "use attribute", name);
      }
    }
  }

  #escape(node: PythonNode | undefined): void {
    if (node?.type !== "identifier" && node?.type !== "dotted_name" && node?.type !== "type") return;
    const name = this.textOf(node);
    if (ESCAPE_ATTRIBUTES.has(name)) this.#deny("PY-ESC-001", node, "use attribute", name);
  }

  /** What `a` or `a.b` may stand for, given the imports: full names of modules and their members. */
  #qualified(node: PythonNode | undefined): readonly string[] {
    const path: string[] = [];
    let root = node;
    while (root?.type === "attribute" && path.length < MAX_QUALIFIED_PARTS) {
      const last = root.children.find(({ field }) => field === "attribute");
      if (last !== undefined) path.unshift(this.textOf(last));
      root = root.children.find(({ field }) => field === "object");
    }
    if (root?.type !== "identifier") return [];
    return (root.scope?.resolve(this.textOf(root)) ?? []).map((imported) => [imported, ...path].join("."));
  }

  #isInnerModule(module: string, name: string): boolean {
    const inner = Object.hasOwn(INNER_MODULES, module) ? INNER_MODULES[module] : undefined;
    return inner?.has(name) === true && !this.#importable.has(`${module}.${name}`);
  }

  #deniedBuiltin(name: string): RuleId | null {
    const { deniedBuiltins } = this.#report.policy;
    return Object.hasOwn(deniedBuiltins, name) ? (deniedBuiltins[name] ?? null) : null;
  }

  #deny(rule: RuleId, node: PythonNode, verb: string, resource: string): void {
    const suggestion = rule === "PY-IMPORT-001" ? moduleHint(resource, this.#report.policy.importableModules) : undefined;
    this.#report.add(rule, node, {
      action: `${verb} ${quote(resource)}`,
      resource,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}

function deniedMember(full: string): RuleId | null {
  return Object.hasOwn(DENIED_MEMBERS, full) ? (DENIED_MEMBERS[full] ?? null) : null;
}

/** A string in any form, constant or not. */
function isText(node: PythonNode): boolean {
  return node.type === "string" || node.type === "concatenated_string";
}

function isInImport(node: PythonNode): boolean {
  const kind = node.parent?.type ?? "";
  return kind === "relative_import" || kind === "aliased_import" || kind.endsWith("import_statement") || kind === "import_from_statement";
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

function hasArguments(node: PythonNode): boolean {
  if (node.parent?.type !== "call" || node.field !== "function") return false;
  const given = node.parent.children.find(({ field }) => field === "arguments");
  return given?.type === "argument_list" && given.children.length > 0;
}
