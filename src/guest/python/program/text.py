"""Long texts: a string that has cheap ways to look at its parts."""


class Text(str):
    """A text, and cheap ways to look at parts of it. Lines count from 1."""

    def lines(self, first: int = 1, last: int | None = None) -> list[str]:
        """The lines from `first` to `last`, both included, without their ends."""
        starts = self._line_starts()
        last = len(starts) - 1 if last is None else min(_whole(last, 0, "last"), len(starts) - 1)
        parts = (self[starts[at - 1] : starts[at]] for at in range(_whole(first, 1, "first"), last + 1))
        return [part[:-1].removesuffix("\r") if part.endswith("\n") else part for part in parts]

    def chunks(self, size: int, overlap: int = 0) -> list[str]:
        """The text in pieces of `size` characters. Each piece repeats the last `overlap` of the one before."""
        if _whole(overlap, 0, "overlap") >= _whole(size, 1, "size"):
            raise ValueError(f"overlap must be less than size, which is {size}, it is {overlap}")
        return [self[at : at + size] for at in range(0, max(len(self) - overlap, min(len(self), 1)), size - overlap)]

    def search(self, pattern: str, limit: int = 10) -> list[dict[str, int | str]]:
        """The first `limit` matches of a regular expression, each a dict of its `line`, `start`, `end` and `text`."""
        import bisect
        import re

        found: list[dict[str, int | str]] = []
        starts = self._line_starts()
        for match in re.compile(pattern).finditer(self):
            if len(found) >= _whole(limit, 0, "limit"):
                break
            line = bisect.bisect_right(starts, match.start(), hi=max(len(starts) - 1, 1))
            found.append({"line": line, "start": match.start(), "end": match.end(), "text": match.group()})
        return found

    def _line_starts(self) -> list[int]:
        """The offsets at which lines start, then the length of the text. They are found once and kept."""
        starts: list[int] | None = self.__dict__.get("starts")
        if starts is None:
            starts, at = [0], self.find("\n") + 1
            while at > 0:
                starts.append(at)
                at = self.find("\n", at) + 1
            if starts[-1] < len(self):
                starts.append(len(self))
            self.__dict__["starts"] = starts
        return starts


def _whole(value: object, least: int, name: str) -> int:
    if type(value) is not int:
        raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, it is {value}")
    return value
