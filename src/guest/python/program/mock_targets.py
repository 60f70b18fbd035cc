"""The targets of `unittest.mock.patch`, whose modules are imported and whose attributes are read by names."""

import sys
import types
from collections.abc import Callable
from typing import Any

from program.attributes import read_attribute


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
    mock.__dict__["__import__"] = import_
