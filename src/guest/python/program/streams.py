"""The program's standard streams."""

import io
import sys
from typing import Any


def open_streams() -> None:
    """Gives the program new text streams on descriptors 1 and 2. A line is written as soon as it is printed."""
    sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw = open(descriptor, "wb", buffering=65_536, closefd=False)
        stream = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="\n", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def flush_streams() -> None:
    # `__stdout__` and `__stderr__` too: the program may have put other streams in the place of the first two.
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    for stream in streams:
        try:
            stream.flush()
        except BaseException:
            pass  # the program closed it, or its reader is gone
