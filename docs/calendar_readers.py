"""What three libraries make of a calendar of ours: the table in docs/calendar.md.

Usage: python -m docs.calendar_readers, which puts it there again. Each cell is what a library does
with a real export: read, and written again.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import icalendar
import ics
import vobject
from tests.host.calendars import exported
from tests.host.lived_in import DAY, NOW, make_lived_in

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive

FILE = Path(__file__).resolve().parent / "calendar.md"
BEGIN = "<!-- The readers: made by docs/calendar_readers.py -->\n"
END = "<!-- The end of the readers -->\n"

USE = "Face: the next use is possible"
HEAD = "Replace the roller's head"
PLAN = "Planned: session 1 of 3, face"
CHECK = "Once a year: the reasons against rolling"


class Seen(NamedTuple):
    """An event as a library gives it to whoever asks."""

    start: object
    alarm: timedelta | None
    status: str
    sequence: object


class Library(NamedTuple):
    """How a library is asked: for the events by title, and to write a calendar that it has read."""

    name: str
    events: Callable[[str], list[tuple[str, Seen]]]
    again: Callable[[str], str]


def with_icalendar(text: str) -> list[tuple[str, Seen]]:
    """Return title and content of each event, as icalendar reads it."""
    event: Any
    found: list[tuple[str, Seen]] = []
    for event in icalendar.Calendar.from_ical(text).events:
        alarms = [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")]
        seen = Seen(
            event.start, alarms[0] if alarms else None, str(event["STATUS"]), event.sequence
        )
        found.append((str(event["SUMMARY"]), seen))
    return found


def with_ics(text: str) -> list[tuple[str, Seen]]:
    """Return title and content of each event, as ics reads it."""
    found = []
    for event in ics.Calendar(text).events:
        alarms = [alarm.trigger for alarm in event.alarms]
        start = (event.begin.datetime, "`all_day`") if event.all_day else event.begin.datetime
        extra = [line for line in event.extra if line.name == "SEQUENCE"]
        seen = Seen(start, alarms[0] if alarms else None, str(event.status), extra)
        found.append((str(event.name), seen))
    return found


def with_vobject(text: str) -> list[tuple[str, Seen]]:
    """Return title and content of each event, as vobject reads it."""
    found = []
    for event in vobject.readOne(text).vevent_list:
        alarms = [alarm.trigger.value for alarm in event.contents.get("valarm", [])]
        seen = Seen(
            event.dtstart.value,
            alarms[0] if alarms else None,
            event.status.value,
            event.sequence.value,
        )
        found.append((event.summary.value, seen))
    return found


LIBRARIES = (
    Library(
        "icalendar",
        with_icalendar,
        lambda text: icalendar.Calendar.from_ical(text).to_ical().decode(),
    ),
    Library("ics", with_ics, lambda text: ics.Calendar(text).serialize()),
    Library("vobject", with_vobject, lambda text: str(vobject.readOne(text).serialize())),
)


def two_exports() -> tuple[str, str]:
    """Return an export with a plan in it, and one from after that was undone."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "rollcase.db"
        make_lived_in(path)
        with open_archive(path) as archive, archive.transaction():
            data: dict[str, object] = {"sessions": 3, "day": "2026-11-21"}
            plan = archive.diary.add(Entry(diary.PLAN, NOW, "face", data=data), NOW)
        first = exported(path, NOW).decode()
        with open_archive(path) as archive, archive.transaction():
            archive.diary.undo(plan, NOW + 1)
        return first, exported(path, NOW + DAY).decode()


def event_of(text: str, title: str) -> str:
    """Return the lines of the event with that title, long ones in one."""
    lines = text.replace("\r\n ", "").replace("\r\n", "\n")
    for event in lines.split("BEGIN:VEVENT\n")[1:]:
        if f"SUMMARY:{title.replace(',', chr(92) + ',')}\n" in event:
            return event.split("END:VEVENT")[0]
    raise LookupError(title)


def line_of(text: str, title: str, name: str) -> str:
    """Return the line of an event that begins with `name`; empty if there is none."""
    lines = event_of(text, title).split("\n")
    return next((line for line in lines if line.startswith(name)), "")


