"""The buffer below an output stream. What is not written yet stands in memory that the supervisor reads too.

A program can be killed while code of C runs, and then nothing in its process can write the rest of its line.
"""

import io
import os
from collections.abc import Callable
from typing import Any

LINE_FEED = 10

# Taken now, because a program may put something else in the place of builtins.
_bytes, _len, _memoryview, _type = bytes, len, memoryview, type


def line_buffer(descriptor: int, raw: Any, shared: Any) -> tuple[Any, Callable[[], None]]:
    """Returns a buffer above `raw`, and a function that writes what it holds, whatever the program does to its methods.

    It keeps its bytes in `shared`. Those that are not written follow the last line feed there, and zeros follow them.
    """
    held = _Held(descriptor, shared)
    os.register_at_fork(before=held.flush, after_in_child=held.leave)

    # Functions, and no methods of `held`: the library gives a program the object of a method, and this one leads to a
    # function that writes to any descriptor. A program cannot reach the variables that enclose a function.
    def write(data: Any, /) -> int:
        try:
            return held.add(data)
        except ValueError:  # the memory is full
            return held.write_rest(data)

    def flush() -> None:
        held.flush()

    class Buffer(io.BufferedIOBase):
        """The buffer of a standard stream. It is flushed at the end of each line."""

        name = descriptor
        mode = "wb"

        def writable(self) -> bool:
            return True

        def fileno(self) -> int:
            return descriptor

        def isatty(self) -> bool:
            return raw.isatty()

        def detach(self) -> Any:
            flush()
            return raw

    members: Any = Buffer
    members.raw, members.write, members.flush = raw, staticmethod(write), staticmethod(flush)
    members.__module__, members.__qualname__ = "io", "Buffer"
    return members(), flush


class _Held:
    """The bytes of a stream that are not written yet."""

    __slots__ = "add", "descriptor", "go_to", "is_busy", "place", "rest", "room", "shared", "start", "write_to"

    def __init__(self, descriptor: int, shared: Any) -> None:
        self.descriptor = descriptor
        self.write_to = os.write
        self.room = _len(shared) // 2
        self.rest = b""  # bytes before those in the memory, which had no room for them, or the descriptor had none
        self.take(shared)

    def take(self, shared: Any) -> None:
        self.shared, self.add, self.place, self.go_to = shared, shared.write, shared.tell, shared.seek
        self.start = 0  # of the bytes that are not written
        self.is_busy = False
        shared[:] = _bytes(_len(shared))
        self.go_to(0)

    def leave(self) -> None:
        # In the child of a fork: the shared memory is its parent's.
        self.take(_type(self.shared)(-1, _len(self.shared)))

    def write_rest(self, data: Any) -> int:
        self.flush()
        self.rest += _bytes(_memoryview(data))
        self.flush()
        return _memoryview(data).nbytes

    def flush(self) -> None:
        # Another thread or a signal handler may add bytes at any call here. Whoever writes takes them too, so that no
        # lock is needed: it would make each print slower.
        if self.is_busy:
            return
        self.is_busy = True
        try:
            end = self.place()
            self.rest += self.shared[self.start : end]
            if not self.rest:
                return
            # Before the bytes are written: a program that is killed meanwhile must not print them twice.
            if end > self.room or self.rest[-1] != LINE_FEED:
                self.clear(end)
            else:
                self.start = end
            count = self.write_to(self.descriptor, self.rest)
            self.rest = self.rest[count:]
        except BlockingIOError as error:
            raise BlockingIOError(error.errno, "write could not complete without blocking", 0) from None
        finally:
            self.is_busy = False
        if self.rest or self.place() != self.start:
            self.flush()

    def clear(self, end: int) -> None:
        shared = self.shared
        shared[:end] = _bytes(end)
        self.start = 0
        self.go_to(0)
        if end < _len(shared) and shared[end]:  # another thread has added bytes before the last statement
            late = shared[end:].rstrip(b"\0")
            shared[end:] = _bytes(_len(shared) - end)
            self.add(late)
