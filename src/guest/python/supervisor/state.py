"""The state of a guest: its processes and pipes, and the present run."""

import time

from messages import Limits
from supervisor.frames import CHUNK, STDERR, STDOUT
from supervisor.limits import INPUT_ROOM
from supervisor.usage import AccountLost, Usage

ACCOUNT_LOST = "The account of the program's memory and processor time could not be read"
NOT_IDLE = "Something that an earlier call started ran between two calls, so this call did not run"


class Run:
    """One run of a guest. A kept guest has one after another, in the same process of the program."""

    def __init__(self, pid: int, pipes: dict[str, int], channel_in: int, channel_out: int, wake: int) -> None:
        self.pid = pid
        self.pipes = pipes
        self.channel_in = channel_in
        self.channel_out = channel_out
        self.wake = wake  # readable when a child has ended
        self.usage = Usage(pid)
        # The pipes that the program has not closed, with the type of frame for their data.
        self.open: dict[int, int | None] = {pipes["stdout"]: STDOUT, pipes["stderr"]: STDERR, pipes["report"]: None}
        self.buffer = memoryview(bytearray(CHUNK))
        self.is_importing = False  # the runner may be in a long import, so that a job has to wait
        self.status: int | None = None  # wait status of the program's process, once it has ended
        self.is_kept = False  # the last run has left a program that takes another job
        self.number = ""  # of the present job, and random: only its runner learns it, and its report must have it
        self.token = b""
        self.keeps = False  # the present job asks to keep the program
        self.memory_mb = 0
        self.memory_room = 0  # bytes that the resident memory may grow by
        self.timeout = self.started = self.deadline = self.ended = 0.0
        self.cause: str | None = None
        self.reason: str | None = None  # of a cause that its name does not explain
        self.printed = 0
        self.report = b""

    def forget(self) -> None:
        """Makes the state as it is before a run: nothing of the last one counts."""
        self.cause = None  # set once: the first cause is the ending
        self.reason = None
        self.printed = 0
        self.usage.peak = 0
        self.report = b""

    def stop_for(self, cause: str, reason: str | None = None) -> None:
        """Notes why the program is stopped. The first cause counts."""
        if self.cause is None:
            self.cause, self.reason = cause, reason

    def begin_account(self) -> bool:
        """Notes the use of the runner before a job. Returns False if the program ran while it was stopped."""
        try:
            self.usage.begin(self.is_kept)
        except AccountLost:
            self.stop_for("killed", ACCOUNT_LOST)
            return False
        if self.is_kept and self.usage.has_run_since_stop():
            self.stop_for("killed", NOT_IDLE)
            return False
        return True

    def finish_account(self, has_ended: bool) -> None:
        try:
            self.usage.finish(has_ended)
        except AccountLost:
            self.stop_for("killed", ACCOUNT_LOST)

    def begin(self, job: Limits, input_size: int) -> None:
        """Takes the limits of a job, and starts its clock."""
        self.keeps = job["keep"]
        self.memory_mb = job["memory_mb"]
        self.memory_room = (self.memory_mb << 20) + INPUT_ROOM * input_size
        self.timeout = job["timeout_ms"] / 1000
        self.started = time.monotonic()
        self.deadline = self.started + self.timeout

    def start_clock(self) -> None:
        """Starts the clock again when the runner has the whole job. The way of a job is not the program's time."""
        now = time.monotonic()
        self.deadline += now - self.started
        self.started = now
