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
            assert sentence == "There are several cases: 556677, 4d5e6f."
            said(host, "head", "new", "the pins were bent", "--case", "556677")
            assert [case["waiting"] for case in host_json("status")["cases"]] == [1, 0]
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


class TestWhoseHead:
    """Two people, each with a case."""

    @pytest.fixture
    def anns(self, host: Host, host_json: HostJson, synced: ScriptedCase, home: Path) -> str:
        """The end of the id of Ann's case; mine is beside it."""
        said(host, "person", "add", "Ann")
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host_json("sync", "--port", other.port, "--person", "Ann")
        return "556677"

    def test_new_head_is_of_my_only_case_though_others_have_cases(
        self, host: Host, host_json: HostJson, anns: str
    ) -> None:
        said(host, "head", "new", "mine")
        said(host, "head", "new", "hers", "--person", "Ann")
        for person in ("me", "Ann"):
            (case,) = host_json("status", "--person", person)["cases"]
            assert case["waiting"] == 1

    def test_heads_are_those_of_one_person_who_is_named_where_there_are_several(
        self, host: Host, host_json: HostJson, anns: str
    ) -> None:
        assert said(host, "head")[0].startswith("Head ")
        assert said(host, "head", "--person", "Ann")[0] == "Ann:"
        devices = {
            person: [head["device"][-6:] for head in host_json("head", "--person", person)["heads"]]
            for person in ("me", "Ann")
        }
        assert devices == {"me": ["4d5e6f"], "Ann": [anns]}

    def test_head_and_status_say_the_same_of_a_head_that_is_out(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "person", "add", "Ben")
        said(host, "case", "lend", "4d5e6f", "Ben", "--yes", "--port", synced.port)
        status = said(host, "status", "--person", "Ben")
        (line,) = [line for line in status if line.startswith("Head")]
        assert line == "Head         out: put a new one in"
        assert line in said(host, "head", "--person", "Ben")
        (case,) = host_json("status", "--person", "Ben")["cases"]
        assert case["head"]["may_be_used"] is False
        assert said(host, "head") == ["No case here is yours: case 4d5e6f is Ben's."]

    def test_rules_are_those_of_my_only_case_though_others_have_cases(
        self, host: Host, host_json: HostJson, anns: str
    ) -> None:
        said(host, "policy", "set", "rest=50d")
        said(host, "policy", "set", "rest=40d", "--person", "Ann")
        assert host_json("policy")["rules"]["rest_h"] == 50 * 24
        assert host_json("policy", "--case", anns)["rules"]["rest_h"] == 40 * 24
