"""Boots the embedded engine's interpreter. The memory that this script leaves is the image of every embedded guest.

The build runs it once (src/sandbox/wasm/python/python-boot.ts). A guest calls `go` with an empty stack of Python
frames: it reads one job from descriptor 0, runs it, and writes one report. The script ends with `os._exit`, which
arrives as an exception through the exit import, so that nothing is finalised.
"""

import _imp
import errno
import gc
import os
import random
import stat
import sys
import time
import zipimport
from collections.abc import Callable
from typing import Any

from messages import EmbeddedJob

# The file that takes the report, and the start of the paths at which a look sleeps, and sets a mode. All are in
# src/sandbox/wasm/python/wasi-paths.ts.
REPORT_PATH = "/rlm/report"
SLEEP_PATH = "/rlm/sleep/"
MODE_PATH = "/rlm/mode/"

UMASK = 0o022  # of a container
USUAL_MODE = 0o755

# Bytes of free heap in the image, so that an ordinary run does not grow the memory. The blocks fit the holes that the
# boot has left in the heap: the holes are zeros then too, and zeros are cheap to restore.
HEAP_ROOM = 2_097_152
HEAP_BLOCK = 131_072

# Bytes of the stack of C calls in a guest. The interpreter's own has 512 KiB, which ordinary recursion fills.
STACK_SIZE = 8_388_608

# Spare objects of each kind in the image, and the least and most that a run frees of them. They lie side by side,
# behind the holes that the boot has left in the heap. So few pages are touched: restoring one costs more than the work
# on it. There are at most some thousand holes of one size.
SPARE = 1_024
LEAST_FREED = 16
MOST_FREED = LEAST_FREED + 31
MOST_HOLES = 20_000
IN_A_ROW = 16
FAR = 128

MAX_SLEEP = 2**63 / 1e9  # in seconds, as CPython counts them in nanoseconds

NO_SPACE = 28  # errno ENOSPC of Linux
READ_ONLY = errno.EROFS


def sleep(seconds: float) -> None:
    """Suspend execution for the given number of seconds."""
    if seconds != seconds:
        raise ValueError("Invalid value NaN (not a number)")
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    if seconds >= MAX_SLEEP:
        raise OverflowError("timestamp too large to convert to C _PyTime_t")
    began = perf_counter()
    try:
        look(f"{SLEEP_PATH}{seconds * 1000:.3f}")
    except OSError:
        pass
    spent["since"] += perf_counter() - began


# The interpreter's own clocks of processor time count from the boot of the image, on another machine. A guest has a
# processor of its own while it runs, so its time is that of the run without its sleep. `since` is when the run would
# have begun if it had not slept, and `used` what a kept guest had used at the end of its last run.
spent = {"since": 0.0, "used": 0.0}


def process_time() -> float:
    """Process time for profiling: sum of the kernel and user-space CPU time."""
    return perf_counter() - spent["since"]


def process_time_ns() -> int:
    """Process time for profiling as nanoseconds: sum of the kernel and user-space CPU time."""
    return int(process_time() * 1e9)


def thread_time() -> float:
    """Thread time for profiling: sum of the kernel and user-space CPU time."""
    return process_time()


def thread_time_ns() -> int:
    """Thread time for profiling as nanoseconds: sum of the kernel and user-space CPU time."""
    return process_time_ns()


def process_times() -> os.times_result:
    """Return a collection containing process timing information."""
    return os.times_result((process_time(), 0.0, 0.0, 0.0, perf_counter()))


LIBRARY = "/usr"
CHANGING = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def refuse_changes(event: str, args: tuple[Any, ...]) -> None:
    """Refuses to open a file of the library for writing: its file layer would open it and then refuse the write."""
    if event != "os.chmod" and (event != "open" or not args[2] & CHANGING):
        return
    name = plain_name(args[0])
    if name is not None and f"{normpath(join(getcwd(), name))}/".startswith(f"{LIBRARY}/"):
        raise OSError(READ_ONLY, "Read-only file system", name)


def access(
    path: Any, mode: int, *, dir_fd: int | None = None, effective_ids: bool = False, follow_symlinks: bool = True
) -> bool:
    """Use the real uid/gid to test for access to a path."""
    is_there = may(path, mode, dir_fd=dir_fd, effective_ids=effective_ids, follow_symlinks=follow_symlinks)
    if not is_there or not mode:
        return is_there
    # Only a directory can be entered, and no file can be run. The file layer says that all can.
    bits = look(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks).st_mode
    able = bits >> 6 & (7 if stat.S_ISDIR(bits) else 6)
    return mode & able == mode


