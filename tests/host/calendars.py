"""Calendars as `host export ics` writes them, read by two libraries: one has written them."""

from collections.abc import Iterable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import icalendar
import pytest
import vobject

from rollhost.cli.main import main
from rollhost.output import units


class Given(NamedTuple):
    """An event as a calendar reads it. Times are Unix times (s).

    One that `is_days` is about days: it starts and ends where on Earth that is first and last.
    `alarm_s` is when its alarm rings, in seconds after its start; None: it has none.
    """

    uid: str
    start: int
    end: int
    cancelled: bool
    title: str
    text: str
    sequence: int
    modified_at: int
    stamp: int
    is_days: bool
    alarm_s: int | None

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
    event: Any
    for event in icalendar.Calendar.from_ical(data).events:
        events[str(event["UID"])] = Given(
            str(event["UID"]),
            unix(event.start),
            unix(event.end, is_end=True),
            str(event["STATUS"]) == "CANCELLED",
            str(event["SUMMARY"]),
            str(event["DESCRIPTION"]),
            event.sequence,
            unix(event.LAST_MODIFIED),
            unix(event.stamp),
            not isinstance(event.start, datetime),
            _only(
                alarm["TRIGGER"].dt
                for alarm in event.walk("VALARM")
                if (str(alarm["ACTION"]), alarm["DESCRIPTION"]) == ("DISPLAY", event["SUMMARY"])
            ),
        )
    others = vobject.readOne(data.decode(), validate=True).contents.get("vevent", [])
    assert list(events.values()) == [
        Given(
            other.uid.value,
            unix(other.dtstart.value),
            unix(other.dtend.value, is_end=True),
            other.status.value == "CANCELLED",
            other.summary.value,
            other.description.value,
            int(other.sequence.value),
            unix(other.last_modified.value),
            unix(other.dtstamp.value),
            not isinstance(other.dtstart.value, datetime),
            _only(
                alarm.trigger.value
                for alarm in other.contents.get("valarm", [])
                if alarm.action.value == "DISPLAY"
            ),
        )
        for other in others
    ]
    return events


def unix(moment: object, is_end: bool = False) -> int:
    """Return the Unix time (s) of a moment; of a day where it begins first, or ends last."""
    if isinstance(moment, datetime):
        assert moment.tzinfo is not None
        return int(moment.timestamp())
    assert isinstance(moment, date)
    midnight = datetime(moment.year, moment.month, moment.day, tzinfo=timezone.utc)
    return int(midnight.timestamp()) + (12 if is_end else -14) * 3600


def _only(triggers: Iterable[Any]) -> int | None:
    """Return the one trigger, in seconds; None if there is none."""
    found = [int(trigger.total_seconds()) for trigger in triggers]
    assert len(found) < 2
    return found[0] if found else None
