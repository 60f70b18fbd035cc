"""Functions that refuse to be called: those that run commands, start processes or make code, if the policy denies them.

They are replaced in the program's process only, and once. The library has its own references to some of them.
"""

import os
from collections.abc import Callable
from typing import Any, NoReturn

from messages import GuestPolicy


def withhold(guest_policy: GuestPolicy, own: dict[str, Any]) -> None:
    """Replaces the withheld names among the program's builtins `own` and in `os`."""
    for full in guest_policy.get("names", ()):
        owner, _, name = full.rpartition(".")
        table: dict[str, Any] = own if owner == "builtins" else os.__dict__
        if name in table:
            table[name] = _refusal(full.removeprefix("builtins."), name, guest_policy["hint"])


def _refusal(full: str, name: str, hint: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise PermissionError(f"Cannot use {full}: {hint}")

    refuse.__name__ = refuse.__qualname__ = name
    return refuse
