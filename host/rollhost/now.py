"""The current time: no other file of the host reads the clock for it.

``ROLLCASE_NOW`` (such as ``2026-11-20T10:00:00Z``) overrides the clock: a virtual
case can jump ahead in time, and the host has to go with it.
"""

import os
import time as clock
from datetime import datetime, timezone
from time import time

from rollcore.events import CASE_EPOCH
from rollhost.errors import UsageError


def current_time() -> float:
    """Return the Unix time (s). Raises `UsageError` where ``ROLLCASE_NOW`` is not a time."""
    text = os.environ.get("ROLLCASE_NOW")
    if not text:
        return time()
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        if not 2020 <= moment.astimezone(timezone.utc).year <= 2155:  # the range of case time
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError(
            f"ROLLCASE_NOW is not a time from 2020 to 2155: {text!r}.",
            "Write it like 2026-11-20T10:00:00Z.",
        ) from None
    return moment.timestamp()


def is_given() -> bool:
    """Return whether the time is given by ``ROLLCASE_NOW``, and not read from the clock."""
    return bool(os.environ.get("ROLLCASE_NOW"))


def follow_time_zone() -> None:
    """Take the computer's time zone anew, for a program that stays while the computer travels.

    A process reads the zone once. Python has `time.tzset` for it, but not on Windows; it reads
    the zone's file only if that has changed, so it may be called often.
    """
    if hasattr(clock, "tzset"):
        clock.tzset()


def current_case_time() -> int:
    """Return now as case time: whole seconds since `CASE_EPOCH`, 0 if now is before that.

    A computer whose clock stops without power starts in 1970. The case refuses 0 and says why.
    """
    return max(int(current_time()) - CASE_EPOCH, 0)
