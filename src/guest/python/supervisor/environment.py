"""The surroundings of the supervisor: its engine, its directories, and the module that runs programs."""

import os
import sys
from typing import NoReturn

# The interpreter starts with -I, which leaves the directory of this file out of the import path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program as program  # for the other parts of the supervisor

del sys.path[0]  # a program must not find these modules, nor a warning their lines

IS_CONTAINER = os.getpid() == 1
PACKAGES = "/usr/lib/python3/dist-packages"
HAS_PACKAGES = IS_CONTAINER and os.path.isdir(f"{PACKAGES}/matplotlib")  # true in the data-science image
# The local engine sets it, because its programs use the file system of the host.
OWN_WORKSPACE = os.environ.pop("RLM_WORKSPACE", None)
WORKSPACE = OWN_WORKSPACE or "/workspace"  # the directory of a job's files


def end_supervisor(status: int) -> NoReturn:
    """Ends this process. On the local engine it first removes the program's files."""
    if OWN_WORKSPACE is not None:
        import shutil

        shutil.rmtree(OWN_WORKSPACE, ignore_errors=True)
    os._exit(status)
