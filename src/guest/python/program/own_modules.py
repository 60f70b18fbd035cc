"""Imports the project's own modules. The check has seen their texts, and no other file is a module.

They are in `sys.modules`, as in any interpreter, so that the library finds their classes and functions too.
"""

import sys
from types import ModuleType
from typing import Any, NoReturn

from messages import GuestPolicy, OwnModule
from program.compile import compile_module
from program.own_names import OWN_NAMES
from program.pytest_files import close_pytest, run_own_tests
from program.scope_functions import scope_functions
from program.sources import SOURCES
from program.tracebacks import announce_lines
from program.views import PREPARE

_PYTEST = "_pytest.assertion.rewrite"
_SPEC: Any = type(sys.__spec__)  # the class of module specifications
_NAMESPACE: Any = type(sys.implementation)
_NOT_CHECKED = "a module of the project is one that an import statement names and that is among `files`"


class OwnModules:
    """Finds and loads the modules of one program. It is the first of the interpreter's finders."""

    def __init__(self, guest_policy: GuestPolicy, workspace: str) -> None:
        self.guest_policy, self.workspace = guest_policy, workspace
        self.known: dict[str, OwnModule] = {}
        self.tops: set[str] = set()
        self.files: dict[str, str] = {}  # text by the name of the file
        self.builtins: Any = None
        PREPARE[_PYTEST] = lambda module: close_pytest(module, self.builtins_of)
        PREPARE["pytest"] = run_own_tests

    def add(self, modules: list[OwnModule]) -> None:
        """Takes the modules of a job. One whose text has changed since the last job is imported again."""
        if modules and self not in sys.meta_path:
            finders: list[Any] = sys.meta_path
            finders.insert(0, self)
        for one in modules:
            name, code = one["name"], one["code"]
            before = self.known.get(name)
            if before is not None and before["code"] != code:
                sys.modules.pop(name, None)
            self.known[name] = one
            self.tops.add(name.partition(".")[0])
            OWN_NAMES.add(name)
            if code is not None:
                self.files[self.file_of(one)] = SOURCES[self.file_of(one)] = code
                announce_lines(self.file_of(one))

    def file_of(self, one: OwnModule) -> str:
        return f"{self.workspace}/{one['path']}"

    def has(self, name: Any) -> bool:
        """Is it a module of the project, or one below it?"""
        return type(name) is str and name.partition(".")[0] in self.tops

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        one = self.known.get(fullname)
        if one is None:
            if self.has(fullname):
                raise ModuleNotFoundError(f"No module named {fullname!r}: {_NOT_CHECKED}", name=fullname)
            return None
        file = self.file_of(one)
        has_file = one["code"] is not None
        spec = _SPEC(fullname, self, origin=file if has_file else None, is_package=one["is_package"])
        if one["is_package"]:
            spec.submodule_search_locations = [file.rpartition("/")[0] if has_file else file]
        spec.has_location = has_file
        return spec

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        names, text = self.names_of(module), self.get_source(module.__name__)
        if text is not None:
            exec(compile_module(text, names["__file__"], self.guest_policy), names)

    def names_of(self, module: ModuleType) -> dict[str, Any]:
        """Returns the global names of a module, with the builtins of the program."""
        names = module.__dict__
        names["__builtins__"] = self.builtins_of(names)
        if self.guest_policy["builtins"] == "safe":
            del names["__loader__"]
            # The import of a module in a package looks for this, but needs no loader in it.
            names["__spec__"] = _SPEC(module.__name__, None, is_package=self.is_package(module.__name__))
        return names

    def builtins_of(self, names: dict[str, Any]) -> Any:
        """A module has `globals` and `locals` of its own, if the policy opens them."""
        if not isinstance(self.builtins, dict) or "globals" not in self.builtins:
            return self.builtins
        own = dict(self.builtins)
        own.update((name, value) for name, value in scope_functions(names) if name in own)
        return own

    def get_source(self, fullname: str) -> str | None:
        one = self.known.get(fullname)
        return None if one is None else one["code"]

    def get_filename(self, fullname: str) -> str:
        return self.file_of(self.known[fullname])

    def is_package(self, fullname: str) -> bool:
        return self.known[fullname]["is_package"]

    def get_resource_reader(self, fullname: str) -> Any:
        """Lets `importlib.resources` read the files beside a package."""
        if not self.is_package(fullname) or self.get_source(fullname) is None:
            return None
        from importlib.readers import FileReader

        loader: Any = _NAMESPACE(path=self.get_filename(fullname))
        return FileReader(loader)

    def get_code(self, fullname: str) -> Any:
        text = self.get_source(fullname)
        return None if text is None else compile_module(text, self.get_filename(fullname), self.guest_policy)

    def full_name(self, name: Any, names: Any, level: int) -> str:
        """Returns the full name of a module of the project that the module with the global names `names` imports."""
        package = names.get("__package__") if type(names) is dict else None
        if type(package) is not str or not package:
            raise ImportError("Cannot import relative to this program: it is not part of a package")
        parts = package.split(".")
        if level > len(parts):
            raise ImportError("attempted relative import beyond top-level package")
        full = ".".join([*parts[: len(parts) - level + 1], *([str.__str__(name)] if name else [])])
        if not self.has(full):
            self.refuse(full)
        return full

    def refuse(self, name: str) -> NoReturn:
        raise ModuleNotFoundError(f"No module named {name!r}: {_NOT_CHECKED}", name=name)

    def import_(self, name: str, fromlist: Any) -> ModuleType:
        """Imports for `__import__`: as `Modules.find` does."""
        __import__(name)
        if fromlist:
            module = sys.modules[name]
            self.import_members(name, module, fromlist)
            return module
        return sys.modules[name.partition(".")[0]]

    def import_members(self, name: str, module: ModuleType, fromlist: Any) -> None:
        for member in fromlist:
            if member == "*":
                self.close_star(module)
            elif f"{name}.{member}" in self.known and not hasattr(module, member):
                __import__(f"{name}.{member}")

    def close_star(self, module: ModuleType) -> None:
        """The interpreter takes the names in `__all__` from the module, whatever they are."""
        listed = module.__dict__.get("__all__")
        if listed is None:
            return
        plain = [str.__str__(one) for one in list(listed) if isinstance(one, str)]
        if self.guest_policy["builtins"] == "safe":
            for one in plain:
                if _is_hidden(one):
                    raise ImportError(f"Cannot import {one!r} from {module.__name__!r}: it leads to the interpreter")
            module.__dict__["__all__"] = plain
        self.import_members(module.__name__, module, [one for one in plain if one != "*"])


def _is_hidden(name: str) -> bool:
    return name[:2] == "__" and name[-2:] == "__" and name not in ("__version__", "__all__", "__author__", "__doc__")


def forget_modules() -> None:
    """Lets the finder of the program's modules go. It leads to the program's names, as its builtins do."""
    PREPARE.pop(_PYTEST, None)
    PREPARE.pop("pytest", None)
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder) is not OwnModules]
