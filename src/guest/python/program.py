"""Runs one program inside a guest's interpreter and says how it went.

Used by every engine: the container's and the local engine's runner process,
and the WebAssembly guest. It decides what a program starts with (builtins,
importable modules, inputs, files) and turns an exception into a report that
shows the program's own lines only.

What it withholds is a fence: it gives early, clear errors and makes escapes
harder. Isolation is the sandbox around this interpreter and nothing here.
"""

import ast
import builtins
import io
import json
import sys

# linecache, traceback and whatever else not every run needs is imported where it is used, and by warm().

ModuleType = type(sys)

FILENAME = "program.py"
MAX_TEXT = 16_384  # MAX_RESULT_SIZE in limits.ts

# Imported before a job is there, so that a job does not pay for them. The most wanted come first.
WARM_MODULES = (
    "linecache traceback math collections re random json string itertools functools datetime typing cmath decimal fractions statistics random itertools functools operator collections collections.abc heapq "
    "bisect array string re textwrap unicodedata json csv base64 binascii hashlib hmac zlib struct datetime calendar "
    "zoneinfo time typing dataclasses enum abc copy pprint numbers contextlib graphlib difflib uuid secrets html "
    "html.entities urllib.parse io warnings traceback timeit _strptime encodings.idna encodings.latin_1 encodings.ascii "
    "encodings.utf_16 encodings.utf_32 encodings.utf_8_sig encodings.cp1252"
).split()

SAFE_BUILTINS = (
    # Document 003's get_safe_builtins() ...
    "print len str int float list dict set tuple bool type isinstance issubclass enumerate zip map filter sorted "
    "reversed range min max sum abs round any all pow divmod chr ord hex bin oct repr ascii format hash id iter next "
    "slice callable bytes bytearray memoryview complex object super property staticmethod classmethod "
    # ... and what ordinary programs need besides.
    "frozenset aiter anext dir Ellipsis NotImplemented True False None __debug__"
).split()

# Attributes that lead from an ordinary object to the interpreter; withheld from the run-time forms of attribute access.
ESCAPE_ATTRIBUTES = frozenset(
    "__subclasses__ __bases__ __base__ __mro__ mro __globals__ __builtins__ __code__ __closure__ __func__ __self__ __loader__ "
    "__spec__ __import__ __getattribute__ __reduce__ __reduce_ex__ __traceback__ gi_frame gi_code cr_frame cr_code "
    "ag_frame ag_code f_back f_globals f_locals f_builtins f_code tb_frame tb_next func_globals".split()
)

# Names that the interpreter must find among the builtins and a program must not.
HIDDEN_NAMES = frozenset(["__import__", "__build_class__", "__builtins__", "__loader__", "__spec__"])

# `io` opens files, `timeit` compiles strings: only these names of the module are shown, or all but those.
ONLY_NAMES = {
    "io": frozenset(
        "StringIO BytesIO TextIOWrapper BufferedReader BufferedWriter BufferedRandom BufferedRWPair IOBase RawIOBase "
        "BufferedIOBase TextIOBase IncrementalNewlineDecoder UnsupportedOperation SEEK_SET SEEK_CUR SEEK_END "
        "DEFAULT_BUFFER_SIZE".split()
    ),
}


def warm(is_wanted=lambda: False):
    """Imports what programs import, until somebody wants the interpreter."""
    for name in WARM_MODULES:
        if is_wanted():
            return
        __import__(name)


def rehearse():
    """Runs a small program for nobody: the first touch of a page that is shared with the supervisor costs more than the work."""
    keep = sys.stdout, sys.stderr, sys.modules["__main__"]
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", line_buffering=True)
    surface = {"builtins": "safe", "modules": ["math"], "hint": ""}
    code = "import math\ndef f(n):\n    return [n] * 9\nprint(f(1), {})\n1 + 1"
    job = json.loads(json.dumps({"code": code, "inputs": {}, "surface": surface}))
    json.dumps(run(job, {}))
    sys.stdout, sys.stderr, sys.modules["__main__"] = keep


