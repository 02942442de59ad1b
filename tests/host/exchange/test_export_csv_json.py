"""The export as a table and as one document."""

import csv
import io
import json
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Host
from tests.host.lived_in import DEVICE, LOG, NOW, fill

from rollcore import events, policy
from rollcore.events import CASE_EPOCH, Event
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.exchange import export_csv_json
from rollhost.history import history
from rollhost.history.policies import Policies, read_policies

pytestmark = pytest.mark.in_process


class TestTable:
    def test_table_has_a_row_for_each_readable_record(self, host: Host, lived_in: Path) -> None:
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

    def test_zones_have_the_same_names_as_in_the_log(self, host: Host, lived_in: Path) -> None:
        rows = csv.DictReader(io.StringIO(host("export", "csv").stdout))
        records = json.loads(host("log", "--json").stdout)["records"]
        names = [row["zone"] or None for row in rows]
        assert names == [record["zone_name"] for record in records]
        assert set(names) == {None, "face", "scalp"}

    def test_unknown_zone_has_no_name(self, host: Host, lived_in: Path) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            archive._db.execute("DELETE FROM policies")
        rows = csv.DictReader(io.StringIO(host("export", "csv").stdout))
        assert {row["zone"] for row in rows} == {""}
        assert len(json.loads(host("log", "--json", "--zone", "face").stdout)["records"]) == 5

    def test_record_with_time_bounds_has_both_bounds(self, host: Host, lived_in: Path) -> None:
        first = next(csv.DictReader(io.StringIO(host("export", "csv").stdout)))
        assert first["earliest"] == "2020-01-01T00:00:00+00:00"
        assert first["latest"] == "2026-11-20T09:43:20+00:00"

    @pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1"])  # noqa: RUF001
    def test_cell_of_a_name_never_starts_a_formula(self, host: Host, home: Path, name: str) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive:
            fill(archive, name)
        rows = list(csv.DictReader(io.StringIO(host("export", "csv").stdout)))
        assert {row["case"] for row in rows} == {"'" + name}

    @given(text=st.text(max_size=5))
    def test_cell_of_any_text_never_starts_a_formula(self, text: str) -> None:
        cell = export_csv_json._cell(text)
        assert cell.removeprefix("'") == text.removeprefix("'")
        assert not cell[:1] or cell[0] not in "=+-@\t\r\n＝＋－＠"  # noqa: RUF001

    def test_dates_in_words_are_complete(self, home: Path, host: Host, lived_in: Path) -> None:
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


def diary_rows(host: Host, **environment: str) -> list[dict[str, str]]:
    """Return the rows of the diary's table, as a spreadsheet reads them."""
    result = host("export", "diary", **environment)
    assert (result.returncode, result.stderr) == (0, "")
    return list(csv.DictReader(io.StringIO(result.stdout, newline="")))


class TestDiary:
    def test_diary_has_a_row_for_each_entry_in_order_of_time(
        self, host: Host, lived_in: Path
    ) -> None:
        assert host("clinic", "2026-11-10", "--zone", "face", "Dr Smith").returncode == 0
        rows = diary_rows(host, TZ="Europe/Berlin")
        assert [row["kind"] for row in rows] == ["clinic", "clinic", "note", "head"]
        token = rows[0].pop("token")
        assert int(token) > 0
        assert rows[0] == {
            "at": "2026-11-10T13:00:00+01:00",
            "day": "2026-11-10",
            "kind": "clinic",
            "device": "",
            "case": "",
            "zone": "face",
            "words": "a session at a clinic, face: Dr Smith",
            "text": "Dr Smith",
            "written": "2026-11-21T11:00:06+01:00",
        }
        assert rows[1]["words"] == "a session at a clinic, face, 1.5 mm"
        assert (rows[1]["day"], rows[1]["text"]) == ("", "")
        assert (rows[3]["device"], rows[3]["case"]) == (DEVICE, "bathroom")

    def test_diary_has_the_words_of_the_log(self, host: Host, lived_in: Path) -> None:
        lines = host("log").stdout.splitlines()
        logged = [line[18:] for line in lines[lines.index("You wrote down") + 1 :]]
        assert [row["words"] for row in diary_rows(host)] == logged

    def test_diary_leaves_out_what_was_undone(self, host: Host, lived_in: Path) -> None:
        assert host("note", "a mistake").returncode == 0
        assert "a mistake" in [row["text"] for row in diary_rows(host)]
        assert host("undo", "--yes").returncode == 0
        assert "a mistake" not in [row["text"] for row in diary_rows(host)]

    @pytest.mark.parametrize(
        "words",
        ["=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "＝1", "\t=1", "\n=1", 'a "b", c\nd'],  # noqa: RUF001
    )
    def test_text_of_an_entry_is_read_back_and_never_starts_a_formula(
        self, host: Host, home: Path, words: str
    ) -> None:
        with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
            archive.diary.add(Entry(diary.NOTE, NOW, words, data={"text": words}), NOW)
        (row,) = diary_rows(host)
        is_formula = not words.startswith("a")
        assert row["text"] == row["zone"] == ("'" + words if is_formula else words)
        assert row["words"].startswith("a note")

    def test_empty_diary_is_its_columns(self, host: Host, home: Path) -> None:
        with open_archive(home / "rollcase.db", create=True):
            pass
        assert host("export", "diary").stdout == ",".join(export_csv_json.DIARY_COLUMNS) + "\n"

    def test_same_diary_gives_the_same_table(self, host: Host, lived_in: Path) -> None:
        once = host("export", "diary", ROLLCASE_NOW="2026-11-21")
        assert host("export", "diary", ROLLCASE_NOW="2027-11-21").stdout == once.stdout


class TestJson:
    def test_exported_document_holds_everything(self, host: Host, lived_in: Path) -> None:
        document = json.loads(host("export", "json").stdout)
        assert document["format"] == "rollcase export"
        assert document["schema_version"] == 4
        (case,) = document["cases"]
        assert (case["device"], case["name"], case["log"]) == (DEVICE, "bathroom", LOG.hex())
        assert case["new_policy"] == policy.for_needle(500).text
        log = case["logs"][1]
        assert [record["seq"] for record in log["records"]] == [1, 2, 3, 4, 5, 6, 8, 9]
        assert {len(record["raw"]) for record in log["records"]} == {64}
        assert log["quarantine"][0]["reason"] == "its checksum does not fit"
        kinds = [entry["kind"] for entry in document["diary"]]
        assert kinds == ["case name", "owner", "owner", "policy", "note", "head", "clinic"]
        devices = [entry["device"] for entry in document["diary"]]
        assert devices == [DEVICE, DEVICE, DEVICE, DEVICE, None, DEVICE, None]
        assert {entry["person"] for entry in document["diary"]} == {0}
        assert document["persons"] == [{"token": 0, "name": "me"}]

    def test_same_database_gives_the_same_document(self, host: Host, lived_in: Path) -> None:
        once = host("export", "json", ROLLCASE_NOW="2026-11-21")
        assert host("export", "json", ROLLCASE_NOW="2027-11-21").stdout == once.stdout

    def test_exported_document_has_a_line_for_each_record(self, host: Host, lived_in: Path) -> None:
        lines = host("export", "json").stdout.splitlines()
        assert sum('"raw"' in line for line in lines) == 10

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_exported_document_is_json_whatever_it_contains(self, value: object) -> None:
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
