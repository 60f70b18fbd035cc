"""Treats the examples in docstrings as the program is treated: no check has seen their text."""

import ast
import sys
import types
from types import CodeType
from typing import Any

from program.names import HIDDEN_NAMES
from program.rewrite import rewrite


def close_doctest(doctest: Any) -> None:
    """Gives `doctest` a compiler with the guards of a program, and lets it run nothing else."""
    doctest.compile = _compile_example
    doctest.exec = _run_example


def _compile_example(source: str, filename: str, mode: str, flags: int = 0, dont_inherit: bool = True) -> CodeType:
    tree = ast.parse(source, filename)
    rewrite(tree, source, filename, HIDDEN_NAMES, True)
    single = mode == "single"
    return compile(ast.Interactive(tree.body) if single else tree, filename, mode, flags, dont_inherit)


def _run_example(code: Any, names: dict[str, Any], *_: Any) -> None:
    if type(code) is not types.CodeType:
        raise TypeError("An example runs only from the docstring of an object")
    # Without this, `exec` would add the interpreter's builtins.
    names.setdefault("__builtins__", vars(sys.modules["__main__"]).get("__builtins__", {}))
    exec(code, names)
