"""The input files of a program, as the variable `files`."""

import os
from collections.abc import Callable
from typing import Any

from program.file_names import TEXT_MARK, plain_path
from program.near_names import explain_missing_key
from program.opening import open_file
from program.text import Text

WORKSPACE = "/workspace"  # the directory of the input files, as the program names it


class InputFiles:
    """The input files of one program, and the mapping of them that the program has.

    No method of the mapping knows a path or takes one: a program would name any file of the sandbox with it.
    """

    def __init__(self) -> None:
        if not _ready:
            prepare_files()
        self.paths, self.places, self.mapping = _ready.pop()

    def add(self, name: str, path: str, place: str, host_path: str | None) -> None:
        """Adds the file at `path`. `place` is its path from the workspace."""
        self.paths[name] = path
        for absolute in (path, f"{WORKSPACE}/{place}", host_path):
            if absolute is not None:
                self.places[absolute] = name
        dict.__setitem__(self.mapping, name, _UNREAD)


_UNREAD = object()

_normal = os.path.normpath


def _mapping_of(paths: dict[str, str], places: dict[str, str]) -> Any:
    """Returns the mapping. The methods reach the paths as a variable that encloses them, which a program cannot."""

    def known(self: Any, name: Any) -> Any:
        """The name in the mapping of a file that the program names in another way, or None."""
        plain = plain_path(name.__fspath__() if hasattr(type(name), "__fspath__") else name)
        if not isinstance(plain, str):
            return None
        normal = _normal(plain)
        found = normal if dict.__contains__(self, normal) else places.get(normal, places.get(f"{WORKSPACE}/{normal}"))
        return found if dict.__contains__(self, found) else None

    class Files(dict):  # pyright: ignore[reportMissingTypeArgument] - an argument would change the class at run time
        """The input files of a program by name. A file is text, or bytes if it is not UTF-8.

        A file is read when the program first asks for it.
        """

        def __getitem__(self, name: str) -> object:
            content: Any = dict.__getitem__(self, name)
            if content is _UNREAD:
                with open_file(paths[name], "rb") as file:
                    content = file.read()
                try:
                    content = Text(content.removeprefix(TEXT_MARK), "utf-8")
                except UnicodeDecodeError:
                    pass
                dict.__setitem__(self, name, content)
            return content

        def __missing__(self, name: Any) -> object:
            other = known(self, name)
            if other is None:
                raise explain_missing_key(name, list(dict.keys(self)))
            return self[other]

        def __contains__(self, name: object) -> bool:
            return dict.__contains__(self, name) or known(self, name) is not None

        def get(self, name: str, default: object = None) -> object:
            return self[name] if name in self else default

        def __iter__(self) -> Any:
            # Without this method dict(files) would copy the values past __getitem__, and so unread.
            return dict.__iter__(self)

    for name in _METHODS:
        setattr(Files, name, _reads_all(getattr(dict, name)))
    Files.__qualname__ = "Files"
    return Files()


# A mapping without files for the next program. Its class takes longer to make than an ordinary program runs, so it is
# made while no program waits. No two programs have the same.
_ready: list[tuple[dict[str, str], dict[str, str], Any]] = []


def prepare_files() -> None:
    """Makes the mapping for the next program, unless there is one."""
    if not _ready:
        paths: dict[str, str] = {}
        places: dict[str, str] = {}
        _ready.append((paths, places, _mapping_of(paths, places)))


# The methods of dict that look at the values.
_METHODS = "items values copy pop popitem setdefault __repr__ __eq__ __ne__ __or__ __ror__".split()


def _reads_all(method: Callable[..., Any]) -> Callable[..., Any]:
    def after_reading(self: dict[str, Any], *args: Any, **options: Any) -> Any:
        for name in dict.keys(self):
            self[name]
        return method(self, *args, **options)

    after_reading.__name__ = method.__name__
    return after_reading
