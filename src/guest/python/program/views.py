"""Changes to modules of the library, because some of them evaluate a text or reach attributes by a text."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from program.attributes import checked_name, read_attribute
from program.names import GUARDED_ATTRIBUTES
from program.tracebacks import hide_in_inspect

# The class of modules, taken now: a program may put another class in the place of `types.ModuleType`.
MODULE_TYPE: type[ModuleType] = type(sys)


def restrict(name: str, view: Any, real: ModuleType) -> None:
    """Puts safe forms of some functions and classes into the view of a module."""
    if name == "timeit":
        _restrict_timeit(view, real)
    elif name == "operator":
        view.attrgetter = _attrgetter
        view.methodcaller = _methodcaller


def _forward(key: str) -> property:
    return property(lambda _: getattr(sys, key), lambda _, value: setattr(sys, key, value))


class SysView(MODULE_TYPE):
    """`sys` as a view.

    A program may put other objects in the place of these names. They take effect, because `print` and argparse look
    for them in `sys`.
    """

    stdin, stdout, stderr, argv = map(_forward, ("stdin", "stdout", "stderr", "argv"))


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
    del view.main


def _is_guarded(path: Any) -> bool:
    """Checks a dotted path of attributes. True if one of them is guarded, so that its value needs a look."""
    parts = [checked_name(part) for part in path.split(".")] if isinstance(path, str) else []
    return not GUARDED_ATTRIBUTES.isdisjoint(parts)


def _attrgetter(*paths: Any) -> Any:
    import functools
    from operator import attrgetter

    paths = tuple(str.__str__(path) if isinstance(path, str) else path for path in paths)
    if not any(map(_is_guarded, paths)):
        return attrgetter(*paths)

    def get(target: Any) -> Any:
        values = [functools.reduce(read_attribute, path.split("."), target) for path in paths]
        return values[0] if len(values) == 1 else tuple(values)

    return get


def _methodcaller(name: Any, /, *args: Any, **kwargs: Any) -> Any:
    from operator import methodcaller

    name = checked_name(name)
    if name not in GUARDED_ATTRIBUTES:
        return methodcaller(name, *args, **kwargs)
    return lambda target: read_attribute(target, name)(*args, **kwargs)
