"""The modules that a program may have, and its `__import__`.

A program gets a module as it is, or a view: a module object without the other modules and the underscored names of
the real one. A view keeps a program from reaching `sys` or `os` through a harmless module.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from messages import GuestPolicy
from program.attributes import GIVEN_MODULES, is_internal
from program.file_events import notice_module
from program.kind_tests import KIND_TESTS
from program.library import close_library
from program.missing import import_explained
from program.names import GUARDED_ATTRIBUTES, ONLY_NAMES
from program.own_modules import OwnModules
from program.views import LEFT_OUT, MODULE_TYPE, VIEW_TYPES, restrict, safe_form

# How a program gets a module. A package that holds allowed modules, and is not allowed itself, is an empty view.
AS_IT_IS, VIEW, PACKAGE = "as it is", "a view", "an empty view"


def import_function(
    guest_policy: GuestPolicy, own: dict[str, Any] | ModuleType, project: OwnModules
) -> Callable[..., Any]:
    """Returns the `__import__` of the program whose builtins are `own`. `project` has its own modules.

    Only the program's own imports call it. The modules of a library have the interpreter's builtins.
    """
    modules: Modules | None = None

    def import_(name: Any, globals: Any = None, locals: Any = None, fromlist: Any = (), level: Any = 0) -> Any:
        nonlocal modules
        if isinstance(name, str):
            name = str.__str__(name)  # a subclass could be another name each time that it is compared
        if level > 0:
            name = project.full_name(name, globals, level)
        if level > 0 or project.has(name):
            _check_members(name, fromlist)
            return project.import_(name, fromlist)
        if modules is None:  # made at the first import, because many programs have none
            modules = Modules(guest_policy, own, import_, project)
        return modules.find(name, fromlist)

    import_.__name__ = import_.__qualname__ = "__import__"
    return import_


class Modules:
    """The modules of one program. `views` holds each module that the program got in another form."""

    def __init__(
        self,
        guest_policy: GuestPolicy,
        own: dict[str, Any] | ModuleType,
        import_: Callable[..., Any],
        project: OwnModules,
    ) -> None:
        self.guest_policy, self.own, self.import_, self.project = guest_policy, own, import_, project
        self.views: dict[str, ModuleType] = {}
        self.path = list(sys.path)
        self.is_open = guest_policy["modules"] == "all"
        self.withheld = frozenset(guest_policy["withheld"])
        self.exempt = frozenset(guest_policy.get("exempt", ()))
        self.denied = frozenset(guest_policy.get("denied", "").split())
        self.packages = {name.rpartition(".")[0] for name in self.exempt}
        if self.is_open:
            if not isinstance(own, dict):
                self.views["builtins"] = own
            return
        self.allowed = set(guest_policy["modules"].split())
        starred = [name for name in self.allowed if name.endswith(".*")]
        self.whole = {name[:-2] for name in starred}
        if starred:
            self.allowed = {name for name in self.allowed if not _is_within(name, self.whole)}
        for name in (*self.allowed, *self.whole):
            while "." in name:
                name = name.rpartition(".")[0]
                self.packages.add(name)

    def is_withheld(self, name: str) -> bool:
        """True if the policy withholds this module. The longest listed name decides."""
        while name and name not in self.exempt:
            if name in self.withheld:
                return True
            name = name.rpartition(".")[0]
        return False

    def access(self, name: str) -> str | None:
        """How the program gets the module of that name, or None if it does not get it."""
        if self.withheld and self.is_withheld(name):
            return PACKAGE if name in self.packages else None
        if self.is_open:
            return AS_IT_IS
        if name in self.allowed:
            return VIEW
        if self.whole and _is_within(name, self.whole):
            return AS_IT_IS
        return PACKAGE if name in self.packages else None

    def find(self, name: str, fromlist: Any) -> ModuleType | None:
        """Imports for `__import__`: returns the first package of a dotted name, or the module itself for a `from`."""
        access = self.access(name)
        if access is None:
            # A C function that the program called imports in this way, with an empty list (`strptime` does). It takes
            # the module from sys.modules and ignores the value that is returned here.
            if type(fromlist) is list and not fromlist:
                __import__(name)
                return None
            self.refuse(name, f"Cannot import {name!r}")
        module = self.module(name)
        _check_members(name, fromlist)
        if not fromlist:
            return self._top_package(name, module)
        if access is AS_IT_IS:
            self._import_members(name, fromlist)
        else:
            self._add_members(name, module, fromlist)
        return module

    def _import_members(self, name: str, fromlist: Any) -> None:
        """Imports the modules below a module that the program gets as it is."""
        for member in fromlist:
            if self.access(f"{name}.{member}") is None:
                self.refuse(f"{name}.{member}", f"Cannot import {member!r} from {name!r}")
        __import__(name, None, None, fromlist)

    def _add_members(self, name: str, view: ModuleType, fromlist: Any) -> None:
        """Gives a view the modules below it that `from name import ...` takes from it."""
        for member in fromlist:
            if self.access(f"{name}.{member}") is not None:
                setattr(view, member, self.module(f"{name}.{member}"))
            elif member != "*" and not hasattr(view, member) and _has_member(name, member):
                self.refuse(f"{name}.{member}", f"Cannot import {member!r} from {name!r}")

    def _top_package(self, name: str, module: ModuleType) -> ModuleType:
        """Returns the first package of a dotted name. Each package on the way has the next one as an attribute."""
        while "." in name:
            name, _, last = name.rpartition(".")
            below, module = module, self.module(name)
            if self.access(name) is not AS_IT_IS:
                setattr(module, last, below)
        return module

    def refuse(self, name: str, message: str) -> NoReturn:
        raise ImportError(f"{message}: {self.guest_policy['hint']}", name=name)

    def module(self, name: str) -> ModuleType:
        """Returns the module as the program gets it."""
        if name in self.views:
            return self.views[name]
        access = self.access(name)
        notice_module(name, access is AS_IT_IS and self.guest_policy["builtins"] == "safe")
        if not self.is_open and sys.path != self.path:
            sys.path = list(self.path)  # a function of the library has changed it for the program
        real = import_explained(name)
        if not self.is_open and _is_python(real):
            close_library(self.guest_policy["reads"], self.import_)
        if access is AS_IT_IS:
            GIVEN_MODULES[id(real)] = real
            return self._restricted_importlib(real) if name == "importlib" and self.is_open and self.withheld else real
        self.views[name] = view = VIEW_TYPES.get(name, MODULE_TYPE)(name, real.__doc__)
        GIVEN_MODULES[id(view)] = view
        if access is VIEW:
            self.fill(view, name, real)
        return view

    def fill(self, view: Any, name: str, real: ModuleType) -> None:
        """Gives a view the names of the real module that the program may have."""
        only = ONLY_NAMES.get(name)
        for key, value in list(vars(real).items()):
            if (only is not None and key not in only) or (
                key.startswith("_") and key not in ("__all__", "__version__")
            ):
                continue
            if not isinstance(value, MODULE_TYPE):
                full = f"{name}.{key}"
                given = KIND_TESTS.get(full, LEFT_OUT) if full in self.denied else safe_form(name, key, value)
                if given is not LEFT_OUT:
                    setattr(view, key, given)
            elif value.__name__.rpartition(".")[0] == name and self.access(value.__name__) is not None:
                setattr(view, key, self.module(value.__name__))
        make = vars(real).get("__getattr__")
        if make is not None:
            view.__getattr__ = _late_names(name, make, self.denied)
        elif "__all__" in vars(view):
            view.__all__ = [key for key in view.__all__ if key in vars(view)]
        restrict(name, view, real)
        if name == "importlib":
            view.import_module = self.import_module
        elif name == "io" and self.guest_policy["reads"]:
            view.open = self.own["open"] if isinstance(self.own, dict) else self.own.open

    def _restricted_importlib(self, real: ModuleType) -> ModuleType:
        """`importlib` whose functions that import by name refuse withheld modules.

        It is a fence only: other parts of `importlib` lead past it, as `sys.modules` does.
        """
        self.views["importlib"] = view = MODULE_TYPE("importlib", real.__doc__)
        view.__dict__.update(
            vars(real),
            __getattr__=lambda key: getattr(real, key),
            __import__=self.import_,
            import_module=self.import_module,
        )
        return view

    def import_module(self, name: str, package: Any = None) -> ModuleType:
        if name.startswith("."):
            from importlib.util import resolve_name

            name = resolve_name(name, package)
        self.import_(name)
        return sys.modules[name] if self.project.has(name) else self.module(name)


def _check_members(name: str, fromlist: Any) -> None:
    for member in fromlist or ():
        if is_internal(member) or member in GUARDED_ATTRIBUTES:
            raise ImportError(f"Cannot import {member!r} from {name!r}: it leads to the interpreter")


def _is_within(name: str, tops: set[str]) -> bool:
    """True if `name` is one of these modules or lies below one."""
    while name not in tops:
        name = name.rpartition(".")[0]
        if not name:
            return False
    return True


def _is_python(module: ModuleType) -> bool:
    """Is the module written in Python? One in C calls no function that is changed for the program."""
    file = getattr(module, "__file__", None)
    return file is not None and not file.endswith((".so", ".pyd"))


def _late_names(name: str, make: Callable[[str], Any], denied: frozenset[str]) -> Callable[[str], Any]:
    """Returns the `__getattr__` of a view, for names that the real module makes when a program first asks for them.

    To make them with the view could be slow, or fail.
    """

    def __getattr__(key: str) -> Any:
        value = None if key.startswith("_") or f"{name}.{key}" in denied else make(key)
        if value is None or isinstance(value, MODULE_TYPE):
            raise AttributeError(f"module {name!r} has no attribute {key!r}")
        return value

    return __getattr__


def _has_member(name: str, member: str) -> bool:
    """True if a module has an attribute of that name, or a module below it."""
    from importlib.util import find_spec

    if hasattr(sys.modules[name], member):
        return True
    try:
        return find_spec(f"{name}.{member}") is not None
    except (ImportError, ValueError):
        return False
