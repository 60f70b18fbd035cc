"""What modules of the library lack on the embedded engine: some functions can be had otherwise, others say why not.

A function that could only fail in a container too fails here as it does there. Programs catch that.
"""

import errno
from typing import Any, NoReturn

from program.no_network import wrap_errors

PROCESS = "there are no other programs here; do the work in Python, or pass what they print in `inputs`"
ONE_PROCESS = "this engine has one process; call the functions one after the other"
_ALARM = "this engine has no alarms; compare time.monotonic() with a deadline"
_NO_USERS = "this engine has no users and groups; leave it out"
_NO_PIPES = "this engine has files only; use io.BytesIO, or a list"
_DISK_SIZE = 25_165_824  # of the files of the embedded engine together, in bytes

_LACKING = {
    "os": {
        **dict.fromkeys("fork forkpty wait waitpid kill killpg getppid getpgid getsid nice".split(), ONE_PROCESS),
        **dict.fromkeys("getpgrp getpriority sched_getaffinity register_at_fork tcgetpgrp".split(), ONE_PROCESS),
        **dict.fromkeys("system execv execve execl execlp execvp spawnv spawnl posix_spawn".split(), PROCESS),
        **dict.fromkeys("getuid geteuid getgid getegid getgroups getresuid getresgid setuid umask".split(), _NO_USERS),
        **dict.fromkeys("chown fchown lchown".split(), _NO_USERS),
        **dict.fromkeys("pipe pipe2 openpty mkfifo mknod memfd_create eventfd".split(), _NO_PIPES),
        **dict.fromkeys("statvfs fstatvfs".split(), "use shutil.disk_usage"),
    },
    "signal": dict.fromkeys(["alarm", "setitimer", "pause"], _ALARM),
}
_NO_TERMINAL = {
    "get_terminal_size": (errno.ENOTTY, "Inappropriate ioctl for device"),
    "ttyname": (errno.ENOTTY, "Inappropriate ioctl for device"),
    "getlogin": (errno.ENXIO, "No such device or address"),
    "getloadavg": (errno.ENOENT, "No such file or directory"),
}


def explain_lacking(module: Any) -> None:
    name = module.__name__
    reasons = _LACKING[name]
    if name == "os":
        wrap_errors(module, "popen", lambda *_: FileNotFoundError(errno.ENOENT, f"Cannot start a program: {PROCESS}"))
        for function, problem in _NO_TERMINAL.items():
            setattr(module, function, _failing(function, problem))

    def __getattr__(key: str) -> NoReturn:
        why = f": {reasons[key]}" if key in reasons else ""
        raise AttributeError(f"module {name!r} has no attribute {key!r}{why}", name=key, obj=module)

    module.__getattr__ = __getattr__


def _failing(name: str, problem: tuple[int, str]) -> Any:
    def fail(*args: Any) -> NoReturn:
        raise OSError(*problem)

    fail.__name__ = fail.__qualname__ = name
    return fail


def add_disk_usage(shutil: Any) -> None:
    """The library makes this function only where the system can tell the size of a disk."""
    import collections
    import os

    usage: Any = getattr(collections, "namedtuple")("usage", "total used free")  # noqa: B009

    def disk_usage(path: Any) -> Any:
        os.stat(path)
        places = [one for place in ("/workspace", "/tmp") for one in os.walk(place)]
        used = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in places for name in names)
        return usage(_DISK_SIZE, used, max(0, _DISK_SIZE - used))

    shutil.disk_usage = disk_usage
