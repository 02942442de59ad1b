"""The check of the reasons against rolling: its last answer, and when it is to be named again."""

from collections.abc import Sequence

from rollhost.database.archive import Case
from rollhost.database.diary import CHECK, Entry
from rollhost.history.history import History

Owned = Sequence[tuple[Case, int | None]]
"""Each case with the person whom it is about; see `owners.owned_cases`."""

YEAR_S = 365 * 86400
"""After so long (s) a sync names ``host check`` again (own)."""


def last_check(entries: Sequence[Entry]) -> Entry | None:
    """Return the check that was answered last; None if none was."""
    return next((entry for entry in reversed(entries) if entry.kind == CHECK), None)


def is_to_be_named(past: History, before: Owned, person: int | None, now: int) -> bool:
    """Return whether a sync of this person's at Unix time `now` (s) names ``host check``.

    `before` are the cases as they were before it. It is named by the person's first sync, and by
    the first one after each year: from the last answer on, or without any from the first record
    on. Nothing is asked of a case that is nobody's.
    """
    if person is None:
        return False
    mine = past.of(person)
    answer = last_check(mine.entries)
    synced = _synced_last(before, person)
    if answer is None and synced is None:
        return True
    if answer is not None:
        since = answer.at
    else:
        since = min((log.placed[0].last for log in mine.all_logs if log.placed), default=now)
    earlier = max(since if synced is None else synced, since)
    return (now - since) // YEAR_S > (earlier - since) // YEAR_S


def _synced_last(owned: Owned, person: int) -> int | None:
    """Return when (Unix s) a case of this person was synced last; None if none ever was."""
    synced = [case.synced_at for case, owner in owned if owner == person]
    return max((at for at in synced if at is not None), default=None)
