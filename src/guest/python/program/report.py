"""Turns the exception that ended a program into a report that shows only the program's own lines."""

import sys
import traceback
from collections.abc import Sequence
from traceback import FrameSummary, TracebackException
from types import FrameType, TracebackType
from typing import Any

from messages import Location, ProgramError, Report, StoppedAt
from program.advice import advice_on, advice_on_syntax
from program.names import HIDING_MARK
from program.nesting import name_nesting
from program.sources import SOURCES
from program.tracebacks import keep_lines

MAX_TEXT = 16_384  # bytes; MAX_RESULT_SIZE in limits.ts

_MAX_CHAIN = 50  # errors of a chain that are described
_MAX_COUNTED = 100_000  # errors of a chain that are counted
_FAR_NUMBER = 1 << 63
_TRACEBACK: Any = BaseException.__dict__["__traceback__"]
_ALL_FRAMES = 1 << 30  # otherwise `sys.tracebacklimit` counts, which the program can set

# The instructions at which an exception that the program made itself appears: a raise, or a generator that got it
# by throw().
_RAISING = ("RAISE_VARARGS", "RERAISE", "YIELD_VALUE", "RESUME", "SEND")


def success(result: str | None = None) -> Report:
    return {"exit_code": 0, "error": None, "result": result, "out_of_memory": False}


def failure(error: BaseException, names: Sequence[str] = (), hint: str = "") -> Report:
    """Returns the report of a program that `error` ended. For `names` and `hint` see advice_on()."""
    exit_code = 1
    error = name_nesting(error)
    if issubclass(type(error), SystemExit):  # a class of the program may say that it is another one
        exit_code = _exit_code(error)
        if exit_code == 0:
            return success()
    # An interpreter without the memory for a MemoryError raises a SystemError without arguments.
    lacks_memory = issubclass(type(error), MemoryError) or (type(error) is SystemError and not error.args)
    out_of_memory = lacks_memory and not _was_raised_by_program(error)
    if out_of_memory:
        exit_code = 137  # the exit code after the kernel's out-of-memory kill
    described = _describe(error, advice_on(error, names, hint))
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
    data = str.encode(text, "utf-8", "backslashreplace")  # a text of the program may have a method of its own
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


def _exit_code(error: Any) -> int:
    """Returns the exit code that the interpreter would end with, after it has printed an argument that is a text."""
    try:
        code: Any = error.code
    except BaseException:
        code = error  # a class of the program has its own `code`, and the interpreter prints the exception then
    if code is None:
        return 0
    # By the type and the methods of `int`: a class of the program may have its own.
    if not issubclass(type(code), int):
        try:
            print(code, file=sys.stderr)
        except BaseException:
            pass  # the text of the program's own object has failed, and the interpreter ends with 1 all the same
        return 1
    number = int.__add__(code, 0)
    if number == 0:
        return 0
    # A number that no C type holds counts as -1. 256 is a failure, although its low bits are 0.
    return number & 0xFF or 1 if -_FAR_NUMBER <= number < _FAR_NUMBER else 0xFF


def _traceback_of(error: BaseException) -> TracebackType | None:
    return _TRACEBACK.__get__(error)  # a class of the program may have attributes of its own


def _was_raised_by_program(error: BaseException) -> bool:
    """True for a MemoryError that the program raised, false if an operation of the interpreter ran out of memory."""
    step = _traceback_of(error)
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None or step.tb_frame.f_code.co_filename not in SOURCES:
        return False
    import opcode

    return opcode.opname[step.tb_frame.f_code.co_code[step.tb_lasti]] in _RAISING


def _describe(error: BaseException, advice: str) -> ProgramError:
    kind = type(error).__qualname__
    try:
        return _describe_fully(error, kind, advice)
    except BaseException as reason:  # no memory is left, or the program's exception class fails when it is shown
        message = f"<{type(reason).__name__} while it was shown>"
        text = f"{kind}: {message}"
        return {"type": kind, "message": message, "line": _last_line(error), "column": None, "traceback": text}


def _describe_fully(error: BaseException, kind: str, advice: str) -> ProgramError:
    filename, lines = _present_program()
    if isinstance(error, SyntaxError) and error.filename == filename:
        _add_line(error, lines)
        advice = advice_on_syntax(str(error.msg), str(error.text or ""))
        text = "".join(traceback.format_exception_only(error)).replace(HIDING_MARK, "")
        column = error.offset if error.offset and error.offset > 0 else None
        return {
            "type": kind,
            "message": f"{error.msg}{advice}",
            "line": error.lineno,
            "column": column,
            "traceback": cut(text.rstrip("\n") + f"{advice}\n"),
        }
    summary, left_out = _summarize(error)
    frames = _keep_own_frames(summary)
    if advice:
        described: Any = summary
        described._str = f"{summary}{advice}"
    before = f"({left_out} earlier errors of the chain are left out)\n\n" if left_out else ""
    return {
        "type": kind,
        "message": str(summary).replace(HIDING_MARK, ""),
        **_innermost(frames, filename, lines),
        "traceback": cut(before + "".join(summary.format()).replace(HIDING_MARK, "")),
    }


