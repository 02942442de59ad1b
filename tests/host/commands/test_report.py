"""``host report``: the file that it writes, what it refuses, and what it loads."""

import stat
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host import ten_years as lives
from tests.host.complaints import complaint
from tests.host.database_files import UNUSABLE, UNUSABLE_NAMES
from tests.host.lived_in import make_lived_in
from tests.host.report_pages import report_of, write_down
from tests.host.run_host import host_with_small_files, loaded_by
from tests.host.ten_years import BORN

from rollhost.cli.main import main
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.history import history
from rollhost.history.policies import Policies, read_policies

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("in_utc")]


class TestCommand:
    @pytest.fixture
    def here(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder to write in, with the owner's database elsewhere."""
        make_lived_in(home / "rollcase.db")
        monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
        folder = home / "here"
        folder.mkdir()
        monkeypatch.chdir(folder)
        return folder

    def test_report_file_is_readable_only_by_its_owner(self, host: Host, here: Path) -> None:
        result = host("report")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == (
            "Written to rollcase-report.html. Open it in any browser; nothing in it asks for a"
            " network.\n"
        )
        assert [path.name for path in here.iterdir()] == ["rollcase-report.html"]
        made = here / "rollcase-report.html"
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        assert "Case bathroom" not in made.read_text("utf-8")  # there is only one
        assert made.read_text("utf-8").endswith("</html>\n")

    def test_report_replaces_only_an_earlier_report(self, host: Host, here: Path) -> None:
        assert host("report").returncode == 0
        first = (here / "rollcase-report.html").read_bytes()
        assert host("report", ROLLCASE_NOW="2026-12-21T10:00:00Z").returncode == 0
        assert (here / "rollcase-report.html").read_bytes() != first
        for other in (b"<!doctype html>mine", b'<meta name="generator" content="rollcaser 1">'):
            (here / "rollcase-report.html").write_bytes(other)
            sentence, step = complaint(host("report"), 2)
            assert sentence == "rollcase-report.html is there already."
            assert "--force" in step
            assert (here / "rollcase-report.html").read_bytes() == other
        assert host("report", "--force").returncode == 0
        assert (here / "rollcase-report.html").read_bytes() == first

    def test_report_is_recognised_by_its_beginning(self, host: Host, here: Path) -> None:
        late = b" " * 2000 + b'<meta name="generator" content="rollcase 0">'
        (here / "rollcase-report.html").write_bytes(late)
        complaint(host("report"), 2)
        assert (here / "rollcase-report.html").read_bytes() == late

    def test_database_is_never_written_over(self, host: Host, here: Path) -> None:
        before = (here.parent / "rollcase.db").read_bytes()
        sentence, _ = complaint(host("report", "../rollcase.db", "--force"), 2)
        assert sentence == "../rollcase.db is the database itself."
        assert (here.parent / "rollcase.db").read_bytes() == before

    def test_full_disk_keeps_the_earlier_report(self, host: Host, here: Path) -> None:
        assert host("report").returncode == 0
        before = (here / "rollcase-report.html").read_bytes()
        (here.parent / "rollcase.db").unlink()
        with open_archive(here.parent / "rollcase.db", create=True) as archive:
            lives.a_year(archive)
        # What SQLite keeps beside a database has 32 kB.
        sentence, step = complaint(host_with_small_files(36864, "report"))
        assert sentence == "rollcase-report.html cannot be written: File too large."
        assert step.startswith("Nothing of it was kept.")
        assert [path.name for path in here.iterdir()] == ["rollcase-report.html"]
        assert (here / "rollcase-report.html").read_bytes() == before

    def test_report_of_one_case_is_chosen_by_name(self, host: Host, here: Path) -> None:
        assert host("report", "--case", "bathroom").returncode == 0
        sentence, step = complaint(host("report", "--case", "kitchen"), 2)
        assert sentence == "There is no case kitchen."
        assert step == "There are: bathroom."

    def test_report_without_a_case_says_what_to_do(self, host: Host, home: Path) -> None:
        with open_archive(home / "rollcase.db", create=True):
            pass
        assert complaint(host("report", str(home / "a"))) == (
            "No case was synced yet.",
            "Run sync first.",
        )
        assert not (home / "a").exists()

    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_report_of_an_unusable_database_is_explained(
        self, host: Host, home: Path, make: object, says: str
    ) -> None:
        assert callable(make)
        make(home / "rollcase.db")
        sentence, _ = complaint(host("report", str(home / "a")))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert not (home / "a").exists()

    def test_report_is_of_one_moment(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        database = here.parent / "rollcase.db"

        def meanwhile(archive: Archive) -> Policies:
            found = read_policies(archive)
            with open_archive(database) as other:
                write_down(other, diary.REACTION, BORN, 77, text="just now", signs=[])
            return found

        with monkeypatch.context() as patch:
            patch.setattr(history, "read_policies", meanwhile)
            assert main(["report"]) == 0
        assert "just now" not in (here / "rollcase-report.html").read_text("utf-8")
        assert "just now" in report_of(database, BORN)


class TestLoading:
    def test_only_the_report_command_loads_the_report(self, home: Path) -> None:
        for words in (["--version"], ["--help"], ["status"], ["report", "--help"]):
            assert not {name for name in loaded_by(*words) if name.startswith("rollhost.report")}

    def test_report_without_photos_loads_no_image_decoder(self, home: Path) -> None:
        make_lived_in(home / "rollcase.db")
        modules = loaded_by("report", str(home / "a.html"))
        assert "rollhost.report.page" in modules
        assert not modules & {"PIL", "rollhost.exchange.photos", "rich", "serial", "icalendar"}
        assert (home / "a.html").exists()
