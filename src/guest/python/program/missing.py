"""Says in one sentence what is missing in this sandbox, and what works instead.

The types of the errors stay those of the library, so that a program's own `try` goes on working.
"""

import errno
import sys
import warnings
from types import ModuleType
from typing import Any, NoReturn

from program.faker_seed import add_seed
from program.lacking import ONE_PROCESS, PROCESS, add_disk_usage, explain_lacking
from program.no_network import IS_EMBEDDED, NETWORK, explain_https, explain_network, explain_resolver, wrap_errors
from program.views import PREPARE
from program.zones import explain_zones

_THREAD = "this engine has no threads; call the functions one after the other, or await coroutines with asyncio"
_SHARED = "processes share no memory here; use concurrent.futures.ThreadPoolExecutor, or Process with Pipe"
_KEYBOARD = "nobody can type here; pass the value in `inputs` and read it as a variable"
_PACKAGES = (
    "it is in the data-science image of the Docker engine only, which the operator makes with "
    "`rlm-mcp image build --target data-science`; here use the standard library"
)
_NOT_INSTALLED = (
    "it is not installed, and nothing can be installed here; use the standard library, "
    "and put a module of your own into `files`"
)
_NOT_IN_ENGINE = "this engine's Python is built without it"

_DATA_SCIENCE = frozenset(
    "numpy pandas matplotlib mpl_toolkits scipy sklearn seaborn statsmodels patsy joblib sympy mpmath networkx "
    "openpyxl PIL bs4 lxml dateutil pytz faker pytest yaml six packaging pyparsing attr attrs decorator unidecode "
    "more_itertools threadpoolctl cycler fontTools soupsieve".split()
)
_INSTEAD = {
    "multiprocessing": ONE_PROCESS,
    "ssl": NETWORK,
    "_ssl": NETWORK,
    "ctypes": f"{_NOT_IN_ENGINE}; use struct, array and memoryview for bytes",
    "_ctypes": f"{_NOT_IN_ENGINE}; use struct, array and memoryview for bytes",
    "lzma": f"{_NOT_IN_ENGINE}; use bz2 or zlib",
    "_lzma": f"{_NOT_IN_ENGINE}; use bz2 or zlib",
    "tkinter": "there is no screen here; print text",
    "turtle": "there is no screen here; print text",
    "curses": "there is no terminal here; print text",
    "readline": _KEYBOARD,
    "webbrowser": "there is no browser here; print the address",
}
_NO_PIP = "nothing can be installed here; use the standard library"
_INSTEAD.update(pip=_NO_PIP, ensurepip=_NO_PIP, venv=_NO_PIP)


def import_explained(name: str) -> ModuleType:
    """Imports a module. It says why, if the module is missing here, and changes what cannot work here."""
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        why = _why_missing(missing)
        if why is None:
            raise
        raise ModuleNotFoundError(f"No module named {missing!r}: {why}", name=missing, path=error.path) from None
    for changed in [one for one in PREPARE if one in sys.modules]:
        PREPARE.pop(changed)(sys.modules[changed])
    return sys.modules[name]


def explain_container() -> None:
    """Prepares the sentences of a container: it has processes and threads, but no programs and no network."""
    # It is about the sandbox, and a program can do nothing about it.
    warnings.filterwarnings("ignore", message=".*joblib will operate in serial mode")
    PREPARE.update(
        {
            "subprocess": _explain_programs,
            "os": _explain_commands,
            "socket": explain_network,
            "multiprocessing": _explain_locks,
            "concurrent.futures": _explain_process_pools,
            "multiprocessing.shared_memory": _explain_shared_memory,
            "curses": _explain_curses,
            "faker": add_seed,
        }
    )


def explain_embedded() -> None:
    """Prepares the sentences of the embedded engine: it has one process, one thread, and no network."""
    import _thread

    def start_new_thread(*args: Any) -> NoReturn:
        raise RuntimeError(f"Cannot start a thread: {_THREAD}")

    library: Any = _thread
    library.start_new_thread = library.start_new = start_new_thread
    # There is no other implementation here, so a program can do nothing about it.
    warnings.filterwarnings("ignore", message="Python implementation of pbkdf2_hmac")
    own_asyncio = PREPARE["asyncio"]

    def prepare_asyncio(module: Any) -> None:
        own_asyncio(module)
        _explain_asyncio(module)

    PREPARE.update(
        {
            "asyncio": prepare_asyncio,
            "concurrent.futures": _explain_futures,
            "subprocess": _explain_programs,
            "os": explain_lacking,
            "signal": explain_lacking,
            "shutil": add_disk_usage,
            "_socket": explain_resolver,
            "socket": explain_network,
            "urllib.request": explain_https,
        }
    )


def _why_missing(name: str) -> str | None:
    top = name.partition(".")[0]
    if top in _DATA_SCIENCE:
        return _PACKAGES
    if top in sys.stdlib_module_names:
        return _INSTEAD.get(top, f"{_NOT_IN_ENGINE}; write the code that you need into the program")
    return _INSTEAD.get(top, _NOT_INSTALLED) if "." not in name else None