def reading(value: object) -> str:
    """Return what a library has made of a moment or day, in words."""
    if isinstance(value, tuple):
        return f"{reading(value[0])} and {value[1]}"
    if isinstance(value, datetime):
        offset = value.utcoffset()
        zone = "no zone" if offset is None else "UTC" if not offset else str(offset)
        return f"the moment {value:%Y-%m-%d %H:%M} {zone}"
    assert isinstance(value, date)
    return f"the day {value.isoformat()}"


def span(value: timedelta | None) -> str:
    """Return when an alarm rings, in words."""
    if value is None:
        return "no alarm"
    if not value:
        return "at the start"
    hours = abs(value) // timedelta(hours=1)
    return f"{hours} hours {'before' if value < timedelta(0) else 'after'}"


def kept(library: Library, text: str, title: str, name: str) -> str:
    """Return what becomes of a line when the library writes the calendar again."""
    before = line_of(text, title, name)
    after = line_of(library.again(text), title, name)
    return "the same" if after == before else f"`{after}`" if after else "nothing"


def start_cell(library: Library, text: str, title: str) -> str:
    seen = dict(library.events(text))[title]
    return f"{reading(seen.start)}; writes {kept(library, text, title, 'DTSTART')}"


def alarm_cell(library: Library, text: str, title: str) -> str:
    seen = dict(library.events(text))[title]
    return f"{span(seen.alarm)}; writes {kept(library, text, title, 'TRIGGER')}"


def cancelled_cell(library: Library, text: str) -> str:
    seen = dict(library.events(text))[PLAN]
    alarm = "no alarm" if seen.alarm is None else "an alarm"
    return f"listed, status `{seen.status}`, {alarm}; writes {kept(library, text, PLAN, 'STATUS')}"


def update_cell(library: Library, first: str, second: str) -> str:
    """Return what is made of both versions of one event in one file."""
    older = f"BEGIN:VEVENT\n{event_of(first, PLAN)}END:VEVENT\n".replace("\n", "\r\n")
    both = [
        seen
        for title, seen in library.events(second.replace("END:VCALENDAR", f"{older}END:VCALENDAR"))
        if title == PLAN
    ]
    count = "both, and leaves the choice to whoever asks" if len(both) == 2 else str(len(both))
    sequence = both[0].sequence
    kind = {int: "a number", str: "a text", list: "a line of `extra`"}[type(sequence)]
    return f"{count}; `SEQUENCE` is {kind}"


def table() -> str:
    """Return the table, in Markdown."""
    first, second = two_exports()
    rows: list[tuple[str, Callable[[Library], str]]] = [
        (
            f"a time: `{line_of(first, USE, 'DTSTART')}`",
            lambda library: start_cell(library, first, USE),
        ),
        (
            f"a day: `{line_of(first, PLAN, 'DTSTART')}`",
            lambda library: start_cell(library, first, PLAN),
        ),
    ]
    for what, title in (
        ("at a time", USE),
        ("before a time", HEAD),
        ("before a day", PLAN),
        ("on a day", CHECK),
    ):
        rows.append(
            (
                f"an alarm {what}: `{line_of(first, title, 'TRIGGER')}`",
                lambda library, title=title: alarm_cell(library, first, title),  # type: ignore[misc]
            )
        )
    rows += [
        (
            f"a cancelled event: `{line_of(second, PLAN, 'STATUS')}`",
            lambda library: cancelled_cell(library, second),
        ),
        (
            "an event and its update, with the same `UID` and a higher `SEQUENCE`",
            lambda library: update_cell(library, first, second),
        ),
    ]
    names = [f"{library.name} {version(library.name)}" for library in LIBRARIES]
    lines = [f"| what is in the file | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for what, cell in rows:
        lines.append(f"| {what} | {' | '.join(cell(library) for library in LIBRARIES)} |")
    return "\n".join(lines) + "\n"


def shown() -> str:
    """Return the table that docs/calendar.md shows."""
    return FILE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]


if __name__ == "__main__":
    before, _, rest = FILE.read_text("utf-8").partition(BEGIN)
    FILE.write_text(before + BEGIN + table() + END + rest.partition(END)[2], "utf-8")
