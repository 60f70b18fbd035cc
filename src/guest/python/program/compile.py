"""Compiles a program as its statements and, apart from them, its last expression."""

import ast
import opcode
import types
from collections.abc import Collection
from types import CodeType

from messages import GuestPolicy
from program.guards import with_guards
from program.names import HIDDEN_NAMES
from program.rewrite import rewrite

_STORE, _DELETE = opcode.opmap["STORE_ATTR"], opcode.opmap["DELETE_ATTR"]


def compile_program(source: str, filename: str, guest_policy: GuestPolicy) -> tuple[CodeType, CodeType | None]:
    """Returns the code of the statements, and of the last expression if the program ends with one."""
    tree = ast.parse(source, filename)
    if guest_policy["builtins"] != "safe":
        return _compile(tree, filename)
    opened = guest_policy.get("opened", ())
    hidden, is_shared = _hidden(opened), "globals" in opened
    is_rewritten = rewrite(tree, source, filename, hidden, is_shared=is_shared)
    made = _compile(tree, filename)
    # The code shows at once if it sets an attribute. A walk through the tree of each program would take longer.
    if not is_rewritten:
        if not _sets_attributes(made):
            return made
        tree = ast.parse(source, filename)
        rewrite(tree, source, filename, hidden, True, is_shared)
        made = _compile(tree, filename)
    body, last = made
    return with_guards(body), None if last is None else with_guards(last)


def compile_module(source: str, filename: str, guest_policy: GuestPolicy) -> CodeType:
    """Returns the code of a module of the project, which is treated as the program is."""
    tree = ast.parse(source, filename)
    if guest_policy["builtins"] == "safe":
        opened = guest_policy.get("opened", ())
        rewrite(tree, source, filename, _hidden(opened), True, "globals" in opened)
        return with_guards(compile(tree, filename, "exec", dont_inherit=True))
    return compile(tree, filename, "exec", dont_inherit=True)


def _hidden(opened: Collection[str]) -> Collection[str]:
    return HIDDEN_NAMES.difference(opened) if opened else HIDDEN_NAMES


def _sets_attributes(made: tuple[CodeType, CodeType | None]) -> bool:
    left = [code for code in made if code is not None]
    while left:
        code = left.pop()
        instructions = code.co_code[::2]
        if _STORE in instructions or _DELETE in instructions:
            return True
        left.extend(value for value in code.co_consts if type(value) is types.CodeType)
    return False


def _compile(tree: ast.Module, filename: str) -> tuple[CodeType, CodeType | None]:
    final = tree.body[-1] if tree.body else None
    if isinstance(final, ast.Expr):
        tree.body.pop()
    body = compile(tree, filename, "exec", dont_inherit=True)
    if not isinstance(final, ast.Expr):
        return body, None
    futures = body.co_flags & 0x1FF0000  # the CO_FUTURE_* flags hold for the last expression too
    last = compile(ast.Expression(final.value), filename, "eval", flags=futures, dont_inherit=True)
    return body, last
