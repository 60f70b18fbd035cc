"""The builtins of a program: a copy of its own, so that its changes there change nothing for the guest."""

import builtins
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from messages import GuestPolicy
from program.attributes import (
    checked_name,
    delete_attribute,
    harmless_members,
    members_of_module,
    own_members,
    read_attribute,
    write_attribute,
)
from program.modules import import_function
from program.names import HIDING_MARK, SAFE_BUILTINS
from program.opening import opener, reader
from program.own_modules import OwnModules
from program.own_state import keep_changed, put_back
from program.scope_functions import scope_functions
from program.site_names import SITE_NAMES
from program.views import MODULE_TYPE
from program.withheld import withhold


def make_builtins(
    guest_policy: GuestPolicy, namespace: dict[str, Any], real_path: Callable[[Any], Any], project: OwnModules
) -> dict[str, Any] | ModuleType:
    """Makes the builtins of the program whose global names are `namespace`.

    Returns a dict for the safe builtins and a module for all of them.
    """
    if guest_policy["builtins"] == "safe":
        table = own = dict(SAFE_TABLE)
        opened = guest_policy.get("opened", ())
        table.update((name, value) for name, value in scope_functions(namespace) if name in opened)
        if guest_policy["reads"]:
            table["open"] = (opener if "open" in opened else reader)(real_path)
    else:
        own = Builtins("builtins", builtins.__doc__)
        table = own.__dict__
        table.update(vars(builtins), exit=_exit, quit=_exit, **SITE_NAMES)
        withhold(guest_policy, table)
        if guest_policy["reads"]:
            table["open"] = opener(real_path)
        else:
            del table["open"]
    project.builtins = own
    table["__import__"] = import_function(guest_policy, own, project)
    if not isinstance(own, dict):
        global _table, _first_table
        _table, _first_table = table, dict(table)
        put_back(table, _mirrored)
        setattr(builtins, "__class__", LibraryBuiltins)  # noqa: B010
    return own


class Builtins(MODULE_TYPE):
    """All builtins of a program. If it replaces `open`, the library finds the new one too, as in any interpreter."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "open":
            builtins.__dict__[name] = value


class LibraryBuiltins(MODULE_TYPE):
    """The interpreter's builtins, which the library has. unittest.mock replaces there what a test replaces.

    The program finds the new function too, and what it had before when the test puts back the interpreter's.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in _first_table:
            _mirrored[name] = _first_table[name]
            _table[name] = _first_table[name] if value is _INTERPRETERS.get(name) else value


# The builtins of the program, as it finds them and as it was given them, and those that were replaced for the library.
_table: dict[str, Any] = {}
_first_table: dict[str, Any] = {}
_mirrored: dict[str, Any] = {}
_INTERPRETERS = dict(vars(builtins))


def forget_builtins() -> None:
    """Lets the builtins of the program go. They lead to its names, so none of its objects would be finalised."""
    global _table, _first_table
    keep_changed(_table)
    _table, _first_table = {}, {}
    _mirrored.clear()


def give_input(own: dict[str, Any] | ModuleType) -> None:
    """Gives a program `input`, because its call gives a text to read."""
    table = own if isinstance(own, dict) else own.__dict__
    table.setdefault("input", SITE_NAMES["input"])


def _safe_table() -> dict[str, Any]:
    table: dict[str, Any] = {name: getattr(builtins, name) for name in SAFE_BUILTINS if hasattr(builtins, name)}
    for name, value in vars(builtins).items():
        if isinstance(value, type) and issubclass(value, BaseException):
            table[name] = value
    table.update(getattr=_getattr, setattr=_setattr, hasattr=_hasattr, delattr=_delattr)
    table.update(vars=_vars, dir=_dir, exit=_exit, quit=_exit)
    table["__build_class__"] = builtins.__build_class__
    return table


def _getattr(target: Any, name: Any, *default: Any) -> Any:
    if len(default) > 1:
        raise TypeError(f"getattr expected at most 3 arguments, got {len(default) + 2}")
    return read_attribute(target, name, *default)


def _setattr(target: Any, name: Any, value: Any) -> None:
    write_attribute(target, name, value)


def _hasattr(target: Any, name: Any) -> bool:
    try:
        name = checked_name(name)
    except AttributeError:
        return False
    return hasattr(target, name)


def _delattr(target: Any, name: Any) -> None:
    delete_attribute(target, name)


_getattr.__name__ = _getattr.__qualname__ = "getattr"
_setattr.__name__ = _setattr.__qualname__ = "setattr"
_hasattr.__name__ = _hasattr.__qualname__ = "hasattr"
_delattr.__name__ = _delattr.__qualname__ = "delattr"


def _vars(target: Any) -> Any:
    found = vars(target)
    # The members of a class or module, without the descriptors that lead from any class to all others.
    if type(found) is not dict or "__builtins__" in found:
        return harmless_members(found)
    if isinstance(target, MODULE_TYPE):
        return members_of_module(found)
    return own_members(target, found)


_vars.__name__ = _vars.__qualname__ = "vars"


def _dir(*target: Any) -> list[str]:
    if target:
        return dir(*target)
    names = sys._getframe(1).f_locals  # pyright: ignore[reportPrivateUsage]
    return sorted(name for name in names if HIDING_MARK not in name)


_dir.__name__ = _dir.__qualname__ = "dir"


def _exit(code: Any = None) -> NoReturn:
    raise SystemExit(code)


_exit.__name__ = _exit.__qualname__ = "exit"


# The interpreter's part, made once. Each program gets a copy.
SAFE_TABLE = _safe_table()
