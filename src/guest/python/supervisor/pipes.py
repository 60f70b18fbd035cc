"""Forwards the program's output, counts it, collects its report, and watches its memory."""

import os
import select

from supervisor.environment import end_supervisor
from supervisor.frames import CHUNK, STDERR, STDOUT, send
from supervisor.last_lines import last_line
from supervisor.processes import empty, end_everything
from supervisor.state import ACCOUNT_LOST, Run
from supervisor.usage import AccountLost

MAX_OUTPUT = 1_048_576  # bytes of both streams; MAX_OUTPUT_SIZE in limits.ts
MAX_REPORT = 524_288  # bytes: three texts of 16 KiB, each character in its longest spelling


def forward(run: Run, wait: float) -> bool:
    """Reads from the pipes, and waits for at most `wait` seconds. Returns True if there was something to read."""
    sources = [*run.open, run.wake]
    if run.status is None:
        sources.append(run.channel_in)
    readable, _, _ = select.select(sources, [], [], wait)
    for source in readable:
        if source == run.wake:
            empty(source)
        elif source == run.channel_in:
            if os.read(source, CHUNK) == b"":  # the server is gone
                end_everything(run.pid)
                end_supervisor(0)
        else:
            _take(run, source)
    return any(source in run.open or source in run.pipes.values() for source in readable)


def check_memory(run: Run) -> None:
    try:
        grown = run.usage.grown_bytes()
    except AccountLost:
        run.stop_for("killed", ACCOUNT_LOST)
        return
    if grown > run.memory_room:
        run.stop_for("out_of_memory")


def _take(run: Run, source: int) -> None:
    data = os.read(source, CHUNK)
    if not data:
        del run.open[source]
        return
    kind = run.open[source]
    if kind is None:
        run.report = (run.report + data)[: MAX_REPORT + 1]
        return
    _forward_output(run, kind, data)


def forward_last_lines(run: Run) -> None:
    """Forwards what a program had not written when it was killed."""
    for stream, kind in (("stdout", STDOUT), ("stderr", STDERR)):
        data = last_line(stream)
        if data:
            _forward_output(run, kind, data)


def _forward_output(run: Run, kind: int, data: bytes) -> None:
    room = MAX_OUTPUT - run.printed
    run.printed += len(data)
    if room > 0:
        send(run.channel_out, kind, run.token + data[:room])
    if run.printed > MAX_OUTPUT and run.cause is None and run.status is None:
        run.cause = "output_limit"
