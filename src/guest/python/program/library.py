"""Closes ways through the library: functions that read an attribute, evaluate a text or read a file for a program.

A module of the library looks for a builtin among its own globals first. So a module that reads attributes whose names
come from the program gets the program's `getattr` there, and no subclass and no `super` leads past it. The changes are
made once, in a guest whose program has the safe builtins.
"""

import sys
from collections.abc import Callable
from typing import Any

from program.annotations import evaluate_annotation
from program.attributes import check_template, checked_name, read_attribute, write_attribute
from program.copies import close_copy
from program.dataclass_code import close_dataclasses
from program.doctest_code import close_doctest
from program.file_events import is_below, refuse_descriptor
from program.made_code import close_timeit
from program.mock_targets import close_targets, read_member
from program.owners import delete_owned, set_owned
from program.sources import SOURCES


def close_library(reads: bool, import_: Callable[..., Any]) -> None:
    """Changes the modules that were imported since the last call.

    `reads` says that the program may read files. `import_` is the program's `__import__`.
    """
    for name in _IMPORTS_BY_NAME:
        if name in sys.modules and "__import__" not in vars(sys.modules[name]):
            _close_imports(sys.modules[name], import_)
    if "unittest.mock" in sys.modules and "__import__" not in vars(sys.modules["unittest.mock"]):
        close_targets(sys.modules["unittest.mock"], import_)
    for name in _SET_BY_NAME:
        if name in sys.modules and "setattr" not in vars(sys.modules[name]):
            vars(sys.modules[name]).update(setattr=set_owned, delattr=delete_owned)
    while present := [name for name in _CLOSE if name in sys.modules]:
        for name in present:
            close = _CLOSE.pop(name)
            if name != "linecache" or not reads:
                close(sys.modules[name])


class _Sys:
    """`sys` for a module of the library that imports by a name: the modules in it are those that a program may have."""

    def __init__(self, import_: Callable[..., Any]) -> None:
        class Named(dict):  # pyright: ignore[reportMissingTypeArgument] - an argument would need Any at run time
            def __missing__(self, name: str) -> Any:
                return import_(name, None, None, ("*",))

        self.modules: Any = Named()
        self.path = list(sys.path)  # a search for tests adds directories, whose files nobody has checked

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


# Modules of the library that set attributes of an object which the program gives them.
_SET_BY_NAME = ("dataclasses", "enum", "typing")

# Modules of the library that import a module whose name is an argument.
_IMPORTS_BY_NAME = ("unittest.loader", "unittest.main", "doctest")


def _close_imports(module: Any, import_: Callable[..., Any]) -> None:
    """A program names the tests that it loads, and a name is that of a module."""

    def import_by_name(name: Any, *given: Any) -> Any:
        return sys.modules[name] if type(name) is str and name == "__main__" else import_(name, *given)

    vars(module)["__import__"] = import_by_name
    if module.__name__ != "doctest":  # which replaces the standard output in `sys`
        vars(module)["sys"] = _Sys(import_by_name)


def _close_getattr(module: Any) -> None:
    vars(module).update(getattr=read_attribute, setattr=write_attribute)


def _close_functools(functools: Any) -> None:
    original = functools.singledispatch

    def singledispatch(func: Any) -> Any:
        import typing  # which functools imports only when it evaluates an annotation

        if "typing" in _CLOSE:
            _CLOSE.pop("typing")(typing)
        return original(func)

    singledispatch.__doc__, singledispatch.__module__ = original.__doc__, "functools"
    functools.singledispatch = singledispatch
    _close_cached_property(functools.cached_property)
    functools.getattr, functools.setattr = read_attribute, write_attribute


def _close_cached_property(cached_property: Any) -> None:
    """It reads the name in `attrname`, which a program may set, from the `__dict__` of any object."""
    original = cached_property.__get__

    def __get__(self: Any, instance: Any, owner: Any = None) -> Any:
        if instance is not None:
            self.attrname = checked_name(self.attrname)
            if issubclass(type(instance), (type, type(sys))):
                raise TypeError("A cached property is not read from a class or a module in this sandbox")
        return original(self, instance, owner)

    __get__.__doc__ = original.__doc__
    cached_property.__get__ = __get__


def _close_warnings(warnings: Any) -> None:
    __import__("linecache")  # which warnings imports only when it shows a line
    original = warnings.catch_warnings.__init__

    def kept(name: str) -> property:
        return property(lambda _: getattr(warnings, name), lambda _, value: setattr(warnings, name, value))

    class State:
        """What a guard of warnings keeps and puts back. The module itself leads to `sys`."""

        __slots__ = ()
        filters, showwarning = kept("filters"), kept("showwarning")
        _filters_mutated, _showwarning_orig = kept("_filters_mutated"), kept("_showwarning_orig")
        _showwarnmsg_impl = kept("_showwarnmsg_impl")

    state = State()

    def __init__(self: Any, *, module: Any = None, **options: Any) -> None:
        original(self, module=state if module is None else module, **options)

    warnings.catch_warnings.__init__ = __init__


