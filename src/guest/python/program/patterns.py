"""The classes of `case P(x)`. The interpreter reads the attributes that `P.__match_args__` names."""

from typing import Any

from program.attributes import checked_name
from program.names import GUARDED_ATTRIBUTES

# The interpreter gives these classes one positional pattern: the whole object.
_WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)

_NAME = vars(type)["__name__"].__get__

# The classes that stand for those of the program, by identity.
_STANDING: dict[int, tuple[type, Any, type]] = {}
_MAX_STANDING = 256


class _Standing(type):
    """Stands for a class of the program in a pattern, with names that were checked and cannot change."""

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.stands_for)  # pyright: ignore[reportAttributeAccessIssue]


def pattern_class(given: Any) -> Any:
    """Returns a class for a pattern that matches as `given` does, and reads harmless attributes only.

    The class of a program may name other attributes at each look, so its names are taken once.
    """
    if not isinstance(given, type) or (type(given) is type and given in _WHOLE):
        return given
    names = getattr(given, "__match_args__", None)
    known = _STANDING.get(id(given))
    if known is not None and known[0] is given and known[1] is names:
        return known[2]
    members: dict[str, Any] = {"stands_for": given}
    if names is not None:
        members["__match_args__"] = _checked_names(names)
    whole = [one for one in _WHOLE if names is None and one in type.mro(given)]
    standing = _Standing(_NAME(given), tuple(whole[:1]), members)
    if len(_STANDING) >= _MAX_STANDING:
        _STANDING.clear()
    _STANDING[id(given)] = given, names, standing
    return standing


def _checked_names(names: Any) -> Any:
    if type(names) is not tuple:
        return names  # the interpreter refuses it
    for name in names:
        if type(name) is str and name in GUARDED_ATTRIBUTES:
            raise AttributeError(f"A pattern cannot read the attribute {name!r} in this sandbox: read it with a dot")
    return tuple(checked_name(name) if isinstance(name, str) else name for name in names)
