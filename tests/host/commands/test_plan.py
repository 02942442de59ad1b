"""``host plan``: a course begins, goes on, and ends, in words and as a document."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint, sentence_and_step
from tests.host.lived_in import make_lived_in
from tests.host.logbook import DAY, Logbook, rules_for
from tests.host.run_host import run_main
from tests.host.writing_down import diary_rows, know_two_zones, said

from rollcore.policy import Policy, for_needle, numbers_of
from rollhost.database.open import open_archive
from rollhost.output import units

pytestmark = pytest.mark.in_process

NOW = "2026-11-21T10:00:00Z"
"""When the case of `make_lived_in` was synced."""

NOW_S = 1_795_255_200
"""The same, in Unix seconds."""

RULES = for_needle(500)


@pytest.fixture(autouse=True)
def now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be one moment for every command."""
    monkeypatch.setenv("ROLLCASE_NOW", NOW)


OWN = "This is your own plan: what your clinic says counts more."


def use_at_home(database: Path, needle_um: int) -> int:
    """Keep a log with one use, a day before `NOW`; return when it ended (Unix s)."""
    with open_archive(database, create=True) as archive:
        book = Logbook(archive, NOW_S - DAY)
        book.set_clock()
        book.set_rules(rules_for(needle_um))
        ended = book.use()
        book.keep()
        return ended


