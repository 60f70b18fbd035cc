"""An assignment in place to a guarded attribute, such as `x.obj += y`. It reads the attribute before it writes it."""

import operator
from collections.abc import Callable
from typing import Any

from program.attributes import read_attribute
from program.owners import owned

# Taken now: a program could not change them, but a change of the library must not count here.
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.iadd,
    "Sub": operator.isub,
    "Mult": operator.imul,
    "MatMult": operator.imatmul,
    "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv,
    "Mod": operator.imod,
    "Pow": operator.ipow,
    "LShift": operator.ilshift,
    "RShift": operator.irshift,
    "BitAnd": operator.iand,
    "BitOr": operator.ior,
    "BitXor": operator.ixor,
}


def take_attribute(target: Any, name: str) -> tuple[Any, str, Any]:
    """Reads the attribute before the other operand is evaluated, as the interpreter does."""
    return target, name, read_attribute(target, name)


def put_attribute(taken: tuple[Any, str, Any], operation: str, other: Any) -> None:
    target, name, value = taken
    setattr(owned(target), name, _OPERATORS[operation](value, other))
