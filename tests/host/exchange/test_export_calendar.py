"""The export as a calendar, read by a library that did not write it."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from uuid import uuid5

import pytest
import vobject
from tests.conftest import Host
from tests.host.calendars import exported, given, read
from tests.host.complaints import complaint
from tests.host.lived_in import DAY, DEVICE, NOW, USED_AT
from tests.host.run_host import modules_of

from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.database import open as open_module
from rollhost.database.calendar_memory import CalendarEvent
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.exchange.export_calendar import NAMESPACE, planned
from rollhost.history import history
from rollhost.output import units

HOUR = 3600


def events_of(data: bytes | str) -> dict[str, "vobject.base.Component"]:
    """Return the events of a calendar by their titles, read by a library that did not write it."""
    text = data if isinstance(data, str) else data.decode()
    read = vobject.readOne(text, validate=True)
    found = {event.summary.value: event for event in read.contents["vevent"]}
    assert len(found) == len(read.contents["vevent"])
    return found


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
        found = events_of(exported(lived_in, NOW))
        title = "no retinoids, no exfoliating acids (minoxidil: ask whoever treats your scalp)"
        scalp = found[f"Aftercare: {title}, scalp"]
        assert scalp.dtstart.value.timestamp() == USED_AT
        assert scalp.dtend.value.timestamp() == USED_AT + 120 * HOUR
        assert "After a use that ended Fri 20 Nov 2026" in scalp.description.value

    def test_aftercare_window_that_ends_last_counts(self, lived_in: Path) -> None:
        found = events_of(exported(lived_in, NOW))
        acids = found[
            "Aftercare: no retinoids, no exfoliating acids (AHA, BHA), no vitamin C, face"
        ]
        assert acids.dtend.value.timestamp() == NOW - 3 * DAY + 168 * HOUR  # the clinic's
        sun = found["Aftercare: no direct sun, face"]
        assert sun.dtend.value.timestamp() == USED_AT - 660 + 168 * HOUR  # the use's

    def test_ended_aftercare_windows_are_left_out(self, lived_in: Path) -> None:
        found = events_of(exported(lived_in, NOW + 20 * DAY))
        assert not [title for title in found if title.startswith("Aftercare")]

    def test_calendar_lines_are_folded_and_end_as_the_format_says(self, lived_in: Path) -> None:
        data = exported(lived_in, NOW)
        lines = data.split(b"\r\n")
        assert lines[-1] == b""
        assert all(len(line) <= 75 for line in lines)
        assert b"\n" not in b"".join(lines)
        assert b"no exfoliating acids (AHA\\, BHA)\\, no vitamin C\\, face" in data.replace(
            b"\r\n ", b""
        )

    def test_calendar_moments_are_in_utc_and_days_in_no_zone(
        self, lived_in: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        try:
            lines = exported(lived_in, NOW).decode().splitlines()
        finally:
            monkeypatch.setenv("TZ", "UTC")
            time.tzset()
        times = [line for line in lines if line.startswith(("DT", "LAST-MODIFIED"))]
        assert times
        days = [line for line in times if not line.endswith("Z")]
        assert days == ["DTSTART;VALUE=DATE:20271120", "DTEND;VALUE=DATE:20271121"]

    def test_moved_event_keeps_its_uid(self, lived_in: Path) -> None:
        before = events_of(exported(lived_in, NOW))
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
        assert exported(lived_in, NOW) == exported(lived_in, NOW)
        one, other = (events_of(exported(lived_in, NOW + shift)) for shift in (0, HOUR))
        del one[
            "Replace the roller's head"
        ]  # which the case has not been told of: it will be new then
        assert one.keys() <= other.keys()
        for title, event in one.items():
            for name in event.contents.keys() - {"dtstamp"}:
                assert str(other[title].contents[name]) == str(event.contents[name])
            assert other[title].dtstamp.value > event.dtstamp.value

    def test_event_uids_differ(self, lived_in: Path) -> None:
        uids = [event.uid.value for event in events_of(exported(lived_in, NOW)).values()]
        assert len(set(uids)) == len(uids)

    def test_uid_is_made_from_what_the_event_is_about(self, lived_in: Path) -> None:
        with open_archive(lived_in) as archive:
            past = history.read(archive)
            mine, theirs = ([event.uid for event in planned(past, NOW, who)] for who in (0, 7))
        # Calendars have events under these already.
        assert mine[0] == str(uuid5(NAMESPACE, f"next use {DEVICE} face"))
        assert theirs[0] == str(uuid5(NAMESPACE, f"7 next use {DEVICE} face"))
        assert len({*mine, *theirs}) == len(mine) + len(theirs)

    def test_next_use_is_cancelled_while_a_reaction_is_open(self, lived_in: Path) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            reaction = Entry(diary.REACTION, NOW, "face", data={"text": "", "signs": []})
            archive.diary.add(reaction, NOW)
        found = events_of(exported(lived_in, NOW))
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
        face = events_of(exported(lived_in, NOW))["Face: the next use is possible"]
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
        text = exported(lived_in, NOW).replace(b"\r\n ", b"").lower()
        assert b"safe" not in text
        assert b"steril" not in text

    def test_only_the_calendar_loads_its_library(self, lived_in: Path) -> None:
        for name in ("csv", "json"):
            assert "icalendar" not in modules_of("export", name)
        assert "icalendar" in modules_of("export", "ics")


def at_a_clinic(path: Path) -> Entry:
    """Write down a session at a clinic on the neck, whose aftercare is to come."""
    with open_archive(path) as archive, archive.transaction():
        clinic = Entry(diary.CLINIC, NOW, "neck", data={"needle_um": 1500, "text": ""})
        return archive.diary.add(clinic, NOW)


def take_back(path: Path, entry: Entry) -> None:
    """Undo an entry."""
    with open_archive(path) as archive, archive.transaction():
        archive.diary.undo(entry, NOW)


def memory_of(path: Path, person: int = diary.ME) -> list[CalendarEvent]:
    """Return what a database remembers of a person's calendars."""
    with open_archive(path) as archive:
        return archive.calendar.events(person)


