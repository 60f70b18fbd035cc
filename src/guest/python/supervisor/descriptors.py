"""The descriptors and signals that a program starts with. A program of a session can change them for those after it."""

import fcntl
import os
import signal

STANDARD = (0, 1, 2)
FIRST_COPY = 200  # where no program looks for the descriptors that it opens


class Descriptors:
    """Copies of the standard descriptors of a kept runner."""

    def __init__(self) -> None:
        self._copies: list[int] = []
        self._mask = os.umask(0o022)
        os.umask(self._mask)

    def keep(self) -> None:
        """Makes the copies, before the first program runs that is kept."""
        if not self._copies:
            self._copies = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, FIRST_COPY) for number in STANDARD]

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
