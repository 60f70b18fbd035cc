"""The processes of a guest: which of them others may inspect, and the end or the stop of all that a program started."""

import os
import select
import signal
import time

from supervisor.environment import IS_CONTAINER

END_SECONDS = 1.0  # how long the processes of a program may take to end, or to stop
LOCAL_END_SECONDS = 0.2  # the same for the local engine
STOP_POLL = 0.005  # seconds between two looks, if no signal comes
PR_SET_DUMPABLE = 4


def close_memory(is_closed: bool = True) -> None:
    """Keeps processes of the same user away from the memory and descriptors of this one.

    The kernel then refuses /proc/1/mem, /proc/1/fd and ptrace.
    """
    try:
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0 if is_closed else 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass  # the local engine on a system other than Linux; that engine promises no isolation


def open_memory() -> None:
    """Undoes close_memory in the program's process, which holds nothing but the program's own data."""
    close_memory(False)


def watch_children() -> int:
    """Returns a descriptor that becomes readable when a child has ended or stopped."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def empty(descriptor: int) -> None:
    """Reads all that a non-blocking descriptor holds."""
    try:
        while os.read(descriptor, 512):
            pass
    except BlockingIOError:
        pass


def signal_everything(pid: int, number: int) -> bool:
    """Signals every process that the program started. In a container that is every process but this one.

    Returns False if there is none.
    """
    try:
        if IS_CONTAINER:
            os.kill(-1, number)
        else:
            os.killpg(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return IS_CONTAINER  # in a container this is an error; elsewhere every process of the group is dead
    return True


def reap(pid: int) -> int | None:
    """Collects every process that has ended. Returns the wait status of `pid` if that is one of them."""
    found = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if ended == 0:
            return found
        if ended == pid:
            found = status


def end_everything(pid: int) -> bool:
    """Kills and collects every process that the program started. Returns False if one is left after the time limit.

    A process may start others while this goes on, so it takes several rounds.
    """
    deadline = time.monotonic() + (END_SECONDS if IS_CONTAINER else LOCAL_END_SECONDS)
    while signal_everything(pid, signal.SIGKILL):
        reap(pid)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    reap(pid)
    return True


def stop_others(pid: int) -> None:
    """Stops what the program started, and lets the runner go on. It is called when the time is up.

    A flood of processes would leave the runner and this process no processor to report with.
    """
    if IS_CONTAINER:
        signal_everything(pid, signal.SIGSTOP)
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass  # it has just ended, and waits to be collected


def stop_alone(pid: int, wake: int) -> bool:
    """Stops the runner and kills all other processes. Returns True once the runner is stopped and alone.

    The death of a process can wake a stopped runner: the kernel sends SIGCONT to a group that loses its last parent,
    and to the leader of a session that loses its terminal. So the stop is repeated until nothing else is left.
    """
    if not IS_CONTAINER:
        return signal_everything(pid, signal.SIGSTOP)
    deadline = time.monotonic() + END_SECONDS
    empty(wake)
    while True:
        signal_everything(pid, signal.SIGSTOP)
        others = _others_than(pid)
        for other in others:
            try:
                os.kill(other, signal.SIGKILL)
            except ProcessLookupError:
                pass
        # All threads are stopped then. The answer's fields do not count: gVisor fills them in as for a killed process.
        try:
            is_stopped = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # the program has ended its runner, which waits for nothing but to be reaped
            is_stopped = False
        if is_stopped and not others:
            return True
        if time.monotonic() > deadline or not _is_alive(pid):
            return False
        select.select([wake], [], [], STOP_POLL)
        empty(wake)
        _collect(others)


def _others_than(pid: int) -> list[int]:
    """Returns the living processes of the program apart from `pid`."""
    found = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [other for other in found if other not in (1, pid) and _is_alive(other)]


def _is_alive(pid: int) -> bool:
    """False for a process that only waits to be collected. One whose first thread has ended may have others."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
        return fields[0] not in (b"Z", b"X") or int(fields[17]) > 1
    except (FileNotFoundError, ProcessLookupError):
        return False
    except (OSError, ValueError, IndexError):
        return True


def _collect(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass  # it is a child of the runner
