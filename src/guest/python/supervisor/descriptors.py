"""The descriptors and signals that a program starts with. A program of a session can change them for those after it."""

import fcntl
import os
import signal

STANDARD = (0, 1, 2)
JOB_PIPE, REPORT_PIPE = 3, 4  # descriptors in the runner
FIRST_COPY = 200  # where no program looks for the descriptors that it opens


class Descriptors:
    """Copies of the standard descriptors of a kept runner."""

    def __init__(self) -> None:
        self._copies: list[int] = []
        self._report = REPORT_PIPE  # a copy of it
        self._channel = _identity(JOB_PIPE), _identity(REPORT_PIPE)
        self._mask = os.umask(0o022)
        os.umask(self._mask)

    def keep(self) -> None:
        """Makes the copies, before the first program runs that is kept."""
        if not self._copies:
            self._copies = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, FIRST_COPY) for number in STANDARD]
            self._report = fcntl.fcntl(REPORT_PIPE, fcntl.F_DUPFD_CLOEXEC, FIRST_COPY)

    def lost_channel(self) -> int | None:
        """Returns where to report if a program has closed one of the runner's pipes, or put another file there."""
        if (_identity(JOB_PIPE), _identity(REPORT_PIPE)) == self._channel:
            return None
        return self._report

    def put_back(self) -> None:
        """Undoes what the last program of a kept runner has done to descriptors, signals and new files."""
        if not self._copies:
            return
        for number, copy in zip(STANDARD, self._copies, strict=True):
            try:
                os.dup2(copy, number)
            except OSError:
                pass  # the program has closed the copy too
        os.umask(self._mask)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _identity(number: int) -> tuple[int, int] | None:
    try:
        found = os.fstat(number)
    except OSError:
        return None
    return found.st_dev, found.st_ino
