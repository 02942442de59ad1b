"""``host head``: a new head, and its uses."""

import re
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import live_until, use, write
from tests.host.calendars import read
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, later, said, told_kinds

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.guidance.heads import DISPOSAL, INSPECTION, ONE_EACH, REASONS

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
            DISPOSAL,
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


class TestOut:
    def test_head_that_is_out_is_told_once_and_the_case_shows_it_as_expired(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        lines = said(host, "head", "out", "dropped", "into the sink")
        assert lines == [
            "Written down: the head is out (dropped), today 20:00: into the sink.",
            "The next sync tells the case.",
            "Until a new one is in, the case shows that the head is expired.",
            "A fall bends needles so little that nobody sees it.",
            DISPOSAL,
        ]
        says = "The head is out: dropped, Fri 20 Nov. With a new one in, say head new."
        assert said(host, "status")[0] == says
        assert [host_json("sync", "--port", synced.port)["told"] for _ in range(2)] == [1, 0]
        app = synced.app
        standing = state.judge(app.journal.state, app.policy, app.clock.time)
        assert standing.phase == state.HEAD_EXPIRED
        assert synced.app.journal.state.head_out == 1 + events.HEAD_DROPPED
        says = "The head is out: dropped, Fri 20 Nov. With a new one in, hold the button 10 s."
        assert said(host, "status")[0] == says
        assert said(host, "head")[:2] == [
            "Head         out: dropped, Fri 20 Nov", "             put a new one in"
        ]  # fmt: skip
        (head,) = host_json("head")["heads"]
        assert (head["out"]["reason"], head["may_be_used"]) == ("dropped", False)
        (entry,) = host_json("log")["diary"]
        assert (entry["kind"], entry["reason"]) == (diary.HEAD_OUT, "dropped")

    def test_new_head_ends_that_the_one_before_is_out(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "head", "out", "bent")
        host_json("sync", "--port", synced.port)
        lines = said(host, "head", "new")
        assert lines[2:] == [*INSPECTION, ONE_EACH]
        assert host_json("status")["cases"][0]["head"]["out"] is None
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.journal.state.head_out == 0
        assert told_kinds(host_json) == ["head_out", "head_new"]

    def test_head_that_is_out_before_the_sync_of_its_new_one_is_told_as_new_only(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "head", "out", "jerky")
        said(host, "head", "new")
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert told_kinds(host_json) == ["head_new"]
        assert host("undo", "--yes").returncode == 0
        assert host_json("status")["cases"][0]["head"]["out"]["reason"] == "jerky"
        host_json("sync", "--port", synced.port)
        assert synced.app.journal.state.head_out == 1 + events.HEAD_JERKY

    @pytest.mark.parametrize("told", [False, True])
    def test_head_that_was_called_out_by_mistake_is_in_again_after_undo(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, told: bool
    ) -> None:
        said(host, "head", "new")
        host_json("sync", "--port", synced.port)
        said(host, "head", "out", "lost")
        if told:
            host_json("sync", "--port", synced.port)
        assert host("undo", "--yes").returncode == 0
        assert host_json("status")["cases"][0]["head"]["out"] is None
        host_json("sync", "--port", synced.port)
        assert synced.app.journal.state.head_out == 0
        assert host_json("sync", "--port", synced.port)["told"] == 0

    def test_new_head_that_is_dropped_within_the_hour_is_out(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        for words in (("new",), ("out", "dropped"), ("new",), ("out", "bent")):
            said(host, "head", *words)
            assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.journal.state.head_out == 1 + events.HEAD_BENT

    def test_head_out_at_the_case_is_ended_by_a_new_one_that_is_written_down(
        self, host: Host, host_json: HostJson, synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        write(synced, events.HEAD_OUT, NOW_S - CASE_EPOCH + DAY, reason=0, uses=0, token=0)
        later(monkeypatch, 2)
        host_json("sync", "--port", synced.port)
        says = "The head is out: said at the case, Sat 21 Nov. With a new one in, hold the button"
        assert said(host, "status")[0] == f"{says} 10 s."
        said(host, "head", "new")
        host_json("sync", "--port", synced.port)
        assert synced.app.journal.state.head_out == 0

    @pytest.mark.parametrize(
        ("words", "reason", "kept"),
        [
            ("dropped", "dropped", ""),
            ("Dropped it again", "dropped", "it again"),
            ("fell on the floor", "dropped", "fell on the floor"),
            ("my friend used it", "shared", "my friend used it"),
            ("it tugs", "jerky", "it tugs"),
            ("lost a needle", "bent", "lost a needle"),
            ("lost", "lost", ""),
            ("can't find it", "lost", "can't find it"),
            ("rolled over a cold-sore", "infected", "rolled over a cold-sore"),
            ("the dog", "another reason", "the dog"),
            ("", "another reason", ""),
        ],
    )
    def test_reason_is_understood_as_people_say_it(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, words: str, reason: str,
        kept: str,
    ) -> None:  # fmt: skip
        entry = host_json("head", "out", *words.split())["entry"]
        assert (entry["reason"], entry["text"]) == (reason, kept)

    def test_every_reason_says_what_it_means_and_where_the_head_goes(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        for name, reason in REASONS.items():
            advice = host_json("head", "out", name)["advice"]
            assert (DISPOSAL in advice) is (name != "lost")
            assert all(words in advice for words in [reason.why] if words)
            assert reason.source

    def test_mistyped_reason_is_met_with_the_one_that_was_meant(
        self, host: Host, synced: ScriptedCase, home: Path
    ) -> None:
        sentence, step = complaint(host("head", "out", "dropt"), 2)
        assert sentence == "There is no reason 'dropt'."
        assert step.startswith("Did you mean dropped?")


class TestShown:
    def test_report_says_of_each_head_why_it_was_out(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for day, words, is_synced in (
            (0, ("new",), True),
            (1, ("out", "dropped"), True),
            (2, ("new",), True),
            (3, ("out", "bent"), False),
            (4, ("new",), True),
            (5, ("out", "jerky"), False),
        ):
            later(monkeypatch, day)
            live_until(synced, NOW_S - CASE_EPOCH + day * DAY)
            said(host, "head", *words)
            if is_synced:
                host_json("sync", "--port", synced.port)
        page = Path(host_json("report", str(home / "page.html"))["file"]).read_text()
        rows = re.findall(r'<th scope="row">(?:20|22|24) Nov 2026<td>([^<]*)<td>0 of', page)
        assert rows == [
            "out: jerky", "24 Nov 2026, out: bent", "22 Nov 2026, out: dropped"
        ]  # fmt: skip
        assert "The head is out: jerky, Wed 25 Nov." in page

    def test_calendar_asks_for_a_new_head_when_one_is_out(
        self, host: Host, synced: ScriptedCase, home: Path
    ) -> None:
        said(host, "head", "out", "shared")
        assert host("export", "ics", str(home / "days.ics")).returncode == 0
        events = read((home / "days.ics").read_bytes()).values()
        (found,) = [event for event in events if "head" in event.title]
        assert found.start == NOW_S
        assert found.text.endswith("It is out: shared, Fri 20 Nov.")


class TestMeantFor:
    def test_head_for_one_area_says_that_it_was_used_on_another(
        self,
        host: Host,
        host_json: HostJson,
        two_zones: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        assert said(host, "head", "new", "--zone", "Face")[0] == (
            "Written down: a new head, today 20:00, face."
        )
        host_json("sync", "--port", two_zones.port)
        use(two_zones, NOW_S - CASE_EPOCH + DAY, zone=0)
        later(monkeypatch, 2)
        host_json("sync", "--port", two_zones.port)
        assert said(host, "head")[0] == "Head         used 1 of 10 times, day 3 of 90, for face"
        use(two_zones, NOW_S - CASE_EPOCH + 3 * DAY, zone=1)
        later(monkeypatch, 4)
        host_json("sync", "--port", two_zones.port)
        warning = "             it was used on neck, too: a head for each area is better"
        assert warning in said(host, "head")
        assert warning in said(host, "status")
        assert host_json("head")["heads"][0]["used_on_others"] == ["neck"]

    def test_area_of_a_head_is_one_of_the_rules(self, host: Host, two_zones: ScriptedCase) -> None:
        complaint(host("head", "new", "--zone", "knee"), 2)
        complaint(host("head", "out", "bent", "--zone", "face"), 2)

    def test_head_that_was_put_in_at_the_case_is_for_no_area(
        self,
        host: Host,
        host_json: HostJson,
        two_zones: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "head", "new", "--zone", "face")
        write(two_zones, events.HEAD_NEW, NOW_S - CASE_EPOCH + DAY, uses=0, token=0)
        later(monkeypatch, 2)
        host_json("sync", "--port", two_zones.port)
        assert host_json("head")["heads"][0]["zone"] is None


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
        assert line == "Head         out: shared"
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
