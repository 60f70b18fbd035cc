"""Texts that a module runs as code: formulas of SymPy and patsy, statements of profilers. The policy may refuse them.

Such a text is an expression about a few functions and variables. What reaches beyond is refused: a name with two
underscores in front, and a builtin that leads to files, modules or more code.
"""

import ast
from collections.abc import Callable, Collection
from typing import Any, NoReturn

from program.views import PREPARE

# The functions of each module that run texts.
_RUN_TEXTS = {
    "sympy.parsing.sympy_parser": ("eval", "compile"),
    "sympy.utilities.lambdify": ("compile",),
    "patsy.eval": ("compile",),
}
_LEADING_NAMES = frozenset(
    "open eval exec compile input breakpoint getattr setattr delattr vars globals locals help".split()
)
_RUNNERS: dict[str, Any] = {"eval": eval, "compile": compile}


def watch_texts(denied: Collection[str], hint: str) -> None:
    """Lets the packages refuse such texts. `denied` are further names that no text may have."""
    refused = _LEADING_NAMES.union(denied)
    for name, functions in _RUN_TEXTS.items():
        PREPARE[name] = lambda module, functions=functions: _watch_module(module, functions, refused, hint)
    for name in ("cProfile", "profile"):
        PREPARE[name] = lambda module: _close_profiler(module, hint)


def _close_profiler(module: Any, hint: str) -> None:
    """Lets the profilers run functions and blocks, and no texts."""

    def run(*_: Any, **__: Any) -> NoReturn:
        raise PermissionError(
            f"Cannot run this text as code: {hint}. Profile a call: cProfile.Profile().runcall(work, 10)"
        )

    for owner in (module, module.Profile):
        owner.run = owner.runctx = run


def _watch_module(module: Any, functions: Collection[str], refused: Collection[str], hint: str) -> None:
    for name in functions:
        setattr(module, name, _guarded_runner(_RUNNERS[name], refused, hint))


def _guarded_runner(real: Callable[..., Any], refused: Collection[str], hint: str) -> Callable[..., Any]:
    def run(source: Any, *rest: Any, **options: Any) -> Any:
        if isinstance(source, (str, bytes, ast.AST)):
            found = _name_that_leads_on(source, refused)
            if found is not None:
                raise PermissionError(
                    f"Cannot run this text as code: it names {found!r}, and {hint}. Write the call in the program "
                    "itself, and give the formula its result as a value"
                )
        return real(source, *rest, **options)

    return run


def _name_that_leads_on(source: str | bytes | ast.AST, refused: Collection[str]) -> str | None:
    try:
        tree = source if isinstance(source, ast.AST) else ast.parse(source.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # the package's own function says so
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            return "import"
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name.startswith("__") or (name in refused and isinstance(node, ast.Name)):
            return name
    return None
