"""Watches a program until it has ended, or has reported and is kept."""

import os
import signal
import time

from supervisor.between_jobs import settle
from supervisor.pipes import check_memory, forward
from supervisor.processes import reap, stop_others
from supervisor.reports import has_reported
from supervisor.state import Run

WIND_DOWN = 0.1  # seconds in which a stopped Python program writes its output and reports where it was
MEMORY_POLL = 0.02  # seconds between two looks at the program's resident memory


def watch(run: Run) -> None:
    """Forwards output and holds the program to its limits. Then it ends or stops all that the program has started."""
    kill_at, look_at = None, run.started + MEMORY_POLL
    while run.status is None and not has_reported(run):
        now = time.monotonic()
        if run.cause is None and now >= run.deadline:
            run.cause = "timeout"
            stop_others(run.pid)
            _signal_program(run, signal.SIGXCPU)
            kill_at = now + WIND_DOWN
        if run.cause not in (None, "timeout") or (kill_at is not None and now >= kill_at):
            _signal_program(run, signal.SIGKILL)
        forward(run, max(0.0, min((kill_at or run.deadline) - now, MEMORY_POLL)))
        run.status = reap(run.pid)
        if run.status is None and now >= look_at:
            look_at = now + MEMORY_POLL
            check_memory(run)
    run.ended = time.monotonic()
    settle(run)


def _signal_program(run: Run, number: int) -> None:
    try:
        os.kill(run.pid, number)
    except ProcessLookupError:
        pass
