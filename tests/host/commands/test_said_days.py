"""A day without a time: the same day in every time zone, wherever it is shown."""

import csv
import io
import json
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.report_pages import Read
from tests.host.scripted_case import ScriptedCase
from tests.host.time_zones import BERLIN, KIRITIMATI, NEW_YORK, PAGO_PAGO
from tests.host.writing_down import later, said

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]

ZONES = [NEW_YORK, BERLIN, KIRITIMATI, PAGO_PAGO]
every_zone = pytest.mark.parametrize("zone_name", ZONES)

SAID = {
    "note": "2026-11-17",
    "reaction": "2026-11-16",
    "follow-up": "2026-11-17",
    "clinic": "2026-11-14",
    "plan": "2026-11-13",
}
"""The day that was said of each kind of entry."""


@pytest.fixture
def told(host: Host, home: Path, synced: ScriptedCase) -> Path:
    """A database with an entry of each kind, told in New York; the case was told of them too."""
    for words in (
        ["clinic", "2026-11-14", "--needle", "1.5"],
        ["reaction", "open", "red", "--at", "2026-11-16"],
        ["reaction", "look", "less red", "--at", "2026-11-17"],
        ["note", "calm", "--at", "2026-11-17"],
        ["plan", "start", "--from", "2026-11-13"],
        ["hold", "sunburn", "--until", "2026-11-30"],
    ):
        result = host(*words, TZ=NEW_YORK)
        assert result.returncode == 0, result.stderr
    assert host("sync", "--port", synced.port, TZ=NEW_YORK).returncode == 0
    return home / "rollcase.db"


