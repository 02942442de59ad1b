"""The backups that `host restore` lists and takes by number, and whose settings count after it."""

import shutil
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.database_files import make_golden, make_newer, rows_of, seal
from tests.host.lived_in import DAY, NOW, make_lived_in

from rollhost.cli import automatic_backup, share
from rollhost.cli.automatic_backup import after_sync
from rollhost.database.open import open_archive
from rollhost.output import units

pytestmark = pytest.mark.in_process


def rows_listed(result_lines: str) -> list[str]:
    """Return the lines of a list with a number, without how many records and entries there are."""
    return [line for line in result_lines.splitlines() if line[:2].strip().isdigit()]


@pytest.fixture
def stick(home: Path) -> Path:
    """A folder on another disk."""
    (home / "stick").mkdir()
    return home / "stick"


@pytest.fixture
def known(lived_in: Path, host: Host, home: Path, stick: Path) -> Path:
    """The database of an owner who has backups of each kind; three are on a stick."""
    host("backup", ROLLCASE_NOW="2026-11-10T10:00:00Z")
    host("backup", "--automatic", str(stick), ROLLCASE_NOW="2026-11-18T10:00:00Z")
    host("restore", "latest", "--yes", ROLLCASE_NOW="2026-11-19T10:00:00Z")
    with open_archive(lived_in) as archive:
        for days in (1, 0):
            assert after_sync(archive, NOW - days * DAY) == []
    return lived_in


