"""The state of the interpreter that the guest's own code depends on, and that a program can change."""

import builtins
import linecache
import sys
import traceback
from typing import Any

from program.tracebacks import hide_frames

# Taken now, because a program may put other functions in their place.
_set_limit, _get_limit = sys.setrecursionlimit, sys.getrecursionlimit
hide_frames()
_MODULES = [(module.__dict__, dict(vars(module))) for module in (builtins, linecache, traceback)]
_LIMIT = _get_limit()

stop_tracing: Any = sys.settrace
stop_profiling: Any = sys.setprofile


def put_back(names: dict[str, Any], values: dict[str, Any]) -> None:
    """Puts `values` back among `names` at the end of each call. More values may come until then."""
    _MODULES.append((names, values))


def keep_changed(names: dict[str, Any]) -> None:
    """Puts nothing back among `names` any more."""
    _MODULES[:] = [pair for pair in _MODULES if pair[0] is not names]


def take_state(is_kept: bool) -> int:
    """Puts back what the guest's code needs, and all of it if the next job comes. Returns the recursion limit."""
    if is_kept:
        for names, values in _MODULES:
            names.update(values)
    limit = _get_limit()
    _set_limit(_LIMIT)
    return limit


def give_state(limit: int) -> None:
    """Gives a program the recursion limit that an earlier one has set in the same interpreter."""
    try:
        _set_limit(limit)
    except RecursionError:
        pass
