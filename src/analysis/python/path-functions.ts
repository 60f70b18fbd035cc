/** Tables of the functions, methods and constants by which a Python program puts a path together. */

import { anyOf } from "./call-targets.js";

/** Functions that join their arguments. */
export const JOINS: RegExp = /^(?:(?:os\.path|posixpath)\.join|pathlib\.\w+|pathlib\.Path\(\)\.joinpath)$/;
/** Functions that give the same place as their first argument names. */
export const KEEPS: RegExp = new RegExp(
  `^${anyOf([
    /(?:os\.path|posixpath)\.(?:abspath|normpath|realpath|expanduser|expandvars)/,
    /os\.(?:fspath|fsencode|fsdecode)|builtins\.str/,
  ])}$`,
);
/** Methods that give the same place as their object names. */
export const KEEPS_OWN: RegExp =
  /^(?:resolve|absolute|expanduser|as_posix|strip|[lr]strip|encode|decode|__str__|__fspath__)$/;
/** Functions whose result is one item of their argument. */
export const TAKES_ITEM: RegExp = /^(?:builtins\.(?:next|max|min)|(?:random|secrets)\.choice)$/;

/** Members that are a text. */
export const CONSTANTS: ReadonlyMap<string, string> = new Map([
  ["os.sep", "/"],
  ["os.path.sep", "/"],
  ["os.pardir", ".."],
  ["os.path.pardir", ".."],
  ["os.curdir", "."],
  ["os.path.curdir", "."],
]);
/** Functions that give a known place. The guest has its own home directory. */
export const RESULTS: ReadonlyMap<string, string> = new Map([
  ["os.getcwd", "/workspace"],
  ["pathlib.Path.cwd", "/workspace"],
  ["pathlib.Path.home", "~"],
]);
