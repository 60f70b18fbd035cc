"""Functions that refuse to be called: those that run commands, start processes or make code, if the policy denies them.

They are replaced in the program's process only, and once. The library has its own references to some of them.
"""

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from messages import GuestPolicy
from program.text_code import watch_texts


def withhold(guest_policy: GuestPolicy, own: dict[str, Any]) -> None:
    """Replaces the withheld names among the program's builtins `own` and in `os`."""
    names, hint = guest_policy.get("names", ()), guest_policy["hint"]
    if "os.execv" in names:
        _withhold_programs(hint)
    if "builtins.eval" in names:
        watch_texts([full.removeprefix("builtins.") for full in names if full.startswith("builtins.")], hint)
    for full in names:
        owner, _, name = full.rpartition(".")
        table: dict[str, Any] = own if owner == "builtins" else os.__dict__
        if name in table:
            table[name] = _refusal(f"use {full.removeprefix('builtins.')}", name, hint)


def _withhold_programs(hint: str) -> None:
    """Lets the library start no program. Packages run compilers and viewers for what a program asks of them."""
    try:
        import _posixsubprocess
    except ImportError:
        return  # the embedded engine has no programs
    refuse = _refusal("start a program", "fork_exec", f"{hint}; do the work in Python")
    starting: Any = _posixsubprocess
    starting.fork_exec = refuse
    loaded: Any = sys.modules.get("subprocess")
    if loaded is not None:
        loaded._fork_exec = refuse


def _refusal(what: str, name: str, hint: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise PermissionError(f"Cannot {what}: {hint}")

    refuse.__name__ = refuse.__qualname__ = name
    return refuse
