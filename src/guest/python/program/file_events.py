"""Refuses the opening and changing of files that a policy does not give, by the events that the interpreter announces.

A program opens files by functions of the library that nobody has listed. The interpreter announces each of them, and
this hook cannot be taken away. It is a fence: the code of the guest can do what the program cannot.
"""

import os
import sys
from typing import Any

from messages import GuestPolicy

# Events that change files or start programs.
_CHANGES = frozenset(
    "os.chflags os.chmod os.chown os.link os.lockf os.mkdir os.remove os.removexattr os.rename os.rmdir os.setxattr "
    "os.symlink os.truncate os.utime os.exec os.posix_spawn os.spawn os.startfile os.system subprocess.Popen".split()
)

# Where the library and the time zones are. The library itself opens these files, also for a program that opens none.
_LIBRARY = tuple(
    {f"{os.path.dirname(os.__file__)}/", f"{sys.prefix}/lib", "/usr/share/zoneinfo/", "/usr/lib/zoneinfo/"}
    | {"/usr/share/lib/zoneinfo/", "/etc/zoneinfo/", *(place for place in sys.path if place.endswith(".zip"))}
)

# What the running program may read. None while no program with a fence runs: the guest then writes its report.
_allowed: dict[str, Any] = {"program": None, "is_watched": False}


def watch_files(guest_policy: GuestPolicy, workspace: str) -> None:
    """Refuses what this policy does not give, until the end of the program."""
    if guest_policy["builtins"] != "safe" or "open" in guest_policy.get("opened", ()):
        return
    if not _allowed["is_watched"]:
        _allowed["is_watched"] = True
        sys.addaudithook(_look)
    _allowed["program"] = guest_policy["reads"], (*_LIBRARY, f"{workspace}/")


def leave_files() -> None:
    """Lets the guest itself open files again, after the end of a program."""
    _allowed["program"] = None


def _look(event: str, given: tuple[Any, ...]) -> None:
    if _allowed["program"] is None:
        return
    if event == "open":
        path, mode, flags = given
        _look_at_opening(path, mode, flags)
    elif event in _CHANGES:
        raise PermissionError(f"Cannot do {event!r} in this sandbox: the policy gives no files to change")


def _look_at_opening(path: Any, mode: Any, flags: Any) -> None:
    reads, places = _allowed["program"]
    if type(path) is int:
        raise PermissionError("Cannot open a descriptor: the policy gives files by their names only")
    name = os.fsdecode(path) if isinstance(path, (str, bytes)) else ""
    if flags & _WRITING and name != os.devnull:
        raise PermissionError(f"Cannot open {name[:200]!r} for writing: the policy gives reading only")
    if not reads and (not name.startswith(places) or "/../" in name):
        raise PermissionError(f"Cannot open {name[:200]!r}: the policy gives input files only, as `files`")


# In WASI, reading is a bit of its own, which is part of `O_RDWR`.
_WRITING = os.O_WRONLY | (os.O_RDWR & ~os.O_RDONLY) | os.O_APPEND | os.O_CREAT | os.O_TRUNC
