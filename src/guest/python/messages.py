"""The shapes of the messages between the server, the supervisor, the runner and the program's module.

Only the type checker reads this file. scripts/join-guest-python.mjs erases every use of it.
"""

from typing import Any, Literal, NotRequired, TypedDict


class GuestPolicy(TypedDict):
    """The part of a policy that the guest enforces (`GuestPolicy` in src/sandbox/engine.ts)."""

    builtins: Literal["safe", "all"]
    modules: str  # "all", or the names with a space before each
    withheld: list[str]
    reads: bool
    hint: str
    writes: NotRequired[bool]
    opened: NotRequired[list[str]]
    exempt: NotRequired[list[str]]
    denied: NotRequired[str]  # with a space before each name
    names: NotRequired[list[str]]
    workspace: NotRequired[bool]


class LongText(TypedDict):
    """An input that follows the job as bytes."""

    name: str
    size: int


class StandardInput(TypedDict):
    """The text that a program reads as its standard input, as bytes that follow the job."""

    size: int


class InputFile(TypedDict):
    """A file of the job. `path` is relative to the workspace; the program names the file by `name`.

    `host_path` is the absolute path by which the caller named it, if it did.
    """

    name: str
    path: str
    host_path: NotRequired[str | None]
    size: int


class OwnModule(TypedDict):
    """A module of the project. `path` is relative to the workspace. A directory without a file has no code."""

    name: str
    path: str
    code: str | None
    is_package: bool


class Job(TypedDict):
    """The part of a job that the program's module reads."""

    code: str
    modules: NotRequired[list[OwnModule]]
    inputs: dict[str, Any]
    stdin: StandardInput | None
    guest_policy: GuestPolicy
    files: list[InputFile]
    directory: str | None
    keep: bool
    compile_only: bool


class Limits(TypedDict):
    """The part of a job that the supervisor enforces."""

    timeout_ms: int
    memory_mb: int
    keep: bool


class SupervisedJob(Job, Limits):
    """A job as the runner reads it: as the server sends it, and with `run`, a random number of the supervisor."""

    texts: list[LongText]
    run: str


class EmbeddedJob(Job):
    """A job as the embedded guest reads it. Its files are on the guest's disk already, if there was room for them."""

    texts: list[LongText]
    hasRoom: bool


class Location(TypedDict):
    """A place in the program, counted from 1."""

    line: int | None
    column: int | None


class StoppedAt(Location):
    """The place that a stopped program had reached."""

    traceback: str


class ProgramError(StoppedAt):
    """The exception that ended the program."""

    type: str
    message: str


class Report(TypedDict):
    """How a program ended, as its own process reports it."""

    exit_code: int
    error: ProgramError | None
    result: str | None
    out_of_memory: bool
