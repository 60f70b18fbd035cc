"""Closes the functions of the library that make code from texts: `timeit`, and the signatures of `unittest.mock`."""

from typing import Any


def close_timeit(timeit: Any) -> None:
    """`timeit.Timer` compiles texts. A view has a form that takes functions only, and `super` would lead past it."""
    setups = {"pass": "", "_setup()": ", _setup=_setup"}
    made = {
        timeit.template.format(stmt="_stmt()", setup=setup, init=f"{init}, _stmt=_stmt")
        for setup, init in setups.items()
    }

    def compile_own(source: Any, *given: Any, **options: Any) -> Any:
        if type(source) is not str or (source not in made and source != "pass"):
            raise TypeError("timeit takes a function in this sandbox: code in a string is not compiled")
        return compile(source, *given, **options)

    def execute(code: Any, _: Any, own: dict[str, Any]) -> None:
        # In the names of the program, `exec` would put the interpreter's builtins.
        exec(code, {"__builtins__": {}}, own)

    timeit.compile, timeit.exec = compile_own, execute


def close_signatures(mock: Any) -> None:
    """A mock with the signature of a function is a function, made of a text with that one's name."""

    def execute(text: Any, names: dict[str, Any]) -> None:
        # The name may be a text of the program's own class, which is another one each time that it is asked.
        name = text.removeprefix("def ").partition("(")[0]
        if not name.isidentifier() or text not in (_SIGNATURE.format(name, called) for called in ("mock", name)):
            raise TypeError("Cannot make a mock of this function: its name must be an identifier")
        # The function is the program's: the mock keeps its calls as attributes of it.
        names.update(__builtins__={}, __name__="__main__")
        exec(text, names)

    mock.exec = execute


# The library's text, as the versions of Python have it.
_SIGNATURE = """def {0}(*args, **kwargs):
    _checksig_(*args, **kwargs)
    return {1}(*args, **kwargs)"""
