"""Puts the guards into the code of a rewritten program. They are constants there, so nothing can take their place."""

import types
from typing import Any, NoReturn

from program.attributes import read_attribute
from program.in_place import put_attribute, take_attribute
from program.names import (
    FREE_GUARD,
    MATCH_GUARD,
    MISSING_GUARD,
    OWNED_GUARD,
    PUT_GUARD,
    READ_GUARD,
    TAKE_GUARD,
    TYPE_GUARD,
)
from program.owners import FREE_TYPES, owned
from program.patterns import pattern_class


def _missing(name: str) -> NoReturn:
    raise NameError(f"name {name!r} is not defined", name=name)


_GUARDS: dict[Any, Any] = {
    READ_GUARD: read_attribute,
    MATCH_GUARD: pattern_class,
    TAKE_GUARD: take_attribute,
    PUT_GUARD: put_attribute,
    OWNED_GUARD: owned,
    FREE_GUARD: FREE_TYPES,
    TYPE_GUARD: type,
    MISSING_GUARD: _missing,
}


def with_guards(code: types.CodeType) -> types.CodeType:
    """Returns the code with the guards in their places, also in the functions and classes in it."""
    constants = tuple(map(_constant, code.co_consts))
    return code.replace(co_consts=constants)


def _constant(value: Any) -> Any:
    if type(value) is types.CodeType:
        return with_guards(value)
    return _GUARDS.get(value, value) if type(value) is frozenset else value
