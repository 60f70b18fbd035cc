/** The defaults of the arguments of a command line, which `argparse` gives a Python program. */

import { partOf, type PythonNode, type TextOf } from "./node.js";

/** Most defaults of one argument. */
const MAX_DEFAULTS = 200;

export class CommandLine {
  readonly #textOf: TextOf;
  /** By the names of the arguments. */
  readonly #defaults = new Map<string, PythonNode[]>();

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
  }

  /** Notes `parser.add_argument("--file", default="/etc/x")`. */
  add(given: readonly PythonNode[], value: PythonNode | undefined): void {
    if (value === undefined) return;
    for (const one of given) {
      const name = this.#textOf(one)
        .replace(/^\w*["']-*|["']$/g, "")
        .replaceAll("-", "_");
      const known = this.#defaults.get(name) ?? [];
      if (known.length < MAX_DEFAULTS) known.push(value);
      this.#defaults.set(name, known);
    }
  }

  defaultsOf(name: string): readonly PythonNode[] {
    return this.#defaults.get(name) ?? [];
  }

  /** Is it a call of `parse_args`? */
  isResult(value: PythonNode | null): boolean {
    const callee = value?.type === "call" ? partOf(value, "function") : undefined;
    return callee?.type === "attribute" && this.#textOf(callee).endsWith(".parse_args");
  }
}
