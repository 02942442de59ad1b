"""The photos of a diary: their order, where each was found last, and which two are compared.

Right after a session skin is red and swollen: photos of then show the session, and not what came of
it. For comparing, those are preferred that were taken long after one: just before the next.
"""

from collections.abc import Sequence

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.history.reactions import FADING_S
from rollhost.history.sessions import Session

LONG_S = 14 * 86400
"""Photos so long (s) after a session are as good as any later ones (own)."""


def photos(entries: Sequence[Entry]) -> list[Entry]:
    """Return the photos of a diary in the order in which they were taken.

    `entries` are in the order of writing. So are photos that were taken at the same moment, such
    as those of a day without a time. The ``path`` of each is where it was found last.
    """
    found = {
        entry.number("photo"): entry.data["path"] for entry in entries if entry.kind == diary.MOVED
    }
    placed = [
        entry._replace(data={**entry.data, "path": found[entry.token]})
        if entry.token in found
        else entry
        for entry in entries
        if entry.kind == diary.PHOTO
    ]
    return sorted(placed, key=lambda photo: photo.at)


def since_session(photo: Entry, sessions: Sequence[Session]) -> int | None:
    """Return how long (s) after the last session of its zone a photo was taken.

    None if it was before any. A zone that is not known may be any zone.
    """
    ends = [
        session.ended
        for session in sessions
        if (None in (session.zone, photo.zone) or session.zone == photo.zone)
        and session.ended <= photo.at
    ]
    return photo.at - max(ends) if ends else None


def shows_session(since_s: int | None) -> bool:
    """Return whether a photo, taken `since_s` (s) after a session, may still show its redness."""
    return since_s is not None and since_s < FADING_S


def to_compare(since: Sequence[int | None]) -> tuple[int, ...]:
    """Return the places of the two photos of a zone to compare, the older one first.

    `since` has how long (s) after a session each was taken, None before any; the oldest is first.
    They are the first and the newest of those that were taken at least half as long after a
    session as the second best one. Of a single photo it is that one.
    """
    lengths = [LONG_S if since_s is None else min(since_s, LONG_S) for since_s in since]
    if len(lengths) < 2:
        return tuple(range(len(lengths)))
    good = [place for place, length in enumerate(lengths) if length >= sorted(lengths)[-2] / 2]
    return good[0], good[-1]
