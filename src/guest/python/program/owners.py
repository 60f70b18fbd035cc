"""Whose a class or a function is. A program may change its own, and none of the library.

The library looks its classes up while it works, and calls their methods with frames, local names and modules. So a
program that changes such a class would get them.
"""

import sys
import types
import weakref
from typing import Any, NoReturn

from program.own_names import is_own_name

# Types whose objects a program may change: they are no classes and no functions. The number is bounded.
FREE_TYPES: set[type] = set()
_MAX_FREE = 256

_FUNCTION_KIND, _METHOD_KIND, _MODULE_KIND = types.FunctionType, types.MethodType, types.ModuleType
_PROXIES = (weakref.ProxyType, weakref.CallableProxyType)
_MEMBERS_OF = vars(type)["__dict__"].__get__
_QUALNAME_OF = vars(type)["__qualname__"].__get__
_GUEST_MODULES = ("program", "supervisor")
_all_modules = sys.modules


def owned(target: Any) -> Any:
    """Returns the object whose attribute is set or deleted. It refuses classes and functions of the library."""
    kind = type(target)
    if kind in FREE_TYPES:
        return target  # a metaclass that lies to the set is one of the program, and so is its class
    if issubclass(kind, type):
        if _is_class_of_library(target):
            _refuse_change(_QUALNAME_OF(target))
    elif kind is _FUNCTION_KIND:
        if _is_function_of_library(target):
            _refuse_change(target.__qualname__)
    elif kind in _PROXIES:
        # Nothing tells which object is behind it. The class of the library's classes and functions does not lie.
        if _is_proxy_of((type, _FUNCTION_KIND), target):
            raise TypeError("Cannot change a class or a function by a weak proxy in this sandbox: name it itself")
    # A metaclass of the program may have an `__eq__` that lies to the set.
    elif type(kind) is type:
        if len(FREE_TYPES) >= _MAX_FREE:
            FREE_TYPES.clear()
        FREE_TYPES.add(kind)
    return target


def is_free(target: Any) -> bool:
    """Is it no function of the library? A program may change the data of other objects in place."""
    function = target.__func__ if type(target) is _METHOD_KIND else target
    if type(function) in _PROXIES:
        return not _is_proxy_of(_FUNCTION_KIND, function)
    return type(function) is not _FUNCTION_KIND or not _is_function_of_library(function)


def _is_proxy_of(kinds: Any, proxy: Any) -> bool:
    """Does the object behind a weak proxy say that it is of one of these classes?"""
    said = proxy.__class__
    return issubclass(type(said), type) and issubclass(said, kinds)


def _refuse_change(name: str) -> NoReturn:
    raise TypeError(f"Cannot change {name[:200]!r} of the library in this sandbox: make a subclass or a function of it")


def is_of_program(value: Any) -> bool:
    """Does a class, or an object that has a module such as a function, say that it is of the program?"""
    if issubclass(type(value), type):
        return is_own_name(_MEMBERS_OF(value).get("__module__"))
    return is_own_name(getattr(value, "__module__", "__main__"))


def _is_class_of_library(cls: Any) -> bool:
    home = _MEMBERS_OF(cls).get("__module__")
    if is_of_program(cls):
        return False
    if type(home) is not str:
        # A class in C says its module in its name. It cannot be changed, or is of the library.
        return True
    # The library makes classes for a program: `make_dataclass` and `Mock` do. No module has them.
    return _is_of_guest(home) or (_is_member(home, _QUALNAME_OF(cls), cls) and not _is_being_imported(home))


def _is_function_of_library(function: Any) -> bool:
    names = function.__globals__
    # A decorator gives the function that it makes the module of the program's. The library's keep theirs.
    if names is vars(_all_modules["__main__"]) or is_of_program(function):
        return False
    home = names.get("__name__")
    if is_own_name(home):
        return False
    if type(home) is not str or _is_of_guest(home):
        return True
    # A function inside another one was made for the program if no module has it.
    if _is_being_imported(home):
        return False
    made_as = getattr(function.__code__, "co_qualname", function.__qualname__)
    homes = (home, function.__module__)
    return "<locals>" not in made_as or any(_is_member(one, function.__qualname__, function) for one in homes)


def _is_of_guest(home: str) -> bool:
    return home.partition(".")[0] in _GUEST_MODULES


def _is_being_imported(home: str) -> bool:
    """A module of the library decorates its own functions while it is imported."""
    module = _all_modules.get(home)
    spec = vars(module).get("__spec__") if isinstance(module, _MODULE_KIND) else None
    return getattr(spec, "_initializing", False) is True


def _is_member(home: Any, qualname: str, value: Any) -> bool:
    module = _all_modules.get(home) if type(home) is str else None
    if not isinstance(module, _MODULE_KIND):
        return False
    members: Any = vars(module)
    if any(member is value for member in members.values()):
        return True
    for part in qualname.split("."):
        found = members.get(part)
        if found is value:
            return True
        if not issubclass(type(found), type):
            return False
        members = _MEMBERS_OF(found)
    return False


def set_owned(target: Any, name: Any, value: Any) -> None:
    """`setattr` for modules of the library that set an attribute of an object which the program names."""
    setattr(owned(target), name, value)


def delete_owned(target: Any, name: Any) -> None:
    """`delattr` for these modules."""
    delattr(owned(target), name)
