"""A log with one record of every kind goes through every command that reads it."""

import json
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.micropython.suite import vectors

from rollcore import events
from rollcore.events import CASE_EPOCH, KINDS
from rollhost.database.open import open_archive

pytestmark = pytest.mark.in_process

RAW = [bytes.fromhex(row[-1]) for row in vectors.RECORDS]
NOW = CASE_EPOCH + vectors.RECORDS[-1][5] + 3600
"""An hour after the last record, in Unix s."""

EVERY = [KINDS[number] for number in sorted(KINDS)]
NEWER = [kind.name for kind in EVERY if kind.number >= events.CARRIED]


@pytest.fixture(autouse=True)
def golden(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the golden log in the database, as a sync would."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("ROLLCASE_NOW", "2026-05-03T22:20:59Z")
    with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
        case_id = archive.keep_case("e661a4d1", "pico", "0.1.0")
        log_id = archive.keep_log(case_id, vectors.LOG_ID.hex())
        archive.own_log(log_id, 0, 0)
        kept = archive.keep_records(log_id, 1, vectors.FIRST_CHAIN, b"".join(RAW))
        archive.note_meeting(case_id, log_id, NOW, 0)
    assert kept == (len(RAW), 0)


def test_log_has_a_line_for_each_kind(host: Host, host_json: HostJson) -> None:
    records = host_json("log")["records"]
    assert [record["kind"] for record in records] == [kind.name for kind in EVERY]
    assert "carried over: a use" in host("log").stdout


@pytest.mark.parametrize("kind", NEWER)
def test_log_can_be_asked_for_each_newer_kind(host_json: HostJson, kind: str) -> None:
    records = host_json("log", "--kind", kind)["records"]
    assert [record["kind"] for record in records] == [kind]


def test_csv_has_a_row_for_each_kind(host: Host) -> None:
    rows = host("export", "csv").stdout.splitlines()
    assert [row.split(",")[6] for row in rows[1:]] == [kind.name for kind in EVERY]


def test_json_has_each_record_with_its_fields_and_can_be_imported_again(
    host: Host, home: Path
) -> None:
    exported = host("export", "json").stdout
    (case,) = json.loads(exported)["cases"]
    (log,) = case["logs"]
    assert [bytes.fromhex(record["raw"]) for record in log["records"]] == RAW
    for record, kind in zip(log["records"], EVERY, strict=True):
        assert list(record["data"]) == [field.name for field in kind.fields]
    (home / "export.json").write_text(exported)
    other = str(home / "other.db")
    assert host("import", "--db", other, str(home / "export.json")).returncode == 0
    assert host("export", "json", "--db", other).stdout == exported


def test_log_of_every_kind_is_verified(host_json: HostJson) -> None:
    document = host_json("verify")
    assert document["intact"]
    assert document["logs"][0]["damage"] == {"torn": 0, "corrected": 0, "lost": 0, "skipped": 0}


@pytest.mark.parametrize("command", ["status", "plan", "report page.html", "export ics", "policy"])
def test_command_reads_a_log_of_every_kind(host: Host, home: Path, command: str) -> None:
    words = [word.replace("page.html", str(home / "page.html")) for word in command.split()]
    result = host(*words)
    assert (result.returncode, result.stderr) == (0, "")
