/**
 * Which names a program gives a meaning of its own, by lexical scope. It knows
 * where a name is bound, not when: `x = open; open = 1` counts as bound. The
 * guest's fence stops what that lets through.
 */

export type ScopeKind = "module" | "function" | "class" | "comprehension";

export class Scope {
  readonly kind: ScopeKind;
  readonly parent: Scope | null;
  /** Bound names, each with the imported things it may stand for. */
  readonly #names = new Map<string, string[]>();
  /** Names that a `global` statement sends to the module. */
  readonly #global = new Set<string>();

  constructor(kind: ScopeKind, parent: Scope | null = null) {
    this.kind = kind;
    this.parent = parent;
  }

  /** Binds `name` here; `imported` is the full name of what it stands for, such as `operator.attrgetter`. */
  bind(name: string, imported?: string): void {
    if (this.#global.has(name) && this.parent !== null) return this.module().bind(name, imported);
    const known = this.#names.get(name) ?? [];
    if (imported !== undefined && !known.includes(imported)) known.push(imported);
    this.#names.set(name, known);
  }

  declareGlobal(name: string): void {
    this.#global.add(name);
  }

  /** What an imported name may stand for; empty for any other bound name, null for one the program never binds. */
  resolve(name: string): readonly string[] | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      if (scope.#global.has(name)) return this.module().#names.get(name) ?? null;
      // The body of a class is not seen from the functions in it.
      if (scope.kind === "class" && scope !== this) continue;
      const found = scope.#names.get(name);
      if (found !== undefined) return found;
    }
    return null;
  }

  module(): Scope {
    let scope: Scope = this;
    while (scope.parent !== null) scope = scope.parent;
    return scope;
  }
}
