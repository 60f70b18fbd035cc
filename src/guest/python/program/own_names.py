"""The names of the modules that are the program's: its main module, and those of the project."""

# `__module__` of a class or function is one of these if the program has made it.
OWN_NAMES: set[str] = {"__main__"}


def is_own_name(name: object) -> bool:
    """Is it the name of a module of the program? It may be any object."""
    return type(name) is str and name in OWN_NAMES
