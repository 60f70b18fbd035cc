/**
 * The functions and classes of a Python program, by name: the arguments that calls give them, the values that they
 * return, and the values of their attributes. It is complete after the whole program was visited.
 */

import { CallTables } from "./call-tables.js";
import { CommandLine } from "./command-line.js";
import { ClassFields, enclosing, isInTest } from "./class-fields.js";
import { isSplat, partOf, positionalOf, type PythonNode, type TextOf } from "./node.js";

/** Most calls and returns of one function, and most values of one attribute, that are looked at. */
const MAX_CALLS = 200;
/** Most arguments of a call that may be a function, and that are passed on to it. */
export const MAX_CALLBACKS = 3;
const MAX_PASSED = 8;

/** Calls of a function with each item of the next argument, by the last name of what is called. */
const CALLS_WITH_ITEMS = /^(?:i?map|map_async|imap_unordered|filter|starmap)$/;

/** Classes whose objects have the attributes that a call names. */
const NAMESPACES = /(?:^|\.)(?:SimpleNamespace|Namespace)$/;

/** A value: an expression, or each item of it. */
export interface Given {
  readonly node: PythonNode;
  readonly isEach: boolean;
}

/** One call of a function. */
interface Site {
  readonly given: readonly Given[];
  readonly call: PythonNode | null;
  /** Object of the method that is called. */
  readonly receiver: PythonNode | null;
  /**
   * Is it in a test? A test gives a function what does not exist, to see the error, or replaces what would use it.
   */
  readonly isTest: boolean;
}

interface Parameter {
  readonly name: string;
  readonly node: PythonNode;
  /** The function or lambda. */
  readonly owner: PythonNode;
  readonly index: number;
}

