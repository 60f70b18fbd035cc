"""Changes to modules of the library, because some of them evaluate a text or reach attributes by a text."""

import builtins
import operator
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from program.attributes import checked_name, read_attribute
from program.names import FRAME_FUNCTIONS, GUARDED_ATTRIBUTES, INTERNAL_FUNCTIONS, SAFE_BUILTINS
from program.opening import open_file
from program.tracebacks import hide_in_inspect

# The class of modules, taken now: a program may put another class in the place of `types.ModuleType`.
MODULE_TYPE: type[ModuleType] = type(sys)

# Calls of Python functions in each other that a program may ask for, as many programs do. Each takes memory: this many
# take a half of what a program has.
MOST_RECURSION = 1_000_000

_set_depth = sys.setrecursionlimit


def restrict(name: str, view: Any, real: ModuleType) -> None:
    """Puts safe forms of some functions and classes into the view of a module."""
    if name == "timeit":
        _restrict_timeit(view, real)
    for given in FRAME_FUNCTIONS.get(name, ()):
        setattr(view, given, _gives_frames)


def safe_form(name: str, key: str, value: Any) -> Any:
    """Returns what a view of the module `name` has as `key`: the value, a safe form of it, or LEFT_OUT.

    Modules have functions of each other, so a function is known by its identity and not by the module it is found in.
    """
    found = _SAFE_FORMS.get(id(value))
    if found is not None:
        return found
    # The guest puts functions of its own in the place of builtins, for the module alone.
    if key in _BUILTIN_NAMES and type(value) is _PYTHON_FUNCTION and getattr(value, "__module__", None) != name:
        return LEFT_OUT
    return value


def _gives_frames(*_: Any, **__: Any) -> Any:
    raise RuntimeError("The frames of a program cannot be reached in this sandbox: traceback.format_stack shows them")


_gives_frames.__name__ = _gives_frames.__qualname__ = "frames"


def _forward(key: str, module: str = "sys") -> property:
    real = sys.modules[module]
    return property(
        lambda _: getattr(real, key),
        lambda _, value: setattr(real, key, value),
        lambda _: delattr(real, key),  # a patch of a test takes its value away, and then puts the old one back
    )


class SysView(MODULE_TYPE):
    """`sys` as a view.

    A program may put other objects in the place of these names. They take effect, because `print` and argparse look
    for them in `sys`.
    """

    stdin, stdout, stderr, argv = map(_forward, ("stdin", "stdout", "stderr", "argv"))
    __stdin__, __stdout__, __stderr__ = map(_forward, ("__stdin__", "__stdout__", "__stderr__"))


class WarningsView(MODULE_TYPE):
    """`warnings` as a view. A function that a program puts in the place of these shows the warnings."""

    showwarning = _forward("showwarning", "warnings")
    formatwarning = _forward("formatwarning", "warnings")
    filters = _forward("filters", "warnings")


# The views of modules in which a program can replace something. Any other view changes for the program alone.
VIEW_TYPES: dict[str, type[ModuleType]] = {"sys": SysView, "warnings": WarningsView}


def _prepare_asyncio(asyncio: Any) -> None:
    """Makes an event loop work in WASI, which has no sockets to wait for and no threads that could wake a loop.

    The loop waits for its clock only.
    """
    import selectors
    import time

    class Clock(selectors.SelectSelector):
        def select(self, timeout: float | None = None) -> list[Any]:
            time.sleep(86_400 if timeout is None else timeout)
            return []

    class Loop(asyncio.SelectorEventLoop):
        def __init__(self) -> None:
            super().__init__(Clock())

        def _make_self_pipe(self) -> None:
            self._ssock = self._csock = None

        def _close_self_pipe(self) -> None:
            pass

    asyncio.DefaultEventLoopPolicy._loop_factory = Loop


# Functions that change a module once, after its first import.
PREPARE: dict[str, Callable[[Any], None]] = {"inspect": hide_in_inspect}
if sys.platform == "wasi":
    PREPARE["asyncio"] = _prepare_asyncio


