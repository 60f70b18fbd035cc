/** The modules of a program: `require`, and what stands for `import`. */

import { builtIns, create, defineProperty, global, ownKeys, slice, toStringTag } from "./intrinsics.js";
import { libraryGlobals, load, processOf } from "./libraries.js";
import { defineHidden, defineVisible } from "./lists.js";
import { defineFile, exportsOf, fileNamed, missingFile, withoutDefault } from "./project-files.js";
import { quote } from "./quote.js";

/** @import { AnyObject } from "./lists.js" */

/** @type {Record<string, (() => any) | undefined>} */
const modules = {
  __proto__: /** @type {any} */ (null),
  assert: () => load("assert"),
  "assert/strict": () => load("assert").strict,
  buffer: () => load("buffer"),
  events: () => load("events"),
  path: () => load("path"),
  "path/posix": () => load("path"),
  process: () => processOf(hasWorkspace),
  perf_hooks: () => ({ performance: libraryGlobals.performance }),
  readline: () => load("readline"),
  "readline/promises": () => load("readline").promises,
  querystring: () => load("querystring"),
  timers: () => load("timers"),
  "timers/promises": () => load("timers").promises,
  url: () => load("url"),
  util: () => load("util"),
  "util/types": () => load("util").types,
};
/** The modules of a program with a workspace. */
/** @type {Record<string, (() => any) | undefined>} */
const workspaceModules = {
  __proto__: /** @type {any} */ (null),
  crypto: () => load("node-crypto"),
  fs: () => load("fs"),
  "fs/promises": () => load("fs").promises,
  os: () => load("os"),
  "node:test": () => load("test"),
};
/** Exports that an error names, and most characters of each. */
const MAX_EXPORTS = 40;
const MAX_EXPORT_LENGTH = 40;
const WORKSPACE_NAMES = "crypto, fs and os";
let hasWorkspace = false;
const NAMES = "assert, buffer, events, path, perf_hooks, process, querystring, readline, timers, url and util";

/** Gives programs the modules that work with files of their own, from now on. */
export function openWorkspace() {
  hasWorkspace = true;
}

/**
 * @param {unknown} specifier
 * @param {"import" | "require"} verb
 * @param {Record<string, string>} [links] Of the file of the project that asks, if it is not the program.
 */
export function moduleNamed(specifier, verb, links) {
  if (typeof specifier !== "string") throw new builtIns.TypeError("The name of a module must be a string");
  const file = fileNamed(specifier, links);
  if (file !== undefined) return exportsOf(file, functionsFor);
  if (specifier[0] === ".") throw missingFile(specifier, verb);
  const bare = slice(specifier, 0, 5) === "node:" ? slice(specifier, 5) : specifier;
  const module = modules[bare] ?? (hasWorkspace ? (workspaceModules[specifier] ?? workspaceModules[bare]) : undefined);
  if (module !== undefined) return module();
  const names = hasWorkspace ? `${NAMES}, and ${WORKSPACE_NAMES}` : NAMES;
  const error = new builtIns.Error(
    `Cannot ${verb} ${quote(specifier)}: a program has the modules ${names} here; ` +
      "pass data in `inputs` or `files`, and define helper functions in the program",
  );
  /** @type {any} */ (error).code = verb === "import" ? "ERR_MODULE_NOT_FOUND" : "MODULE_NOT_FOUND";
  throw error;
}

/**
 * Returns the object that `import * as` and `import()` give.
 *
 * @param {unknown} specifier
 * @param {Record<string, string>} [links]
 * @returns {object}
 */
function namespaceOf(specifier, links) {
  const module = moduleNamed(specifier, "import", links);
  if (fileNamed(specifier, links)?.isModule === true) return module;
  const namespace = create(null);
  const keys = module === null || (typeof module !== "object" && typeof module !== "function") ? [] : ownKeys(module);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const isHidden = typeof module === "function" && (key === "length" || key === "name" || key === "prototype");
    if (typeof key === "string" && key !== "win32" && key !== "default" && !isHidden)
      defineVisible(namespace, key, module[key]);
  }
  defineVisible(namespace, "default", module);
  defineHidden(namespace, toStringTag, "Module");
  return namespace;
}

const functions = {
  /** @param {unknown} specifier */
  require(specifier) {
    return moduleNamed(specifier, "require");
  },
  /** @param {unknown} specifier */
  async import(specifier) {
    return namespaceOf(specifier);
  },
};

/** Defines `require`, `module` and `exports` as a script of Node finds them. */
export function defineRequire() {
  const module = { exports: {} };
  defineHidden(functions.require, "main", module);
  defineHidden(global, "require", functions.require);
  defineHidden(global, "module", module);
  defineHidden(global, "exports", module.exports);
}

/**
 * Defines the function that stands for `import` in a program that has it: for `import()` itself, and with the functions
 * that give a program the parts of a module that its declarations name.
 *
 * @param {string} name
 */
export function defineImport(name) {
  // A program that replaced them would make the analysis follow other values than it gets.
  const fixed = { __proto__: null, writable: false, enumerable: false, configurable: false };
  defineProperty(global, name, { ...fixed, value: functions.import });
  defineProperty(functions.import, "all", { ...fixed, value: namespaceOf });
  defineProperty(functions.import, "one", { ...fixed, value: memberOf });
  defineProperty(functions.import, "define", { ...fixed, value: defineFile });
}

/**
 * Returns `require` and what stands for `import` in a file of the project.
 *
 * @param {Record<string, string>} links
 */
function functionsFor(links) {
  /** @param {unknown} specifier */
  const require = (specifier) => moduleNamed(specifier, "require", links);
  /** @param {unknown} specifier */
  const load = async (specifier) => namespaceOf(specifier, links);
  defineHidden(load, "all", (/** @type {unknown} */ specifier) => namespaceOf(specifier, links));
  defineHidden(load, "one", (/** @type {string} */ specifier, /** @type {string} */ member) =>
    memberOf(specifier, member, links),
  );
  defineHidden(load, "star", (/** @type {unknown} */ specifier) =>
    withoutDefault(/** @type {AnyObject} */ (namespaceOf(specifier, links))),
  );
  return { require, load };
}

/**
 * Names the exports of a module.
 *
 * @param {object} namespace
 */
function exportsText(namespace) {
  const keys = ownKeys(namespace);
  let text = "";
  let count = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key !== "string" || key === "default") continue;
    count++;
    if (count <= MAX_EXPORTS) text += `${count === 1 ? "" : ", "}${slice(key, 0, MAX_EXPORT_LENGTH)}`;
  }
  if (count === 0) return "it has a default export only";
  return count > MAX_EXPORTS ? `it has ${text} and ${count - MAX_EXPORTS} more` : `it has ${text}`;
}

/**
 * @param {string} specifier
 * @param {string} member
 * @param {Record<string, string>} [links]
 */
function memberOf(specifier, member, links) {
  const namespace = namespaceOf(specifier, links);
  if (member in namespace) return /** @type {AnyObject} */ (namespace)[member];
  const isTyped = fileNamed(specifier, links)?.isTyped === true;
  throw new builtIns.SyntaxError(
    `The requested module ${quote(specifier)} does not provide an export named ${quote(member)}: ` +
      (isTyped ? "if it is a type, write `import type` or `export type`; " : "") +
      exportsText(namespace),
  );
}