class TestListed:
    def test_known_backups_are_listed_newest_first_with_how_they_came_to_be(
        self, host: Host, known: Path, home: Path, stick: Path
    ) -> None:
        result = host("restore", ROLLCASE_NOW="2026-11-21T18:30:00Z", TZ="Europe/Berlin")
        assert result.returncode == 0
        assert result.stdout.splitlines() == [
            " 1  2026-11-21 11:00  8 hours ago   automatic  10 records, 7 entries",
            " 2  2026-11-20 11:00  32 hours ago  automatic  10 records, 7 entries",
            " 3  2026-11-19 11:00  2 days ago    replaced   10 records, 7 entries",
            " 4  2026-11-18 11:00  3 days ago    automatic  10 records, 7 entries",
            " 5  2026-11-10 11:00  11 days ago   by hand    10 records, 7 entries",
            "",
            f"The automatic ones are in {stick}.",
            f"The other ones are in {home}.",
        ]
        assert result.stderr == (
            "To put one in place of the database: host restore NUMBER. It is shown first.\n"
        )

    @pytest.mark.parametrize("columns", [40, 60, 80])
    def test_list_fits_a_narrow_terminal(self, host: Host, known: Path, columns: int) -> None:
        lines = host("restore", COLUMNS=str(columns)).stdout.splitlines()
        listed = lines[: lines.index("")]
        assert max(map(len, listed)) <= columns
        assert len(listed) == (5 if columns == 80 else 10)

    def test_copy_from_before_an_update_is_listed_as_one(self, host: Host, home: Path) -> None:
        make_golden(home / "rollcase.db", 9)
        assert host("status").returncode == 0
        (row,) = rows_listed(host("restore").stdout)
        assert "before an update" in row
        assert "entries" in row

    def test_database_from_before_the_entries_is_counted_by_its_records(
        self, host: Host, home: Path
    ) -> None:
        make_golden(home / "old.db", 2)
        (row,) = rows_listed(host("restore", str(home)).stdout)
        assert row.endswith(" records")

    def test_damaged_and_newer_ones_are_said(self, host: Host, lived_in: Path, home: Path) -> None:
        for day in (1, 2, 3, 4, 5):
            host("backup", ROLLCASE_NOW=f"2026-11-0{day}")
        short, sealed, text, newer, empty = sorted(home.glob("rollcase-backup-*"))
        short.write_bytes(short.read_bytes()[:-4096])
        seal(sealed, "records")
        text.write_text("a letter")
        newer.unlink()
        make_newer(newer)
        empty.write_bytes(b"")
        assert [row.split("by hand  ")[1] for row in rows_listed(host("restore").stdout)] == [
            "empty", "from a newer version of this program", "damaged, or no backup", "damaged",
            "damaged: its end is missing",
        ]  # fmt: skip

    def test_backup_of_a_clock_that_was_ahead_comes_last(self, host: Host, lived_in: Path) -> None:
        host("backup", ROLLCASE_NOW="2099-01-01")
        host("backup", ROLLCASE_NOW="2026-11-20")
        first, last = rows_listed(host("restore").stdout)
        assert "2026-11-20" in first
        assert "by a clock ahead" in last

    def test_json_has_the_same(self, host_json: HostJson, known: Path, stick: Path) -> None:
        told = host_json("restore")
        assert [backup["number"] for backup in told["backups"]] == [1, 2, 3, 4, 5]
        newest = told["backups"][0]
        assert newest["file"].startswith(str(stick))
        assert newest["at"].startswith("2026-11-21T10:00:00")
        assert (newest["records"], newest["entries"], newest["damage"]) == (10, 7, None)
        assert told["automatic"]["folder"] == str(stick)

    def test_counts_are_those_that_the_restore_shows(
        self, host: Host, host_json: HostJson, lived_in: Path
    ) -> None:
        host("note", "a mistake")
        host("undo", "--yes")
        host("backup")
        listed = host_json("restore")["backups"][0]
        holds = host_json("restore", "1")["holds"]
        assert (listed["records"], listed["entries"]) == (holds["records"], holds["entries"])

    def test_no_backup_is_said(self, host: Host, lived_in: Path) -> None:
        result = host("restore")
        assert result.stdout == f"No backup is known: none is beside {lived_in}.\n"
        assert result.stderr == "If you have one elsewhere: host restore FOLDER.\n"

    def test_folder_of_the_automatic_ones_that_is_gone_is_said(
        self, host: Host, known: Path, stick: Path
    ) -> None:
        stick.rename(stick.with_name("pocket"))
        result = host("restore")
        assert len(rows_listed(result.stdout)) == 2
        assert f"The automatic backups in {stick} cannot be read" in result.stderr

    def test_damaged_database_still_says_where_its_backups_are(
        self, host: Host, known: Path
    ) -> None:
        seal(known, "records")
        assert len(rows_listed(host("restore").stdout)) == 5

    def test_those_of_others_in_the_folder_are_not_among_the_known(
        self, host: Host, known: Path, stick: Path
    ) -> None:
        ours = next(stick.iterdir())
        shutil.copyfile(ours, stick / "rollcase-automatic-ffffffff-20261121-110000.db")
        shutil.copyfile(ours, stick / "rollcase-backup-20261121-110000.db")
        assert len(rows_listed(host("restore").stdout)) == 5
        assert len(rows_listed(host("restore", str(stick)).stdout)) == 5


