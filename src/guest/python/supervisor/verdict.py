"""The verdict on how a program ended. The kernel's account overrules the program's own."""

import os
import signal
from typing import Any

from supervisor.child import CHILD_FAILED
from supervisor.pipes import MAX_OUTPUT
from supervisor.reports import read_report
from supervisor.state import Run

RUNNER_FAILED = (
    f"The session's interpreter is lost: the program ended it with status {CHILD_FAILED}, left it too little memory by "
    "RLIMIT_AS, or closed its channel. Close only descriptors that the program has opened, and lower only soft limits"
)
EXIT_CODES = {"timeout": 124, "out_of_memory": 137, "output_limit": 137}


def make_verdict(run: Run) -> dict[str, Any]:
    """Returns the verdict (`Verdict` in src/sandbox/guest-verdict.ts) as a dict of JSON values."""
    report = read_report(run)
    signal_number = os.WTERMSIG(run.status) if run.status is not None and os.WIFSIGNALED(run.status) else None
    if run.printed > MAX_OUTPUT and run.cause is None:
        run.cause = "output_limit"
    exit_code = _exit_code(run, report, signal_number)
    ending = run.cause or _ending(run, report, signal_number, exit_code)
    return {
        "ending": ending,
        "kept": run.is_kept,
        "exit_code": EXIT_CODES.get(ending, exit_code),
        "signal": _signal_name(signal_number),
        "error": _error(run, report, ending, exit_code),
        "result": report.get("result") if ending == "ok" else None,
        "cpu_ms": max(0, round(run.usage.cpu_seconds * 1000)),
        "peak_memory_bytes": run.usage.peak_bytes(),
        "run_ms": round((run.ended - run.started) * 1000, 3),
    }


def _exit_code(run: Run, report: dict[str, Any], signal_number: int | None) -> int:
    if run.status is None:
        return report.get("exit_code") or 0
    return 128 + signal_number if signal_number else os.WEXITSTATUS(run.status)


def _signal_name(number: int | None) -> str | None:
    if number is None:
        return None
    known = next((known.name for known in signal.Signals if known == number), None)
    if known is not None:
        return known
    first: int | None = getattr(signal, "SIGRTMIN", None)  # macOS has none
    return f"SIG{number}" if first is None or number < first else f"SIGRTMIN+{number - first}"


def _ending(run: Run, report: dict[str, Any], signal_number: int | None, exit_code: int) -> str:
    """Returns the ending of a program that no limit has stopped."""
    if signal_number is not None:
        ran_out = run.usage.has_oom_kill or _ran_out_of_heap(run, signal_number)
        return "out_of_memory" if ran_out else "killed"
    if report.get("out_of_memory") and exit_code == 137:
        return "out_of_memory"
    if run.keeps and not report and exit_code == 0:
        return "killed"  # the runner has ended without a report, so it is unknown whether the program has run
    return "ok" if exit_code == 0 else "error"


def _ran_out_of_heap(run: Run, signal_number: int) -> bool:
    """True if Node has aborted because its heap is full: the program had used most of its room then."""
    return signal_number in (signal.SIGABRT, signal.SIGTRAP) and run.usage.peak > run.memory_room // 2


def _error(run: Run, report: dict[str, Any], ending: str, exit_code: int) -> dict[str, Any] | None:
    """Returns the error that belongs to an ending: the program's own account, or the supervisor's if there is none."""
    if run.reason is not None:
        return _plain("SystemError", run.reason)
    error: dict[str, Any] | None = report.get("error")
    match ending:
        case "timeout":
            reason = _plain("TimeoutError", f"The program ran longer than {round(run.timeout * 1000)} ms")
            return dict(error or reason, type=reason["type"], message=reason["message"])
        case "output_limit":
            return _plain("SystemError", f"The program printed more than {MAX_OUTPUT} bytes")
        case "out_of_memory":
            return error or _plain("MemoryError", f"The program used more than {run.memory_mb} MiB of memory")
        case "error":
            if error is None and run.keeps and exit_code == CHILD_FAILED:
                return _plain("SystemError", RUNNER_FAILED)
            return error or _plain("SystemExit", str(exit_code))
        case _:
            return None


def _plain(kind: str, message: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "line": None, "column": None, "traceback": ""}
