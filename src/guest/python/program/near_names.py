"""Says which file a program probably meant, and which files there are.

The sentences have words of the guest and names in quotes, each cut, and of bounded number.
"""

from collections.abc import Sequence

_MOST_NAMES = 10
_LONGEST_NAME = 100
_MOST_COMPARED = 300


class MissingFile(KeyError):
    """A `KeyError` whose text is a sentence. A text of a plain one would stand in quotes."""

    def __init__(self, name: object, sentence: str) -> None:
        super().__init__(name)
        self._sentence = sentence

    def __str__(self) -> str:
        return self._sentence


MissingFile.__name__ = MissingFile.__qualname__ = "KeyError"
MissingFile.__module__ = "builtins"


def explain_missing_key(name: object, names: Sequence[str]) -> KeyError:
    """Returns the error for a name that is not in `files`."""
    shown = _quoted_name(name) if type(name) is str else f"a key of the type {type(name).__name__[:_LONGEST_NAME]!r}"
    advice = advise(name, names) if type(name) is str else _listed_files(names)
    return MissingFile(name, f"{shown} is not in `files`: {advice}")


def advise(name: str, names: Sequence[str]) -> str:
    """Returns the end of a sentence about a file that is not there. `names` are those that are."""
    if not names:
        return "this call has no files; name them in its argument `files`"
    if name.startswith("~"):
        return f"there is no home directory here; {_listed_files(names)}"
    if any(mark in name for mark in "*?["):
        import fnmatch

        found = [one for one in names if fnmatch.fnmatchcase(one, name)]
        if found:
            return f"a name is no pattern; it matches {_some_names(found)}"
    near = _near(name, names)
    return f"did you mean {near}?" if near else _listed_files(names)


def _near(name: str, names: Sequence[str]) -> str:
    import difflib
    from unicodedata import normalize
    from urllib.parse import unquote

    for other in (unquote(name), name.replace("\\", "/"), name.strip(), name.strip("'\"")):
        if other != name and other in names:
            return _quoted_name(other)
    for form in ("NFC", "NFD"):
        if normalize(form, name) in names:
            return f"unicodedata.normalize('{form}', name)"
    folded, base = _folded(name), _folded(name).rpartition("/")[2]
    same = [one for one in names if _folded(one) == folded]
    same = same or [one for one in names if _folded(one).rpartition("/")[2] == base]
    if same:
        return _some_names(same[:3])
    close = difflib.get_close_matches(name[:_LONGEST_NAME], names[:_MOST_COMPARED], 1, 0.75)
    return _quoted_name(close[0]) if close else ""


def _folded(name: str) -> str:
    from unicodedata import normalize
    from urllib.parse import unquote

    return normalize("NFC", unquote(name).replace("\\", "/")).casefold()


def _listed_files(names: Sequence[str]) -> str:
    return (
        f"the files are {_some_names(names)}" if names else "this call has no files; name them in its argument `files`"
    )


def _some_names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(map(_quoted_name, names[:_MOST_NAMES])) + (f" and {more} more" if more > 0 else "")


def _quoted_name(name: str) -> str:
    return repr(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}...")
