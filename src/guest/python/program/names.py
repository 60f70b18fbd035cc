"""Tables of names: the builtins that a program has, the attributes it may not reach, the modules shown in part."""

from typing import Any

SAFE_BUILTINS = (
    # The set that the requirements list ...
    "print len str int float list dict set tuple bool type isinstance issubclass enumerate zip map filter sorted "
    "reversed range min max sum abs round any all pow divmod chr ord hex bin oct repr ascii format hash id iter next "
    "slice callable bytes bytearray memoryview complex object super property staticmethod classmethod "
    # ... and the names that ordinary programs need besides.
    "frozenset aiter anext dir Ellipsis NotImplemented True False None __debug__"
).split()

# Attributes with two underscores at each end that lead nowhere. All others of this shape are refused, because a list of
# the dangerous ones is never complete. The analysis has the same list in src/analysis/python/names.ts.
HARMLESS_ATTRIBUTES = frozenset(
    # Of functions, classes, modules and objects.
    "__name__ __qualname__ __module__ __doc__ __annotations__ __class__ __dict__ __slots__ __weakref__ __wrapped__ "
    "__defaults__ __kwdefaults__ __type_params__ __isabstractmethod__ __abstractmethods__ __all__ __author__ __file__ "
    "__package__ __path__ __version__ __version_info__ __members__ __notes__ __cause__ __context__ "
    "__suppress_context__ __match_args__ __post_init__ __dataclass_fields__ __dataclass_params__ __text_signature__ "
    "__stdin__ __stdout__ __stderr__ "
    "__unittest_skip__ __unittest_skip_why__ __unittest_expecting_failure__ __warningregistry__ "
    # Of types in annotations.
    "__origin__ __args__ __parameters__ __metadata__ __orig_bases__ __orig_class__ __supertype__ __bound__ "
    "__constraints__ __covariant__ __contravariant__ __total__ __required_keys__ __optional_keys__ __forward_arg__ "
    # Operators and the other methods that the interpreter calls.
    "__new__ __init__ __del__ __call__ __repr__ __str__ __bytes__ __format__ __hash__ __bool__ __lt__ __le__ __eq__ "
    "__ne__ __gt__ __ge__ __getattr__ __setattr__ __delattr__ __dir__ __get__ __set__ __delete__ __set_name__ "
    "__init_subclass__ __class_getitem__ __instancecheck__ __subclasscheck__ __subclasshook__ __prepare__ "
    "__mro_entries__ __len__ __length_hint__ __getitem__ __setitem__ __delitem__ __missing__ __iter__ __next__ "
    "__reversed__ __contains__ __enter__ __exit__ __await__ __aiter__ __anext__ __aenter__ __aexit__ __index__ "
    "__int__ __float__ __complex__ __round__ __trunc__ __floor__ __ceil__ __sizeof__ __copy__ __deepcopy__ "
    "__replace__ __fspath__ __getnewargs__ __getnewargs_ex__ __setstate__ __neg__ __pos__ __abs__ __invert__ "
    "__add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__ __lshift__ __rshift__ "
    "__and__ __xor__ __or__ __radd__ __rsub__ __rmul__ __rmatmul__ __rtruediv__ __rfloordiv__ __rmod__ __rdivmod__ "
    "__rpow__ __rlshift__ __rrshift__ __rand__ __rxor__ __ror__ __iadd__ __isub__ __imul__ __imatmul__ "
    "__itruediv__ __ifloordiv__ __imod__ __ipow__ __ilshift__ __irshift__ __iand__ __ixor__ __ior__ __buffer__ "
    "__release_buffer__ "
    # Of the libraries for data.
    "__array__ __array_interface__ __array_ufunc__ __array_function__ __array_priority__ __array_finalize__ "
    "__array_wrap__ __array_struct__ __array_namespace__ __dlpack__ __dlpack_device__ __dataframe__ __html__ "
    "__geo_interface__ __cuda_array_interface__".split()
)

