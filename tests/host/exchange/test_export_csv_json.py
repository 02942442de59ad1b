"""The export in its formats, and files that are written whole or not at all."""

import csv
import io
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Host
from tests.firmware.logs import records_of
from tests.host.cli.test_main import modules_of
from tests.host.complaints import complaint, sentence_and_step
from tests.host.database.test_archive import (
    HOLD_LOCK,
    UNUSABLE,
    UNUSABLE_NAMES,
    host_with_small_files,
    make_full,
)
from tests.host.lived_in import DAY, DEVICE, LOG, NOW, USED_AT, beside, fill

from rollcore import events, policy
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollhost.atomic_file import FileError, new_file
from rollhost.cli.main import main
from rollhost.database import diary
from rollhost.database import open as open_module
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.exchange import export_csv_json
from rollhost.exchange.export_calendar import calendar
from rollhost.history import history
from rollhost.history.policies import Policies, read_policies

FORMATS = ["csv", "json", "ics", "sqlite"]
TEXTS = ["csv", "json", "ics"]
HOUR = 3600


class TestTable:
    def test_it_has_a_row_for_each_record_that_can_be_read(
        self, host: Host, lived_in: Path
    ) -> None:
        result = host("export", "csv", TZ="Europe/Berlin")
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert [(row["log"] == LOG.hex(), row["seq"]) for row in rows] == [
            (False, "1"), *[(True, str(seq)) for seq in (1, 2, 3, 4, 5, 6, 8, 9)]
        ]  # fmt: skip
        assert rows[-1] == {
            "earliest": "2026-11-20T11:00:00+01:00",
            "latest": "2026-11-20T11:00:00+01:00",
            "device": DEVICE,
            "case": "bathroom",
            "log": LOG.hex(),
            "seq": "9",
            "kind": "use_ended",
            "zone": "scalp",
            "words": "use ended after 4 minutes",
        }
        assert [row["zone"] for row in rows] == [*[""] * 4, "face", "face", *["scalp"] * 3]
        assert result.stderr.startswith("1 record in quarantine cannot be read")

    def test_zones_have_the_names_that_the_log_shows(self, host: Host, lived_in: Path) -> None:
        rows = csv.DictReader(io.StringIO(host("export", "csv").stdout))
        records = json.loads(host("log", "--json").stdout)["records"]
        names = [row["zone"] or None for row in rows]
        assert names == [record["zone_name"] for record in records]
        assert set(names) == {None, "face", "scalp"}

    def test_a_zone_that_nobody_knows_has_no_name(self, host: Host, lived_in: Path) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            archive._db.execute("DELETE FROM policies")
        rows = csv.DictReader(io.StringIO(host("export", "csv").stdout))
        assert {row["zone"] for row in rows} == {""}
        assert len(json.loads(host("log", "--json", "--zone", "face").stdout)["records"]) == 5

    def test_a_record_between_bounds_has_both(self, host: Host, lived_in: Path) -> None:
        first = next(csv.DictReader(io.StringIO(host("export", "csv").stdout)))
        assert first["earliest"] == "2020-01-01T00:00:00+00:00"
        assert first["latest"] == "2026-11-20T09:43:20+00:00"

    @pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1"])  # noqa: RUF001
    def test_a_cell_never_starts_a_formula(self, host: Host, home: Path, name: str) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive:
            fill(archive, name)
        rows = list(csv.DictReader(io.StringIO(host("export", "csv").stdout)))
        assert {row["case"] for row in rows} == {"'" + name}

    @given(text=st.text(max_size=5))
    def test_no_cell_at_all_does(self, text: str) -> None:
        cell = export_csv_json._cell(text)
        assert cell.removeprefix("'") == text.removeprefix("'")
        assert not cell[:1] or cell[0] not in "=+-@\t\r\n＝＋－＠"  # noqa: RUF001

    def test_dates_in_words_are_whole(self, home: Path, host: Host, lived_in: Path) -> None:
        now = int(time.time())
        with open_archive(lived_in) as archive, archive.transaction():
            log_id = archive.keep_log(archive.cases()[0].id, "aa")
            data = {"at": now - CASE_EPOCH, "needle_um": 0, "token": 0}
            event = Event(events.CLINIC, data, seq=1, boot=1)
            archive.keep_records(log_id, 1, 0, events.encode(event, 0))
        rows = csv.DictReader(io.StringIO(host("export", "csv", ROLLCASE_NOW="").stdout))
        (row,) = [row for row in rows if row["kind"] == "clinic"]
        at = datetime.fromtimestamp(now, timezone.utc)
        assert row["words"] == f"session at a clinic, {at:%a} {at.day} {at:%b %Y, %H:%M}"