def open_streams():
    """Gives the program fresh text streams on descriptors 1 and 2. A line is out as soon as it is printed."""
    sys.stdin = open(0, "r", encoding="utf-8", errors="replace", closefd=False)
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw = open(descriptor, "wb", buffering=65_536, closefd=False)
        stream = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="\n", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def flush_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass  # the program closed it, or its reader is gone


def run(job, files):
    """Runs the program of `job`; `files` maps names to bytes. Returns the report, a dict of JSON values."""
    source = job["code"]
    surface = job["surface"]
    is_safe = surface["builtins"] == "safe"
    try:
        body, last = _compile(source, is_safe)
    except BaseException as error:
        return _failed(error, source)
    if job.get("compile_only"):
        return {"exit_code": 0, "error": None, "result": None, "out_of_memory": False}

    main = ModuleType("__main__")
    sys.modules["__main__"] = main  # dataclasses, typing and enum look their class's module up
    namespace = main.__dict__
    namespace["inputs"] = job["inputs"]
    namespace["files"] = {name: _text_or_bytes(content) for name, content in files.items()}
    namespace.update((name, value) for name, value in job["inputs"].items() if name.isidentifier())
    namespace["__name__"] = "__main__"
    namespace["__builtins__"] = _builtins(surface) if is_safe or surface["modules"] != "all" else builtins

    result = None
    reserve = bytearray(262_144)  # to report with, once the program has used up all the rest
    try:
        exec(body, namespace)
        if last is not None:
            value = eval(last, namespace)
            if value is not None:
                result = _cut(repr(value))
            del value
        _end_threads()
    except BaseException as error:
        del reserve
        return _failed(error, source)
    return {"exit_code": 0, "error": None, "result": result, "out_of_memory": False}