export class CallSites {
  readonly #textOf: TextOf;
  /** By the name of the function, method or class. */
  readonly #calls = new Map<string, Site[]>();
  /** Calls that get a lambda and call it with another argument. */
  readonly #ofLambdas = new Map<PythonNode, Site[]>();
  /** By the offset of the parameter's name. */
  readonly #parameters = new Map<number, Parameter>();
  readonly #functions = new Map<string, PythonNode[]>();
  readonly #returns = new Map<PythonNode, PythonNode[]>();
  readonly #fields: ClassFields;
  readonly #tables: CallTables;
  readonly #commandLine: CommandLine;
  /** Expressions that are put into a list, by the name of the list. */
  readonly #added = new Map<string, Given[]>();

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
    this.#fields = new ClassFields(textOf);
    this.#tables = new CallTables(textOf);
    this.#commandLine = new CommandLine(textOf);
  }

  visit(node: PythonNode): void {
    switch (node.type) {
      case "call":
        return this.#call(node);
      case "function_definition":
      case "lambda":
        return this.#definition(node);
      case "class_definition":
        return this.#fields.addClass(node);
      case "return_statement": {
        const [value] = node.children;
        const owner = enclosing(node, "function_definition");
        if (value !== undefined && owner !== null) push(this.#returns, owner, value);
        return;
      }
      case "assignment":
        this.#tables.assignment(node);
        return this.#fields.assignment(node);
      case "for_statement":
      case "for_in_clause":
        return this.#tables.loop(node);
    }
  }

  /** The values that calls give to the parameter at an offset. Null if there is none at this offset. */
  givenTo(offset: number): readonly Given[] | null {
    const parameter = this.#parameters.get(offset);
    if (parameter === undefined) return null;
    const sites = this.#sitesOf(parameter.owner).filter(({ isTest }) => !isTest);
    return sites.flatMap((site) => this.#argument(site, parameter) ?? []);
  }

  /** Does every known call give the parameter at an offset? Then its default is not used. */
  isAlwaysGiven(offset: number): boolean {
    const parameter = this.#parameters.get(offset);
    if (parameter === undefined) return false;
    const sites = this.#sitesOf(parameter.owner);
    const isGiven = (site: Site): boolean =>
      site.call?.children.every(({ children }) => !children.some(isSplat)) !== false &&
      this.#argument(site, parameter) !== null;
    return sites.length > 0 && sites.length < MAX_CALLS && sites.every(isGiven);
  }

  /** The values that a function of this name returns. */
  returned(name: string): readonly PythonNode[] {
    return (this.#functions.get(name) ?? []).flatMap((one) => this.returnedBy(one)).slice(0, MAX_CALLS);
  }

  returnedBy(fn: PythonNode): readonly PythonNode[] {
    const body = fn.type === "lambda" ? partOf(fn, "body") : undefined;
    return body === undefined ? (this.#returns.get(fn) ?? []) : [body];
  }

  /** What is put into a list of this name by `append` and the like. */
  added(name: string): readonly Given[] {
    return this.#added.get(name) ?? [];
  }

  /** The values of `object.name`, if the object is of a class of the program. */
  attribute(object: PythonNode, name: string, soleValue: (name: PythonNode) => PythonNode | null): readonly Given[] {
    const owner = this.#fields.classOf(object, soleValue);
    if (owner === null) return this.#unknownAttribute(object, name, soleValue(object));
    const index = this.#fields.placeOf(owner, name);
    const given = index === null ? [] : this.#fieldOf(this.#nameOf(owner), index, name);
    return [...this.#fields.valuesOf(owner, name).map(whole), ...given];
  }

  /** The items that a call gives to a named tuple, or that a named tuple has. */
  itemsOf(call: PythonNode): readonly PythonNode[] {
    const callee = partOf(call, "function");
    const fields = callee?.type === "identifier" ? this.#fields.tuple(this.#textOf(callee)) : null;
    if (fields === null) return [];
    const given = positionalOf(call);
    return fields.flatMap((field, index) => given[index] ?? this.#named(call, field) ?? []);
  }

  /** Of an object of no class of the program: of a named tuple, of the command line, or of something unknown. */
  #unknownAttribute(object: PythonNode, name: string, value: PythonNode | null): readonly Given[] {
    if (this.#commandLine.isResult(value)) return this.#commandLine.defaultsOf(name).map(whole);
    const call = value ?? object;
    const callee = call.type === "call" ? partOf(call, "function") : undefined;
    if (callee !== undefined) {
      const index = this.#fields.tuple(this.#textOf(callee))?.indexOf(name) ?? -1;
      if (index >= 0) return this.#fieldOf(this.#textOf(callee), index, name);
      const field = NAMESPACES.test(this.#textOf(callee)) ? this.#named(call, name) : undefined;
      return field === undefined ? [] : [whole(field)];
    }
    // A parameter or the name of a loop may be of any class.
    if (object.type !== "identifier" || value !== null) return [];
    return this.#fields.withField(name).flatMap(([owner, index]) => this.#fieldOf(owner, index, name));
  }

  /** The values that calls of a class give to a field. */
  #fieldOf(owner: string, index: number, name: string): readonly Given[] {
    const sites = (this.#calls.get(owner) ?? []).filter(({ isTest }) => !isTest);
    return sites.flatMap((site) => site.given[index] ?? this.#keyword(site, name) ?? []);
  }

  #call(node: PythonNode): void {
    const callee = partOf(node, "function");
    const isMethod = callee?.type === "attribute";
    const last = isMethod ? callee.children.at(-1) : callee;
    if (callee === undefined) return;
    const table = this.#tables.tableOf(callee);
    if (table === null && last?.type !== "identifier") return;
    const name = table ?? this.#textOf(last ?? callee);
    const given = positionalOf(node);
    const receiver = isMethod ? (partOf(callee, "object") ?? null) : null;
    const isTest = isInTest(node, this.#textOf);
    push(this.#calls, name, { given: given.map(whole), call: node, receiver, isTest });
    if (!isTest) {
      this.#callbacks(given, CALLS_WITH_ITEMS.test(name));
      this.#target(node);
    }
    if (name === "add_argument") this.#commandLine.add(given, this.#named(node, "default"));
    if (receiver?.type === "identifier" && /^(?:append|add|appendleft|insert|extend|update)$/.test(name)) {
      const value = given[name === "insert" ? 1 : 0];
      if (value !== undefined)
        push(this.#added, this.#textOf(receiver), { node: value, isEach: /^(?:extend|update)$/.test(name) });
    }
  }

  /** `map(read, names)`, `pool.submit(read, name)`: a call of the function that is an argument. */
  #callbacks(given: readonly PythonNode[], isEach: boolean): void {
    for (const [index, one] of given.slice(0, MAX_CALLBACKS).entries()) {
      const passed = given.slice(index + 1, index + 1 + MAX_PASSED);
      const site = { given: passed.map((node) => ({ node, isEach })), call: null, receiver: null, isTest: false };
      if (site.given.length === 0) return;
      if (one.type === "identifier") push(this.#calls, this.#textOf(one), site);
      else if (one.type === "lambda") push(this.#ofLambdas, one, site);
    }
  }

  /** `Thread(target=read, args=(name,))`. */
  #target(node: PythonNode): void {
    const target = this.#named(node, "target");
    const list = target?.type === "identifier" ? this.#named(node, "args") : undefined;
    if (target === undefined || list === undefined) return;
    push(this.#calls, this.#textOf(target), {
      given: list.children.map(whole),
      call: null,
      receiver: null,
      isTest: false,
    });
  }

  #definition(node: PythonNode): void {
    if (node.type === "function_definition") push(this.#functions, this.#nameOf(node), node);
    for (const [index, one] of (partOf(node, "parameters")?.children ?? []).entries()) {
      const name = one.type === "identifier" ? one : (partOf(one, "name") ?? one.children[0]);
      if (name?.type !== "identifier") continue;
      this.#parameters.set(name.start, { name: this.#textOf(name), node: one, owner: node, index });
    }
  }

  #sitesOf(owner: PythonNode): readonly Site[] {
    if (owner.type === "lambda") {
      const holder = owner.parent?.type === "assignment" ? partOf(owner.parent, "left") : undefined;
      const named = holder?.type === "identifier" ? (this.#calls.get(this.#textOf(holder)) ?? []) : [];
      return [...named, ...(this.#ofLambdas.get(owner) ?? []), ...this.#fromTables(owner)];
    }
    const name = this.#nameOf(owner);
    const holder = classAround(owner);
    if (holder === null)
      return [...(this.#calls.get(name) ?? []).filter(({ receiver }) => receiver === null), ...this.#fromTables(name)];
    const calls = this.#calls.get(name === "__init__" ? this.#nameOf(holder) : name) ?? [];
    return [...calls, ...this.#fromTables(name)];
  }

  /** Calls of a function, or of a lambda, that is in a list or a dict. */
  #fromTables(fn: string | PythonNode): readonly Site[] {
    return this.#tables
      .namesFor(fn)
      .flatMap((name) => this.#calls.get(name) ?? [])
      .slice(0, MAX_CALLS);
  }

  /** The argument for a parameter. Null if the call gives none. */
  #argument(site: Site, { name, node, owner, index }: Parameter): Given | null {
    const isBound = classAround(owner) !== null && !this.#isStatic(owner);
    const isNamed = owner.children.some(({ children }) => children.some(isSeparatorBefore(node)));
    return (isNamed ? undefined : site.given[index - (isBound ? 1 : 0)]) ?? this.#keyword(site, name);
  }

  #isStatic({ parent }: PythonNode): boolean {
    const decorators = parent?.type === "decorated_definition" ? parent.children : [];
    return decorators.some((one) => one.type === "decorator" && this.#textOf(one) === "@staticmethod");
  }

  #keyword({ call }: Site, name: string): Given | null {
    const value = call === null ? undefined : this.#named(call, name);
    return value === undefined ? null : whole(value);
  }

  #named(call: PythonNode, name: string): PythonNode | undefined {
    for (const argument of partOf(call, "arguments")?.children ?? []) {
      const [label, value] = argument.type === "keyword_argument" ? argument.children : [];
      if (label !== undefined && this.#textOf(label) === name) return value;
    }
    return undefined;
  }

  #nameOf(definition: PythonNode): string {
    const name = partOf(definition, "name");
    return name === undefined ? "" : this.#textOf(name);
  }
}

/** Does a `*` stand before this parameter? Then it is given by name only. */
function isSeparatorBefore(parameter: PythonNode): (node: PythonNode) => boolean {
  return ({ type, start }) =>
    (type === "keyword_separator" || type === "list_splat_pattern") && start < parameter.start;
}

function whole(node: PythonNode): Given {
  return { node, isEach: false };
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else if (known.length < MAX_CALLS) known.push(value);
}

/** The class whose method a function is. */
function classAround({ parent }: PythonNode): PythonNode | null {
  const block = parent?.type === "decorated_definition" ? parent.parent : parent;
  return block?.parent?.type === "class_definition" ? block.parent : null;
}
