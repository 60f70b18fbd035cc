"""Adds a sentence to the error that ended a program, if the guest knows what to do instead.

The words are the guest's own. A name of the program or of a file stands in quotes and is cut.
"""

import builtins
import errno
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from program.later_python import advice_on_later, advice_on_later_syntax
from program.near_names import advise

_OF_JSON = {"true": "True", "false": "False", "null": "None"}
_INSTEAD_OF = {
    "input": "nobody can type here, so pass the value in `inputs` and read it as a variable",
    "open": 'read files["..."] instead',
    "breakpoint": "nobody can type here, so print what you want to see",
    "help": "print what you want to see",
    "eval": "use json.loads for data, or a dict of functions",
}
# Names that programs of JavaScript use before others.
_OF_JAVASCRIPT = frozenset("console document JSON Math require undefined window".split())
_NO_LZMA = "this engine's Python is built without it; use gzip, bz2 or zipfile.ZIP_DEFLATED"
# By the whole text of an error of the library.
_LACKING_PARTS = {
    "Compression requires the (missing) lzma module": _NO_LZMA,
    "lzma module is not available": _NO_LZMA,
    "TarFile.extractall() got an unexpected keyword argument 'filter'": "this Python has no filters; leave it out",
    "TarFile.extract() got an unexpected keyword argument 'filter'": "this Python has no filters; leave it out",
}
_FROM_MODULE = re.compile(r"cannot import name '\w{1,60}' from '(\w{1,60})'")
_NOT_FOUND = os.strerror(errno.ENOENT)
_is_directory, _directory_of = os.path.isdir, os.path.dirname

# What the compiler says of a program that is written as if it were in a function or a notebook.
_TOP_LEVEL = {
    "'await' outside": "put it into `async def main()` and call asyncio.run(main())",
    "'async for' outside": "put it into `async def main()` and call asyncio.run(main())",
    "'async with' outside": "put it into `async def main()` and call asyncio.run(main())",
    "asynchronous comprehension outside": "put it into `async def main()` and call asyncio.run(main())",
    "'return' outside": "a program is no function; write the value as its last line",
}


def advice_on_syntax(message: str, line: str) -> str:
    """Returns what to write instead, as the rest of the compiler's sentence; "" for most errors."""
    for start, advice in _TOP_LEVEL.items():
        if message.startswith(start):
            return f": {advice}"
    return advice_on_later_syntax(message, line)


def advice_on(error: BaseException, names: Sequence[str], hint: str) -> str:
    """Returns what to do instead, as the rest of the error's sentence; "" for most errors.

    `names` are those of the input files, `hint` the sentence about the policies that allow more.
    """
    try:
        if isinstance(error, FileNotFoundError) and error.strerror == _NOT_FOUND:
            return f": {_advice_on_file(error.filename, names)}" if type(error.filename) is str else ""
        name = error.name if isinstance(error, NameError) else None
        if type(name) is str and name in _OF_JSON:
            return f": write {_OF_JSON[name]}"
        if type(name) is str and name in _OF_JAVASCRIPT:
            return ': if this is JavaScript, set `language` to "javascript"'
        if type(name) is str and name in vars(builtins) and hint:
            return f": {_INSTEAD_OF.get(name, 'a program here does not have it')}; {hint}"
        text = error.args[0] if len(error.args) == 1 else None
        if type(text) is str and text in _LACKING_PARTS:
            return f": {_LACKING_PARTS[text]}"
        return advice_on_later(error) or _advice_on_own(error, names)
    except Exception:
        pass  # the program's own class of error answers as it likes
    return ""


def _advice_on_own(error: BaseException, names: Sequence[str]) -> str:
    """Says of a file that has the name of a module of the library that it is not the one that was imported."""
    module = None
    owner: Any = error.obj if type(error) is AttributeError else None
    if type(owner) is type(os):
        module = owner.__name__
    elif type(error) is ImportError and (found := _FROM_MODULE.match(str(error))) is not None:
        module = found[1]
    if type(module) is not str or module not in sys.stdlib_module_names:
        return ""
    if not any(one == f"{module}.py" or one.endswith(f"/{module}.py") for one in names):
        return ""
    return f": this is the module of the library; give your file {module}.py another name"


def _advice_on_file(name: str, names: Sequence[str]) -> str:
    advice = advise(name, names)
    directory = _directory_of(name)
    is_there = directory == "" or _is_directory(directory) or any(one.startswith(f"{directory}/") for one in names)
    if is_there or not advice.startswith(("the files are", "this call has no files")):
        return advice
    return "its directory is not there; make it with os.makedirs, or name the file in the argument `files`"
