"""Runs one job and reports how it ended."""

import gc
import io
import json
import sys
from collections.abc import Callable
from types import CodeType

from messages import GuestPolicy, Job, Report
from program.compile import compile_program
from program.ending import end_program, end_threads
from program.environment import Program
from program.fence import forget_builtins
from program.file_events import watch_files
from program.files import prepare_files
from program.own_modules import forget_modules
from program.own_state import give_state, stop_profiling, stop_tracing, take_state
from program.report import cut, failure, success
from program.streams import flush_streams, note_input, renew_streams

_REPORT_RESERVE = 262_144  # bytes that are free for the report after the program has used up all other memory

_kept: Program | None = None  # the environment of a kept guest


def is_kept() -> bool:
    """True once a job has asked to keep the environment of its program."""
    return _kept is not None


def run(
    job: Job,
    workspace: str = "/workspace",
    problem: Exception | None = None,
    start: Callable[[], None] | None = None,
    stop: Callable[[], None] | None = None,
) -> Report:
    """Runs the program of `job`, whose files lie below `workspace`. Returns a dict of JSON values.

    `problem` is the error that writing the files raised: the program then does not run. If the job says `keep`, the
    next job finds all that this program made. Otherwise the program is ended as the interpreter ends one. `start` is
    called when all is ready and the program begins, `stop` when it is over and its report is not yet made.
    """
    global _kept
    has_input = job.get("stdin") is not None
    if _kept is not None:
        renew_streams(has_input)
    note_input(has_input)
    program = _kept or Program(job["guest_policy"], workspace)
    _kept = program if job.get("keep") else None
    report = _run_in(program, job, problem, start, stop)
    if _kept is None and not job.get("compile_only"):
        del program
        forget_builtins()
        forget_modules()
        end_program()
        take_state(False)
    flush_streams()  # it calls functions of the program, if that has put streams of its own there
    return report


def _run_in(
    program: Program,
    job: Job,
    problem: Exception | None,
    start: Callable[[], None] | None,
    stop: Callable[[], None] | None,
    is_watched: bool = True,
) -> Report:
    filename = program.begin(job)
    try:
        body, last = _prepare(program, job, filename, problem)
    except BaseException as error:
        return failure(error)
    if job.get("compile_only"):
        return success()

    if is_watched:
        watch_files(job["guest_policy"], program.workspace)
    result = caught = None
    reserve = bytearray(_REPORT_RESERVE)
    give_state(program.recursion_limit)
    if start is not None:
        start()
    try:
        try:
            exec(body, program.scope())
            if last is not None:
                value = eval(last, program.scope())
                result = None if value is None else cut(repr(value))
                del value
        finally:
            # Here and before `stop`: a function that is called while they are set would run the program's.
            for hook in (stop_tracing, stop_profiling):
                try:
                    hook(None)
                except BaseException:
                    pass  # raised by the program's function, which the interpreter has removed now
            if stop is not None:
                stop()
    except BaseException as error:
        caught = error
    del reserve
    if job.get("keep"):
        end_threads(True)
    program.recursion_limit = take_state(_kept is not None)
    report = success(result) if caught is None else failure(caught, *_advice_for(program, job))
    caught = None  # it refers to this frame
    return report


def _prepare(program: Program, job: Job, filename: str, problem: Exception | None) -> tuple[CodeType, CodeType | None]:
    program.add_inputs(job)
    if problem is not None:
        raise problem
    return compile_program(job["code"], filename, job["guest_policy"])


def _advice_for(program: Program, job: Job) -> tuple[list[str], str]:
    return list(program.files.paths), job["guest_policy"]["hint"]


def rehearse() -> None:
    """Runs a small program whose result is not used.

    The runner shares its memory pages with the supervisor. The first touch of such a page costs more than the work on
    it, so it happens here, before a job waits.
    """
    before = sys.stdout, sys.stderr, sys.modules["__main__"]
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", line_buffering=True)
    guest_policy: GuestPolicy = {"builtins": "safe", "modules": " math", "withheld": [], "reads": False, "hint": ""}
    code = "import math\ndef f(n):\n    return [n] * 9\nprint(f(1), {})\n1 + 1"
    job = json.loads(json.dumps({"code": code, "inputs": {}, "guest_policy": guest_policy}))
    json.dumps(_run_in(Program(guest_policy, ""), job, None, None, None, False))
    prepare_files()
    gc.collect()
    sys.stdout, sys.stderr, sys.modules["__main__"] = before
