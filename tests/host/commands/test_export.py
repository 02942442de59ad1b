"""``host export``: the files that it writes, whole or not at all."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint, sentence_and_step
from tests.host.database_files import HOLD_LOCK, UNUSABLE, UNUSABLE_NAMES, make_full
from tests.host.lived_in import NOW, beside
from tests.host.run_host import host_with_small_files

from rollhost.atomic_file import FileError, new_file
from rollhost.cli.main import main
from rollhost.database import diary
from rollhost.database import open as open_module
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError

pytestmark = pytest.mark.in_process

FORMATS = ["csv", "diary", "json", "ics", "sqlite"]
TEXTS = ["csv", "diary", "json", "ics"]


class TestDatabase:
    def test_exported_database_has_the_same_rows_and_is_private(
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

    def test_exported_database_lacks_the_settings_of_this_computer_and_a_backup_has_them(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            archive.set_setting("share", {"place": "/somewhere/private"})
        assert host("export", "sqlite", str(home / "copy.db")).returncode == 0
        assert b"/somewhere/private" not in (home / "copy.db").read_bytes()
        with open_archive(home / "copy.db") as archive:
            assert not archive.has_settings()
            assert archive.damage() == []
        assert "/somewhere" not in host("export", "json").stdout
        assert host("backup", str(home / "backup.db")).returncode == 0
        with open_archive(home / "backup.db") as archive:
            assert archive.setting("share") == {"place": "/somewhere/private"}

    def test_exported_database_holds_the_latest_commit_of_another_program(
        self, lived_in: Path, home: Path
    ) -> None:
        with open_archive(lived_in) as other:  # keeps what it writes in a file beside
            with other.transaction():
                other.diary.add(Entry(diary.NOTE, NOW, data={"text": "just now"}), NOW)
            assert main(["export", "sqlite", str(home / "copy.db")]) == 0
        with open_archive(home / "copy.db") as archive:
            assert archive.diary.entries()[-1].text == "just now"

    @pytest.mark.parametrize("file", [[], ["-"]])
    def test_database_export_needs_a_file(
        self, host: Host, lived_in: Path, file: list[str]
    ) -> None:
        sentence, step = complaint(host("export", "sqlite", *file), 2)
        assert sentence == "A database needs a file."
        assert step.endswith("export sqlite FILE")


class TestFiles:
    @pytest.mark.parametrize("name", FORMATS)
    def test_existing_file_stays_unchanged(
        self, host: Host, lived_in: Path, home: Path, name: str
    ) -> None:
        (home / "a").write_text("mine")
        sentence, step = complaint(host("export", name, str(home / "a")), 2)
        assert sentence == f"{home / 'a'} is there already."
        assert "--force" in step
        assert (home / "a").read_text() == "mine"
        assert beside(home) == ["a"]

    @pytest.mark.parametrize("name", FORMATS)
    def test_existing_file_is_replaced_with_force(
        self, host: Host, lived_in: Path, home: Path, name: str
    ) -> None:
        (home / "a").write_text("mine")
        assert host("export", name, str(home / "a"), "--force").returncode == 0
        assert (home / "a").read_bytes()[:4] != b"mine"
        assert stat.S_IMODE((home / "a").stat().st_mode) == 0o600
        assert beside(home) == ["a"]

    @pytest.mark.parametrize("name", TEXTS)
    def test_export_writes_the_same_to_stdout_and_to_a_file(
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
    def test_unusable_export_path_is_explained(
        self, host: Host, lived_in: Path, home: Path, name: str, place: str, says: str
    ) -> None:
        os.mkfifo(home / "pipe")
        before = lived_in.read_bytes()
        sentence, _ = complaint(host("export", name, str(home / place), "--force"), 2)
        assert sentence == says.format(home=home)
        assert lived_in.read_bytes() == before
        assert beside(home) == ["pipe"]
        assert (home / "pipe").is_fifo()

    def test_report_to_a_pipe_is_refused_without_waiting(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        os.mkfifo(home / "pipe")
        sentence, _ = complaint(host("report", str(home / "pipe")), 2)
        assert sentence == f"{home / 'pipe'} is no ordinary file."

    @pytest.mark.parametrize("command", ["report", "backup"])
    def test_dash_is_refused_as_a_file_name(
        self, host: Host, lived_in: Path, home: Path, command: str
    ) -> None:
        before = beside(home)
        sentence, step = complaint(host(command, "-"), 2)
        assert (sentence, step) == ("- is no name of a file.", "Name a file.")
        assert beside(home) == before
        assert not Path("-").exists()

    @pytest.mark.parametrize("name", ["csv", "json", "sqlite"])
    def test_full_disk_leaves_no_partial_export(self, home: Path, name: str) -> None:
        make_full(home / "rollcase.db")
        (home / "a").write_text("mine")
        # Room for what the database has beside it while it is open, and not for the file.
        result = host_with_small_files(36864, "export", name, str(home / "a"), "--force")
        sentence, step = complaint(result)
        assert sentence.startswith(f"{home / 'a'} cannot be written: ")
        assert "try again" in step
        assert (home / "a").read_text() == "mine"
        assert beside(home) == ["a"]

    def test_folder_without_write_permission_is_reported(
        self, lived_in: Path, home: Path, host_without_rights: Host
    ) -> None:
        (home / "shut").mkdir(mode=0o500)
        sentence, _ = complaint(host_without_rights("export", "json", str(home / "shut" / "a")))
        assert sentence == f"{home}/shut/a cannot be written: Permission denied."

    def test_export_through_a_symlink_writes_its_target(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        (home / "link").symlink_to(home / "real")
        assert host("export", "csv", str(home / "link")).returncode == 0
        assert (home / "link").is_symlink()
        assert (home / "real").read_text().startswith("earliest")

    def test_file_created_meanwhile_by_another_program_is_kept(self, home: Path) -> None:
        def both() -> None:
            with new_file(home / "a") as file:
                file.write_text("ours")
                (home / "a").write_text("theirs")

        with pytest.raises(UsageError, match="is there already"):
            both()
        assert (home / "a").read_text() == "theirs"
        assert beside(home) == ["a"]

    def test_file_system_without_hard_links_works_too(
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
    def test_error_during_writing_leaves_no_file(
        self, home: Path, error: Exception, becomes: type[Exception]
    ) -> None:
        def half() -> None:
            with new_file(home / "a") as file:
                file.write_text("half")
                raise error

        with pytest.raises(becomes):
            half()
        assert beside(home) == []

    def test_interrupted_export_leaves_no_file_and_says_so(
        self, lived_in: Path, home: Path
    ) -> None:
        slow = (
            "import signal, sys, time\n"
            # A shell lets what it starts in the background ignore Ctrl-C.
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from pathlib import Path\n"
            "from rollhost import atomic_file\n"
            "from rollhost.cli.main import main\n"
            "def slow(path, mode):\n"
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
    def test_export_of_an_unusable_database_is_explained(
        self, host: Host, home: Path, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "rollcase.db")
        sentence, _ = complaint(host("export", "json", str(home / "a")))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert "a" not in beside(home)

    @pytest.mark.parametrize("name", FORMATS)
    def test_export_without_a_database_says_what_to_do(
        self, host: Host, home: Path, name: str
    ) -> None:
        sentence, _ = complaint(host("export", name, str(home / "a")))
        assert sentence == f"There is no database at {home / 'rollcase.db'} yet."
        assert beside(home) == []

    def test_locked_database_is_said_to_be_in_use(
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

    def test_full_disk_behind_stdout_is_reported(self, lived_in: Path) -> None:
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(
                [sys.executable, "-m", "rollhost", "export", "json"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert result.returncode == 1
        assert result.stderr == "host: No space left on device.\n"
