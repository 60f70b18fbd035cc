"""Access to attributes whose names a program chooses at run time. It refuses those that lead to the interpreter.

The analysis judges the names that a program writes. It cannot see a name that is an input, a part of a text, or a field
of a format. This is a fence and no boundary.
"""

import sys
import types
from typing import Any

from program.names import (
    GUARDED_ATTRIBUTES,
    HARMLESS_ATTRIBUTES,
    HIDING_MARK,
    INTERNAL_ATTRIBUTES,
    INTERNAL_FUNCTIONS,
)
from program.own_names import is_own_name
from program.owners import is_free, is_of_program, owned

# The kinds of objects, taken now: a program may put another class in the place of these names.
_MODULE = type(types)
_MAPPING = types.MappingProxyType
_METHOD = types.BuiltinFunctionType
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)
_SLOTS = (types.WrapperDescriptorType, types.MethodWrapperType)
_STR_METHOD = types.MethodDescriptorType
_OF_THE_INTERPRETER = (*_DESCRIPTORS, *_SLOTS, _STR_METHOD)

# Errors may hold these objects. They hold nothing of the interpreter.
_PLAIN = (int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, range, type(None), type(...))

# The modules that the program may have, by identity: views, and modules that it gets as they are.
GIVEN_MODULES: dict[int, Any] = {}

# Templates that were found harmless. The number is bounded, because a program may make any number of them.
_CHECKED: set[str] = set()
_MAX_CHECKED = 256


def is_internal(name: str) -> bool:
    """True for an attribute that leads from an ordinary object to the interpreter."""
    if name in INTERNAL_ATTRIBUTES or HIDING_MARK in name:
        return True
    return name[:2] == "__" and name[-2:] == "__" and len(name) > 4 and name not in HARMLESS_ATTRIBUTES


def checked_name(name: Any) -> Any:
    """Returns the name of an attribute, after a check that it does not lead to the interpreter."""
    if not isinstance(name, str):
        return name
    # A subclass of str may have a hash and an equality that lie, so the plain text is checked and used.
    plain = str.__str__(name)
    if is_internal(plain):
        raise AttributeError(f"Attribute {plain!r} cannot be reached in this sandbox")
    return plain


def read_attribute(target: Any, name: Any, *default: Any) -> Any:
    """The program's `getattr`."""
    name = checked_name(name)
    value = getattr(target, name, *default)
    if name in GUARDED_ATTRIBUTES:
        return _guarded_value(target, name, value)
    if isinstance(target, _MODULE):
        if name in INTERNAL_FUNCTIONS or _is_foreign(value, target.__name__):
            raise AttributeError(f"Attribute {name!r} cannot be reached by a name made at run time: write it out")
    elif isinstance(value, _MODULE) and is_withheld(value):
        raise AttributeError(f"The module in attribute {name!r} cannot be reached: import it by its name")
    return value


def write_attribute(target: Any, name: Any, value: Any) -> None:
    """The program's `setattr`."""
    setattr(owned(target), checked_name(name), value)


def delete_attribute(target: Any, name: Any) -> None:
    """The program's `delattr`."""
    delattr(owned(target), checked_name(name))


def is_withheld(module: Any) -> bool:
    """Is it a module that the program did not get by an import? Objects of the library hold some."""
    top = str(module.__name__).partition(".")[0]
    # `numpy` is given as it is, and so are all modules below it.
    return not is_own_name(top) and id(module) not in GIVEN_MODULES and id(sys.modules.get(top)) not in GIVEN_MODULES


def without_modules(members: dict[Any, Any]) -> dict[Any, Any]:
    """Returns the members of an object, or a copy without the modules that an object of the library holds."""
    if _MODULE not in map(type, members.values()):
        return members
    withheld = [name for name, value in members.items() if type(value) is _MODULE and is_withheld(value)]
    return {name: value for name, value in members.items() if name not in withheld} if withheld else members


def members_of_module(members: dict[Any, Any]) -> dict[Any, Any]:
    """Returns the members of a view in a dict that cannot change it, without those that need a name in the program."""
    return {name: value for name, value in without_modules(members).items() if name not in INTERNAL_FUNCTIONS}


def _is_foreign(value: Any, owner: Any) -> bool:
    """Is it a module that the module `owner` imports for itself, as `random._os` is?"""
    return isinstance(value, _MODULE) and value.__name__.partition(".")[0] != str(owner).partition(".")[0]


def _guarded_value(target: Any, name: str, value: Any) -> Any:
    """Returns the value of one of the guarded attributes in a form that a program may have."""
    kind = type(value)
    if name == "format" or name == "format_map":
        if kind is _METHOD and isinstance(value.__self__, str):
            check_template(str.__str__(value.__self__))
        elif kind is _STR_METHOD and value.__objclass__ is str:
            return _FORMATS[name]
    elif name in ("__dict__", "__kwdefaults__"):
        if kind is _MAPPING or (kind is dict and "__builtins__" in value):
            return _MAPPING(harmless_members(value))
        if kind is dict:
            return members_of_module(value) if isinstance(target, _MODULE) else own_members(target, value)
        if kind in _DESCRIPTORS:
            raise AttributeError(f"Attribute {name!r} cannot be reached in this sandbox")
    elif name == "obj":
        _check_held(target, name, value)
    elif name == "get_stack":
        if callable(value) and not _is_made_here(value):
            raise AttributeError("The frames of a task cannot be reached in this sandbox: use print_stack")
    elif callable(value):
        return _checked_slot(value, name)
    return value


