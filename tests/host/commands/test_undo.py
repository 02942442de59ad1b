"""``host undo``: the last entry is taken back, unless a case was told of it."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.photo_files import photo
from tests.host.scripted_case import DEVICE, ScriptedCase
from tests.host.writing_down import DAY, NOW_S, keep, said, written

from rollhost.database import open as open_module
from rollhost.database.diary import KINDS, Entry

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestUndo:
    @pytest.mark.parametrize("kind", KINDS)
    def test_undo_takes_back_and_confirms_any_kind_of_entry(
        self, host: Host, home: Path, kind: str
    ) -> None:
        said(host, "note", "what was there")
        before = written(home)
        entry = keep(home, Entry(kind, NOW_S, data={"text": "hello"}))
        (line,) = said(host, "undo", "--yes")
        assert line.startswith("Taken back: ")
        assert line.endswith(".")
        with open_module.open_archive(home / "rollcase.db") as archive:
            assert [one.text for one in archive.diary.entries()] == ["what was there"]
            undoing = archive.diary.everything()[-1]
        assert (undoing.kind, undoing.data) == ("undo", {"token": entry.token})
        after = written(home)
        assert after.pop("entries")[:1] == before.pop("entries")
        assert after == before

    def test_undo_takes_back_the_last_entry_first(self, host: Host, home: Path) -> None:
        said(host, "note", "first")
        said(host, "note", "second", "--at", "3d")
        assert said(host, "undo", "--yes") == [
            "Taken back: a note, Tue 17 Nov 2026, 20:00: second."
        ]
        assert said(host, "undo", "--yes") == ["Taken back: a note, today 20:00: first."]
        before = written(home)
        sentence, step = complaint(host("undo"), 2)
        assert sentence == "There is nothing to take back."
        assert step
        assert written(home) == before

    def test_undo_of_a_clinic_session_ends_its_rest(self, host: Host, synced: ScriptedCase) -> None:
        before = said(host, "status")
        said(host, "clinic", "2026-11-18")
        assert said(host, "status") != before
        said(host, "undo", "--yes")
        assert said(host, "status") == before

    def test_undo_of_the_end_leaves_a_reaction_open(self, host: Host, host_json: HostJson) -> None:
        said(host, "reaction", "open", "red")
        said(host, "reaction", "over")
        said(host, "undo", "--yes")
        assert [reaction["text"] for reaction in host_json("reaction")["open"]] == ["red"]

    def test_entry_that_another_computer_took_back_is_not_offered_any_more(
        self, host: Host, home: Path, synced: ScriptedCase
    ) -> None:
        said(host, "clinic", "3d")
        assert host("sync", "--port", synced.port).returncode == 0
        other = ("--db", str(home / "other.db"))
        copied = str(home / "all.json")
        said(host, "export", "json", copied)
        assert host("import", copied, *other).returncode == 0
        assert host("undo", "--yes", *other).returncode == 0
        for more in (other, ()):
            assert host("sync", "--port", synced.port, *more).returncode == 0
        assert said(host, "undo", "--list") == ["Nothing is written down."]
        sentence, _ = complaint(host("undo", "--yes"), 2)
        assert sentence == "There is nothing to take back."

    @pytest.mark.parametrize("command", ["hold acne", "reaction open red", "clinic 3d"])
    def test_entry_of_a_computer_that_is_lost_is_taken_back_by_its_number(
        self, host: Host, host_json: HostJson, home: Path, synced: ScriptedCase, command: str
    ) -> None:
        said(host, *command.split())
        assert host("sync", "--port", synced.port).returncode == 0
        new = ("--db", str(home / "new.db"))
        host_json("sync", "--port", synced.port, *new)
        (entry,) = host_json("undo", "--list", *new)["entries"]
        sentence, _ = complaint(host("undo", "--yes", *new), 2)
        assert sentence == "Nothing was written down on this computer."
        host_json("undo", entry["number"], *new)
        document = host_json("sync", "--port", synced.port, *new)
        assert (document["taken_back"], document["agrees"]) == (1, True)
        assert said(host, "undo", "--list", *new) == ["Nothing is written down."]
        document = host_json("sync", "--port", synced.port)
        assert (document["told"], document["taken_back"], document["agrees"]) == (0, 0, True)
        assert said(host, "undo", "--list") == ["Nothing is written down."]

    def test_forgotten_entry_that_a_case_was_told_is_not_offered(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "hold", "acne")
        assert host("sync", "--port", synced.port).returncode == 0
        (entry,) = host_json("undo", "--list")["entries"]
        assert host("forget", entry["number"], "--yes").returncode == 0
        assert said(host, "undo", "--list") == ["Nothing is written down."]

    def test_undo_json_says_what_was_taken_back(self, host_json: HostJson) -> None:
        entry = host_json("note", "hello")["entry"]
        assert host_json("undo", "--yes")["taken_back"] == entry

    @pytest.mark.parametrize(
        "command",
        ["hold acne", "hold release", "reaction open", "reaction over", "clinic 3d", "head new"],
    )
    def test_case_that_was_told_takes_it_back_at_the_next_sync(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, command: str
    ) -> None:
        if command == "reaction over":
            said(host, "reaction", "open")
            assert host("sync", "--port", synced.port).returncode == 0
        state = synced.app.journal.state
        before = (state.at, state.reactions, state.hold_reason, state.head_uses)
        said(host, *command.split())
        assert host("sync", "--port", synced.port).returncode == 0
        result = host("undo", "--yes")
        assert "the next sync takes it back there, too" in result.stderr
        assert host_json("status")["cases"][0]["taken_back"] == 1
        document = host_json("sync", "--port", synced.port)
        assert (document["taken_back"], document["agrees"]) == (1, True)
        state = synced.app.journal.state
        assert (state.at, state.reactions, state.hold_reason, state.head_uses) == before

    def test_entry_whose_records_are_not_here_is_not_taken_back(
        self, host: Host, home: Path, synced: ScriptedCase
    ) -> None:
        """The database has the record of the entry, and not all that came after it."""
        said(host, "clinic", "3d")
        assert host("sync", "--port", synced.port).returncode == 0
        synced.log(3)
        assert host("sync", "--port", synced.port).returncode == 0
        with open_module.open_archive(home / "rollcase.db") as archive, archive.transaction():
            last = archive.last_record(archive.logs(1)[0], None)
            assert last is not None
            archive._db.execute("DELETE FROM records WHERE seq = ?", (last[0] - 1,))
        before = written(home)
        sentence, hint = complaint(host("undo", "--yes"), 2)
        assert sentence.startswith("The case knows of it: ")
        assert "are not here" in hint
        assert written(home) == before

    def test_undo_without_a_database_creates_none(self, host: Host, home: Path) -> None:
        complaint(host("undo"))
        assert not (home / "rollcase.db").exists()


class TestChoice:
    def test_nothing_is_taken_back_where_nobody_can_be_asked(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "note", "stays")
        before = written(home)
        result = host("undo")
        assert result.returncode == 0
        assert result.stdout == "Nothing was taken back. The last is a note, today 20:00: stays.\n"
        (number,) = [entry["number"] for entry in host_json("undo", "--list")["entries"]]
        assert f"undo {number}" in result.stderr
        assert host_json("undo")["taken_back"] is None
        assert written(home) == before

    def test_entry_is_taken_back_by_its_number_whichever_it_is(
        self, host: Host, host_json: HostJson
    ) -> None:
        for text in ("first", "second", "third"):
            said(host, "note", text)
        numbers = [entry["number"] for entry in host_json("undo", "--list")["entries"]]
        said(host, "undo", numbers[1].upper())
        left = [entry["text"] for entry in host_json("undo", "--list")["entries"]]
        assert left == ["first", "third"]
        sentence, _ = complaint(host("undo", numbers[1]), 2)
        assert sentence == f"No entry has the number {numbers[1]!r}."

    def test_name_of_a_case_is_taken_back(self, host: Host, synced: ScriptedCase) -> None:
        said(host, "name", "bath")
        said(host, "name", "bedroom")
        said(host, "undo", "--yes")
        assert said(host, "name") == ["4d5e6f  bath"]

    def test_policy_that_waits_is_taken_back_and_one_that_is_in_the_case_is_not(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "rest=50d")
        said(host, "undo", "--yes")
        assert not host_json("status")["cases"][0]["new_rules"]
        said(host, "policy", "set", "rest=50d")
        assert host_json("sync", "--port", synced.port)["rules"]["changed"]
        sentence, _ = complaint(host("undo", "--yes"), 2)
        assert sentence == "The case has taken these rules."

    def test_policy_that_the_case_has_taken_is_not_taken_back_though_another_waits(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "policy", "set", "rest=50d")
        taken = host_json("undo", "--list")["entries"][-1]["number"]
        host_json("sync", "--port", synced.port)
        said(host, "policy", "set", "rest=60d")
        entries = host_json("undo", "--list")["entries"]
        (waits,) = [entry["number"] for entry in entries if entry["kind"] == "policy"]
        before = written(home)
        sentence, _ = complaint(host("undo", taken), 2)
        assert sentence == "The case has taken these rules."
        assert written(home) == before
        said(host, "undo", waits)
        assert not host_json("sync", "--port", synced.port)["rules"]["changed"]
        assert synced.app.policy.rest_s == 50 * DAY

    def test_waiting_policy_is_taken_back_though_the_owner_before_had_the_same_rules(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "rest=50d")
        host_json("sync", "--port", synced.port)
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        host_json("sync", "--port", synced.port)
        said(host, "policy", "set", "rest=50d")
        (line,) = said(host, "undo", "--yes", "--person", "Ben")
        assert line.startswith("Taken back: the rules that you set")
        assert not host_json("sync", "--port", synced.port)["rules"]["changed"]

    def test_name_of_a_person_and_whose_a_case_is_are_taken_back(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "case", "whose", "4d5e6f", "Ben")
        said(host, "person", "rename", "Ben", "Benno")
        said(host, "undo", "--yes", "--person", "Benno")
        (ben,) = [each for each in host_json("person")["persons"] if each["cases"]]
        assert ben["name"] == "Ben"
        said(host, "undo", "--yes", "--person", "Ben")
        assert [each["cases"] for each in host_json("person")["persons"]] == [[DEVICE], []]

    def test_list_shows_each_entry_with_its_number_the_newest_last(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "note", "first")
        said(host, "clinic", "3d", "second")
        said(host, "note", "gone")
        said(host, "undo", "--yes")
        said(host, "name", "bath")
        numbers = [entry["number"] for entry in host_json("undo", "--list")["entries"]]
        lines = said(host, "undo", "--list")
        rows = [line.split(maxsplit=1) for line in lines[-3:]]
        assert [number for number, _ in rows] == numbers[-3:]
        for words, (_, row) in zip(["a note", "a session at a clinic", "bath"], rows, strict=True):
            assert words in row
        assert "gone" not in " ".join(lines)

    def test_undone_stays_undone_where_the_entry_comes_later(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        second = ("--db", str(home / "second.db"))
        said(host, "note", "oneword")
        said(host, "export", "json", str(home / "before.json"))
        said(host, "undo", "--yes")
        said(host, "export", "json", str(home / "after.json"))
        for name in ("before.json", "after.json", "before.json"):
            assert host("import", str(home / name)).returncode == 0
        for name in ("after.json", "before.json"):
            assert host("import", str(home / name), *second).returncode == 0
        assert host_json("undo", "--list")["entries"] == []
        assert host_json("undo", "--list", *second)["entries"] == []

    @pytest.mark.parametrize("number", ["", "1a", "zzzz", "123456789"])
    def test_number_that_no_entry_has_is_explained(self, host: Host, number: str) -> None:
        said(host, "note", "stays")
        sentence, step = complaint(host("undo", number), 2)
        assert sentence == f"No entry has the number {number!r}."
        assert step == "See undo --list."

    def test_entry_of_another_person_is_not_taken_back(self, host: Host) -> None:
        said(host, "note", "mine")
        said(host, "person", "add", "Ben")
        said(host, "note", "bens", "--person", "Ben")
        (line,) = said(host, "undo", "--yes")
        assert line == "Taken back: a note, today 20:00: mine."

    def test_hint_that_names_a_person_takes_back_what_it_shows(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "person", "add", "Ann B")
        said(host, "note", "anns", "--person", "Ann B")
        said(host, "note", "mine")
        hint = host("undo", "--person", "Ann B").stderr
        (number,) = [
            entry["number"]
            for entry in host_json("undo", "--list", "--person", "Ann B")["entries"]
            if entry["kind"] == "note"
        ]
        assert f"undo {number} --person 'Ann B', or undo --yes --person 'Ann B'." in hint
        (line,) = said(host, "undo", number, "--person", "Ann B")
        assert line == "Taken back: a note, today 20:00: anns."

    def test_number_is_found_whoevers_entry_it_is(self, host: Host, host_json: HostJson) -> None:
        said(host, "person", "add", "Ben")
        said(host, "note", "bens", "--person", "Ben")
        number = host_json("undo", "--list", "--person", "Ben")["entries"][-1]["number"]
        (line,) = said(host, "undo", number)
        assert line == "Taken back: a note, today 20:00: bens."

    def test_rules_in_the_list_say_what_they_are_until_the_case_has_taken_them(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "needle=0.25", "rest=20d", "zones=face,neck")
        line = said(host, "undo", "--list")[-1]
        rules = "0.25 mm, rest 20 days, zones face,neck"
        assert line.endswith(f"the rules that you set, today 20:00: {rules}")
        assert host("sync", "--port", synced.port).returncode == 0
        assert "the rules" not in "\n".join(said(host, "undo", "--list"))

    def test_what_is_said_about_an_entry_is_taken_back_with_it(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        noted = photo(home / "face.jpg")
        assert host("photo", str(noted)).returncode == 0
        said(host, "photo", str(noted.rename(home / "smile.jpg")))
        said(host, "reaction", "open", "red")
        said(host, "reaction", "look", "less red")
        entries = host_json("undo", "--list")["entries"]
        for entry in entries:
            if entry["kind"] in ("photo", "reaction"):
                said(host, "undo", entry["number"])
        assert host_json("undo", "--list")["entries"] == []
        assert "found again" not in host("log").stdout