# Attributes of another shape that lead from an ordinary object to the interpreter: those of frames, generators,
# coroutines, tracebacks, code objects and cells, and modules that a module of the library holds. Names that only tell
# a number or a name, such as `gi_running`, are left out.
INTERNAL_ATTRIBUTES = frozenset(
    "mro cell_contents f_back f_builtins f_code f_globals f_locals f_trace f_generator gi_code gi_frame gi_yieldfrom "
    "cr_await cr_code cr_frame cr_origin ag_await ag_code ag_frame tb_frame tb_next co_code co_consts co_names "
    "co_cellvars co_freevars co_exceptiontable func_globals func_code func_closure im_func im_self im_class _getframe "
    "_current_frames pathmod _os _sys _io _thread _imp _types _tzpath _locale _posixsubprocess _winapi _socket _ctypes "
    "_Printer__filenames _Printer__setup _Printer__data".split()
)

# Functions of modules that lead to the interpreter. A program that writes their names is judged by the policy. The
# run-time forms of attribute access refuse them on a module, because nobody has judged a name that is made at run time.
INTERNAL_FUNCTIONS = frozenset(
    "walk_stack walk_tb currentframe getgeneratorlocals getcoroutinelocals getasyncgenlocals "
    "getinnerframes getouterframes getmembers getmembers_static getattr_static "
    "getclosurevars getmodule getsource getsourcelines getsourcefile findsource classify_class_attrs get_type_hints "
    "ForwardRef get_annotations CodeType settrace setprofile settrace_all_threads setprofile_all_threads".split()
)

# Functions of modules that give frames. A frame leads to the globals and the locals of any code that runs.
FRAME_FUNCTIONS = {
    "inspect": (
        *("currentframe", "stack", "trace", "getinnerframes", "getouterframes"),
        *("getgeneratorlocals", "getcoroutinelocals", "getasyncgenlocals"),
    ),
    "logging": ("currentframe",),
    "traceback": ("walk_stack", "walk_tb"),
    "threading": ("settrace", "setprofile", "settrace_all_threads", "setprofile_all_threads"),
}

# Attributes whose value decides whether a program may have it: the forms of `format` read attributes by a text, a
# `__dict__` may be that of a class, `__setattr__` takes a name, the object in an error may be one of the library,
# `get_stack` of a task gives frames, and the library calls its own functions with what `__kwdefaults__` holds.
GUARDED_ATTRIBUTES = frozenset(
    "format format_map __dict__ __getattr__ __setattr__ __delattr__ obj get_stack __kwdefaults__".split()
)

# Guarded attributes whose names programs give to their own attributes.
ORDINARY_ATTRIBUTES = frozenset(["format", "format_map", "obj", "get_stack"])

# compile.py ends each name that the program must not find with this character. No identifier can hold it, and no report
# shows it.
HIDING_MARK = "\u2060"


def _guard(name: str) -> Any:
    return frozenset([frozenset([name + HIDING_MARK])])


# The constants in a rewritten program in whose places its guards are put (rewrite.py, guards.py). No text of a program
# makes such a constant.
READ_GUARD, MATCH_GUARD, TAKE_GUARD, PUT_GUARD = map(_guard, ("attribute", "pattern", "take", "put"))
OWNED_GUARD, FREE_GUARD, TYPE_GUARD, MISSING_GUARD = map(_guard, ("owned", "free", "type", "missing"))

# The interpreter must find these names among the builtins, and a program must not.
HIDDEN_NAMES = frozenset(["__import__", "__build_class__", "__builtins__", "__loader__", "__spec__"])

# `io` opens files, `sys` leads everywhere, and `importlib` imports. A view of them has these names only.
ONLY_NAMES = {
    "io": frozenset(
        "StringIO BytesIO TextIOWrapper BufferedReader BufferedWriter BufferedRandom BufferedRWPair IOBase RawIOBase "
        "BufferedIOBase TextIOBase IncrementalNewlineDecoder UnsupportedOperation SEEK_SET SEEK_CUR SEEK_END "
        "DEFAULT_BUFFER_SIZE".split()
    ),
    "sys": frozenset(
        "maxsize maxunicode version version_info hexversion byteorder float_info int_info hash_info thread_info exit "
        "getsizeof getrecursionlimit setrecursionlimit intern platform implementation float_repr_style getrefcount "
        "copyright api_version getdefaultencoding getfilesystemencoding stdlib_module_names builtin_module_names "
        "get_int_max_str_digits exc_info flags executable prefix".split()
    ),
    "importlib": frozenset(),
}
