/** The names that a program binds, by lexical scope. Each language has its own form of binding. */

export type ScopeKind = "module" | "function" | "class" | "comprehension";

export interface FoundName<Binding> {
  readonly scope: Scope<Binding>;
  readonly bindings: readonly Binding[];
}

export class Scope<Binding> {
  readonly kind: ScopeKind;
  readonly parent: Scope<Binding> | null;
  readonly #module: Scope<Binding>;
  readonly #names = new Map<string, Binding[]>();
  /** Names that a `global` statement binds in the module. */
  readonly #global = new Set<string>();

  constructor(kind: ScopeKind, parent: Scope<Binding> | null = null) {
    this.kind = kind;
    this.parent = parent;
    this.#module = parent === null ? this : parent.#module;
  }

  /** Binds `name` in this scope. A name can have several bindings. */
  bind(name: string, binding: Binding): void {
    const known = this.#names.get(name);
    if (known === undefined) this.#names.set(name, [binding]);
    else known.push(binding);
  }

  declareGlobal(name: string): void {
    this.#global.add(name);
  }

  isGlobal(name: string): boolean {
    return this.#global.has(name);
  }

  /** The scope that binds `name` as seen from here, and the bindings. Null if the program never binds it. */
  find(name: string): FoundName<Binding> | null {
    return Scope.#findFrom(this, name);
  }

  static #findFrom<Binding>(start: Scope<Binding>, name: string): FoundName<Binding> | null {
    for (let scope: Scope<Binding> | null = start; scope !== null; scope = scope.parent) {
      if (scope.#global.has(name)) scope = scope.#module;
      // The functions in a class do not see the names of its body.
      else if (scope.kind === "class" && scope !== start) continue;
      const bindings = scope.#names.get(name);
      if (bindings !== undefined) return { scope, bindings };
    }
    return null;
  }

  /** The outermost scope. */
  module(): Scope<Binding> {
    return this.#module;
  }
}
