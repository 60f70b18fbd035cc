/**
 * Second pass over a Java program: reports imports, calls, new objects and ancestors by their full names. It reports
 * all findings; the policy decides which of them are violations.
 *
 * No sandbox of this package runs Java. So these findings are advice to a person who runs the program elsewhere, and
 * not a barrier.
 */

import { quote } from "../../errors.js";
import { callFindings, isHugeArray, isHugeText, shortOf } from "./calls.js";
import { argumentsOf, dottedName, fieldOf, type JavaNode, lastWordOf, receiverOf } from "./node.js";
import type { JavaParser } from "./parser.js";
import type { JavaRuleId } from "./rules.js";
import { resolveScopes } from "./scope.js";
import { ruleOf, ruleOfClass, TELLING_METHODS } from "./targets.js";
import { JavaValues } from "./values.js";
import type { Reading, Range, Report } from "../report.js";

/** Reports all findings. Returns the first syntax error and the ranges of comments and strings. */
export function checkJava(parser: JavaParser, report: Report): Reading {
  const tree = parser.parse(report.code);
  if (tree === null) {
    report.add("JAVA-SYNTAX-002", { start: 0, end: 0 }, { action: "check this program" });
    return { syntaxError: null, comments: [], strings: [] };
  }
  new JavaCheck(report, new JavaValues(resolveScopes(tree.nodes))).visitAll(tree.nodes);
  const strings = tree.nodes.flatMap(insideOf);
  const found = { comments: tree.comments, strings };
  if (tree.errorAt === null) return { ...found, syntaxError: null };

  const { start, end } = tree.errorAt;
  const text = report.code.slice(start, end).split(/[\r\n]/, 1)[0] ?? "";
  report.add("JAVA-SYNTAX-001", tree.errorAt, { action: `parse ${quote(text, 40)}` });
  return { ...found, syntaxError: { message: "invalid syntax", ...report.place(start) } };
}

const VISITED: ReadonlySet<string> = new Set([
  "import_declaration",
  "method_invocation",
  "method_reference",
  "object_creation_expression",
  "array_creation_expression",
  "field_access",
  "variable_declarator",
  "superclass",
  "super_interfaces",
  "extends_interfaces",
  "modifiers",
]);

class JavaCheck {
  readonly #report: Report;
  readonly #values: JavaValues;

  constructor(report: Report, values: JavaValues) {
    this.#report = report;
    this.#values = values;
  }

  /** Visits arguments before calls. Then the values of the arguments are known, and the recursion stays shallow. */
  visitAll(nodes: readonly JavaNode[]): void {
    const visited = nodes.filter(({ type }) => VISITED.has(type)).reverse();
    for (const node of visited.sort((a, b) => a.end - b.end)) this.#visit(node);
  }

  #visit(node: JavaNode): void {
    switch (node.type) {
      case "import_declaration":
        return this.#import(node);
      case "method_invocation":
        return this.#call(node);
      case "method_reference":
        return this.#reference(node);
      case "object_creation_expression":
        return this.#creation(node);
      case "array_creation_expression":
        if (isHugeArray(node, this.#values)) this.#add("JAVA-RES-002", node, "make", node.text);
        return;
      case "field_access":
        return this.#field(node);
      case "variable_declarator": {
        const value = fieldOf(node, "value");
        if (value !== undefined) this.#values.of(value);
        return;
      }
      case "superclass":
      case "super_interfaces":
      case "extends_interfaces":
        return this.#supers(node);
      case "modifiers":
        if (node.tokens.includes("native")) this.#native(fieldOf(node.parent ?? node, "name") ?? node);
    }
  }

  /** A class that a rule is about, or a member as in `import static java.lang.System.exit`. */
  #import(node: JavaNode): void {
    const [imported, asterisk] = node.children;
    if (imported === undefined || asterisk?.type === "asterisk") return;
    const full = dottedName(imported);
    const rule = node.tokens.includes("static") ? ruleOf(full) : ruleOfClass(full);
    if (rule !== null) this.#add(rule, imported, "import", full);
  }

