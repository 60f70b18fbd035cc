"""The seccomp filter of a program's process: it refuses the system calls that no program of ours needs.

It lists the calls that it refuses, so an ordinary program meets none of them. It stops four kinds of attack: on the
supervisor (signals, limits, tracing), on the stop between two jobs (every way to get SIGCONT), on the kernel (rarely
used subsystems), and through another table of call numbers (i386, x32, 32-bit ARM). It is a fence in front of the
container.

gVisor ignores a profile that the engine is given, so the process installs this one itself, on every runtime.
"""

import os
import struct
from typing import Any

from supervisor.system_call_numbers import ABSENT, REFUSED

Step = tuple[int, int, int, int]  # an instruction: code, jump if true, jump if false, value

EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
ALLOW, ERRNO, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_SET, AND, RETURN = 0x20, 0x05, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
SIGCONT = 18
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
MOST_LINEAR = 4  # calls that are compared one after the other at a leaf of the search tree

# Audit number of the architecture, then the column of its call numbers below.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


def _argument(index: int) -> int:
    """The offset of the low word of an argument."""
    return 16 + 8 * index


def _refuse_if(index: int, values: list[int], error: int = EPERM) -> list[Step]:
    """Refuses a call whose argument is one of the values."""
    checks = [step for value in values for step in ((JUMP_IF_EQUAL, 0, 1, value), (RETURN, 0, 0, ERRNO | error))]
    return [(LOAD, 0, 0, _argument(index)), *checks, (RETURN, 0, 0, ALLOW)]


def _allow_if(index: int, values: list[int], error: int = EPERM, after: list[Step] | None = None) -> list[Step]:
    """Goes on only if the argument is one of the values."""
    checks = [(JUMP_IF_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    rest = [(RETURN, 0, 0, ALLOW)] if after is None else after
    return [(LOAD, 0, 0, _argument(index)), *checks, (RETURN, 0, 0, ERRNO | error), *rest]


def _clone_checks() -> list[Step]:
    """No namespaces, and no SIGCONT for the parent when the child ends."""
    namespaces = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
    return [
        (LOAD, 0, 0, _argument(0)),
        (JUMP_IF_SET, 0, 1, namespaces),
        (RETURN, 0, 0, ERRNO | EPERM),
        (AND, 0, 0, 0xFF),
        (JUMP_IF_EQUAL, 0, 1, SIGCONT),
        (RETURN, 0, 0, ERRNO | EPERM),
        (RETURN, 0, 0, ALLOW),
    ]


# A call that succeeds and does nothing.
_NOTHING: list[Step] = [(RETURN, 0, 0, ERRNO)]


def _device_checks(mode: int) -> list[Step]:
    """No files that stand for devices. gVisor lets any user make one, and some of its own devices can be opened so."""
    kind, character_device, block_device = 0xF000, 0x2000, 0x6000
    return [
        (LOAD, 0, 0, _argument(mode)),
        (AND, 0, 0, kind),
        (JUMP_IF_EQUAL, 1, 0, character_device),
        (JUMP_IF_EQUAL, 0, 1, block_device),
        (RETURN, 0, 0, ERRNO | EPERM),
        (RETURN, 0, 0, ALLOW),
    ]


# Calls that are allowed with some arguments only, or do nothing. None: the architecture has no such call.
CHECKED: dict[str, tuple[tuple[int, int | None], list[Step]]] = {
    "prlimit64": ((302, 261), _allow_if(0, [0])),  # limits of its own process
    "setpriority": ((141, 140), _allow_if(0, [0], after=_allow_if(1, [0]))),  # priority of its own process
    "kill": ((62, 129), _refuse_if(1, [SIGCONT])),
    "tkill": ((200, 130), _refuse_if(1, [SIGCONT])),
    "tgkill": ((234, 131), _refuse_if(2, [SIGCONT])),
    "fcntl": ((72, 25), _refuse_if(1, [10])),  # F_SETSIG chooses the signal that a descriptor sends
    "prctl": ((157, 167), _refuse_if(0, [1])),  # PR_SET_PDEATHSIG chooses the signal at the parent's end
    "socket": ((41, 198), _allow_if(0, [1, 2, 10], EAFNOSUPPORT)),  # AF_UNIX, AF_INET, AF_INET6
    "socketpair": ((53, 199), _allow_if(0, [1], EAFNOSUPPORT)),
    "clone": ((56, 220), _clone_checks()),
    "mknod": ((133, None), _device_checks(1)),
    "mknodat": ((259, 33), _device_checks(2)),
    # They write what waits in memory to the disks of the machine, and everybody waits. A program has files in memory.
    "sync": ((162, 81), _NOTHING),
    "syncfs": ((306, 267), _NOTHING),
}


def build_filter(machine: str) -> bytes:
    """Returns the filter for an architecture as bytes."""
    if machine not in ARCHITECTURES:
        raise OSError(f"Cannot filter system calls: an x86_64 or aarch64 processor is required, it is {machine}")
    audit, column = ARCHITECTURES[machine]
    refusals = ((ABSENT, ENOSYS), (REFUSED, EPERM))
    calls: list[tuple[int | None, list[Step]]] = [
        (numbers[column], [(RETURN, 0, 0, ERRNO | error)]) for table, error in refusals for numbers in table.values()
    ]
    calls += [(numbers[column], checks) for numbers, checks in CHECKED.values()]
    present = sorted(((number, checks) for number, checks in calls if number is not None), key=lambda call: call[0])
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 1, 0, audit),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_AT_LEAST, 0, 1, 0x40000000),
        (RETURN, 0, 0, ERRNO | ENOSYS),  # x32 on x86-64
        *_search(present),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _search(calls: list[tuple[int, list[Step]]]) -> list[Step]:
    """A search tree over sorted call numbers: gVisor interprets the filter, so each step costs."""
    if len(calls) <= MOST_LINEAR:
        leaf = [step for number, checks in calls for step in ((JUMP_IF_EQUAL, 0, len(checks), number), *checks)]
        return [*leaf, (RETURN, 0, 0, ALLOW)]
    middle = len(calls) // 2
    low, high = _search(calls[:middle]), _search(calls[middle:])
    # A conditional jump reaches 255 steps only.
    return [(JUMP_IF_AT_LEAST, 0, 1, calls[middle][0]), (JUMP, 0, 0, len(low)), *low, *high]


class SystemCallFilter:
    """A filter in memory. It is made before the fork, so that the child only has to install it."""

    def __init__(self, libc: Any) -> None:
        import ctypes  # only a container needs it, and some builds of Python have none

        code = build_filter(os.uname().machine)
        self.libc = libc
        self.code: Any = ctypes.create_string_buffer(code, len(code))
        header = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(self.code))
        self.program: Any = ctypes.create_string_buffer(header)
        self.address: Any = ctypes.c_void_p(ctypes.addressof(self.program))

    def install(self) -> None:
        """Installs the filter in this process for good. Raises OSError if the kernel does not take it."""
        take_step(self.libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "renounce new privileges")
        take_step(self.libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, self.address, 0, 0), "filter system calls")


def take_step(status: int, purpose: str) -> None:
    """Raises OSError if a function of the C library has failed."""
    if status != 0:
        import ctypes

        error = ctypes.get_errno()
        raise OSError(error, f"Cannot {purpose}: {os.strerror(error)}")
