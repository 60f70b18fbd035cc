"""Turns the exception that ended a program into a report that shows only the program's own lines."""

import sys
import traceback
from traceback import FrameSummary, TracebackException
from types import FrameType

from messages import Location, ProgramError, Report, StoppedAt
from program.names import HIDING_MARK
from program.nesting import name_nesting
from program.sources import SOURCES
from program.tracebacks import keep_lines

MAX_TEXT = 16_384  # bytes; MAX_RESULT_SIZE in limits.ts

_ALL_FRAMES = 1 << 30  # otherwise `sys.tracebacklimit` counts, which the program can set

# The instructions at which an exception that the program made itself appears: a raise, or a generator that got it
# by throw().
_RAISING = ("RAISE_VARARGS", "RERAISE", "YIELD_VALUE", "RESUME", "SEND")


def success(result: str | None = None) -> Report:
    return {"exit_code": 0, "error": None, "result": result, "out_of_memory": False}


def failure(error: BaseException) -> Report:
    """Returns the report of a program that `error` ended."""
    exit_code = 1
    error = name_nesting(error)
    if isinstance(error, SystemExit):
        exit_code = _exit_code(error)
        if exit_code == 0:
            return success()
    # An interpreter without the memory for a MemoryError raises a SystemError without arguments.
    lacks_memory = isinstance(error, MemoryError) or (type(error) is SystemError and not error.args)
    out_of_memory = lacks_memory and not _was_raised_by_program(error)
    if out_of_memory:
        exit_code = 137  # the exit code after the kernel's out-of-memory kill
    described = _describe(error)
    described["type"] = cut(described["type"])
    described["message"] = cut(described["message"])
    return {"exit_code": exit_code, "error": described, "result": None, "out_of_memory": out_of_memory}


def stopped_at(frame: FrameType | None) -> StoppedAt | None:
    """Describes the place that a stopped program had reached. Returns None if no line of the program is running."""
    filename, lines = _present_program()
    stack = traceback.StackSummary.extract(traceback.walk_stack(frame))
    own = [entry for entry in reversed(stack) if entry.filename in SOURCES]
    if not own:
        return None
    text = "Stopped here (most recent call last):\n" + "".join(traceback.format_list(own))
    return {**_innermost(own, filename, lines), "traceback": cut(text)}


def cut(text: str) -> str:
    """Shortens `text` to MAX_TEXT bytes without splitting a character, and says at its end how much is missing."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= MAX_TEXT:
        return data.decode("utf-8")
    note = _cut_note(len(data) - MAX_TEXT)
    for _ in range(2):  # the number may become one digit longer
        note = _cut_note(len(data) - MAX_TEXT + len(note))
    kept = data[: MAX_TEXT - len(note)].decode("utf-8", "ignore")
    return kept + _cut_note(len(data) - len(kept.encode("utf-8")))


def _cut_note(missing: int) -> str:
    """The end of a text that was cut (CUT_NOTE in src/tools/cut-text.ts)."""
    return f" [{missing} more bytes]..."


def _exit_code(error: SystemExit) -> int:
    """Returns the exit code that the interpreter would end with, after it has printed an argument that is a text."""
    code = error.code
    if code is None or code == 0:
        return 0
    if not isinstance(code, int):
        try:
            print(code, file=sys.stderr)
        except BaseException:
            pass  # the text of the program's own object has failed, and the interpreter ends with 1 all the same
        return 1
    # By the method of `int`: a class of the program may have its own. 256 is a failure, although its low bits are 0.
    return int.__and__(code, 0xFF) or 1


def _was_raised_by_program(error: BaseException) -> bool:
    """True for a MemoryError that the program raised, false if an operation of the interpreter ran out of memory."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None or step.tb_frame.f_code.co_filename not in SOURCES:
        return False
    import opcode

    return opcode.opname[step.tb_frame.f_code.co_code[step.tb_lasti]] in _RAISING


def _describe(error: BaseException) -> ProgramError:
    kind = type(error).__qualname__
    try:
        return _describe_fully(error, kind)
    except BaseException as reason:  # no memory is left, or the program's exception class fails when it is shown
        message = f"<{type(reason).__name__} while it was shown>"
        text = f"{kind}: {message}"
        return {"type": kind, "message": message, "line": _last_line(error), "column": None, "traceback": text}


def _describe_fully(error: BaseException, kind: str) -> ProgramError:
    filename, lines = _present_program()
    if isinstance(error, SyntaxError) and error.filename == filename:
        text = "".join(traceback.format_exception_only(error)).replace(HIDING_MARK, "")
        column = error.offset if error.offset and error.offset > 0 else None
        return {
            "type": kind,
            "message": str(error.msg),
            "line": error.lineno,
            "column": column,
            "traceback": cut(text),
        }
    summary = traceback.TracebackException.from_exception(error, limit=_ALL_FRAMES)
    frames = _keep_own_frames(summary, set())
    return {
        "type": kind,
        "message": str(summary).replace(HIDING_MARK, ""),
        **_innermost(frames, filename, lines),
        "traceback": cut("".join(summary.format()).replace(HIDING_MARK, "")),
    }


def _present_program() -> tuple[str, list[str]]:
    """Returns the file name and the lines of the present program, and puts those of all where tracebacks look."""
    filename, lines = "", [""]
    for filename in SOURCES:
        lines = keep_lines(filename)
    return filename, lines


def _last_line(error: BaseException) -> int | None:
    """The innermost line of the program that the exception went through."""
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == next(reversed(SOURCES), None):
            line = step.tb_lineno
        step = step.tb_next
    return line


def _keep_own_frames(summary: TracebackException | None, seen: set[int]) -> list[FrameSummary]:
    """Drops every frame that is not the program's, in the exception and in all that it is chained to.

    Returns the frames that are left of `summary` itself.
    """
    if summary is None or id(summary) in seen:
        return []
    seen.add(id(summary))
    own = [frame for frame in summary.stack if frame.filename in SOURCES]
    summary.stack[:] = own
    for other in (summary.__cause__, summary.__context__, *(summary.exceptions or ())):
        _keep_own_frames(other, seen)
    return own


def _innermost(stack: list[FrameSummary], filename: str, lines: list[str]) -> Location:
    """The innermost place in the present program, in any function that it has called."""
    own = [entry for entry in stack if entry.filename == filename]
    return {"line": own[-1].lineno if own else None, "column": _column(own[-1], lines) if own else None}


def _column(frame: FrameSummary, lines: list[str]) -> int | None:
    """Returns the column in characters, counted from 1. The interpreter counts bytes of UTF-8, from 0."""
    if frame.colno is None or frame.lineno is None or not 0 < frame.lineno <= len(lines):
        return None
    return len(lines[frame.lineno - 1].encode("utf-8", "surrogatepass")[: frame.colno].decode("utf-8", "ignore")) + 1
