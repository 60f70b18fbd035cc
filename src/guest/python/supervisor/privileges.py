"""Two users in one container: the program's process and the supervisor both give up root, each for a user of its own.

The container starts as root with the capabilities SETUID, SETGID, SETPCAP and KILL alone. The program becomes a user
of this guest alone and keeps no capability. The supervisor becomes a third user and keeps KILL, to end what the program
leaves. Under gVisor a process of the same user could open the supervisor's descriptors, stop it, and take its files.
"""

import os
import struct
import sys
from typing import Any, NoReturn

from supervisor.environment import IS_CONTAINER, end_supervisor
from supervisor.processes import close_memory, open_memory
from supervisor.system_calls import SystemCallFilter, take_step

SUPERVISOR_USER = 65534  # nobody
KILL = 1 << 5  # the bit of CAP_KILL
CAPABILITY_VERSION_3 = 0x20080522  # two words for each set
PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 8, 24
MOST_CAPABILITIES = 64


class Users:
    """The two users of a guest. In a container it is made once, before the fork. Elsewhere it does nothing."""

    def __init__(self, program_user: int | None) -> None:
        self.program_user = program_user
        if program_user is None:
            return
        import ctypes

        self.libc: Any = ctypes.CDLL(None, use_errno=True)
        self.filter = SystemCallFilter(self.libc)
        for capability in range(MOST_CAPABILITIES):
            if self.libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                if capability <= 8 or ctypes.get_errno() != 22:  # EINVAL: the kernel has no more capabilities
                    raise OSError(ctypes.get_errno(), "Cannot empty the bounding set of capabilities")
                break
        # The kernel counts the memory of a pipe for the real user. A user of one guest alone starves no other guest.
        _change_user(lambda: os.setresgid(program_user, 0, 0))
        _change_user(lambda: os.setresuid(program_user, 0, 0))

    def become_program(self) -> None:
        """Makes this process the program's. Raises OSError if anything is refused."""
        if self.program_user is None:
            return
        self._become(self.program_user, 0)
        open_memory()  # a change of the user closes it
        self.filter.install()

    def become_supervisor(self) -> None:
        """Leaves this process, which has started the program's, with the right to signal. Raises OSError if refused."""
        if self.program_user is None:
            return
        self._become(SUPERVISOR_USER, KILL)
        close_memory()
        if self.libc.prctl(3, 0, 0, 0, 0) != 0:  # PR_GET_DUMPABLE
            raise OSError("Cannot close the memory of the supervisor")

    def _become(self, user: int, capabilities: int) -> None:
        if capabilities:
            take_step(self.libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep a capability")
        _change_user(lambda: os.setgroups([]))
        _change_user(lambda: os.setresgid(user, user, user))
        _change_user(lambda: os.setresuid(user, user, user))
        header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
        # Effective, permitted, inheritable: low words, then high ones.
        sets = struct.pack("=6I", capabilities, capabilities, 0, 0, 0, 0)
        take_step(self.libc.capset(header, sets), "give up the capabilities")
        if os.getresuid() != (user, user, user) or os.getresgid() != (user, user, user) or os.getgroups():
            raise OSError("Cannot give up root: the process must have become another user, and it has not")


def program_user() -> int | None:
    """Takes the program's user from the command line of a container. Returns None for the local engine."""
    if not IS_CONTAINER:
        return None
    if os.getuid() != 0:
        refuse_to_start("Cannot start a guest: its container must start as root (0:0), which the guest then gives up")
    return int(sys.argv.pop(1))


def last_words(stderr: int) -> str:
    """Returns what a runner that did not start has written to its stderr. No program has run in it."""
    os.set_blocking(stderr, False)
    try:
        return os.read(stderr, 2_000).decode("utf-8", "replace").strip()
    except BlockingIOError:
        return ""


def refuse_to_start(reason: str) -> NoReturn:
    """Ends the guest before it is ready. The server reads the reason from its stderr."""
    os.write(2, f"{reason}\n".encode("utf-8", "replace"))
    end_supervisor(1)


def _change_user(change: Any) -> None:
    try:
        change()
    except OSError as error:
        needed = "a second user id is required; give the engine subordinate ids (/etc/subuid, /etc/subgid)"
        raise OSError(error.errno, f"Cannot give up root: {needed}") from error
