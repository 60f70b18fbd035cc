/** Collects the modules that a Python program asks for: by import statements, and by functions that take a name. */

import type { Imports, ImportedModule } from "../imports.js";
import type { Constant } from "./constant.js";
import type { ImportedName } from "./imports.js";
import { IMPORTS_BY_NAME } from "./names.js";
import { partOf, positionalOf, type PythonNode, type TextOf } from "./node.js";
import { sureImport } from "./sure-imports.js";
import type { PythonValues } from "./values.js";

/** Most names that one argument can tell. */
const MAX_NAMES = 100;

/** Functions that find test files of a project by themselves. */
const FINDS_TESTS = /^(?:pytest\.main|unittest\..*\.discover|unittest\.(?:main|TestProgram))$/;

/** Functions whose arguments name tests, and with them modules: `test_slug.T.test_x`. */
const NAMES_TESTS = /^unittest\.(?:main|TestProgram|.*\.loadTestsFromNames?)$/;

/** Functions that import the module of the thing that their first argument names. */
const NAMES_TARGET = /^(?:unittest\.)?mock\.patch(?:\.dict|\.multiple)?$/;

/** Changes of the list of directories in which modules are looked for. */
const ADDS_DIRECTORY = /^sys\.path\.(?:insert|append|extend)$/;

const DOTTED = /^[^\W\d]\w*(?:\.[^\W\d]\w*)*$/u;

export class ModuleRequests {
  readonly #values: PythonValues;
  readonly #textOf: TextOf;
  readonly #modules: ImportedModule[] = [];
  readonly #directories = new Set<string>();
  #findsTests = false;
  #findsPackages = false;

  constructor(values: PythonValues, textOf: TextOf) {
    this.#values = values;
    this.#textOf = textOf;
  }

  /** Notes what an import statement takes. */
  add({ node, module, name }: Omit<ImportedName, "alias">): void {
    const sure = sureImport(node, this.#textOf);
    this.#note(module, name, sure === undefined ? {} : { sure });
  }

  /** Notes a call. `names` are the full names of the function. */
  call(node: PythonNode, names: readonly string[]): void {
    for (const full of names) {
      if (IMPORTS_BY_NAME.has(full) || NAMES_TARGET.test(full)) this.#addTexts(positionalOf(node).slice(0, 1));
      if (ADDS_DIRECTORY.test(full)) for (const one of this.#texts(positionalOf(node))) this.#directories.add(one);
      if (NAMES_TESTS.test(full)) this.#addTexts(partOf(node, "arguments")?.children ?? []);
      if (FINDS_TESTS.test(full)) this.#findTests(node, full);
    }
  }

  /** The requests, after the whole program was visited. */
  imports(): Imports {
    const [findsTests, findsPackages] = [this.#findsTests, this.#findsPackages];
    return { modules: this.#modules, findsTests, findsPackages, directories: [...this.#directories] };
  }

  /** `unittest.main` runs the program's own tests, unless it is told to discover. */
  #findTests(node: PythonNode, full: string): void {
    const given = partOf(node, "arguments")?.children ?? [];
    const isPlainMain = /(?:main|TestProgram)$/.test(full) && !full.startsWith("pytest");
    if (isPlainMain && !this.#texts(given).includes("discover")) return;
    this.#findsTests = true;
    this.#findsPackages ||= full.startsWith("unittest");
    for (const one of this.#texts(given)) if (!one.startsWith("-")) this.#directories.add(one);
  }

  #note(module: string, name: string | null = null, rest: Partial<ImportedModule> = {}): void {
    this.#modules.push({ module, names: name === null ? [] : [name], ...rest });
  }

  #addTexts(nodes: readonly PythonNode[]): void {
    for (const text of this.#texts(nodes)) if (DOTTED.test(text)) this.#note(text);
  }

  /** The constant texts of arguments, and of lists that are arguments. */
  #texts(nodes: readonly PythonNode[]): string[] {
    const values = nodes.map((node) => (node.type === "keyword_argument" ? (node.children[1] ?? node) : node));
    const found = values.flatMap((node): readonly (Constant | null)[] => {
      const value = this.#values.constants.value(node);
      return Array.isArray(value) ? (value as readonly Constant[]) : [value];
    });
    return found.filter((one) => typeof one === "string").slice(0, MAX_NAMES);
  }
}
