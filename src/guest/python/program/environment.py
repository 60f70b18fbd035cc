"""The names, inputs and files that a program finds, and the names that it makes."""

import os
import sys
from typing import Any

from messages import GuestPolicy, Job
from program.fence import give_input, make_builtins
from program.file_events import as_guest
from program.files import WORKSPACE, InputFiles
from program.library_only import close_other_files
from program.own_modules import OwnModules
from program.sources import SOURCES
from program.text import Text
from program.tracebacks import announce_lines
from program.views import MODULE_TYPE

FILENAME = "program.py"


class Program:
    """The environment of one program. That of a kept guest stays for the next job."""

    def __init__(self, guest_policy: GuestPolicy, workspace: str) -> None:
        self.workspace = workspace
        self.inputs: dict[str, Any] = {}
        self.files = InputFiles()
        self.runs = 0
        self.has_directory = False
        self.recursion_limit = sys.getrecursionlimit()
        self.main = MODULE_TYPE("__main__")
        sys.modules["__main__"] = self.main  # dataclasses, typing and enum look for a class's module there
        sys.argv = [FILENAME]  # argparse and unittest must not read the arguments of the guest
        self.namespace: dict[str, Any] = self.main.__dict__
        self.namespace["__name__"] = "__main__"
        self.project = OwnModules(guest_policy, workspace)
        self.builtins = make_builtins(guest_policy, self.namespace, self.real_path, self.project)
        close_other_files(guest_policy)

    def begin(self, job: Job) -> str:
        """Takes the texts of a job and returns the file name of its program.

        The name is new for each job, so that earlier functions keep their lines.
        """
        source = job["code"]
        self.runs += 1
        if self.runs == 1:
            SOURCES.clear()
        self.project.add(job.get("modules", []))
        filename = FILENAME if self.runs == 1 else f"program_{self.runs}.py"
        SOURCES[filename] = source
        # Programs find the files beside them by it. It is the name in the program's own tracebacks.
        self.namespace["__file__"] = filename
        announce_lines(filename)
        return filename

    def scope(self) -> dict[str, Any]:
        """The program's global names. They need builtins: `exec` would add the interpreter's if they had none."""
        self.namespace["__builtins__"] = self.builtins
        return self.namespace

    def add_inputs(self, job: Job) -> None:
        """Makes variables of the inputs and files of a job."""
        inputs = {
            name: Text(value, "utf-8") if type(value) is bytes else value for name, value in job["inputs"].items()
        }
        if type(inputs.get("context")) is str:
            inputs["context"] = Text(inputs["context"])
        self.inputs = {**self.inputs, **inputs}
        for file in job.get("files", ()):
            path = f"{self.workspace}/{file['path']}"
            self.files.add(file["name"], path, file["path"], file.get("host_path"))
        if job.get("stdin") is not None:
            give_input(self.builtins)
        self.namespace.update(inputs=self.inputs, files=self.files.mapping)
        self.namespace.update((name, value) for name, value in inputs.items() if name.isidentifier())
        directory = job.get("directory")
        if not self.has_directory and directory is not None:
            self.has_directory = True
            directory = f"{self.workspace}/{directory}"
            as_guest(lambda: _enter(directory))

    def real_path(self, file: Any) -> Any:
        """Returns the path to open for a file that the program names.

        The name of an input file may say less than its path.
        """
        name = file.__fspath__() if hasattr(type(file), "__fspath__") else file
        if type(name) is not str:
            return file
        path = self.files.paths.get(self.files.places.get(name, name.removeprefix("./")))
        if path is not None and not os.path.exists(name):
            return path
        if self.workspace != WORKSPACE and name.startswith(WORKSPACE + "/"):
            return self.workspace + name[len(WORKSPACE) :]
        return file


def _enter(directory: str) -> None:
    os.makedirs(directory, exist_ok=True)
    os.chdir(directory)
