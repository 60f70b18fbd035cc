"""Keeps the guest's own frames out of all that a program can print about its stack, and finds the program's lines.

A program runs a few calls deep in the guest's own functions, and some functions that it calls are the guest's. Without
this the guest's file names and lines would be in its tracebacks, warnings and logs.
"""

import _imp
import _thread
import linecache
import sys
import traceback
import warnings
from types import FrameType, ModuleType
from typing import Any

from program.names import HIDING_MARK
from program.sources import SOURCES, source_lines

# The file name of the guest's own code. The interpreter and `logging` skip frames of files with these two words when
# they look for the line that a warning or a message is about. The brackets keep `linecache` from looking for a file.
OWN_FILE = "<sandbox importlib._bootstrap>"
# The interpreter names this file, line 1, for what happens after the last line of a program.
END_FILE = "sys"

_HIDDEN = (OWN_FILE, END_FILE, "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")


def hide_code(frame: FrameType | None, depth: int = 1) -> None:
    """Renames the file of the code that runs in `frame` and in the frames below it, and of all functions in it."""
    rename: Any = getattr(_imp, "_fix_co_filename", None)
    while frame is not None and depth > 0 and rename is not None:
        rename(frame.f_code, OWN_FILE)
        frame, depth = frame.f_back, depth - 1


def announce_lines(filename: str) -> None:
    """Tells `linecache` of a program. It asks for the lines when it needs them."""
    _sources.cache[filename] = (None,)


def keep_lines(filename: str) -> list[str]:
    """Puts the lines of a program where tracebacks look for them."""
    lines = source_lines(SOURCES[filename])
    _sources.cache[filename] = (len(SOURCES[filename]), None, lines, filename)
    return lines


def hide_frames() -> None:
    """Changes the library so that tracebacks have the program's frames and lines only. It is called once."""
    summary: Any = traceback.StackSummary
    extract: Any = summary._extract_from_extended_frame_gen.__func__

    def extract_shown(klass: Any, frames: Any, **options: Any) -> Any:
        return extract(klass, (one for one in frames if _is_shown(one[0])), **options)

    def walk_stack(f: Any) -> Any:
        start = sys._getframe(1) if f is None else f  # pyright: ignore[reportPrivateUsage]
        return filter(lambda one: _is_shown(one[0]), original_stack(start))

    def walk_tb(tb: Any) -> Any:
        return filter(lambda one: _is_shown(one[0]), original_tb(tb))

    def updatecache(filename: Any, module_globals: Any = None) -> Any:
        return keep_lines(filename) if filename in SOURCES else original_update(filename, module_globals)

    original_stack, original_tb, original_update = traceback.walk_stack, traceback.walk_tb, linecache.updatecache
    summary._extract_from_extended_frame_gen = classmethod(extract_shown)
    library: Any = traceback
    library.walk_stack, library.walk_tb = walk_stack, walk_tb
    suggest: Any = getattr(library, "_compute_suggestion_error", None)

    def suggest_shown(*given: Any) -> Any:
        found = suggest(*given)
        return None if found is None or HIDING_MARK in found else found

    if suggest is not None:
        library._compute_suggestion_error = suggest_shown
    library = linecache
    library.updatecache = updatecache
    _replace_hooks()


def hide_in_inspect(inspect: Any) -> None:
    """Changes `inspect` so that its lists of frames have no frame of the guest."""

    def shown(get: Any) -> Any:
        def get_shown(*args: Any, **options: Any) -> Any:
            return [one for one in get(*args, **options) if one.filename not in _HIDDEN]

        get_shown.__name__ = get_shown.__qualname__ = get.__name__
        return get_shown

    inspect.getouterframes, inspect.getinnerframes = map(shown, (inspect.getouterframes, inspect.getinnerframes))


def _is_shown(frame: FrameType) -> bool:
    return frame.f_code.co_filename not in _HIDDEN


def _replace_hooks() -> None:
    """Puts other functions in the place of those that print an exception which nothing has caught.

    Those of the interpreter look for the lines in a file, and the program is in none.
    """
    hooks: Any = sys
    hooks.excepthook = hooks.__excepthook__ = _excepthook
    hooks.unraisablehook = hooks.__unraisablehook__ = _unraisablehook
    threads: Any = _thread
    threads._excepthook = _thread_excepthook
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        threading.excepthook = threading.__excepthook__ = _thread_excepthook


def _excepthook(exctype: Any, value: Any, traceback: Any, /) -> None:
    """Handle an exception by displaying it with a traceback on sys.stderr."""
    if sys.stderr is not None:
        _show.print_exception(exctype, value, traceback)


_excepthook.__name__ = _excepthook.__qualname__ = "excepthook"


def _unraisablehook(unraisable: Any, /) -> None:
    """Handle an unraisable exception."""
    if sys.stderr is None:
        return
    title = unraisable.err_msg or "Exception ignored in"
    if unraisable.object is not None:
        try:
            title += f": {unraisable.object!r}"
        except Exception:
            title += ": <object repr() failed>"
    else:
        title += ":"
    print(title, file=sys.stderr)
    _show.print_exception(unraisable.exc_type, unraisable.exc_value, unraisable.exc_traceback, chain=False)


_unraisablehook.__name__ = _unraisablehook.__qualname__ = "unraisablehook"


def _thread_excepthook(args: Any, /) -> None:
    """Handle uncaught Thread.run() exception."""
    stream = sys.stderr or (args.thread and args.thread._stderr)
    if args.exc_type is SystemExit or stream is None:
        return
    name = _thread.get_ident() if args.thread is None else args.thread.name
    print(f"Exception in thread {name}:", file=stream, flush=True)
    _show.print_exception(args.exc_type, args.exc_value, args.exc_traceback, file=stream)
    stream.flush()


_thread_excepthook.__name__ = _thread_excepthook.__qualname__ = "excepthook"

# The modules, kept because a program may take them out of `sys.modules`. `warnings` shows the lines of a warning only
# if it has been imported.
_sources: Any = linecache
_show: Any = traceback
_warnings: ModuleType = warnings
hide_code(sys._getframe())  # pyright: ignore[reportPrivateUsage]
