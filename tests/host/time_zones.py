"""Time zones by their rules, which need no database of zones, and moments in UTC."""

from collections.abc import Callable
from datetime import datetime, timezone

Zone = Callable[[str], None]

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
"""The rules of Berlin, which need no database of zones."""

KIRITIMATI = "<+14>-14"


def unix(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    """Return a moment in UTC as Unix time (s)."""
    return datetime(year, month, day, hour, minute, tzinfo=timezone.utc).timestamp()


NEW_YORK = "EST5EDT,M3.2.0,M11.1.0"

KATHMANDU = "<+0545>-5:45"
PAGO_PAGO = "SST11"
