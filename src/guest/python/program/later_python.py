"""Says of a name or a form of a later Python that this one lacks it, and what to write instead.

A program is often written for a later version. The words are the guest's own: a name of the program selects them.
"""

import re
import sys
from typing import Any

_THIS_PYTHON = f"this is Python {sys.version_info.major}.{sys.version_info.minor}"
_WRITE_IT_OUT = "write the function out"
_INSIDE_BRACES = "quotes of the same kind and backslashes inside braces"
_OTHER_QUOTES = "write the other kind of quote there, or give the value a name first"
_MISSING_NAME = re.compile(r"cannot import name '(\w{1,60})' from '([\w.]{1,60})'")

# By the module of the name. The first word is the version that brought it.
_LATER = {
    "itertools.batched": "3.12 slice the list: items[i : i + n]",
    "math.sumprod": "3.12 use sum(map(operator.mul, a, b))",
    "random.binomialvariate": f"3.12 {_WRITE_IT_OUT}",
    "typing.override": "3.12 leave it out",
    "typing.TypeAliasType": "3.12 use typing.TypeAlias",
    "typing.TypeIs": "3.13 use typing.TypeGuard",
    "typing.ReadOnly": "3.13 leave it out",
    "typing.NoDefault": "3.13 leave it out",
    "collections.abc.Buffer": "3.12 name bytes, bytearray and memoryview",
    "calendar.Month": "3.12 use the numbers 1 to 12",
    "calendar.Day": "3.12 use the numbers 0 to 6",
    "pathlib.walk": "3.12 use os.walk",
    "pathlib.copy": "3.14 use shutil.copy",
    "pathlib.move": "3.14 use shutil.move",
    "pathlib.full_match": "3.13 use match, or fnmatch.fnmatch",
    "pathlib.from_uri": "3.13 use urllib.parse.urlparse",
    "pathlib.UnsupportedOperation": "3.13 use OSError",
    "warnings.deprecated": "3.13 call warnings.warn in the function",
    "copy.replace": "3.13 use dataclasses.replace",
    "uuid.uuid7": "3.14 use uuid.uuid4",
    "uuid.uuid6": "3.14 use uuid.uuid1",
    "queue.ShutDown": "3.13 put None into the queue as its end",
    "queue.shutdown": "3.13 put None into the queue as its end",
    "asyncio.QueueShutDown": "3.13 put None into the queue as its end",
    "asyncio.eager_task_factory": "3.12 leave it out",
    "inspect.markcoroutinefunction": f"3.12 {_WRITE_IT_OUT}",
    "statistics.kde": f"3.13 {_WRITE_IT_OUT}",
    "functools.Placeholder": "3.14 use a lambda",
    "heapq.heappush_max": "3.14 push the negative value",
    "string.templatelib": "3.14 use string.Template",
    "annotationlib": "3.14 use typing.get_type_hints",
    "compression": "3.14 import gzip, bz2 or zlib",
    "concurrent.futures.InterpreterPoolExecutor": "3.14 use ThreadPoolExecutor",
}
_NO_OPENSSL = "this engine's Python has no OpenSSL; use hashlib.pbkdf2_hmac"

_LATER_STATEMENTS = (
    (re.compile(r"\s*type\s+\w+\s*(?:\[.{0,200}\])?\s*="), "a `type` statement", "write `Name = ...` without `type`"),
    (re.compile(r"\s*(?:async\s+)?def\s+\w+\["), "a list of type parameters", "use typing.TypeVar"),
    (re.compile(r"\s*class\s+\w+\["), "a list of type parameters", "use typing.TypeVar and typing.Generic"),
)


def advice_on_later(error: BaseException) -> str:
    """Returns what to write instead of a name of a later Python; "" for any other error."""
    if isinstance(error, AttributeError) and type(error.name) is str:
        owner: Any = error.obj
        owner = owner.__name__ if type(owner) is type(sys) else type(owner).__module__
        return _advice_on_name(owner, error.name)
    if isinstance(error, ModuleNotFoundError) and type(error.name) is str:
        return _advice_on_name("", error.name.partition(".")[0])
    found = _MISSING_NAME.match(str(error)) if type(error) is ImportError else None
    return "" if found is None else _advice_on_name(found[2], found[1])


def _advice_on_name(owner: str, name: str) -> str:
    if owner == "hashlib" and name == "scrypt":
        return f": {_NO_OPENSSL}"
    entry = _LATER.get(f"{owner}.{name}" if owner else name)
    if entry is None:
        return ""
    version, _, instead = entry.partition(" ")
    return f": it came with Python {version}, and {_THIS_PYTHON}; {instead}"


def advice_on_later_syntax(message: str, line: str) -> str:
    """Returns what to write instead of a form of Python 3.12, as the rest of the compiler's sentence."""
    if sys.version_info >= (3, 12):
        return ""
    if message.startswith(("f-string: unmatched", "f-string: expecting '}'", "f-string expression part")):
        return f": {_INSIDE_BRACES} came with Python 3.12, and {_THIS_PYTHON}; {_OTHER_QUOTES}"
    for form, what, instead in _LATER_STATEMENTS:
        if form.match(line):
            return f": {what} came with Python 3.12, and {_THIS_PYTHON}; {instead}"
    return ""
