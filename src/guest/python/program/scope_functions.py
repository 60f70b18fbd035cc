"""`globals` and `locals` for a program with the safe builtins, if its policy opens them."""

import sys
from typing import Any


def scope_functions(namespace: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Returns the functions for code whose global names are `namespace`.

    Those of the interpreter return the scope of their caller, and a program can make a library call them.
    """

    def globals() -> dict[str, Any]:
        return namespace

    def locals() -> dict[str, Any]:
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
        return frame.f_locals if frame.f_globals is namespace else namespace

    globals.__qualname__, locals.__qualname__ = "globals", "locals"
    return ("globals", globals), ("locals", locals)
