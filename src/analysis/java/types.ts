/**
 * Finds the class that a type of a Java program names, and the members that a class of the program inherits. Classes
 * outside of the program have full names. Classes of the program have ids, for example `#0`.
 */

import { Memo } from "../memo.js";
import { classesNamed, isKnownClass, PACKAGE_ROOTS } from "./library.js";
import { fieldOf, type JavaClass, type JavaNode, type JavaScope, type JavaVariable } from "./node.js";
import type { JavaNames } from "./scope.js";

/** Most ancestors of one class that are looked at. */
const MAX_ANCESTORS = 20;
const MAX_DEPTH = 60;

const NONE: readonly string[] = [];

/** Finds the values of expressions. JavaValues implements it; the files that it imports know it by this interface. */
export interface ExpressionValues {
  readonly types: JavaTypes;
  /** Full names of the values that an expression may have. */
  of(node: JavaNode): readonly string[];
}

interface Inherited {
  readonly methods: readonly JavaNode[];
  /** Ancestors outside of the program. */
  readonly outside: readonly string[];
}

export class JavaTypes {
  readonly #names: JavaNames;
  readonly #classes = new Memo<JavaNode, readonly string[]>({
    compute: (node) => this.#compute(node),
    unknown: NONE,
    maxDepth: MAX_DEPTH,
  });

  constructor(names: JavaNames) {
    this.#names = names;
  }

  /** Names of the classes in a type: `List<Runtime>` has two. */
  of(node: JavaNode): readonly string[] {
    return this.#classes.of(node);
  }

  #compute(node: JavaNode): readonly string[] {
    const { children } = node;
    switch (node.type) {
      case "type_identifier":
        return this.named(node.text, node.scope);
      case "scoped_type_identifier":
        return this.#scoped(node);
      case "generic_type":
        return this.#generic(node);
      case "array_type":
        return children.slice(0, 1).flatMap((child) => this.of(child));
      case "wildcard":
      case "annotated_type":
        return children.slice(-1).flatMap((child) => this.of(child));
      case "catch_type":
        return children.flatMap((child) => this.of(child));
      default:
        return NONE;
    }
  }

  /** The classes that a simple name may mean: of the program, imported, or known. */
  named(name: string, scope: JavaScope | undefined): readonly string[] {
    for (let at = scope ?? null; at !== null; at = at.parent) {
      const own = at.types.get(name) ?? (at.owner === null ? undefined : this.#nested(at.owner, name));
      if (own === undefined) continue;
      if ("supers" in own) return [own.id];
      return own.children
        .filter(({ type }) => type === "type_bound")
        .flatMap(({ children }) => children.flatMap((bound) => this.of(bound)));
    }
    const { single, packages } = this.#names.imports;
    const imported = single.get(name);
    if (imported !== undefined) return [imported];
    const known = classesNamed(name, packages);
    return known.length > 0 ? known : [name];
  }

  /** False for a type parameter. */
  isClassType(type: JavaNode): boolean {
    for (let at = type.scope ?? null; at !== null; at = at.parent) {
      const own = at.types.get(type.text);
      if (own !== undefined) return "supers" in own;
    }
    return true;
  }

  isClass(name: string): boolean {
    return name.startsWith("#") || isKnownClass(name) || name.includes(".");
  }

  /** The class of the program with this id, or of this object; undefined for any other name. */
  ownClass(name: string): JavaClass | undefined {
    return name.startsWith("#") ? this.#names.classes.get(name.replace("()", "")) : undefined;
  }

  /** Full name of a nested class or a field. */
  member(owner: string, name: string): string {
    const own = this.ownClass(owner);
    const nested = own === undefined ? undefined : this.#nested(own, name);
    return nested?.id ?? `${owner}.${name}`;
  }

  #scoped(node: JavaNode): readonly string[] {
    const [outer, inner] = node.children.filter(
      ({ type }) => type === "type_identifier" || type === "scoped_type_identifier" || type === "generic_type",
    );
    if (outer === undefined || inner === undefined) return NONE;
    const isPackage = outer.type === "type_identifier" && PACKAGE_ROOTS.has(outer.text);
    return (isPackage ? [outer.text] : this.of(outer)).map((one) => this.member(one, inner.text));
  }

  /** `List<Runtime>` leads to a Runtime too. `Class<Runtime>` stands for the class. */
  #generic(node: JavaNode): readonly string[] {
    const [base, parameters] = node.children;
    if (base === undefined) return NONE;
    const inside = parameters?.children.flatMap((child) => this.of(child)) ?? NONE;
    const whole = this.of(base);
    return [...whole, ...(whole.includes("java.lang.Class") ? inside.map((one) => `@${one}`) : inside)];
  }

  /** A nested class of a class, declared or inherited. */
  #nested(owner: JavaClass, name: string): JavaClass | undefined {
    for (const { scope } of this.#lineage(owner)) {
      const found = scope.types.get(name);
      if (found !== undefined && "supers" in found) return found;
    }
    return undefined;
  }

  /** The class and its ancestors in the program. */
  #lineage(owner: JavaClass): readonly JavaClass[] {
    if (owner.supers.length === 0) return [owner];
    const found = new Set([owner]);
    for (const { supers } of found) {
      for (const name of supers.flatMap((type) => this.of(type))) {
        const own = this.ownClass(name);
        if (own !== undefined && found.size < MAX_ANCESTORS) found.add(own);
      }
    }
    return [...found];
  }

  fieldsNamed(owner: JavaClass, name: string): readonly JavaVariable[] {
    return this.#lineage(owner).flatMap(({ scope }) => scope.variables.get(name) ?? []);
  }

  /** Methods of that name in the class and its ancestors. */
  methodsNamed(owner: JavaClass, name: string): Inherited {
    const lineage = this.#lineage(owner);
    return {
      methods: lineage.flatMap(({ scope }) => scope.methods.get(name) ?? []),
      outside: this.#outside(lineage),
    };
  }

  /** Ancestors of a class that are outside of the program. */
  outsideOf(owner: JavaClass): readonly string[] {
    return this.#outside(this.#lineage(owner));
  }

  #outside(lineage: readonly JavaClass[]): readonly string[] {
    return lineage
      .flatMap(({ supers }) => supers.flatMap((type) => this.of(type)))
      .filter((name) => !name.startsWith("#"));
  }

  /**
   * The methods that a bare name may mean: methods of the program, or classes from which such a method is inherited or
   * imported.
   */
  bare(
    name: string,
    from: JavaScope | undefined,
  ): { readonly methods: readonly JavaNode[]; readonly owners: readonly string[] } {
    const owners: string[] = [];
    for (let at = from ?? null; at !== null; at = at.parent) {
      const found =
        at.owner === null ? { methods: at.methods.get(name) ?? [], outside: NONE } : this.methodsNamed(at.owner, name);
      if (found.methods.length > 0) return { methods: found.methods, owners };
      owners.push(...objects(found.outside));
    }
    const { members, memberClasses } = this.#names.imports;
    const imported = (members.get(name) ?? NONE).map((full) => full.slice(0, full.lastIndexOf(".")));
    return { methods: [], owners: [...owners, ...imported, ...memberClasses] };
  }

  /** Full names of a member of `owner` outside of the program. Empty if the program defines the member. */
  keysOf(owner: string, name: string): readonly string[] {
    if (owner.startsWith("@")) return [`java.lang.Class.${name}`];
    const own = this.ownClass(owner);
    if (own === undefined) return [`${owner.replace("()", "")}.${name}`];
    const { methods, outside } = this.methodsNamed(own, name);
    return methods.length > 0 ? NONE : outside.map((one) => `${one}.${name}`);
  }

  /** Objects of the declared types of the parameters of a method. */
  parametersOf(method: JavaNode): readonly string[] {
    return (fieldOf(method, "parameters")?.children ?? []).flatMap((one) => {
      const type = fieldOf(one, "type") ?? one.children.find((child) => child.type !== "modifiers");
      return type === undefined ? NONE : objects(this.of(type));
    });
  }
}

/** Turns names of classes into names of their objects. */
export function objects(names: readonly string[]): readonly string[] {
  return names.map((one) => (one.endsWith("()") || one.startsWith("@") ? one : `${one}()`));
}
