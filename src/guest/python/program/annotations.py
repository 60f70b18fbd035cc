"""Evaluates annotations that are texts, for the library. The analysis has not seen that code."""

import builtins
import sys
import types
from typing import Any

from program.attributes import is_internal
from program.names import GUARDED_ATTRIBUTES, SAFE_BUILTINS
from program.own_names import OWN_NAMES

# Instructions of code that calls something, makes something that can be called, or binds a name.
_ACTING = ("CALL", "PRECALL", "MAKE_", "IMPORT", "STORE", "DELETE", "FOR_", "GET_", "YIELD", "SEND", "WITH")


def evaluate_annotation(code: Any, *scopes: Any) -> Any:
    """Takes the place of `eval` in typing and inspect. It reads names, their attributes and their items only."""
    if type(code) is not types.CodeType:
        code = compile(str(code).lstrip(), "<annotation>", "eval")
    import opcode

    names = {opcode.opname[byte] for byte in code.co_code[::2]}
    if any(name.startswith(_ACTING) for name in names):
        raise TypeError("An annotation in a text is not evaluated in this sandbox if it calls something")
    for name in code.co_names:
        if is_internal(name) or name in GUARDED_ATTRIBUTES:
            raise TypeError(f"An annotation in a text is not evaluated in this sandbox if it names {name!r}")
    # With one scope, the caller reads a default in the signature of a builtin, and takes numbers and texts only.
    return eval(code, *(scopes if len(scopes) == 1 else map(_own_scope, scopes)))


def _own_scope(scope: Any) -> Any:
    """Returns the names of the program, or a copy of other names without those of a module of the library."""
    if scope is None or any(scope is vars(sys.modules[name]) for name in OWN_NAMES if name in sys.modules):
        return scope
    # A module in C has no `__builtins__` among its names.
    is_of_module = "__builtins__" in scope or any(
        scope is getattr(one, "__dict__", None) for one in list(sys.modules.values())
    )
    names = {} if is_of_module else dict(scope)
    names["__builtins__"] = _BUILTINS
    return names


_BUILTINS = {name: value for name, value in vars(builtins).items() if name in SAFE_BUILTINS}