def own_members(target: Any, members: dict[Any, Any]) -> dict[Any, Any]:
    """Returns the members of an object without modules, in a copy if they are those of a function of the library."""
    shown = without_modules(members)
    return shown if is_free(target) else dict(shown)


def _check_held(target: Any, name: str, value: Any) -> None:
    """Refuses an object of the library that an error holds."""
    if type(value) in _DESCRIPTORS and issubclass(value.__objclass__, BaseException):
        raise AttributeError(f"Attribute {name!r} cannot be reached in this sandbox")
    if name == "obj" and isinstance(target, (AttributeError, super)) and not _is_own(value):
        raise AttributeError("The object in this error cannot be reached in this sandbox")


def is_kept_by_interpreter(target: Any, name: str) -> bool:
    """Is a guarded attribute of this object one of the interpreter or the library, and no attribute of the program?"""
    if is_kept_by_class(type(target), name):
        return True
    if isinstance(target, (type, _MODULE)):
        return _guarded_value(target, name, value := getattr(target, name, None)) is not value
    return not _is_own(target)


def is_kept_by_class(cls: Any, name: str) -> bool:
    """Has the class, or one that it comes from, a member of that name which is of the interpreter or the library?"""
    for one in _CLASSES(cls):
        member = _CLASS_MEMBERS(one).get(name)
        is_slot = type(member) in _DESCRIPTORS and _is_own(member.__objclass__)
        if is_slot or _is_made_here(member):
            continue
        # Data of a class of the library, such as a default, is the program's.
        if type(member) in _OF_THE_INTERPRETER or callable(member):
            return True
    return False


def harmless_members(members: Any) -> dict[Any, Any]:
    """Returns the members of a class or module without those that lead to the interpreter."""
    owner = members.get("__name__", "")
    is_module = type(members) is dict
    return {
        name: value
        for name, value in members.items()
        if type(name) is str
        and not is_internal(name)
        and not (is_module and name in INTERNAL_FUNCTIONS)
        and not (name in GUARDED_ATTRIBUTES and not _is_made_here(value))
        and not _is_foreign(value, owner)
    }


def _is_own(value: Any) -> bool:
    """Is it an object of the program, or one that holds nothing of the interpreter?"""
    if isinstance(value, _PLAIN):
        return True
    if isinstance(value, dict):
        return "__builtins__" not in value and "__name__" not in value
    return is_of_program(value if isinstance(value, type) else type(value))


_CLASS_MEMBERS = vars(type)["__dict__"].__get__
_CLASSES = vars(type)["__mro__"].__get__


def _is_made_here(value: Any) -> bool:
    """Is it no descriptor of the interpreter, and no function of the library?"""
    return type(value) not in _OF_THE_INTERPRETER and is_of_program(value)


def _checked_slot(method: Any, name: str) -> Any:
    """Returns a form of a method such as `object.__setattr__` that checks the name which it is given."""

    def checked(*given: Any, **named: Any) -> Any:
        if name != "__getattr__":
            for target in (*given[:1], getattr(method, "__self__", None)):
                owned(target)
        parts = list(given)
        # The last argument of `__setattr__` is a value, which may be any text.
        for at in range(len(parts) - (name == "__setattr__")):
            parts[at] = checked_name(parts[at])
        return method(*parts, **{key: checked_name(value) for key, value in named.items()})

    checked.__name__ = checked.__qualname__ = name
    return checked


def check_template(template: str) -> None:
    """Refuses a template of `str.format` in which a field reads an attribute that leads to the interpreter."""
    if ("." not in template and "[" not in template) or template in _CHECKED:
        return
    import _string  # pyright: ignore[reportMissingImports]

    library: Any = _string
    try:
        for _, field, spec, _ in library.formatter_parser(template):
            if field:
                check_field(field)
            if spec and "{" in spec:
                check_template(spec)
    except ValueError:
        return  # the interpreter reports the same error when it formats
    if len(_CHECKED) >= _MAX_CHECKED:
        _CHECKED.clear()
    if len(template) <= 1_000:
        _CHECKED.add(template)


def check_field(field: str) -> None:
    """Refuses a field of a template, such as `0.a[b]`, that reads an attribute which leads to the interpreter."""
    import _string  # pyright: ignore[reportMissingImports]

    library: Any = _string
    for _, part in library.formatter_field_name_split(field)[1]:
        checked_name(part)


def _format(template: Any, /, *values: Any, **named: Any) -> str:
    if isinstance(template, str):
        check_template(template := str.__str__(template))
    return str.format(template, *values, **named)


def _format_map(template: Any, mapping: Any, /) -> str:
    if isinstance(template, str):
        check_template(template := str.__str__(template))
    return str.format_map(template, mapping)


_format.__name__ = _format.__qualname__ = "format"
_format_map.__name__ = _format_map.__qualname__ = "format_map"
_FORMATS = {"format": _format, "format_map": _format_map}