class TestCommand:
    def test_plan_begins_today(self, host: Host, host_json: HostJson) -> None:
        assert said(host, "plan", "start") == [
            "Course of 4 sessions, face: none done yet, the first is due today.", OWN,
        ]  # fmt: skip
        document = host_json("plan")
        assert document == {
            "schema_version": 1,
            "courses": [
                {
                    "zone": "face",
                    "began": "2026-11-21T00:00:00+00:00",
                    "began_day": "2026-11-21",
                    "sessions": 4,
                    "done": 0,
                    "complete": False,
                    "next": "2026-11-21T00:00:00+00:00",
                    "next_day": "2026-11-21",
                    "due": True,
                    "steps": [],
                }
            ],
            "held": [],
        }

    def test_session_of_the_same_day_is_the_first_of_a_plan(self, host: Host) -> None:
        said(host, "clinic", "today 08:00", "--needle", "1.5")
        assert said(host, "plan", "start")[:2] == [
            "Course of 4 sessions, face: 1 done, the next from Mon 21 Dec 2026 on.",
            "  1  Sat 21 Nov 2026, at a clinic, 1.5 mm",
        ]

    def test_uses_of_a_case_are_steps_of_the_plan_and_its_rest_counts(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        ended = use_at_home(home / "rollcase.db", 500)
        result = host("plan", "start", "--sessions", "3", "--from", "2d")
        assert result.stdout.splitlines()[:2] == [
            "Course of 3 sessions, face: 1 done, the next from Sun 20 Dec 2026 on.",
            "  1  Fri 20 Nov 2026, at home, 0.5 mm",
        ]
        assert result.stderr == ""
        (found,) = host_json("plan")["courses"]
        assert found["steps"] == [
            {
                "at": units.iso(ended),
                "day": None,
                "at_clinic": False,
                "zone": "face",
                "needle_mm": 0.5,
            }
        ]

    def test_uses_with_short_needles_are_no_steps_and_the_answer_says_why(
        self, host: Host, home: Path
    ) -> None:
        use_at_home(home / "rollcase.db", 300)
        result = host("plan", "start", "--sessions", "3", "--from", "2d")
        assert ": none done yet, the first from " in result.stdout
        assert "Plans of sessions come from clinics, at 0.5 to 2.5 mm." in result.stderr

    def test_rest_after_a_clinic_counts_for_a_plan(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        make_lived_in(home / "rollcase.db")
        # A session at a clinic of which the case has not been told yet.
        said(host, "plan", "start", "--sessions", "3", "--from", "2026-11-21")
        (found,) = host_json("plan")["courses"]
        assert (found["next"], found["due"]) == ("2026-12-16T10:00:00+00:00", False)

    def test_completed_plan_continues_once_a_year(
        self, host: Host, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for day in ("2026-05-01 09:00", "2026-06-05 09:00", "2026-07-05 09:00"):
            said(host, "clinic", day)
        said(host, "plan", "start", "--sessions", "3", "--from", "2026-05-01")
        assert said(host, "plan") == [
            "Course of 3 sessions, face: all done, now one a year, the next from Mon 5 Jul 2027"
            " on.",
            "  1  Fri 1 May 2026, at a clinic",
            "  2  Fri 5 Jun 2026, at a clinic",
            "  3  Sun 5 Jul 2026, at a clinic",
        ]
        monkeypatch.setenv("ROLLCASE_NOW", "2027-07-06T09:00:00Z")
        assert said(host, "plan")[0].endswith("now one a year, the next was due on Mon 5 Jul 2027.")
        assert host_json("plan")["courses"][0]["due"] is True

    def test_plan_in_the_future_says_when_it_begins(self, host: Host) -> None:
        assert said(host, "plan", "start", "--from", "2026-12-01")[0] == (
            "Course of 4 sessions, face: none done yet, the first from Tue 1 Dec 2026 on."
        )

    def test_new_plan_replaces_the_old_one(self, host: Host, host_json: HostJson) -> None:
        said(host, "plan", "start", "--sessions", "5", "--from", "2026-09-01")
        assert said(host, "plan", "start", "--sessions", "6")[0] == (
            "The course of 5 sessions from Tue 1 Sep 2026 on is over; this one takes its place."
        )
        document = host_json("plan", "start")
        assert [plan["sessions"] for plan in document["replaced"]] == [6]
        assert document["entry"]["sessions"] == document["course"]["sessions"] == 4
        assert [plan["sessions"] for plan in host_json("plan")["courses"]] == [4]

    def test_plan_can_be_ended(self, host: Host, host_json: HostJson) -> None:
        said(host, "plan", "start")
        assert said(host, "plan", "end") == ["Written down: the course is over, face."]
        assert said(host, "plan") == ["No course runs."]
        assert host_json("plan")["courses"] == []

    def test_each_zone_has_its_own_plan(self, host: Host, host_json: HostJson, home: Path) -> None:
        know_two_zones(home)
        sentence, step = complaint(host("plan", "start"), 2)
        assert (sentence, step) == ("No area of skin was named.", "Say --zone: face or neck.")
        said(host, "plan", "start", "--zone", "face")
        second = said(host, "plan", "start", "--zone", "neck", "--sessions", "6")
        assert second[0].startswith("Course of 6 sessions, neck")
        assert [line.partition(":")[0] for line in said(host, "plan")] == [
            "Course of 4 sessions, face", "Course of 6 sessions, neck",
        ]  # fmt: skip
        assert len(said(host, "plan", "--zone", "neck")) == 1
        before = diary_rows(home)
        sentence, step = complaint(host("plan", "end"), 2)
        assert (sentence, step) == ("Several courses run: face, neck.", "Say which with --zone.")
        assert diary_rows(home) == before
        said(host, "plan", "end", "--zone", "face")
        assert [plan["zone"] for plan in host_json("plan")["courses"]] == ["neck"]

    def test_plan_of_a_zone_removed_from_the_policy_can_be_ended(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "plan", "start")
        rules = Policy(numbers_of(RULES.changed(revision=1)), ("neck",))
        with open_archive(home / "rollcase.db") as archive, archive.transaction():
            archive.pend_policy(archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0"), rules)
        complaint(host("plan", "start", "--zone", "face"), 2)
        said(host, "plan", "end", "--zone", "face")
        assert host_json("plan")["courses"] == []

    def test_plan_shows_a_reason_to_wait(self, host: Host, host_json: HostJson) -> None:
        said(host, "plan", "start")
        said(host, "reaction", "open")
        assert said(host, "plan")[-1] == "A reaction of the skin is open."
        assert host_json("plan")["held"] == ["A reaction of the skin is open."]

    def test_plan_shows_a_hold_of_a_case(self, host: Host, home: Path) -> None:
        know_two_zones(home)
        said(host, "hold", "sunburn")
        assert "On hold (sunburn) until it has healed." in said(
            host, "plan", "start", "--zone", "face"
        )

    def test_plan_is_told_to_no_case(self, host: Host, host_json: HostJson, home: Path) -> None:
        make_lived_in(home / "rollcase.db")
        before = host_json("status")["cases"][0]["waiting"]
        said(host, "plan", "start")
        assert host_json("status")["cases"][0]["waiting"] == before

    @pytest.mark.parametrize(
        "argv",
        [
            ["pause"],
            ["start", "--sessions", "2"],
            ["start", "--sessions", "7"],
            ["start", "--sessions", "four"],
            ["start", "--from", "once"],
            ["start", "--from", "2019-12-31"],
            ["start", "--from", "2026-02-30"],
            ["start", "--from", "2027-11-23"],
            ["start", "--from", "9999-12-31"],
            ["start", "--from", ""],
            ["start", "--zone", "knee"],
            ["start", "--zone", ""],
            ["end"],
            ["end", "--zone", "face"],
            ["end", "--sessions", "4"],
            ["end", "--from", "today"],
            ["--sessions", "4"],
            ["--from", "today"],
        ],
        ids=" ".join,
    )
    def test_bad_arguments_create_no_database(
        self, home: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
    ) -> None:
        code, out, err = run_main(capsys, ["plan", *argv])
        assert (code, out) == (2, "")
        sentence_and_step(err)
        assert not (home / "rollcase.db").exists()

    def test_plan_text_mentions_the_clinic_once(self, host: Host) -> None:
        text = host("plan", "start").stdout + host("plan", "--help").stdout
        assert text.count("clinic") == 1
