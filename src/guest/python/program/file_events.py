"""Refuses the opening and changing of files that a policy does not give, by the events that the interpreter announces.

A program opens files by functions of the library that nobody has listed. The interpreter announces each of them, and
this hook cannot be taken away. It is a fence: the code of the guest can do what the program cannot.

A hook makes each announced call several times slower, also one such as `id`. So it is added with the first module that
has a function which opens files, and with the first file: the classes of a file open others.
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

_decode = os.fsdecode

# No function of these modules opens or changes a file, and none returns another module.
_WITHOUT_FILES = frozenset(
    "__future__ abc array binascii bisect cmath collections collections.abc colorsys copy dataclasses datetime decimal "
    "enum fractions functools graphlib hashlib heapq hmac html html.entities itertools json json.decoder json.encoder "
    "keyword math numbers operator pprint queue random re secrets statistics string struct textwrap time typing "
    "unicodedata zlib".split()
)

# Hooks that the first module with files adds.
_waiting: list[Any] = []

# What the running program may read. None while no program with a fence runs: the guest then writes its report.
_allowed: dict[str, Any] = {"program": None, "is_watched": False}


def watch_files(guest_policy: GuestPolicy, workspace: str) -> None:
    """Refuses what this policy does not give, until the end of the program."""
    gives_all = guest_policy.get("writes", False) or "open" in guest_policy.get("opened", ())
    if guest_policy["builtins"] != "safe" or gives_all:
        return
    if not _allowed["is_watched"]:
        _allowed["is_watched"] = True
        _waiting.append(_look)
    _allowed["program"] = guest_policy["reads"], (*_LIBRARY, f"{workspace}/")


def watch_with(hook: Any) -> None:
    """Takes a further hook for the events of programs that can open or change files."""
    _waiting.append(hook)


def notice_module(name: str, is_whole: bool) -> None:
    """Adds the hooks before a program gets a module with files. A whole module leads to the modules it has imported."""
    if is_whole or name not in _WITHOUT_FILES:
        start_watching()


def start_watching() -> None:
    """Adds the hooks that wait."""
    while _waiting:
        sys.addaudithook(_waiting.pop())


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
    # A class of the program may answer for a text, or stand for a number. So the plain name is taken and judged.
    if issubclass(type(path), str):
        name = str.__str__(path)
    elif issubclass(type(path), bytes):
        name = _decode(bytes.__getitem__(path, slice(None)))
    else:
        raise PermissionError("Cannot open a descriptor: the policy gives files by their names only")
    if flags & _WRITING:
        raise PermissionError(f"Cannot open {name[:200]!r} for writing: the policy gives reading only")
    if not reads and (not name.startswith(places) or "/../" in name):
        raise PermissionError(f"Cannot open {name[:200]!r}: the policy gives input files only, as `files`")


# In WASI, reading is a bit of its own, which is part of `O_RDWR`.
_WRITING = os.O_WRONLY | (os.O_RDWR & ~os.O_RDONLY) | os.O_APPEND | os.O_CREAT | os.O_TRUNC
