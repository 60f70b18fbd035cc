"""The builtins that CPython's `site` adds for people at a terminal, and `input`, as a program finds them."""

import builtins
import sys
from typing import Any

from program.missing import no_input
from program.streams import has_input, is_own_input


class _Text:
    """A text that is printed when it is called, as `copyright` is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def __call__(self) -> None:
        print(self._text)


def _help(*request: Any) -> None:
    """Print the documentation of an object."""
    if not request:
        print("Call help(object) for the documentation of an object.")
        return
    try:
        import pydoc
    except ImportError:  # the embedded engine has no pydoc
        from inspect import getdoc

        name = getattr(request[0], "__qualname__", type(request[0]).__name__)
        print(f"Help on {name}:\n\n{_signature_of(request[0], name)}\n{getdoc(request[0]) or ''}")
        return
    print(pydoc.plain(pydoc.render_doc(request[0], "Help on %s:")))


def _signature_of(target: Any, name: str) -> str:
    from inspect import signature

    try:
        return f"{name}{signature(target)}"
    except (TypeError, ValueError):
        return name


def _input(prompt: object = "", /) -> str:
    """Read a line from standard input."""
    try:
        return builtins.input(prompt)
    except EOFError:
        if is_own_input(sys.stdin):
            raise no_input(has_input()) from None
        raise


for _function in (_help, _input):
    _function.__name__ = _function.__qualname__ = _function.__name__[1:]

SITE_NAMES: dict[str, Any] = {
    "help": _help,
    "input": _input,
    "copyright": _Text(sys.copyright),
    "credits": _Text("Thanks to all who make Python: see https://www.python.org for more information."),
    "license": _Text("See https://www.python.org/psf/license/"),
}
