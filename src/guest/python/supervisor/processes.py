"""The processes of a guest: which of them others may inspect, and signals to every process of a program."""

import os
import signal
import time

from supervisor.environment import IS_CONTAINER

REAP_SECONDS = 0.2  # how long killed processes may take to end
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
    """Returns a descriptor that becomes readable when a child has ended."""
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


def signal_everything(pid: int, number: int) -> None:
    """Signals every process that the program started. In a container that is every process but this one."""
    try:
        if IS_CONTAINER:
            os.kill(-1, number)
        else:
            os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def end_everything(pid: int) -> None:
    """Kills and reaps every process that the program started."""
    signal_everything(pid, signal.SIGKILL)
    deadline = time.monotonic() + REAP_SECONDS
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.001)
        except ChildProcessError:
            return
