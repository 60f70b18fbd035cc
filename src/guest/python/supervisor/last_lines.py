"""The lines that a program has not finished. A program that is killed cannot write them itself."""

import mmap

SIZE = 65_536  # bytes for each stream
# Read at once: one large copy would make the allocator take memory from the kernel and give it back, at each job.
PART = 4_096
ZEROS = bytes(PART)

_shared: dict[str, mmap.mmap] = {}


def share_last_lines() -> dict[str, mmap.mmap]:
    """Returns memory for each stream that a child started afterwards shares with this process."""
    for stream in ("stdout", "stderr"):
        _shared[stream] = mmap.mmap(-1, SIZE)
    return _shared


def last_line(stream: str) -> bytes:
    """Returns what the program has printed on a stream and not written: all after the last line feed.

    The program can write anything there, as it can print anything.
    """
    if stream not in _shared:
        return b""
    shared = _shared[stream]
    rest = b""
    for start in range(SIZE - PART, -1, -PART):
        part = shared[start : start + PART]
        # Most programs leave zeros. To compare them is forty times faster than to strip them.
        if not rest and part == ZEROS:
            continue
        after = part.rfind(b"\n") + 1
        rest = part[after:] + rest
        if after > 0:
            break
    return b"" if rest == bytes(len(rest)) else rest.rstrip(b"\0")
