"""The functions of a dataclass. The library makes them as text from the names of the fields, so a name is code."""

import ast
import keyword
from typing import Any, NoReturn

from program.attributes import is_internal, is_kept_by_class, read_attribute
from program.names import GUARDED_ATTRIBUTES

# What the text of the library calls, reads and names besides the fields.
_CALLED = ("hash", "type", "super", "FrozenInstanceError")
_CALLED_METHODS = ("__setattr__", "__delattr__", "__post_init__")
_OWNERS = ("__dataclass_builtins_object__", "__dataclass_self__", "cls", "NotImplemented")
_READ = ("__class__", "__qualname__", *_CALLED_METHODS)
_NODES = (
    ast.Module,
    ast.FunctionDef,
    ast.arguments,
    ast.arg,
    ast.Return,
    ast.Assign,
    ast.If,
    ast.IfExp,
    ast.Expr,
    ast.Pass,
    ast.Raise,
    ast.Call,
    ast.Attribute,
    ast.Name,
    ast.Constant,
    ast.Tuple,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.BinOp,
    ast.Add,
    ast.BoolOp,
    ast.Or,
    ast.Compare,
    ast.cmpop,
    ast.expr_context,
)


def close_dataclasses(dataclasses: Any) -> None:
    """Lets a dataclass have fields whose names are identifiers, and no code but that of the library."""
    get_field = dataclasses._get_field

    def checked_field(cls: Any, name: Any, *given: Any) -> Any:
        if type(name) is not str or not name.isidentifier() or keyword.iskeyword(name):
            _refuse()
        if is_internal(name) or (name in GUARDED_ATTRIBUTES and is_kept_by_class(cls, name)):
            raise TypeError(f"Cannot make a dataclass: a field cannot have the name {name!r} in this sandbox")
        return get_field(cls, name, *given)

    def execute(text: str, *scopes: Any) -> None:
        for node in ast.walk(ast.parse(text)):
            _check_node(node)
        exec(text, *scopes)

    dataclasses._get_field = checked_field
    dataclasses.getattr, dataclasses.exec = read_attribute, execute


def _check_node(node: ast.AST) -> None:
    """A field may get its name after the check of names, so the text is checked as well."""
    if not isinstance(node, _NODES):
        _refuse()
    if isinstance(node, ast.FunctionDef):
        _check_function(node)
    elif isinstance(node, ast.Call):
        called = node.func
        is_method = isinstance(called, ast.Attribute) and called.attr in _CALLED_METHODS
        is_function = isinstance(called, ast.Name) and (called.id in _CALLED or called.id.startswith("_dflt_"))
        if not is_method and not is_function:
            _refuse()
    elif isinstance(node, ast.Attribute):
        if is_internal(node.attr) and node.attr not in _READ:
            _refuse()
        # `self.x` and `self.__class__.__qualname__`, and no longer path.
        if isinstance(node.value, ast.Attribute) and node.attr != "__qualname__":
            _refuse()


def _check_function(function: ast.FunctionDef) -> None:
    """A name in a function is one of its parameters, of the parameters around it, or one that the library uses."""
    arguments = function.args
    for one in (*arguments.args, *arguments.kwonlyargs):
        if is_internal(one.arg) and one.arg not in _OWNERS:
            _refuse()
    if function.name != "__create_fn__":
        return
    inner = [node for node in function.body if isinstance(node, ast.FunctionDef)]
    known = {*_CALLED, *_OWNERS, *(one.arg for one in arguments.args), *(one.name for one in inner)}
    for one in inner:
        known.update(argument.arg for argument in (*one.args.args, *one.args.kwonlyargs))
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id not in known:
            _refuse()


def _refuse() -> NoReturn:
    raise TypeError("Cannot make a dataclass: the name of a field must be an identifier and no keyword, it is code")
