"""Reads jobs and their files in the runner."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from messages import SupervisedJob
from supervisor.environment import WORKSPACE, program


def jobs(pipe: BinaryIO) -> Iterator[tuple[int, SupervisedJob]]:
    """Yields each job with its size, without the texts and files that follow it. The runner ends with the pipe."""
    while True:
        head = pipe.read(4)
        if len(head) < 4:
            os._exit(0)
        size = int.from_bytes(head, "big")
        yield size, program.decode_json(pipe.read(size))


def read_texts(pipe: BinaryIO, job: SupervisedJob) -> None:
    for text in job["texts"]:
        job["inputs"][text["name"]] = pipe.read(text["size"])


def write_files(pipe: BinaryIO, job: SupervisedJob) -> OSError | None:
    """Writes the files of a job where the program finds them. Returns the first error, or None.

    After an error it still reads the other files, because the next job follows them in the pipe.
    """
    problem = None
    for file in job["files"]:
        content = pipe.read(file["size"])
        try:
            path = f"{WORKSPACE}/{file['path']}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            _clear(path)
            with open(path, "xb") as target:
                target.write(content)
        except OSError as error:
            problem = problem or error
    return problem


def _clear(path: str) -> None:
    """Removes the directory, pipe or file that an earlier program may have made under the name of a file."""
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
