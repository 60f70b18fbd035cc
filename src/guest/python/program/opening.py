"""The forms of `open` that a program can have. Both find an input file by the name that it has in `files`."""

import builtins
from collections.abc import Callable
from typing import Any

from program.file_events import start_watching

_open = builtins.open  # taken now: a program may put another function in its place


def reader(real_path: Callable[[Any], Any]) -> Callable[..., Any]:
    """Returns an `open` that only reads. It opens files by name, never by descriptor."""

    def open(
        file: Any,
        mode: Any = "r",
        buffering: Any = -1,
        encoding: Any = None,
        errors: Any = None,
        newline: Any = None,
        closefd: Any = True,
        opener: Any = None,
    ) -> Any:
        # A subclass of str could give `set` other letters than it gives the interpreter.
        if type(mode) is not str:
            raise TypeError(f"open() argument 'mode' must be str, not {type(mode).__name__}")
        if hasattr(type(file), "__fspath__"):
            file = file.__fspath__()
        if opener is not None or type(file) not in (str, bytes):
            raise PermissionError("Cannot open a file other than by its name: the policy gives reading only")
        if not set(mode) <= set("rbt"):
            raise PermissionError(f"Cannot open {file!r} with mode {mode!r}: the policy gives reading only")
        if encoding is None and "b" not in mode:
            encoding = "utf-8"
        start_watching()
        return _open(real_path(file), mode, buffering, encoding, errors, newline)

    open.__qualname__ = "open"
    return open


def opener(real_path: Callable[[Any], Any]) -> Callable[..., Any]:
    """Returns the interpreter's `open`, which also finds input files for reading."""

    def open(
        file: Any,
        mode: Any = "r",
        buffering: Any = -1,
        encoding: Any = None,
        errors: Any = None,
        newline: Any = None,
        closefd: Any = True,
        opener: Any = None,
    ) -> Any:
        if opener is None and not set(mode) & set("wax+"):
            file = real_path(file)
        start_watching()
        return _open(file, mode, buffering, encoding, errors, newline, closefd, opener)

    open.__qualname__ = "open"
    return open
