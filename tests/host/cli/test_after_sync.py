"""What is done after a sync: what was set up once, each part alone, and what is said of it."""

import json
import time
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.lived_in import NOW, make_lived_in
from tests.host.logbook import DAY
from tests.host.scripted_case import ScriptedCase

from rollhost.cli import after_sync, automatic_backup, calendar_file, share
from rollhost.cli.after_sync import Part, Said
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.errors import ArchiveError
from rollhost.output import units

pytestmark = pytest.mark.in_process


@pytest.fixture
def set_up(host: Host, case: ScriptedCase, home: Path) -> Path:
    """A computer that shares, keeps a calendar's file and makes backups; return the folder."""
    place = home / "place"
    place.mkdir()
    for words in (
        ("sync", "--port", case.port),
        ("share", str(place)),
        ("backup", "--automatic", str(place)),
        ("export", "ics", str(place / "rolling.ics"), "--follow"),
    ):
        assert host(*words).returncode == 0
    return place


def test_settings_by_which_a_module_is_loaded_are_those_of_the_modules() -> None:
    modules = (share, calendar_file, automatic_backup)
    names = (after_sync.SHARE, after_sync.CALENDAR, after_sync.BACKUP)
    assert [module.SETTING for module in modules] == [*names]


def test_sync_does_what_was_set_up_once_and_says_nothing_where_all_is_well(
    host: Host, case: ScriptedCase, set_up: Path
) -> None:
    for path in (*set_up.glob("rollcase-*.json"), set_up / "rolling.ics"):
        path.unlink()
    tomorrow = units.utc(int(time.time()) + DAY)  # a backup is made once a day
    result = host("sync", "--port", case.port, "--json", ROLLCASE_NOW=tomorrow)
    assert json.loads(result.stdout)["after_sync"] == []
    assert result.stderr == ""
    assert sorted(path.suffix for path in set_up.iterdir()) == [".db", ".db", ".ics", ".json"]


def test_each_part_that_fails_is_a_note_with_the_next_step_and_the_sync_is_done(
    host: Host, case: ScriptedCase, set_up: Path
) -> None:
    set_up.rename(set_up.with_name("away"))
    result = host("sync", "--port", case.port, "--json")
    assert result.returncode == 0
    notes = json.loads(result.stdout)["after_sync"]
    assert result.stderr.splitlines() == notes
    shared, calendar, backup = notes
    assert shared.startswith("Not shared: There is no folder")
    assert shared.endswith("Is its disk plugged in? For another one: host share FOLDER.")
    assert calendar.startswith("Calendar not written: ")
    assert "Is its disk plugged in? To end that: host export ics" in calendar
    assert backup.startswith("The automatic backup failed: ")
    assert "host backup --automatic FOLDER" in backup


def test_database_that_is_gone_after_the_sync_is_a_note(
    host: Host, case: ScriptedCase, set_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(archive: Archive, now: int) -> list[str]:
        raise ArchiveError("It is in use by another program.", "Wait for it.")

    monkeypatch.setattr(after_sync, "after_sync", locked)
    result = host("sync", "--port", case.port)
    assert result.returncode == 0
    assert "It is in use by another program. Wait for it." in result.stderr.splitlines()


def test_part_that_fails_by_a_fault_of_ours_names_no_word_of_the_error_and_stops_no_other_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(archive: Archive, now: int) -> Said:
        raise TypeError("hunter2")

    monkeypatch.setattr(
        after_sync,
        "parts",
        lambda: [Part("share", faulty), Part("backup", lambda archive, now: Said(["Done."]))],
    )
    make_lived_in(home / "rollcase.db")
    with open_archive(home / "rollcase.db") as archive:
        assert after_sync.after_sync(archive, NOW) == [
            "host share has failed by a fault of this program (TypeError)."
            " Run it alone to see more.",
            "Done.",
        ]


def test_part_that_meets_a_changed_row_says_that_the_database_is_damaged(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_lived_in(home / "rollcase.db")
    with open_archive(home / "rollcase.db") as archive:
        with archive.transaction():
            archive.set_setting("share", {"place": "/nowhere"})
            archive._db.execute("DROP TRIGGER setting_changed")
            archive._db.execute("""UPDATE settings SET value = '{"place'""")
        (said,) = after_sync.after_sync(archive, NOW)
    assert said.startswith(f"{home / 'rollcase.db'} is damaged. ")
