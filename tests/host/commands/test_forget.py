"""``host forget``: nothing of an entry or a person is left, and nothing comes back."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import said

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


def in_the_files(home: Path, word: str) -> bool:
    """Return whether a word is in any byte of the database, or of what is beside it."""
    return any(word.encode() in path.read_bytes() for path in home.glob("rollcase.db*"))


def number_of(host_json: HostJson, text: str) -> str:
    """Return the number of the entry with this text."""
    entries = host_json("undo", "--list")["entries"]
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
        lines = said(host, "forget", number_of(host_json, "stays"))
        assert lines[-1].startswith("Nothing was erased.")
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

    def test_what_is_not_there_is_named(self, host: Host, synced: ScriptedCase) -> None:
        sentence, _ = complaint(host("forget", "nobody"), 2)
        assert sentence == "There is no entry, photo or person 'nobody'."
