"""The program's standard streams."""

import io
import os
import sys
from typing import Any

from program.line_buffer import line_buffer
from program.raw_streams import raw_stream


class Output(io.TextIOWrapper):
    """A stream that shows in its attributes that a program has changed how it writes."""

    def reconfigure(self, **options: Any) -> None:
        self.is_changed = True
        super().reconfigure(**options)


_OUTPUTS = (("stdout", 1), ("stderr", 2))

# The streams that the guest has made, and what they looked like then. A program can put other streams in their place,
# close them or change them.
_own: dict[str, tuple[Any, tuple[dict[str, Any], ...]]] = {}
_flushes: dict[str, Any] = {}  # of the buffers below the streams: a program can take one away from its stream

_has_input = False  # the call of the present program gives a text for standard input

# Memory that the supervisor reads when the program is killed, for each stream. The embedded engine has none: it keeps
# each write, so its streams have no buffer.
_shared: dict[str, Any] = {}


def open_streams(shared: dict[str, Any] | None = None) -> None:
    """Gives the program new text streams on descriptors 1 and 2. A line is written as soon as it is printed.

    The part of a line that is not written stands in `shared` too.
    """
    _shared.update(shared or {})
    _open_input()
    for name, descriptor in _OUTPUTS:
        _open_output(name, descriptor)


def rehearse_output() -> None:
    """Prints nothing, because the first touch of a page costs more than the work on it."""
    print(end="")
    flush_streams()


def renew_streams(has_input: bool) -> None:
    """Gives the next program of a kept guest streams that work, whatever the last one has done to them.

    A stream that is as it was stays the same object, so that a log handler of an earlier program goes on.
    """
    for name, descriptor in _OUTPUTS:
        stream, looks = _own[name]
        if _looks_of(stream) == looks:
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        else:
            _open_output(name, descriptor)
    stream, looks = _own["stdin"]
    sys.stdin = sys.__stdin__ = stream
    # A stream that has read holds the rest of an earlier text.
    if _has_input or has_input or _looks_of(stream) != looks:
        _open_input()


def flush_streams() -> None:
    own = [_own[name][0] for name, _ in _OUTPUTS]
    # The program may have put other streams in the place of those of the guest.
    for name in ("stdout", "stderr", "__stdout__", "__stderr__"):
        try:
            stream = getattr(sys, name)  # the program may have deleted it
            if stream not in own:
                stream.flush()
        except BaseException:
            pass  # the program closed it, or its reader is gone
    # By the methods of the classes: the program may have given a stream others.
    for stream, (name, _) in zip(own, _OUTPUTS, strict=True):
        try:
            io.TextIOWrapper.flush(stream)
        except BaseException:
            pass
        try:
            if name in _flushes:
                _flushes[name]()
        except BaseException:
            pass


def note_input(has_input: bool) -> None:
    """Notes whether the call of the next program gives a text for its standard input."""
    global _has_input
    _has_input = has_input


def has_input() -> bool:
    return _has_input


def is_own_input(stream: object) -> bool:
    return stream is _own["stdin"][0]


def _open_input() -> None:
    try:
        os.fstat(0)
        stream = io.TextIOWrapper(io.BufferedReader(raw_stream(0, True)), encoding="utf-8", errors="replace")
    except OSError:  # the program has closed the descriptor
        stream = io.TextIOWrapper(io.BytesIO())
    _own["stdin"] = stream, _looks_of(stream)
    sys.stdin = sys.__stdin__ = stream


def _open_output(name: str, descriptor: int) -> None:
    raw: Any = raw_stream(descriptor, False)
    if name in _shared:
        raw, _flushes[name] = line_buffer(descriptor, raw, _shared[name])
    # Its own buffer would be memory that nobody reads when the program is killed.
    stream = Output(
        raw,
        encoding="utf-8",
        errors="backslashreplace",
        newline="\n",
        line_buffering=name in _shared,
        write_through=True,
    )
    _own[name] = stream, _looks_of(stream)
    setattr(sys, name, stream)
    setattr(sys, f"__{name}__", stream)


def _looks_of(stream: Any) -> tuple[dict[str, Any], ...]:
    """The attributes that a stream and the layers below it have of their own. Nothing if one of them is closed."""
    try:
        layers = (stream, stream.buffer, getattr(stream.buffer, "raw", None))
        return () if stream.closed else tuple(dict(getattr(layer, "__dict__", ())) for layer in layers)
    except ValueError:  # the stream is detached
        return ()
