"""Refuses the opening and changing of files that a policy does not give, by the events that the interpreter announces.

A program opens files by functions of the library that nobody has listed. The interpreter announces each of them, and
this hook cannot be taken away. It is a fence: the code of the guest can do what the program cannot.

A hook makes each announced call several times slower, also one such as `id`. So it is added with the first module that
has a function which opens files, and with the first file: the classes of a file open others.

The watch goes on after the end of a program, because its threads and the finalisers of its objects may run later. It
ends with the interpreter, or when a program with another policy comes.
"""

import _thread
import os
import sys
from collections.abc import Callable
from typing import Any

from messages import GuestPolicy
from program.collector import uninterrupted
from program.file_names import plain_name

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

# No function of these modules opens or changes a file, and none returns another module.
_WITHOUT_FILES = frozenset(
    "__future__ abc array binascii bisect cmath collections collections.abc colorsys copy dataclasses datetime decimal "
    "enum fractions functools graphlib hashlib heapq hmac html html.entities itertools json json.decoder json.encoder "
    "keyword math numbers operator pprint queue random re secrets statistics string struct textwrap time typing "
    "unicodedata zlib".split()
)

# Hooks that the first module with files adds.
_waiting: list[Any] = []

# What the program may read, or None if it may do all. `guest` is the thread that works for the guest itself.
_allowed: dict[str, Any] = {"program": None, "is_watched": False, "guest": None}

# The file that the guest's `open` opens next, by the thread. It holds for one event. The class of files takes a
# function that returns any descriptor, and the library may call that class for the program.
_next: dict[int, Any] = {}

_own_thread = _thread.get_ident  # taken now, because a program may put something else in its place


def watch_files(guest_policy: GuestPolicy, workspace: str) -> None:
    """Refuses what this policy does not give, from now on."""
    gives_all = guest_policy.get("writes", False) or "open" in guest_policy.get("opened", ())
    if guest_policy["builtins"] != "safe" or gives_all:
        _allowed["program"] = None
        return
    if not _allowed["is_watched"]:
        _allowed["is_watched"] = True
        _waiting.append(_look)
    _allowed["program"] = guest_policy["reads"], (*_LIBRARY, f"{workspace}/")


def is_watched() -> bool:
    """May the caller open files by their plain names only?"""
    return _allowed["program"] is not None and _allowed["guest"] != _own_thread()


def refuse_descriptor() -> None:
    """Refuses a function that takes a descriptor by its number, or returns one."""
    if is_watched():
        raise PermissionError(BY_NAME)


def opens(path: str | bytes, open_it: Callable[..., Any], *given: Any) -> Any:
    """Opens `path`, which must be a plain name, for a program or the library."""
    thread = _own_thread()
    _next[thread] = path
    try:
        return open_it(path, *given)
    finally:
        _next.pop(thread, None)


def as_guest(work: Callable[[], Any]) -> Any:
    """Calls `work`, which opens or changes files for the guest itself."""
    _allowed["guest"] = _own_thread()
    try:
        return uninterrupted(work)
    finally:
        _allowed["guest"] = None


def is_below(name: str, places: tuple[str, ...] = _LIBRARY) -> bool:
    """Is it the name of a file in one of these places, which are those of the library unless they are given?"""
    return name.startswith(places) and "/../" not in name


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


def _look(event: str, given: tuple[Any, ...]) -> None:
    if event == "open":
        if is_watched():
            _look_at_opening(*given)
    elif event == "os.chdir":
        if is_watched() and not (_allowed["program"][0] and plain_name(given[0]) is not None):
            raise PermissionError("Cannot enter a directory: the policy gives input files only, as `files`")
    elif event in _CHANGES and is_watched():
        raise PermissionError(f"Cannot do {event!r} in this sandbox: the policy gives no files to change")


def _look_at_opening(path: Any, mode: Any, flags: Any) -> None:
    reads, places = _allowed["program"]
    name = plain_name(path)
    # `os.open` has no mode and takes no function.
    if name is None or (mode is not None and _next.pop(_own_thread(), None) is not path):
        raise PermissionError(BY_NAME)
    if flags & _WRITING:
        raise PermissionError(f"Cannot open {name[:200]!r} for writing: the policy gives reading only")
    if not reads and not is_below(name, places):
        raise PermissionError(f"Cannot open {name[:200]!r}: the policy gives input files only, as `files`")


BY_NAME = "Cannot open a descriptor, or by an opener or the class of files: the policy gives files by their names only"

# In WASI, reading is a bit of its own, which is part of `O_RDWR`.
_WRITING = os.O_WRONLY | (os.O_RDWR & ~os.O_RDONLY) | os.O_APPEND | os.O_CREAT | os.O_TRUNC
