"""Takes a job from the server and hands it to the runner."""

import json
import os
import select
import struct
import time

from messages import SupervisedJob
from supervisor.between_jobs import resume
from supervisor.child import widen
from supervisor.environment import end_supervisor
from supervisor.frames import CHUNK, FILE, JOB, TOKEN_SIZE, read_exactly, read_header
from supervisor.job_files import parts_of
from supervisor.processes import end_everything
from supervisor.runner import UP, WARM
from supervisor.state import Run

NUMBER_SIZE = 16  # bytes of the random number of a job


def wait_until_up(report_pipe: int, channel_in: int) -> bool:
    """Returns True when the runner takes a job, and False if it or the server has ended before."""
    while True:
        readable, _, _ = select.select([report_pipe, channel_in], [], [])
        if report_pipe in readable:
            return os.read(report_pipe, 1) == UP
        if os.read(channel_in, 1) == b"":
            return False


def take_job(run: Run) -> bool:
    """Hands the next job to the runner and starts the clock. Returns False when the server or the runner has ended."""
    if not _wait_for_job(run):
        return False
    kind, size = read_header(run.channel_in)
    data = read_exactly(run.channel_in, size)
    if kind != JOB or data is None:
        return False
    run.token, text = data[:TOKEN_SIZE], data[TOKEN_SIZE:]
    job: SupervisedJob = json.loads(text)
    run.number = os.urandom(NUMBER_SIZE).hex()
    # Added to the text as it is: to encode a megabyte of JSON again takes longer than most programs.
    text = text[:-1] + b',"run":"%s"}' % run.number.encode()
    parts = parts_of(job)
    input_size = len(text) + sum(part["size"] for part in parts)
    was_idle = not run.is_kept or resume(run)
    run.begin(job, input_size)
    if not was_idle:
        return True  # the watch ends the program, because there is a cause
    if input_size > CHUNK:
        widen(run.pipes["job"])
    _hand_over(run, struct.pack(">I", len(text)) + text)
    for _ in parts:
        kind, size = read_header(run.channel_in)
        if kind != FILE or not _pass_on(run, size):
            return False
    if not run.keeps:
        os.close(run.pipes["job"])
    _wait_for_runner(run)
    run.start_clock()
    return True


def _wait_for_job(run: Run) -> bool:
    """Returns True when the server sends something, and False if the runner has ended before."""
    while True:
        sources = [run.channel_in] if run.is_kept else [run.channel_in, run.pipes["report"]]
        readable, _, _ = select.select(sources, [], [])
        if run.channel_in in readable:
            return True
        if os.read(run.pipes["report"], 1) != WARM:
            return False
        _note_that_runner_is_warm(run)


def _wait_for_runner(run: Run) -> None:
    """Waits until the runner takes its job. It may be in the middle of a long import."""
    while run.is_importing:
        readable, _, _ = select.select([run.pipes["report"], run.channel_in], [], [])
        if run.pipes["report"] in readable:
            if os.read(run.pipes["report"], 1) != WARM:
                return
            _note_that_runner_is_warm(run)
        elif os.read(run.channel_in, CHUNK) == b"":
            end_everything(run.pid)
            end_supervisor(0)


def _note_that_runner_is_warm(run: Run) -> None:
    run.is_importing = False
    run.begin_account()


def _pass_on(run: Run, size: int) -> bool:
    """Hands bytes from the server to the runner as they come. Returns False if the channel ends too early.

    To collect them all first would take new memory, which costs more than the copying.
    """
    while size > 0:
        count = os.readv(run.channel_in, [run.buffer[: min(size, len(run.buffer))]])
        if count == 0:
            return False
        _hand_over(run, run.buffer[:count])
        size -= count
    return True


def _hand_over(run: Run, data: bytes | memoryview) -> None:
    rest = memoryview(data)
    try:
        while rest:
            try:
                rest = rest[os.write(run.pipes["job"], rest) :]
            except BlockingIOError:
                _wait_until_taken(run)
    except BrokenPipeError:
        pass  # the runner has died, and its wait status tells how


def _wait_until_taken(run: Run) -> None:
    """Waits until the runner takes more of its job. A kept program can keep its runner from it, for ever.

    So the end of the channel and the clock are watched meanwhile. Ends the program when its time is up.
    """
    wait = select.poll()
    wait.register(run.pipes["job"], select.POLLOUT)
    wait.register(run.channel_in, 0)  # its end alone: it holds the rest of the job
    found = wait.poll(max(0.0, run.deadline - time.monotonic()) * 1000)
    if any(descriptor == run.channel_in for descriptor, _ in found):
        end_everything(run.pid)
        end_supervisor(0)
    if not found:
        run.stop_for("timeout")
        end_everything(run.pid)
