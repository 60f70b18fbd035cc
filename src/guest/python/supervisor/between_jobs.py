"""The end of a job: a kept program is stopped until the next one, any other is killed."""

import signal

from supervisor.environment import IS_CONTAINER
from supervisor.pipes import MAX_OUTPUT, check_memory, forward
from supervisor.processes import end_everything, signal_everything
from supervisor.reports import read_report
from supervisor.state import Run

MAX_PIPE_READS = 64  # more than a full pipe needs


def settle(run: Run) -> None:
    """Stops or kills all that the program has started, and forwards the rest of the pipes."""
    if run.status is None:
        check_memory(run)
        signal_everything(run.pid, signal.SIGSTOP)
        # No process writes now, so the pipes bound the number of reads.
        _empty_pipes(run, 0)
        has_room = run.printed <= MAX_OUTPUT and not read_report(run).get("out_of_memory")
        run.is_kept = run.cause is None and has_room
    if not run.is_kept:
        end_everything(run.pid)
        # All writers are dead, so the pipes bound the number of reads.
        _empty_pipes(run, 0.05 if IS_CONTAINER else 0)


def resume(run: Run) -> None:
    """Lets a kept program go on, with a new state and a new account."""
    run.forget()
    signal_everything(run.pid, signal.SIGCONT)
    run.usage.measure(run.is_kept)
    run.is_kept = False


def _empty_pipes(run: Run, wait: float) -> None:
    for _ in range(MAX_PIPE_READS):
        if not run.open or not forward(run, wait):
            return
