"""The end of a program, in the order of the interpreter's own end: threads, exit functions, then what is left."""

import atexit
import gc
import sys
from collections.abc import Callable
from typing import Any

from program.own_names import OWN_NAMES
from program.tracebacks import END_FILE

# In the file that the interpreter names for what happens then: a warning at the end is about "sys:1".
_STEP = compile("step()", END_FILE, "eval")


def end_program() -> None:
    """Waits for threads, calls what is registered for the exit, and finalises the objects of the program.

    Nothing may refer to the program's names any more, so that the interpreter finds its objects: it then closes the
    generators that are suspended. What these steps raise is printed and changes nothing. The program's time goes on.
    """
    end_threads(False)
    _take(atexit._run_exitfuncs)  # pyright: ignore[reportPrivateUsage]
    for name in OWN_NAMES:
        sys.modules.pop(name, None)
    _take(gc.collect)


def end_threads(is_kept: bool) -> None:
    """Waits for the program's threads, as the interpreter does at its end.

    A kept program may use its thread pools again, so their threads are left.
    """
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        _take((lambda: _join_threads(threading)) if is_kept else threading._shutdown)


def _join_threads(threading: Any) -> None:
    pools: Any = sys.modules.get("concurrent.futures.thread")
    for thread in threading.enumerate():
        if thread.daemon and isinstance(thread, threading.Timer):
            thread.cancel()  # a clock of this call must not go off in the next one
        if thread is threading.current_thread() or thread.daemon:
            continue
        if pools is None or thread not in pools._threads_queues:
            thread.join()


def _take(step: Callable[[], object]) -> None:
    try:
        eval(_STEP, {"__name__": END_FILE, "step": step})
    except BaseException as error:
        try:
            sys.excepthook(type(error), error, error.__traceback__)
        except BaseException:
            pass  # no memory is left
