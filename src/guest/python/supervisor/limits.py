"""The memory that a Python program may allocate. The runner sets these limits on itself before it runs the program.

A limit on the address space makes an allocation fail with MemoryError. Without it the program would get no exception:
the supervisor's watch on resident memory (watch.py) would end it, or the container's own limit would.
"""

import resource

from supervisor.usage import PAGE

INPUT_ROOM = 6  # resident bytes that one byte of inputs and files may take as text, parsed and copied
HEAP_ROOM = 4 << 20

# Taken now, because a program may put something else in its place.
_setrlimit = resource.setrlimit


def touch_heap() -> None:
    """Leaves the allocator some megabytes that have been touched.

    Under gVisor new memory costs more than the work that a program does with it.
    """
    for _ in range(2):  # the allocator returns the first block to the system, and from then on keeps blocks of its size
        bytearray(HEAP_ROOM)


def address_space() -> int | None:
    """Returns the bytes of this process's address space, or None without /proc (the local engine on macOS)."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[0]) * PAGE
    except (OSError, ValueError):
        return None


def limit_address_space(used: int | None, room: int, is_kept: bool) -> None:
    """Lets the process allocate `room` bytes more than `used`. A kept runner can lift the limit, others cannot."""
    if used is not None:
        _setrlimit(resource.RLIMIT_AS, (used + room, resource.RLIM_INFINITY if is_kept else used + room))


def lift_address_space_limit() -> bool:
    """Returns false if the program has lowered the hard limit, which nothing can raise again."""
    try:
        _setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError):
        return False
    return True
