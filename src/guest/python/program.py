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
WORKSPACE = "/workspace"  # where files lie, wherever that really is
MAX_TEXT = 16_384  # MAX_RESULT_SIZE in limits.ts

# Imported before a job is there, so that a job does not pay for them. The most wanted come first.
WARM_MODULES = (
    "linecache traceback math collections re random json string itertools functools datetime typing cmath decimal fractions statistics random itertools functools operator collections collections.abc heapq "
    "bisect array string re textwrap unicodedata json csv base64 binascii hashlib hmac zlib struct datetime calendar "
    "zoneinfo time typing dataclasses enum abc copy pprint numbers contextlib graphlib difflib uuid secrets html "
    "html.entities urllib.parse io warnings traceback timeit _strptime encodings.idna encodings.latin_1 encodings.ascii "
    "encodings.utf_16 encodings.utf_32 encodings.utf_8_sig encodings.cp1252"
).split()

# The same of the data-science image, where each costs a tenth of a second to a whole one. What comes with the larger
# ones is named before them, so that a job has less to wait for.
WARM_PACKAGES = (
    "numpy pytz dateutil.tz dateutil.parser pandas pyparsing PIL.Image matplotlib matplotlib.font_manager matplotlib.figure "
    "matplotlib.pyplot matplotlib.backends.backend_agg PIL.PngImagePlugin"
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

# `io` opens files, `sys` leads everywhere, `importlib` imports: of these modules only these names are shown.
ONLY_NAMES = {
    "io": frozenset(
        "StringIO BytesIO TextIOWrapper BufferedReader BufferedWriter BufferedRandom BufferedRWPair IOBase RawIOBase "
        "BufferedIOBase TextIOBase IncrementalNewlineDecoder UnsupportedOperation SEEK_SET SEEK_CUR SEEK_END "
        "DEFAULT_BUFFER_SIZE".split()
    ),
    "sys": frozenset(
        "maxsize maxunicode version version_info hexversion byteorder float_info int_info hash_info thread_info exit getsizeof "
        "getrecursionlimit setrecursionlimit intern platform implementation float_repr_style getrefcount copyright api_version "
        "getdefaultencoding getfilesystemencoding stdlib_module_names builtin_module_names get_int_max_str_digits "
        "exc_info flags executable prefix".split()
    ),
    "importlib": frozenset(),
}

# Spellings of the mode in which a file is only read.
READING = frozenset(["r", "rb", "br", "rt", "tr"])

# How a program gets a module.
AS_IT_IS, VIEW, PACKAGE = "as it is", "a view", "a package that only leads to modules below it"


def warm(is_wanted=lambda: False, names=WARM_MODULES):
    """Imports what programs import, until somebody wants the interpreter. Returns whether that is all done."""
    for name in names:
        if is_wanted():
            return False
        __import__(name)
    return True


def rehearse():
    """Runs a small program for nobody: the first touch of a page that is shared with the supervisor costs more than the work."""
    keep = sys.stdout, sys.stderr, sys.modules["__main__"]
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", line_buffering=True)
    guest_policy = {"builtins": "safe", "modules": ["math"], "withheld": [], "reads": False, "hint": ""}
    code = "import math\ndef f(n):\n    return [n] * 9\nprint(f(1), {})\n1 + 1"
    job = json.loads(json.dumps({"code": code, "inputs": {}, "guest_policy": guest_policy}))
    json.dumps(run(job))
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
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):  # the last two if it has put others in their place
        try:
            stream.flush()
        except BaseException:
            pass  # the program closed it, or its reader is gone


def run(job, workspace="/workspace", failure=None):
    """Runs the program of `job`, whose files lie below `workspace`. Returns the report, a dict of JSON values.

    `failure` is what went wrong with placing the files: the program is then not run. With `keep`, what the program
    makes is there for the next job.
    """
    global kept
    program = kept or Program(job["guest_policy"], workspace)
    if job.get("keep"):
        kept = program
    filename = program.begin(job["code"])
    try:
        program.give(job)
        if failure is not None:
            raise failure
        body, last = _compile(job["code"], filename, job["guest_policy"])
    except BaseException as error:
        return _failed(error)
    if job.get("compile_only"):
        return {"exit_code": 0, "error": None, "result": None, "out_of_memory": False}

    result = None
    reserve = bytearray(262_144)  # to report with, once the program has used up all the rest
    try:
        exec(body, program.scope())
        if last is not None:
            value = eval(last, program.scope())
            if value is not None:
                result = _cut(repr(value))
            del value
        _end_threads(program is kept)
    except BaseException as error:
        del reserve
        return _failed(error)
    return {"exit_code": 0, "error": None, "result": result, "out_of_memory": False}


