"""The lowest layer of the standard streams. That of the interpreter is `FileIO`, whose class opens any file."""

import io
import os
import sys
import types
from typing import Any

# The argument of the call that makes a raw stream. A program does not have it.
_MADE_HERE = object()


def raw_stream(descriptor: int, reads: bool) -> io.RawIOBase:
    """Returns a stream on a descriptor that stays open when the stream is closed.

    The methods reach the descriptor as a variable that encloses them, so that a program cannot choose another one.
    """
    write_to, is_terminal = os.write, os.isatty

    class Raw(io.RawIOBase):
        """A standard stream without a buffer."""

        name = descriptor
        mode = "rb" if reads else "wb"
        closefd = False

        def __new__(cls, *given: Any, **named: Any) -> Any:
            _check_maker(given)
            return super().__new__(cls)

        def __init__(self, *given: Any, **named: Any) -> None:
            _check_maker(given)  # a program can call this method alone

        def readable(self) -> bool:
            return reads

        def writable(self) -> bool:
            return not reads

        def fileno(self) -> int:
            return descriptor

        def isatty(self) -> bool:
            return is_terminal(descriptor)

    def write(_: Any, data: Any) -> int | None:
        # The layers above look whether the stream is closed. A second look here would cost a third of a short write.
        try:
            return write_to(descriptor, data)
        except BlockingIOError:
            return None

    members: Any = Raw
    if reads:
        members.readinto = _reader_of(descriptor)
    elif sys.platform == "wasi":
        # A function of Python would take most of a print's time. Only dunder names lead from a method to its function.
        members.write = types.MethodType(write_to, descriptor)
    else:
        members.write = write
    members.__module__, members.__qualname__ = "io", "Raw"
    return members(_MADE_HERE)


def _reader_of(descriptor: int) -> Any:
    read_from = os.read

    def readinto(self: Any, target: Any) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        data = read_from(descriptor, len(target))
        target[: len(data)] = data
        return len(data)

    return readinto


def _check_maker(given: tuple[Any, ...]) -> None:
    if len(given) != 1 or given[0] is not _MADE_HERE:
        raise PermissionError("Cannot open a stream with the class of a standard stream: it opens no files")
