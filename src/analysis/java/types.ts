/**
 * Says which class a type of a Java program names, and what a class of the program has from those above it. Classes
 * outside of the program have full names, those in it ids such as `#0`.
 */

import type { JavaNode } from "./parser.js";
import type { JavaClass, JavaNames, JavaScope, JavaVariable } from "./scope.js";
import { fieldOf } from "./scope.js";
import { classesNamed, isKnownClass, PACKAGE_ROOTS } from "./targets.js";

/** Classes that one is looked through to what it stems from. */
const MAX_LINE = 20;
const MAX_DEPTH = 60;

const NONE: readonly string[] = [];

interface Inherited {
  readonly methods: readonly JavaNode[];
  /** Classes above that are not the program's. */
  readonly outside: readonly string[];
}

export class JavaTypes {
  readonly #names: JavaNames;
  readonly #known = new Map<JavaNode, readonly string[]>();
  #depth = 0;

  constructor(names: JavaNames) {
    this.#names = names;
  }

  /** Names of the classes that a type is, or is made of. */
  of(node: JavaNode): readonly string[] {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    if (this.#depth >= MAX_DEPTH) return NONE;
    this.#depth++;
    this.#known.set(node, NONE);
    const found = this.#compute(node);
    this.#depth--;
    this.#known.set(node, found);
    return found;
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

  /** What a simple name means as a type: of the program, imported, or known. */
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

  /** Is it the name of a class, and not of a type parameter? */
  isDeclared(type: JavaNode): boolean {
    for (let at = type.scope ?? null; at !== null; at = at.parent) {
      const own = at.types.get(type.text);
      if (own !== undefined) return "supers" in own;
    }
    return true;
  }

  isClass(name: string): boolean {
    return name.startsWith("#") || isKnownClass(name) || name.includes(".");
  }

  /** The class of the program that this, or an object of it, is. */
  ownClass(name: string): JavaClass | undefined {
    return name.startsWith("#") ? this.#names.classes.get(name.replace("()", "")) : undefined;
  }

  /** A class or field of a class, by full name. */
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

  /** `List<Runtime>` leads to a Runtime as well; `Class<Runtime>` stands for it. */
  #generic(node: JavaNode): readonly string[] {
    const [base, given] = node.children;
    if (base === undefined) return NONE;
    const inside = given?.children.flatMap((child) => this.of(child)) ?? NONE;
    const whole = this.of(base);
    return [...whole, ...(whole.includes("java.lang.Class") ? inside.map((one) => `@${one}`) : inside)];
  }

  /** A class in a class: its own, or one that it inherits. */
  #nested(owner: JavaClass, name: string): JavaClass | undefined {
    for (const { scope } of this.#line(owner)) {
      const found = scope.types.get(name);
      if (found !== undefined && "supers" in found) return found;
    }
    return undefined;
  }

  /** The class and those of the program that it stems from. */
  #line(owner: JavaClass): readonly JavaClass[] {
    if (owner.supers.length === 0) return [owner];
    const found = new Set([owner]);
    for (const { supers } of found) {
      for (const name of supers.flatMap((type) => this.of(type))) {
        const own = this.ownClass(name);
        if (own !== undefined && found.size < MAX_LINE) found.add(own);
      }
    }
    return [...found];
  }

  fieldsNamed(owner: JavaClass, name: string): readonly JavaVariable[] {
    return this.#line(owner).flatMap(({ scope }) => scope.variables.get(name) ?? []);
  }

  /** Methods of that name in the class and above. */
  methodsNamed(owner: JavaClass, name: string): Inherited {
    const line = this.#line(owner);
    return { methods: line.flatMap(({ scope }) => scope.methods.get(name) ?? []), outside: this.#outside(line) };
  }

  /** Classes outside of the program that one of it stems from. */
  outsideOf(owner: JavaClass): readonly string[] {
    return this.#outside(this.#line(owner));
  }

  #outside(line: readonly JavaClass[]): readonly string[] {
    return line
      .flatMap(({ supers }) => supers.flatMap((type) => this.of(type)))
      .filter((name) => !name.startsWith("#"));
  }

  /**
   * What a method that is called by its bare name may be: the program's, or one of classes that it is inherited or
   * imported from.
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

  /** Full names that a member of `owner` has outside of the program; none if the program defines it. */
  keysOf(owner: string, name: string): readonly string[] {
    if (owner.startsWith("@")) return [`java.lang.Class.${name}`];
    const own = this.ownClass(owner);
    if (own === undefined) return [`${owner.replace("()", "")}.${name}`];
    const { methods, outside } = this.methodsNamed(own, name);
    return methods.length > 0 ? NONE : outside.map((one) => `${one}.${name}`);
  }

  /** What is given for the parameters of a method, by their declared types. */
  parametersOf(method: JavaNode): readonly string[] {
    return (fieldOf(method, "parameters")?.children ?? []).flatMap((one) => {
      const type = fieldOf(one, "type") ?? one.children.find((child) => child.type !== "modifiers");
      return type === undefined ? NONE : objects(this.of(type));
    });
  }
}

/** Objects of these classes. */
export function objects(names: readonly string[]): readonly string[] {
  return names.map((one) => (one.endsWith("()") || one.startsWith("@") ? one : `${one}()`));
}
