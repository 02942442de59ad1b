"""``host policy``: new rules wait for the next sync, and can be tried on the past."""

import re
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, TWO_ZONES, later, said

from rollcore import events, policy
from rollcore.events import CASE_EPOCH
from rollhost.output.policy import overtaken_sentence

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestPolicy:
    def test_new_policy_waits_for_the_sync_and_is_then_in_force(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        lines = said(host, "policy", "set", "needle=0.25", "rest_h=240", "zones=face,neck")
        assert "needle: 0.5 mm → 0.25 mm" in lines
        assert "zones: face → face,neck" in lines
        assert host_json("status")["cases"][0]["new_rules"]
        assert said(host, "policy", "diff") == lines[:-1]
        assert host_json("sync", "--port", synced.port)["rules"]["changed"]
        assert synced.app.policy.rest_s == 240 * 3600
        assert synced.app.policy.zones == ("face", "neck")
        assert said(host, "policy", "diff") == ["No new rules wait: the case has them all."]
        shown = host_json("policy", "show")
        assert (shown["rules"]["rest_h"], shown["revision"]) == (240, 1)
        assert int(shown["digest"], 16) == synced.app.policy.digest

    def test_second_change_builds_on_the_pending_policy(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "zones=face,neck")
        said(host, "policy", "set", "rest_h=700")
        rules = host_json("policy")["rules"]
        assert (rules["rest_h"], rules["zones"]) == (700, ["face", "neck"])

    def test_unchanged_policy_still_waits_for_the_sync(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        assert said(host, "policy", "diff") == ["No new rules wait: the case has them all."]
        told = said(host, "policy", "set", "needle=0.5")  # the defaults, now by choice
        assert told[0] == "They say the same as before."
        assert [line for line in said(host, "status") if line.startswith("Waiting      new rules")]
        assert said(host, "policy", "diff") == ["The rules that wait say the same as the case's."]

    def test_zone_of_a_pending_policy_can_be_named(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "zones=face,neck")
        said(host, "clinic", "3d", "--zone", "neck")
        host_json("sync", "--port", synced.port)
        (record,) = host_json("log", "--kind", "clinic")["records"]
        assert record["zone"] == 1

    def test_long_needle_prints_a_warning(self, host: Host, synced: ScriptedCase) -> None:
        result = host("policy", "set", "needle=1.0")
        assert result.returncode == 0
        assert "42 days of rest" in result.stderr

    def test_replay_shows_which_uses_another_policy_would_have_refused(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        app = synced.app
        for day in (0, 30):
            app.clock.time = NOW_S - CASE_EPOCH + day * DAY
            app._log(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0})
            app._log(events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 200})
        assert host("sync", "--port", synced.port).returncode == 0
        assert said(host, "policy", "replay", "rest_h=720")[0] == (
            "Of 2 uses, these rules would have refused 0."
        )
        lines = said(host, "policy", "replay", "rest_h=960")
        assert lines[0] == "Of 2 uses, these rules would have refused 1."
        assert lines[1].endswith("10 days too early")
        assert not host_json("status")["cases"][0]["new_rules"]

    def test_case_without_a_chosen_policy_is_shown_with_its_defaults(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        """Its log names the needles, and the rules for them are nobody's choice."""
        mine = policy.for_needle(250)
        with ScriptedCase(home / "flash") as case:
            data = {"digest": mine.digest, "needle_um": 250, "kept": 0}
            case.app._log(events.POLICY_SET, data)
        with ScriptedCase(home / "flash") as case:
            assert case.app.policy.needle_um == 250
            assert host("sync", "--port", case.port).returncode == 0
        shown = host_json("policy", "show")
        assert (shown["rules"]["needle_um"], shown["revision"]) == (250, 0)
        assert shown["digest"] == f"{mine.digest:08x}"
        assert host_json("policy", "diff")["in_force"]["rest_h"] == 7 * 24
        assert said(host, "policy", "set", "rest_h=240")[0] == "rest: 7 days → 10 days"
        assert said(host, "policy", "diff") == ["rest: 7 days → 10 days"]

    @pytest.mark.parametrize(
        ("change", "line"),
        [
            ("rest=30d", "rest: 28 days → 30 days"),
            ("rest=30 Days", "rest: 28 days → 30 days"),
            ("rest=5w", "rest: 28 days → 35 days"),
            ("rest=700h", "rest: 28 days → 700 hours"),
            ("rest_h=720", "rest: 28 days → 30 days"),
            ("rest_h=30d", "rest: 28 days → 30 days"),
            ("clinic_rest=5w", "clinic_rest: 28 days → 35 days"),
            ("soak_before=15", "soak_before: 10 minutes → 15 minutes"),
            ("soak_before_min=15min", "soak_before: 10 minutes → 15 minutes"),
            ("head_days=60d", "head_days: 90 days → 60 days"),
            ("head_uses=9", "head_uses: 10 uses → 9 uses"),
            ("needle=0.25", "needle: 0.5 mm → 0.25 mm"),
            ("Zones=Face, Neck", "zones: face → face,neck"),
        ],
    )
    def test_change_is_answered_in_the_unit_that_people_think_in(
        self, host: Host, synced: ScriptedCase, change: str, line: str
    ) -> None:
        assert line in said(host, "policy", "set", change)

    def test_policy_is_shown_in_days_minutes_and_millimetres(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        shown = {line.split("  ")[0]: line for line in said(host, "policy")}
        for name, amount in (
            ("needle", "0.5 mm"), ("rest", "28 days"), ("clinic_rest", "28 days"),
            ("soak_before", "10 minutes"), ("head_days", "90 days"), ("zones", "face"),
        ):  # fmt: skip
            assert shown[name].split("  ", 1)[1].strip().startswith(f"{amount} ")

    def test_every_shown_name_can_be_set(self, host: Host, synced: ScriptedCase) -> None:
        before = said(host, "policy", "show")
        changes = []
        for line in before[:-1]:
            name, amount = line.split("  ")[0], line[16:28].strip()
            changes.append(f"{name}={amount.removesuffix(' uses')}")
        assert said(host, "policy", "set", *changes)[0] == "They say the same as before."

    @pytest.mark.parametrize(
        ("changes", "sentence", "step"),
        [
            (
                ["rest=2d"],
                "The rest cannot be 2 days.",
                "With 0.5 mm needles: 28 days. 14 at the least, with short_rest=1.",
            ),
            (
                ["rest=13d", "short_rest=1"],
                "The rest cannot be 13 days.",
                "With 0.5 mm needles: 28 days. 14 at the least, with short_rest=1.",
            ),
            (
                ["needle=0.25", "rest=30h"],
                "The rest cannot be 30 hours.",
                "With 0.25 mm needles: 7 days. 5 at the least, with short_rest=1.",
            ),
            (["rest=401d"], "The rest cannot be 401 days.", "The longest is 400 days."),
            (
                ["clinic_rest=3d"],
                "clinic_rest cannot be 3 days.",
                "Allowed is 28 days to 400 days.",
            ),
            (
                ["soak_before=61"],
                "soak_before cannot be 61 minutes.",
                "Allowed is 5 minutes to 60 minutes, or 0 to leave it out.",
            ),
            (
                ["stop=5"],
                "stop cannot be 5 minutes.",
                "It has to be more than warn, 5 minutes.",
            ),
            (
                ["head_warn_uses=11"],
                "head_warn_uses cannot be 11.",
                "It may be head_uses at the most, 10 uses.",
            ),
            (
                ["needle_um=1500"],
                "1.5 mm is a clinic's length. Rollcase sets no rest for it at home.",
                "Ask whoever treats your skin; note sessions with host clinic.",
            ),
            (["needle_um=99"], "needle cannot be 0.099 mm.", "Allowed is 0.1 mm to 1 mm."),
            (
                ["needle=0.25", "rest=119h", "short_rest=1"],
                "The rest cannot be 119 hours.",
                "With 0.25 mm needles: 7 days. 5 at the least, with short_rest=1.",
            ),
            (
                ["soak_after=4"],
                "soak_after cannot be 4 minutes.",
                "Allowed is 5 minutes to 60 minutes, or 0 to leave it out. A shorter soak leaves"
                " little margin.",
            ),
            (
                ["head_uses=16"],
                "head_uses cannot be 16 uses.",
                "Allowed is 1 use to 15 uses. Worn needles tear the skin.",
            ),
            (
                ["head_days=181"],
                "head_days cannot be 181 days.",
                "Allowed is 1 day to 180 days. Worn needles tear the skin.",
            ),
            (
                ["needle=1.0", "head_uses=16"],
                "head_uses cannot be 16 uses.",
                "Allowed is 1 use to 15 uses. Worn needles tear the skin.",
            ),
        ],
    )
    def test_refusal_says_what_is_allowed_in_that_unit(
        self, host: Host, synced: ScriptedCase, changes: list[str], sentence: str, step: str
    ) -> None:
        told = complaint(host("policy", "set", *changes), 2)
        assert told == (sentence, f"{step} Nothing was changed.")

    def test_least_rest_that_a_refusal_names_is_allowed(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "rest=14d", "short_rest=1")
        complaint(host("policy", "set", "rest=335h", "short_rest=1"), 2)

    def test_replay_judges_every_log_of_a_case_and_names_the_zones(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        for name in ("flash", "wiped"):
            with ScriptedCase(home / name, log_id=name.ljust(8).encode()) as case:
                assert case.app.set_policy(TWO_ZONES) == ""
                for day in (0, 9):
                    case.app.clock.time = NOW_S - CASE_EPOCH + day * DAY
                    data = {"how": events.IN_TURN, "digest": case.app.policy.digest}
                    case.app._log(events.USE_STARTED, data, 1)
                    data = {"how": events.BY_BUTTON, "seconds": 200}
                    case.app._log(events.USE_ENDED, data, 1)
                assert host("sync", "--port", case.port).returncode == 0
        document = host_json("policy", "replay", "rest=28d")
        assert document["uses"] == 4
        assert [(refusal["zone"], refusal["reason"]) for refusal in document["refused"]] == [
            ("neck", "resting"), ("neck", "resting"),
        ]  # fmt: skip
        lines = said(host, "policy", "replay", "rest=28d")
        assert lines[0] == "Of 4 uses, these rules would have refused 2."
        assert all(line.endswith(", neck: 19 days too early") for line in lines[1:])


class TestOlderRules:
    """Rules that were set long ago, and come back: from a backup, or from a second computer."""

    @pytest.fixture
    def fifty(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> tuple[ScriptedCase, Path]:
        """A case with 50 days of rest, and a backup from before, with 30 days that wait."""
        second = ("--db", str(home / "second.db"))
        said(host, "policy", "set", "rest=30d")
        said(host, "backup", str(home / "old.db"))
        host_json("sync", "--port", synced.port, *second)
        later(monkeypatch, days=1)
        said(host, "policy", "set", "rest=50d", *second)
        assert host_json("sync", "--port", synced.port, *second)["rules"]["changed"]
        return synced, home / "old.db"

    def test_backup_that_was_put_back_does_not_replace_50_days_of_rest_by_30(
        self, host: Host, host_json: HostJson, fifty: tuple[ScriptedCase, Path]
    ) -> None:
        case, old = fifty
        assert host("restore", str(old), "--yes").returncode == 0
        for _ in range(2):
            result = host("sync", "--port", case.port)
            assert "were not put in: the case has later ones" in result.stderr
            assert "new rules" not in result.stdout
            assert case.app.policy.rest_s == 50 * DAY
        rules = host_json("sync", "--port", case.port)["rules"]
        assert rules == {
            "changed": False,
            "refused": None,
            "overtaken": True,
            "all_along": None,
        }
        said(host, "undo", "--yes")
        assert not host_json("sync", "--port", case.port)["rules"]["overtaken"]

    def test_second_computer_does_not_replace_50_days_of_rest_by_30(
        self, host: Host, host_json: HostJson, fifty: tuple[ScriptedCase, Path], home: Path
    ) -> None:
        case, old = fifty
        rules = host_json("sync", "--port", case.port, "--db", str(old))["rules"]
        assert (rules["changed"], rules["overtaken"]) == (False, True)
        said(host, "export", "json", str(home / "old.json"), "--db", str(old))
        second = ("--db", str(home / "second.db"))
        assert host("import", str(home / "old.json"), *second).returncode == 0
        rules = host_json("sync", "--port", case.port, *second)["rules"]
        assert (rules["changed"], rules["overtaken"]) == (False, False)
        assert case.app.policy.rest_s == 50 * DAY

    def test_rules_that_are_chosen_again_are_put_in(
        self, host: Host, host_json: HostJson, fifty: tuple[ScriptedCase, Path]
    ) -> None:
        case, old = fifty
        host("restore", str(old), "--yes")
        host_json("sync", "--port", case.port)
        said(host, "policy", "set", "rest=30d")
        rules = host_json("sync", "--port", case.port)["rules"]
        assert (rules["changed"], rules["overtaken"]) == (True, False)
        assert case.app.policy.rest_s == 30 * DAY


def test_sync_says_that_an_older_policy_was_not_put_in(
    host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
) -> None:
    """Two computers: on the one 30 days were chosen, on the other 50 later, which came first."""
    other = str(home / "other.db")
    host_json("sync", "--port", synced.port, "--db", other)
    host("policy", "set", "rest=30d")
    host("policy", "set", "rest=50d", "--db", other)
    assert host_json("sync", "--port", synced.port, "--db", other)["rules"]["changed"]
    result = host("sync", "--port", synced.port)
    assert "The rules that you set today 20:00 (0.5 mm, rest 30 days) were not put in" in (
        result.stderr
    )
    assert synced.app.policy.rest_s == 50 * 86400
    assert host_json("sync", "--port", synced.port)["rules"]["overtaken"]
    assert host_json("policy", "diff")["overtaken"]["rest_h"] == 30 * 24
    (line,) = said(host, "policy", "diff")
    assert line in result.stderr


def test_commands_that_sync_names_for_rules_not_put_in_do_what_it_says(
    host: Host, host_json: HostJson, synced: ScriptedCase, home: Path
) -> None:
    other = str(home / "other.db")
    host_json("sync", "--port", synced.port, "--db", other)
    said(host, "policy", "set", "rest=30d")
    said(host, "policy", "set", "rest=50d", "zones=face,neck", "--db", other)
    host_json("sync", "--port", synced.port, "--db", other)
    hint = host("sync", "--port", synced.port).stderr
    said(host, "note", "written later")
    found = re.search(r"host (policy set [^;]*); to drop them: host (undo [^.]*)\.", hint)
    assert found is not None
    (line,) = said(host, *found[2].split())
    assert line == "Taken back: the rules that you set, today 20:00: 0.5 mm, rest 30 days."
    assert not host_json("sync", "--port", synced.port)["rules"]["overtaken"]
    said(host, *found[1].split())
    assert host_json("sync", "--port", synced.port)["rules"]["changed"]
    assert synced.app.policy.rest_s == 30 * DAY
    assert synced.app.policy.zones == ("face",)


OLD = policy.for_needle(250).changed(
    revision=1, rest_h=72, short_rest=1, soak_before_min=3, head_uses=40, head_warn_uses=30
)
"""Rules that an owner set before there were bounds for it."""


class TestRulesFromBeforeTheBounds:
    @pytest.fixture
    def old(self, host_json: HostJson, synced: ScriptedCase) -> ScriptedCase:
        assert synced.app.set_policy(OLD) == ""
        host_json("sync", "--port", synced.port)
        return synced

    def test_older_numbers_stay_and_policy_tells_of_each(
        self, host: Host, host_json: HostJson, old: ScriptedCase
    ) -> None:
        told = said(host, "policy")
        assert told[-3:] == [
            "rest is 3 days: since 27 Nov 2026 5 days is the least that can be set, as at 72 hours"
            " some pores may still be open. Yours stays until you change it: policy set rest=5d",
            "soak_before is 3 minutes: since 27 Nov 2026 5 minutes is the least that can be set,"
            " as a shorter soak leaves little margin. Yours stays until you change it: policy set"
            " soak_before=5",
            "head_uses is 40 uses: since 27 Nov 2026 15 uses is the most that can be set, as worn"
            " needles tear the skin. Yours stays until you change it: policy set head_uses=15"
            " head_warn_uses=15",
        ]
        assert host_json("policy")["beyond_bounds"][0] == {
            "name": "rest_h", "value": 72, "least": 120, "since": "2026-11-27",
            "why": "at 72 hours some pores may still be open",
        }  # fmt: skip
        assert old.app.policy.digest == OLD.digest

    def test_sync_and_status_tell_of_them(
        self, host: Host, host_json: HostJson, old: ScriptedCase
    ) -> None:
        for told in (said(host, "status"), said(host, "sync", "--port", old.port)):
            assert sum("can be set, as" in line for line in told) == 3
        (case,) = host_json("status")["cases"]
        assert [row["name"] for row in case["beyond_bounds"]] == [
            "rest_h", "soak_before_min", "head_uses",
        ]  # fmt: skip

    def test_another_number_can_be_set_and_the_answer_names_those_below(
        self, host: Host, old: ScriptedCase
    ) -> None:
        told = said(host, "policy", "set", "clinic_rest=40d")
        assert told[0] == "clinic_rest: 28 days → 40 days"
        assert sum("can be set, as" in line for line in told) == 3
        said(host, "sync", "--port", old.port)
        assert (old.app.policy.rest_s, old.app.policy.clinic_rest_s) == (72 * 3600, 40 * DAY)

    @pytest.mark.parametrize(
        "change", ["rest=80h", "soak_before=4", "head_uses=39", "head_days=181"]
    )
    def test_changed_number_has_to_be_within_the_bounds(
        self, host: Host, old: ScriptedCase, change: str
    ) -> None:
        complaint(host("policy", "set", change), 2)
        complaint(host("policy", "set", "warn=4", change), 2)

    def test_commands_that_policy_names_bring_every_number_within_its_bound(
        self, host: Host, old: ScriptedCase
    ) -> None:
        for line in said(host, "policy")[-3:]:
            said(host, *line.partition("change it: ")[2].split())
        assert not [line for line in said(host, "policy") if "can be set, as" in line]

    def test_new_needle_brings_rules_within_the_bounds(
        self, host: Host, host_json: HostJson, old: ScriptedCase
    ) -> None:
        assert "can be set, as" not in said(host, "sync", "--port", old.port, "--needle", "0.25")
        assert host_json("policy")["beyond_bounds"] == []
        assert old.app.policy.rest_s == 7 * DAY

    def test_rules_that_cannot_be_set_again_are_not_offered(
        self,
    ) -> None:
        present = policy.for_needle(250).changed(revision=2)
        told = overtaken_sentence(OLD, "today", present, "host", "7")
        assert "policy set" not in told
        assert told.endswith(
            "They cannot be set again: the bounds are closer now (rest, soak_before, head_uses). To"
            " drop them: host undo 7."
        )


class TestSources:
    def test_every_number_is_printed_with_its_grades(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        told = said(host, "policy", "--sources")
        assert "7 days       rest after a use, 0.1 to 0.3 mm (B): “once a week is plenty”" in told
        document = host_json("policy", "--sources")
        assert len(told) == len(document["numbers"]) + len(document["aftercare"]) + 1
        for number in (*document["numbers"], *document["aftercare"]):
            assert any(
                f"{number['what']}" in line and f"({', '.join(number['grades'])})" in line
                for line in told
            )

    def test_changes_beside_sources_are_refused(self, host: Host, home: Path) -> None:
        complaint(host("policy", "set", "rest=30d", "--sources"), 2)


def test_needles_over_half_a_millimetre_are_said_to_be_our_permission_alone(
    host: Host, synced: ScriptedCase
) -> None:
    result = host("policy", "set", "needle=0.75")
    told = " ".join(result.stderr.split())
    assert "our permission alone: a nurse's guide knows 0.1 and 0.3 mm only." in told
    assert "permission" not in host("policy", "set", "needle=0.5").stderr
