"""The texts of the programs that this interpreter has run, for tracebacks."""

# By file name, in the order in which the jobs came. A kept guest runs several programs.
SOURCES: dict[str, str] = {}


def source_lines(source: str) -> list[str]:
    """Splits as the interpreter does. str.splitlines() also splits at form feeds and similar characters."""
    return [line + "\n" for line in source.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