@pytest.mark.in_process
class TestMemory:
    def test_undone_session_is_cancelled_once_and_comes_back_confirmed(
        self, lived_in: Path
    ) -> None:
        other_uids = given(lived_in, NOW).keys()
        clinic = at_a_clinic(lived_in)
        first = given(lived_in, NOW)
        uids = first.keys() - other_uids
        assert len(uids) == 8
        take_back(lived_in, clinic)
        second, third = given(lived_in, NOW), given(lived_in, NOW)
        for uid in uids:
            assert second[uid] == first[uid]._replace(
                cancelled=True, sequence=second[uid].sequence, alarm_s=None
            )
            assert second[uid].sequence > first[uid].sequence
        assert third == {uid: event for uid, event in second.items() if uid not in uids}
        at_a_clinic(lived_in)
        fourth = given(lived_in, NOW)
        assert {uid: fourth[uid].content for uid in uids} == {
            uid: first[uid].content for uid in uids
        }
        assert all(fourth[uid].sequence > second[uid].sequence for uid in uids)

    def test_ended_windows_are_not_cancelled(self, lived_in: Path) -> None:
        clinic = at_a_clinic(lived_in)
        given(lived_in, NOW)
        take_back(lived_in, clinic)
        end = NOW + 48 * HOUR  # of make-up
        now_ended = {event.title for event in given(lived_in, end).values() if event.cancelled}
        assert "Aftercare: no strenuous exercise, neck" in now_ended
        assert "Aftercare: no make-up, no touching, neck" not in now_ended

    def test_cancelled_event_leaves_no_words_behind(self, lived_in: Path) -> None:
        clinic = at_a_clinic(lived_in)
        given(lived_in, NOW)
        take_back(lived_in, clinic)
        given(lived_in, NOW)
        remembered = memory_of(lived_in)
        assert not [event for event in remembered if "neck" in event.title + event.text]
        assert sum(event.cancelled and not event.title for event in remembered) == 8

    def test_event_that_is_gone_is_forgotten_a_month_after_its_end(self, lived_in: Path) -> None:
        clinic = at_a_clinic(lived_in)
        given(lived_in, NOW)
        take_back(lived_in, clinic)
        given(lived_in, NOW)
        with open_archive(lived_in) as archive, archive.transaction():
            archive.diary.add(Entry(diary.REACTION, NOW, data={"text": "", "signs": []}), NOW)
        for days, rows in ((43, 8), (45, 0)):  # sunscreen ends after 14 days, others earlier
            given(lived_in, NOW + days * DAY)
            words = [event for event in memory_of(lived_in) if not event.title]
            assert bool(words) == bool(rows)

    def test_next_use_that_is_long_over_keeps_its_number(self, lived_in: Path) -> None:
        uid = str(uuid5(NAMESPACE, f"next use {DEVICE} scalp"))
        one, other = (given(lived_in, NOW + days * DAY)[uid] for days in (0, 900))
        assert (one.sequence, one.modified_at) == (other.sequence, other.modified_at)

    @pytest.mark.parametrize("argument", ["nowhere/a.ics", "there"])
    def test_calendar_that_was_not_written_is_not_remembered(
        self, host: Host, lived_in: Path, home: Path, argument: str
    ) -> None:
        clinic = at_a_clinic(lived_in)
        first = given(lived_in, NOW)
        take_back(lived_in, clinic)
        before = memory_of(lived_in)
        (home / "there").touch()
        assert host("export", "ics", str(home / argument)).returncode == 2
        assert memory_of(lived_in) == before
        after = given(lived_in, NOW)
        assert {uid for uid, event in after.items() if event.cancelled} <= first.keys()
        assert sum(event.cancelled for event in after.values()) == 8

    def test_calendar_that_stdout_does_not_take_is_not_remembered(
        self, lived_in: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROLLCASE_NOW", units.utc(NOW + 60 * DAY))  # it fits Python's buffer
        monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(
                [sys.executable, "-m", "rollhost", "export", "ics"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert result.returncode == 1
        assert result.stderr == "host: No space left on device.\n"
        assert memory_of(lived_in) == []

    def test_calendar_on_stdout_is_remembered(self, lived_in: Path) -> None:
        words = [sys.executable, "-m", "rollhost", "export", "ics"]
        printed = subprocess.run(words, capture_output=True).stdout
        remembered = {event.uid: event.sequence for event in memory_of(lived_in)}
        assert remembered == {uid: event.sequence for uid, event in read(printed).items()}

    def test_read_only_database_gives_a_calendar_that_it_does_not_remember(
        self, lived_in: Path, home: Path, host_without_rights: Host
    ) -> None:
        clinic = at_a_clinic(lived_in)
        first = given(lived_in, NOW - 2)
        take_back(lived_in, clinic)
        lived_in.chmod(0o444)
        sequences = []
        for now in (NOW - 1, NOW):
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("ROLLCASE_NOW", units.utc(now))
                result = host_without_rights("export", "ics", str(home / "a.ics"), "--force")
            assert result.returncode == 0
            assert result.stderr == (
                f"{lived_in} cannot be written."
                " The next calendar says again what is new in this one.\n"
            )
            second = read((home / "a.ics").read_bytes())
            gone = [event for event in second.values() if event.cancelled]
            assert len(gone) == 8
            assert all(event.sequence > first[event.uid].sequence for event in gone)
            sequences.append(gone[0].sequence)
        assert sequences[0] <= sequences[1]

    def test_nothing_is_written_into_the_database_without_news(self, lived_in: Path) -> None:
        given(lived_in, NOW)
        with closing(sqlite3.connect(lived_in)) as other:
            version = other.execute("PRAGMA data_version").fetchall()  # rises with each commit
            given(lived_in, NOW)
            assert other.execute("PRAGMA data_version").fetchall() == version
            at_a_clinic(lived_in)
            assert other.execute("PRAGMA data_version").fetchall() > version

    def test_exports_at_once_agree(self, lived_in: Path, home: Path) -> None:
        words = [sys.executable, "-m", "rollhost", "export", "ics"]
        programs = [
            subprocess.Popen([*words, str(home / f"{number}.ics")], stderr=subprocess.PIPE)
            for number in range(3)
        ]
        for program in programs:
            _, said = program.communicate(timeout=60)
            assert (program.returncode, said) == (0, b"")
        one, *others = (read((home / f"{number}.ics").read_bytes()) for number in range(3))
        assert others == [one, one]

    def test_export_waits_for_one_that_is_not_done(
        self, host: Host, lived_in: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(open_module, "BUSY_MS", 20)
        with open_archive(lived_in) as other, other.transaction():
            sentence, _ = complaint(host("export", "ics", str(home / "a.ics")))
        assert sentence == f"{lived_in} is in use by another program."
        assert not (home / "a.ics").exists()
        assert memory_of(lived_in) == []

    def test_calendars_of_other_persons_are_left_alone(self, lived_in: Path) -> None:
        theirs = CalendarEvent("a", NOW, NOW + DAY, False, "Face", "b", 7, NOW)
        with open_archive(lived_in) as archive, archive.transaction():
            archive.calendar.replace(7, [theirs])
        assert "a" not in given(lived_in, NOW)
        assert memory_of(lived_in, 7) == [theirs]

    def test_number_is_above_what_earlier_versions_gave(self, lived_in: Path) -> None:
        ahead = NOW + 400 * DAY
        with open_archive(lived_in) as archive, archive.transaction():
            archive.diary.add(Entry(diary.NOTE, ahead, data={"text": ""}), ahead)
        # They took the time of the newest entry, which may be from a computer that is ahead.
        sequences = [event.sequence for event in given(lived_in, NOW).values()]
        assert min(sequences) >= ahead - CASE_EPOCH

    def test_number_fits_the_format_whatever_the_clock_says(self, lived_in: Path) -> None:
        first = given(lived_in, 5_600_000_000)  # in 2147
        at_a_clinic(lived_in)
        second = given(lived_in, 5_600_000_000)
        with open_archive(lived_in) as archive, archive.transaction():
            archive.diary.add(Entry(diary.REACTION, NOW, data={"text": "", "signs": []}), NOW)
        third = given(lived_in, NOW)
        assert max(event.sequence for event in [*second.values(), *third.values()]) < 1 << 31
        face = str(uuid5(NAMESPACE, f"next use {DEVICE} face"))
        assert third[face].sequence > first[face].sequence