class TestChosen:
    def test_number_and_latest_take_one_from_the_list(
        self, host: Host, known: Path, stick: Path, home: Path
    ) -> None:
        assert host("restore", "latest").stdout.startswith(f"{stick}/rollcase-automatic-")
        assert host("restore", "latest").stdout == host("restore", "1").stdout
        assert host("restore", "5").stdout.startswith(
            f"{home / 'rollcase-backup-20261110-100000.db'} holds"
        )
        assert host("restore", "5", "--yes").returncode == 0

    def test_file_whose_name_is_a_number_is_reached_by_its_path(
        self, host: Host, known: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(home)
        make_lived_in(home / "2")
        assert host("restore", "./2").stdout.startswith(f"{home / '2'} holds")
        assert not host("restore", "2").stdout.startswith(f"{home / '2'} holds")

    @pytest.mark.parametrize("number", ["0", "6", "999999"])
    def test_number_that_is_not_in_the_list_is_refused(
        self, host: Host, known: Path, number: str
    ) -> None:
        sentence, step = complaint(host("restore", number, "--yes"), 2)
        assert sentence == f"There is no backup {number} in the list."
        assert step == f"See the list: host restore. For a file of that name, say ./{number}."

    @pytest.mark.parametrize(("words", "code"), [((), 2), (("stick",), 1)])
    def test_yes_without_a_backup_is_refused(
        self,
        host: Host,
        known: Path,
        home: Path,
        words: tuple[str, ...],
        code: int,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(home)
        before = rows_of(known)
        complaint(host("restore", *words, "--yes"), code)
        assert rows_of(known) == before

    def test_folder_on_a_fresh_computer_is_listed_and_one_of_it_restored(
        self, host: Host, known: Path, home: Path, stick: Path
    ) -> None:
        fresh = str(home / "fresh" / "rollcase.db")
        listed = rows_listed(host("restore", str(stick), ROLLCASE_DB=fresh).stdout)
        assert len(listed) == 3
        result = host("restore", str(stick), "2", "--yes", ROLLCASE_DB=fresh)
        assert result.returncode == 0, result.stderr
        assert rows_of(Path(fresh))["records"] == rows_of(known)["records"]

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("stick", "9"), "There is no backup 9 in the list."),
            (("stick", "old"), "'old' is no number of a list."),
            (("rollcase.db", "1"), "{home}/rollcase.db is no folder."),
            (("empty", "latest"), "There is no backup in {home}/empty."),
        ],
    )
    def test_number_that_fits_no_folder_is_explained(
        self,
        host: Host,
        known: Path,
        home: Path,
        words: tuple[str, str],
        says: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(home)
        (home / "empty").mkdir()
        sentence, _ = complaint(host("restore", *words), 2)
        assert sentence == says.format(home=home)

    def test_latest_is_the_newest_sound_backup_and_nothing_that_was_replaced(
        self, host: Host, known: Path, stick: Path
    ) -> None:
        first, second = sorted(stick.iterdir())[1:]
        host("restore", "5", "--yes", ROLLCASE_NOW="2026-11-22")
        assert "replaced" in rows_listed(host("restore", ROLLCASE_NOW="2026-11-23").stdout)[0]
        second.write_bytes(second.read_bytes()[:-4096])
        host("backup", ROLLCASE_NOW="2099-01-01")
        assert host("restore", "latest").stdout.startswith(f"{first} holds")

    def test_latest_of_copies_that_are_no_backups_is_refused(self, host: Host, home: Path) -> None:
        make_golden(home / "rollcase.db", 9)
        host("status")
        sentence, _ = complaint(host("restore", "latest"), 2)
        assert sentence == "There is no such backup in the list."


class TestSettings:
    def test_place_of_automatic_backups_stays_that_of_this_computer(
        self, host: Host, known: Path, home: Path, stick: Path
    ) -> None:
        (home / "new").mkdir()
        host("backup", "--automatic", str(home / "new"))
        result = host("restore", str(stick), "1", "--yes")
        assert result.stdout.splitlines()[-1] == f"Automatic backups go on in {home / 'new'}."
        with open_archive(known) as archive:
            assert after_sync(archive, NOW + DAY) == []
        assert len(list((home / "new").iterdir())) == 2

    def test_backup_from_before_there_were_automatic_ones_ends_none(
        self, host: Host, known: Path, stick: Path
    ) -> None:
        result = host("restore", "5", "--yes")
        assert f"Automatic backups go on in {stick}." in result.stdout

    def test_computer_that_makes_none_makes_none_after_the_restore_of_anothers(
        self, host: Host, known: Path, home: Path, stick: Path
    ) -> None:
        (home / "second").mkdir()
        make_lived_in(home / "second" / "rollcase.db")
        second = str(home / "second" / "rollcase.db")
        assert host("restore", str(stick), "1", "--yes", "--db", second).returncode == 0
        with open_archive(Path(second)) as archive:
            assert automatic_backup.told(archive) is None

    def test_lost_database_comes_back_with_its_backups_under_a_new_name(
        self, host: Host, known: Path, stick: Path
    ) -> None:
        known.unlink()
        result = host("restore", str(stick), "1", "--yes")
        assert f"makes backups in {stick}: so it goes on here" in result.stdout
        before = {path.name for path in stick.iterdir()}
        with open_archive(known) as archive:
            for days in range(40):
                assert after_sync(archive, NOW + days * DAY) == []
        after = {path.name for path in stick.iterdir()}
        assert before <= after
        assert len({name.split("-automatic-")[1][:8] for name in after}) == 2
        listed = rows_listed(host("restore", ROLLCASE_NOW="2027-01-10").stdout)
        assert len(listed) == len(after) + 2  # with the two beside the database

    def test_database_that_is_lost_again_comes_back_with_the_backups_under_both_names(
        self, host: Host, known: Path, stick: Path
    ) -> None:
        for number in range(1, 3):
            known.unlink()
            day = units.utc(NOW + number * DAY)
            host("restore", str(stick), "latest", "--yes", ROLLCASE_NOW=day)
            with open_archive(known) as archive:
                assert after_sync(archive, NOW + number * DAY) == []
        names = {path.name.split("-automatic-")[1][:8] for path in stick.iterdir()}
        with open_archive(known) as archive:
            told = automatic_backup.told(archive)
        assert told is not None
        assert {told.computer, *told.earlier} == names
        assert len(names) == 3

    @pytest.mark.parametrize("kind", ["records", "entries"])
    def test_damaged_database_keeps_the_names_of_this_computer(
        self, host: Host, known: Path, stick: Path, kind: str
    ) -> None:
        with open_archive(known) as archive:
            share.tell(archive, computer="0123456789abcdef", place="/mnt/shelf")
            before = archive.settings()
        seal(known, kind)
        assert host("restore", str(stick), "1", "--yes").returncode == 0
        with open_archive(known) as archive:
            assert archive.settings() == before

    def test_second_computer_shares_a_file_of_its_own_after_a_restore(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        (home / "shelf").mkdir()
        assert host("share", str(home / "shelf"), "--me", "Zoe").returncode == 0
        host("backup", str(home / "a.db"))
        second = str(home / "second" / "rollcase.db")
        assert host("restore", str(home / "a.db"), "--yes", ROLLCASE_DB=second).returncode == 0
        assert host("note", "from the second", "--db", second).returncode == 0
        assert host("share", "--db", second).returncode == 0
        assert len(list((home / "shelf").iterdir())) == 2
        assert host("share").returncode == 0
        assert "from the second" in host("undo", "--list").stdout
        for name in (str(lived_in), second):
            with open_archive(Path(name)) as archive:
                assert share.told(archive)["place"] == str(home / "shelf")

    def test_database_here_keeps_its_share_whatever_the_backup_says(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        (home / "shelf").mkdir()
        host("share", str(home / "shelf"), "--me", "Zoe")
        host("backup", str(home / "a.db"))
        (home / "second").mkdir()
        second = home / "second" / "rollcase.db"
        make_lived_in(second)
        with open_archive(second) as archive:
            share.tell(archive, computer="0123456789abcdef", place="/mnt/other")
        assert host("restore", str(home / "a.db"), "--yes", "--db", str(second)).returncode == 0
        with open_archive(second) as archive:
            assert share.told(archive) == {"computer": "0123456789abcdef", "place": "/mnt/other"}


@pytest.mark.parametrize("days", [1, 4])
def test_forget_names_the_automatic_backups_that_still_have_it(
    host: Host, host_json: HostJson, lived_in: Path, stick: Path, days: int
) -> None:
    host("backup", "--automatic", str(stick), ROLLCASE_NOW="2026-11-18T10:00:00Z")
    with open_archive(lived_in) as archive:
        for day in range(days):
            assert after_sync(archive, NOW + day * DAY) == []
        token = archive.diary.entries()[0].token
    result = host("forget", f"{token:08x}", "--yes")
    assert result.returncode == 0, result.stderr
    named = ", ".join(map(str, sorted(stick.iterdir()))) if days == 1 else f"5 in {stick}"
    assert f"Copies from before still have it: {named}." in result.stdout
