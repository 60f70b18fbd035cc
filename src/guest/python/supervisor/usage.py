"""The kernel's account of a program: processor time, resident memory, out-of-memory kills."""

import os
import resource
import sys
import time

from supervisor.environment import IS_CONTAINER

PAGE = os.sysconf("SC_PAGE_SIZE")


class Usage:
    """The use of one guest's processes. The use of a job counts from its start."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.oom_kills_before = oom_kills()
        self.cpu_before = 0.0
        self.reaped_before = 0.0
        self.container_cpu_before: tuple[float, float] | None = None
        self.resident_before = 0
        self.peak = 0

    def measure(self, is_kept: bool) -> None:
        """Notes the use of the runner before its job.

        It is called while no job waits: under gVisor each reading costs half a millisecond. The memory of a kept
        program counts from the start of its first job.
        """
        self.cpu_before = cpu_seconds(self.pid)
        self.reaped_before = _reaped_cpu_seconds(resource.getrusage(resource.RUSAGE_CHILDREN))
        self.container_cpu_before = container_cpu_seconds()
        if not is_kept:
            self.resident_before = resident_bytes(self.pid)

    def grown_bytes(self) -> int:
        """Reads the resident memory, and returns how much of it the job has added."""
        resident = resident_bytes(self.pid)
        self.peak = max(self.peak, resident)
        return resident - self.resident_before

    def cpu_used(self, children: resource.struct_rusage, has_ended: bool) -> float:
        """Returns the seconds of processor time of the job.

        The container's account counts if there is one. A program can make the kernel forget the account of its
        children, and they are in the container's.
        """
        spent = _reaped_cpu_seconds(children) - self.reaped_before if has_ended else cpu_seconds(self.pid)
        spent -= self.cpu_before
        now = container_cpu_seconds()
        if now is None or self.container_cpu_before is None:
            return spent
        return max(spent, now[0] - self.container_cpu_before[0] - (now[1] - self.container_cpu_before[1]))

    def peak_bytes(self, children: resource.struct_rusage) -> int:
        unit = 1 if sys.platform == "darwin" else 1024
        return max(self.peak, children.ru_maxrss * unit)

    def was_killed_for_memory(self) -> bool:
        """True if the kernel has killed a process of this container because memory ran out."""
        return oom_kills() > self.oom_kills_before


def _reaped_cpu_seconds(children: resource.struct_rusage) -> float:
    return children.ru_utime + children.ru_stime


def resident_bytes(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0


def cpu_seconds(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def container_cpu_seconds() -> tuple[float, float] | None:
    """Returns the processor time of the whole container, and of this process in it, or None (cgroup v2, then v1)."""
    if not IS_CONTAINER:
        return None
    own = time.process_time()
    try:
        with open("/sys/fs/cgroup/cpu.stat") as stat:
            return int(stat.readline().split()[1]) / 1e6, own
    except (OSError, ValueError, IndexError):
        pass
    try:
        with open("/sys/fs/cgroup/cpuacct/cpuacct.usage") as total:
            return int(total.read()) / 1e9, own
    except (OSError, ValueError):
        return None


def oom_kills() -> int:
    """Returns how many processes of this container the kernel has killed for memory (cgroup v2, then v1)."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path) as events:
                for line in events:
                    if line.startswith("oom_kill "):
                        return int(line.split()[1])
        except (OSError, ValueError):
            continue
    return 0
