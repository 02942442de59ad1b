"""``host log``: what it shows of records and diary, and how to choose among it."""

from pathlib import Path
from shutil import copyfile

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.run_host import sync_here
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import NOW, TWO_ZONES, said

from rollhost.cli.main import main
from rollhost.database.diary import KINDS

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


WRITTEN = [
    ["note", "--at", "10d", "an old note", "--zone", "face"],
    ["note", "a new note"],
    ["clinic", "5d", "--zone", "neck"],
    ["reaction", "open", "--zone", "neck"],
    ["reaction", "look", "better"],
]
"""The commands that write the diary of `TestLog`."""


@pytest.fixture(scope="module")
def told_diary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a diary of several kinds of entries, of which the case was told."""
    folder = tmp_path_factory.mktemp("told")
    path = folder / "rollcase.db"
    with pytest.MonkeyPatch.context() as patch, ScriptedCase(folder / "flash") as case:
        patch.setenv("ROLLCASE_DB", str(path))
        patch.setenv("ROLLCASE_NOW", NOW)
        assert case.app.set_policy(TWO_ZONES) == ""
        sync_here(case, path)
        for argv in WRITTEN:
            assert main(argv) == 0
        sync_here(case, path)
    return path


class TestLog:
    @pytest.fixture(autouse=True)
    def lived(self, home: Path, told_diary: Path) -> None:
        """The owner's database, with that diary."""
        copyfile(told_diary, home / "rollcase.db")

    def test_kind_filters_records_and_entries(self, host_json: HostJson) -> None:
        document = host_json("log", "--kind", "clinic", "--kind", "note")
        assert [record["kind"] for record in document["records"]] == ["clinic"]
        assert [entry["kind"] for entry in document["diary"]] == ["note", "note", "clinic"]

    @pytest.mark.parametrize("kind", KINDS)
    def test_log_can_be_filtered_by_every_kind_of_entry(
        self, host_json: HostJson, kind: str
    ) -> None:
        found = {entry["kind"] for entry in host_json("log", "--kind", kind)["diary"]}
        about = {"follow-up", "reaction over"} if kind == "reaction" else set()
        assert found <= {kind} | about

    def test_kind_reaction_includes_follow_ups_and_end(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "reaction", "over")
        diary = host_json("log", "--kind", "reaction")["diary"]
        assert [entry["kind"] for entry in diary] == ["reaction", "follow-up", "reaction over"]

    @pytest.mark.parametrize("last", ["1", "2", "100"])
    def test_last_limits_the_diary_too(self, host: Host, host_json: HostJson, last: str) -> None:
        every, some = (
            sorted(host_json("log", *words)["diary"], key=lambda entry: str(entry["at"]))
            for words in ([], ["--last", last])
        )
        assert some == every[-int(last) :]

    def test_logs_without_a_matching_record_have_no_heading(self, host: Host, home: Path) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host("sync", "--port", other.port, "--person", "me")
        lines = said(host, "log", "--kind", "policy_set")
        assert [line for line in lines if line.startswith("Case")] == [
            "Case 4d5e6f, log of 1 record"
        ]
        assert said(host, "log", "--kind", "head_new") == ["Nothing of that was logged."]

    def test_zone_removed_from_the_policy_is_found_by_its_name(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "policy", "set", "zones=hand")
        records = host_json("log", "--zone", "neck")["records"]
        assert [record["zone_name"] for record in records] == ["neck", "neck"]
        complaint(host("log", "--zone", "knee"), 2)

    def test_since_leaves_out_earlier_records_and_entries(self, host_json: HostJson) -> None:
        assert len(host_json("log", "--since", "3d")["diary"]) == 3
        assert len(host_json("log", "--since", "2026-11-10")["diary"]) == 5
        assert len(host_json("log", "--since", "2026-11-11")["diary"]) == 4

    def test_zone_filter_leaves_out_other_zones(self, host_json: HostJson) -> None:
        document = host_json("log", "--zone", "face")
        assert document["records"] == []
        assert [entry["text"] for entry in document["diary"]] == ["an old note"]
        document = host_json("log", "--zone", "neck")
        assert [record["kind"] for record in document["records"]] == ["clinic", "reaction_opened"]

    def test_diary_follows_the_records_in_its_own_words(self, host: Host) -> None:
        lines = said(host, "log")
        at = lines.index("You wrote down")
        told = [line[18:] for line in lines[at + 1 :]]
        assert sorted(lines[at + 1 :], key=lambda line: line[:16]) == lines[at + 1 :]
        assert {"a note, face: an old note", "a note: a new note"} <= set(told)
        assert any(line.startswith("a session at a clinic") for line in told)

    def test_case_filter_shows_the_entries_about_that_case(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host("sync", "--port", other.port)
        said(host, "head", "new", "--case", "4d5e6f")
        mine = host_json("log", "--case", "4d5e6f")
        yours = host_json("log", "--case", "556677")
        assert {record["device"] for record in yours["records"]} == {"0011223344556677"}
        assert "head" in [entry["kind"] for entry in mine["diary"]]
        assert "head" not in [entry["kind"] for entry in yours["diary"]]


def test_single_zone_is_named_only_in_json(
    host: Host, host_json: HostJson, synced: ScriptedCase
) -> None:
    said(host, "reaction", "open")
    host("sync", "--port", synced.port)
    (record,) = host_json("log", "--kind", "reaction")["records"]
    assert record["zone_name"] == "face"
    assert said(host, "log", "--kind", "reaction")[0].endswith(
        "a reaction of the skin, today 20:00"
    )


@pytest.mark.parametrize("zone", ["UTC+24", "XYZ-25:99", "UTC-24"])
def test_impossible_time_zone_breaks_nothing(
    host: Host, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    assert said(host, "note", "hello")[0].endswith(": hello.")
    assert len(said(host, "log")) == 1
    assert '"2026-11-20T20:00:00+00:00"' in "".join(said(host, "log", "--json"))
