"""Keeps the collector of garbage away from work of the guest: it calls finalisers of the program."""

import gc
from collections.abc import Callable
from typing import Any

# Taken now, because a program may put something else in the place of these.
_pause, _resume, _is_collecting = gc.disable, gc.enable, gc.isenabled


def uninterrupted(work: Callable[..., Any], *given: Any) -> Any:
    """Calls `work` while no garbage is collected."""
    was_collecting = _is_collecting()
    _pause()
    try:
        return work(*given)
    finally:
        if was_collecting:
            _resume()
