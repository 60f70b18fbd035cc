"""Starts the program's process: a fork with a session and descriptors of its own, and no other descriptor."""

import fcntl
import os
import signal
from collections.abc import Callable

from supervisor.privileges import Users
from supervisor.processes import open_memory

F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", 1031)
CHILD_FAILED = 70  # exit status of a child that could not start


def start_child(work: Callable[[], object], users: Users) -> tuple[int, dict[str, int]]:
    """Runs `work` in a child. Returns the child's process id and the supervisor's ends of its pipes.

    Raises OSError if this process cannot give up root afterwards. The server reads from stderr why a child failed.
    """
    own_ends, child_ends = make_pipes()
    pid = os.fork()
    if pid == 0:
        try:
            signal.set_wakeup_fd(-1)
            settle_in_child(child_ends)
            users.become_program()  # last: from here on it may do less
            work()
        except OSError as error:
            os.write(2, f"{error}\n".encode("utf-8", "replace"))
        finally:
            os._exit(CHILD_FAILED)
    for descriptor in child_ends:
        os.close(descriptor)
    users.become_supervisor()
    return pid, own_ends


def make_pipes() -> tuple[dict[str, int], tuple[int, int, int, int]]:
    """Returns the supervisor's ends by name, and the child's in the order of their descriptors there, from 1."""
    job_read, job_write = os.pipe()
    report_read, report_write = os.pipe()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    os.set_blocking(job_write, False)  # a program that reads no job must not hold the supervisor
    own_ends = {"job": job_write, "report": report_read, "stdout": out_read, "stderr": err_read}
    return own_ends, (out_write, err_write, job_read, report_write)


def settle_in_child(ends: tuple[int, ...]) -> None:
    """Gives the new child its own session, and descriptors 0 to 4 only.

    The kernel kills this child first when memory runs out.
    """
    os.setsid()
    # First above all targets, so that no dup2 closes a descriptor that is still needed.
    above = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10) for descriptor in ends]
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for target, descriptor in enumerate(above, start=1):
        os.dup2(descriptor, target, inheritable=True)
    os.closerange(5, 1024)
    for name in signal.valid_signals():
        try:
            signal.signal(name, signal.SIG_DFL)
        except (OSError, ValueError):
            pass  # SIGKILL and SIGSTOP
    open_memory()  # otherwise the child's own files in /proc would belong to root
    try:
        with open("/proc/self/oom_score_adj", "w") as adjust:
            adjust.write("1000")
    except OSError:
        pass


def widen(pipe: int) -> None:
    """Makes a pipe hold 1 MiB. A full pipe costs two changes between its two processes."""
    try:
        fcntl.fcntl(pipe, F_SETPIPE_SZ, 1 << 20)
    except OSError:
        pass  # not Linux, or the pipes of this user hold too much already
