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
from rollhost.guidance.signs import SIGNS

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestReaction:
    def test_alarming_sign_sends_to_a_clinician_at_once(self, host: Host) -> None:
        for sign, known in SIGNS.items():
            lines = said(host, "reaction", "open", "red", "--sign", sign)
            when = "today, at once" if sign == "eye" else "today"
            assert f"See a clinician {when}: {known.name}. Do not roll." in lines

    def test_reaction_without_signs_says_when_to_look_again(self, host: Host) -> None:
        assert said(host, "reaction", "open", "red", "--at", "25h")[:3] == [
            "Written down: a reaction of the skin, yesterday 19:00, face: red.",
            "The next sync tells the case.",
            "Look again Sun 22 Nov 2026, 19:00.",
        ]

    def test_lasting_redness_sends_to_a_clinician(
        self, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "reaction", "open")
        later(monkeypatch, 4)
        assert said(host, "reaction", "look", "still", "red")[-1] == (
            "Still red after three days: please let a clinician look."
        )
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
        said(host, "reaction", "look", "fading")
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
        said(host, "reaction", "look", "tired", "--sign", "fever")
        lines = said(host, "reaction")
        assert lines[:2] == [
            "2026-11-20 20:00  a reaction of the skin, face: red",
            "2026-11-21 20:00  a look at the reaction, face (fever): tired",
        ]
        assert lines[2].strip() == "See a clinician today: fever. Do not roll."
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
        again = "Look again Sun 22 Nov 2026, 19:00."
        seen = "Once a clinician has looked at it: reaction seen."
        advice = ["See a clinician today: pus. Do not roll.", seen, again]
        assert (began["entry"]["text"], began["advice"]) == ("red", advice)
        (one,) = host_json("reaction")["open"]
        assert (one["text"], one["advice"]) == ("red", advice)
        look = host_json("reaction", "look", "--sign", "fever")
        both = "See a clinician today: pus, fever. Do not roll."
        assert look["advice"] == [both, seen, again]
        (one,) = host_json("reaction")["open"]
        assert (one["text"], one["signs"], one["advice"]) == ("red", ["pus"], look["advice"])
        rest = "The skin rests 14 days longer."
        assert host_json("reaction", "over")["advice"] == [both, seen, rest]
        document = host_json("reaction")
        assert (document["open"], document["clinician"]["says"]) == ([], both)

    def test_other_commands_give_no_advice(self, host_json: HostJson) -> None:
        assert set(host_json("hold", "other")) == {"schema_version", "entry"}

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
        assert sentence == "With pus it is not over yet."
        assert step == "Say reaction look --sign pus, and see a clinician."
        assert written(home) == before


class TestWords:
    """Signs in free text, where nobody can be asked."""

    def test_sign_in_words_counts_and_is_said(self, host: Host, host_json: HostJson) -> None:
        result = host("reaction", "open", "yellow stuff and 38.5")
        assert result.returncode == 0
        assert result.stderr.splitlines() == [
            'You wrote "yellow stuff": it counts as pus. If it is not: undo.',
            'You wrote "38.5": it counts as fever. If it is not: undo.',
        ]
        assert "See a clinician today: pus, fever. Do not roll." in result.stdout
        (one,) = host_json("reaction")["open"]
        assert one["signs"] == ["pus", "fever"]

    def test_json_names_the_signs_that_words_have_raised(self, host_json: HostJson) -> None:
        opened = host_json("reaction", "open", "red streaks, fever", "--sign", "fever")
        assert (opened["raised"], opened["entry"]["signs"]) == (["streaks"], ["fever", "streaks"])
        assert host_json("reaction", "look", "no pus, only red")["raised"] == []
        assert list(opened["card"]) == ["normal", "watch", "clinician"]

    def test_words_with_a_sign_close_nothing(self, host: Host, host_json: HostJson) -> None:
        host("reaction", "open", "red")
        result = host("reaction", "over", "fever is gone")
        assert "With fever it is not over yet: this is a look at it." in result.stdout
        (one,) = host_json("reaction")["open"]
        assert [look["signs"] for look in one["looks"]] == [["fever"]]

    def test_note_with_a_sign_sends_to_a_clinician(self, host: Host, host_json: HostJson) -> None:
        result = host("note", "fever and pus since yesterday")
        assert result.stderr.splitlines() == [
            "See a clinician today: pus, fever.",
            "So that the case holds: reaction open --sign pus --sign fever",
        ]
        assert host_json("note", "took a hot shower")["raised"] == []
        assert host_json("reaction")["open"] == []

    def test_pain_that_rises_between_looks_counts_as_a_sign(self, host_json: HostJson) -> None:
        host_json("reaction", "open", "red", "--pain", "2")
        assert host_json("reaction", "look", "--pain", "3")["raised"] == []
        assert host_json("reaction", "look", "--pain", "5")["raised"] == ["pain"]


