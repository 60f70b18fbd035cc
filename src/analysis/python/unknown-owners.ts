/**
 * Attributes of objects that the analysis knows nothing about: `x.system`. Most of them are harmless. They are reported
 * only if the program may have the module of the member under another name.
 */

import type { PythonFindings } from "./findings.js";
import type { PythonNode, TextOf } from "./node.js";
import { MEMBERS_BY_NAME, OBJECT_METHODS, RISKY_MODULES, ruleOf } from "./targets.js";

export class UnknownOwners {
  readonly #findings: PythonFindings;
  readonly #textOf: TextOf;
  readonly #attributes: PythonNode[] = [];
  /** Risky modules that the program uses as values. It may use them under any name. */
  readonly #passedOn = new Set<string>();
  /** Names of the functions and methods that the program defines. */
  readonly #defined = new Set<string>();

  constructor(findings: PythonFindings, textOf: TextOf) {
    this.#findings = findings;
    this.#textOf = textOf;
  }

  /** Notes an attribute of an unknown object. */
  add(attribute: PythonNode, name: string): void {
    if (MEMBERS_BY_NAME.has(name) || OBJECT_METHODS.has(name)) this.#attributes.push(attribute);
  }

  addDefinition(name: string): void {
    this.#defined.add(name);
  }

  /** Notes risky modules that are used as values: as an argument, an item, or the result of a function. */
  addValue(node: PythonNode, fulls: readonly string[]): void {
    const { parent, field } = node;
    if (parent === null || (parent.type === "attribute" && field === "object")) return;
    if (parent.type === "call" && field === "function") return;
    for (const full of fulls) if (RISKY_MODULES.has(full)) this.#passedOn.add(full);
  }

  /** Reports the attributes, after the whole program was visited. */
  report(): void {
    for (const node of this.#attributes) this.#reportOne(node, this.#textOf(node.children.at(-1) ?? node));
  }

  #reportOne(node: PythonNode, name: string): void {
    for (const full of MEMBERS_BY_NAME.get(name) ?? []) {
      const owner = full.slice(0, -name.length - 1);
      const rule = this.#passedOn.has(owner) ? ruleOf(full) : null;
      if (rule !== null) this.#findings.deny(rule, node, "use", full);
    }
    // A class of the program may have a method of that name.
    const method = this.#defined.has(name) ? undefined : OBJECT_METHODS.get(name);
    const rule = method !== undefined && this.#findings.imported.has(method.module) ? ruleOf(method.full) : null;
    if (rule !== null) this.#findings.deny(rule, node, "use", name);
  }
}
