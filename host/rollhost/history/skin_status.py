"""What concerns the skin and no case in particular: reactions, aftercare, courses.

A case rests a zone and guards its roller. A person has one skin, whatever
number of cases: what is told of it here is told once.
"""

from dataclasses import dataclass

from rollhost.database.archive import Archive
from rollhost.history import aftercare, course, merged_diary
from rollhost.history.aftercare import Due
from rollhost.history.case_status import Summary
from rollhost.history.course import Course
from rollhost.history.reactions import Reaction, reactions
from rollhost.history.sessions import sessions


@dataclass(frozen=True)
class Skin:
    """What is known of the skin at Unix time `now` (s)."""

    now: int
    reactions: list[Reaction]
    """Those that nobody has called over."""
    aftercare: list[Due]
    """The windows that are open."""
    courses: list[Course]


def look(archive: Archive, cases: list[Summary], now: int) -> Skin:
    """Return what is known at Unix time `now` (s). `cases` say how long each zone rests."""
    entries = merged_diary.entries(archive)
    held = sessions(archive)
    return Skin(
        now,
        [one for one in reactions(entries) if one.over is None],
        [one for one in aftercare.due(held, now) if one.window.is_open(now)],
        course.courses(entries, held, rested(cases)),
    )


def rested(cases: list[Summary]) -> dict[str, int]:
    """Return when each zone has rested by every case that knows it (Unix s)."""
    found: dict[str, int] = {}
    for case in cases:
        for zone, until in case.zones():
            found[zone] = max(found.get(zone, 0), until or 0)
    return found
