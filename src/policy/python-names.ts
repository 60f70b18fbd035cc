/**
 * Names of Python's own that matter to the rules: tables, not decisions. The
 * module tables were read off CPython 3.11; a name that a later version adds is
 * stopped by the guest's import fence.
 */

import type { RuleId } from "./rule.js";

/** Attributes that lead from a value into the interpreter. */
export const ESCAPE_ATTRIBUTES: ReadonlySet<string> = set(`
  __subclasses__ __base__ __bases__ __mro__ mro __globals__ __builtins__ __code__ __closure__ __self__
  __import__ __loader__ __spec__ __getattribute__ __reduce__ __reduce_ex__ __traceback__
  func_globals func_code func_closure im_func im_self im_class
  gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await cr_origin ag_frame ag_code ag_await
  f_back f_globals f_builtins f_locals f_code f_trace tb_frame tb_next
  co_code co_consts co_names _getframe _current_frames
  _os _sys _io _thread _imp _types _tzpath _locale _posixsubprocess _winapi _socket _ctypes
  _Printer__filenames _Printer__setup _Printer__data
`);

/** Names that every Python module has and no program needs. */
export const ESCAPE_NAMES: ReadonlySet<string> = set("__builtins__ __loader__ __spec__");

/** Modules that can be reached as attributes of an importable module: its submodules and what it imports for itself. */
export const INNER_MODULES: Readonly<Record<string, ReadonlySet<string>>> = {
  calendar: set("sys _locale locale"),
  collections: set("_sys abc"),
  contextlib: set("os sys _collections_abc"),
  csv: set("_csv"),
  dataclasses: set("sys types inspect keyword builtins _thread"),
  datetime: set("sys _datetime"),
  enum: set("sys bltns"),
  fractions: set("sys"),
  hashlib: set("_hashlib"),
  hmac: set("_hashopenssl"),
  html: set("entities parser"),
  io: set("_io"),
  json: set("decoder encoder scanner tool codecs"),
  "json.decoder": set("scanner"),
  pprint: set("_sys _types"),
  random: set("_os _random"),
  re: set("_constants _parser _casefix _compiler copyreg"),
  statistics: set("sys"),
  string: set("_string templatelib"),
  timeit: set("gc sys"),
  traceback: set("linecache sys codeop keyword tokenize"),
  typing: set("sys types"),
  urllib: set("error parse request response robotparser"),
  "urllib.parse": set("sys types ipaddress"),
  uuid: set("os sys platform _uuid"),
  warnings: set("sys"),
  zoneinfo: set("_tzpath _common _zoneinfo"),
};

/** Members of importable modules that undo what the policy takes away. */
export const DENIED_MEMBERS: Readonly<Record<string, RuleId>> = {
  "io.open": "PY-FILE-001",
  "io.open_code": "PY-FILE-001",
  "io.FileIO": "PY-FILE-001",
  "typing.get_type_hints": "PY-DYN-001",
  "typing.ForwardRef": "PY-DYN-001",
  "warnings._getaction": "PY-ESC-001",
  "traceback.walk_stack": "PY-ESC-001",
  "traceback.walk_tb": "PY-ESC-001",
};

/** Members that run a string given to them as code. */
export const RUNS_STRINGS: ReadonlySet<string> = set("timeit.timeit timeit.repeat timeit.Timer");

/** Builtins whose second argument names an attribute. */
export const NAMES_ATTRIBUTE: ReadonlySet<string> = set("getattr hasattr setattr delattr");

/** Members whose arguments name attributes. */
export const ATTRIBUTE_GETTERS: ReadonlySet<string> = set("operator.attrgetter operator.methodcaller");

function set(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
