"""Tells a text that is nested too deeply for the parser from a lack of memory: both raise MemoryError."""

import ast

from program.sources import SOURCES

_TOO_DEEP = "The text is nested too deeply for the parser: build a long expression in parts"
_PARSE = ast.parse.__code__


def name_nesting(error: BaseException) -> BaseException:
    """Returns an error that says so if the parser raised `error` for a text that is nested too deeply."""
    if type(error) is MemoryError and _is_from_parser(error):
        return RecursionError(_TOO_DEEP).with_traceback(error.__traceback__)
    return error


def _is_from_parser(error: MemoryError) -> bool:
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None:
        return False
    code = step.tb_frame.f_code
    if code is _PARSE:
        return True
    line, _, start, end = list(code.co_positions())[step.tb_lasti // 2]
    if code.co_filename not in SOURCES or line is None:
        return False
    call = SOURCES[code.co_filename].split("\n")[line - 1].encode()[start:end]
    return call.startswith((b"eval(", b"exec(", b"compile("))