def _explain_programs(subprocess: Any) -> None:
    def explain(error: OSError, _: Any, args: Any = None, *rest: Any) -> OSError:
        if error.errno not in (errno.ENOENT, errno.ENOTSUP):
            return error
        first = args if isinstance(args, (str, bytes)) else next(iter(args or ()), None)
        return FileNotFoundError(errno.ENOENT, f"Cannot start a program: {PROCESS}", first)

    real = subprocess.Popen.__init__

    def __init__(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        try:
            real(self, args, *rest, **options)
        except OSError as error:
            raise explain(error, self, args) from None

    subprocess.Popen.__init__ = __init__


def _explain_commands(os: Any) -> None:
    real = os.system

    def system(command: Any) -> int:
        if not os.path.exists("/bin/sh"):
            print(f"Cannot start a program: {PROCESS}", file=sys.stderr)
        return real(command)

    os.system = system

    def explain(error: OSError, path: Any = None, *rest: Any) -> OSError:
        return FileNotFoundError(errno.ENOENT, f"Cannot start a program: {PROCESS}", path)

    for name in ("execv", "execve", "popen"):
        wrap_errors(os, name, explain, FileNotFoundError)


def _explain_locks(_: Any) -> None:
    __import__("multiprocessing.synchronize")
    synchronize: Any = sys.modules["multiprocessing.synchronize"]

    def explain(*_: Any) -> OSError:
        return OSError(errno.ENOSYS, f"Cannot make a lock between processes: {_SHARED}")

    wrap_errors(synchronize.SemLock, "__init__", explain)


def _explain_process_pools(futures: Any) -> None:
    real = futures.__getattr__

    def __getattr__(key: str) -> Any:
        if key == "ProcessPoolExecutor":
            import_explained("multiprocessing")
        return real(key)

    futures.__getattr__ = __getattr__


def _explain_shared_memory(module: Any) -> None:
    def explain(*_: Any) -> OSError:
        return OSError(errno.ENOSYS, f"Cannot make shared memory: {_SHARED}")

    wrap_errors(module.SharedMemory, "__init__", explain)


def _explain_curses(curses: Any) -> None:
    def initscr() -> NoReturn:
        raise curses.error("Cannot use a terminal: there is none here; print text")

    curses.initscr = initscr


def _explain_futures(futures: Any) -> None:
    real = futures.__getattr__

    def __getattr__(key: str) -> Any:
        try:
            return real(key)
        except ModuleNotFoundError as error:
            why = _THREAD if key == "ThreadPoolExecutor" else ONE_PROCESS
            raise ModuleNotFoundError(f"Cannot use {key}: {why}", name=error.name) from None

    futures.__getattr__ = __getattr__


def _explain_asyncio(asyncio: Any) -> None:
    loop = asyncio.DefaultEventLoopPolicy._loop_factory

    def run_in_executor(self: Any, executor: Any, function: Any, *args: Any) -> NoReturn:
        raise RuntimeError(f"Cannot start a thread: {_THREAD}")

    async def getaddrinfo(self: Any, host: Any, *rest: Any, **options: Any) -> NoReturn:
        raise OSError(errno.ENOTSUP, f"Cannot find the address of {host!r}: {NETWORK}")

    async def start_process(self: Any, *args: Any, **options: Any) -> NoReturn:
        raise FileNotFoundError(errno.ENOENT, f"Cannot start a program: {PROCESS}")

    loop.run_in_executor, loop.getaddrinfo = run_in_executor, getaddrinfo
    loop.subprocess_exec = loop.subprocess_shell = start_process


def no_breakpoint(*args: Any, **options: Any) -> NoReturn:
    raise RuntimeError(f"Cannot stop at a breakpoint: {_KEYBOARD.partition(';')[0]}; print what you want to see")


def _explain_debugger(pdb: Any) -> None:
    pdb.set_trace = no_breakpoint


def _explain_passwords(getpass: Any) -> None:
    def ask(*args: Any, **options: Any) -> NoReturn:
        raise EOFError(f"Cannot ask for a password: {_KEYBOARD}")

    getpass.getpass = ask
    real = getpass.getuser

    def getuser() -> str:
        """Get the username from the environment or password database."""
        try:
            return real()
        except ImportError:  # the embedded engine has no such database
            return "guest"

    getpass.getuser = getuser


def no_input(has_ended: bool) -> EOFError:
    if has_ended:
        return EOFError("EOF when reading a line: the text in the argument `stdin` has no more lines")
    return EOFError("EOF when reading a line: nobody can type here; pass the lines in the argument `stdin`")


sys.breakpointhook = no_breakpoint
PREPARE.update(pdb=_explain_debugger, getpass=_explain_passwords, zoneinfo=explain_zones)
if IS_EMBEDDED:
    explain_embedded()
