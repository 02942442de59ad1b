"""Now: the one place where the host asks what time it is.

``ROLLCASE_NOW`` (such as ``2026-11-20T10:00:00Z``) overrides it, so that a case
whose time was made to jump has a host to match.
"""

import os
from datetime import datetime, timezone
from time import time

from rollcore.events import CASE_EPOCH
from rollhost.errors import UsageError


def current_time() -> float:
    """Return the time in Unix seconds. Raises `UsageError` for a ``ROLLCASE_NOW`` that is none."""
    text = os.environ.get("ROLLCASE_NOW")
    if not text:
        return time()
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        if not 2020 <= moment.astimezone(timezone.utc).year <= 2155:  # what case time can say
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError(
            f"ROLLCASE_NOW is not a time from 2020 to 2155: {text!r}.",
            "Write it like 2026-11-20T10:00:00Z.",
        ) from None
    return moment.timestamp()


def current_case_time() -> int:
    """Return now as case time, in whole seconds since `CASE_EPOCH`; 0 where now is before that.

    A computer without a clock of its own starts in 1970. The case refuses 0, and says why.
    """
    return max(int(current_time()) - CASE_EPOCH, 0)
