"""``host hold``: reasons to hold the case, their ends, and the release."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, later, said, written

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollhost.commands import hold

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestHold:
    @pytest.mark.parametrize("reason", hold.REASONS)
    def test_every_reason_holds_the_case_and_is_shown_in_words(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, reason: str
    ) -> None:
        lines = said(host, "hold", reason)
        number = hold.REASONS[reason][0]
        name = events.KINDS[events.HOLD_SET].fields[0].names[number]
        assert lines == [f"Written down: on hold ({name}).", "The next sync tells the case."]
        assert said(host, "status")[0] == f"On hold ({name})."
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.reason == events.ON_HOLD
        assert synced.app.journal.state.hold_reason == number

    def test_every_reason_of_the_log_has_a_name(self) -> None:
        numbers = {number for number, _ in hold.REASONS.values()} | {events.NO_HOLD}
        # The doctor's reasons have numbers of their own by now, and are still one reason here.
        apart = set(range(events.KELOIDS, events.METAL_ALLERGY + 1))
        assert numbers | apart == set(events.KINDS[events.HOLD_SET].fields[0].names)
        assert not numbers & apart

    def test_hold_without_a_reason_explains_the_reasons_and_writes_nothing(
        self, host: Host, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        lines = said(host, "hold")
        names = [line.split()[0] for line in lines if not line.startswith(" ")]
        assert max(map(len, lines)) <= 80
        assert names == [*hold.REASONS, "release"]
        assert written(home) == {}

    def test_hold_prints_the_reasons_as_one_json_document(
        self, host_json: HostJson, home: Path
    ) -> None:
        reasons = host_json("hold")["reasons"]
        assert [reason["reason"] for reason in reasons] == [*hold.REASONS, hold.RELEASE]
        assert all(reason["meaning"] for reason in reasons)
        assert not (home / "rollcase.db").exists()

    def test_invalid_end_of_a_hold_is_refused_with_an_example(self, host: Host) -> None:
        _, step = complaint(host("hold", "acne", "--until", "soon"), 2)
        assert step.endswith("or 3d for in three days.")

    def test_hold_ends_with_the_named_day(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "hold", "sunburn", "--until", "2026-11-24")
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.until == NOW_S + 4 * DAY + 4 * 3600 - CASE_EPOCH
        later(monkeypatch, 4)
        assert said(host, "status")[0] == "On hold (sunburn) until tomorrow 00:00."
        later(monkeypatch, 5)
        assert host_json("status")["cases"][0]["phase"] != state.HELD

    def test_release_ends_a_hold(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "hold", "acne")
        host_json("sync", "--port", synced.port)
        said(host, "hold", "release")
        assert host_json("status")["cases"][0]["phase"] != state.HELD
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.standing.phase != state.HELD

    def test_case_is_told_only_the_last_hold(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        for reason in ("acne", "release", "wound"):
            said(host, "hold", reason)
        assert host_json("status")["cases"][0]["waiting"] == 1
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.journal.state.hold_reason == events.OPEN_WOUND
        assert host_json("sync", "--port", synced.port)["told"] == 0
