"""Moves the patterns of a `match` outside functions into a function, for a program that can write its own globals.

Between the check of a class and the match with it, such a program could exchange the class, if its name were global.
Nothing exchanges the variables of a function. The statements of each case stay where they are, so `break`, `continue`
and `locals` mean there what they mean in the program.
"""

import ast
from typing import Any

from program.names import HIDING_MARK

_SUBJECT = f"_subject{HIDING_MARK}"


def lift(node: ast.Match, number: int) -> ast.FunctionDef:
    """Returns the function, which finds the case that matches, and makes `node` choose by its answer.

    def _match0(_subject):               match _match0(point):
        global x                             case 0:
        match _subject:                          print(x)
            case P(x): return 0
    """
    name = f"_match{number}{HIDING_MARK}"
    cases = [
        ast.match_case(case.pattern, case.guard, [ast.Return(ast.Constant(at))]) for at, case in enumerate(node.cases)
    ]
    body: list[ast.stmt] = [ast.Match(ast.Name(_SUBJECT, ast.Load()), cases)]
    bound = sorted({one for case in node.cases for one in _bound_in(case)})
    if bound:
        body.insert(0, ast.Global(bound))
    given = ast.arguments(posonlyargs=[], args=[ast.arg(_SUBJECT)], kwonlyargs=[], kw_defaults=[], defaults=[])
    function = ast.fix_missing_locations(ast.copy_location(ast.FunctionDef(name, given, body, []), node))
    call = ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [node.subject], []), node.subject)
    node.subject = ast.fix_missing_locations(call)
    for at, case in enumerate(node.cases):
        found = ast.copy_location(ast.MatchValue(ast.Constant(at)), case.pattern)
        case.pattern, case.guard = ast.fix_missing_locations(found), None
    return function


def put_first(tree: ast.Module, functions: list[ast.stmt]) -> None:
    """Puts functions before all statements but those that must be first."""
    at = 0
    for node in tree.body:
        text: Any = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else None
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not is_future and not (at == 0 and type(text) is str):
            break
        at += 1
    tree.body[at:at] = functions


def _bound_in(case: ast.match_case) -> set[str]:
    """The names that the pattern and the condition of a case bind."""
    bound: set[str] = set()
    for node in ast.walk(case.pattern):
        names = (getattr(node, field, None) for field in ("name", "rest"))
        bound.update(name for name in names if isinstance(name, str))
    for node in ast.walk(case.guard) if case.guard is not None else ():
        if isinstance(node, ast.NamedExpr):
            bound.add(node.target.id)
    return bound
