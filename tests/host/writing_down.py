"""An owner who writes things down at `NOW`: runs commands, and looks at what was written."""

import sqlite3
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.database_files import rows_of

from rollcore import policy
from rollcore.policy import Policy
from rollhost.database import open as open_module
from rollhost.database.diary import Entry
from rollhost.output import units

NOW = "2026-11-20T20:00:00Z"
NOW_S = 1795204800
DAY = 86400

TWO_ZONES = Policy(policy.numbers_of(policy.for_needle(500).changed(revision=1)), ("face", "neck"))


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Let it be that many days after `NOW`."""
    monkeypatch.setenv("ROLLCASE_NOW", units.utc(NOW_S + days * DAY))


def written(home: Path) -> dict[str, list[dict[str, object]]]:
    """Return every row that a person's words could change; none where there is no database."""
    path = home / "rollcase.db"
    if not path.exists():
        return {}
    rows = rows_of(path)
    return {name: found for name, found in rows.items() if found}


def told_kinds(host_json: HostJson) -> list[str]:
    """Return the kinds of the records in the log that a host has told."""
    records = host_json("log")["records"]
    return [record["kind"] for record in records if record["data"].get("token")]


def said(host: Host, *argv: str) -> list[str]:
    """Run a command that has to succeed; return the lines that it printed."""
    result = host(*argv)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout.splitlines()


def keep(home: Path, entry: Entry) -> Entry:
    """Write an entry into the database."""
    with (
        open_module.open_archive(home / "rollcase.db", create=True) as archive,
        archive.transaction(),
    ):
        return archive.diary.add(entry, NOW_S)


def diary_rows(home: Path) -> list[tuple[object, ...]]:
    """Return every row of the diary in the owner's database."""
    with sqlite3.connect(home / "rollcase.db") as database:
        return database.execute("SELECT * FROM entries WHERE kind <> 'policy'").fetchall()


def know_two_zones(home: Path) -> None:
    """Make a database with a case whose rules name face and neck, and wait for a sync."""
    with (
        open_module.open_archive(home / "rollcase.db", create=True) as archive,
        archive.transaction(),
    ):
        archive.pend_policy(archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0"), TWO_ZONES)
