"""NumPy, pandas and Matplotlib in the data-science image."""

import os
import sys
from collections.abc import Callable
from typing import Any

from supervisor.environment import program

PACKAGES_SPACE = 384 << 20  # address space that the packages take, a third of it for OpenBLAS's buffer
FONTS = "/usr/share/matplotlib/cache"  # made with the image, because the search for fonts takes a third of a second


def warm_packages(is_wanted: Callable[[], object]) -> bool:
    """Imports the packages until a job comes. Returns True if all are imported."""
    if not program.warm(is_wanted, program.WARM_PACKAGES):
        return False
    numpy: Any = sys.modules["numpy"]
    # OpenBLAS takes its buffer at the first product. Without room for it, OpenBLAS would try again without end. Some
    # processors need no buffer for small matrices, up to a million multiplications.
    square = numpy.ones((128, 128))
    square @ square  # pyright: ignore[reportUnusedExpression]
    return True


def link_fonts(directory: Any) -> None:
    """Gives Matplotlib the image's list of fonts, in the directory in which it looks for one.

    Matplotlib prints a warning if it cannot write to that directory.
    """
    try:
        os.makedirs(directory, exist_ok=True)
        for name in os.listdir(FONTS):
            os.symlink(f"{FONTS}/{name}", f"{directory}/{name}")
    except (OSError, TypeError):
        pass  # Matplotlib makes its own list
