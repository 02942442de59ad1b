"""Backups that a sync makes by itself: once a day, read back, in any folder, failures said."""

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.database_files import make_full, rows_of, triggers_off
from tests.host.lived_in import DAY, NOW, beside, make_lived_in
from tests.host.run_host import host_with_small_files
from tests.trust.traced import IS_HERE, Child

from rollhost.cli import automatic_backup
from rollhost.cli.automatic_backup import after_sync
from rollhost.database import rota
from rollhost.database.open import open_archive

pytestmark = pytest.mark.in_process


def backups_in(folder: Path) -> list[str]:
    """Return the days and times of the automatic backups in a folder, in order."""
    names = sorted(path.name for path in folder.iterdir() if rota.dated(path.name))
    return [name[-18:-3] for name in names]


def synced_at(database: Path, *moments: float) -> list[str]:
    """Return what is said after syncs at these Unix times (s)."""
    with open_archive(database) as archive:
        return [line for moment in moments for line in after_sync(archive, moment)]


def say_after_sync(database: Path) -> int:
    """Print what is said after a sync of the next day."""
    print(*synced_at(database, NOW + DAY), sep="\n")
    return 0


@pytest.fixture
def stick(home: Path) -> Path:
    """A folder on another disk."""
    (home / "stick").mkdir()
    return home / "stick"


@pytest.fixture
def on_stick(lived_in: Path, host: Host, stick: Path) -> Path:
    """The folder into which the owner has let backups go, one of 21 November among them."""
    assert host("backup", "--automatic", str(stick)).returncode == 0
    return stick