def source_lines(source):
    """Splits as the interpreter does; str.splitlines() also splits at form feeds and the like."""
    return [line + "\n" for line in source.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def show_lines(source):
    """Lets tracebacks find the program's lines, and returns them."""
    import linecache

    lines = source_lines(source)
    linecache.cache[FILENAME] = (len(source), None, lines, FILENAME)
    return lines


def where(frame, source):
    """Describes the place that the program had reached, for a run that was stopped; None if it is in none of its lines."""
    import traceback

    lines = show_lines(source)
    stack = traceback.StackSummary.extract(traceback.walk_stack(frame))
    stack = [entry for entry in reversed(stack) if entry.filename == FILENAME]
    if not stack:
        return None
    text = "Stopped here (most recent call last):\n" + "".join(traceback.format_list(stack))
    return {"line": stack[-1].lineno, "column": _column(stack[-1], lines), "traceback": _cut(text)}


def _compile(source, is_safe):
    """Compiles the program as its statements and, apart, its last expression."""
    tree = ast.parse(source, FILENAME)
    if is_safe and "__" in source:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in HIDDEN_NAMES:
                # No identifier can hold this character, so the name is not found; it does not show in the error's text.
                node.id += "\u2060"
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    body = compile(tree, FILENAME, "exec", dont_inherit=True)
    if last is not None:
        futures = body.co_flags & 0x1FF0000  # the CO_FUTURE_* flags hold for the last expression too
        last = compile(last, FILENAME, "eval", flags=futures, dont_inherit=True)
    return body, last


def _builtins(surface):
    table = dict(SAFE_TABLE if surface["builtins"] == "safe" else vars(builtins))
    table["__import__"] = builtins.__import__ if surface["modules"] == "all" else _importer(surface)
    return table


def _safe_table():
    """Builds the table once for the interpreter; each run gets a copy."""
    table = {name: getattr(builtins, name) for name in SAFE_BUILTINS if hasattr(builtins, name)}
    for name, value in vars(builtins).items():
        if isinstance(value, type) and issubclass(value, BaseException):
            table[name] = value
    table.update(
        getattr=_guard(getattr), hasattr=_guard(hasattr), setattr=_guard(setattr), delattr=_guard(delattr),
        vars=_vars, exit=_exit, quit=_exit,
    )
    table["__build_class__"] = builtins.__build_class__
    return table


def _guard(access):
    def guarded(target, name, *rest):
        if isinstance(name, str) and str.__str__(name) in ESCAPE_ATTRIBUTES:
            raise AttributeError(f"Attribute {name!r} cannot be reached in this sandbox")
        return access(target, name, *rest)

    guarded.__name__ = guarded.__qualname__ = access.__name__
    return guarded


def _vars(target):
    return vars(target)


_vars.__name__ = _vars.__qualname__ = "vars"


def _exit(code=None):
    raise SystemExit(code)


_exit.__name__ = _exit.__qualname__ = "exit"


def _importer(surface):
    """Returns the `__import__` of a program: it knows the allowed modules, each as a view without what re-exports power."""
    allowed, packages, views = set(), set(), {}

    def view(name):
        if name not in views:
            __import__(name)
            views[name] = shown = ModuleType(name, sys.modules[name].__doc__)
            fill(shown, name, sys.modules[name])
        return views[name]

    def fill(shown, name, real):
        only = ONLY_NAMES.get(name)
        for key in dir(real):
            if key.startswith("_") and key not in ("__all__", "__version__"):
                continue
            if only is not None and key not in only:
                continue
            value = getattr(real, key, None)
            if isinstance(value, ModuleType):
                if value.__name__ in allowed and value.__name__.rpartition(".")[0] == name:
                    setattr(shown, key, view(value.__name__))
            else:
                setattr(shown, key, value)
        if name == "timeit":
            _restrict_timeit(shown)
        elif name == "operator":
            shown.attrgetter = _attrgetter
            shown.methodcaller = _methodcaller

    def import_(name, globals=None, locals=None, fromlist=(), level=0):
        if not allowed:  # the first import; many programs have none
            allowed.update(surface["modules"])
            packages.update(name.rpartition(".")[0] for name in allowed)
            packages.discard("")
        if level > 0:
            raise ImportError("Cannot import relative to this program: it is not part of a package")
        if name not in allowed and name not in packages:
            raise ImportError(f"Cannot import {name!r}: {surface['hint']}", name=name)
        if fromlist:
            module = view(name)
            for member in fromlist:
                if f"{name}.{member}" in allowed:
                    setattr(module, member, view(f"{name}.{member}"))
                elif member != "*" and not hasattr(module, member) and hasattr(sys.modules[name], member):
                    raise ImportError(f"Cannot import {member!r} from {name!r}: {surface['hint']}", name=f"{name}.{member}")
            return module
        parts = name.split(".")
        for depth in range(1, len(parts)):
            setattr(view(".".join(parts[:depth])), parts[depth], view(".".join(parts[: depth + 1])))
        return view(parts[0])

    import_.__name__ = import_.__qualname__ = "__import__"
    return import_


def _restrict_timeit(shown):
    import timeit as real

    def function_only(statement):
        if not callable(statement):
            raise TypeError("timeit takes a function in this sandbox: code in a string is not compiled")
        return statement

    class Timer(real.Timer):
        def __init__(self, stmt, setup=None, timer=real.default_timer, globals=None):
            super().__init__(function_only(stmt), (lambda: None) if setup is None else function_only(setup), timer)

    def timeit(stmt, setup=None, timer=real.default_timer, number=real.default_number, globals=None):
        return Timer(stmt, setup, timer).timeit(number)

    def repeat(stmt, setup=None, timer=real.default_timer, repeat=real.default_repeat, number=real.default_number, globals=None):
        return Timer(stmt, setup, timer).repeat(repeat, number)

    shown.Timer, shown.timeit, shown.repeat = Timer, timeit, repeat
    del shown.main


def _checked_path(path):
    for part in path.split(".") if isinstance(path, str) else ():
        if part in ESCAPE_ATTRIBUTES:
            raise AttributeError(f"Attribute {part!r} cannot be reached in this sandbox")
    return path


def _attrgetter(*paths):
    from operator import attrgetter

    return attrgetter(*map(_checked_path, paths))


def _methodcaller(name, /, *args, **kwargs):
    from operator import methodcaller

    return methodcaller(_checked_path(name), *args, **kwargs)


def _text_or_bytes(content):
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content


def _end_threads():
    """Waits for the program's threads, as the interpreter does at its own end."""
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()


def _failed(error, source):
    """Turns the exception that ended the program into a report."""
    if isinstance(error, SystemExit):
        code = error.code
        if code is None or code == 0:
            return {"exit_code": 0, "error": None, "result": None, "out_of_memory": False}
        if not isinstance(code, int):
            print(code, file=sys.stderr)
        exit_code = (code & 0xFF) if isinstance(code, int) else 1
        if exit_code == 0:
            exit_code = 1  # 256 is a failure, whatever eight bits of it say
    else:
        exit_code = 1
    out_of_memory = isinstance(error, MemoryError) and not _was_raised_by_program(error)
    if out_of_memory:
        exit_code = 137  # what the kernel's own out-of-memory kill looks like
    described = _describe(error, source)
    described["type"] = _cut(described["type"])
    described["message"] = _cut(described["message"])
    return {"exit_code": exit_code, "error": described, "result": None, "out_of_memory": out_of_memory}


# Where an exception that the program made itself can come to light: at a raise, or in a generator that it was thrown into.
RAISED = ("RAISE_VARARGS", "RERAISE", "YIELD_VALUE", "RESUME", "SEND")


def _was_raised_by_program(error):
    """True for a MemoryError that the program raised, false when an operation of the interpreter ran out."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None or step.tb_frame.f_code.co_filename != FILENAME:
        return False
    import opcode

    return opcode.opname[step.tb_frame.f_code.co_code[step.tb_lasti]] in RAISED


def _describe(error, source):
    kind = type(error).__qualname__
    try:
        return _describe_fully(error, kind, source)
    except BaseException as failure:  # no memory left, or an exception class of the program's that fails when it is looked at
        message = f"<{type(failure).__name__} while it was shown>"
        return {"type": kind, "message": message, "line": _last_line(error), "column": None, "traceback": f"{kind}: {message}"}


def _describe_fully(error, kind, source):
    import traceback

    lines = show_lines(source)
    if isinstance(error, SyntaxError) and error.filename == FILENAME:
        text = "".join(traceback.format_exception_only(error)).replace("\u2060", "")
        column = error.offset if error.offset and error.offset > 0 else None
        return {"type": kind, "message": str(error.msg), "line": error.lineno, "column": column, "traceback": _cut(text)}
    told = traceback.TracebackException.from_exception(error)
    frames = _own_frames(told, set())
    place = frames[-1] if frames else None
    return {
        "type": kind,
        "message": str(told).replace("\u2060", ""),
        "line": place.lineno if place else None,
        "column": _column(place, lines) if place else None,
        "traceback": _cut("".join(told.format()).replace("\u2060", "")),
    }


def _last_line(error):
    """The innermost line of the program that the exception went through."""
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == FILENAME:
            line = step.tb_lineno
        step = step.tb_next
    return line


def _own_frames(told, seen):
    """Drops every frame that is not the program's, in the exception and all it is chained to; returns the outermost's."""
    if told is None or id(told) in seen:
        return []
    seen.add(id(told))
    own = [frame for frame in told.stack if frame.filename == FILENAME]
    told.stack[:] = own
    for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
        _own_frames(other, seen)
    return own


def _column(frame, lines):
    """1-based column in characters; the interpreter counts UTF-8 bytes."""
    if frame.colno is None or frame.lineno is None or not 0 < frame.lineno <= len(lines):
        return None
    return len(lines[frame.lineno - 1].encode("utf-8", "surrogatepass")[: frame.colno].decode("utf-8", "ignore")) + 1


def _cut(text):
    """Shortens `text` to MAX_TEXT bytes without splitting a character."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= MAX_TEXT:
        return data.decode("utf-8")
    return data[: MAX_TEXT - 3].decode("utf-8", "ignore") + "..."


SAFE_TABLE = _safe_table()
