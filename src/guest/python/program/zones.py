"""Gives the zone UTC where there is no time zone database, and says what works instead of the other zones."""

import io
import os
import sys
from typing import Any

from program.no_network import wrap_errors

_ZONES = (
    "there are no time zones here but UTC; use datetime.timezone(datetime.timedelta(hours=1)) with the offset, "
    "or the Docker engine, which has them"
)
_UTC = ("UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "Universal")


def explain_zones(zoneinfo: Any) -> None:
    common: Any = sys.modules["zoneinfo._common"]
    if not any(map(os.path.isdir, zoneinfo.TZPATH)):
        _add_utc(common)

    def explain(error: Exception, key: Any = None, *rest: Any) -> Any:
        if any(map(os.path.isdir, sys.modules["zoneinfo"].TZPATH)):
            return error  # there are zones, and none has this name
        return type(error)(f"Cannot find the time zone {key!r}: {_ZONES}")

    wrap_errors(common, "load_tzdata", explain, common.ZoneInfoNotFoundError)


def _add_utc(common: Any) -> None:
    """Gives the zone that needs no table, in the form of a file of the time zone database."""
    block = b"TZif2" + bytes(15) + b"".join(n.to_bytes(4, "big") for n in (0, 0, 0, 0, 1, 4)) + bytes(6) + b"UTC\0"
    real = common.load_tzdata

    def load_tzdata(key: str) -> Any:
        return io.BytesIO(block * 2 + b"\nUTC0\n") if key in _UTC else real(key)

    common.load_tzdata = load_tzdata