class TestJson:
    def test_it_holds_everything(self, host: Host, lived_in: Path) -> None:
        document = json.loads(host("export", "json").stdout)
        assert document["format"] == "rollcase export"
        assert document["schema_version"] == 2
        (case,) = document["cases"]
        assert (case["device"], case["name"], case["log"]) == (DEVICE, "bathroom", LOG.hex())
        assert case["new_policy"] == policy.for_needle(500).text
        log = case["logs"][1]
        assert [record["seq"] for record in log["records"]] == [1, 2, 3, 4, 5, 6, 8, 9]
        assert {len(record["raw"]) for record in log["records"]} == {64}
        assert log["quarantine"][0]["reason"] == "its checksum does not fit"
        kinds = [one["kind"] for one in document["diary"]]
        assert kinds == ["policy", "note", "head", "clinic"]
        devices = [one["device"] for one in document["diary"] if one["kind"] != "policy"]
        assert devices == [None, DEVICE, None]
        assert {one["person"] for one in document["diary"]} == {0}
        assert document["persons"] == [{"token": 0, "name": "me"}]

    def test_the_same_database_gives_the_same_document(self, host: Host, lived_in: Path) -> None:
        once = host("export", "json", ROLLCASE_NOW="2026-11-21")
        assert host("export", "json", ROLLCASE_NOW="2027-11-21").stdout == once.stdout

    def test_it_has_a_line_for_each_record(self, host: Host, lived_in: Path) -> None:
        lines = host("export", "json").stdout.splitlines()
        assert sum('"raw"' in line for line in lines) == 10

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_whatever_is_in_it_it_is_json(self, value: object) -> None:
        assert json.loads("".join(export_csv_json._lines(value, 0))) == value

    def test_export_is_of_one_moment(self, lived_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def meanwhile(archive: Archive) -> Policies:
            found = read_policies(archive)
            with open_archive(lived_in) as other, other.transaction():
                other.diary.add(Entry(diary.NOTE, NOW, data={"text": "later"}), NOW)
            return found

        with open_archive(lived_in) as archive:
            before = export_csv_json.json_text(history.read(archive))
            with monkeypatch.context() as patch:
                patch.setattr(history, "read_policies", meanwhile)
                assert export_csv_json.json_text(history.read(archive)) == before
            assert export_csv_json.json_text(history.read(archive)) != before


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
    def test_another_library_reads_it(self, host: Host, lived_in: Path, home: Path) -> None:
        assert host("export", "ics", str(home / "a.ics")).returncode == 0
        found = events_of((home / "a.ics").read_bytes())
        face = found["Face: the next use is possible"]
        scalp = found["Scalp: the next use is possible"]
        # The session at a clinic was two days before the use, and rests for longer.
        assert face.dtstart.value.timestamp() == NOW - 3 * DAY + 28 * DAY
        assert scalp.dtstart.value.timestamp() == USED_AT + 7 * DAY
        assert found["Replace the roller's head"].dtstart.value.timestamp() == NOW + 90 * DAY

    def test_after_a_session_come_its_windows(self, lived_in: Path) -> None:
        found = events_of(exported(lived_in))
        scalp = found["Aftercare: no retinoids, acids or vitamin C, scalp"]
        assert scalp.dtstart.value.timestamp() == USED_AT
        assert scalp.dtend.value.timestamp() == USED_AT + 72 * HOUR
        assert "After a use that ended Fri 20 Nov 2026" in scalp.description.value

    def test_of_two_sessions_the_window_counts_that_ends_last(self, lived_in: Path) -> None:
        found = events_of(exported(lived_in))
        acids = found["Aftercare: no retinoids, acids or vitamin C, face"]
        assert acids.dtend.value.timestamp() == NOW - 3 * DAY + 168 * HOUR  # the clinic's
        sun = found["Aftercare: no direct sun, face"]
        assert sun.dtend.value.timestamp() == USED_AT - 660 + 168 * HOUR  # the use's

    def test_windows_that_have_ended_are_left_out(self, lived_in: Path) -> None:
        found = events_of(exported(lived_in, NOW + 20 * DAY))
        assert not [title for title in found if title.startswith("Aftercare")]

    def test_lines_are_folded_and_end_as_the_format_says(self, lived_in: Path) -> None:
        data = exported(lived_in)
        lines = data.split(b"\r\n")
        assert lines[-1] == b""
        assert all(len(line) <= 75 for line in lines)
        assert b"\n" not in b"".join(lines)
        assert b"no retinoids\\, acids or vitamin C\\, face" in data.replace(b"\r\n ", b"")

    def test_all_times_are_in_utc(self, lived_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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

    def test_the_same_thing_keeps_its_uid_and_moves(self, lived_in: Path) -> None:
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

    def test_what_has_not_changed_is_the_same_event(self, lived_in: Path) -> None:
        assert exported(lived_in) == exported(lived_in)
        one, other = (events_of(exported(lived_in, NOW + shift)) for shift in (0, HOUR))
        del one[
            "Replace the roller's head"
        ]  # which the case has not been told of: it will be new then
        for title, event in one.items():
            assert other[title].uid.value == event.uid.value
            assert other[title].sequence.value == event.sequence.value
            assert other[title].dtstart.value == event.dtstart.value

    def test_uids_differ(self, lived_in: Path) -> None:
        uids = [event.uid.value for event in events_of(exported(lived_in)).values()]
        assert len(set(uids)) == len(uids)

    def test_while_a_reaction_is_open_the_next_use_is_called_off(self, lived_in: Path) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            reaction = Entry(diary.REACTION, NOW, "face", data={"text": "", "signs": []})
            archive.diary.add(reaction, NOW)
        found = events_of(exported(lived_in))
        face = found["Face: the next use is possible"]
        assert face.status.value == "CANCELLED"
        assert found["Replace the roller's head"].status.value == "CONFIRMED"

    @pytest.mark.parametrize(("until", "status"), [(NOW + 60 * DAY, "CONFIRMED"), (0, "CANCELLED")])
    def test_a_hold_with_an_end_moves_it(self, lived_in: Path, until: int, status: str) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            hold = Entry(diary.HOLD, NOW, data={"reason": 5, "until": until})
            archive.diary.add(hold, NOW)
        face = events_of(exported(lived_in))["Face: the next use is possible"]
        assert face.status.value == status
        assert not until or face.dtstart.value.timestamp() == until

    def test_a_database_without_cases_is_a_calendar_without_events(
        self, home: Path, host: Host
    ) -> None:
        (home / "rollcase.db").touch()
        result = host("export", "ics")
        assert result.stdout.startswith("BEGIN:VCALENDAR")
        assert "VEVENT" not in result.stdout

    def test_it_promises_nothing(self, lived_in: Path) -> None:
        text = exported(lived_in).replace(b"\r\n ", b"").lower()
        assert b"safe" not in text
        assert b"steril" not in text

    def test_no_other_format_loads_its_library(self, lived_in: Path) -> None:
        for name in ("csv", "json"):
            assert "icalendar" not in modules_of("export", name)
        assert "icalendar" in modules_of("export", "ics")


class TestSessions:
    def test_a_use_that_was_too_short_is_none(self, lived_in: Path) -> None:
        with open_archive(lived_in) as archive:
            found = [
                (one.ended - USED_AT, one.zone, one.needle_um)
                for one in history.read(archive).sessions
            ]
        assert found == [(-2 * DAY, "face", 1500), (-660, "face", 250), (0, "scalp", 250)]

    def test_a_clinic_that_the_case_was_told_of_counts_once(self, lived_in: Path) -> None:
        with open_archive(lived_in) as archive:
            (entry,) = [one for one in archive.diary.entries() if one.kind == diary.CLINIC]
            data = {"at": entry.at - CASE_EPOCH, "needle_um": 1500, "token": entry.token}
            (case,) = archive.cases()
            log_id = archive.logs(case.id)[1]
            chain = events.crc_of(archive.raw_records(log_id)[-1])
            event = Event(events.CLINIC, data, seq=10, boot=1, uptime=2000, time=NOW - CASE_EPOCH)
            with archive.transaction():
                archive.keep_records(log_id, 10, chain, events.encode(event, chain))
            assert len(history.read(archive).sessions) == 3

    def test_a_use_that_lost_its_power_ended_when_a_use_ends_at_the_latest(
        self, home: Path
    ) -> None:
        start = NOW - CASE_EPOCH - 5 * DAY
        log = [
            Event(events.CLOCK_SET, {"old": 0, "source": 1, "forced": 0}, 0, 1, 1, 5, start),
            Event(events.USE_STARTED, {"how": 1, "digest": 0}, 0, 2, 1, 10, start + 5),
            Event(events.BOOT, {"cause": 1, "torn": 0}, 0, 3, 2, 0, start + 60),
        ]
        with open_archive(home / "a.db", create=True) as archive, archive.transaction():
            case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
            log_id = archive.keep_log(case_id, LOG.hex())
            archive.keep_records(
                log_id, 1, first_chain(LOG), b"".join(records_of(log, first_chain(LOG)))
            )
            archive.note_meeting(case_id, log_id, NOW, 0)
        with open_archive(home / "a.db") as archive:
            (one,) = history.read(archive).sessions
        assert one.ended == start + CASE_EPOCH + 5 + 30 * 60
        assert (one.zone, one.needle_um) == ("face", 500)


class TestDatabase:
    def test_the_copy_has_the_same_rows_and_is_for_its_owner_alone(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        result = host("export", "sqlite", str(home / "copy.db"))
        assert result.stdout == f"Written to {home / 'copy.db'}.\n"
        assert stat.S_IMODE((home / "copy.db").stat().st_mode) == 0o600
        assert beside(home) == ["copy.db"]
        dumps = []
        for path in (lived_in, home / "copy.db"):
            with sqlite3.connect(path) as db:
                dumps.append(list(db.iterdump()))
            db.close()
        assert dumps[0] == dumps[1]

    def test_it_holds_what_another_program_has_just_committed(
        self, lived_in: Path, home: Path
    ) -> None:
        with open_archive(lived_in) as other:  # keeps what it writes in a file beside
            with other.transaction():
                other.diary.add(Entry(diary.NOTE, NOW, data={"text": "just now"}), NOW)
            assert main(["export", "sqlite", str(home / "copy.db")]) == 0
        with open_archive(home / "copy.db") as archive:
            assert archive.diary.entries()[-1].text == "just now"

    @pytest.mark.parametrize("file", [[], ["-"]])
    def test_it_needs_a_file(self, host: Host, lived_in: Path, file: list[str]) -> None:
        sentence, step = complaint(host("export", "sqlite", *file), 2)
        assert sentence == "A database needs a file."
        assert step.endswith("export sqlite FILE")


class TestFiles:
    @pytest.mark.parametrize("name", FORMATS)
    def test_a_file_that_is_there_stays_as_it_is(
        self, host: Host, lived_in: Path, home: Path, name: str
    ) -> None:
        (home / "a").write_text("mine")
        sentence, step = complaint(host("export", name, str(home / "a")), 2)
        assert sentence == f"{home / 'a'} is there already."
        assert "--force" in step
        assert (home / "a").read_text() == "mine"
        assert beside(home) == ["a"]

    @pytest.mark.parametrize("name", FORMATS)
    def test_with_force_it_is_replaced(
        self, host: Host, lived_in: Path, home: Path, name: str
    ) -> None:
        (home / "a").write_text("mine")
        assert host("export", name, str(home / "a"), "--force").returncode == 0
        assert (home / "a").read_bytes()[:4] != b"mine"
        assert stat.S_IMODE((home / "a").stat().st_mode) == 0o600
        assert beside(home) == ["a"]

    @pytest.mark.parametrize("name", TEXTS)
    def test_stdout_and_a_file_get_the_same(
        self, host: Host, lived_in: Path, home: Path, name: str
    ) -> None:
        written = host("export", name, str(home / "a"))
        assert written.stdout == f"Written to {home / 'a'}.\n"
        for dash in ([], ["-"]):
            said = subprocess.run(
                [sys.executable, "-m", "rollhost", "export", name, *dash],
                capture_output=True,
                cwd=home,
            ).stdout
            assert said == (home / "a").read_bytes()
        assert beside(home) == ["a"]

    @pytest.mark.parametrize("name", FORMATS)
    @pytest.mark.parametrize(
        ("place", "says"),
        [
            ("nowhere/a", "There is no folder {home}/nowhere."),
            ("", "{home} is a folder."),
            ("rollcase.db", "{home}/rollcase.db is the database itself."),
            ("pipe", "{home}/pipe is no ordinary file."),
        ],
    )
    def test_places_that_do_not_do_are_said_to_be_so(
        self, host: Host, lived_in: Path, home: Path, name: str, place: str, says: str
    ) -> None:
        os.mkfifo(home / "pipe")
        before = lived_in.read_bytes()
        sentence, _ = complaint(host("export", name, str(home / place), "--force"), 2)
        assert sentence == says.format(home=home)
        assert lived_in.read_bytes() == before
        assert beside(home) == ["pipe"]
        assert (home / "pipe").is_fifo()

    def test_a_report_waits_for_no_pipe(self, host: Host, lived_in: Path, home: Path) -> None:
        os.mkfifo(home / "pipe")
        sentence, _ = complaint(host("report", str(home / "pipe")), 2)
        assert sentence == f"{home / 'pipe'} is no ordinary file."

    @pytest.mark.parametrize("command", ["report", "backup"])
    def test_a_dash_names_no_file(
        self, host: Host, lived_in: Path, home: Path, command: str
    ) -> None:
        before = beside(home)
        sentence, step = complaint(host(command, "-"), 2)
        assert (sentence, step) == ("- is no name of a file.", "Name a file.")
        assert beside(home) == before
        assert not Path("-").exists()

    @pytest.mark.parametrize("name", ["csv", "json", "sqlite"])
    def test_a_full_disk_leaves_nothing_half_written(self, home: Path, name: str) -> None:
        make_full(home / "rollcase.db")
        (home / "a").write_text("mine")
        # Room for what the database has beside it while it is open, and not for the file.
        result = host_with_small_files(36864, "export", name, str(home / "a"), "--force")
        sentence, step = complaint(result)
        assert sentence.startswith(f"{home / 'a'} cannot be written: ")
        assert "try again" in step
        assert (home / "a").read_text() == "mine"
        assert beside(home) == ["a"]

    def test_a_folder_that_may_not_be_written_is_said_to_be_so(
        self, lived_in: Path, home: Path, host_without_rights: Host
    ) -> None:
        (home / "shut").mkdir(mode=0o500)
        sentence, _ = complaint(host_without_rights("export", "json", str(home / "shut" / "a")))
        assert sentence == f"{home}/shut/a cannot be written: Permission denied."

    def test_what_a_link_leads_to_is_written(self, host: Host, lived_in: Path, home: Path) -> None:
        (home / "link").symlink_to(home / "real")
        assert host("export", "csv", str(home / "link")).returncode == 0
        assert (home / "link").is_symlink()
        assert (home / "real").read_text().startswith("earliest")

    def test_who_was_faster_keeps_the_place(self, home: Path) -> None:
        def both() -> None:
            with new_file(home / "a") as file:
                file.write_text("ours")
                (home / "a").write_text("theirs")

        with pytest.raises(UsageError, match="is there already"):
            both()
        assert (home / "a").read_text() == "theirs"
        assert beside(home) == ["a"]

    def test_a_disk_without_links_does_as_well(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_links(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_links)
        with new_file(home / "a") as file:
            file.write_text("ours")
        with pytest.raises(UsageError, match="is there already"):
            new_file(home / "a").__enter__()
        assert (home / "a").read_text() == "ours"
        assert beside(home) == ["a"]

    @pytest.mark.parametrize(
        ("error", "becomes"),
        [(OSError(28, "No space left on device"), FileError), (LookupError(), LookupError)],
    )
    def test_an_error_on_the_way_leaves_nothing(
        self, home: Path, error: Exception, becomes: type[Exception]
    ) -> None:
        def half() -> None:
            with new_file(home / "a") as file:
                file.write_text("half")
                raise error

        with pytest.raises(becomes):
            half()
        assert beside(home) == []

    def test_an_interrupt_leaves_nothing_and_says_so(self, lived_in: Path, home: Path) -> None:
        slow = (
            "import sys, time\n"
            "from pathlib import Path\n"
            "from rollhost import atomic_file\n"
            "from rollhost.cli.main import main\n"
            "def slow(path):\n"
            "    print('written', flush=True); time.sleep(60)\n"
            "atomic_file._flush = slow\n"
            "sys.exit(main(['export', 'json', sys.argv[1]]))\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", slow, str(home / "a")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "written\n"
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert process.returncode == 130
        assert said == f"\nStopped. {home / 'a'} was not written.\n"
        assert beside(home) == []


class TestUnusable:
    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_a_database_that_cannot_be_used_is_said_to_be_so(
        self, host: Host, home: Path, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "rollcase.db")
        sentence, _ = complaint(host("export", "json", str(home / "a")))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert "a" not in beside(home)

    @pytest.mark.parametrize("name", FORMATS)
    def test_where_there_is_none_it_says_what_to_do(
        self, host: Host, home: Path, name: str
    ) -> None:
        sentence, _ = complaint(host("export", name, str(home / "a")))
        assert sentence == f"There is no database at {home / 'rollcase.db'} yet."
        assert beside(home) == []

    def test_a_locked_database_is_said_to_be_in_use(
        self, lived_in: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(open_module, "BUSY_MS", 20)
        with subprocess.Popen(
            [sys.executable, "-c", HOLD_LOCK, str(lived_in)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"locked\n"
            assert main(["export", "json"]) == 1
            holder.communicate()
        sentence, _ = sentence_and_step(capsys.readouterr().err)
        assert sentence == f"{lived_in} is in use by another program."

    def test_a_full_disk_behind_stdout_is_said_to_be_so(self, lived_in: Path) -> None:
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(
                [sys.executable, "-m", "rollhost", "export", "json"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert result.returncode == 1
        assert result.stderr == "host: No space left on device.\n"
