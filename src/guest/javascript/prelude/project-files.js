/** The files of the project that a program can import. Each was analysed with the program. */

import {
  builtIns,
  create,
  defineProperty,
  getOwnPropertyDescriptor,
  ownKeys,
  parse,
  regExpExec,
  toStringTag,
} from "./intrinsics.js";
import { defineHidden } from "./lists.js";
import { quote } from "./quote.js";

/** @import { AnyObject } from "./lists.js" */
/** @import { ProjectModules } from "./programs.js" */

/** @typedef {(exports: object, require: unknown, module: { exports: unknown }, load: unknown) => void} Body */

/**
 * A file. `exports` is what it gives to others once it has begun.
 *
 * @typedef {object} LoadedFile
 * @property {string} text
 * @property {string | undefined} json
 * @property {Record<string, string>} links
 * @property {Body | null} body
 * @property {{ exports: any } | null} module
 * @property {boolean} isModule True if it has export declarations.
 * @property {boolean} isTyped True for TypeScript.
 */

const TYPED = /\.(?:[mc]?ts|tsx)$/;

/** @type {Record<string, LoadedFile | undefined>} */
const projectFiles = { __proto__: /** @type {any} */ (null) };
/**
 * The names by which the program imports files.
 *
 * @type {Record<string, string>}
 */
let programLinks = {};

/**
 * Takes the files of a program. One that has not changed since the last program stays as it is.
 *
 * @param {ProjectModules} modules
 */
export function takeFiles(modules) {
  programLinks = modules.links;
  for (let i = 0; i < modules.files.length; i++) {
    const { path, json, code, links } = modules.files[i];
    const text = json ?? code;
    const known = projectFiles[path];
    if (known !== undefined && known.text === text) continue;
    const isTyped = regExpExec(TYPED, path) !== null;
    projectFiles[path] = { text, json, links, body: null, module: null, isModule: false, isTyped };
  }
}

/**
 * Takes the body of a file, which stands before the program.
 *
 * @param {string} path
 * @param {Body} body
 */
export function defineFile(path, body) {
  const file = projectFiles[path];
  if (file !== undefined && file.body === null) file.body = body;
}

/**
 * Returns the file that a name means, or undefined.
 *
 * @param {unknown} name
 * @param {Record<string, string>} [links] Of the file that imports it.
 */
export function fileNamed(name, links = programLinks) {
  if (typeof name !== "string" || getOwnPropertyDescriptor(links, name) === undefined) return undefined;
  return projectFiles[links[name]];
}

/**
 * Returns what a file gives to others. The first import runs it.
 *
 * @param {LoadedFile} file
 * @param {(links: Record<string, string>) => { require: unknown, load: any }} functionsFor
 */
export function exportsOf(file, functionsFor) {
  if (file.module !== null) return file.module.exports;
  const module = { exports: file.json === undefined ? {} : parse(file.json) };
  file.module = module;
  if (file.body === null) return module.exports;
  const { require, load } = functionsFor(file.links);
  defineHidden(load, "exports", (/** @type {object} */ target, /** @type {object} */ getters) => {
    file.isModule = true;
    defineHidden(target, toStringTag, "Module");
    const names = ownKeys(getters);
    for (let i = 0; i < names.length; i++) defineProperty(target, names[i], descriptorOf(getters, names[i]));
  });
  try {
    const { body } = file;
    body(module.exports, require, module, load);
  } catch (error) {
    file.module = null;
    throw error;
  }
  return module.exports;
}

/**
 * @param {object} target
 * @param {PropertyKey} name
 * @returns {any}
 */
function descriptorOf(target, name) {
  const found = /** @type {PropertyDescriptor} */ (getOwnPropertyDescriptor(target, name));
  return /** @type {any} */ ({ __proto__: null, ...found, configurable: false });
}

/**
 * The exports of a file without its default, for `export * from`.
 *
 * @param {AnyObject} namespace
 */
export function withoutDefault(namespace) {
  /** @type {AnyObject} */
  const found = create(null);
  const names = ownKeys(namespace);
  for (let i = 0; i < names.length; i++)
    if (names[i] !== "default" && typeof names[i] === "string") found[names[i]] = namespace[names[i]];
  return found;
}

/**
 * @param {string} name
 * @param {string} verb
 */
export function missingFile(name, verb) {
  const error = new builtIns.Error(
    `Cannot ${verb} ${quote(name)}: a file of the project must be named by an import with a constant path, ` +
      "and be among `files`",
  );
  /** @type {any} */ (error).code = verb === "import" ? "ERR_MODULE_NOT_FOUND" : "MODULE_NOT_FOUND";
  return error;
}
