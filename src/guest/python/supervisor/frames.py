"""The frame channel to the server (src/sandbox/guest-protocol.ts)."""

import os
import struct

from supervisor.environment import end_supervisor

READY, JOB, FILE, STDOUT, STDERR, ARTIFACT, DONE = range(1, 8)
TOKEN_SIZE = 16
CHUNK = 65_536


def take_channel() -> tuple[int, int]:
    """Moves the channel away from descriptors 0 and 1, which a program expects to be its own streams.

    Descriptor 2 stays: the server reads from it why a guest failed.

    Returns the descriptor to read from and the descriptor to write to.
    """
    channel_in, channel_out = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    os.close(null)
    return channel_in, channel_out


def read_header(channel: int) -> tuple[int, int]:
    """Returns the type and the size of the next frame, or zeros at the end of the channel."""
    header = read_exactly(channel, 5)
    return (0, 0) if header is None else struct.unpack(">BI", header)


def read_exactly(channel: int, size: int) -> bytes | None:
    """Returns `size` bytes, or None if the channel ends before them."""
    parts: list[bytes] = []
    while size > 0:
        try:
            data = os.read(channel, min(size, 1 << 20))
        except InterruptedError:
            continue
        if not data:
            return None
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def send(channel: int, kind: int, payload: bytes = b"") -> None:
    """Sends one frame. The supervisor ends if the server has closed the channel."""
    data = struct.pack(">BI", kind, len(payload)) + payload
    while data:
        try:
            data = data[os.write(channel, data) :]
        except BrokenPipeError:
            end_supervisor(0)