def chmod(path: Any, mode: int, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> None:
    """Change the access permissions of a file."""
    try_mode(path, mode, dir_fd=dir_fd, follow_symlinks=follow_symlinks)  # checks what it is given, and does nothing
    set_mode(path, mode & 0o7777)


def set_mode(path: Any, mode: int) -> None:
    try:
        look(f"{MODE_PATH}{mode:o}{join(getcwd(), os.fsdecode(path))}")
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def mkdir(path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
    """Create a directory."""
    make_directory(path, mode, dir_fd=dir_fd)
    mode &= 0o1777 & ~UMASK
    if mode != USUAL_MODE and dir_fd is None:
        set_mode(path, mode)


def getcwd() -> str:
    """Return a unicode string representing the current working directory."""
    return where().rstrip("/") or "/"  # its file layer ends a name by a slash


def getcwdb() -> bytes:
    """Return a bytes string representing the current working directory."""
    return os.fsencode(getcwd())


may, look, where, try_mode, make_directory = os.access, os.stat, os.getcwd, os.chmod, os.mkdir
os.access, os.getcwd, os.getcwdb, os.chmod, os.mkdir = access, getcwd, getcwdb, chmod, mkdir
perf_counter = time.perf_counter
time.sleep, os.times = sleep, process_times
time.process_time, time.process_time_ns = process_time, process_time_ns
time.thread_time, time.thread_time_ns = thread_time, thread_time_ns
# Taken now, as the functions below are.
join, normpath = os.path.join, os.path.normpath
zipped: Any = zipimport
unmarshal = zipped._unmarshal_code


def load_code(importer: Any, path: str, file: str, name: str, data: bytes) -> Any:
    """Gives code of the library the name of its file here. It has that of the machine that compiled it."""
    code = unmarshal(importer, path, file, name, data)
    if code is not None:
        rename(code, path.removesuffix("c"))
    return code


def spare_objects(make: Callable[[], object]) -> list[object]:
    """Makes the spare objects of one kind, after others that fill the holes. See free_some()."""
    fillers: list[object] = [None] * MOST_HOLES  # a list that grows would leave holes itself
    spare: list[object] = [None] * SPARE
    last = distance = row = 0
    for index in range(MOST_HOLES):
        block = fillers[index] = make()
        row = row + 1 if id(block) - last == distance < FAR else 0
        if row == IN_A_ROW:
            break
        last, distance = id(block), id(block) - last
    for index in range(SPARE):
        spare[index] = make()
    held.append(fillers)
    return spare


# Objects of the sizes that programs make most, and lists and dictionaries: the interpreter keeps freed ones for later.
# The smallest are freed last, because freeing leaves small holes itself.
makers: list[Callable[[], object]] = [dict, list]
makers += [lambda size=size: bytes(size) for size in (56, 40, 24, 8)]
makers.append(object)
held: list[list[object]] = []
rename = getattr(_imp, "_fix_co_filename")  # noqa: B009
zipped._unmarshal_code = load_code
sys.setrecursionlimit(1000)
os.environ.update(PATH="/usr/local/bin:/usr/bin:/bin", LANG="C.UTF-8", HOME="/tmp")  # as in a container
sys.path.append("/rlm")
import program

sys.path.pop()  # a program must not find this module, nor a warning its lines

plain_name = program.plain_name
program.watch_with(refuse_changes)
program.warm()
program.rehearse()
program.open_streams()
program.hide_code(sys._getframe())  # pyright: ignore[reportPrivateUsage]
random.seed(0)
spares = [spare_objects(make) for make in makers]
# Taken now, because a program may put something else in the place of these functions.
os_open, os_read, os_write, os_close, os_urandom = os.open, os.read, os.write, os.close, os.urandom


def go() -> int:
    """Runs one job."""
    start = None if program.is_kept() else free_some
    spent["since"] = perf_counter() - spent["used"]
    if start is not None:
        random.seed()
    job: EmbeddedJob = program.decode_json(read(int.from_bytes(os_read(0, 4), "big")))
    for text in job["texts"]:
        job["inputs"][text["name"]] = read(text["size"])
    problem = None if job["hasRoom"] else OSError(NO_SPACE, "No space left for the files")
    result = program.run(job, problem=problem, start=start)
    data = program.encode_json(result)
    spent["used"] = process_time()
    program.as_guest(lambda: report(data))
    return 0


def free_some() -> None:
    """Frees spare objects by lot. The next objects take their places, so id() differs from run to run.

    How many it frees is by lot too, so the objects after those that take these places are shifted. Neighbours would
    become one large block of memory, so it frees each second one.
    """
    lots = os_urandom(3 * len(spares))
    for index, objects in enumerate(spares):
        place, more = int.from_bytes(lots[3 * index : 3 * index + 2]), lots[3 * index + 2]
        first = place % (SPARE - 2 * MOST_FREED)
        del objects[first : first + 2 * (LEAST_FREED + more % (MOST_FREED - LEAST_FREED + 1)) : 2]


def read(size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        part = os_read(0, size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def report(data: bytes) -> None:
    channel = os_open(REPORT_PATH, os.O_WRONLY)
    while data:
        data = data[os_write(channel, data) :]
    os_close(channel)


# So that the search for what a program has left, at its end, does not go through the interpreter's own objects.
gc.collect()
gc.freeze()
stack = bytearray(STACK_SIZE)
# After the stack, which would take the room for itself. Without room each run grows the memory, and soon the guest has
# grown so much that it is thrown away.
room = [bytearray(HEAP_BLOCK) for _ in range(HEAP_ROOM // HEAP_BLOCK)]
del room
report(f"{id(go)} {id(stack)}".encode())
os._exit(0)