def _add_line(error: SyntaxError, lines: list[str]) -> None:
    """Gives an error its line of the program, if the compiler found it in the syntax tree.

    The compiler would read the line from the program's file, which is none. It counts columns in bytes.
    """
    number = error.lineno
    if error.text is not None or number is None or not 0 < number <= len(lines):
        return
    error.text = lines[number - 1]
    error.offset = _to_characters(error.offset, error.text)
    last = error.end_lineno or number
    error.end_offset = _to_characters(error.end_offset, lines[last - 1]) if 0 < last <= len(lines) else None


def _to_characters(offset: int | None, line: str) -> int | None:
    if offset is None or offset < 1:
        return offset
    return len(line.encode("utf-8", "surrogatepass")[: offset - 1].decode("utf-8", "ignore")) + 1


def _present_program() -> tuple[str, list[str]]:
    """Returns the file name and the lines of the present program, and puts those of all where tracebacks look."""
    filename, lines = "", [""]
    for filename in SOURCES:
        lines = keep_lines(filename)
    return filename, lines


def _last_line(error: BaseException) -> int | None:
    """The innermost line of the program that the exception went through."""
    line, step = None, _traceback_of(error)
    while step is not None:
        if step.tb_frame.f_code.co_filename == next(reversed(SOURCES), None):
            line = step.tb_lineno
        step = step.tb_next
    return line


def _end_of_chain(error: BaseException) -> tuple[BaseException, int]:
    """Returns the last error of a chain that is described, and the number of those behind it.

    To describe thousands of errors would take seconds, and push the last one out of the traceback.
    """
    seen = {id(error)}
    last = step = error
    while len(seen) < _MAX_COUNTED:
        following = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
        if following is None or id(following) in seen:
            break
        step = following
        seen.add(id(step))
        if len(seen) <= _MAX_CHAIN:
            last = step
    return last, max(0, len(seen) - _MAX_CHAIN)


def _summarize(error: BaseException) -> tuple[TracebackException, int]:
    """Returns the summary of an error and of those near to it, and the number of those that are left out."""
    last, left_out = _end_of_chain(error)
    if not left_out:
        return traceback.TracebackException.from_exception(error, limit=_ALL_FRAMES), 0
    kept = last.__cause__, last.__context__, last.__suppress_context__
    try:
        _set_chain(last, None, None, False)
        return traceback.TracebackException.from_exception(error, limit=_ALL_FRAMES), left_out
    finally:
        _set_chain(last, *kept)


def _set_chain(error: BaseException, cause: Any, context: Any, is_suppressed: bool) -> None:
    # By the method of the class: the program's may do something else.
    BaseException.__setattr__(error, "__cause__", cause)
    BaseException.__setattr__(error, "__context__", context)
    BaseException.__setattr__(error, "__suppress_context__", is_suppressed)  # last: the cause sets it


def _keep_own_frames(summary: TracebackException) -> list[FrameSummary]:
    """Drops every frame that is not the program's, in the exception and in all that it is chained to.

    Returns the frames that are left of `summary` itself. A chain can be longer than the interpreter's recursion limit.
    """
    seen: set[int] = set()
    waiting: list[TracebackException | None] = [summary]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.stack[:] = [frame for frame in one.stack if frame.filename in SOURCES]
        waiting.extend((one.__cause__, one.__context__, *(one.exceptions or ())))
    return summary.stack


def _innermost(stack: list[FrameSummary], filename: str, lines: list[str]) -> Location:
    """The innermost place in the present program, in any function that it has called."""
    own = [entry for entry in stack if entry.filename == filename]
    return {"line": own[-1].lineno if own else None, "column": _column(own[-1], lines) if own else None}


def _column(frame: FrameSummary, lines: list[str]) -> int | None:
    """Returns the column in characters, counted from 1. The interpreter counts bytes of UTF-8, from 0."""
    if frame.colno is None or frame.lineno is None or not 0 < frame.lineno <= len(lines):
        return None
    return len(lines[frame.lineno - 1].encode("utf-8", "surrogatepass")[: frame.colno].decode("utf-8", "ignore")) + 1
