/**
 * The uses of paths outside the workspace, until the whole program is known. Two of them are none: a path that is only
 * the default of a parameter which every call gives, and one that a function gets which the program's tests replace.
 */

import type { CallFinding } from "./calls.js";
import { isSplat, partOf, positionalOf, type PythonNode, type TextOf } from "./node.js";
import type { PythonValues } from "./values.js";

const PATCHES = /^(?:unittest\.)?mock\.patch$/;
const PATCHES_MEMBER = /^(?:unittest\.)?mock\.patch\.object$/;

/** Most nodes of an argument in which parameters are looked for. */
const MAX_NODES = 100;

interface Parameter {
  readonly node: PythonNode;
  readonly name: string;
  /** All parameters of the function. */
  readonly list: PythonNode;
  readonly callable: string;
  readonly isMethod: boolean;
}

export class OutsidePaths {
  readonly #values: PythonValues;
  readonly #textOf: TextOf;
  readonly #found: CallFinding[] = [];
  /** Calls by the last name of what is called. */
  readonly #calls = new Map<string, PythonNode[]>();
  readonly #patched = new Set<string>();
  /** Whether every call gives a parameter. One parameter may have many uses. */
  readonly #alwaysGiven = new Map<PythonNode, boolean>();

  constructor(values: PythonValues, textOf: TextOf) {
    this.#values = values;
    this.#textOf = textOf;
  }

  /** Keeps a finding until `remaining`. */
  add(finding: CallFinding): void {
    this.#found.push(finding);
  }

  /** Notes a call. `names` are the full names of the function. */
  call(node: PythonNode, names: readonly string[]): void {
    const callee = partOf(node, "function");
    const name = callee?.type === "attribute" ? callee.children.at(-1) : callee;
    if (name?.type === "identifier") {
      const text = this.#textOf(name);
      const calls = this.#calls.get(text);
      if (calls === undefined) this.#calls.set(text, [node]);
      else calls.push(node);
    }
    const [first, second] = positionalOf(node);
    for (const full of names) {
      if (PATCHES.test(full)) this.#patched.add(this.#values.constant(first) ?? "");
      if (!PATCHES_MEMBER.test(full) || first === undefined) continue;
      for (const owner of this.#values.of(first)) this.#patched.add(`${owner}.${this.#values.constant(second) ?? ""}`);
    }
  }

  /** The findings that count, after the whole program was visited. */
  remaining(): readonly CallFinding[] {
    return this.#found.filter(({ node, uses }) => !this.#patched.has(uses ?? "") && !this.#isUnusedDefault(node));
  }

  #isUnusedDefault(node: PythonNode): boolean {
    const open = [node];
    for (let count = 0; count < MAX_NODES; count++) {
      const next = open.pop();
      if (next === undefined) return false;
      const parameter = next.type === "identifier" ? this.#parameterOf(next) : null;
      if (parameter !== null && this.#isAlwaysGiven(parameter)) return true;
      open.push(...next.children);
    }
    return false;
  }

  /** The parameter that a name is, if its value is known from the default alone. */
  #parameterOf(name: PythonNode): Parameter | null {
    const value = this.#values.soleValue(name);
    const parameter = value?.field === "value" ? value.parent : null;
    const list = parameter?.parent;
    const definition = list?.parent;
    if (parameter == null || list == null || definition?.type !== "function_definition") return null;
    const callable = partOf(definition, "name");
    if (list.field !== "parameters" || callable === undefined) return null;
    return {
      node: parameter,
      name: this.#textOf(name),
      list,
      callable: this.#textOf(callable),
      isMethod: definition.parent?.parent?.type === "class_definition",
    };
  }

  #isAlwaysGiven(parameter: Parameter): boolean {
    const known = this.#alwaysGiven.get(parameter.node);
    if (known !== undefined) return known;
    const calls = this.#calls.get(parameter.callable) ?? [];
    const place = parameter.list.children.indexOf(parameter.node) - (parameter.isMethod ? 1 : 0);
    const isGiven = (call: PythonNode): boolean => {
      const given = positionalOf(call);
      if (given.some(isSplat)) return false;
      return given.length > place || this.#values.keyword(call, parameter.name) !== undefined;
    };
    const always = calls.length > 0 && calls.every(isGiven);
    this.#alwaysGiven.set(parameter.node, always);
    return always;
  }
}
