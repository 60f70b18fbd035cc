"""The input files of a program, as the variable `files`."""

import builtins
from collections.abc import Callable
from typing import Any

from program.text import Text


class Files(dict):  # pyright: ignore[reportMissingTypeArgument] - an argument would change the class at run time
    """The input files of a program by name. A file is text, or bytes if it is not UTF-8.

    A file is read when the program first asks for it.
    """

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}

    def add(self, name: str, path: str) -> None:
        self._paths[name] = path
        dict.__setitem__(self, name, UNREAD)

    def path_of(self, name: str) -> str | None:
        return self._paths.get(name)

    def __getitem__(self, name: str) -> object:
        content: Any = dict.__getitem__(self, name)
        if content is UNREAD:
            with builtins.open(self._paths[name], "rb") as file:
                content = file.read()
            try:
                content = Text(content, "utf-8")
            except UnicodeDecodeError:
                pass
            dict.__setitem__(self, name, content)
        return content

    def get(self, name: str, default: object = None) -> object:
        return self[name] if name in self else default

    def __iter__(self) -> Any:
        # Without this method dict(files) would copy the values past __getitem__, and so unread.
        return dict.__iter__(self)


UNREAD = object()


def _reads_all(method: Callable[..., Any]) -> Callable[..., Any]:
    def after_reading(self: Files, *args: Any, **options: Any) -> Any:
        for name in dict.keys(self):
            self[name]
        return method(self, *args, **options)

    after_reading.__name__ = method.__name__
    return after_reading


_METHODS = "items values copy pop popitem setdefault __repr__ __eq__ __ne__ __or__ __ror__".split()
for _name in _METHODS:
    setattr(Files, _name, _reads_all(getattr(dict, _name)))
