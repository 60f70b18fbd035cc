"""Tables of names: the builtins that a program has, the attributes it may not reach, the modules shown in part."""

SAFE_BUILTINS = (
    # The set that the requirements list ...
    "print len str int float list dict set tuple bool type isinstance issubclass enumerate zip map filter sorted "
    "reversed range min max sum abs round any all pow divmod chr ord hex bin oct repr ascii format hash id iter next "
    "slice callable bytes bytearray memoryview complex object super property staticmethod classmethod "
    # ... and the names that ordinary programs need besides.
    "frozenset aiter anext dir Ellipsis NotImplemented True False None __debug__"
).split()

# Attributes that lead from an ordinary object to the interpreter. The run-time forms of attribute access refuse them.
ESCAPE_ATTRIBUTES = frozenset(
    "__subclasses__ __bases__ __base__ __mro__ mro __globals__ __builtins__ __code__ __closure__ __func__ __self__ "
    "__loader__ __spec__ __import__ __getattribute__ __reduce__ __reduce_ex__ __traceback__ gi_frame gi_code cr_frame "
    "cr_code ag_frame ag_code f_back f_globals f_locals f_builtins f_code tb_frame tb_next func_globals".split()
)

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
