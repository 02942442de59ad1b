"""``host undo``: the last entry is taken back, unless a case was told of it."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import NOW_S, keep, said, written

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

    def test_undo_json_says_what_was_taken_back(self, host_json: HostJson) -> None:
        entry = host_json("note", "hello")["entry"]
        assert host_json("undo", "--yes")["taken_back"] == entry

    @pytest.mark.parametrize(
        ("command", "step"),
        [
            ("hold acne", "Say hold release."),
            ("hold release", "Say hold again, with its reason."),
            ("reaction open", "Say reaction over."),
            ("reaction over", "Say reaction open."),
            ("clinic 3d", "It is in the case's log for good."),
            ("head new", "It is in the case's log for good."),
        ],
    )
    def test_undo_keeps_an_entry_that_the_case_was_told(
        self, host: Host, home: Path, synced: ScriptedCase, command: str, step: str
    ) -> None:
        if command == "reaction over":
            said(host, "reaction", "open")
        said(host, *command.split())
        assert host("sync", "--port", synced.port).returncode == 0
        before = written(home)
        sentence, hint = complaint(host("undo"), 2)
        assert sentence.startswith("The case knows of it: ")
        assert hint.startswith(step)
        assert written(home) == before

    def test_undo_keeps_an_entry_that_an_earlier_log_has(
        self, host: Host, home: Path, synced: ScriptedCase
    ) -> None:
        said(host, "clinic", "3d")
        assert host("sync", "--port", synced.port).returncode == 0
        with open_module.open_archive(home / "rollcase.db") as archive, archive.transaction():
            (case,) = archive.cases()
            archive.note_meeting(case.id, archive.keep_log(case.id, "ff" * 8), NOW_S, 0)
        complaint(host("undo"), 2)

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

    def test_entry_of_another_person_is_not_taken_back(self, host: Host) -> None:
        said(host, "note", "mine")
        said(host, "person", "add", "Ben")
        said(host, "note", "bens", "--person", "Ben")
        (line,) = said(host, "undo", "--yes")
        assert line == "Taken back: a note, today 20:00: mine."
