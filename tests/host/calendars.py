"""Calendars as `host export ics` writes them, read by two libraries: one has written them."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import icalendar
import pytest
import vobject

from rollhost.cli.main import main
from rollhost.output import units


class Given(NamedTuple):
    """An event as a calendar reads it. Times are Unix times (s)."""

    uid: str
    start: int
    end: int
    cancelled: bool
    title: str
    text: str
    sequence: int
    modified_at: int
    stamp: int

    @property
    def content(self) -> "Given":
        """What a person sees of it."""
        return self._replace(sequence=0, modified_at=0, stamp=0)


def exported(path: Path, now: int) -> bytes:
    """Export the calendar of a database at Unix time `now` (s)."""
    file = path.with_name("exported.ics")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLCASE_NOW", units.utc(now))
        assert main(["export", "ics", str(file), "--force", "--db", str(path)]) == 0
    return file.read_bytes()


def given(path: Path, now: int) -> dict[str, Given]:
    """Export the calendar of a database at Unix time `now` (s); return its events by UID."""
    return read(exported(path, now))


def read(data: bytes) -> dict[str, Given]:
    """Return the events of a calendar by UID, on which two libraries have to agree."""
    events = {}
    for event in icalendar.Calendar.from_ical(data).events:
        events[str(event["UID"])] = Given(
            str(event["UID"]),
            unix(event.start),
            unix(event.end),
            str(event["STATUS"]) == "CANCELLED",
            str(event["SUMMARY"]),
            str(event["DESCRIPTION"]),
            event.sequence,
            unix(event.LAST_MODIFIED),
            unix(event.stamp),
        )
    others = vobject.readOne(data.decode(), validate=True).contents.get("vevent", [])
    assert list(events.values()) == [
        Given(
            other.uid.value,
            unix(other.dtstart.value),
            unix(other.dtend.value),
            other.status.value == "CANCELLED",
            other.summary.value,
            other.description.value,
            int(other.sequence.value),
            unix(other.last_modified.value),
            unix(other.dtstamp.value),
        )
        for other in others
    ]
    return events


def unix(moment: object) -> int:
    """Return the Unix time (s) of a moment, which has to be one and no day."""
    assert isinstance(moment, datetime)
    return int(moment.timestamp())
