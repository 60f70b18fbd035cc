"""The texts of the programs that this interpreter has run, for tracebacks."""

# By file name, in the order in which the jobs came. A kept guest runs several programs.
SOURCES: dict[str, str] = {}


def source_lines(source: str) -> list[str]:
    """Splits as the interpreter does. str.splitlines() also splits at form feeds and similar characters."""
    return [line + "\n" for line in source.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def cache_lines() -> tuple[str, list[str]]:
    """Puts the programs' lines where tracebacks look for them. Returns the name and lines of the present program."""
    import linecache

    filename, lines = "", [""]
    for filename, source in SOURCES.items():
        lines = source_lines(source)
        linecache.cache[filename] = (len(source), None, lines, filename)
    return filename, lines
