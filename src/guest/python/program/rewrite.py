"""Changes the syntax tree of a program with safe builtins, so that the guards see what the interpreter would do unseen.

The interpreter itself reads attributes by a text in `str.format` and in `case P(x)`. No builtin that could be replaced
is called there, so the program is rewritten:

- a name that only the interpreter may find is an unknown one, or gets an end that no program can write if the program
  binds it,
- `x.format` calls the guard of attributes, and so do the other guarded attributes,
- `x.a = y` and `del x.a` refuse a class or a function of the library as `x`,
- `x.format += y` reads through that guard too, and then stores,
- `case P(x)` matches with a class that stands for `P`.

A guard is a constant of the code (guards.py) and has no name. A class body looks each name up in a mapping that a
metaclass makes, and a program can add any name to its globals by functions of the library.

The walk is a loop and no recursion, because a long sum is a deep tree.
"""

import ast
from collections.abc import Collection
from typing import Any, NoReturn

from program.lifted import lift, put_first
from program.names import (
    FREE_GUARD,
    GUARDED_ATTRIBUTES,
    HIDING_MARK,
    MATCH_GUARD,
    MISSING_GUARD,
    ORDINARY_ATTRIBUTES,
    OWNED_GUARD,
    PUT_GUARD,
    READ_GUARD,
    TAKE_GUARD,
    TYPE_GUARD,
)

# A text without these words needs no change. A name may be written in letters that the interpreter takes for others.
_WORDS = ("__", "format", "case", "obj", "get_stack")


class _Scope:
    """Where a part of a program looks its names up.

    `kept` are the parameters of the function, which no other code changes between two looks. `cls` is the class, if it
    is the body of one.
    """

    def __init__(self, kept: Collection[str] = (), cls: ast.ClassDef | None = None, is_function: bool = False) -> None:
        self.kept, self.cls, self.is_function = kept, cls, is_function


_OTHER = _Scope(is_function=True)
_NOT_IN_CLASS = "A pattern of a class does not work in the body of a class here: put the match into a function"


