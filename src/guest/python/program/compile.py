"""Compiles a program as its statements and, apart from them, its last expression."""

import ast
from types import CodeType

from messages import GuestPolicy
from program.names import HIDDEN_NAMES
from program.rewrite import rewrite


def compile_program(source: str, filename: str, guest_policy: GuestPolicy) -> tuple[CodeType, CodeType | None]:
    """Returns the code of the statements, and of the last expression if the program ends with one."""
    tree = ast.parse(source, filename)
    if guest_policy["builtins"] == "safe":
        rewrite(tree, source, filename, HIDDEN_NAMES.difference(guest_policy.get("opened", ())))
    final = tree.body[-1] if tree.body else None
    if isinstance(final, ast.Expr):
        tree.body.pop()
    body = compile(tree, filename, "exec", dont_inherit=True)
    if not isinstance(final, ast.Expr):
        return body, None
    futures = body.co_flags & 0x1FF0000  # the CO_FUTURE_* flags hold for the last expression too
    last = compile(ast.Expression(final.value), filename, "eval", flags=futures, dont_inherit=True)
    return body, last
