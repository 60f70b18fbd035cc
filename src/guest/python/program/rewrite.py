"""Changes the syntax tree of a program with safe builtins, so that the guards see what the interpreter would do unseen.

The interpreter itself reads attributes by a text in `str.format` and in `case P(x)`. No builtin that could be replaced
is called there, so the program is rewritten:

- a name that only the interpreter may find is an unknown one, or gets an end that no program can write if the program
  binds it,
- `x.format` calls the guard of attributes, and so do the other guarded attributes,
- `x.a = y` and `del x.a` refuse a class or a function of the library as `x`,
- `x.format += y` reads through that guard too, and then stores,
- `case P(x)` matches with a class that stands for `P`.

The walk is a loop and no recursion, because a long sum is a deep tree.
"""

import ast
from collections.abc import Collection
from typing import Any, NoReturn

from program.names import (
    FREE_NAME,
    GUARDED_ATTRIBUTES,
    HIDING_MARK,
    MATCH_NAME,
    MISSING_NAME,
    ORDINARY_ATTRIBUTES,
    OWNED_NAME,
    PUT_NAME,
    READ_NAME,
    TAKE_NAME,
    TYPE_NAME,
)

# A text without these words needs no change. A name may be written in letters that the interpreter takes for others.
_WORDS = ("__", "format", "case", "obj", "get_stack")


def rewrite(
    tree: ast.Module, source: str, filename: str, hidden: Collection[str], sets_attributes: bool = False
) -> bool:
    """Rewrites the tree of `source` in place, if it needs it, and says so.

    The names in `hidden` are those that the program must not find. `sets_attributes` says that it needs it.
    """
    plain = source
    if not source.isascii():
        import unicodedata

        plain = unicodedata.normalize("NFKC", source)
    if not sets_attributes and not any(word in plain for word in _WORDS):
        return False
    bound: set[str] = set()
    if any(name in plain for name in hidden):
        bound = {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        }
    _Rewriter(source, filename, hidden, bound).visit(tree)
    return True


class _Rewriter:
    def __init__(self, source: str, filename: str, hidden: Collection[str], bound: Collection[str]) -> None:
        self.source, self.filename, self.hidden, self.bound = source, filename, hidden, bound
        self.classes = 0
        self.left: list[ast.AST] = []

    def visit(self, tree: ast.AST) -> None:
        self.left.append(tree)
        while self.left:
            node = self.left.pop()
            if isinstance(node, ast.Match):
                self.match(node)
            members: dict[str, Any] = vars(node)
            for field in node._fields:
                value = members.get(field)
                if isinstance(value, list):
                    items: list[Any] = value
                    for at, item in enumerate(items):
                        if isinstance(item, ast.AST):
                            items[at] = self.changed(item)
                elif isinstance(value, ast.AST):
                    members[field] = self.changed(value)

    def hide(self, node: ast.Name) -> ast.expr:
        """Returns what takes the place of a name. The error about an unknown one must not show the end."""
        if node.id not in self.hidden:
            return node
        if node.id not in self.bound:
            return _at(node, _call(node, MISSING_NAME, _at(node, ast.Constant(node.id))))
        node.id += HIDING_MARK
        return node

    def changed(self, node: ast.AST) -> ast.AST:
        """Returns what takes the place of a node, whose parts are changed later."""
        if isinstance(node, ast.Name):
            return self.hide(node)
        if isinstance(node, ast.Attribute) and node.attr in GUARDED_ATTRIBUTES and isinstance(node.ctx, ast.Load):
            node = _at(node, _call(node, READ_NAME, node.value, _at(node, ast.Constant(node.attr))))
            self.left.append(node)
        elif isinstance(node, ast.AugAssign) and _is_guarded_attribute(node.target):
            node = _in_place(node, node.target)
            self.left.append(node)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            node.value = _owned(node.value)
            self.left.append(node)
        # `match` has changed the patterns. Constants and contexts have no parts.
        elif node._fields and not isinstance(node, (ast.Constant, ast.pattern)):
            self.left.append(node)
        return node

    def match(self, node: ast.Match) -> None:
        """Takes the classes of the patterns out, and puts the classes that stand for them there."""
        parts: list[ast.expr] = [node.subject]
        patterns: list[ast.AST] = [case.pattern for case in node.cases]
        while patterns:
            pattern = patterns.pop()
            if isinstance(pattern, ast.MatchClass):
                guarded = [name for name in pattern.kwd_attrs if name in GUARDED_ATTRIBUTES]
                for name in guarded:
                    if name not in ORDINARY_ATTRIBUTES:
                        self.refuse(pattern, name)
                if pattern.patterns or guarded:
                    name = f"_class{self.classes}{HIDING_MARK}"
                    self.classes += 1
                    names = [_at(pattern.cls, ast.Constant(name)) for name in guarded]
                    value = _call(pattern.cls, MATCH_NAME, pattern.cls, *names)
                    target = _at(pattern.cls, ast.Name(name, ast.Store()))
                    parts.append(_at(pattern.cls, ast.NamedExpr(target, value)))
                    pattern.cls = _at(pattern.cls, ast.Name(name, ast.Load()))
            elif isinstance(pattern, ast.Name) and pattern.id in self.hidden:
                pattern.id += HIDING_MARK
            elif isinstance(pattern, ast.Attribute) and pattern.attr in GUARDED_ATTRIBUTES:
                self.refuse(pattern, pattern.attr)
            patterns.extend(ast.iter_child_nodes(pattern))
        if len(parts) > 1:
            first = _at(node.subject, ast.Constant(0))
            all_parts = _at(node.subject, ast.Tuple(parts, ast.Load()))
            node.subject = _at(node.subject, ast.Subscript(all_parts, first, ast.Load()))

    def refuse(self, node: Any, name: str) -> NoReturn:
        message = f"A pattern cannot read the attribute {name!r} in this sandbox: read it with a dot"
        line = self.source.splitlines()[node.lineno - 1 : node.lineno]
        raise SyntaxError(message, (self.filename, node.lineno, node.col_offset + 1, "".join(line)))


def _is_guarded_attribute(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in GUARDED_ATTRIBUTES


def _in_place(node: ast.AugAssign, target: Any) -> ast.Expr:
    """Returns the statement that takes the place of `x.obj += y`. It evaluates `x` once."""
    taken = _call(target, TAKE_NAME, target.value, _at(target, ast.Constant(target.attr)))
    operation = _at(node, ast.Constant(type(node.op).__name__))
    return _at(node, ast.Expr(_call(node, PUT_NAME, taken, operation, node.value)))


def _owned(target: ast.expr) -> Any:
    """Returns the expression that takes the place of `x` in `x.a = y`."""
    checked = _call(target, OWNED_NAME, target)
    if not isinstance(target, ast.Name):
        return checked
    # Most are instances of a class that `owned` has seen before. To look for it costs less than the call does.
    again: tuple[Any, Any] = tuple(_at(target, ast.Name(target.id, ast.Load())) for _ in range(2))
    free = _at(target, ast.Name(FREE_NAME, ast.Load()))
    is_free = _at(target, ast.Compare(_call(target, TYPE_NAME, again[0]), [ast.In()], [free]))
    return _at(target, ast.IfExp(is_free, again[1], checked))


def _at(place: ast.AST, node: Any) -> Any:
    return ast.copy_location(node, place)


def _call(place: ast.AST, name: str, *given: Any) -> Any:
    return _at(place, ast.Call(_at(place, ast.Name(name, ast.Load())), list(given), []))
