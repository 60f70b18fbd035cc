"""The forms of `open`: that of the library, and those that a program can have.

The program's find an input file by the name that it has in `files`.
"""

import _io
import builtins
import io
import operator
import os
import sys
from collections.abc import Callable
from typing import Any

from program.collector import uninterrupted
from program.file_events import is_watched, opens, refuse_descriptor, start_watching
from program.file_names import TEXT_MARK, plain_path

_real_open = builtins.open
_pread = os.pread

_TEXT_FILE = io.TextIOWrapper
_MODES_TO_WRITE = frozenset("wax+")


def _open_by(work: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function with the name and the parameters of `open`, which passes them on to `work`."""

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
        return work(file, mode, buffering, encoding, errors, newline, closefd, opener)

    open.__qualname__ = "open"
    return open


@_open_by
def open_file(
    file: Any, mode: Any, buffering: Any, encoding: Any, errors: Any, newline: Any, closefd: Any, opener: Any
) -> Any:
    if not is_watched():
        opened = _real_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        return _skip_mark(opened, mode, encoding)
    if opener is not None:
        refuse_descriptor()
    # No code of the program may run between the check of the name and the opening, so all is plain before.
    plain = plain_path(os.fspath(file) if hasattr(type(file), "__fspath__") else file)
    given = mode, operator.index(buffering), encoding, errors, newline
    if plain is None:
        return _real_open(file, *given)  # the watch refuses a descriptor, the interpreter refuses all else
    return _skip_mark(uninterrupted(opens, plain, _real_open, *given), mode, encoding)


def _skip_mark(opened: Any, mode: Any, encoding: Any) -> Any:
    """Lets a text begin behind the mark that Windows programs write, unless the program names the encoding itself."""
    if type(opened) is not _TEXT_FILE or (encoding is not None and encoding != "locale") or set(mode) & _MODES_TO_WRITE:
        return opened
    try:
        # Nothing is read into the file's buffer: somebody may write the file before the program reads it.
        if _pread(opened.fileno(), len(TEXT_MARK), 0) == TEXT_MARK and opened.encoding.lower() in ("utf-8", "utf8"):
            opened.reconfigure(encoding="utf-8-sig", errors=opened.errors)
    except (OSError, ValueError):
        pass  # it is no file with a position
    return opened


def _replace_open() -> None:
    """Gives the library an `open` of the guest, which the watch of files knows."""
    open_file.__doc__, open_file.__module__ = _real_open.__doc__, _real_open.__module__
    # The interpreter's import takes that of `_io`.
    for module in (builtins, io, _io):
        vars(module)["open"] = open_file
    for name in ("tokenize", "bz2"):  # they keep it under a name of their own
        if name in sys.modules:
            vars(sys.modules[name])["_builtin_open"] = open_file


def reader(real_path: Callable[[Any], Any]) -> Callable[..., Any]:
    """Returns an `open` that only reads. It opens files by name, never by descriptor."""

    @_open_by
    def open(
        file: Any, mode: Any, buffering: Any, encoding: Any, errors: Any, newline: Any, _closefd: Any, opener: Any
    ) -> Any:
        # A subclass of str could give `set` other letters than it gives the interpreter.
        if type(mode) is not str:
            raise TypeError(f"open() argument 'mode' must be str, not {type(mode).__name__}")
        if hasattr(type(file), "__fspath__"):
            file = file.__fspath__()
        file = plain_path(file)
        if opener is not None or file is None:
            raise PermissionError("Cannot open a file other than by its name: the policy gives reading only")
        if not set(mode) <= set("rbt"):
            raise PermissionError(f"Cannot open {file!r} with mode {mode!r}: the policy gives reading only")
        start_watching()
        given = encoding or (None if "b" in mode else "utf-8")
        opened = open_file(real_path(file), mode, buffering, given, errors, newline)
        return _skip_mark(opened, mode, encoding)

    return open


def opener(real_path: Callable[[Any], Any]) -> Callable[..., Any]:
    """Returns the interpreter's `open`, which also finds input files for reading."""

    @_open_by
    def open(
        file: Any, mode: Any, buffering: Any, encoding: Any, errors: Any, newline: Any, closefd: Any, opener: Any
    ) -> Any:
        if opener is None and not set(mode) & set("wax+"):
            file = real_path(file)
        start_watching()
        return open_file(file, mode, buffering, encoding, errors, newline, closefd, opener)

    return open


_replace_open()
