"""Treats the examples in docstrings as the program is treated: no check has seen their text."""

import ast
import sys
import types
from collections.abc import Callable
from types import CodeType
from typing import Any, NoReturn

from program.attributes import is_internal
from program.guards import with_guards
from program.names import HIDDEN_NAMES, INTERNAL_FUNCTIONS
from program.own_names import OWN_NAMES
from program.owners import is_of_program
from program.rewrite import rewrite


def close_doctest(doctest: Any) -> None:
    """Gives `doctest` a compiler with the guards of a program, and lets it run nothing else."""
    doctest.compile = _compile_example
    doctest.exec = _run_example
    doctest.pdb = types.SimpleNamespace(set_trace=_refuse_debugger)
    doctest.debug_script = _refuse_debugger
    doctest._OutputRedirectingPdb = _NoDebugger
    _close_finder(doctest.DocTestFinder, doctest.inspect.getmodule)
    normalize = doctest._normalize_module
    # Without a module it would take that of its caller, whose `__name__` may be any.
    doctest._normalize_module = lambda module, depth=2: normalize("__main__" if module is None else module)


class _NoDebugger:
    """Stands for the debugger that a run of examples makes. A debugger runs any text, and has the frames."""

    def __init__(self, out: Any) -> None:
        pass

    def reset(self) -> None:
        pass

    set_continue = reset

    def set_trace(self, *_: Any) -> None:
        _refuse_debugger()


def _refuse_debugger(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("A debugger does not work in this sandbox: it runs texts as code. Print the values instead")


def _close_finder(finder: Any, module_of: Callable[[Any], Any]) -> None:
    """The examples of an object get a copy of the names of its module, which may be one of the library."""
    original = finder.find

    def find(
        self: Any, obj: Any, name: Any = None, module: Any = None, globs: Any = None, extraglobs: Any = None
    ) -> Any:
        if module is None:
            home = module_of(obj)
            # Without a module the names are none. A subclass would get the module as well.
            module = home if any(home is sys.modules.get(one) for one in OWN_NAMES) else False
        return original(self, obj, name, module, globs, extraglobs)

    find.__doc__ = original.__doc__
    search = finder._find

    def _find(self: Any, tests: Any, obj: Any, *given: Any) -> None:
        # The methods of a subclass get each member of a class as it is, which no guard has seen.
        if not issubclass(type(obj), type) or is_of_program(obj):
            search(self, tests, obj, *given)

    finder.find, finder._find = find, _find


def _compile_example(source: str, filename: str, mode: str, flags: int = 0, dont_inherit: bool = True) -> CodeType:
    tree = ast.parse(source, filename)
    for node in ast.walk(tree):
        _check_names(node)
    rewrite(tree, source, filename, HIDDEN_NAMES, True, True)
    single = mode == "single"
    return with_guards(compile(ast.Interactive(tree.body) if single else tree, filename, mode, flags, dont_inherit))


def _check_names(node: ast.AST) -> None:
    """Refuses what the policy refuses in a program: no check has seen the names in an example."""
    match node:
        case ast.Attribute():
            names = [node.attr]
        case ast.MatchClass():
            names = node.kwd_attrs
        case ast.ImportFrom():
            names = [alias.name for alias in node.names]
        case _:
            return
    for name in names:
        if is_internal(name) or name in INTERNAL_FUNCTIONS:
            raise AttributeError(f"Attribute {name!r} cannot be reached in this sandbox")


def _run_example(code: Any, names: dict[str, Any], *_: Any) -> None:
    if type(code) is not types.CodeType:
        raise TypeError("An example runs only from the docstring of an object")
    # Without this, `exec` would add the interpreter's builtins.
    names.setdefault("__builtins__", vars(sys.modules["__main__"]).get("__builtins__", {}))
    exec(code, names)
