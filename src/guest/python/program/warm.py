"""Imports the modules that programs import, while no job waits: linecache and traceback for reports come first.

Modules that not every run needs are imported where they are used, so that a guest starts quickly.
"""

from collections.abc import Callable, Sequence

# The most wanted come first, because a job that arrives stops the imports.
WARM_MODULES = (
    "linecache traceback math collections re random json string itertools functools datetime typing cmath decimal "
    "fractions statistics random itertools functools operator collections collections.abc heapq bisect array string "
    "re textwrap unicodedata json csv base64 binascii hashlib hmac zlib struct datetime calendar zoneinfo time typing "
    "dataclasses enum abc copy pprint numbers contextlib graphlib difflib uuid secrets html html.entities "
    "urllib.parse io warnings traceback timeit _strptime encodings.idna encodings.latin_1 encodings.ascii "
    "encodings.utf_16 encodings.utf_32 encodings.utf_8_sig encodings.cp1252"
).split()

# Packages of the data-science image. Each takes a tenth of a second to a whole one. The parts of the larger ones come
# before them, so that a job that arrives waits for one part only. SciPy's statistics come last: scikit-learn, seaborn
# and statsmodels need them, and without these they take a tenth to a third of a second, and memory.
WARM_PACKAGES = (
    "numpy pytz dateutil.tz dateutil.parser pandas pyparsing PIL.Image matplotlib matplotlib.font_manager "
    "matplotlib.figure matplotlib.pyplot matplotlib.backends.backend_agg PIL.PngImagePlugin "
    "scipy.special scipy.linalg scipy.sparse scipy.spatial scipy.optimize scipy.integrate scipy.ndimage scipy.stats"
).split()


def warm(is_wanted: Callable[[], object] = lambda: False, names: Sequence[str] = WARM_MODULES) -> bool:
    """Imports `names` until `is_wanted` says that a job has come. Returns True if all are imported."""
    for name in names:
        if is_wanted():
            return False
        __import__(name)
    return True
