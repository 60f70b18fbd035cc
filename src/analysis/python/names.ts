/**
 * Names of Python itself that rules are about. This file holds tables and no decisions. The module tables are those of
 * CPython 3.11; the import check in the guest stops names that later versions add.
 */

import { parseWordSet } from "../word-list.js";

/** Attributes that lead from a value into the interpreter. */
export const ESCAPE_ATTRIBUTES: ReadonlySet<string> = parseWordSet(`
  __subclasses__ __globals__ __builtins__ __code__ __closure__ __self__
  __import__ __loader__ __spec__ __getattribute__ __reduce__ __reduce_ex__
  func_globals func_code func_closure im_func im_self im_class
  gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await cr_origin ag_frame ag_code ag_await
  f_back f_globals f_builtins f_locals f_code f_trace tb_frame tb_next
  co_code co_consts co_names _getframe _current_frames
  _os _sys _io _thread _imp _types _tzpath _locale _posixsubprocess _winapi _socket _ctypes
  _Printer__filenames _Printer__setup _Printer__data
`);

/** Attributes that lead to the classes behind a class or the frames behind an exception: a step of most escapes. */
export const CLIMBING_ATTRIBUTES: ReadonlySet<string> = parseWordSet("__base__ __bases__ __mro__ mro __traceback__");

/** Names that every Python module has, and that no program needs. */
export const ESCAPE_NAMES: ReadonlySet<string> = parseWordSet("__builtins__ __loader__ __spec__");

/** Modules that are attributes of an importable module: its submodules, and the modules that it imports. */
export const INNER_MODULES: Readonly<Record<string, ReadonlySet<string>>> = {
  calendar: parseWordSet("sys _locale locale"),
  collections: parseWordSet("_sys abc"),
  contextlib: parseWordSet("os sys _collections_abc"),
  csv: parseWordSet("_csv"),
  dataclasses: parseWordSet("sys types inspect keyword builtins _thread"),
  datetime: parseWordSet("sys _datetime"),
  enum: parseWordSet("sys bltns"),
  fractions: parseWordSet("sys"),
  hashlib: parseWordSet("_hashlib"),
  hmac: parseWordSet("_hashopenssl"),
  html: parseWordSet("entities parser"),
  io: parseWordSet("_io"),
  json: parseWordSet("decoder encoder scanner tool codecs"),
  "json.decoder": parseWordSet("scanner"),
  pprint: parseWordSet("_sys _types"),
  random: parseWordSet("_os _random"),
  re: parseWordSet("_constants _parser _casefix _compiler copyreg"),
  statistics: parseWordSet("sys"),
  string: parseWordSet("_string templatelib"),
  timeit: parseWordSet("gc sys"),
  traceback: parseWordSet("linecache sys codeop keyword tokenize"),
  typing: parseWordSet("sys types"),
  urllib: parseWordSet("error parse request response robotparser"),
  "urllib.parse": parseWordSet("sys types ipaddress"),
  uuid: parseWordSet("os sys platform _uuid"),
  warnings: parseWordSet("sys"),
  zoneinfo: parseWordSet("_tzpath _common _zoneinfo"),
};

/** Functions that run a string as code. */
export const RUNS_STRINGS: ReadonlySet<string> = parseWordSet("timeit.timeit timeit.repeat timeit.Timer");

/** Functions that import a module by its name. */
export const IMPORTS_BY_NAME: ReadonlySet<string> = parseWordSet(
  "builtins.__import__ importlib.import_module importlib.__import__",
);

/** Functions whose second argument is the name of an attribute. */
export const NAMES_ATTRIBUTE: ReadonlySet<string> = parseWordSet(
  "builtins.getattr builtins.hasattr builtins.setattr builtins.delattr",
);

/** Functions whose arguments are names of attributes. */
export const ATTRIBUTE_GETTERS: ReadonlySet<string> = parseWordSet("operator.attrgetter operator.methodcaller");