def _restrict_timeit(view: Any, real: Any) -> None:
    def function_only(statement: Any) -> Any:
        if not callable(statement):
            raise TypeError("timeit takes a function in this sandbox: code in a string is not compiled")
        return statement

    class Timer(real.Timer):
        def __init__(self, stmt: Any, setup: Any = None, timer: Any = real.default_timer, globals: Any = None) -> None:
            super().__init__(function_only(stmt), (lambda: None) if setup is None else function_only(setup), timer)

    def timeit(
        stmt: Any,
        setup: Any = None,
        timer: Any = real.default_timer,
        number: Any = real.default_number,
        globals: Any = None,
    ) -> Any:
        return Timer(stmt, setup, timer).timeit(number)

    def repeat(
        stmt: Any,
        setup: Any = None,
        timer: Any = real.default_timer,
        repeat: Any = real.default_repeat,
        number: Any = real.default_number,
        globals: Any = None,
    ) -> Any:
        return Timer(stmt, setup, timer).repeat(repeat, number)

    view.Timer, view.timeit, view.repeat = Timer, timeit, repeat
    vars(view).pop("main", None)


def _attrgetter(*paths: Any) -> Any:
    if not paths:
        raise TypeError("attrgetter expected at least 1 argument, got 0")
    getters = [_path_getter(path) for path in paths]
    if len(getters) == 1:
        return getters[0]
    return lambda target, /: tuple(get(target) for get in getters)


def _path_getter(path: Any) -> Callable[[Any], Any]:
    import functools

    if not isinstance(path, str):
        raise TypeError("attribute name must be a string")
    parts = [checked_name(part) for part in str.__str__(path).split(".")]
    name = parts[0]
    if len(parts) > 1 or name in GUARDED_ATTRIBUTES or name in INTERNAL_FUNCTIONS:
        return lambda target, /: functools.reduce(read_attribute, parts, target)

    def get(target: Any, /) -> Any:  # most getters are of this form, which `sorted` calls for each item
        value = getattr(target, name)
        return read_attribute(target, name) if isinstance(value, MODULE_TYPE) else value

    return get


def _methodcaller(name: Any, /, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(name, str):
        raise TypeError("method name must be a string")
    plain = checked_name(name)
    # Never an object of the interpreter's class: `type` of it would make one that calls any method.
    return lambda target, /: read_attribute(target, plain)(*args, **kwargs)


def _set_recursion_limit(limit: Any, /) -> None:
    """Set the maximum depth of the Python interpreter stack to n."""
    number = int.__add__(operator.index(limit), 0)  # a class of the program may compare as it likes
    if number > MOST_RECURSION:
        found = number if number < 10**18 else "far more"
        raise ValueError(
            f"Cannot set the recursion limit: it must be at most {MOST_RECURSION}, it is {found}; "
            "set a smaller one, or use a loop with a list of what is left to do"
        )
    _set_depth(number)


# In the place of these, in any view. The builtins that a program does not have are in none.
LEFT_OUT = object()
_PYTHON_FUNCTION = type(restrict)
_BUILTIN_NAMES = frozenset(vars(builtins))
_SAFE_FORMS: dict[int, Any] = {
    id(value): LEFT_OUT
    for key, value in vars(builtins).items()
    if type(value) is type(len) and key not in SAFE_BUILTINS
}
_SAFE_FORMS[id(open_file)] = LEFT_OUT
_SAFE_FORMS.update({id(operator.attrgetter): _attrgetter, id(operator.methodcaller): _methodcaller})
_SAFE_FORMS[id(_set_depth)] = _set_recursion_limit

_attrgetter.__name__ = _attrgetter.__qualname__ = "attrgetter"
_methodcaller.__name__ = _methodcaller.__qualname__ = "methodcaller"
_set_recursion_limit.__name__ = _set_recursion_limit.__qualname__ = "setrecursionlimit"
