/**
 * Finds the objects that a method call of a Java program may return: from the declared type of a method of the program,
 * from the table of library methods, or else from the objects that the call receives.
 */

import type { JavaConstants } from "./constants.js";
import { resultOf, RETURNS_TEXT } from "./library.js";
import { argumentsOf, fieldOf, type JavaNode, type JavaVariable, receiverOf } from "./node.js";
import { type ExpressionValues, objects } from "./types.js";

const NONE: readonly string[] = [];

/** An object of the class String. */
export const TEXT = "java.lang.String()";

/** Methods that return the Class of the name that they are given. */
const FINDS_CLASS: ReadonlySet<string> = new Set([
  "java.lang.Class.forName",
  "java.lang.ClassLoader.loadClass",
  "java.lang.ClassLoader.findClass",
  "java.lang.invoke.MethodHandles.Lookup.findClass",
]);

interface CallContext extends ExpressionValues {
  readonly constants: JavaConstants;
  /** Names of the values that a variable may have. */
  variableValues(variable: JavaVariable): readonly string[];
}

export class CallResults {
  readonly #context: CallContext;

  constructor(context: CallContext) {
    this.#context = context;
  }

  ofCall(node: JavaNode): readonly string[] {
    const object = receiverOf(node);
    const name = fieldOf(node, "name")?.text ?? "";
    const given = argumentsOf(node);
    if (object !== undefined) return this.#resultOn(this.#context.of(object), name, given);
    const { methods, owners } = this.#context.types.bare(name, node.scope);
    return methods.length > 0 ? this.#declaredResults(methods, given) : this.#resultOn(owners, name, given);
  }

  /** A method reference has the values that the method returns: `Runtime::getRuntime` is a Runtime. */
  ofReference(node: JavaNode): readonly string[] {
    const [owner, name] = [node.children[0], node.children.at(-1)];
    if (owner === undefined || name === undefined) return NONE;
    const owners = this.#context.of(owner);
    return node.tokens.includes("new") ? objects(owners) : this.#resultOn(owners, name.text, []);
  }

  /**
   * The expression that the called method of the program returns. Null unless there is one method and it ends in
   * `return`.
   */
  soleResult(call: JavaNode): JavaNode | null {
    const { methods } = this.#context.types.bare(fieldOf(call, "name")?.text ?? "", call.scope);
    const [method, ...others] = methods;
    const statements = method === undefined ? [] : (fieldOf(method, "body")?.children ?? []);
    const last = statements.at(-1);
    return others.length === 0 && last?.type === "return_statement" ? (last.children[0] ?? null) : null;
  }

  /** The results of a method that is called on one of the owners. */
  #resultOn(owners: readonly string[], name: string, given: readonly JavaNode[]): readonly string[] {
    const { types } = this.#context;
    const found: string[] = [];
    for (const owner of owners) {
      const own = types.ownClass(owner);
      const inherited = own === undefined ? null : types.methodsNamed(own, name);
      if (inherited !== null && inherited.methods.length > 0) {
        found.push(...this.#declaredResults(inherited.methods, given));
        continue;
      }
      // The accessor of a record has the name of its field.
      if (own !== undefined)
        found.push(...types.fieldsNamed(own, name).flatMap((one) => this.#context.variableValues(one)));
      for (const key of types.keysOf(owner, name)) found.push(...this.#libraryResult(key, owner, given));
    }
    if (found.length > 0) return found;
    if (RETURNS_TEXT.has(name)) return [TEXT];
    // Nothing is known of the method. It may return any object that it receives.
    return objectsAmong([...owners, ...this.#valuesOf(given)]);
  }

  #libraryResult(key: string, owner: string, given: readonly JavaNode[]): readonly string[] {
    if (FINDS_CLASS.has(key)) {
      const className = given[0] === undefined ? null : this.#context.constants.text(given[0]);
      return [`@${className ?? "java.lang.Object"}`];
    }
    if (key.endsWith(".getClass")) return [`@${owner.replace("()", "")}`];
    if (key === "java.lang.Class.newInstance" || key === "java.lang.Class.cast") return [`${owner.slice(1)}()`];
    const result = resultOf(key);
    return result === null ? NONE : [`${result}()`];
  }

  /** The results of methods of the program: their declared type or, for a type parameter, their arguments. */
  #declaredResults(methods: readonly JavaNode[], given: readonly JavaNode[]): readonly string[] {
    return methods.flatMap((method) => {
      const type = fieldOf(method, "type");
      if (type === undefined || type.type === "void_type") return NONE;
      const declared = objects(this.#context.of(type));
      const isParameter = type.type === "type_identifier" && !this.#context.types.isClassType(type);
      return isParameter ? [...declared, ...objectsAmong(this.#valuesOf(given))] : declared;
    });
  }

  #valuesOf(nodes: readonly JavaNode[]): readonly string[] {
    return nodes.flatMap((one) => this.#context.of(one));
  }
}

/** The objects among these values. For a Class, an object of the class counts too. */
function objectsAmong(values: readonly string[]): readonly string[] {
  return values.flatMap((one) => (one.startsWith("@") ? [one, `${one.slice(1)}()`] : one.endsWith("()") ? [one] : []));
}