def _close_contextlib(contextlib: Any) -> None:
    """A subclass of `redirect_stdout` chooses the name in `sys` that is read and replaced."""

    def stream(target: Any, name: Any) -> Any:
        if target is sys and (type(name) is not str or name not in ("stdin", "stdout", "stderr")):
            raise AttributeError(f"Attribute {name!r} of sys cannot be redirected in this sandbox")
        return name

    contextlib.getattr = lambda target, name, *default: getattr(target, stream(target, name), *default)
    contextlib.setattr = lambda target, name, value: setattr(target, stream(target, name), value)


def _close_collections(collections: Any) -> None:
    def formatted(self: Any, /, *values: Any, **named: Any) -> str:
        return read_attribute(self.data, "format")(*values, **named)

    def formatted_map(self: Any, mapping: Any) -> str:
        return read_attribute(self.data, "format_map")(mapping)

    collections.UserString.format, collections.UserString.format_map = formatted, formatted_map


def _close_codecs(codecs: Any) -> None:
    """Some classes have the interpreter's `getattr` as a default, which a program could read."""
    for one in (codecs.StreamWriter, codecs.StreamReader, codecs.StreamReaderWriter, codecs.StreamRecoder):
        one.__getattr__.__defaults__ = (read_attribute,)


def _close_logging(logging: Any) -> None:
    original = logging.StrFormatStyle._format

    def formatted(self: Any, record: Any) -> str:
        if isinstance(self._fmt, str):
            check_template(str.__str__(self._fmt))
        return original(self, record)

    logging.StrFormatStyle._format = formatted


def _close_enum(enum: Any) -> None:
    """`_convert_` takes the members of any module, and `global_enum` adds names to any module."""
    convert, add = enum.EnumType._convert_, enum.global_enum

    def check(module: Any) -> None:
        own = type(module) is str and vars(sys.modules[module])
        if own is not sys._getframe(2).f_globals:  # pyright: ignore[reportPrivateUsage]
            raise TypeError("An enumeration can add names only to the module that makes it")

    def _convert_(cls: Any, name: Any, module: Any, *given: Any, **options: Any) -> Any:
        check(module)
        return convert(cls, name, module, *given, **options)

    def global_enum(cls: Any, *given: Any, **options: Any) -> Any:
        if type(cls) is not enum.EnumType:
            raise TypeError("An enumeration with a metaclass of its own cannot be global in this sandbox")
        check(cls.__module__)
        return add(cls, *given, **options)

    enum.EnumType._convert_, enum.global_enum = _convert_, global_enum


def _close_evaluation(module: Any) -> None:
    module.eval = evaluate_annotation


def _close_sockets(socket: Any) -> None:
    """A socket sends the file whose descriptor an object of the program tells. Event loops hold some sockets."""
    send = socket.socket._sendfile_use_sendfile

    def _sendfile_use_sendfile(self: Any, *given: Any) -> Any:
        refuse_descriptor()
        return send(self, *given)

    socket.socket._sendfile_use_sendfile = _sendfile_use_sendfile


def _close_mimetypes(mimetypes: Any) -> None:
    """Some images have further lists, which a program may not read. Without them each engine answers the same."""
    mimetypes.knownfiles.clear()


def _close_pipes(unix_events: Any) -> None:
    """Some transports of asyncio read and write the descriptor whose number an object of the program tells."""
    for transport in (unix_events._UnixReadPipeTransport, unix_events._UnixWritePipeTransport):
        _close_transport(transport)
    loop = unix_events._UnixSelectorEventLoop
    copy = loop._sock_sendfile_native

    async def _sock_sendfile_native(self: Any, *given: Any) -> Any:
        refuse_descriptor()
        return await copy(self, *given)

    loop._sock_sendfile_native = _sock_sendfile_native


def _close_transport(transport: Any) -> None:
    make = transport.__init__

    def __init__(self: Any, *given: Any, **named: Any) -> None:
        self._pipe = None  # what its finaliser closes
        refuse_descriptor()
        make(self, *given, **named)

    transport.__init__ = __init__


def _close_linecache(linecache: Any) -> None:
    """A traceback, a warning and a summary of a frame show a line of a file that the program names."""
    original = linecache.updatecache

    def updatecache(filename: Any, module_globals: Any = None) -> list[str]:
        is_library = type(filename) is str and filename.endswith(".py") and is_below(filename)
        is_shown = filename in SOURCES or is_library
        return original(filename, module_globals) if is_shown else []

    linecache.updatecache = updatecache


# What to do with each module when it is there.
_CLOSE: dict[str, Callable[[Any], None]] = {
    "functools": _close_functools,
    "contextlib": _close_contextlib,
    "copy": close_copy,
    "collections": _close_collections,
    "codecs": _close_codecs,
    "logging": _close_logging,
    "enum": _close_enum,
    "dataclasses": close_dataclasses,
    "doctest": close_doctest,
    "typing": _close_evaluation,
    "inspect": _close_evaluation,
    "timeit": close_timeit,
    "warnings": _close_warnings,
    "linecache": _close_linecache,
    "asyncio.unix_events": _close_pipes,
    "socket": _close_sockets,
    "mimetypes": _close_mimetypes,
    **dict.fromkeys(("string", "pprint", "reprlib", "ast", "argparse", "configparser"), _close_getattr),
    **dict.fromkeys(("unittest.case", "unittest.main", "unittest.runner", "unittest.suite"), _close_getattr),
    "unittest.loader": lambda loader: vars(loader).update(getattr=read_member),
}
