"""Lets modules come from the library only, where a policy refuses code from text.

A program could write a file and import it, and nobody would have checked that code. The project's own modules do not
come from files: see own_modules.py. It is a fence only.
"""

import os
import sys
import zipimport
from typing import Any

from messages import GuestPolicy

_closed: set[str] = set()  # the places of the library while other files are closed, and nothing otherwise
_FROM_TEXT = ("builtins.exec", "builtins.compile")


def close_other_files(guest_policy: GuestPolicy) -> None:
    """Refuses modules from other files than those of the library, or allows them again."""
    _closed.clear()
    if guest_policy["builtins"] == "safe" or all(name in guest_policy.get("names", ()) for name in _FROM_TEXT):
        _closed.update(_PLACES, [place for place in sys.path if place.endswith("/dist-packages")])


def is_closed() -> bool:
    """Are other files than those of the library refused?"""
    return bool(_closed)


def check_file(name: Any, file: Any) -> None:
    """Refuses a module from a file that is none of the library."""
    if not _closed:
        return
    if type(file) is not str or "/../" in file or not file.startswith(tuple(_closed)):
        raise ImportError(
            f"Cannot import {str(name)[:200]!r} from a file in this sandbox: a module of the project must be named "
            "in an import statement and be among `files`, so that it is checked before the program runs"
        )


def _checked(load: Any, file_of: Any) -> Any:
    def checked(self: Any, *given: Any) -> Any:
        check_file(*file_of(self, *given))
        return load(self, *given)

    checked.__name__ = checked.__qualname__ = load.__name__
    return checked


def _close() -> None:
    external: Any = sys.modules["_frozen_importlib_external"]
    for loader in (external.SourceLoader, external.SourcelessFileLoader):
        loader.get_code = _checked(loader.get_code, lambda self, name: (name, self.get_filename(name)))
    native = external.ExtensionFileLoader
    native.create_module = _checked(native.create_module, lambda self, spec: (spec.name, self.path))
    place = external.cache_from_source

    def cache_from_source(path: Any, *given: Any, **options: Any) -> Any:
        """The name of the compiled file beside a module. `sys.pycache_prefix` would name one of the program."""
        found = place(path, *given, **options)
        if _closed and os.path.dirname(found) != f"{os.path.dirname(path)}/__pycache__":
            raise NotImplementedError("Compiled files lie beside their modules in this sandbox")
        return found

    external.cache_from_source = cache_from_source
    zipped: Any = zipimport.zipimporter
    zipped.get_code = _checked(zipped.get_code, lambda self, name: (name, self.archive))


_PLACES = frozenset(place for place in sys.path if place.startswith("/"))
_close()