class TestDay:
    @every_zone
    def test_clinic_shows_the_day_that_was_said_and_that_of_the_end_of_its_rest(
        self, host: Host, told: Path, zone_name: str
    ) -> None:
        assert host("clinic", TZ=zone_name).stdout.splitlines()[:2] == [
            "2026-11-14        face, 1.5 mm",
            "                  its rest goes on until Sat 12 Dec 2026",
        ]
        (session,) = json.loads(host("clinic", "--json", TZ=zone_name).stdout)["sessions"]
        assert (session["day"], session["rest_until_day"]) == ("2026-11-14", "2026-12-12")

    @every_zone
    def test_log_shows_the_day_that_was_said(self, host: Host, told: Path, zone_name: str) -> None:
        lines = host("log", TZ=zone_name).stdout.splitlines()
        written = lines[lines.index("You wrote down") + 1 :]
        assert [line.rstrip() for line in written[:-1]] == [
            "2026-11-13        a course of 4 sessions, face",
            "2026-11-14        a session at a clinic, face, 1.5 mm",
            "2026-11-16        a reaction of the skin, face: red",
            "2026-11-17        a look at the reaction, face: less red",
            "2026-11-17        a note: calm",
        ]
        assert written[-1].endswith("  on hold (sunburn) until Mon 30 Nov 2026")
        records = [line.split("  ", 1)[1] for line in lines[: lines.index("You wrote down")]]
        assert "session at a clinic, Sat 14 Nov 2026, 1.5 mm" in records
        assert "a reaction of the skin, Mon 16 Nov 2026" in records

    @every_zone
    def test_log_json_has_the_day_that_was_said(
        self, host_json: HostJson, told: Path, zone_name: str
    ) -> None:
        document = host_json("log", TZ=zone_name)
        days = {entry["kind"]: entry["day"] for entry in document["diary"]}
        assert days == {**SAID, "hold": None}
        (hold,) = [entry for entry in document["diary"] if entry["kind"] == "hold"]
        assert hold["until_day"] == "2026-11-30"
        of_records = {record["kind"]: record["day"] for record in document["records"]}
        assert of_records["clinic"] == "2026-11-14"
        assert of_records["boot"] is None

    @every_zone
    def test_csv_shows_the_day_that_was_said(self, host: Host, told: Path, zone_name: str) -> None:
        rows = csv.DictReader(io.StringIO(host("export", "csv", TZ=zone_name).stdout))
        words = {row["kind"]: row["words"] for row in rows}
        assert words["clinic"] == "session at a clinic, Sat 14 Nov 2026, 1.5 mm"

    @every_zone
    def test_status_and_reaction_show_the_day_that_was_said(
        self, host: Host, host_json: HostJson, told: Path, zone_name: str
    ) -> None:
        lines = host("status", TZ=zone_name).stdout.splitlines()
        assert "On hold      sunburn until Mon 30 Nov 2026, or longer, until it has healed" in lines
        assert any(line.startswith("Reaction     since Mon 16 Nov 2026, face") for line in lines)
        document = host_json("status", TZ=zone_name)
        assert document["cases"][0]["hold"]["day"] == "2026-11-30"
        assert document["reactions"][0]["day"] == "2026-11-16"
        first, second, *_ = host("reaction", TZ=zone_name).stdout.splitlines()
        assert first == "2026-11-16        a reaction of the skin, face: red"
        assert second == "2026-11-17        a look at the reaction, face: less red"

    @every_zone
    def test_plan_counts_months_from_the_day_that_was_said(
        self, host: Host, host_json: HostJson, home: Path, zone_name: str
    ) -> None:
        # The rest after it is over long before the month is.
        assert host("clinic", "2026-11-01", TZ=NEW_YORK).returncode == 0
        assert host("plan", "start", "--from", "2026-11-01", TZ=NEW_YORK).returncode == 0
        assert host("plan", TZ=zone_name).stdout.splitlines() == [
            "Course of 4 sessions, face: 1 done, the next from Tue 1 Dec 2026 on.",
            "  1  Sun 1 Nov 2026, at a clinic",
        ]
        (course,) = host_json("plan", TZ=zone_name)["courses"]
        assert (course["began_day"], course["next_day"]) == ("2026-11-01", "2026-12-01")
        assert course["steps"][0]["day"] == "2026-11-01"
        assert "the next from 1 Dec 2026 on" in host("status", TZ=zone_name).stdout

    def test_plan_whose_next_session_waits_for_a_rest_has_no_day(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "clinic", "2026-11-10")
        said(host, "plan", "start", "--from", "2026-11-13")
        (course,) = host_json("plan")["courses"]
        assert (course["began_day"], course["next_day"]) == ("2026-11-13", None)
        assert course["next"] == "2026-12-08T12:00:00+00:00"

    @every_zone
    def test_report_shows_the_day_that_was_said(
        self, host: Host, told: Path, home: Path, zone_name: str
    ) -> None:
        assert host("report", str(home / "page.html"), TZ=zone_name).returncode == 0
        page = Read()
        page.feed((home / "page.html").read_text())
        assert "2026-11-14" in page.text  # among the last sessions
        assert "14 Nov 2026 (face" in page.text
        assert "open since Mon 16 Nov 2026, face" in page.text
        assert "planned: 2026-11-30" in page.text
        assert "since 13 Nov 2026" in page.text
        assert "2026-11-17: less red" in page.text
        for other in ("13 Nov 2026 (face", "15 Nov 2026", "2026-11-15", "2026-12-01"):
            assert other not in page.text

    @every_zone
    def test_calendar_names_the_day_that_was_said(
        self, host: Host, told: Path, zone_name: str
    ) -> None:
        text = host("export", "ics", TZ=zone_name).stdout.replace("\r\n ", "")
        assert "a session at a clinic that ended Sat 14 Nov 2026. A habit" in text.replace("\\", "")

    @every_zone
    def test_undo_names_the_day_that_was_said(self, host: Host, home: Path, zone_name: str) -> None:
        assert host("clinic", "2026-11-14", "here", TZ=NEW_YORK).returncode == 0
        result = host("undo", "--yes", TZ=zone_name)
        assert result.stdout == "Taken back: a session at a clinic, Sat 14 Nov 2026, face: here.\n"

    @every_zone
    def test_days_near_now_are_named_where_the_reader_is(
        self, host: Host, home: Path, zone_name: str
    ) -> None:
        assert host("clinic", "2026-11-20", TZ=BERLIN).returncode == 0
        # It is the 20th, 20:00 in UTC; in Kiritimati it is the 21st, 10:00.
        near = "yesterday" if zone_name == KIRITIMATI else "today"
        undone = host("undo", "--yes", TZ=zone_name).stdout
        assert undone == f"Taken back: a session at a clinic, {near}, face.\n"

    @every_zone
    def test_log_since_a_day_has_what_was_said_of_that_day(
        self, host_json: HostJson, told: Path, zone_name: str
    ) -> None:
        found = host_json("log", "--since", "2026-11-17", TZ=zone_name)["diary"]
        assert sorted(entry["kind"] for entry in found) == ["follow-up", "hold", "note"]
        found = host_json("log", "--since", "2026-11-16", TZ=zone_name)["diary"]
        assert "reaction" in [entry["kind"] for entry in found]

    def test_day_survives_export_and_import(
        self, host: Host, host_json: HostJson, told: Path, home: Path
    ) -> None:
        assert host("export", "json", str(home / "a.json")).returncode == 0
        there = str(home / "there.db")
        assert host("import", str(home / "a.json"), "--db", there).returncode == 0
        assert host_json("log", "--db", there)["diary"] == host_json("log")["diary"]

    @pytest.mark.parametrize("day", ["2026-11-31", "20261120", "today", 7, "", None])
    def test_import_refuses_a_day_that_is_none(self, host: Host, home: Path, day: object) -> None:
        assert host("clinic", "2026-11-14").returncode == 0
        document = json.loads(host("export", "json").stdout)
        document["diary"][0]["data"]["day"] = day
        (home / "a.json").write_text(json.dumps(document))
        result = host("import", str(home / "a.json"), "--db", str(home / "there.db"))
        assert result.returncode == 1
        assert "day in entry 1 of the diary" in result.stderr

    @pytest.mark.parametrize(
        "words",
        [
            ["clinic", "2026-11-14", "09:00"],
            ["clinic", "3d"],
            ["note", "x"],
            ["note", "x", "--at", "today 09:00"],
            ["reaction", "open"],
            ["plan", "start", "--from", "3d"],
            ["hold", "acne", "--until", "10d"],
            ["hold", "acne", "--until", "2026-12-01 09:00"],
        ],
        ids=" ".join,
    )
    def test_entry_with_a_time_keeps_no_day(self, host_json: HostJson, words: list[str]) -> None:
        entry = host_json(*words)["entry"]
        assert entry["day"] is None
        assert entry.get("until_day") is None

    @pytest.mark.parametrize(
        ("word", "day"),
        [("today", "2026-11-20"), ("Yesterday", "2026-11-19"), (" 2026-11-14 ", "2026-11-14")],
    )
    def test_day_in_a_word_is_kept_by_its_date(
        self, host_json: HostJson, word: str, day: str
    ) -> None:
        assert host_json("clinic", word)["entry"]["day"] == day

    def test_today_before_noon_is_kept_as_a_day(
        self, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later(monkeypatch, -0.5)  # 08:00
        entry = host_json("clinic", "today")["entry"]
        assert (entry["at"], entry["day"]) == ("2026-11-20T08:00:00+00:00", "2026-11-20")

    def test_entry_from_before_days_were_kept_shows_its_moment(
        self, host: Host, home: Path
    ) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
            data: dict[str, object] = {"needle_um": 0, "text": ""}
            archive.diary.add(Entry(diary.CLINIC, 1_794_657_600, "face", data=data), 1_795_204_800)
        assert said(host, "log") == ["2026-11-14 12:00  a session at a clinic, face"]