class Program:
    """What a program finds around it, and what it has made; that of a kept guest is there for the next job."""

    def __init__(self, guest_policy, workspace):
        self.workspace = workspace
        self.inputs = {}
        self.files = Files()
        self.runs = 0
        self.has_directory = False
        self.main = ModuleType("__main__")
        sys.modules["__main__"] = self.main  # dataclasses, typing and enum look their class's module up
        sys.argv = [""]  # those of the guest are no business of argparse and unittest
        self.namespace = self.main.__dict__
        self.namespace["__name__"] = "__main__"
        self.builtins = _builtins(guest_policy, self)

    def begin(self, source):
        """Returns the name under which this source is known: a function of an earlier job keeps its lines."""
        self.runs += 1
        if self.runs == 1:
            SOURCES.clear()
        filename = FILENAME if self.runs == 1 else f"program_{self.runs}.py"
        SOURCES[filename] = source
        return filename

    def scope(self):
        """The names that a part of the program starts with. Without builtins of its own `exec` would put the interpreter's there."""
        self.namespace["__builtins__"] = self.builtins
        return self.namespace

    def give(self, job):
        """Makes variables of the inputs and files of a job."""
        inputs = {name: Text(value, "utf-8") if type(value) is bytes else value for name, value in job["inputs"].items()}
        if type(inputs.get("context")) is str:
            inputs["context"] = Text(inputs["context"])
        self.inputs = {**self.inputs, **inputs}
        for file in job.get("files", ()):
            self.files.add(file["name"], f"{self.workspace}/{file['path']}")
        self.namespace.update(inputs=self.inputs, files=self.files)
        self.namespace.update((name, value) for name, value in inputs.items() if name.isidentifier())
        if not self.has_directory and job.get("directory") is not None:
            import os

            self.has_directory = True
            directory = f"{self.workspace}/{job['directory']}"
            os.makedirs(directory, exist_ok=True)
            os.chdir(directory)

    def place_of(self, file):
        """The path to open for what a program names a file by: one that it was given can be far from where it is."""
        name = file.__fspath__() if hasattr(type(file), "__fspath__") else file
        if type(name) is not str:
            return file
        given = self.files.place_of(name.removeprefix("./"))
        if given is not None and not _exists(name):
            return given
        if self.workspace != WORKSPACE and name.startswith(WORKSPACE + "/"):
            return self.workspace + name[len(WORKSPACE) :]
        return file


kept = None  # the Program of a guest that is kept
SOURCES = {}  # by the names of their files, in the order in which they came: every job's program


def _exists(path):
    import os

    return os.path.exists(path)


class Text(str):
    """A text, and cheap ways to look at parts of it. Lines count from 1."""

    def lines(self, first=1, last=None):
        """The lines from `first` to `last`, both included, without their ends."""
        starts = self._line_starts()
        last = len(starts) - 1 if last is None else min(_whole(last, 0, "last"), len(starts) - 1)
        parts = (self[starts[at - 1] : starts[at]] for at in range(_whole(first, 1, "first"), last + 1))
        return [part[:-1].removesuffix("\r") if part.endswith("\n") else part for part in parts]

    def chunks(self, size, overlap=0):
        """The text in pieces of `size` characters, each of which repeats the last `overlap` of the one before."""
        if _whole(overlap, 0, "overlap") >= _whole(size, 1, "size"):
            raise ValueError(f"overlap must be less than size, which is {size}, it is {overlap}")
        return [self[at : at + size] for at in range(0, max(len(self) - overlap, min(len(self), 1)), size - overlap)]

    def search(self, pattern, limit=10):
        """The first `limit` matches of a regular expression, each a dict of its `line`, `start`, `end` and `text`."""
        import bisect
        import re

        found = []
        starts = self._line_starts()
        for match in re.compile(pattern).finditer(self):
            if len(found) >= _whole(limit, 0, "limit"):
                break
            line = bisect.bisect_right(starts, match.start(), hi=max(len(starts) - 1, 1))
            found.append({"line": line, "start": match.start(), "end": match.end(), "text": match.group()})
        return found

    def _line_starts(self):
        """Where each line starts, and where the text ends; found once."""
        starts = self.__dict__.get("starts")
        if starts is None:
            starts, at = [0], self.find("\n") + 1
            while at > 0:
                starts.append(at)
                at = self.find("\n", at) + 1
            if starts[-1] < len(self):
                starts.append(len(self))
            self.__dict__["starts"] = starts
        return starts


