"""Runs one job and reports how it ended."""

import io
import json
import sys

from messages import GuestPolicy, Job, Report
from program.compile import compile_program
from program.environment import Program
from program.report import cut, failure, success

_REPORT_RESERVE = 262_144  # bytes that are free for the report after the program has used up all other memory

_kept: Program | None = None  # the environment of a kept guest


def is_kept() -> bool:
    """True once a job has asked to keep the environment of its program."""
    return _kept is not None


def run(job: Job, workspace: str = "/workspace", problem: Exception | None = None) -> Report:
    """Runs the program of `job`, whose files lie below `workspace`. Returns a dict of JSON values.

    `problem` is the error that writing the files raised: the program then does not run. If the job says `keep`, the
    next job finds all that this program made.
    """
    global _kept
    program = _kept or Program(job["guest_policy"], workspace)
    if job.get("keep"):
        _kept = program
    filename = program.begin(job["code"])
    try:
        program.add_inputs(job)
        if problem is not None:
            raise problem
        body, last = compile_program(job["code"], filename, job["guest_policy"])
    except BaseException as error:
        return failure(error)
    if job.get("compile_only"):
        return success()

    result = None
    reserve = bytearray(_REPORT_RESERVE)
    try:
        exec(body, program.scope())
        if last is not None:
            value = eval(last, program.scope())
            if value is not None:
                result = cut(repr(value))
            del value
        _end_threads(program is _kept)
    except BaseException as error:
        del reserve
        return failure(error)
    return success(result)


def rehearse() -> None:
    """Runs a small program whose result is not used.

    The runner shares its memory pages with the supervisor. The first touch of such a page costs more than the work on
    it, so it happens here, before a job waits.
    """
    before = sys.stdout, sys.stderr, sys.modules["__main__"]
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", line_buffering=True)
    guest_policy: GuestPolicy = {"builtins": "safe", "modules": ["math"], "withheld": [], "reads": False, "hint": ""}
    code = "import math\ndef f(n):\n    return [n] * 9\nprint(f(1), {})\n1 + 1"
    job = json.loads(json.dumps({"code": code, "inputs": {}, "guest_policy": guest_policy}))
    json.dumps(run(job))
    sys.stdout, sys.stderr, sys.modules["__main__"] = before


def _end_threads(is_kept: bool) -> None:
    """Waits for the program's threads, as the interpreter does at its end.

    A kept program may use its thread pools again, so their threads are left.
    """
    threading = sys.modules.get("threading")
    if threading is None:
        return
    if not is_kept:
        threading._shutdown()
        return
    pools = sys.modules.get("concurrent.futures.thread")
    for thread in threading.enumerate():
        if thread is threading.current_thread() or thread.daemon:
            continue
        if pools is None or thread not in pools._threads_queues:
            thread.join()
