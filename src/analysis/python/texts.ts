/** Finds attributes and code in the texts of a Python program: format templates, annotations, code as a string. */

import type { PythonFindings } from "./findings.js";
import { isString, type PythonNode } from "./node.js";
import type { PythonValues } from "./values.js";

/** Methods that read a text as a template. */
const FORMATS: ReadonlySet<string> = new Set(["format", "format_map", "vformat", "get_field"]);

export class PythonTexts {
  readonly #code: string;
  readonly #findings: PythonFindings;
  readonly #values: PythonValues;
  /** Texts that may be templates with an attribute in a field: `"{0.__globals__}"`. */
  readonly #templates: PythonNode[] = [];
  #usesFormat = false;

  constructor(code: string, findings: PythonFindings, values: PythonValues) {
    this.#code = code;
    this.#findings = findings;
    this.#values = values;
  }

  /** Looks at a string literal. */
  visit(node: PythonNode): void {
    if (node.parent?.type === "type") return this.#annotation(node);
    // A string that is a whole statement is documentation.
    if (node.parent?.type === "expression_statement") return;
    const text = this.#slice(node);
    if (text.includes("__") && text.includes(".")) this.#templates.push(node);
  }

  /** Notes the use of a method that may format templates. */
  addMethod(name: string): void {
    if (FORMATS.has(name)) this.#usesFormat = true;
  }

  /** Reports the attributes in templates, after the whole program was visited. */
  report(): void {
    // There are many ways to format: `str.format(template, x)`, `string.Formatter().get_field(...)`.
    if (this.#usesFormat) for (const node of this.#templates) this.template(node);
  }

  /** Attributes in the fields of a template, and in a text that is one field, as `get_field` takes it. */
  template(node: PythonNode): void {
    const text = this.#values.constant(node);
    if (text === null) return;
    const fields = [...text.matchAll(/\{([^{}]*)/g)].map(([, field = ""]) => field);
    for (const field of fields.length > 0 ? fields : [text]) {
      for (const name of field.split(/[.[\]!:]/).slice(1)) this.#attribute(name, node);
    }
  }

  /** Constant texts that name attributes, dotted or not. */
  attributes(nodes: readonly PythonNode[]): void {
    for (const node of nodes) {
      for (const name of this.#values.constant(node)?.split(".") ?? []) this.#attribute(name, node);
    }
  }

  /** `timeit.timeit("code")`. */
  runs(given: PythonNode, runner: string): void {
    for (const argument of given.children) {
      const value = argument.type === "keyword_argument" ? argument.children.at(-1) : argument;
      if (value !== undefined && (isString(value) || this.#values.constant(value) !== null))
        this.#findings.deny("PY-DYN-001", value, `run a string with ${runner} as`, this.#slice(value), runner);
    }
  }

  /** `x: "f()"`: functions that read annotations run the text as code. */
  #annotation(node: PythonNode): void {
    if ((this.#values.constant(node) ?? "(").includes("("))
      this.#findings.deny("PY-DYN-004", node, "use annotation", this.#slice(node));
  }

  #attribute(name: string, node: PythonNode): void {
    this.#findings.attribute(name, node, "use attribute", name);
  }

  #slice({ start, end }: PythonNode): string {
    return this.#code.slice(start, end);
  }
}
