"""Closes the ways of `copy` to any attribute: it reads those that an object names, and calls what that returns."""

import builtins
import copyreg
import sys
from typing import Any

from program.attributes import checked_name, read_attribute, write_attribute
from program.names import SAFE_BUILTINS

_MRO_OF = vars(type)["__mro__"].__get__
_DICT_OF = vars(type)["__dict__"].__get__
_STAND_IN: Any = type(sys.implementation)

# What makes an object again. For a method it is the interpreter's `getattr`, with the owner and the function's name. A
# program gives a function any name.
_MADE_BY: dict[int, Any] = {
    id(value): None for name, value in vars(builtins).items() if type(value) is type(len) and name not in SAFE_BUILTINS
}
_MADE_BY[id(getattr)] = read_attribute


def close_copy(copy: Any) -> None:
    make, names_of = copy._reconstruct, copyreg._slotnames  # pyright: ignore[reportAttributeAccessIssue]

    def reconstruct(target: Any, memo: Any, function: Any, *given: Any, **options: Any) -> Any:
        function = _MADE_BY.get(id(function), function)
        if function is None:
            raise TypeError("Cannot copy this object in this sandbox")
        return make(target, memo, function, *given, **options)

    def slot_names(cls: Any) -> list[Any]:
        """A new list at each call, which no class keeps: the interpreter reads it while it calls the program."""
        # A metaclass of the program would be told the list, if it were set in the class.
        stand_in = _STAND_IN(__mro__=_MRO_OF(cls), __slots__=())
        return [checked_name(name) for name in names_of(stand_in)]

    def read(target: Any, name: str, *default: Any) -> Any:
        if name in ("__reduce_ex__", "__reduce__") and "__slotnames__" in _DICT_OF(type(target)):
            raise TypeError("Cannot copy this object in this sandbox: its class names its slots at run time")
        return getattr(target, name, *default)

    library: Any = copyreg
    library._slotnames = slot_names
    copy._reconstruct, copy.getattr, copy.setattr = reconstruct, read, write_attribute
