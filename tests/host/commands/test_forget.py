"""``host forget``: nothing of an entry or a person is left, and nothing comes back."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.cli.test_terminal import on_a_terminal
from tests.host.complaints import complaint
from tests.host.photo_files import photo
from tests.host.scripted_case import DEVICE, ScriptedCase
from tests.host.writing_down import NOW_S, said

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


def in_the_files(home: Path, word: str) -> bool:
    """Return whether a word is in any byte of the database, or of what is beside it."""
    return any(word.encode() in path.read_bytes() for path in home.glob("rollcase.db*"))


def number_of(host_json: HostJson, text: str, person: str = "me") -> str:
    """Return the number of a person's entry with this text."""
    entries = host_json("undo", "--list", "--person", person)["entries"]
    return next(str(entry["number"]) for entry in entries if entry.get("text") == text)


class TestForget:
    def test_forgotten_entry_is_in_no_byte_and_no_import_brings_it_back(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "note", "secretword")
        said(host, "note", "other")
        said(host, "export", "json", str(home / "before.json"))
        number = number_of(host_json, "secretword")
        assert in_the_files(home, "secretword")
        lines = said(host, "forget", number, "--yes")
        assert lines[0].startswith("It is erased here.")
        assert not in_the_files(home, "secretword")
        assert host("import", str(home / "before.json")).returncode == 0
        assert "secretword" not in host("export", "json").stdout
        assert not in_the_files(home, "secretword")
        assert "other" in host("export", "json").stdout

    def test_nothing_is_erased_without_a_yes(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "note", "stays")
        done = host("forget", number_of(host_json, "stays"))
        assert done.stdout.splitlines()[-1] == "Nothing was erased."
        assert "--yes" in done.stderr
        assert done.returncode == 0
        assert "stays" in host("export", "json").stdout

    def test_person_goes_with_every_record_and_entry_and_is_not_fetched_again(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "person", "add", "Ben")
        said(host, "note", "mine")
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        host_json("sync", "--port", synced.port)
        said(host, "note", "bensword", "--person", "Ben")
        said(host, "export", "json", str(home / "before.json"))
        lines = said(host, "forget", "Ben", "--yes")
        assert any("case lend" in line for line in lines)
        assert not in_the_files(home, "bensword")
        assert [person["name"] for person in host_json("person")["persons"]] == ["me"]
        sentence, step = complaint(host("sync", "--port", synced.port), 1)
        assert "was forgotten here" in sentence
        assert "case lend" in step
        host("import", str(home / "before.json"))
        assert not in_the_files(home, "bensword")
        assert "mine" in host("export", "json").stdout

    def test_what_a_case_was_told_of_is_said_to_be_in_its_log(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "reaction", "open", "secretword")
        host_json("sync", "--port", synced.port)
        lines = said(host, "forget", number_of(host_json, "secretword"), "--yes")
        assert "The case's log still has the fact itself, without your words." in lines
        host_json("sync", "--port", synced.port)
        assert not in_the_files(home, "secretword")
        assert host_json("status")["cases"][0]["phase"] == "held"

    def test_what_was_said_about_an_entry_goes_with_it(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "reaction", "open", "oneword")
        said(host, "reaction", "look", "secretword")
        said(host, "reaction", "over", "pastword")
        said(host, "forget", number_of(host_json, "oneword"), "--yes")
        for word in ("oneword", "secretword", "pastword"):
            assert not in_the_files(home, word)

    def test_photo_is_named_by_its_file_which_stays(self, host: Host, home: Path) -> None:
        picture = photo(home / "secretface.jpg")
        assert host("photo", str(picture), "secretword").returncode == 0
        lines = said(host, "forget", "secretface.jpg", "--yes")
        assert "The photo's file was left where it is." in lines
        assert picture.exists()
        assert not in_the_files(home, "secretword")
        assert not in_the_files(home, "secretface")

    @pytest.mark.parametrize("how", ["name", "path", "relative", "link", "former name"])
    def test_photo_found_again_is_named_by_any_path_to_its_file(
        self, host: Host, home: Path, monkeypatch: pytest.MonkeyPatch, how: str
    ) -> None:
        (home / "album").mkdir()
        (home / "link").symlink_to(home / "album")
        noted, moved = home / "secretface.jpg", home / "album" / "secretsmile.jpg"
        assert host("photo", str(photo(noted))).returncode == 0
        noted.rename(moved)
        said(host, "photo", str(moved))
        monkeypatch.chdir(home / "album")
        names = {
            "name": moved.name,
            "path": str(moved),
            "relative": "../album/secretsmile.jpg",
            "link": str(home / "link" / moved.name),
            "former name": noted.name,
        }
        assert host("forget", names[how]).stdout.startswith("a photo, secretsmile.jpg")
        said(host, "forget", names[how], "--yes")
        assert moved.exists()
        assert not in_the_files(home, "secret")

    def test_name_or_rules_are_not_erased_alone(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "person", "add", "Ben")
        (entry,) = host_json("undo", "--list", "--person", "Ben")["entries"]
        sentence, step = complaint(host("forget", entry["number"], "--yes"), 2)
        assert sentence == "Names, rules and whose a case is are not erased one by one."
        assert f"undo {entry['number']}." in step

    def test_number_that_several_entries_have_is_asked_for_in_full(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "person", "add", "Ben")
        with open_archive(home / "rollcase.db") as archive, archive.transaction():
            for token, person in ((0x1A2B3000, 0), (0x1A2B4000, archive.persons()[1].token)):
                archive.diary.keep(
                    Entry(
                        diary.NOTE,
                        NOW_S,
                        data={"text": "x"},
                        token=token,
                        written_at=NOW_S,
                        person=person,
                    )
                )
        assert number_of(host_json, "x") == "1a2b3"
        sentence, step = complaint(host("forget", "1a2b", "--yes"), 2)
        assert sentence == "Several entries have the number '1a2b'."
        assert step == "Say one of 1a2b3, 1a2b4."
        said(host, "forget", "1A2B3", "--yes")
        assert [entry["kind"] for entry in host_json("undo", "--list")["entries"]] == []
        assert number_of(host_json, "x", "Ben") == "1a2b"

    def test_all_of_me_goes_and_nothing_of_others(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "person", "rename", "me", "Secretname")
        said(host, "note", "secretword")
        said(host, "policy", "set", "zones=secretskin")
        host_json("sync", "--port", synced.port)
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        host_json("sync", "--port", synced.port)
        said(host, "note", "bensword", "--person", "Ben")
        before = host_json("status", "--person", "Ben")
        said(host, "forget", "me", "--yes")
        for word in ("Secretname", "secretword", "secretskin"):
            assert not in_the_files(home, word)
        assert host_json("status", "--person", "Ben") == before
        assert in_the_files(home, "bensword")
        assert [person["name"] for person in host_json("person")["persons"]] == ["me", "Ben"]
        assert host_json("sync", "--port", synced.port)["new"] == 0

    def test_person_who_was_named_by_mistake_goes_and_rules_for_the_case_stay(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "case", "whose", "4d5e6f", "Zoe")
        said(host, "policy", "set", "rest=30d")
        said(host, "policy", "set", "rest=40d")
        said(host, "undo", "--yes", "--person", "Zoe")
        said(host, "case", "whose", "4d5e6f", "me")
        said(host, "forget", "Zoe", "--yes")
        assert [person["name"] for person in host_json("person")["persons"]] == ["me"]
        host_json("sync", "--port", synced.port)
        assert host_json("status")["cases"][0]["rest_days"] == 30

    @pytest.mark.parametrize(
        ("needle", "title"), [((), "tub"), (("--needle", "0.3"), "4d5e6f")], ids=["name", "rules"]
    )
    def test_person_goes_whose_computer_has_named_a_case_or_set_its_first_rules(
        self, host: Host, case: ScriptedCase, home: Path, needle: tuple[str, ...], title: str
    ) -> None:
        hers, his = (("--db", str(home / f"{name}.db")) for name in ("hers", "his"))
        assert host("sync", *needle, "--port", case.port, *hers).returncode == 0
        if title != "4d5e6f":
            said(host, "name", title, *hers)
        (home / "shelf").mkdir()
        for who, computer in (("Ann", hers), ("Ben", his)):
            shared = host("share", str(home / "shelf"), "--me", who, *computer)
            assert shared.returncode == 0, shared.stderr
        said(host, "case", "whose", "4d5e6f", "Ben", *his)
        assert host("forget", "Ann", "--yes", *his).returncode == 0
        assert said(host, "person", *his) == [f"Ben  {title}"]

    def test_forgotten_entry_and_log_are_forgotten_wherever_the_export_is_imported(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        second = ("--db", str(home / "second.db"))
        said(host, "case", "whose", "4d5e6f", "Ben")
        said(host, "note", "mine")
        said(host, "note", "bensword", "--person", "Ben")
        said(host, "export", "json", str(home / "before.json"))
        said(host, "import", str(home / "before.json"), *second)
        said(host, "forget", number_of(host_json, "mine"), "--yes")
        said(host, "forget", "Ben", "--yes")
        said(host, "export", "json", str(home / "after.json"))
        result = host("import", str(home / "after.json"), *second)
        assert result.stderr == (
            "Forgotten where the file comes from, and so here: Ben, 2 records, case 4d5e6f,"
            " 2 entries of the diary.\n"
        )
        document = host("export", "json", *second).stdout
        for word in ("bensword", "mine", '"raw"'):
            assert word not in document
        assert host("import", str(home / "before.json"), *second).returncode == 0
        assert host("export", "json", *second).stdout == document

    def test_person_forgotten_elsewhere_loses_the_name_and_keeps_what_is_only_here(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        other = ("--db", str(home / "other.db"))
        said(host, "person", "add", "Secretname")
        host("export", "json", str(home / "first.json"))
        host("import", str(home / "first.json"), "--person", "me", *other)
        said(host, "note", "onlythere", "--person", "Secretname", *other)
        said(host, "forget", "Secretname", "--yes")
        host("export", "json", str(home / "second.json"))
        (home / "first.json").unlink()
        host("import", str(home / "second.json"), "--person", "me", *other)
        assert not in_the_files(home, "Secretname")
        (note,) = host_json("undo", "--list", "--person", "somebody", *other)["entries"]
        assert note["text"] == "onlythere"

    @pytest.mark.parametrize("refused", [True, False], ids=["after a sync", "at once"])
    def test_case_whose_log_was_forgotten_begins_anew_when_it_is_lent(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path, refused: bool
    ) -> None:
        mine = host_json("status")["cases"]
        said(host, "person", "add", "Ben")
        with ScriptedCase(home / "other", device="0011223344556677", log_id=b"another.") as other:
            host_json("sync", "--port", other.port, "--person", "Ben")
            said(host, "forget", "Ben", "--yes")
            if refused:
                _, step = complaint(host("sync", "--port", other.port), 1)
                assert step == "To begin an empty one: case lend 556677 NAME."
                doctor = said(host, "doctor", "--port", other.port)
                assert any("was forgotten here, so no sync fetches it" in line for line in doctor)
            assert said(host, "case")[-1].startswith("556677  forgotten;")
            assert host_json("case")["forgotten"] == ["0011223344556677"]
            assert host_json("status")["cases"] == mine
            the_case = {
                "device": DEVICE, "name": None, "person": "me", "retired": False,
                "replaced_by": None,
            }  # fmt: skip
            assert host_json("case")["cases"] == [the_case]
            lines = said(host, "case", "lend", "556677", "Cy", "--yes", "--port", other.port)
            assert lines[0].startswith("Its log, which was forgotten here, was let go. Case 556677")
            assert host_json("case")["forgotten"] == []
            host_json("sync", "--port", other.port)
            assert len(host_json("status", "--person", "Cy")["cases"]) == 1

    @pytest.mark.parametrize(("typed", "left"), [("y\n", False), ("\n", True)])
    def test_person_is_erased_on_a_terminal_after_a_yes(
        self, host: Host, home: Path, typed: str, left: bool
    ) -> None:
        said(host, "person", "add", "Ben")
        said(host, "note", "bensword", "--person", "Ben")
        told = " ".join(on_a_terminal(200, "forget", "Ben", typed=typed))
        assert "All that is known of Ben: 0 records, 1 entry of the diary. Erase it? [y/N]" in told
        assert in_the_files(home, "bensword") is left

    def test_json_says_whether_it_was_erased(self, host: Host, host_json: HostJson) -> None:
        said(host, "note", "hello")
        number = number_of(host_json, "hello")
        assert host_json("forget", number)["erased"] is False
        document = host_json("forget", number, "--yes")
        assert (document["erased"], document["entries"], document["person"]) == (True, 1, None)

    def test_copies_that_still_have_it_are_named(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "note", "hello")
        said(host, "backup")
        (copy,) = home.glob("*backup*")
        document = host_json("forget", number_of(host_json, "hello"), "--yes")
        assert document["copies"] == [str(copy)]

    def test_step_for_the_case_of_who_was_forgotten_works_though_its_name_is_forgotten_too(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        said(host, "name", "bathroom")
        text = " ".join(said(host, "forget", "me", "--yes"))
        assert f"To begin an empty one: case lend {DEVICE[-6:]} NAME." in text
        said(host, "case", "lend", DEVICE[-6:], "me", "--yes", "--port", synced.port)

    def test_followed_calendar_of_a_person_is_named_and_the_share_that_still_has_them(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "person", "add", "Ben")
        said(host, "note", "bensword", "--person", "Ben")
        said(host, "export", "ics", str(home / "my.ics"), "--follow")
        said(host, "export", "ics", str(home / "ben.ics"), "--follow", "--person", "Ben")
        (home / "shelf").mkdir()
        host("share", str(home / "shelf"))
        result = host("forget", "Ben", "--yes")
        assert f"still have it: {home / 'ben.ics'}." in result.stdout.replace("\n", " ")
        assert "hears of it at the next sync, or by host share." in result.stderr
        (file,) = (home / "shelf").iterdir()
        said(host, "share")
        assert b"bensword" not in file.read_bytes()

    def test_what_is_not_there_is_named(self, host: Host, synced: ScriptedCase) -> None:
        sentence, _ = complaint(host("forget", "nobody"), 2)
        assert sentence == "There is no entry, photo or person 'nobody'."