def rewrite(
    tree: ast.Module,
    source: str,
    filename: str,
    hidden: Collection[str],
    sets_attributes: bool = False,
    is_shared: bool = False,
) -> bool:
    """Rewrites the tree of `source` in place, if it needs it, and says so.

    The names in `hidden` are those that the program must not find. `sets_attributes` says that it needs it.
    `is_shared` says that the program can write any name into its globals, so no class of a pattern is kept there.
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
    rewriter = _Rewriter(source, filename, hidden, bound, is_shared)
    rewriter.visit(tree)
    put_first(tree, rewriter.lifted)
    return True


class _Rewriter:
    def __init__(
        self, source: str, filename: str, hidden: Collection[str], bound: Collection[str], is_shared: bool
    ) -> None:
        self.source, self.filename, self.hidden, self.bound = source, filename, hidden, bound
        self.is_shared = is_shared
        # A function or a generator in another one may bind the parameters of that one at any time.
        self.rebinds = "nonlocal" in source or ":=" in source
        self.classes = 0
        self.scope = _Scope()
        self.left: list[tuple[ast.AST, _Scope]] = []
        self.lifted: list[ast.stmt] = []
        self.global_names: list[tuple[ast.ClassDef, str]] = []

    def visit(self, tree: ast.AST) -> None:
        self.left.append((tree, self.scope))
        while self.left:
            node, scope = self.left.pop()
            self.scope = scope
            if isinstance(node, ast.Match):
                is_apart = self.is_shared and not scope.is_function and scope.cls is None
                if not is_apart or not self.lift(node):
                    self.match(node)
            members: dict[str, Any] = vars(node)
            for field in node._fields:
                value = members.get(field)
                self.scope = self.scope_within(node, field, scope)
                if isinstance(value, list):
                    items: list[Any] = value
                    for at, item in enumerate(items):
                        if isinstance(item, ast.AST):
                            items[at] = self.changed(item)
                elif isinstance(value, ast.AST):
                    members[field] = self.changed(value)
        for cls, name in self.global_names:
            _make_global(cls, name)

    def scope_within(self, node: ast.AST, field: str, scope: _Scope) -> _Scope:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return self.scope_of(node.args) if field == "body" else scope
        if isinstance(node, ast.ClassDef):
            return _Scope(cls=node) if field == "body" else scope
        is_other = isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)
        return _OTHER if is_other else scope

    def scope_of(self, given: ast.arguments) -> _Scope:
        if self.rebinds:
            return _OTHER
        return _Scope(frozenset(one.arg for one in (*given.posonlyargs, *given.args)), None, True)

    def add(self, node: ast.AST) -> None:
        self.left.append((node, self.scope))

    def hide(self, node: ast.Name) -> ast.expr:
        """Returns what takes the place of a name. The error about an unknown one must not show the end."""
        if node.id not in self.hidden:
            return node
        if node.id not in self.bound:
            return _at(node, _call(node, MISSING_GUARD, _at(node, ast.Constant(node.id))))
        node.id += HIDING_MARK
        return node

    def changed(self, node: ast.AST) -> ast.AST:
        """Returns what takes the place of a node, whose parts are changed later."""
        if isinstance(node, ast.Name):
            return self.hide(node)
        if isinstance(node, ast.Attribute) and node.attr in GUARDED_ATTRIBUTES and isinstance(node.ctx, ast.Load):
            node = _at(node, _call(node, READ_GUARD, node.value, _at(node, ast.Constant(node.attr))))
            self.add(node)
        elif isinstance(node, ast.AugAssign) and _is_guarded_attribute(node.target):
            node = _in_place(node, node.target)
            self.add(node)
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            node.value = _owned(node.value, self.scope.kept)
            self.add(node)
        # `match` has changed the patterns. Constants and contexts have no parts.
        elif node._fields and not isinstance(node, (ast.Constant, ast.pattern)):
            self.add(node)
        return node

    def lift(self, node: ast.Match) -> bool:
        has_classes = any(isinstance(part, ast.MatchClass) for case in node.cases for part in ast.walk(case.pattern))
        if has_classes:
            function = lift(node, len(self.lifted))
            self.lifted.append(function)
            self.add(function)
        return has_classes

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
                    name = self.new_name(pattern)
                    names = [_at(pattern.cls, ast.Constant(name)) for name in guarded]
                    value = _call(pattern.cls, MATCH_GUARD, pattern.cls, *names)
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

    def new_name(self, pattern: ast.MatchClass) -> str:
        """Returns a name for the class of a pattern. The tree allows no constant there."""
        name = f"_class{self.classes}{HIDING_MARK}"
        self.classes += 1
        if not self.scope.is_function and self.is_shared:
            self.refuse_pattern(pattern, _NOT_IN_CLASS)
        if self.scope.cls is not None:
            self.global_names.append((self.scope.cls, name))
        return name

    def refuse(self, node: Any, name: str) -> NoReturn:
        self.refuse_pattern(node, f"A pattern cannot read the attribute {name!r} in this sandbox: read it with a dot")

    def refuse_pattern(self, node: Any, message: str) -> NoReturn:
        line = self.source.splitlines()[node.lineno - 1 : node.lineno]
        raise SyntaxError(message, (self.filename, node.lineno, node.col_offset + 1, "".join(line)))


def _is_guarded_attribute(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in GUARDED_ATTRIBUTES


def _in_place(node: ast.AugAssign, target: Any) -> ast.Expr:
    """Returns the statement that takes the place of `x.obj += y`. It evaluates `x` once."""
    taken = _call(target, TAKE_GUARD, target.value, _at(target, ast.Constant(target.attr)))
    operation = _at(node, ast.Constant(type(node.op).__name__))
    return _at(node, ast.Expr(_call(node, PUT_GUARD, taken, operation, node.value)))


def _make_global(cls: ast.ClassDef, name: str) -> None:
    """Makes a name of a class body global. The mapping for the names of a class may be one of the program."""
    first = cls.body[0]
    has_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and type(first.value.value) is str
    cls.body.insert(1 if has_text else 0, _at(first, ast.Global([name])))


def _owned(target: ast.expr, kept: Collection[str]) -> Any:
    """Returns the expression that takes the place of `x` in `x.a = y`."""
    checked = _call(target, OWNED_GUARD, target)
    if not isinstance(target, ast.Name) or target.id not in kept:
        return checked
    # Most are instances of a class that `owned` has seen before. To look for it costs less than the call does. The
    # name is looked up again afterwards, so it must be one that nothing changes meanwhile.
    again: tuple[Any, Any] = tuple(_at(target, ast.Name(target.id, ast.Load())) for _ in range(2))
    free = _at(target, ast.Constant(FREE_GUARD))
    is_free = _at(target, ast.Compare(_call(target, TYPE_GUARD, again[0]), [ast.In()], [free]))
    return _at(target, ast.IfExp(is_free, again[1], checked))


def _at(place: ast.AST, node: Any) -> Any:
    return ast.copy_location(node, place)


def _call(place: ast.AST, guard: Any, *given: Any) -> Any:
    # The compiler warns of a call of a constant, and takes the constant out of this.
    either = [_at(place, ast.Constant(guard)) for _ in range(2)]
    return _at(place, ast.Call(_at(place, ast.BoolOp(ast.Or(), either)), list(given), []))
