"""Reads the report of the runner. The program shares the runner's process, so it may have written the report."""

import json
from typing import Any

from supervisor.runner import WARM
from supervisor.state import Run

MAX_LINES = 16  # lines of a report that are read
MAX_TEXT = 16_384  # bytes; MAX_RESULT_SIZE in limits.ts
MAX_NUMBER = 1 << 31
MAX_STATUS = 255


def read_report(run: Run) -> dict[str, Any]:
    """Returns the first report that has the number of the run, or an empty dict.

    A process that an earlier call of a session left does not know the number.
    """
    text = run.report.removeprefix(WARM).decode("utf-8", "replace")
    for line in text.split("\n")[:MAX_LINES] if run.keeps else [text]:
        try:
            report, _ = json.JSONDecoder().raw_decode(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(report, dict) and report.get("run") == run.number:
            return _checked(report)
    return {}


def has_reported(run: Run) -> bool:
    """True if a kept program has written, as a whole line, that its run is over.

    A program that writes this too early is stopped at once. A later report of a run that is over does not count.
    """
    return run.keeps and run.cause is None and b"\n" in run.report and bool(read_report(run))


def _checked(report: dict[Any, Any]) -> dict[str, Any]:
    """Keeps the parts of a report that have their proper type and size, so that it cannot spoil the verdict."""
    error = report.get("error")
    if isinstance(error, dict):
        texts = {name: _text(error.get(name)) for name in ("type", "message", "traceback")}
        error = {**texts, **{name: _number(error.get(name)) for name in ("line", "column")}}
    else:
        error = None
    return {
        "error": error,
        "result": _text(report.get("result")),
        "exit_code": _status(report.get("exit_code")),
        "out_of_memory": report.get("out_of_memory") is True,
    }


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace")[:MAX_TEXT].decode("utf-8", "ignore")


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < MAX_NUMBER else None


def _status(value: object) -> int:
    """The exit status of a program. One that no process can have is a failure."""
    return value if type(value) is int and 0 <= value <= MAX_STATUS else 1
