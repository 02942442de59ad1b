"""Calendar files that a sync keeps up to date: what is written when, what is said of trouble."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.calendars import Given, exported, read
from tests.host.complaints import complaint
from tests.host.lived_in import DAY, DEVICE, NOW

from rollhost.cli import calendar_file
from rollhost.database import diary
from rollhost.database.archive import Person
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.output import units

pytestmark = pytest.mark.in_process

Sync = Callable[..., list[str]]
"""Brings the followed files of a database up to date, at Unix time (s)."""


@pytest.fixture
def file(host: Host, lived_in: Path, home: Path) -> Path:
    """A calendar that is kept up to date, in a folder of its own."""
    (home / "shelf").mkdir()
    result = host("export", "ics", str(home / "shelf" / "a.ics"), "--follow")
    assert (
        result.stdout == f"Written to {home / 'shelf' / 'a.ics'}. Each sync keeps it up to date.\n"
    )
    return home / "shelf" / "a.ics"


@pytest.fixture
def sync(lived_in: Path) -> Sync:
    def run(now: int = NOW, path: Path = lived_in) -> list[str]:
        with open_archive(path) as archive:
            return calendar_file.after_sync(archive, now)

    return run


def write(path: Path, entry: Entry, now: int = NOW) -> Entry:
    """Write an entry down."""
    with open_archive(path) as archive, archive.transaction():
        return archive.diary.add(entry, now)


def at_a_clinic(path: Path) -> Entry:
    """Write down a session at a clinic on the neck."""
    data: dict[str, object] = {"needle_um": 1500, "text": "secret"}
    return write(path, Entry(diary.CLINIC, NOW, "neck", data=data))


def events_of(file: Path) -> dict[str, Given]:
    return read(file.read_bytes())


class TestContent:
    def test_followed_file_has_what_an_export_by_hand_has(self, file: Path, lived_in: Path) -> None:
        assert events_of(file) == read(exported(lived_in, NOW))

    def test_news_are_written_and_no_news_are_not(
        self, file: Path, lived_in: Path, sync: Sync
    ) -> None:
        before = file.stat()
        assert sync(NOW + 60) == []
        assert os.path.samestat(file.stat(), before)
        at_a_clinic(lived_in)
        assert sync(NOW + 60) == []
        assert not os.path.samestat(file.stat(), before)
        assert sum("neck" in event.title for event in events_of(file).values()) == 8

    def test_event_that_is_gone_stays_in_it_as_cancelled_without_its_words(
        self, file: Path, lived_in: Path, sync: Sync
    ) -> None:
        at_home = events_of(file).keys()
        clinic = at_a_clinic(lived_in)
        sync(NOW + 1)
        first = events_of(file)
        with open_archive(lived_in) as archive, archive.transaction():
            archive.diary.undo(clinic, NOW + 2)
        sync(NOW + 2)
        second = events_of(file)
        gone = second.keys() - at_home
        assert {(second[uid].title, second[uid].text) for uid in gone} == {
            ("No longer planned", "")
        }
        assert b"neck" not in file.read_bytes()
        assert all(second[uid].cancelled and second[uid].alarm_s is None for uid in gone)
        assert all(second[uid].sequence > first[uid].sequence for uid in gone)
        before = file.read_bytes()
        sync(NOW + 3)
        assert file.read_bytes() == before
        sync(NOW + 30 * DAY)
        assert not gone & events_of(file).keys()

    def test_file_leaves_the_memory_of_exports_by_hand_alone(
        self, file: Path, lived_in: Path, sync: Sync
    ) -> None:
        clinic = at_a_clinic(lived_in)
        exported(lived_in, NOW)
        with open_archive(lived_in) as archive, archive.transaction():
            archive.diary.undo(clinic, NOW)
        sync(NOW)
        cancelled = [event for event in read(exported(lived_in, NOW)).values() if event.cancelled]
        assert len(cancelled) == 8

    def test_file_that_is_deleted_or_cut_short_is_written_anew(
        self, file: Path, lived_in: Path, sync: Sync
    ) -> None:
        whole = file.read_bytes()
        file.unlink()
        assert sync() == []
        assert file.read_bytes() == whole
        file.write_bytes(whole[: len(whole) // 2])
        assert sync() == []
        assert file.read_bytes() == whole

    def test_number_that_the_format_does_not_have_begins_the_file_anew(
        self, file: Path, sync: Sync
    ) -> None:
        whole = file.read_bytes()
        number = re.search(rb"SEQUENCE:\d+", whole)
        assert number is not None
        file.write_bytes(whole.replace(number[0], b"SEQUENCE:%d" % ((1 << 31) - 1), 1))
        assert sync() == []
        assert file.read_bytes() == whole

    def test_file_stays_readable_for_whom_it_was_and_is_the_owners_alone_at_first(
        self, file: Path, lived_in: Path, sync: Sync
    ) -> None:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(0o644)
        at_a_clinic(lived_in)
        sync()
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert [*file.parent.iterdir()] == [file]

    def test_database_that_was_put_back_goes_on_with_higher_numbers(
        self, host: Host, file: Path, lived_in: Path, home: Path, sync: Sync
    ) -> None:
        host("backup", str(home / "backup.db"))
        at_a_clinic(lived_in)
        sync(NOW + 1)
        first = events_of(file)
        shutil.copy(home / "backup.db", lived_in)
        assert sync(NOW + 2) == []
        second = events_of(file)
        changed = [uid for uid in first if first[uid].content != second[uid].content]
        assert len([uid for uid in changed if second[uid].cancelled]) == 8
        assert all(second[uid].sequence > first[uid].sequence for uid in changed)
        assert {uid: second[uid] for uid in first if uid not in changed} == {
            uid: first[uid]._replace(stamp=second[uid].stamp) for uid in first if uid not in changed
        }


class TestSeveral:
    def test_each_person_has_a_file_of_their_own(
        self, host: Host, file: Path, lived_in: Path, sync: Sync
    ) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            archive.keep_person(Person(7, "Ben"))
        theirs = file.with_name("ben.ics")
        assert host("export", "ics", str(theirs), "--follow", "--person", "Ben").returncode == 0
        entry = Entry(diary.PLAN, NOW, "scalp", data={"sessions": 3}, person=7)
        before = file.read_bytes()
        write(lived_in, entry)
        assert sync(NOW) == []
        assert [event.title for event in events_of(theirs).values()] == [
            "Planned: session 1 of 3, scalp"
        ]
        assert file.read_bytes() == before
        sentence, _ = complaint(host("export", "ics", str(file), "--follow", "--person", "Ben"), 2)
        assert sentence == f"{file} is the calendar of another person."

    def test_file_of_a_person_who_was_forgotten_is_named_once_and_left(
        self, host: Host, file: Path, lived_in: Path, sync: Sync
    ) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            archive.keep_person(Person(7, "Ben"))
        theirs = file.with_name("ben.ics")
        assert host("export", "ics", str(theirs), "--follow", "--person", "Ben").returncode == 0
        with open_archive(lived_in) as archive, archive.transaction():
            archive.forget_person(7)
        assert sync() == [
            f"{theirs} is the calendar of somebody who was forgotten: it is kept up to date no"
            " longer. Delete it."
        ]
        assert sync() == []

    def test_two_computers_with_the_same_history_do_not_write_over_each_other(
        self, host: Host, file: Path, lived_in: Path, home: Path, sync: Sync
    ) -> None:
        other = home / "other.db"
        (home / "share").mkdir()
        host("share", str(home / "share"))
        host("share", str(home / "share"), "--db", str(other))
        # The other one is four minutes ahead, and follows the same file.
        words = ("export", "ics", str(file), "--follow", "--force", "--db", str(other))
        before = file.read_bytes()
        assert host(*words, ROLLCASE_NOW=units.utc(NOW + 240)).returncode == 0
        assert file.read_bytes() == before
        at_a_clinic(lived_in)
        sync(NOW + 60)
        first = events_of(file)
        # One that has not heard of it cancels it, and is set right by whoever has.
        assert sync(NOW + 300, other) == []
        assert sum(event.cancelled for event in events_of(file).values()) == 8
        assert sync(NOW + 120) == []
        again = events_of(file)
        assert {uid: event.content for uid, event in again.items()} == {
            uid: event.content for uid, event in first.items()
        }
        assert all(again[uid].sequence >= first[uid].sequence for uid in first)
        host("share")
        host("share", "--db", str(other))
        before = file.read_bytes()
        assert sync(NOW + 400, other) == []
        assert file.read_bytes() == before

    @pytest.mark.slow
    def test_programs_at_once_leave_one_whole_file(
        self, file: Path, lived_in: Path, home: Path
    ) -> None:
        at_a_clinic(lived_in)
        words = [sys.executable, "-m", "rollhost", "export", "ics", str(file), "--follow"]
        programs = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for _ in range(3)]
        assert [program.wait(60) for program in programs] == [0, 0, 0]
        assert sum("neck" in event.title for event in events_of(file).values()) == 8
        assert [*file.parent.iterdir()] == [file]


class TestTrouble:
    def test_file_of_somebody_else_is_left_alone(self, file: Path, sync: Sync) -> None:
        theirs = file.read_bytes().replace(b"-//Rollcase//", b"-//Others//")
        file.write_bytes(theirs)
        assert sync() == [
            f"Calendar not written: {file} is no calendar of this program any more. To end that:"
            f" host export ics {file} --no-follow"
        ]
        assert file.read_bytes() == theirs

    def test_folder_that_is_gone_is_said_and_does_not_stop_other_files(
        self, host: Host, file: Path, lived_in: Path, home: Path, sync: Sync
    ) -> None:
        assert host("export", "ics", str(home / "b.ics"), "--follow").returncode == 0
        shutil.rmtree(file.parent)
        at_a_clinic(lived_in)
        (note,) = sync()
        assert note.startswith(f"Calendar not written: There is no folder {file.parent}.")
        assert any("neck" in event.title for event in events_of(home / "b.ics").values())

    def test_folder_in_the_place_of_the_file_is_said(self, file: Path, sync: Sync) -> None:
        file.unlink()
        file.mkdir()
        (note,) = sync()
        assert note.startswith(f"Calendar not written: {file} is a folder.")

    def test_database_that_cannot_be_written_begins_nothing(
        self, lived_in: Path, home: Path, host_without_rights: Host
    ) -> None:
        lived_in.chmod(0o444)
        result = host_without_rights("export", "ics", str(home / "a.ics"), "--follow")
        sentence, _ = complaint(result)
        assert sentence == f"{lived_in} cannot be written."
        assert not (home / "a.ics").exists()

    def test_file_that_may_only_be_read_stays(
        self, host: Host, file: Path, lived_in: Path, host_without_rights: Host
    ) -> None:
        at_a_clinic(lived_in)
        file.chmod(0o444)
        before = file.read_bytes()
        sentence, _ = complaint(host_without_rights("export", "ics", str(file)), 2)
        assert sentence == f"{file} may only be read."
        assert file.read_bytes() == before

    def test_missing_package_is_said_only_where_a_file_is_followed(
        self, file: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "icalendar", None)
        (note,) = sync()
        assert note.startswith("No calendar written: The package icalendar is not installed")
        with open_archive(file.parent.parent / "rollcase.db") as archive:
            calendar_file.end(archive, file)
        assert sync() == []


class TestArguments:
    def test_no_follow_ends_it_and_leaves_the_file(
        self, host: Host, file: Path, lived_in: Path, sync: Sync
    ) -> None:
        result = host("export", "ics", str(file), "--no-follow")
        assert result.stdout == f"{file} stays as it is: no sync writes it any more.\n"
        before = file.read_bytes()
        at_a_clinic(lived_in)
        assert sync() == []
        assert file.read_bytes() == before
        sentence, step = complaint(host("export", "ics", str(file), "--no-follow"), 2)
        assert (sentence, step) == (f"{file} is not kept up to date.", "No calendar file is.")

    def test_relative_name_is_the_same_file(
        self, host: Host, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(file.parent)
        assert host("export", "ics", "b.ics", "--no-follow").returncode == 2
        assert host("export", "ics", "a.ics", "--no-follow").returncode == 0

    def test_export_by_hand_to_a_followed_file_brings_it_up_to_date(
        self, host: Host, file: Path, lived_in: Path
    ) -> None:
        at_a_clinic(lived_in)
        assert host("export", "ics", str(file)).stdout == f"Written to {file}.\n"
        assert sum("neck" in event.title for event in events_of(file).values()) == 8

    def test_file_that_is_there_is_followed_only_with_force(
        self, host: Host, lived_in: Path, home: Path, sync: Sync
    ) -> None:
        (home / "a.ics").write_text("mine")
        words = ("export", "ics", str(home / "a.ics"), "--follow")
        sentence, _ = complaint(host(*words), 2)
        assert sentence == f"{home / 'a.ics'} is there already."
        assert (sync(), (home / "a.ics").read_text()) == ([], "mine")
        assert host(*words, "--force").returncode == 0
        assert DEVICE not in (home / "a.ics").read_text()  # no id of a case is in a calendar

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["csv", "a.csv", "--follow"], "--follow is for a calendar."),
            (["ics", "--follow"], "--follow is for a file."),
            (["ics", "-", "--no-follow"], "--follow is for a file."),
        ],
    )
    def test_follow_without_a_file_or_for_another_format_is_refused(
        self, host: Host, lived_in: Path, words: list[str], sentence: str
    ) -> None:
        assert complaint(host("export", *words), 2)[0] == sentence
