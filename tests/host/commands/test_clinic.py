"""``host clinic``: a session at a clinic, and the rest that it starts."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, said, told_kinds, written

from rollcore import state
from rollcore.events import CASE_EPOCH

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestClinic:
    def test_clinic_session_starts_a_rest_before_the_case_knows_of_it(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        lines = said(host, "clinic", "2026-11-18", "Dr Smith", "--needle", "1.5")
        assert lines == [
            "Written down: a session at a clinic, Wed 18 Nov 2026, face, 1.5 mm: Dr Smith.",
            "The next sync tells the case.",
        ]
        status = said(host, "status")
        assert status[0].startswith("Not yet: the skin rests after a session at a clinic until")
        assert "Waiting      1 thing that you wrote down: the next sync tells the case" in status

    def test_clinic_alone_shows_each_session_with_its_rest(
        self, host: Host, host_json: HostJson, two_zones: ScriptedCase
    ) -> None:
        said(host, "clinic", "2026-09-01", "--zone", "face")
        said(host, "clinic", "2026-11-18", "Dr Smith", "--needle", "1.5", "--zone", "neck")
        lines = [
            "2026-09-01        face",
            "                  its rest was over Tue 29 Sep 2026",
            "2026-11-18        neck, 1.5 mm: Dr Smith",
            "                  its rest goes on until Wed 16 Dec 2026",
            "To write one down, say when it was: clinic 2026-11-20 --needle 1.5",
        ]
        assert said(host, "clinic") == lines
        assert said(host, "clinic", "--zone", "Neck") == lines[2:]
        before = host_json("clinic")["sessions"]
        assert [session["rest_is_over"] for session in before] == [True, False]
        assert before[1]["rest_until"] == "2026-12-16T12:00:00+00:00"
        host_json("sync", "--port", two_zones.port)
        assert host_json("clinic")["sessions"] == before

    def test_rest_of_a_clinic_session_is_that_of_the_longest_policy(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "clinic", "2026-11-18")
        said(host, "policy", "set", "clinic_rest=40d")
        host_json("sync", "--port", synced.port)
        (session,) = host_json("clinic")["sessions"]
        assert session["rest_until"] == "2026-12-28T12:00:00+00:00"
        (zone,) = host_json("status")["cases"][0]["zones"]
        assert zone["until"] == session["rest_until"]

    def test_clinic_alone_without_a_session_says_how_to_write_one_down(
        self, host: Host, home: Path
    ) -> None:
        assert said(host, "clinic")[0] == "No session at a clinic is written down."
        assert not (home / "rollcase.db").exists()

    def test_next_sync_tells_the_case_of_a_clinic_session_once(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "clinic", "2026-11-18", "--needle", "1.5mm")
        before = host_json("status")["cases"][0]
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert host_json("sync", "--port", synced.port)["told"] == 0
        assert told_kinds(host_json) == ["clinic"]
        (record,) = host_json("log", "--kind", "clinic")["records"]
        assert record["data"]["needle_um"] == 1500
        assert record["data"]["at"] == NOW_S - 2 * DAY - 8 * 3600 - CASE_EPOCH
        after = host_json("status")["cases"][0]
        assert (before["waiting"], after["waiting"]) == (1, 0)
        assert (before["phase"], before["until"]) == (after["phase"], after["until"])
        assert synced.app.standing.phase == state.RESTING

    @pytest.mark.parametrize(
        ("words", "at", "text"),
        [
            (["clinic", "2026-11-19", "10:00"], "2026-11-19T10:00:00+00:00", ""),
            (
                ["clinic", "yesterday", "9:05", "Dr", "Smith"],
                "2026-11-19T09:05:00+00:00",
                "Dr Smith",
            ),
            (["clinic", "2026-11-19 08:00", "10:00"], "2026-11-19T08:00:00+00:00", "10:00"),
            (["clinic", "1d", "10:00"], "2026-11-19T20:00:00+00:00", "10:00"),
            (["clinic", "yesterday", "Dr", "10:00"], "2026-11-19T12:00:00+00:00", "Dr 10:00"),
            (["note", "--at", "yesterday", "10:00", "hot"], "2026-11-19T10:00:00+00:00", "hot"),
            (["note", "10:00", "hot"], "2026-11-20T20:00:00+00:00", "10:00 hot"),
            (["reaction", "open", "--at", "today", "9:00"], "2026-11-20T09:00:00+00:00", ""),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_time_of_day_after_a_date_belongs_to_the_date(
        self, host_json: HostJson, words: list[str], at: str, text: str
    ) -> None:
        entry = host_json(*words)["entry"]
        assert (entry["at"], entry["text"]) == (at, text)

    @pytest.mark.parametrize("command", [["clinic", "3d"], ["reaction", "open", "red"]])
    def test_zone_has_to_be_named_when_there_are_several(
        self, host: Host, home: Path, two_zones: ScriptedCase, command: list[str]
    ) -> None:
        before = written(home)
        sentence, step = complaint(host(*command), 2)
        assert sentence == "No area of skin was named."
        assert step == "Say --zone: face or neck."
        assert written(home) == before

    def test_named_zone_rests_after_a_clinic_session(
        self, host: Host, host_json: HostJson, two_zones: ScriptedCase
    ) -> None:
        said(host, "clinic", "3d", "--zone", "neck")
        host_json("sync", "--port", two_zones.port)
        (record,) = host_json("log", "--kind", "clinic")["records"]
        assert (record["zone"], record["zone_name"]) == (1, "neck")
        zones = host_json("status")["cases"][0]["zones"]
        assert [(zone["name"], zone["rested"]) for zone in zones] == [
            ("face", True), ("neck", False),
        ]  # fmt: skip
        lines = said(host, "status")
        assert "Face         rested" in lines
        assert [line for line in lines if line.startswith("Neck         rests after a session")]