def _whole(value, least, name):
    if type(value) is not int:
        raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, it is {value}")
    return value


class Files(dict):
    """The files that a program was given, by their names: text, or bytes where it is none. Each is read when it is first asked for."""

    def __init__(self):
        self._places = {}

    def add(self, name, place):
        self._places[name] = place
        dict.__setitem__(self, name, UNREAD)

    def place_of(self, name):
        return self._places.get(name)

    def __getitem__(self, name):
        content = dict.__getitem__(self, name)
        if content is UNREAD:
            with builtins.open(self._places[name], "rb") as file:
                content = file.read()
            try:
                content = Text(content, "utf-8")
            except UnicodeDecodeError:
                pass
            dict.__setitem__(self, name, content)
        return content

    def get(self, name, default=None):
        return self[name] if name in self else default

    def __iter__(self):
        # Without one of its own, dict(files) would take the values past __getitem__.
        return dict.__iter__(self)


UNREAD = object()


def _reads_all(method):
    def after_reading(self, *args, **options):
        for name in dict.keys(self):
            self[name]
        return method(self, *args, **options)

    after_reading.__name__ = method.__name__
    return after_reading


for _name in ("items", "values", "copy", "pop", "popitem", "setdefault", "__repr__", "__eq__", "__ne__", "__or__", "__ror__"):
    setattr(Files, _name, _reads_all(getattr(dict, _name)))


