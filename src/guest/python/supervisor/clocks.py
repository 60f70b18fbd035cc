"""The clocks that a program sets, and what it wants to happen then. A clock of one call must not go off in another."""

import faulthandler
import resource
import signal
import sys
from typing import Any

# Taken now, because a program may put something else in their place. The functions of the module `signal` itself need
# builtins, which a program may have changed.
_signal: Any = sys.modules["_signal"]
_set_clock, _set_handler, _get_handler = _signal.setitimer, _signal.signal, _signal.getsignal
_pending, _set_wakeup = _signal.sigpending, _signal.set_wakeup_fd
_ANY_ERROR = BaseException
_end_watchdog, _get_limit, _set_limit = faulthandler.cancel_dump_traceback_later, resource.getrlimit, resource.setrlimit
_CLOCKS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_IGNORE, _CPU = _signal.SIG_IGN, resource.RLIMIT_CPU
# The kernel sends it to a stopped runner when the last other process of its group ends.
_GROUP_ENDED = signal.SIGHUP
_TIME_IS_UP = signal.SIGXCPU  # the runner's own


class Clocks:
    """The clocks, signal handlers and the limit of processor time of a runner, as they are before its first program."""

    def __init__(self) -> None:
        self._handlers = {
            number: _get_handler(number) for number in signal.valid_signals() - {_TIME_IS_UP, _GROUP_ENDED}
        }
        self._cpu_limit = _get_limit(_CPU)

    def stop(self, is_kept: bool) -> None:
        """Stops the clocks that a program has set when it is over. They would interrupt the report.

        For the next program of a kept runner, signals mean again what they meant for the first one, and those that wait
        are dropped. A handler of the program may run during these steps, and raise, so they are repeated.
        """
        while True:
            try:
                for clock in _CLOCKS:
                    _set_clock(clock, 0)
                _end_watchdog()
                if is_kept:
                    self._forget_handlers()
                return
            except _ANY_ERROR:
                pass

    def put_back_limit(self) -> bool:
        """Returns false if the program has lowered the hard limit of processor time, which nothing can raise again."""
        found = _get_limit(_CPU)
        if found == self._cpu_limit:
            return True
        if found[1] == self._cpu_limit[1]:
            _set_limit(_CPU, self._cpu_limit)
        return found[1] == self._cpu_limit[1]

    def _forget_handlers(self) -> None:
        _set_wakeup(-1)
        waiting = _pending()
        for number, handler in self._handlers.items():
            is_same = number not in waiting and _get_handler(number) == handler
            if is_same or handler is None:  # None: the handler is not Python's
                continue
            _set_handler(number, _IGNORE)  # drops the signals that wait
            _set_handler(number, handler)
        _set_handler(_GROUP_ENDED, _IGNORE)
