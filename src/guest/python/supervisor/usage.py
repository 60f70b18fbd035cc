"""The kernel's account of a program: processor time, resident memory, out-of-memory kills.

Each file of the account is opened once and stays open, so that a reading is one system call. A file that was there at
the start and cannot be read later ends the run: a program that hides its use is never one that used nothing.
"""

import os
import resource
import sys
import time

from supervisor.environment import IS_CONTAINER

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = 1 / os.sysconf("SC_CLK_TCK")
# Seconds of processor time that a stopped program may seem to use. Under gVisor the account moves in steps of 10 ms.
IDLE_ALLOWANCE = 0.012


class AccountLost(Exception):
    """The kernel's account of the program cannot be read."""


class Account:
    """One file of the kernel's account."""

    def __init__(self, paths: list[str], is_required: bool) -> None:
        self.descriptor: int | None = None
        for path in paths:
            try:
                self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                break
            except OSError as error:
                if is_required:
                    raise OSError(error.errno, f"Cannot start a guest: {path} must be readable") from error

    def fields(self, start: bytes = b"") -> list[bytes] | None:
        """Returns the words of the line that starts with `start`, or None if there was no such file at the start."""
        if self.descriptor is None:
            return None
        try:
            text = os.pread(self.descriptor, 4096, 0)
        except OSError as error:
            raise AccountLost from error
        for line in text.split(b"\n"):
            if line and line.startswith(start):
                return line.rpartition(b")")[2].split()
        raise AccountLost


class Usage:
    """The use of one guest's processes. The use of a job counts from its start to the stop after it."""

    def __init__(self, pid: int) -> None:
        self.statm = Account([f"/proc/{pid}/statm"], IS_CONTAINER)
        self.stat = Account([f"/proc/{pid}/stat"], IS_CONTAINER)
        # Control groups, version 2, then version 1. gVisor shows none.
        groups = (["/sys/fs/cgroup/cpu.stat"], ["/sys/fs/cgroup/cpuacct/cpuacct.usage"])
        self.cpu_unit = 1e6
        self.cpu = Account(groups[0] if IS_CONTAINER else [], False)
        if self.cpu.descriptor is None:
            self.cpu_unit = 1e9
            self.cpu = Account(groups[1] if IS_CONTAINER else [], False)
        events = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"]
        self.events = Account(events if IS_CONTAINER else [], False)
        try:
            self.oom_kills_before = self._oom_kills()
        except AccountLost:  # an old kernel does not count them
            self.events.descriptor = None
            self.oom_kills_before = 0
        self.runner_before = self.group_before = self.reaped_before = 0.0
        self.runner_after = self.group_after = 0.0  # at the stop after the last job
        self.resident_before = self.peak = 0
        self.cpu_seconds = 0.0
        self.has_oom_kill = False

    def begin(self, is_kept: bool) -> None:
        """Notes the use of the runner before its job.

        It is called while no job waits: under gVisor a reading is slow. The memory of a kept program counts from the
        start of its first job.
        """
        self.runner_before, self.group_before = self._runner_seconds(), self._group_seconds()
        self.reaped_before = _reaped_seconds()
        if not is_kept:
            self.resident_before = self._resident_bytes()

    def has_run_since_stop(self) -> bool:
        """True if the program has used processor time between the last job and this one, although it was stopped."""
        group = self.group_before - self.group_after
        return max(group, self.runner_before - self.runner_after) > IDLE_ALLOWANCE

    def grown_bytes(self) -> int:
        """Reads the resident memory, and returns how much of it the job has added."""
        resident = self._resident_bytes()
        self.peak = max(self.peak, resident)
        return resident - self.resident_before

    def finish(self, has_ended: bool) -> None:
        """Notes the use of a job whose runner is stopped, or has ended and is collected.

        The container's account counts if there is one. A program can make the kernel forget the account of its
        children, and they are in the container's.
        """
        self.group_after = self._group_seconds()
        if has_ended:
            spent = _reaped_seconds() - self.reaped_before - self.runner_before
        else:
            self.runner_after = self._runner_seconds()
            # What has lost its parent is collected by this process.
            spent = self.runner_after - self.runner_before + _reaped_seconds() - self.reaped_before
        self.cpu_seconds = max(spent, self.group_after - self.group_before)
        self.has_oom_kill = self._oom_kills() > self.oom_kills_before

    def peak_bytes(self) -> int:
        unit = 1 if sys.platform == "darwin" else 1024
        return max(self.peak, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)

    def _resident_bytes(self) -> int:
        return _number_in(self.statm.fields(), 1) * PAGE

    def _runner_seconds(self) -> float:
        fields = self.stat.fields()
        # Its own time and that of the children that it has waited for, each in user and system mode.
        return sum(_number_in(fields, place) for place in range(11, 15)) * TICK

    def _group_seconds(self) -> float:
        """Returns the processor time of the container without this process, or 0 if there is no such account.

        This process is read first: that brings its part of the container's account up to date.
        """
        own = time.process_time()
        fields = self.cpu.fields()
        return 0.0 if fields is None else _number_in(fields, -1) / self.cpu_unit - own

    def _oom_kills(self) -> int:
        """Returns how many processes of this container the kernel has killed for memory."""
        return _number_in(self.events.fields(b"oom_kill "), 1)


def _number_in(fields: list[bytes] | None, place: int) -> int:
    """Returns a number of the account, or 0 if there was no such account at the start."""
    if fields is None:
        return 0
    try:
        return int(fields[place])
    except (ValueError, IndexError) as error:
        raise AccountLost from error


def _reaped_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
