"""The input files of a program, as the variable `files`."""

from collections.abc import Callable
from typing import Any

from program.opening import open_file
from program.text import Text


class InputFiles:
    """The input files of one program, and the mapping of them that the program has.

    No method of the mapping knows a path or takes one: a program would name any file of the sandbox with it.
    """

    def __init__(self) -> None:
        if not _ready:
            prepare_files()
        self.paths, self.mapping = _ready.pop()

    def add(self, name: str, path: str) -> None:
        self.paths[name] = path
        dict.__setitem__(self.mapping, name, _UNREAD)


_UNREAD = object()


def _mapping_of(paths: dict[str, str]) -> Any:
    """Returns the mapping. The methods reach the paths as a variable that encloses them, which a program cannot."""

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

    for name in _METHODS:
        setattr(Files, name, _reads_all(getattr(dict, name)))
    Files.__qualname__ = "Files"
    return Files()


# A mapping without files for the next program. Its class takes longer to make than an ordinary program runs, so it is
# made while no program waits. No two programs have the same.
_ready: list[tuple[dict[str, str], Any]] = []


def prepare_files() -> None:
    """Makes the mapping for the next program, unless there is one."""
    if not _ready:
        paths: dict[str, str] = {}
        _ready.append((paths, _mapping_of(paths)))


# The methods of dict that look at the values.
_METHODS = "items values copy pop popitem setdefault __repr__ __eq__ __ne__ __or__ __ror__".split()


def _reads_all(method: Callable[..., Any]) -> Callable[..., Any]:
    def after_reading(self: dict[str, Any], *args: Any, **options: Any) -> Any:
        for name in dict.keys(self):
            self[name]
        return method(self, *args, **options)

    after_reading.__name__ = method.__name__
    return after_reading
