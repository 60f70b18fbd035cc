"""The classes of `case P(x)`. The interpreter reads the attributes that `P.__match_args__` names."""

from typing import Any

from program.attributes import checked_name, is_kept_by_interpreter
from program.names import GUARDED_ATTRIBUTES, ORDINARY_ATTRIBUTES

# The interpreter gives these classes one positional pattern: the whole object.
_WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)

_NAME = vars(type)["__name__"].__get__

# The classes that stand for those of the program, by identity and by the guarded names of the pattern.
_STANDING: dict[tuple[int, tuple[str, ...]], tuple[type, Any, type]] = {}
_MAX_STANDING = 256


class _Standing(type):
    """Stands for a class of the program in a pattern, with names that were checked and cannot change."""

    def __instancecheck__(cls, value: Any) -> bool:
        parts: Any = cls
        if not isinstance(value, parts.stands_for):
            return False
        # The interpreter reads these after this check. The program may answer the check for any class.
        for name in parts.guarded:
            if is_kept_by_interpreter(value, name):
                raise AttributeError(_CANNOT_READ.format(name))
        return True


_CANNOT_READ = "A pattern cannot read the attribute {!r} of this object in this sandbox: read it with a dot"


def pattern_class(given: Any, *keywords: str) -> Any:
    """Returns a class for a pattern that matches as `given` does, and reads harmless attributes only.

    The class of a program may name other attributes at each look, so its names are taken once.
    """
    if not isinstance(given, type) or (not keywords and type(given) is type and given in _WHOLE):
        return given
    names = getattr(given, "__match_args__", None)
    known = _STANDING.get((id(given), keywords))
    if known is not None and known[0] is given and known[1] is names:
        return known[2]
    checked = _checked_names(names)
    texts = filter(lambda name: type(name) is str, checked if type(checked) is tuple else ())
    guarded = [name for name in texts if name in GUARDED_ATTRIBUTES]
    members: dict[str, Any] = {"stands_for": given, "guarded": (*keywords, *guarded)}
    if names is not None:
        members["__match_args__"] = checked
    whole = [one for one in _WHOLE if names is None and one in type.mro(given)]
    standing = _Standing(_NAME(given), tuple(whole[:1]), members)
    if len(_STANDING) >= _MAX_STANDING:
        _STANDING.clear()
    _STANDING[id(given), keywords] = given, names, standing
    return standing


def _checked_names(names: Any) -> Any:
    if type(names) is not tuple:
        return names  # the interpreter refuses it
    # A subclass of str may lie when it is compared, so its plain text is taken first.
    plain = tuple(checked_name(name) if isinstance(name, str) else name for name in names)
    for name in plain:
        if type(name) is str and name in GUARDED_ATTRIBUTES and name not in ORDINARY_ATTRIBUTES:
            raise AttributeError(_CANNOT_READ.format(name))
    return plain
