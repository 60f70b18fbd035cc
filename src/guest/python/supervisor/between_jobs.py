"""The end of a job: a kept program is stopped until the next one, any other is killed."""

import signal

from supervisor.environment import IS_CONTAINER
from supervisor.pipes import MAX_OUTPUT, check_memory, forward, forward_last_lines
from supervisor.processes import end_everything, reap, signal_everything, stop_alone
from supervisor.reports import read_report
from supervisor.state import Run

MAX_PIPE_READS = 64  # more than a full pipe needs


def settle(run: Run) -> None:
    """Stops the runner of a kept program, and kills all else that the program has started. Empties the pipes."""
    if run.status is None:
        check_memory(run)
    is_stopped = run.status is None and stop_alone(run.pid, run.wake)
    if run.status is None and not is_stopped:
        run.status = reap(run.pid)  # it may have ended by itself
    has_ended = run.status is not None
    if not has_ended:
        if not is_stopped:
            run.stop_for("killed", "The processes of the program could not be stopped")
        # No process writes now, so the pipes bound the number of reads.
        _empty_pipes(run, 0)
        run.finish_account(has_ended)
        has_room = run.printed <= MAX_OUTPUT and not read_report(run).get("out_of_memory")
        run.is_kept = run.cause is None and has_room
    if not run.is_kept:
        if not end_everything(run.pid):
            run.stop_for("killed", "The processes of the program could not be ended")
        # All writers are dead, so the pipes bound the number of reads.
        _empty_pipes(run, 0.05 if IS_CONTAINER else 0)
        forward_last_lines(run)
    if has_ended:
        run.finish_account(has_ended)


def resume(run: Run) -> bool:
    """Lets a kept program go on, with a new state and a new account. Returns False if it has not been idle."""
    run.forget()
    was_idle = run.begin_account()
    run.is_kept = False
    if was_idle:
        signal_everything(run.pid, signal.SIGCONT)
    return was_idle


def _empty_pipes(run: Run, wait: float) -> None:
    for _ in range(MAX_PIPE_READS):
        if not run.open or not forward(run, wait):
            return