def source_lines(source):
    """Splits as the interpreter does; str.splitlines() also splits at form feeds and the like."""
    return [line + "\n" for line in source.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def show_lines():
    """Lets tracebacks find the programs' lines, and returns the present one's name and lines."""
    import linecache

    for filename, source in SOURCES.items():
        lines = source_lines(source)
        linecache.cache[filename] = (len(source), None, lines, filename)
    return filename, lines


def where(frame):
    """Describes the place that the program had reached, for a run that was stopped; None if it is in none of its lines."""
    import traceback

    filename, lines = show_lines()
    stack = traceback.StackSummary.extract(traceback.walk_stack(frame))
    stack = [entry for entry in reversed(stack) if entry.filename in SOURCES]
    if not stack:
        return None
    text = "Stopped here (most recent call last):\n" + "".join(traceback.format_list(stack))
    return {**_place(stack, filename, lines), "traceback": _cut(text)}


def _place(stack, filename, lines):
    """The innermost place in the present program, in whatever it has called."""
    own = [entry for entry in stack if entry.filename == filename]
    return {"line": own[-1].lineno if own else None, "column": _column(own[-1], lines) if own else None}


def _compile(source, filename, guest_policy):
    """Compiles the program as its statements and, apart, its last expression."""
    tree = ast.parse(source, filename)
    if guest_policy["builtins"] == "safe" and "__" in source:
        hidden = HIDDEN_NAMES.difference(guest_policy.get("opened", ()))
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in hidden:
                # No identifier can hold this character, so the name is not found; it does not show in the error's text.
                node.id += "\u2060"
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    body = compile(tree, filename, "exec", dont_inherit=True)
    if last is not None:
        futures = body.co_flags & 0x1FF0000  # the CO_FUTURE_* flags hold for the last expression too
        last = compile(last, filename, "eval", flags=futures, dont_inherit=True)
    return body, last


def _builtins(guest_policy, program):
    """Makes the builtins of one program, as a copy: what it changes there changes nothing of ours."""
    if guest_policy["builtins"] == "safe":
        table = own = dict(SAFE_TABLE)
        opened = guest_policy.get("opened", ())
        table.update((name, value) for name, value in _own_names(program) if name in opened)
        if guest_policy["reads"]:
            table["open"] = (_opener if "open" in opened else _reader)(program)
    else:
        own = ModuleType("builtins", builtins.__doc__)
        table = own.__dict__
        table.update(vars(builtins), exit=_exit, quit=_exit)
        if guest_policy["reads"]:
            table["open"] = _opener(program)
        else:
            del table["open"]
    table["__import__"] = _importer(guest_policy, own)
    return own


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
    found = vars(target)
    if isinstance(found, dict):
        return found
    # Of a class: its members, and not the descriptors by which every class leads to all others.
    return {name: value for name, value in found.items() if name not in ESCAPE_ATTRIBUTES}


_vars.__name__ = _vars.__qualname__ = "vars"


def _exit(code=None):
    raise SystemExit(code)


_exit.__name__ = _exit.__qualname__ = "exit"


def _own_names(program):
    """`globals` and `locals` of a REPL. Those of the interpreter mean whoever calls them, and a library can be made to."""

    def globals():
        return program.namespace

    def locals():
        frame = sys._getframe(1)
        return frame.f_locals if frame.f_globals is program.namespace else program.namespace

    globals.__qualname__, locals.__qualname__ = "globals", "locals"
    return ("globals", globals), ("locals", locals)


def _reader(program):
    """Returns an `open` that reads."""

    def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        if type(mode) is not str:
            raise TypeError(f"open() argument 'mode' must be str, not {type(mode).__name__}")
        if hasattr(type(file), "__fspath__"):
            file = file.__fspath__()
        if opener is not None or type(file) not in (str, bytes):
            raise PermissionError("Cannot open a file other than by its name: the policy gives reading only")
        if not set(mode) <= set("rbt"):
            raise PermissionError(f"Cannot open {file!r} with mode {mode!r}: the policy gives reading only")
        if encoding is None and "b" not in mode:
            encoding = "utf-8"
        return builtins.open(program.place_of(file), mode, buffering, encoding, errors, newline)

    open.__qualname__ = "open"
    return open


def _opener(program):
    """Returns the interpreter's `open`, which finds what the program was given by the name that `files` has for it."""

    def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        if opener is None and not set(mode) & set("wax+"):
            file = program.place_of(file)
        return builtins.open(file, mode, buffering, encoding, errors, newline, closefd, opener)

    open.__qualname__ = "open"
    return open


def _is_within(name, tops):
    """True if `name` is one of these modules or lies below one."""
    while name not in tops:
        name = name.rpartition(".")[0]
        if not name:
            return False
    return True


def _importer(guest_policy, own):
    """Returns the `__import__` of a program whose builtins are `own`. Only the program's own imports come to it: a library's
    modules have the interpreter's builtins."""
    modules = None

    def import_(name, globals=None, locals=None, fromlist=(), level=0):
        nonlocal modules
        if modules is None:  # the first import; many programs have none
            modules = Modules(guest_policy, own, import_)
        if level > 0:
            raise ImportError("Cannot import relative to this program: it is not part of a package")
        return modules.find(name, fromlist)

    import_.__name__ = import_.__qualname__ = "__import__"
    return import_


class Modules:
    """The modules that a program may have, each as a view without what re-exports power or, where the policy says so, as it is."""

    def __init__(self, guest_policy, own, import_):
        self.guest_policy, self.own, self.import_ = guest_policy, own, import_
        self.views = {}
        self.is_open = guest_policy["modules"] == "all"
        self.withheld = frozenset(guest_policy["withheld"])
        self.exempt = frozenset(guest_policy.get("exempt", ()))
        self.packages = {name.rpartition(".")[0] for name in self.exempt}
        if self.is_open:
            if isinstance(own, ModuleType):
                self.views["builtins"] = own
            return
        self.allowed = set(guest_policy["modules"])
        starred = [name for name in self.allowed if name.endswith(".*")]
        self.whole = {name[:-2] for name in starred}
        if starred:
            self.allowed = {name for name in self.allowed if not _is_within(name, self.whole)}
        for name in (*self.allowed, *self.whole):
            while "." in name:
                name = name.rpartition(".")[0]
                self.packages.add(name)

    def is_withheld(self, name):
        """True if the longest of the names that say something of this module withholds it."""
        while name and name not in self.exempt:
            if name in self.withheld:
                return True
            name = name.rpartition(".")[0]
        return False

    def way(self, name):
        """How the program gets the module of that name, or None."""
        if self.withheld and self.is_withheld(name):
            return PACKAGE if name in self.packages else None
        if self.is_open:
            return AS_IT_IS
        if name in self.allowed:
            return VIEW
        if self.whole and _is_within(name, self.whole):
            return AS_IT_IS
        return PACKAGE if name in self.packages else None

    def find(self, name, fromlist):
        """What `__import__` returns."""
        way = self.way(name)
        if way is None:
            # A function in C that the program called imports this way, with an empty list (`strptime` does). It takes the
            # module from sys.modules, whatever is returned here.
            if type(fromlist) is list and not fromlist:
                __import__(name)
                return None
            self.refuse(name, f"Cannot import {name!r}")
        shown = self.show(name)
        if fromlist:
            if way is AS_IT_IS:
                for member in fromlist:
                    if self.way(f"{name}.{member}") is None:
                        self.refuse(f"{name}.{member}", f"Cannot import {member!r} from {name!r}")
                __import__(name, None, None, fromlist)  # what is below it and not imported yet
                return shown
            for member in fromlist:
                if self.way(f"{name}.{member}") is not None:
                    setattr(shown, member, self.show(f"{name}.{member}"))
                elif member != "*" and not hasattr(shown, member) and (hasattr(sys.modules[name], member) or _is_module(f"{name}.{member}")):
                    self.refuse(f"{name}.{member}", f"Cannot import {member!r} from {name!r}")
            return shown
        while "." in name:
            name, _, last = name.rpartition(".")
            below, shown = shown, self.show(name)
            if self.way(name) is not AS_IT_IS:
                setattr(shown, last, below)
        return shown

    def refuse(self, name, message):
        raise ImportError(f"{message}: {self.guest_policy['hint']}", name=name)

    def show(self, name):
        """The module as the program gets it."""
        if name in self.views:
            return self.views[name]
        __import__(name)
        real = sys.modules[name]
        if name in SETTLE:
            SETTLE.pop(name)(real)
        way = self.way(name)
        if way is AS_IT_IS:
            return self.show_importlib(real) if name == "importlib" and self.is_open and self.withheld else real
        self.views[name] = shown = (SysView if name == "sys" else ModuleType)(name, real.__doc__)
        if way is VIEW:
            self.fill(shown, name, real)
        return shown

    def fill(self, shown, name, real):
        only = ONLY_NAMES.get(name)
        for key, value in list(vars(real).items()):
            if only is not None and key not in only or key.startswith("_") and key not in ("__all__", "__version__"):
                continue
            if not isinstance(value, ModuleType):
                setattr(shown, key, value)
            elif value.__name__.rpartition(".")[0] == name and self.way(value.__name__) is not None:
                setattr(shown, key, self.show(value.__name__))
        make = vars(real).get("__getattr__")
        if make is not None:
            # What the module makes when it is asked for it: to ask now could be slow, or fail.
            def __getattr__(key):
                value = None if key.startswith("_") else make(key)
                if value is None or isinstance(value, ModuleType):
                    raise AttributeError(f"module {name!r} has no attribute {key!r}")
                return value

            shown.__getattr__ = __getattr__
        elif "__all__" in vars(shown):
            shown.__all__ = [key for key in shown.__all__ if key in vars(shown)]
        if name in ("functools", "typing", "inspect"):
            _settle_annotations()
        if name == "timeit":
            _restrict_timeit(shown)
        elif name == "string":
            shown.Formatter = _formatter()
        elif name == "operator":
            shown.attrgetter = _attrgetter
            shown.methodcaller = _methodcaller
        elif name == "importlib":
            shown.import_module = self.import_module
        elif name == "io" and self.guest_policy["reads"]:
            shown.open = self.own["open"] if isinstance(self.own, dict) else self.own.open

    def show_importlib(self, real):
        """`importlib` whose ways to import by name keep to what is withheld. A fence: the rest of it leads past it, as `sys.modules` does."""
        self.views["importlib"] = shown = ModuleType("importlib", real.__doc__)
        shown.__dict__.update(
            vars(real), __getattr__=lambda key: getattr(real, key), __import__=self.import_, import_module=self.import_module
        )
        return shown

    def import_module(self, name, package=None):
        if name.startswith("."):
            from importlib.util import resolve_name

            name = resolve_name(name, package)
        self.import_(name)
        return self.show(name)


def _forward(key):
    return property(lambda _: getattr(sys, key), lambda _, value: setattr(sys, key, value))


class SysView(ModuleType):
    """`sys` as a view. What a program puts in the place of these names counts, since `print` and argparse look for them in `sys`."""

    stdin, stdout, stderr, argv = map(_forward, ("stdin", "stdout", "stderr", "argv"))


def _settle_asyncio(asyncio):
    """In WASI there are no sockets for a loop to wait on, and no other thread to wake it: it waits for its clock only."""
    import selectors
    import time

    class Clock(selectors.SelectSelector):
        def select(self, timeout=None):
            time.sleep(86_400 if timeout is None else timeout)
            return []

    class Loop(asyncio.SelectorEventLoop):
        def __init__(self):
            super().__init__(Clock())

        def _make_self_pipe(self):
            self._ssock = self._csock = None

        def _close_self_pipe(self):
            pass

    asyncio.DefaultEventLoopPolicy._loop_factory = Loop


# What a module needs done once it is imported.
SETTLE = {"asyncio": _settle_asyncio} if sys.platform == "wasi" else {}


def _is_module(name):
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _settle_annotations():
    """`functools.singledispatch` and others evaluate annotations that are texts: code that nobody has checked."""
    import typing

    evaluate = typing.ForwardRef._evaluate
    if evaluate.__name__ == "evaluate_plain":
        return

    def check(text):
        if "(" in text or "__" in text:
            raise TypeError("An annotation in a text is not evaluated in this sandbox if it calls something")
        return text

    def evaluate_plain(self, *args, **kwargs):
        check(self.__forward_arg__)
        return evaluate(self, *args, **kwargs)

    typing.ForwardRef._evaluate = evaluate_plain
    import inspect

    inspect.eval = lambda text, *scopes: eval(check(text), *scopes)


def _formatter():
    import string

    class Formatter(string.Formatter):
        def get_field(self, field_name, args, kwargs):
            _checked_path(field_name.replace("[", ".").replace("]", "."))
            return super().get_field(field_name, args, kwargs)

    return Formatter


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


def _end_threads(is_kept):
    """Waits for the program's threads, as the interpreter does at its own end. Those of a pool that a kept program may use again are left."""
    threading = sys.modules.get("threading")
    if threading is None:
        return
    if not is_kept:
        return threading._shutdown()
    pools = sys.modules.get("concurrent.futures.thread")
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon and (pools is None or thread not in pools._threads_queues):
            thread.join()


def _failed(error):
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
    # An interpreter without the memory to make its MemoryError says SystemError, and has none to say more.
    is_want = isinstance(error, MemoryError) or type(error) is SystemError and not error.args
    out_of_memory = is_want and not _was_raised_by_program(error)
    if out_of_memory:
        exit_code = 137  # what the kernel's own out-of-memory kill looks like
    described = _describe(error)
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
    if step is None or step.tb_frame.f_code.co_filename not in SOURCES:
        return False
    import opcode

    return opcode.opname[step.tb_frame.f_code.co_code[step.tb_lasti]] in RAISED


def _describe(error):
    kind = type(error).__qualname__
    try:
        return _describe_fully(error, kind)
    except BaseException as failure:  # no memory left, or an exception class of the program's that fails when it is looked at
        message = f"<{type(failure).__name__} while it was shown>"
        return {"type": kind, "message": message, "line": _last_line(error), "column": None, "traceback": f"{kind}: {message}"}


def _describe_fully(error, kind):
    import traceback

    filename, lines = show_lines()
    if isinstance(error, SyntaxError) and error.filename == filename:
        text = "".join(traceback.format_exception_only(error)).replace("\u2060", "")
        column = error.offset if error.offset and error.offset > 0 else None
        return {"type": kind, "message": str(error.msg), "line": error.lineno, "column": column, "traceback": _cut(text)}
    told = traceback.TracebackException.from_exception(error)
    frames = _own_frames(told, set())
    return {
        "type": kind,
        "message": str(told).replace("\u2060", ""),
        **_place(frames, filename, lines),
        "traceback": _cut("".join(told.format()).replace("\u2060", "")),
    }


def _last_line(error):
    """The innermost line of the program that the exception went through."""
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == next(reversed(SOURCES), None):
            line = step.tb_lineno
        step = step.tb_next
    return line


def _own_frames(told, seen):
    """Drops every frame that is not the program's, in the exception and all it is chained to; returns the outermost's."""
    if told is None or id(told) in seen:
        return []
    seen.add(id(told))
    own = [frame for frame in told.stack if frame.filename in SOURCES]
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
