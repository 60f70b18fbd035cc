"""The plain name of a file. A program may give a class of its own, which answers otherwise when it is looked at."""

import os
from typing import Any

_decode = os.fsdecode

# Windows programs write it at the start of a text.
TEXT_MARK = b"\xef\xbb\xbf"


def plain_path(path: Any) -> str | bytes | None:
    """Returns the text or bytes that the interpreter takes as the name, or None if `path` is neither."""
    kind = type(path)
    if issubclass(kind, str):
        return str.__str__(path)
    if issubclass(kind, bytes):
        return bytes.__getitem__(path, slice(None))
    return None


def plain_name(path: Any) -> str | None:
    """The same as a text."""
    plain = plain_path(path)
    return _decode(plain) if isinstance(plain, bytes) else plain
