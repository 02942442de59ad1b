"""``host policy``: new rules wait for the next sync, and can be tried on the past."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, TWO_ZONES, said

from rollcore import events, policy
from rollcore.events import CASE_EPOCH

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestPolicy:
    def test_new_policy_waits_for_the_sync_and_is_then_in_force(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        lines = said(host, "policy", "set", "needle=0.25", "rest_h=240", "zones=face,neck")
        assert "needle_um: 500 → 250" in lines
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
        assert said(host, "policy", "set", "rest_h=240")[0] == "rest_h: 168 → 240"
        assert said(host, "policy", "diff") == ["rest_h: 168 → 240"]

    def test_rest_can_be_given_in_days(self, host: Host, synced: ScriptedCase) -> None:
        assert said(host, "policy", "set", "rest=30d")[0] == "rest_h: 672 → 720"

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
