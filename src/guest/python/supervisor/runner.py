"""The runner: the process in which a Python program runs. It is a fork of the supervisor with the modules imported."""

import gc
import os
import select
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

from messages import Report, SupervisedJob
from supervisor.child import CHILD_FAILED, start_child
from supervisor.clocks import Clocks
from supervisor.descriptors import JOB_PIPE, REPORT_PIPE, Descriptors
from supervisor.environment import HAS_PACKAGES, IS_CONTAINER, PACKAGES, WORKSPACE, program
from supervisor.frames import CHUNK
from supervisor.job_files import USUAL_JOB, give_stdin, jobs, parts_of, read_stdin, read_texts, write_files
from supervisor.last_lines import share_last_lines
from supervisor.limits import (
    INPUT_ROOM,
    address_space,
    lift_address_space_limit,
    limit_address_space,
    touch_heap,
)
from supervisor.packages import PACKAGES_SPACE, link_fonts, warm_packages
from supervisor.privileges import Users

# Taken now, because a program may put something else in their place.
_write, _exit, _getpid = os.write, os._exit, os.getpid

# The program of a session has closed one of the pipes between the runner and the supervisor.
CHANNEL_CLOSED = (
    f"The session's interpreter is lost: the program closed its channel, the descriptors {JOB_PIPE} and {REPORT_PIPE}. "
    "Close only descriptors that the program has opened"
)
LIMIT_LOWERED = (
    "The session's interpreter is lost: the program lowered the hard limit of its LIMIT, which cannot be raised again "
    "for the next call. Lower only the soft limit, or give the call less of it"
)
UP = b"R"  # the runner's first byte: it takes a job
WARM = b"W"  # its second byte: it has done its imports, or a job has come


def start_python(_: list[str], users: Users) -> tuple[int, dict[str, int]]:
    if os.path.isdir(PACKAGES):
        sys.path.append(PACKAGES)
    gc.freeze()  # the runner shares these pages until it writes to them
    shared = share_last_lines()
    return start_child(lambda: run_python(shared), users)


def start_node(command: list[str], users: Users) -> tuple[int, dict[str, int]]:
    return start_child(lambda: os.execv(command[0], [*command, WORKSPACE]), users)


def run_python(shared: dict[str, Any]) -> None:
    """Waits for jobs, runs them, reports, and ends."""
    # The code in the frames below this one is the supervisor's too, and all that it defines.
    program.hide_code(sys._getframe(), 16)  # pyright: ignore[reportPrivateUsage]
    if IS_CONTAINER:
        program.explain_container()
    used = _get_up(shared)
    own = _getpid()
    descriptors, clocks = Descriptors(), Clocks()
    with open(JOB_PIPE, "rb", closefd=True) as pipe:
        for size, job in jobs(pipe):
            descriptors.put_back()
            size += sum(part["size"] for part in parts_of(job))
            read_texts(pipe, job)
            stdin = read_stdin(pipe, job)
            problem = program.as_guest(lambda job=job: write_files(pipe, job))
            # The inputs and files must not count against the program's memory.
            room = (job["memory_mb"] << 20) + (INPUT_ROOM * size if size > CHUNK else 0)
            limit_address_space(used, room, job["keep"])
            if job["keep"]:
                descriptors.keep()
            if stdin is not None and problem is None:
                problem = program.as_guest(lambda text=stdin: give_stdin(text))
            report = _run_job(job, problem, clocks)
            if _getpid() != own:
                _exit(0)  # a child that the program has forked takes no jobs
            if not lift_address_space_limit():  # so that the next job can be read
                _leave(job, _lost(LIMIT_LOWERED.replace("LIMIT", "memory (RLIMIT_AS)")))
            if not clocks.put_back_limit():
                _leave(job, _lost(LIMIT_LOWERED.replace("LIMIT", "processor time (RLIMIT_CPU)")))
            report_pipe = descriptors.lost_channel()
            if report_pipe is not None:
                _leave(job, _lost(CHANNEL_CLOSED), report_pipe)
            _write_report(_encode(job, report) + b"\n")  # the line is whole: the runner takes the next job


def _get_up(shared: dict[str, Any]) -> int | None:
    """Imports the modules that programs need. Returns the address space that is in use before a job, if it is known."""
    program.rehearse()
    program.open_streams(shared)
    if HAS_PACKAGES:
        link_fonts(os.environ.get("MPLCONFIGDIR"))
    os.write(REPORT_PIPE, UP)

    def is_wanted() -> list[Any]:
        # When calls come faster than guests, each program imports only the modules that it uses.
        return select.select([JOB_PIPE], [], [], 0)[0]

    touch_heap()
    is_warm = program.warm(is_wanted) and (not HAS_PACKAGES or warm_packages(is_wanted))
    if is_warm:
        _rehearse_intake()
        program.rehearse_output()
    gc.freeze()  # the search for what a program has left, at its end, need not go through these objects
    used = address_space()
    os.write(REPORT_PIPE, WARM)
    if used is not None and HAS_PACKAGES and not is_warm:
        used += PACKAGES_SPACE
    return used


def _rehearse_intake() -> None:
    """Reads a job once, because the first touch of a page costs more than the work on it."""
    reader, writer = os.pipe()
    data = program.encode_json(USUAL_JOB)
    os.write(writer, len(data).to_bytes(4, "big") + data)
    with open(reader, "rb") as pipe:
        _, job = next(jobs(pipe))
        read_texts(pipe, job)
        read_stdin(pipe, job)
        write_files(pipe, job)
    os.close(writer)


def _run_job(job: SupervisedJob, problem: OSError | None, clocks: Clocks) -> Report:
    """Runs the program. Returns only if the runner is kept and can take another job."""
    signal.signal(signal.SIGXCPU, lambda _, frame: _stop(job, frame))
    if job["keep"]:
        # The kernel sends it to a stopped runner when the last other process of its group ends.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    report = program.run(job, WORKSPACE, problem, stop=lambda: clocks.stop(job["keep"]))
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    if not job["keep"] or report["out_of_memory"]:
        _leave(job, report)
    return report


def _stop(job: SupervisedJob, frame: FrameType | None) -> None:
    """Handles SIGXCPU (the time is up): reports where the program was, flushes its output, and exits."""
    place = program.stopped_at(frame) or {"line": None, "column": None, "traceback": ""}
    program.flush_streams()
    # The supervisor says it in other words if the time was up.
    error = dict(place, type="SystemError", message="The program was stopped by SIGXCPU, the signal of its time limit")
    _leave(job, {"error": error, "result": None, "exit_code": 128 + signal.SIGXCPU, "out_of_memory": False})


def _lost(reason: str) -> dict[str, Any]:
    error = {"type": "SystemError", "message": reason, "line": None, "column": None, "traceback": ""}
    return {"error": error, "result": None, "exit_code": 1, "out_of_memory": False}


def _encode(job: SupervisedJob, report: Any) -> bytes:
    return program.encode_json(dict(report, run=job["run"]))


def _write_report(data: bytes, pipe: int = REPORT_PIPE) -> None:
    while data:
        data = data[_write(pipe, data) :]


def _leave(job: SupervisedJob, report: Any, pipe: int = REPORT_PIPE) -> NoReturn:
    status: int = CHILD_FAILED if pipe != REPORT_PIPE else report["exit_code"]
    try:
        _write_report(_encode(job, report), pipe)
        status = report["exit_code"]
    finally:
        _exit(status)  # also if the program has closed the pipe