class TestAsked:
    def test_first_one_is_made_at_once_and_said_with_what_is_kept(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        before = rows_of(lived_in)
        result = host("backup", "--automatic")
        (made,) = home.glob("rollcase-automatic-*-20261121-100000.db")
        assert (result.returncode, result.stderr) == (0, "")
        lines = result.stdout.splitlines()
        assert lines[0] == f"9 records in {made}, which was read back whole."
        assert lines[1] == f"From now on the first sync of a day makes one, in {home}."
        assert "7 days, 4 weeks and 12 months" in lines[2]
        assert lines[-1] == "To see them: host restore. To end it: host backup --no-automatic."
        assert made.stat().st_mode & 0o777 == 0o600
        now = rows_of(made)
        assert now.pop("settings")
        assert now == {table: rows for table, rows in before.items() if table != "settings"}

    def test_nothing_is_kept_of_a_folder_that_is_not_there(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        sentence, step = complaint(host("backup", "--automatic", str(home / "no")), 2)
        assert sentence == f"{home / 'no'} is not there."
        assert step == "Make the folder first, or name another."
        assert synced_at(lived_in, NOW + DAY) == []
        assert beside(home) == []

    def test_full_disk_leaves_the_place_as_it_was(
        self, lived_in: Path, on_stick: Path, home: Path
    ) -> None:
        (home / "full").mkdir()
        complaint(host_with_small_files(36864, "backup", "--automatic", str(home / "full")))
        assert list((home / "full").iterdir()) == []
        with open_archive(lived_in) as archive:
            told = automatic_backup.told(archive)
        assert told is not None
        assert told.folder == on_stick

    def test_place_stays_if_no_folder_is_named_again(self, host: Host, on_stick: Path) -> None:
        assert host("backup", "--automatic", ROLLCASE_NOW="2026-11-22").returncode == 0
        assert backups_in(on_stick) == ["20261121-100000", "20261122-000000"]

    def test_new_place_is_taken_and_says_where_the_old_ones_are(
        self, host: Host, on_stick: Path, home: Path
    ) -> None:
        result = host("backup", "--automatic", str(home))
        assert f"Those in {on_stick} stay there" in result.stderr
        assert backups_in(home) == backups_in(on_stick) == ["20261121-100000"]

    def test_after_no_automatic_a_sync_makes_none_and_what_is_there_stays(
        self, host: Host, lived_in: Path, on_stick: Path
    ) -> None:
        result = host("backup", "--no-automatic")
        assert result.stdout == f"No more automatic backups. Those in {on_stick} stay there.\n"
        assert synced_at(lived_in, NOW + DAY) == []
        assert backups_in(on_stick) == ["20261121-100000"]
        assert "automatic" in host("restore").stdout
        sentence, _ = complaint(host("backup", "--no-automatic"), 2)
        assert sentence == "There are no automatic backups here."

    def test_folder_that_a_program_keeps_is_told_once_that_it_is_not_encrypted(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        (home / "Dropbox").mkdir()
        said = "Dropbox keeps"
        assert said in host("backup", "--automatic", str(home / "Dropbox")).stderr
        assert said not in host("backup", "--automatic").stderr
        assert synced_at(lived_in, NOW + DAY) == []

    def test_json_says_where_and_what_is_kept(self, host_json: HostJson, on_stick: Path) -> None:
        told = host_json("backup", "--automatic")
        assert told["automatic"] == {
            "on": True, "folder": str(on_stick), "kept": {"days": 7, "weeks": 4, "months": 12}
        }  # fmt: skip
        assert host_json("backup", "--no-automatic")["automatic"]["on"] is False

    @pytest.mark.parametrize(
        "words", [("a.db",), ("--keep", "3"), ("--force",), ("--no-automatic",)]
    )
    def test_words_that_do_not_go_together_are_refused(
        self, host: Host, lived_in: Path, home: Path, words: tuple[str, ...]
    ) -> None:
        complaint(host("backup", *words, "--automatic"), 2)
        assert beside(home) == []


class TestAfterSync:
    def test_nothing_happens_where_nobody_asked_for_it(self, lived_in: Path, home: Path) -> None:
        assert synced_at(lived_in, NOW) == []
        assert beside(home) == []

    def test_each_day_gets_one_and_only_the_first_sync_of_it_makes_it(
        self, lived_in: Path, on_stick: Path
    ) -> None:
        assert synced_at(lived_in, NOW, NOW + 60, NOW + DAY, NOW + DAY + 60) == []
        assert backups_in(on_stick) == ["20261121-100000", "20261122-100000"]

    def test_month_of_syncs_leaves_what_the_rota_keeps(
        self, lived_in: Path, on_stick: Path
    ) -> None:
        moments = [NOW + number * DAY for number in range(1, 31)]
        assert synced_at(lived_in, *moments) == []
        kept = {NOW, *moments} - rota.superfluous([NOW, *moments], moments[-1])
        assert len(backups_in(on_stick)) == len(kept) == 12

    def test_what_somebody_else_has_made_is_never_removed(
        self, host: Host, lived_in: Path, on_stick: Path
    ) -> None:
        (ours,) = on_stick.iterdir()
        others = [
            "rollcase-automatic-ffffffff-20200101-100000.db",  # another computer's
            "rollcase-backup-20200101-100000.db",  # made by hand
            "before-the-holidays.db",
            "rollcase-replaced-20200101-100000.db",
        ]
        for name in others:
            shutil.copyfile(ours, on_stick / name)
        mark = ours.name[: -len("20261121-100000.db")]
        (on_stick / f"{mark}20200101-100000.db").write_text("a letter")
        (on_stick / f"{mark}20200102-100000.db").mkdir()
        (on_stick / f"{mark}20200103-100000.db").symlink_to(ours)
        before = {path.name for path in on_stick.iterdir()} - {ours.name}
        synced_at(lived_in, *(NOW + number * DAY for number in range(1, 20)))
        assert before <= {path.name for path in on_stick.iterdir()}

    def test_keep_and_automatic_backups_leave_each_other_alone(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        host("backup", ROLLCASE_NOW="2020-01-01")
        host("backup", "--automatic", ROLLCASE_NOW="2020-01-02")
        synced_at(lived_in, *(NOW + number * DAY for number in range(20)))
        assert (home / "rollcase-backup-20200101-000000.db").exists()
        before = backups_in(home)
        host("backup", "--keep", "1")
        assert not (home / "rollcase-backup-20200101-000000.db").exists()
        assert backups_in(home) == before

    def test_two_computers_with_one_folder_keep_their_own(
        self, host: Host, lived_in: Path, on_stick: Path, home: Path
    ) -> None:
        (home / "other").mkdir()
        make_lived_in(home / "other" / "rollcase.db")
        other = str(home / "other" / "rollcase.db")
        assert host("backup", "--automatic", str(on_stick), "--db", other).returncode == 0
        moments = [NOW + number * DAY for number in range(1, 20)]
        for database in (lived_in, Path(other)):
            assert synced_at(database, *moments) == []
        left = {NOW, *moments} - rota.superfluous([NOW, *moments], moments[-1])
        assert len(backups_in(on_stick)) == 2 * len(left)

    @pytest.mark.parametrize("told", ["none", "today's is there"])
    def test_sync_without_a_backup_to_make_loads_nothing_for_it(
        self, host: Host, lived_in: Path, told: str
    ) -> None:
        if told != "none":
            host("backup", "--automatic")
        program = (
            "import sys; from pathlib import Path\n"
            "from rollhost.database.open import open_archive\n"
            "with open_archive(None) as archive:\n"
            "    before = set(sys.modules)\n"
            "    from rollhost.cli.automatic_backup import after_sync\n"
            f"    assert after_sync(archive, {NOW}) == []\n"
            "    more = set(sys.modules) - before\n"
            "print(*[name for name in more if name.startswith('rollhost')])\n"
        )
        loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
        few = {"rollhost.cli", "rollhost.cli.program", "rollhost.cli.automatic_backup"}
        assert set(loaded) - few <= (set() if told == "none" else {"rollhost.database.rota"})


class TestFails:
    def test_folder_that_is_gone_is_said_and_tried_again(
        self, lived_in: Path, on_stick: Path, home: Path
    ) -> None:
        on_stick.rename(home / "pocket")
        sentence, step = synced_at(lived_in, NOW + DAY)
        assert sentence.startswith(f"The automatic backup failed: {on_stick} cannot be used: ")
        assert step.startswith("The next sync tries again. Is its disk plugged in?")
        assert not on_stick.exists()
        (home / "pocket").rename(on_stick)
        assert synced_at(lived_in, NOW + DAY + 60) == []
        assert backups_in(on_stick) == ["20261121-100000", "20261122-100100"]

    def test_empty_folder_where_the_disk_is_mounted_gets_no_backup(
        self, host: Host, lived_in: Path, on_stick: Path, home: Path
    ) -> None:
        on_stick.rename(home / "pocket")
        on_stick.mkdir()
        sentence, step = synced_at(lived_in, NOW + DAY)
        assert sentence.endswith(f"{on_stick} has none of the backups that were made there.")
        assert step.startswith("Is its disk plugged in?")
        assert list(on_stick.iterdir()) == []
        assert f"none of this computer in {on_stick}" in host("restore").stdout
        assert host("backup", "--automatic").returncode == 0  # as its step says
        assert synced_at(lived_in, NOW + DAY) == []
        assert backups_in(on_stick) == ["20261121-100000", "20261122-100000"]

    @pytest.mark.skipif(not IS_HERE, reason="no Linux on x86-64")
    def test_full_disk_is_said_and_removes_nothing(self, lived_in: Path, on_stick: Path) -> None:
        before = backups_in(on_stick)
        with Child(lambda: say_after_sync(lived_in), on_stick, statements=False) as child:
            child.is_full = True
            child.fail()
            child.finish()
        sentence, step = child.said.splitlines()
        assert sentence.startswith("The automatic backup failed: ")
        assert sentence.endswith("cannot be written: No space left on device.")
        assert step.startswith("The next sync tries again. Make room there, or name another folder")
        assert backups_in(on_stick) == before
        assert len(list(on_stick.iterdir())) == len(before)
        assert synced_at(lived_in, NOW + DAY) == []
        assert len(backups_in(on_stick)) == len(before) + 1

    def test_folder_that_cannot_be_written_is_said(
        self, lived_in: Path, on_stick: Path, host_without_rights: Host
    ) -> None:
        on_stick.chmod(0o555)
        result = host_without_rights("backup", "--automatic")
        on_stick.chmod(0o755)
        assert "cannot be written: Permission denied." in complaint(result)[0]
        assert backups_in(on_stick) == ["20261121-100000"]

    def test_changed_row_is_said_and_nothing_older_goes(
        self, lived_in: Path, on_stick: Path
    ) -> None:
        # Of these one goes with the next, if no row has changed.
        synced_at(lived_in, *(NOW + number * DAY for number in range(10)))
        before = backups_in(on_stick)
        with sqlite3.connect(lived_in) as db, triggers_off(db):
            db.execute("UPDATE entries SET at = at + 1 WHERE id = 3")
        db.close()
        later = NOW + 40 * DAY
        said = synced_at(lived_in, later, later + 60)
        assert len(said) == 2  # once a day
        assert "by its checksum" in said[0]
        assert "no older one was removed" in said[1]
        assert len(backups_in(on_stick)) == len(before) + 1

    def test_damaged_database_makes_none_and_says_so(
        self, home: Path, host: Host, stick: Path
    ) -> None:
        make_full(home / "rollcase.db", 5000)
        assert host("backup", "--automatic", str(stick)).returncode == 0
        raw = bytearray((home / "rollcase.db").read_bytes())
        raw[len(raw) // 2 : len(raw) // 2 + 4096] = b"\x55" * 4096
        (home / "rollcase.db").write_bytes(raw)
        said = synced_at(home / "rollcase.db", NOW + DAY)
        assert said[0].startswith("The automatic backup failed: ")
        assert len(said) == 2
        assert len(list(stick.iterdir())) == 1

    def test_database_whose_first_pages_are_damaged_is_named_and_said_the_same_each_time(
        self, lived_in: Path, on_stick: Path
    ) -> None:
        with open_archive(lived_in) as archive:  # open before, as that of a sync is
            raw = bytearray(lived_in.read_bytes())
            raw[4096 : 3 * 4096] = b"\xff" * 2 * 4096
            lived_in.write_bytes(raw)
            first, second = after_sync(archive, NOW + DAY), after_sync(archive, NOW + DAY + 60)
        assert first == second
        assert first[0].startswith(f"The automatic backup failed: A copy of {lived_in} does not")
        assert backups_in(on_stick) == ["20261121-100000"]

    def test_doctor_warns_after_a_week_of_syncs_without_one(
        self, host_json: HostJson, lived_in: Path, on_stick: Path, home: Path
    ) -> None:
        def found(moment: str) -> list[tuple[str, str]]:
            checks = host_json("doctor", ROLLCASE_NOW=moment)["checks"]
            return [
                (check["verdict"], check["says"])
                for check in checks
                if check["check"] == "automatic_backup"
            ]

        assert found("2026-11-22") == [
            ("ok", f"A sync makes backups in {on_stick}, the last at 2026-11-21 10:00.")
        ]
        on_stick.rename(home / "pocket")
        synced_at(lived_in, NOW + DAY, NOW + 6 * DAY)
        assert found("2026-11-29T09:00:00")[0][0] == "ok"
        (warned,) = found("2026-11-29T11:00:00")
        assert warned[0] == "warning"
        assert "since 2026-11-22 10:00" in warned[1]
        (home / "pocket").rename(on_stick)
        synced_at(lived_in, NOW + 9 * DAY)
        assert found("2026-12-20")[0][0] == "ok"

    def test_doctor_says_nothing_where_nobody_asked_for_it(
        self, host_json: HostJson, lived_in: Path
    ) -> None:
        checks = host_json("doctor")["checks"]
        assert "automatic_backup" not in [check["check"] for check in checks]

    @pytest.mark.parametrize(
        "value",
        ["on", 7, [], {"folder": 7, "computer": 7, "earlier": 7, "made_at": "x"}, {"computer": ""}],
        ids=str,
    )
    def test_setting_that_makes_no_sense_raises_nothing(
        self, lived_in: Path, home: Path, value: object
    ) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            archive.set_setting(automatic_backup.SETTING, value)
        said = synced_at(lived_in, NOW)
        assert said == []


@pytest.mark.skipif(not IS_HERE, reason="no Linux on x86-64")
class TestInterrupted:
    def test_backup_is_whole_or_not_there_wherever_a_sync_is_killed(
        self, lived_in: Path, on_stick: Path
    ) -> None:
        outcomes = set()
        point = 0
        while True:
            with Child(lambda: say_after_sync(lived_in), on_stick, statements=False) as child:
                for _ in range(point):
                    if child.call is not None:
                        child.step()
                if child.call is None:
                    break
                child.kill_halfway()
            made = backups_in(on_stick)[1:]
            outcomes.add(len(made))
            for path in on_stick.iterdir():
                if path.name.endswith("20261122-100000.db"):
                    assert rows_of(path)["entries"] == rows_of(lived_in)["entries"]
                    path.unlink()
            point += 1 + point // 6
        assert outcomes == {0, 1}
        assert synced_at(lived_in, NOW + 2 * DAY) == []

    @pytest.mark.parametrize("moment", [NOW + DAY, NOW + DAY + 1])
    def test_two_syncs_at_once_leave_whole_backups_and_say_nothing(
        self, lived_in: Path, on_stick: Path, moment: int
    ) -> None:
        with Child(lambda: say_after_sync(lived_in), on_stick, statements=False) as child:
            assert synced_at(lived_in, moment) == []
            child.finish()
        assert child.said.split() == []
        assert child.code == 0
        assert len(backups_in(on_stick)) == 2 + (moment != NOW + DAY)
        assert synced_at(lived_in, NOW + 2 * DAY) == []
        assert len(backups_in(on_stick)) == 3  # of one day one is kept


def test_folder_of_a_file_system_that_flushes_no_folder_is_taken(
    lived_in: Path, stick: Path, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    """Stands for a network share, and for a memory stick, which has no hard links."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(descriptor)

    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    assert host("backup", "--automatic", str(stick)).returncode == 0
    assert synced_at(lived_in, NOW + DAY) == []
    assert backups_in(stick) == ["20261121-100000", "20261122-100000"]
