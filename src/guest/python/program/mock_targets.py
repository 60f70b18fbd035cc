"""The targets of `unittest.mock.patch`, whose modules are imported and whose attributes are read by names."""

import sys
import types
from collections.abc import Callable
from typing import Any

from program.attributes import checked_name, delete_attribute, read_attribute, write_attribute
from program.made_code import close_signatures


def close_targets(mock: Any, import_: Callable[..., Any]) -> None:
    """Lets a program patch what it could import. `import_` is its `__import__`."""

    def resolve(target: Any) -> Any:
        name, *parts = str.__str__(target).split(".")
        found = sys.modules[name] if name == "__main__" else import_(name, None, None, ("*",))
        for part in parts:
            name += f".{part}"
            try:
                value = read_attribute(found, part)
            except AttributeError:
                import_(name, None, None, ("*",))
                value = read_attribute(found, part)
            found = value
        return found

    mock._importer, mock.pkgutil = resolve, types.SimpleNamespace(resolve_name=resolve)
    mock._patch.get_original = _original_reader(mock.DEFAULT, mock._builtins)
    close_signatures(mock)
    is_async = mock._is_async_obj
    mock._is_async_obj = lambda obj: is_async(obj.__func__ if type(obj) is types.MethodType else obj)
    # A mock that wraps an object or has its specification reads each of its members.
    vars(mock).update(__import__=import_, getattr=read_member, setattr=write_attribute, delattr=delete_attribute)


def read_member(target: Any, name: Any, *default: Any) -> Any:
    """`getattr` for modules of the library that look through all members of an object.

    A member that leads to the interpreter is one that is not there. A search for tests reads each name of a module.
    """
    try:
        return read_attribute(target, name, *default)
    except AttributeError:
        if default:
            return default[0]
        if isinstance(target, types.ModuleType) and name in vars(target):
            return None
        raise


def _original_reader(default: Any, builtin_names: Any) -> Callable[..., Any]:
    """Returns the method of a patch that reads the attribute which it replaces, by any name."""

    def get_original(self: Any) -> tuple[Any, bool]:
        target = self.getter()
        name = checked_name(self.attribute)
        members = read_attribute(target, "__dict__", {})
        is_local = isinstance(members, (dict, types.MappingProxyType)) and name in members
        original = members[name] if is_local else read_attribute(target, name, default)
        if name in builtin_names and isinstance(target, types.ModuleType):
            self.create = True
        if not self.create and original is default:
            raise AttributeError(f"{target} does not have the attribute {name!r}")
        return original, is_local

    return get_original
