"""The bottle of alcohol for the soaks: when it was opened, and whether that is long ago."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from rollhost.database.diary import ALCOHOL, Entry
from rollhost.guidance.heads import ALCOHOL_OLD_S


class Bottle(NamedTuple):
    """The bottle that was opened last, by the entry that says so."""

    opened: Entry

    @property
    def old_at(self) -> int:
        """From when on (Unix s) it is called old."""
        return self.opened.at + ALCOHOL_OLD_S

    @property
    def old_day(self) -> str | None:
        """That day (ISO 8601), if a day was said without a time; None if a time was."""
        if self.opened.day is None:
            return None
        opened = date.fromisoformat(self.opened.day)
        return (opened + timedelta(seconds=ALCOHOL_OLD_S)).isoformat()

    def is_old(self, now: float) -> bool:
        """Return whether it was opened so long before Unix time `now` (s) that it is old."""
        return now >= self.old_at


def bottle(entries: Iterable[Entry]) -> Bottle | None:
    """Return the bottle that was opened last; None if none was ever noted."""
    opened = [entry for entry in entries if entry.kind == ALCOHOL]
    # Of two on one day the one that was written down later.
    last = max(enumerate(opened), key=lambda known: (known[1].at, known[0]), default=None)
    return None if last is None else Bottle(last[1])
