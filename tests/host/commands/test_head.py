"""``host head``: a new head, and its uses."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import use
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, later, said, told_kinds

from rollcore import events
from rollcore.events import CASE_EPOCH

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestHead:
    def test_new_head_is_told_only_to_its_case(
        self, host: Host, host_json: HostJson, home: Path, synced: ScriptedCase
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host_json("sync", "--port", other.port, "--person", "me")
            sentence, _ = complaint(host("head", "new"), 4)
            assert sentence == "There are several cases: 4d5e6f, 556677."
            said(host, "head", "new", "the pins were bent", "--case", "556677")
            assert [case["waiting"] for case in host_json("status")["cases"]] == [0, 1]
            assert host_json("sync", "--port", synced.port)["told"] == 0
            assert host_json("sync", "--port", other.port)["told"] == 1
        assert told_kinds(host_json) == ["head_new"]

    def test_head_alone_shows_uses_and_days_and_when_it_is_worn_out(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "head", "new", "--json")
        host_json("sync", "--port", synced.port)
        lines = said(host, "head")
        assert lines == [
            "Head         used 0 of 10 times, day 1 of 90",
            "             worn out on 18 Feb 2027",
            "Once a new one is in, say head new.",
        ]
        (head,) = host_json("head")["heads"]
        status = host_json("status")["cases"][0]
        assert {name: head[name] for name in status["head"]} == status["head"]
        assert (head["device"], head["may_be_used"]) == (status["device"], True)

    def test_head_alone_says_that_the_head_is_worn_out(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "head", "new")
        later(monkeypatch, 91)
        assert said(host, "head") == [
            "Head         used 0 of 10 times, day 92 of 90",
            "             it is worn out",
            "Once a new one is in, say head new, or hold the case's button for 10 s.",
        ]
        assert host_json("head")["heads"][0]["may_be_used"] is False

    def test_head_alone_without_a_case_says_what_to_do_and_makes_no_database(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        assert said(host, "head") == [
            "No head is known yet: no case was synced.", "Plug your case in, and run sync.",
        ]  # fmt: skip
        assert host_json("head")["heads"] == []
        assert not (home / "rollcase.db").exists()

    def test_uses_of_a_new_head_are_counted_from_zero(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        app = synced.app
        for kind, data in (
            (events.USE_STARTED, {"how": events.IN_TURN, "digest": app.policy.digest}),
            (events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 200}),
        ):
            app._log(kind, data)
        host_json("sync", "--port", synced.port)
        assert host_json("status")["cases"][0]["head"]["uses"] == 1
        said(host, "head", "new")
        assert host_json("status")["cases"][0]["head"]["uses"] == 0
        host_json("sync", "--port", synced.port)
        (record,) = host_json("log", "--kind", "head_new")["records"]
        assert record["data"]["uses"] == 1
        assert host_json("status")["cases"][0]["head"]["uses"] == 0

    def test_new_head_counts_from_when_it_was_said_and_not_from_the_sync(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "head", "new")
        for day in (1, 2, 3):
            use(synced, NOW_S - CASE_EPOCH + day * DAY)
        later(monkeypatch, days=4)
        for _ in range(2):
            head = host_json("sync", "--port", synced.port)["case"]["head"]
            assert (head["uses"], head["days"]) == (3, 5)
        assert host_json("status")["cases"][0]["head"]["uses"] == 3
