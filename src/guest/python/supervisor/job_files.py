"""Reads jobs, and the texts and files that follow them, in the runner."""

import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from messages import InputFile, LongText, StandardInput, SupervisedJob
from supervisor.environment import WORKSPACE, program

# What is rehearsed before the first job: as long as the job of a short program without inputs, which is mostly policy.
USUAL_JOB: dict[str, Any] = {"code": " " * 4096, "inputs": {}, "texts": [], "stdin": None, "files": []}


def jobs(pipe: BinaryIO) -> Iterator[tuple[int, SupervisedJob]]:
    """Yields each job with its size, without the texts and files that follow it. The runner ends with the pipe."""
    while True:
        head = pipe.read(4)
        if len(head) < 4:
            os._exit(0)
        size = int.from_bytes(head, "big")
        yield size, program.decode_json(pipe.read(size))


def parts_of(job: SupervisedJob) -> list[LongText | StandardInput | InputFile]:
    """The parts of a job that follow it as bytes, in their order."""
    stdin = job["stdin"]
    return [*job["texts"], *([] if stdin is None else [stdin]), *job["files"]]


def read_texts(pipe: BinaryIO, job: SupervisedJob) -> None:
    for text in job["texts"]:
        job["inputs"][text["name"]] = pipe.read(text["size"])


def read_stdin(pipe: BinaryIO, job: SupervisedJob) -> bytes | None:
    stdin = job["stdin"]
    return None if stdin is None else pipe.read(stdin["size"])


def give_stdin(text: bytes) -> OSError | None:
    """Puts a file with this text on descriptor 0, where also a process that the program starts reads it.

    A pipe would not hold a long text, and a program may not make files of memory.
    """
    path = f"{WORKSPACE}/.stdin-{os.urandom(8).hex()}"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.unlink(path)
        rest = memoryview(text)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        if descriptor == 0:  # the last program has closed it, and its copy too
            os.set_inheritable(0, True)
        else:
            os.dup2(descriptor, 0)
            os.close(descriptor)
    except OSError as error:
        return error
    return None


def write_files(pipe: BinaryIO, job: SupervisedJob) -> OSError | None:
    """Writes the files of a job where the program finds them. Returns the first error, or None.

    After an error it still reads the other files, because the next job follows them in the pipe.
    """
    problem = None
    for file in job["files"]:
        content = pipe.read(file["size"])
        try:
            path = f"{WORKSPACE}/{file['path']}"
            _make_directories(file["path"])
            _clear(path)
            with open(path, "xb") as target:
                target.write(content)
        except OSError as error:
            problem = problem or error
    return problem


def _make_directories(path: str) -> None:
    """Makes the directories above a file. What an earlier program has put in the place of one is removed."""
    directory = WORKSPACE
    for name in path.split("/")[:-1]:
        directory += f"/{name}"
        if not os.path.isdir(directory):
            _clear(directory)
            os.mkdir(directory)


def _clear(path: str) -> None:
    """Removes the directory, pipe or file that an earlier program may have made under the name of a file."""
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
