"""Lets pytest import the files that were checked, and no others, where a policy refuses code from text.

It reads the files of tests itself, because it rewrites their assertions, and it keeps compiled files beside them.
"""

import ast
import os
import re
from typing import Any

from program.library_only import check_file, is_closed
from program.sources import SOURCES

_OWN_NAME = re.compile(r"program(?:_[0-9]+)?\.py")


def run_own_tests(pytest: Any) -> None:
    """Lets a program run its own tests: `pytest.main([__file__])`. It is a file as long as pytest runs."""
    run = pytest.main

    def main(args: Any = None, plugins: Any = None) -> Any:
        if type(args) not in (list, tuple):
            return run(args, plugins)
        made: dict[str, str] = {}
        try:
            return run([_file_for(one, made) for one in args], plugins)
        finally:
            for file in made.values():
                os.unlink(file)

    pytest.main = main


def _file_for(argument: Any, made: dict[str, str]) -> Any:
    """Returns the argument with the name of a file in the place of the program's own name."""
    if not isinstance(argument, (str, os.PathLike)):
        return argument
    name, separator, test = str(os.fspath(argument)).partition("::")
    path, base = os.path.abspath(name), os.path.basename(name)
    if not _OWN_NAME.fullmatch(base) or base not in SOURCES or os.path.dirname(path) != os.getcwd():
        return argument
    if os.path.exists(path):
        return argument
    if path not in made:
        file = path.replace(base, f"test_{base}")
        while os.path.exists(file):
            file = f"{file[:-3]}_.py"
        SOURCES[file] = SOURCES[base]
        with open(file, "x", encoding="utf-8") as out:
            out.write(SOURCES[base])
        made[path] = file
    return made[path] + separator + test


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
