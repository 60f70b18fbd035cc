"""Lets pytest import the files that were checked, and no others, where a policy refuses code from text.

It reads the files of tests itself, because it rewrites their assertions, and it keeps compiled files beside them.
"""

import ast
import os
from typing import Any

from program.library_only import check_file, is_closed
from program.sources import SOURCES


def close_pytest(rewrite_module: Any, builtins_of: Any) -> None:
    """Changes the module of pytest that imports tests. `builtins_of` returns the builtins for global names."""
    read_compiled, read = rewrite_module._read_pyc, rewrite_module._rewrite_test
    hook = rewrite_module.AssertionRewritingHook
    execute = hook.exec_module

    def _read_pyc(*given: Any, **options: Any) -> Any:
        return None if is_closed() else read_compiled(*given, **options)

    def _rewrite_test(fn: Any, config: Any) -> Any:
        if not is_closed():
            return read(fn, config)
        name = os.fspath(fn)
        text = SOURCES.get(name)
        if text is None:
            check_file(os.path.basename(name), None)
        source = (text or "").encode()
        tree = ast.parse(source, filename=name)
        rewrite_module.rewrite_asserts(tree, source, name, config)
        return os.stat(name), compile(tree, name, "exec", dont_inherit=True)

    def exec_module(self: Any, module: Any) -> None:
        if is_closed():
            module.__dict__["__builtins__"] = builtins_of(module.__dict__)
        execute(self, module)

    rewrite_module._read_pyc, rewrite_module._rewrite_test = _read_pyc, _rewrite_test
    hook.exec_module = exec_module
