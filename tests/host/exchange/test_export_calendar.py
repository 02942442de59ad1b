"""The export as a calendar, read by a library that did not write it."""

import time
from pathlib import Path

import pytest
import vobject
from tests.conftest import Host
from tests.host.lived_in import DAY, NOW, USED_AT
from tests.host.run_host import modules_of

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.exchange.export_calendar import calendar
from rollhost.history import history

HOUR = 3600


def events_of(data: bytes | str) -> dict[str, "vobject.base.Component"]:
    """Return the events of a calendar by their titles, read by a library that did not write it."""
    text = data if isinstance(data, str) else data.decode()
    read = vobject.readOne(text, validate=True)
    found = {event.summary.value: event for event in read.contents["vevent"]}
    assert len(found) == len(read.contents["vevent"])
    return found


def exported(path: Path, now: int = NOW) -> bytes:
    """Return the calendar of a database."""
    with open_archive(path) as archive:
        return calendar(history.read(archive), now)


class TestCalendar:
    def test_calendar_is_readable_by_another_library(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        assert host("export", "ics", str(home / "a.ics")).returncode == 0
        found = events_of((home / "a.ics").read_bytes())
        face = found["Face: the next use is possible"]
        scalp = found["Scalp: the next use is possible"]
        # The session at a clinic was two days before the use, and rests for longer.
        assert face.dtstart.value.timestamp() == NOW - 3 * DAY + 28 * DAY
        assert scalp.dtstart.value.timestamp() == USED_AT + 7 * DAY
        assert found["Replace the roller's head"].dtstart.value.timestamp() == NOW + 90 * DAY

    def test_session_is_followed_by_its_aftercare_windows(self, lived_in: Path) -> None:
        found = events_of(exported(lived_in))
        scalp = found["Aftercare: no retinoids, acids or vitamin C, scalp"]
        assert scalp.dtstart.value.timestamp() == USED_AT
        assert scalp.dtend.value.timestamp() == USED_AT + 72 * HOUR
        assert "After a use that ended Fri 20 Nov 2026" in scalp.description.value

    def test_aftercare_window_that_ends_last_counts(self, lived_in: Path) -> None:
        found = events_of(exported(lived_in))
        acids = found["Aftercare: no retinoids, acids or vitamin C, face"]
        assert acids.dtend.value.timestamp() == NOW - 3 * DAY + 168 * HOUR  # the clinic's
        sun = found["Aftercare: no direct sun, face"]
        assert sun.dtend.value.timestamp() == USED_AT - 660 + 168 * HOUR  # the use's

    def test_ended_aftercare_windows_are_left_out(self, lived_in: Path) -> None:
        found = events_of(exported(lived_in, NOW + 20 * DAY))
        assert not [title for title in found if title.startswith("Aftercare")]

    def test_calendar_lines_are_folded_and_end_as_the_format_says(self, lived_in: Path) -> None:
        data = exported(lived_in)
        lines = data.split(b"\r\n")
        assert lines[-1] == b""
        assert all(len(line) <= 75 for line in lines)
        assert b"\n" not in b"".join(lines)
        assert b"no retinoids\\, acids or vitamin C\\, face" in data.replace(b"\r\n ", b"")

    def test_calendar_times_are_in_utc(
        self, lived_in: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        try:
            lines = exported(lived_in).decode().splitlines()
        finally:
            monkeypatch.setenv("TZ", "UTC")
            time.tzset()
        times = [line for line in lines if line.startswith(("DT", "LAST-MODIFIED"))]
        assert times
        assert all(line.endswith("Z") for line in times)

    def test_moved_event_keeps_its_uid(self, lived_in: Path) -> None:
        before = events_of(exported(lived_in))
        with open_archive(lived_in) as archive, archive.transaction():
            clinic = Entry(diary.CLINIC, NOW + DAY, "scalp", data={"needle_um": 0, "text": ""})
            archive.diary.add(clinic, NOW + DAY)
        after = events_of(exported(lived_in, NOW + DAY))
        title = "Scalp: the next use is possible"
        assert before[title].uid.value == after[title].uid.value
        assert after[title].dtstart.value.timestamp() == NOW + DAY + 28 * DAY
        assert int(after[title].sequence.value) > int(before[title].sequence.value)
        assert after[title].dtstamp.value > before[title].dtstamp.value
        assert after[title].last_modified.value > before[title].last_modified.value

    def test_unchanged_event_stays_the_same(self, lived_in: Path) -> None:
        assert exported(lived_in) == exported(lived_in)
        one, other = (events_of(exported(lived_in, NOW + shift)) for shift in (0, HOUR))
        del one[
            "Replace the roller's head"
        ]  # which the case has not been told of: it will be new then
        for title, event in one.items():
            assert other[title].uid.value == event.uid.value
            assert other[title].sequence.value == event.sequence.value
            assert other[title].dtstart.value == event.dtstart.value

    def test_event_uids_differ(self, lived_in: Path) -> None:
        uids = [event.uid.value for event in events_of(exported(lived_in)).values()]
        assert len(set(uids)) == len(uids)

    def test_next_use_is_cancelled_while_a_reaction_is_open(self, lived_in: Path) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            reaction = Entry(diary.REACTION, NOW, "face", data={"text": "", "signs": []})
            archive.diary.add(reaction, NOW)
        found = events_of(exported(lived_in))
        face = found["Face: the next use is possible"]
        assert face.status.value == "CANCELLED"
        assert found["Replace the roller's head"].status.value == "CONFIRMED"

    @pytest.mark.parametrize(("until", "status"), [(NOW + 60 * DAY, "CONFIRMED"), (0, "CANCELLED")])
    def test_hold_with_an_end_moves_the_next_use(
        self, lived_in: Path, until: int, status: str
    ) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            hold = Entry(diary.HOLD, NOW, data={"reason": 5, "until": until})
            archive.diary.add(hold, NOW)
        face = events_of(exported(lived_in))["Face: the next use is possible"]
        assert face.status.value == status
        assert not until or face.dtstart.value.timestamp() == until

    def test_database_without_cases_is_a_calendar_without_events(
        self, home: Path, host: Host
    ) -> None:
        (home / "rollcase.db").touch()
        result = host("export", "ics")
        assert result.stdout.startswith("BEGIN:VCALENDAR")
        assert "VEVENT" not in result.stdout

    def test_calendar_promises_nothing(self, lived_in: Path) -> None:
        text = exported(lived_in).replace(b"\r\n ", b"").lower()
        assert b"safe" not in text
        assert b"steril" not in text

    def test_only_the_calendar_loads_its_library(self, lived_in: Path) -> None:
        for name in ("csv", "json"):
            assert "icalendar" not in modules_of("export", name)
        assert "icalendar" in modules_of("export", "ics")
