"""Says in one sentence that there is no network, in the place of errors that only have a number."""

import sys
from collections.abc import Callable
from typing import Any, NoReturn

IS_EMBEDDED = sys.platform == "wasi"

NETWORK = "there is no network here; fetch the data outside and pass it in `inputs` or `files`"


def wrap_errors(owner: Any, name: str, explain: Callable[..., Exception], caught: Any = OSError) -> None:
    """Makes a function raise what `explain` makes of its arguments, in the place of an exception of the type."""
    real = getattr(owner, name)

    def explained(*args: Any, **options: Any) -> Any:
        try:
            return real(*args, **options)
        except caught as error:
            raise explain(error, *args) from None

    explained.__name__, explained.__qualname__, explained.__doc__ = real.__name__, real.__qualname__, real.__doc__
    setattr(owner, name, explained)


def explain_network(socket: Any) -> None:
    def of_name(error: Any, host: Any = None, *rest: Any) -> OSError:
        return socket.gaierror(error.errno, f"Cannot find the address of {host!r}: {NETWORK}")

    def of_address(error: OSError, _: Any, address: Any = None) -> OSError:
        if isinstance(error, (ConnectionError, TimeoutError, BlockingIOError)) or type(address) is not tuple:
            return error
        if isinstance(error, socket.gaierror):
            return of_name(error, address[0])
        return OSError(error.errno, f"Cannot connect to {address[0]!r}: {NETWORK}")

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        if not hasattr(socket, name):  # on the embedded engine
            setattr(socket, name, getattr(socket._socket, name))
        wrap_errors(socket, name, of_name)
    if IS_EMBEDDED:
        wrap_errors(
            socket.socket, "__init__", lambda error, *_: OSError(error.errno, f"Cannot make a socket: {NETWORK}")
        )
    real = socket.socket

    def connect(self: Any, address: Any) -> None:
        try:
            super(real, self).connect(address)
        except OSError as error:
            raise of_address(error, self, address) from None

    real.connect = connect


def explain_resolver(library: Any) -> None:
    """Gives `_socket` the functions that this engine lacks, so that its users get an error of their type."""

    def of_host(host: Any, *rest: Any, **options: Any) -> NoReturn:
        raise library.gaierror(-3, "Temporary failure in name resolution")

    library.getaddrinfo = of_host
    for name in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        setattr(library, name, of_host)


def explain_https(request: Any) -> None:
    def https_open(self: Any, req: Any) -> NoReturn:
        raise request.URLError(f"Cannot open {req.full_url!r}: {NETWORK}")

    request.HTTPHandler.https_open = https_open