class TestNumbers:
    def test_redness_and_pain_are_shown_over_time(self, host: Host, host_json: HostJson) -> None:
        lines = said(host, "reaction", "open", "red", "--redness", "6", "--pain", "2")
        assert lines[0].endswith("face (redness 6, pain 2): red.")
        said(host, "reaction", "look", "--redness", "3")
        said(host, "reaction", "look", "--redness", "0", "--pain", "1")
        lines = [line.strip() for line in said(host, "reaction")]
        assert "Redness over time: 6, 3, 0 (of 10)." in lines
        assert "Pain over time: 2, 1 (of 10)." in lines
        (entry, *_) = host_json("log", "--kind", "reaction")["diary"]
        assert (entry["redness"], entry["pain"]) == (6, 2)

    @pytest.mark.parametrize("number", ["11", "-1", "many"])
    def test_number_outside_of_0_to_10_is_refused(self, host: Host, number: str) -> None:
        assert host("reaction", "open", f"--pain={number}").returncode == 2


class TestWatch:
    def test_watch_holds_nothing_and_no_case_is_told(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        phase = host_json("status")["cases"][0]["phase"]
        lines = said(host, "reaction", "watch", "red and itchy", "--redness", "3")
        assert lines[0] == (
            "Written down: something to watch, today 20:00, face (redness 3): red and itchy."
        )
        assert "The next sync tells the case." not in lines
        assert host_json("sync", "--port", synced.port)["told"] == 0
        assert host_json("status")["cases"][0]["phase"] == phase
        (watch,) = host_json("reaction")["watched"]
        assert watch["text"] == "red and itchy"
        later(monkeypatch, 1)
        said(host, "reaction", "look", "paler", "--redness", "1")
        assert any(line.startswith("Watch ") for line in said(host, "status"))
        lines = said(host, "reaction", "over", "gone")
        assert lines == [
            "Written down: no more to watch, today 20:00, face: gone.",
            "It was only watched: no rest follows.",
        ]
        assert host_json("sync", "--port", synced.port)["told"] == 0
        assert host_json("status")["watches"] == []
        kinds = [entry["kind"] for entry in host_json("log", "--kind", "reaction")["diary"]]
        assert kinds == ["watch", "follow-up", "watch over"]

    def test_watched_redness_on_day_four_is_told_not_to_be_rolled_over(
        self, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "reaction", "watch", "red")
        later(monkeypatch, 4)
        assert said(host, "reaction", "look", "still red")[-2:] == [
            "Still red after three days: please let a clinician look.",
            "Do not roll before that: reaction open holds the case.",
        ]

    def test_watch_with_a_sign_becomes_a_reaction_that_holds(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "watch", "itchy")
        lines = said(host, "reaction", "look", "--sign", "pus")
        assert "With pus it is a reaction: the case holds after the next sync." in lines
        status = host_json("status")
        assert status["watches"] == []
        assert [row["signs"] for row in status["reactions"]] == [["pus"]]
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.standing.phase == state.HELD

    def test_undo_of_the_reaction_leaves_what_was_watched(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "reaction", "watch", "itchy")
        said(host, "reaction", "look", "--sign", "pus")
        said(host, "undo", "--yes")
        status = host_json("status")
        assert (len(status["watches"]), status["reactions"]) == (1, [])

    def test_watch_that_begins_with_a_sign_is_a_reaction(self, host_json: HostJson) -> None:
        assert host_json("reaction", "watch", "pus")["entry"]["kind"] == "reaction"

    def test_open_after_a_session_offers_to_watch(self, host: Host, home: Path) -> None:
        offer = "If it is only what is normal: undo, then reaction watch. That holds nothing."
        assert offer not in said(host, "reaction", "open", "red and itchy")
        keep(home, Entry(diary.CLINIC, NOW_S - DAY, "face", data={"needle_um": 500}))
        assert said(host, "reaction", "open", "red and itchy")[-1] == offer
        assert offer not in said(host, "reaction", "open", "red", "--sign", "fever")

    def test_looks_count_from_the_session(self, home: Path, host_json: HostJson) -> None:
        keep(home, Entry(diary.CLINIC, NOW_S - 2 * DAY, "face", data={"needle_um": 500}))
        opened = host_json("reaction", "open", "red")
        assert opened["advice"] == ["Look again tomorrow 20:00."]
        keep(home, Entry(diary.CLINIC, NOW_S - DAY, "neck", data={"needle_um": 500}))
        assert host_json("reaction")["open"][0]["advice"] == ["Look again tomorrow 20:00."]

    def test_reaction_on_the_fourth_day_after_a_session_is_for_a_clinician(
        self, home: Path, host_json: HostJson
    ) -> None:
        keep(home, Entry(diary.CLINIC, NOW_S - 4 * DAY, "face", data={"needle_um": 500}))
        opened = host_json("reaction", "open", "still red")
        assert opened["advice"][0] == "Still red after three days: please let a clinician look."


def take_back(host: Host) -> None:
    """Undo the last entry."""
    assert host("undo", "--yes").returncode == 0


class TestRedFlag:
    """A sign that a clinician should see is never lost before somebody says that one looked."""

    def test_closed_reaction_with_a_sign_stays_the_first_line_until_a_clinician_has_looked(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "reaction", "open", "red", "--sign", "fever")
        said(host, "reaction", "over")
        sentence = "See a clinician today: fever. Do not roll."
        for command in ("status", "log"):
            assert said(host, command)[0] == sentence
            assert host_json(command)["clinician"] == {"says": sentence, "signs": ["fever"]}
        assert sentence in "".join(said(host, "reaction"))
        said(host, "reaction", "seen", "antibiotics")
        for command in ("status", "log"):
            assert sentence not in said(host, command)
            assert host_json(command)["clinician"] is None

    def test_report_begins_with_it(self, host: Host, home: Path, synced: ScriptedCase) -> None:
        said(host, "reaction", "open", "--sign", "pus")
        said(host, "reaction", "over")
        said(host, "report", str(home / "page.html"))
        page = (home / "page.html").read_text()
        first = page.index("See a clinician today: pus. Do not roll.")
        assert page.index("Where things stand</h2>") < first < page.index("Day by day</h2>")

    def test_case_is_held_until_a_clinician_has_looked(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "reaction", "open", "--sign", "pus")
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.reason == events.RED_FLAG
        said(host, "reaction", "over")
        later(monkeypatch, 30)
        live_until(synced, NOW_S - CASE_EPOCH + 30 * DAY)
        document = host_json("sync", "--port", synced.port)
        assert (document["told"], document["clinician"]["signs"]) == (1, ["pus"])
        assert synced.app.standing.reason == events.RED_FLAG
        assert said(host, "status")[:2] == [
            "See a clinician today: pus. Do not roll.",
            "On hold until a clinician has looked at the skin. Then say reaction seen.",
        ]
        said(host, "reaction", "seen")
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.standing.phase == state.PREPARE
        assert host_json("sync", "--port", synced.port)["told"] == 0

    def test_sign_at_a_later_look_is_told_and_taken_back(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "red")
        host_json("sync", "--port", synced.port)
        said(host, "reaction", "look", "--sign", "streaks")
        assert host_json("sync", "--port", synced.port)["agrees"] is True
        assert synced.app.standing.reason == events.RED_FLAG
        take_back(host)
        assert host_json("status")["clinician"] is None
        document = host_json("sync", "--port", synced.port)
        assert (document["taken_back"], document["agrees"]) == (1, True)
        assert synced.app.standing.reason == events.REACTION_OPEN

    def test_visit_for_one_of_two_reactions_says_that_the_other_still_waits(
        self, host: Host
    ) -> None:
        said(host, "reaction", "open", "--sign", "pus")
        said(host, "reaction", "open", "--sign", "fever")
        assert said(host, "reaction", "seen")[2:] == [
            "1 other reaction still waits for a clinician.",
            "See a clinician today: fever. Do not roll.",
            "Once a clinician has looked at it: reaction seen.",
        ]
        said(host, "reaction", "seen")
        assert said(host, "status")[0] == "No case was synced yet."

    def test_visit_that_is_taken_back_leaves_the_sign_to_be_seen(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--sign", "pus")
        said(host, "reaction", "over")
        said(host, "reaction", "seen")
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.reason != events.RED_FLAG
        take_back(host)
        assert host_json("status")["clinician"]["signs"] == ["pus"]
        assert host_json("sync", "--port", synced.port)["agrees"] is True
        assert synced.app.standing.reason == events.RED_FLAG

    def test_reaction_that_is_taken_back_leaves_no_sign(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--sign", "pus")
        said(host, "reaction", "over")
        host_json("sync", "--port", synced.port)
        take_back(host)
        take_back(host)
        document = host_json("sync", "--port", synced.port)
        assert (document["clinician"], document["agrees"]) == (None, True)
        assert synced.app.standing.phase == state.PREPARE

    def test_new_sign_after_the_clinician_looked_is_to_be_seen_again(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--sign", "pus")
        said(host, "reaction", "seen")
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.reason == events.REACTION_OPEN
        said(host, "reaction", "look", "--sign", "fever")
        assert host_json("sync", "--port", synced.port)["clinician"]["signs"] == ["fever"]
        assert synced.app.standing.reason == events.RED_FLAG

    def test_other_computer_shows_the_sign_and_takes_the_visit(
        self,
        host: Host,
        host_json: HostJson,
        home: Path,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "reaction", "open", "red")
        said(host, "reaction", "look", "--sign", "pus")
        host_json("sync", "--port", synced.port)
        monkeypatch.setenv("ROLLCASE_DB", str(home / "other.db"))
        host_json("sync", "--port", synced.port)
        assert said(host, "status")[0] == (
            "See a clinician today: a sign noted on another computer. Do not roll."
        )
        later(monkeypatch, 1)
        live_until(synced, NOW_S - CASE_EPOCH + DAY)
        said(host, "reaction", "seen")
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.reason == events.REACTION_OPEN
        monkeypatch.setenv("ROLLCASE_DB", str(home / "rollcase.db"))
        host_json("sync", "--port", synced.port)
        assert host_json("status")["clinician"] is None

    def test_visit_without_anything_to_be_seen_is_refused(self, host: Host, home: Path) -> None:
        sentence, _ = complaint(host("reaction", "seen"), 2)
        assert sentence == "No reaction waits for a clinician."
        said(host, "reaction", "open", "red")
        before = written(home)
        sentence, _ = complaint(host("reaction", "seen", "--sign", "pus"), 2)
        assert sentence == "A clinician has seen it: no sign is left to note."
        assert written(home) == before


def test_reactions_are_listed_also_before_there_is_a_database(host: Host, home: Path) -> None:
    assert said(host, "reaction") == ["No reaction is open."]
    assert not (home / "rollcase.db").exists()


def test_person_without_a_case_is_not_promised_that_the_next_sync_tells_it(
    host: Host, synced: ScriptedCase
) -> None:
    assert host("person", "add", "Ann").returncode == 0
    lines = said(host, "reaction", "open", "red", "--person", "Ann")
    assert (
        lines[1] == "No case is theirs yet: status counts it, and a case is told at its first sync."
    )
