/**
 * Full names of the results of Python's own functions: `getattr(os, "system")` is `os.system`, `__import__("os")` is
 * `os`.
 */

import { GLOBALS, memberOf, NAMESPACE, sameModule } from "./members.js";
import { positionalOf, type PythonNode } from "./node.js";

/** Begins the name of a function that takes an attribute: `attrgetter("a.b")` is `@attribute:a.b`. */
const GETS = "@attribute:";

/** Begins the name of a function that calls a method: `methodcaller("run")` is `@method:run`. */
const CALLS = "@method:";

const NONE: readonly string[] = [];

/** The values of the expressions in a call. */
interface ExpressionValues {
  of(node: PythonNode): readonly string[];
  constant(node: PythonNode | undefined): string | null;
  keyword(call: PythonNode, name: string): PythonNode | undefined;
}

type Result = (
  given: readonly PythonNode[],
  values: ExpressionValues,
  keyword: (name: string) => PythonNode | undefined,
) => readonly string[];

const importModule: Result = ([name], values, keyword) => moduleNamed(values.constant(name ?? keyword("name")));
const allGlobals: Result = () => [GLOBALS];
const sameAsFirst: Result = ([value], values) => (value === undefined ? NONE : values.of(value));
const attributeGetter: Result = ([name], values) => prefixed(GETS, values.constant(name));

/** By full name of the function. */
const RESULTS: ReadonlyMap<string, Result> = new Map<string, Result>([
  [
    "builtins.__import__",
    ([name, ...more], values, keyword) => {
      const module = values.constant(name ?? keyword("name"));
      // Without a list of names it returns the top package.
      const isWhole = more.length >= 3 || keyword("fromlist") !== undefined;
      return moduleNamed(module === null || isWhole ? module : (module.split(".", 1)[0] ?? module));
    },
  ],
  ["importlib.import_module", importModule],
  ["importlib.__import__", importModule],
  [
    "importlib.reload",
    ([module], values, keyword) => {
      const name = values.constant(module ?? keyword("name"));
      return name === null && module !== undefined ? values.of(module) : moduleNamed(name);
    },
  ],
  [
    "builtins.getattr",
    ([object, attribute], values) => {
      const name = values.constant(attribute);
      return object === undefined || name === null ? NONE : values.of(object).flatMap((owner) => memberOf(owner, name));
    },
  ],
  ["builtins.globals", allGlobals],
  ["builtins.locals", allGlobals],
  [
    "builtins.vars",
    ([object], values) => (object === undefined ? [GLOBALS] : values.of(object).map((owner) => owner + NAMESPACE)),
  ],
  ["operator.attrgetter", attributeGetter],
  ["operator.itemgetter", attributeGetter],
  ["operator.methodcaller", ([name], values) => prefixed(CALLS, values.constant(name))],
  ["functools.partial", sameAsFirst],
  ["functools.wraps", sameAsFirst],
  ["builtins.staticmethod", sameAsFirst],
]);

/** The full names of the result of calling the function `full`. Null if the function is not known here. */
export function resultsOf(full: string, call: PythonNode, values: ExpressionValues): readonly string[] | null {
  const given = positionalOf(call);
  if (full.startsWith(CALLS)) return NONE;
  if (full.startsWith(GETS)) {
    return given[0] === undefined ? NONE : followPath(values.of(given[0]), full.slice(GETS.length));
  }
  return RESULTS.get(full)?.(given, values, (name) => values.keyword(call, name)) ?? null;
}

/** The name of the method that a function such as `methodcaller("run")` calls. Null for other functions. */
export function methodCalledBy(full: string): string | null {
  return full.startsWith(CALLS) ? full.slice(CALLS.length) : null;
}

function moduleNamed(name: string | null): readonly string[] {
  return name === null ? NONE : [sameModule(name)];
}

function prefixed(prefix: string, name: string | null): readonly string[] {
  return name === null ? NONE : [prefix + name];
}

/** `a.b.c` from each of these owners. */
function followPath(owners: readonly string[], dotted: string): readonly string[] {
  return dotted
    .split(".")
    .reduce<readonly string[]>((at, name) => at.flatMap((owner) => memberOf(owner, name)), owners);
}
