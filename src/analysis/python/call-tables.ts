/**
 * Functions that a Python program keeps in lists and dicts, and calls from there: `{"read": read}["read"](name)`. All
 * functions of one table count as called with what any of them gets.
 */

import { partOf, type PythonNode, type TextOf } from "./node.js";

/** Most functions of one table, and most tables of one function. */
const MAX_ITEMS = 100;

/** Methods of a table that give one of its items, or each of them. */
const GIVES_ITEM = /^(?:get|pop|values|items|setdefault)$/;

export class CallTables {
  readonly #textOf: TextOf;
  /** The names of the tables that hold a function, by the name of the function, or by the lambda itself. */
  readonly #holders = new Map<string | PythonNode, Set<string>>();
  /** Names that get an item of a table, by the name of the table. */
  readonly #takers = new Map<string, Set<string>>();

  constructor(textOf: TextOf) {
    this.#textOf = textOf;
  }

  /** Notes `table = {"read": read}`, `table["read"] = read`, and `one = table["read"]`. */
  assignment(node: PythonNode): void {
    const [left, right] = [partOf(node, "left"), partOf(node, "right")];
    if (left === undefined || right === undefined) return;
    const name = this.#lastName(left.type === "subscript" ? left.children[0] : left);
    if (name === null) return;
    if (left.type === "subscript") return this.#hold(name, right);
    for (const item of itemsOf(right)) this.#hold(name, item);
    if (left.type === "identifier") this.#take(name, right);
  }

  /** Notes `for one in table`, also in a comprehension. */
  loop(node: PythonNode): void {
    const [left, right] = [partOf(node, "left"), partOf(node, "right")];
    if (left === undefined || right === undefined) return;
    const names = left.type === "identifier" ? [left] : left.children.filter(({ type }) => type === "identifier");
    for (const one of names) this.#take(this.#textOf(one), right);
    for (const item of itemsOf(right)) for (const one of names) this.#hold(this.#textOf(one), item);
  }

  /** The table whose item a call calls; null for other calls. */
  tableOf(callee: PythonNode): string | null {
    return callee.type === "subscript" || callee.type === "call" ? this.#taken(callee) : null;
  }

  /** The names under which a function of a table is called. */
  namesFor(fn: string | PythonNode): readonly string[] {
    return [...(this.#holders.get(fn) ?? [])].flatMap((table) => [table, ...(this.#takers.get(table) ?? [])]);
  }

  #hold(table: string, item: PythonNode): void {
    if (item.type === "tuple") for (const one of item.children) this.#hold(table, one);
    const key = item.type === "lambda" ? item : this.#lastName(item);
    if (key !== null) add(this.#holders, key, table);
  }

  #take(name: string, value: PythonNode): void {
    const table = this.#taken(value);
    if (table !== null) add(this.#takers, table, name);
  }

  /** The table in `table`, `table["a"]`, `table.get("a")`, `table.items()`. */
  #taken(value: PythonNode): string | null {
    if (value.type === "subscript") return this.#lastName(value.children[0]);
    if (value.type !== "call") return this.#lastName(value);
    const callee = partOf(value, "function");
    if (callee?.type !== "attribute" || !GIVES_ITEM.test(this.#textOf(partOf(callee, "attribute") ?? callee)))
      return null;
    return this.#lastName(partOf(callee, "object"));
  }

  /** `handlers` of `handlers` and of `self.handlers`. */
  #lastName(node: PythonNode | undefined): string | null {
    const last = node?.type === "attribute" ? partOf(node, "attribute") : node;
    return last?.type === "identifier" ? this.#textOf(last) : null;
  }
}

/** The items of a list, a tuple or a dict that is written out. */
function itemsOf(value: PythonNode): readonly PythonNode[] {
  switch (value.type) {
    case "list":
    case "tuple":
    case "set":
      return value.children.slice(0, MAX_ITEMS);
    case "dictionary":
      return value.children.slice(0, MAX_ITEMS).flatMap((pair) => partOf(pair, "value") ?? []);
    case "call":
      return (partOf(value, "arguments")?.children ?? [])
        .slice(0, MAX_ITEMS)
        .flatMap((one) => (one.type === "keyword_argument" ? (partOf(one, "value") ?? []) : []));
    default:
      return [];
  }
}

function add<Key>(map: Map<Key, Set<string>>, key: Key, name: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([name]));
  else if (known.size < MAX_ITEMS) known.add(name);
}
