"""``host reaction``: a reaction of the skin, its end, and the advice about it."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.bringing_home import live_until
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, keep, later, said, written

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.history.reactions import SIGNS

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestReaction:
    def test_alarming_sign_sends_to_a_clinician_at_once(self, host: Host) -> None:
        for sign, meaning in SIGNS.items():
            lines = said(host, "reaction", "open", "hot", "--sign", sign)
            assert f"See a clinician today: {meaning}." in lines

    def test_reaction_without_signs_says_when_to_look_again(self, host: Host) -> None:
        assert said(host, "reaction", "open", "red", "--at", "25h") == [
            "Written down: a reaction of the skin, yesterday 19:00, face: red.",
            "The next sync tells the case.",
            "Look again Sun 22 Nov 2026, 19:00.",
        ]

    def test_lasting_redness_sends_to_a_clinician(
        self, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "reaction", "open")
        later(monkeypatch, 4)
        assert "see a clinician" in said(host, "reaction", "look", "still", "red")[-1]
        later(monkeypatch, 8)
        assert said(host, "reaction", "look")[-1] == (
            "It has lasted more than a week: see a clinician."
        )

    def test_reaction_holds_the_case_until_it_is_over(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "reaction", "open", "red")
        assert said(host, "status")[0] == "On hold: a reaction of the skin is open."
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.standing.reason == events.REACTION_OPEN
        later(monkeypatch, 1)
        said(host, "reaction", "look", "fading", "--sign", "pain")
        assert host_json("sync", "--port", synced.port)["told"] == 0
        assert host_json("status")["cases"][0]["open_reactions"] == 1
        later(monkeypatch, 2)
        lines = said(host, "reaction", "over", "gone")
        assert lines[-1] == "The skin rests 14 days longer."
        live_until(synced, NOW_S + 2 * DAY - CASE_EPOCH)
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.standing.phase == state.RESTING
        assert synced.app.standing.until == NOW_S + 16 * DAY - CASE_EPOCH
        assert said(host, "reaction") == ["No reaction is open."]
        assert "after a reaction" in said(host, "status")[0]

    def test_open_reactions_are_listed_with_their_follow_ups(
        self, host: Host, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "reaction", "open", "red")
        later(monkeypatch, 1)
        said(host, "reaction", "look", "hot", "--sign", "fever")
        lines = said(host, "reaction")
        assert lines[:2] == [
            "2026-11-20 20:00  a reaction of the skin, face: red",
            "2026-11-21 20:00  a look at the reaction, face (fever): hot",
        ]
        assert lines[2].strip() == "See a clinician today: fever."
        (one,) = host_json("reaction")["open"]
        assert (one["kind"], one["text"], one["signs"]) == ("reaction", "red", [])

    def test_reaction_of_another_zone_is_closed_by_zone_name(
        self, host: Host, host_json: HostJson, home: Path, two_zones: ScriptedCase
    ) -> None:
        for zone in ("face", "neck"):
            said(host, "reaction", "open", "--zone", zone)
        before = written(home)
        sentence, step = complaint(host("reaction", "over"), 2)
        assert sentence == "Several reactions are open: face, neck."
        assert step == "Say which with --zone."
        assert written(home) == before
        said(host, "reaction", "over", "--zone", "face")
        (left,) = host_json("reaction")["open"]
        assert left["zone"] == "neck"
        host_json("sync", "--port", two_zones.port)
        assert two_zones.app.standing.phase == state.HELD

    def test_reaction_without_a_zone_is_closed_by_any_zone_that_has_none(
        self, host: Host, host_json: HostJson, home: Path, two_zones: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--zone", "face")
        keep(home, Entry(diary.REACTION, NOW_S))  # as an earlier version wrote it down
        sentence, step = complaint(host("reaction", "over"), 2)
        assert sentence == "Several reactions are open: face, no zone."
        assert step == "Say which with --zone; any other area is the one without."
        said(host, "reaction", "over", "--zone", "neck")
        assert [reaction["zone"] for reaction in host_json("reaction")["open"]] == ["face"]

    def test_reaction_of_a_zone_removed_from_the_policy_is_closed_by_zone_name(
        self, host: Host, host_json: HostJson, home: Path, two_zones: ScriptedCase
    ) -> None:
        keep(home, Entry(diary.REACTION, NOW_S, "hands"))
        said(host, "reaction", "open", "--zone", "face")
        said(host, "reaction", "over", "--zone", "hands")
        assert [reaction["zone"] for reaction in host_json("reaction")["open"]] == ["face"]

    def test_two_reactions_of_one_zone_are_closed_one_after_the_other(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "first", "--at", "2d")
        said(host, "reaction", "open", "second")
        said(host, "reaction", "over")
        assert [reaction["text"] for reaction in host_json("reaction")["open"]] == ["second"]
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.phase == state.HELD
        said(host, "reaction", "over")
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.phase == state.RESTING

    def test_closing_in_a_zone_without_a_reaction_points_to_the_open_ones(
        self, host: Host, two_zones: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--zone", "face")
        sentence, step = complaint(host("reaction", "over", "--zone", "neck"), 2)
        assert sentence == "No reaction is open for neck."
        assert step == "See reaction for what is open."

    def test_closing_one_of_two_reactions_names_the_open_one(self, host: Host) -> None:
        for text in ("first", "second"):
            said(host, "reaction", "open", text)
        lines = said(host, "reaction", "over")
        assert lines[-1] == "Still open: a reaction of the skin, today 20:00, face: second."
        assert not [line for line in said(host, "reaction", "over") if "Still open" in line]

    def test_signs_are_shown_by_their_names(self, host: Host) -> None:
        complaint(host("reaction", "open", "--sign", "redness"), 2)  # most reactions are red
        lines = said(host, "reaction", "open", "--sign", "spreading")
        assert lines[0].endswith("face (spreading redness).")

    def test_reaction_cannot_end_before_it_began(self, host: Host, home: Path) -> None:
        said(host, "reaction", "open", "--at", "2d")
        before = written(home)
        sentence, _ = complaint(host("reaction", "over", "--at", "3d"), 2)
        assert sentence == "It began only Wed 18 Nov 2026, 20:00."
        assert written(home) == before

    def test_status_shows_zone_and_advice_of_a_reaction(
        self, host: Host, two_zones: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--zone", "neck", "--sign", "pus")
        assert "Reaction     since today 20:00, neck: see a clinician" in said(host, "status")

    def test_reaction_json_has_the_advice(self, host_json: HostJson) -> None:
        began = host_json("reaction", "open", "red", "--sign", "pus", "--at", "25h")
        advice = ["See a clinician today: pus.", "Look again Sun 22 Nov 2026, 19:00."]
        assert (began["entry"]["text"], began["advice"]) == ("red", advice)
        (one,) = host_json("reaction")["open"]
        assert (one["text"], one["advice"]) == ("red", advice)
        look = host_json("reaction", "look", "--sign", "fever")
        assert look["advice"] == ["See a clinician today: pus, fever.", advice[1]]
        (one,) = host_json("reaction")["open"]
        assert (one["text"], one["signs"], one["advice"]) == ("red", ["pus"], look["advice"])
        assert host_json("reaction", "over")["advice"] == ["The skin rests 14 days longer."]
        assert host_json("reaction")["open"] == []

    def test_other_commands_give_no_advice(self, host_json: HostJson) -> None:
        assert set(host_json("hold", "acne")) == {"schema_version", "entry"}

    def test_rest_after_a_reaction_follows_the_policy(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "reaction_rest_h=720")
        said(host, "reaction", "open")
        assert said(host, "reaction", "over")[-1] == "The skin rests 30 days longer."

    def test_reaction_with_a_sign_cannot_be_over(self, host: Host, home: Path) -> None:
        said(host, "reaction", "open")
        before = written(home)
        sentence, step = complaint(host("reaction", "over", "--sign", "pus"), 2)
        assert sentence == "With a sign to take seriously it is not over."
        assert "see a clinician" in step
        assert written(home) == before
