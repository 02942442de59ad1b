"""What concerns the skin and no case in particular: reactions, aftercare, courses.

A case rests a zone and guards its roller. A person has one skin, whatever
number of cases: what is told of it here is told once.
"""

from dataclasses import dataclass

from rollhost import aftercare, course, whole_diary, words
from rollhost.aftercare import Due
from rollhost.archive import Archive
from rollhost.course import Course
from rollhost.reactions import Reaction, advice, in_short, reactions
from rollhost.sessions import sessions
from rollhost.summary import Summary


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
    entries = whole_diary.entries(archive)
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


def document(skin: Skin) -> dict[str, object]:
    """Return it for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "reactions": [
            {
                "since": words.iso(one.began.at),
                "zone": one.began.zone,
                "signs": one.signs,
                "look_due": words.iso(one.look_due()),
                "advice": advice(one, skin.now),
            }
            for one in skin.reactions
        ],
        "aftercare": [
            {
                "key": one.window.key,
                "name": one.window.name,
                "zone": one.session.zone,
                "until": words.iso(one.window.end),
            }
            for one in skin.aftercare
        ],
        "courses": [
            {
                "zone": one.zone,
                "sessions": one.sessions,
                "done": len(one.done),
                "next": words.iso(one.next_at),
            }
            for one in skin.courses
        ],
    }


def lines(skin: Skin) -> list[str]:
    """Return it as a person reads it, a line each."""
    found = [("Reaction", _reaction(one, skin.now)) for one in skin.reactions]
    if skin.reactions:
        found.append(("Reaction", "once it is gone: reaction over"))
    # Whichever zone it is about: who has two keeps to the longer one.
    ends = {due.window.name: due.window.end for due in skin.aftercare}
    for name, end in sorted(ends.items(), key=lambda one: one[1]):
        found.append(("Aftercare", f"{name}, until {words.clock_time(end, skin.now)}"))
    found += [("Course", _course(one, skin.now)) for one in skin.courses]
    return words.labelled(found)


def _reaction(one: Reaction, now: int) -> str:
    zone = f", {one.began.zone}" if one.began.zone else ""
    told = f"since {words.clock_time(one.began.at, now)}{zone}"
    short = in_short(one, now)
    return f"{told}: {short}" if short else told


def _course(one: Course, now: int) -> str:
    zone = f", {one.zone}" if one.zone else ""
    told = f"{len(one.done)} of {one.sessions} sessions{zone}"
    if one.complete:
        told = f"all {one.sessions} sessions done{zone}"
    return f"{told}; the next {course.due(one, now, words.day)}"