  #call(node: JavaNode): void {
    const [name, given] = [fieldOf(node, "name"), argumentsOf(node)];
    if (name === undefined) return;
    const object = receiverOf(node);
    const at = { start: node.start, end: name.end };
    this.#values.of(node);
    const bare = object === undefined ? this.#values.types.bare(name.text, node.scope) : null;
    if (bare !== null && bare.methods.length > 0) return;
    const owners = object === undefined ? (bare?.owners ?? []) : this.#values.of(object);
    this.#members(at, owners, name.text, given);
    if (owners.length === 0) this.#telling(at, name.text);
    if (isHugeText(name.text, object, given, this.#values)) this.#add("JAVA-RES-002", at, "make", node.text);
  }

  /** `Runtime.getRuntime()::exec`, `FileReader::new`. */
  #reference(node: JavaNode): void {
    const [owner, name] = [node.children[0], node.children.at(-1)];
    if (owner === undefined || name === undefined) return;
    if (node.tokens.includes("new")) this.#members(node, this.#values.of(owner), "new", []);
    else this.#members(node, this.#values.of(owner), name.text, []);
  }

  #creation(node: JavaNode): void {
    const type = fieldOf(node, "type");
    if (type === undefined) return;
    const [created] = this.#values.of(type);
    if (created !== undefined) this.#members({ start: node.start, end: type.end }, [created], "new", argumentsOf(node));
  }

  /** A static field of a class that a rule is about. */
  #field(node: JavaNode): void {
    const [object, field] = [fieldOf(node, "object"), fieldOf(node, "field")];
    if (object === undefined || field?.type !== "identifier" || !/^[A-Z]/.test(lastWordOf(object) ?? "")) return;
    if (/^[A-Z]\w*[a-z]/.test(field.text)) return;
    this.#members(
      node,
      this.#values.of(object).filter((one) => !one.endsWith("()")),
      field.text,
      [],
    );
  }

  #native(name: JavaNode): void {
    this.#add("JAVA-NATIVE-001", name, "declare native method", name.text);
  }

  #supers(node: JavaNode): void {
    const types = node.children.flatMap((child) => (child.type === "type_list" ? child.children : [child]));
    for (const type of types) {
      const [full] = this.#values.of(type);
      const rule = full === undefined ? null : ruleOfClass(full);
      if (full !== undefined && rule !== null) this.#add(rule, type, "extend", shortOf(full));
    }
  }

  /** A use of a member of each owner. */
  #members(at: Range, owners: readonly string[], name: string, given: readonly JavaNode[]): void {
    for (const owner of owners) {
      for (const key of this.#values.types.keysOf(owner, name)) {
        const rule = ruleOf(key);
        if (rule !== null) this.#add(rule, at, "use", shortOf(key));
        for (const { rule: other, node, resource } of callFindings(key, owner, given, this.#values))
          this.#add(other, node ?? at, "use", resource);
      }
    }
  }

  /** A method that is recognised by its name alone, on an object of unknown class. */
  #telling(at: Range, name: string): void {
    const full = TELLING_METHODS.get(name);
    const rule = full === undefined ? null : ruleOf(full);
    if (rule !== null) this.#add(rule, at, "use", name);
  }

  #add(rule: JavaRuleId, at: Range, verb: string, resource: string): void {
    this.#report.add(rule, { start: at.start, end: at.end }, { action: `${verb} ${quote(resource)}`, resource });
  }
}

/** Ranges of the contents of strings. The quotes may be written as Unicode escapes. */
function insideOf({ type, start, end, children }: JavaNode): Range[] {
  if (type === "character_literal") return [{ start: start + 1, end: end - 1 }];
  const [first, last] = type === "string_literal" ? [children[0], children.at(-1)] : [];
  return first === undefined || last === undefined ? [] : [{ start: first.start, end: last.end }];
}
