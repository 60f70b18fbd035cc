"""Stands in for the classes that make functions from code, where a policy refuses them. Programs test with them."""

import types
from typing import Any, NoReturn

_FUNCTION = types.FunctionType


class _KindTest(type):
    """The class of a class that has the functions of a program as its instances, and makes none."""

    def __instancecheck__(cls, value: Any) -> bool:
        return type(value) is _FUNCTION

    def __subclasscheck__(cls, kind: Any) -> bool:
        return kind is _FUNCTION or kind is cls

    def __call__(cls, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("Cannot make a function from code in this sandbox: write a def statement")

    def __repr__(cls) -> str:
        return "<class 'function'>"


class function(metaclass=_KindTest):
    __slots__ = ()


function.__module__ = "builtins"

# By the full name of the class.
KIND_TESTS: dict[str, Any] = {"types.FunctionType": function, "types.LambdaType": function}
