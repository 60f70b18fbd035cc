/**
 * Names of Python itself that rules are about. This file holds tables and no decisions. The module tables are those of
 * CPython 3.11; the import check in the guest stops names that later versions add.
 */

import { parseWordSet } from "../word-list.js";

/**
 * Attributes with two underscores at each end that lead nowhere. All others of this shape are findings, because a list
 * of the dangerous ones is never complete. The guest has the same list in src/guest/python/program/names.py.
 */
export const HARMLESS_ATTRIBUTES: ReadonlySet<string> = parseWordSet(`
  __name__ __qualname__ __module__ __doc__ __annotations__ __class__ __dict__ __slots__ __weakref__ __wrapped__
  __defaults__ __kwdefaults__ __type_params__ __isabstractmethod__ __abstractmethods__ __all__ __author__ __file__
  __package__ __path__ __version__ __version_info__ __members__ __notes__ __cause__ __context__ __suppress_context__
  __match_args__ __post_init__ __dataclass_fields__ __dataclass_params__ __text_signature__ __unittest_skip__
  __stdin__ __stdout__ __stderr__
  __unittest_skip_why__ __unittest_expecting_failure__ __warningregistry__ __origin__ __args__ __parameters__
  __metadata__ __orig_bases__ __orig_class__ __supertype__ __bound__ __constraints__ __covariant__ __contravariant__
  __total__ __required_keys__ __optional_keys__ __forward_arg__ __new__ __init__ __del__ __call__ __repr__ __str__
  __bytes__ __format__ __hash__ __bool__ __lt__ __le__ __eq__ __ne__ __gt__ __ge__ __getattr__ __setattr__ __delattr__
  __dir__ __get__ __set__ __delete__ __set_name__ __init_subclass__ __class_getitem__ __instancecheck__
  __subclasscheck__ __subclasshook__ __prepare__ __mro_entries__ __len__ __length_hint__ __getitem__ __setitem__
  __delitem__ __missing__ __iter__ __next__ __reversed__ __contains__ __enter__ __exit__ __await__ __aiter__ __anext__
  __aenter__ __aexit__ __index__ __int__ __float__ __complex__ __round__ __trunc__ __floor__ __ceil__ __sizeof__
  __copy__ __deepcopy__ __replace__ __fspath__ __getnewargs__ __getnewargs_ex__ __setstate__ __neg__ __pos__ __abs__
  __invert__ __add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__ __lshift__
  __rshift__ __and__ __xor__ __or__ __radd__ __rsub__ __rmul__ __rmatmul__ __rtruediv__ __rfloordiv__ __rmod__
  __rdivmod__ __rpow__ __rlshift__ __rrshift__ __rand__ __rxor__ __ror__ __iadd__ __isub__ __imul__ __imatmul__
  __itruediv__ __ifloordiv__ __imod__ __ipow__ __ilshift__ __irshift__ __iand__ __ixor__ __ior__ __buffer__
  __release_buffer__ __array__ __array_interface__ __array_ufunc__ __array_function__ __array_priority__
  __array_finalize__ __array_wrap__ __array_struct__ __array_namespace__ __dlpack__ __dlpack_device__ __dataframe__
  __html__ __geo_interface__ __cuda_array_interface__
`);

/** Attributes that lead from a value into the interpreter, and have another shape or are often the key of a table. */
export const ESCAPE_ATTRIBUTES: ReadonlySet<string> = parseWordSet(`
  __subclasses__ __globals__ __builtins__ __code__ __closure__ __self__
  __import__ __loader__ __spec__ __getattribute__ __reduce__ __reduce_ex__
  func_globals func_code func_closure im_func im_self im_class
  gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await cr_origin ag_frame ag_code ag_await
  f_back f_globals f_builtins f_locals f_code f_trace tb_frame tb_next
  co_code co_consts co_names co_cellvars co_freevars co_exceptiontable cell_contents f_generator
  _getframe _current_frames pathmod
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

/** Functions that reach any attribute. As values they are called with names that nobody has seen. */
export const REACHES_ATTRIBUTES: ReadonlySet<string> = parseWordSet("getattr setattr delattr");

/** Does an attribute lead into the interpreter, by its shape or by its name? */
export function isInternal(name: string): boolean {
  return ESCAPE_ATTRIBUTES.has(name) || (/^__.+__$/s.test(name) && !HARMLESS_ATTRIBUTES.has(name));
}
