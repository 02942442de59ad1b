"""What the owner writes down: said back, kept, told to the case once, and shown again."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Host
from tests.firmware.logs import log_of
from tests.host.complaints import complaint, sentence_and_step
from tests.host.database.test_archive import HOLD_LOCK, rows_of
from tests.host.scripted_case import HANG_UP, ScriptedCase, only

from rollcore import events, policy, state
from rollcore.events import CASE_EPOCH, Event
from rollcore.policy import Policy
from rollhost.cli.main import main
from rollhost.commands import hold
from rollhost.database import diary
from rollhost.database import open as open_module
from rollhost.database.diary import KINDS, MAX_TEXT, Entry
from rollhost.history.reactions import SIGNS
from rollhost.history.what_if import refusals
from rollhost.output import units

HostJson = Callable[..., dict[str, Any]]

NOW = "2026-11-20T20:00:00Z"
NOW_S = 1795204800
DAY = 86400

TWO_ZONES = Policy(policy.numbers_of(policy.for_needle(500).changed(revision=1)), ("face", "neck"))


@pytest.fixture(autouse=True)
def now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be one moment for every command."""
    monkeypatch.setenv("ROLLCASE_NOW", NOW)


@pytest.fixture
def synced(case: ScriptedCase, host: Host) -> ScriptedCase:
    """A case that was synced once, so that it has a clock and the database knows it."""
    assert host("sync", "--port", case.port).returncode == 0
    return case


@pytest.fixture
def two_zones(case: ScriptedCase, host: Host) -> ScriptedCase:
    """A case that was synced once, whose rules name two areas of skin."""
    assert case.app.set_policy(TWO_ZONES) == ""
    assert host("sync", "--port", case.port).returncode == 0
    return case


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Let it be that many days after `NOW`."""
    monkeypatch.setenv("ROLLCASE_NOW", units.utc(NOW_S + days * DAY))


def written(home: Path) -> dict[str, list[dict[str, object]]]:
    """Return every row that a person's words could change; none where there is no database."""
    path = home / "rollcase.db"
    if not path.exists():
        return {}
    rows = rows_of(path)
    return {name: found for name, found in rows.items() if found}


def told_kinds(host_json: HostJson) -> list[str]:
    """Return the kinds of the records in the log that a host has told."""
    records = host_json("log")["records"]
    return [record["kind"] for record in records if record["data"].get("token")]


def said(host: Host, *argv: str) -> list[str]:
    """Run a command that has to succeed; return the lines that it printed."""
    result = host(*argv)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout.splitlines()


def unfit(kind: int, data: dict[str, int], zone: int = 0) -> str:
    """Stand in for `App.tell` of a case that refuses whatever it is told."""
    return "that is in the future"


class TestNote:
    def test_a_note_is_said_back_and_shown_in_the_log(self, host: Host) -> None:
        assert said(host, "note", "a", "new", "serum") == [
            "Written down: a note, today 20:00: a new serum."
        ]
        assert said(host, "log") == ["2026-11-20 20:00  a note: a new serum"]

    def test_notes_are_shown_by_when_they_were(self, host: Host) -> None:
        for when, text in (("1d", "second"), ("3d", "first"), ("0h", "third")):
            said(host, "note", "--at", when, text)
        assert [line.rpartition(": ")[2] for line in said(host, "log")] == [
            "first", "second", "third",
        ]  # fmt: skip

    def test_a_note_is_for_nobody_but_its_owner(self, host: Host, synced: ScriptedCase) -> None:
        said(host, "note", "a new serum")
        before = len(synced.asked)
        assert host("sync", "--port", synced.port).returncode == 0
        assert not {"hold", "clinic", "reaction", "head"} & set(synced.verbs()[before:])
        assert not [line for line in said(host, "status") if line.startswith("Waiting")]

    def test_a_text_is_kept_as_it_was_and_shown_as_one_harmless_line(
        self, host: Host, host_json: HostJson
    ) -> None:
        text = "one\ntwo\x1b[2Jthree ÄÖ 肌 '; DROP TABLE diary; --"
        said(host, "note", text)
        assert host_json("log")["diary"][0]["text"] == text
        (line,) = said(host, "log")
        assert "\x1b" not in line
        assert line.endswith("one two [2Jthree ÄÖ 肌 '; DROP TABLE diary; --")

    def test_the_longest_text_is_taken_whole(self, host: Host, host_json: HostJson) -> None:
        said(host, "note", "x" * MAX_TEXT)
        assert host_json("log")["diary"][0]["text"] == "x" * MAX_TEXT

    def test_json_says_what_was_written(self, host_json: HostJson) -> None:
        document = host_json("note", "hello", "--at", "2026-11-19 21:40")
        assert document["entry"] == {
            "kind": "note",
            "at": "2026-11-19T21:40:00+00:00",
            "zone": None,
            "text": "hello",
            "written": "2026-11-20T20:00:00+00:00",
        }

    def test_a_note_may_come_on_stdin(self, host_json: HostJson) -> None:
        assert note_from(b"one\r\ntwo \xc3\x84\n").returncode == 0
        assert host_json("log")["diary"][0]["text"] == "one\ntwo Ä"

    def test_the_longest_one_may_too(self, host_json: HostJson) -> None:
        assert note_from(("肌" * MAX_TEXT + "\n").encode()).returncode == 0
        assert host_json("log")["diary"][0]["text"] == "肌" * MAX_TEXT

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            (b"x" * (10 << 20), "The text has more than 10,000 characters."),
            ("肌".encode() * (10 << 20), "The text has more than 10,000 characters."),
            (b"x" * (MAX_TEXT + 1), "The text has more than 10,000 characters."),
            (b"\xff\xfe\x00", "What came on stdin is no text."),
            (b" \n\t ", "There is nothing to write down."),
            (b"", "There is nothing to write down."),
        ],
        ids=["10 MB", "30 MB", "one too many", "bytes", "blank", "nothing"],
    )
    def test_what_is_no_note_loses_nothing(
        self, host: Host, home: Path, given: bytes, sentence: str
    ) -> None:
        said(host, "note", "what was there")
        before = written(home)
        result = note_from(given)
        assert (result.returncode, result.stdout) == (2, b"")
        assert sentence_and_step(result.stderr.decode())[0] == sentence
        assert written(home) == before


def note_from(given: bytes) -> "subprocess.CompletedProcess[bytes]":
    """Run ``host note -`` with this on its stdin."""
    command = [sys.executable, "-m", "rollhost", "note", "-"]
    return subprocess.run(command, input=given, capture_output=True, timeout=60)


class TestClinic:
    def test_a_session_starts_a_rest_before_the_case_knows_of_it(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        lines = said(host, "clinic", "2026-11-18", "Dr Smith", "--needle", "1.5")
        assert lines == [
            "Written down: a session at a clinic, Wed 18 Nov 2026, 12:00, face, 1.5 mm: Dr Smith.",
            "The next sync tells the case.",
        ]
        status = said(host, "status")
        assert status[0].startswith("Not yet: the skin rests after a session at a clinic until")
        assert "Waiting      1 thing that you wrote down: the next sync tells the case" in status

    def test_the_next_sync_tells_the_case_once(
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
    def test_a_time_of_day_after_its_date_belongs_to_it(
        self, host_json: HostJson, words: list[str], at: str, text: str
    ) -> None:
        entry = host_json(*words)["entry"]
        assert (entry["at"], entry["text"]) == (at, text)

    @pytest.mark.parametrize("command", [["clinic", "3d"], ["reaction", "open", "red"]])
    def test_with_several_areas_it_has_to_be_said_which(
        self, host: Host, home: Path, two_zones: ScriptedCase, command: list[str]
    ) -> None:
        before = written(home)
        sentence, step = complaint(host(*command), 2)
        assert sentence == "No area of skin was named."
        assert step == "Say --zone: face or neck."
        assert written(home) == before

    def test_the_area_that_was_said_rests(
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


class TestReaction:
    def test_signs_send_to_a_clinician_at_once(self, host: Host) -> None:
        for sign, meaning in SIGNS.items():
            lines = said(host, "reaction", "open", "hot", "--sign", sign)
            assert f"See a clinician today: {meaning}." in lines

    def test_without_a_sign_it_is_said_when_to_look_again(self, host: Host) -> None:
        assert said(host, "reaction", "open", "red", "--at", "25h") == [
            "Written down: a reaction of the skin, yesterday 19:00, face: red.",
            "The next sync tells the case.",
            "Look again Sun 22 Nov 2026, 19:00.",
        ]

    def test_redness_that_lasts_is_for_a_clinician(
        self, host: Host, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "reaction", "open")
        later(monkeypatch, 4)
        assert "see a clinician" in said(host, "reaction", "look", "still", "red")[-1]
        later(monkeypatch, 8)
        assert said(host, "reaction", "look")[-1] == (
            "It has lasted more than a week: see a clinician."
        )

    def test_it_holds_the_case_until_it_is_over(
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
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.standing.phase == state.RESTING
        assert synced.app.standing.until == NOW_S + 16 * DAY - CASE_EPOCH
        assert said(host, "reaction") == ["No reaction is open."]
        assert "after a reaction" in said(host, "status")[0]

    def test_what_is_open_is_listed_with_the_looks_at_it(
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

    def test_one_of_another_zone_is_closed_by_its_name(
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

    def test_one_without_an_area_is_closed_by_any_that_has_none(
        self, host: Host, host_json: HostJson, home: Path, two_zones: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--zone", "face")
        keep(home, Entry(diary.REACTION, NOW_S))  # as an earlier version wrote it down
        sentence, step = complaint(host("reaction", "over"), 2)
        assert sentence == "Several reactions are open: face, no zone."
        assert step == "Say which with --zone; any other area is the one without."
        said(host, "reaction", "over", "--zone", "neck")
        assert [one["zone"] for one in host_json("reaction")["open"]] == ["face"]

    def test_one_of_an_area_that_the_rules_name_no_more_is_closed_by_it(
        self, host: Host, host_json: HostJson, home: Path, two_zones: ScriptedCase
    ) -> None:
        keep(home, Entry(diary.REACTION, NOW_S, "hands"))
        said(host, "reaction", "open", "--zone", "face")
        said(host, "reaction", "over", "--zone", "hands")
        assert [one["zone"] for one in host_json("reaction")["open"]] == ["face"]

    def test_two_of_one_zone_are_closed_one_after_the_other(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "first", "--at", "2d")
        said(host, "reaction", "open", "second")
        said(host, "reaction", "over")
        assert [one["text"] for one in host_json("reaction")["open"]] == ["second"]
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.phase == state.HELD
        said(host, "reaction", "over")
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.phase == state.RESTING

    def test_where_none_is_open_the_others_are_not_denied(
        self, host: Host, two_zones: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--zone", "face")
        sentence, step = complaint(host("reaction", "over", "--zone", "neck"), 2)
        assert sentence == "No reaction is open for neck."
        assert step == "See reaction for what is open."

    def test_of_two_the_one_that_is_still_open_is_said(self, host: Host) -> None:
        for text in ("first", "second"):
            said(host, "reaction", "open", text)
        lines = said(host, "reaction", "over")
        assert lines[-1] == "Still open: a reaction of the skin, today 20:00, face: second."
        assert not [line for line in said(host, "reaction", "over") if "Still open" in line]

    def test_a_sign_is_called_what_it_is(self, host: Host) -> None:
        complaint(host("reaction", "open", "--sign", "redness"), 2)  # most reactions are red
        lines = said(host, "reaction", "open", "--sign", "spreading")
        assert lines[0].endswith("face (spreading redness).")

    def test_it_is_not_over_before_it_began(self, host: Host, home: Path) -> None:
        said(host, "reaction", "open", "--at", "2d")
        before = written(home)
        sentence, _ = complaint(host("reaction", "over", "--at", "3d"), 2)
        assert sentence == "It began only Wed 18 Nov 2026, 20:00."
        assert written(home) == before

    def test_status_says_where_it_is_and_who_should_see_it(
        self, host: Host, two_zones: ScriptedCase
    ) -> None:
        said(host, "reaction", "open", "--zone", "neck", "--sign", "pus")
        assert "Reaction     since today 20:00, neck: see a clinician" in said(host, "status")

    def test_json_has_the_advice_too(self, host_json: HostJson) -> None:
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

    def test_other_commands_advise_nothing(self, host_json: HostJson) -> None:
        assert set(host_json("hold", "acne")) == {"schema_version", "entry"}

    def test_the_rest_after_it_is_that_of_the_rules(self, host: Host, synced: ScriptedCase) -> None:
        said(host, "policy", "set", "reaction_rest_h=720")
        said(host, "reaction", "open")
        assert said(host, "reaction", "over")[-1] == "The skin rests 30 days longer."

    def test_with_a_sign_it_is_not_over(self, host: Host, home: Path) -> None:
        said(host, "reaction", "open")
        before = written(home)
        sentence, step = complaint(host("reaction", "over", "--sign", "pus"), 2)
        assert sentence == "With a sign to take seriously it is not over."
        assert "see a clinician" in step
        assert written(home) == before


class TestHold:
    @pytest.mark.parametrize("reason", hold.REASONS)
    def test_every_reason_holds_the_case_in_its_own_words(
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

    def test_every_reason_of_the_log_has_a_name_here(self) -> None:
        numbers = {number for number, _ in hold.REASONS.values()} | {events.NO_HOLD}
        assert numbers == set(events.KINDS[events.HOLD_SET].fields[0].names)

    def test_without_a_reason_they_are_explained_and_nothing_is_written(
        self, host: Host, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        lines = said(host, "hold")
        names = [line.split()[0] for line in lines if not line.startswith(" ")]
        assert max(map(len, lines)) <= 80
        assert names == [*hold.REASONS, "release"]
        assert written(home) == {}

    def test_json_has_the_reasons_as_one_document(self, host_json: HostJson, home: Path) -> None:
        reasons = host_json("hold")["reasons"]
        assert [one["reason"] for one in reasons] == [*hold.REASONS, hold.RELEASE]
        assert all(one["meaning"] for one in reasons)
        assert not (home / "rollcase.db").exists()

    def test_an_end_that_is_none_is_told_what_would_be(self, host: Host) -> None:
        _, step = complaint(host("hold", "acne", "--until", "soon"), 2)
        assert step.endswith("or 3d for in three days.")

    def test_it_ends_with_the_day_that_was_named(
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

    def test_a_release_ends_it(self, host: Host, host_json: HostJson, synced: ScriptedCase) -> None:
        said(host, "hold", "acne")
        host_json("sync", "--port", synced.port)
        said(host, "hold", "release")
        assert host_json("status")["cases"][0]["phase"] != state.HELD
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.standing.phase != state.HELD

    def test_the_case_hears_of_the_last_one_only(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        for reason in ("acne", "release", "wound"):
            said(host, "hold", reason)
        assert host_json("status")["cases"][0]["waiting"] == 1
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.app.journal.state.hold_reason == events.OPEN_WOUND
        assert host_json("sync", "--port", synced.port)["told"] == 0


class TestHead:
    def test_a_new_head_is_told_to_its_case_alone(
        self, host: Host, host_json: HostJson, home: Path, synced: ScriptedCase
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host_json("sync", "--port", other.port)
            sentence, _ = complaint(host("head", "new"), 4)
            assert sentence == "There are several cases: 4d5e6f, 556677."
            said(host, "head", "new", "the pins were bent", "--case", "556677")
            assert [case["waiting"] for case in host_json("status")["cases"]] == [0, 1]
            assert host_json("sync", "--port", synced.port)["told"] == 0
            assert host_json("sync", "--port", other.port)["told"] == 1
        assert told_kinds(host_json) == ["head_new"]

    def test_its_uses_are_counted_anew(
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


class TestName:
    def test_a_case_goes_by_its_name(self, host: Host, synced: ScriptedCase) -> None:
        assert said(host, "name", " bath\troom ") == ["Case 4d5e6f is called bath room now."]
        assert said(host, "policy", "--case", "bath room")[0].startswith("needle_um")
        assert said(host, "policy", "--case", "4D5E6F")[0].startswith("needle_um")

    def test_without_a_name_they_are_listed(
        self, host: Host, home: Path, synced: ScriptedCase
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host("sync", "--port", other.port)
        said(host, "name", "mine", "--case", "4d5e6f")
        assert said(host, "name") == ["4d5e6f  mine", "556677  no name"]
        assert said(host, "name", "--case", "556677") == ["556677  no name"]

    def test_two_cases_never_share_a_name(
        self, host: Host, home: Path, synced: ScriptedCase
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host("sync", "--port", other.port)
        said(host, "name", "mine", "--case", "4d5e6f")
        before = written(home)
        sentence, step = complaint(host("name", "mine", "--case", "556677"))
        assert sentence == "Another case is called mine already."
        assert step
        assert written(home) == before


class TestPolicy:
    def test_new_rules_wait_for_the_sync_and_then_are_in_force(
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

    def test_a_second_change_builds_on_the_one_that_waits(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "zones=face,neck")
        said(host, "policy", "set", "rest_h=700")
        rules = host_json("policy")["rules"]
        assert (rules["rest_h"], rules["zones"]) == (700, ["face", "neck"])

    def test_rules_that_say_the_same_wait_all_the_same(
        self, host: Host, synced: ScriptedCase
    ) -> None:
        assert said(host, "policy", "diff") == ["No new rules wait: the case has them all."]
        told = said(host, "policy", "set", "needle=0.5")  # the defaults, now by choice
        assert told[0] == "They say the same as before."
        assert [line for line in said(host, "status") if line.startswith("Waiting      new rules")]
        assert said(host, "policy", "diff") == ["The rules that wait say the same as the case's."]

    def test_a_zone_may_be_named_as_soon_as_the_rules_wait(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "policy", "set", "zones=face,neck")
        said(host, "clinic", "3d", "--zone", "neck")
        host_json("sync", "--port", synced.port)
        (record,) = host_json("log", "--kind", "clinic")["records"]
        assert record["zone"] == 1

    def test_a_deep_needle_is_warned_of(self, host: Host, synced: ScriptedCase) -> None:
        result = host("policy", "set", "needle=1.0")
        assert result.returncode == 0
        assert "42 days of rest" in result.stderr

    def test_replay_says_which_uses_other_rules_would_have_refused(
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

    def test_a_case_that_nobody_configured_is_shown_with_its_own_defaults(
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

    def test_a_rest_may_be_said_in_days(self, host: Host, synced: ScriptedCase) -> None:
        assert said(host, "policy", "set", "rest=30d")[0] == "rest_h: 672 → 720"


def weekly(weeks: int, how: int = events.BY_BUTTON, zones: int = 1) -> list[Event]:
    """Return a log of a use of five minutes a week, of one zone after the other."""
    log: list[Event] = []
    for week in range(weeks):
        start = week * 7 * DAY + 1000
        data = {"how": events.IN_TURN, "digest": 0}
        log.append(Event(events.USE_STARTED, data, week % zones, time=start))
        data = {"how": how, "seconds": 300}
        log.append(Event(events.USE_ENDED, data, week % zones, time=start + 300))
    return log


def lost_power(time: int) -> Event:
    """Return the start of a case that had lost its power."""
    return Event(events.BOOT, {"cause": events.POWER_ON, "torn": 0}, time=time)


def days_refused(log: list[Event], rules: Policy) -> tuple[int, list[int]]:
    """Return how many uses a log has, and the days of those that rules would have refused."""
    uses, found = refusals(log, rules)
    return uses, [log[one.use].time // DAY for one in found]


class TestReplay:
    def test_a_use_that_is_refused_starts_no_rest(self) -> None:
        rules = policy.for_needle(500).changed(rest_h=27 * 24, short_rest=1)
        assert days_refused(weekly(6), rules) == (6, [7, 14, 21, 35])

    def test_what_they_allow_they_do_not_refuse(self) -> None:
        rules = policy.for_needle(250).changed(rest_h=6 * 24, short_rest=1)
        assert days_refused(weekly(6), rules) == (6, [])

    def test_a_use_too_short_to_count_is_none(self) -> None:
        log = weekly(1) + weekly(3, events.CANCELLED)[2:]
        assert days_refused(log, policy.for_needle(500)) == (1, [])

    def test_each_zone_rests_on_its_own_whatever_the_rules_call_it(self) -> None:
        rules = policy.for_needle(250).changed(rest_h=13 * 24)
        assert days_refused(weekly(6, zones=2), rules) == (6, [])
        assert days_refused(weekly(6, zones=1), rules) == (6, [7, 21, 35])

    def test_a_head_wears_out_by_the_uses_that_it_saw(self) -> None:
        rules = policy.for_needle(250).changed(rest_h=144, short_rest=1)
        rules = rules.changed(head_warn_uses=1, head_uses=2)
        log = weekly(4)
        new = Event(events.HEAD_NEW, {"uses": 3, "token": 0}, time=log[6].time - 60)
        _, found = refusals([*log[:6], new, *log[6:]], rules)
        assert [(one.use, one.reason) for one in found] == [(4, events.HEAD_WORN_OUT)]

    def test_a_use_that_was_told_afterwards_was_not_asked_for_and_counts(self) -> None:
        told = {"how": events.AFTERWARDS, "seconds": 0}
        log = weekly(4)
        # The case logs both when it is told.
        began = Event(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}, time=8 * DAY)
        log[4:4] = [began, Event(events.USE_ENDED, told, time=8 * DAY)]
        rules = policy.for_needle(250).changed(rest_h=12 * 24)
        assert days_refused(log, rules) == (5, [7, 14])
        rules = policy.for_needle(250).changed(rest_h=14 * 24)
        assert days_refused(log, rules) == (5, [7, 14, 21])

    def test_a_use_that_lost_its_power_counts(self) -> None:
        log = weekly(2)
        log[1] = lost_power(log[1].time)
        assert days_refused(log, policy.for_needle(500)) == (2, [7])

    def test_a_start_whose_record_was_lost_ends_a_use_as_well(self) -> None:
        log = weekly(4)
        del log[3]  # the end of the second one, which is refused
        told = {"how": events.AFTERWARDS, "seconds": 0}
        began = Event(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}, time=8 * DAY)
        log[3:3] = [began, Event(events.USE_ENDED, told, time=8 * DAY)]
        for event in log[3:]:
            event.boot = 1
        rules = policy.for_needle(250).changed(rest_h=12 * 24)
        assert days_refused(log, rules) == (5, [7, 14])

    def test_a_refused_one_that_lost_its_power_starts_no_rest(self) -> None:
        log = weekly(3)
        log[3] = lost_power(log[3].time)
        rules = policy.for_needle(250).changed(rest_h=12 * 24)
        assert days_refused(log, rules) == (3, [7])
        told = {"how": events.AFTERWARDS, "seconds": 0}
        log.insert(4, Event(events.USE_ENDED, told, time=8 * DAY))
        assert days_refused(log, rules) == (4, [7, 14])

    @given(log=log_of(0, 30), needle=st.sampled_from([250, 500, 1000]))
    def test_it_takes_any_log_and_refuses_no_more_than_there_were(
        self, log: list[Event], needle: int
    ) -> None:
        uses, found = refusals(log, policy.for_needle(needle))
        assert len(found) <= uses
        assert all(log[one.use].kind == events.USE_STARTED for one in found)

    def test_every_log_of_the_case_is_looked_at_and_zones_are_named(
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
        assert [(one["zone"], one["reason"]) for one in document["refused"]] == [
            ("neck", "resting"), ("neck", "resting"),
        ]  # fmt: skip
        lines = said(host, "policy", "replay", "rest=28d")
        assert lines[0] == "Of 4 uses, these rules would have refused 2."
        assert all(line.endswith(", neck: 19 days too early") for line in lines[1:])


class TestLog:
    @pytest.fixture(autouse=True)
    def lived(self, host: Host, two_zones: ScriptedCase) -> None:
        """Write something of every kind down, and tell the case."""
        said(host, "note", "--at", "10d", "an old note", "--zone", "face")
        said(host, "note", "a new note")
        said(host, "clinic", "5d", "--zone", "neck")
        said(host, "reaction", "open", "--zone", "neck")
        said(host, "reaction", "look", "better")
        host("sync", "--port", two_zones.port)

    def test_kinds_choose_among_records_and_entries(self, host_json: HostJson) -> None:
        document = host_json("log", "--kind", "clinic", "--kind", "note")
        assert [record["kind"] for record in document["records"]] == ["clinic"]
        assert [entry["kind"] for entry in document["diary"]] == ["note", "note", "clinic"]

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_of_entry_can_be_chosen(self, host_json: HostJson, kind: str) -> None:
        found = {entry["kind"] for entry in host_json("log", "--kind", kind)["diary"]}
        about = {"follow-up", "reaction over"} if kind == "reaction" else set()
        assert found <= {kind} | about

    def test_a_reaction_comes_with_the_looks_at_it_and_its_end(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "reaction", "over")
        diary = host_json("log", "--kind", "reaction")["diary"]
        assert [entry["kind"] for entry in diary] == ["reaction", "follow-up", "reaction over"]

    @pytest.mark.parametrize("last", ["1", "2", "100"])
    def test_the_last_are_those_of_the_diary_too(
        self, host: Host, host_json: HostJson, last: str
    ) -> None:
        every, some = (
            sorted(host_json("log", *words)["diary"], key=lambda entry: str(entry["at"]))
            for words in ([], ["--last", last])
        )
        assert some == every[-int(last) :]

    def test_logs_without_a_record_of_that_kind_have_no_heading(
        self, host: Host, home: Path
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host("sync", "--port", other.port)
        lines = said(host, "log", "--kind", "policy_set")
        assert [line for line in lines if line.startswith("Case")] == [
            "Case 4d5e6f, log of 1 record"
        ]
        assert said(host, "log", "--kind", "head_new") == ["Nothing of that was logged."]

    def test_a_zone_that_the_rules_name_no_more_is_found_by_its_name(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "policy", "set", "zones=hand")
        records = host_json("log", "--zone", "neck")["records"]
        assert [record["zone_name"] for record in records] == ["neck", "neck"]
        complaint(host("log", "--zone", "knee"), 2)

    def test_since_leaves_out_what_was_before(self, host_json: HostJson) -> None:
        assert len(host_json("log", "--since", "3d")["diary"]) == 3
        assert len(host_json("log", "--since", "2026-11-10")["diary"]) == 5
        assert len(host_json("log", "--since", "2026-11-11")["diary"]) == 4

    def test_a_zone_leaves_out_what_is_of_others(self, host_json: HostJson) -> None:
        document = host_json("log", "--zone", "face")
        assert document["records"] == []
        assert [entry["text"] for entry in document["diary"]] == ["an old note"]
        document = host_json("log", "--zone", "neck")
        assert [record["kind"] for record in document["records"]] == ["clinic", "reaction"]

    def test_what_was_written_down_follows_the_records_in_its_own_words(self, host: Host) -> None:
        lines = said(host, "log")
        at = lines.index("You wrote down")
        told = [line[18:] for line in lines[at + 1 :]]
        assert sorted(lines[at + 1 :], key=lambda line: line[:16]) == lines[at + 1 :]
        assert {"a note, face: an old note", "a note: a new note"} <= set(told)
        assert any(line.startswith("a session at a clinic") for line in told)

    def test_a_case_has_the_entries_that_are_about_it(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            host("sync", "--port", other.port)
        said(host, "head", "new", "--case", "4d5e6f")
        mine = host_json("log", "--case", "4d5e6f")
        yours = host_json("log", "--case", "556677")
        assert {record["device"] for record in yours["records"]} == {"0011223344556677"}
        assert "head" in [entry["kind"] for entry in mine["diary"]]
        assert "head" not in [entry["kind"] for entry in yours["diary"]]


def test_one_zone_is_named_to_programs_alone(
    host: Host, host_json: HostJson, synced: ScriptedCase
) -> None:
    said(host, "reaction", "open")
    host("sync", "--port", synced.port)
    (record,) = host_json("log", "--kind", "reaction")["records"]
    assert record["zone_name"] == "face"
    assert said(host, "log", "--kind", "reaction")[0].endswith(
        "a reaction of the skin, today 20:00"
    )


TELLING = {
    "clinic": ("clinic", "3d"),
    "reaction": ("reaction", "open"),
    "hold": ("hold", "acne"),
    "head": ("head", "new"),
}
"""What each verb is told for."""


class TestTelling:
    @pytest.mark.parametrize("verb", TELLING)
    def test_a_sync_cut_after_the_case_has_logged_it_tells_it_once(
        self, host: Host, host_json: HostJson, home: Path, verb: str
    ) -> None:
        with ScriptedCase(home / "flash") as case:
            assert host("sync", "--port", case.port).returncode == 0
            said(host, *TELLING[verb])
            case.script = only(verb, lambda request, right: HANG_UP)
            complaint(host("sync", "--port", case.port))
            seq = case.app.journal.next
        assert host_json("status")["cases"][0]["waiting"] == 1
        with ScriptedCase(home / "flash") as case:
            document = host_json("sync", "--port", case.port)
            assert verb not in case.verbs()
            assert case.app.journal.next == seq + 2  # the start and its clock
        assert (document["told"], document["case"]["waiting"]) == (0, 0)
        assert told_kinds(host_json) == [{"hold": "hold_set", "head": "head_new"}.get(verb, verb)]

    def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_logged_twice(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "reaction", "open")
        synced.script = only("reaction", lambda request, right: b"", times=1)
        assert host_json("sync", "--port", synced.port)["told"] == 1
        assert synced.verbs().count("reaction") == 2
        assert told_kinds(host_json) == ["reaction"]

    def test_what_the_case_refuses_is_said_and_told_the_next_time(
        self,
        host: Host,
        host_json: HostJson,
        synced: ScriptedCase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        said(host, "clinic", "3d")
        said(host, "hold", "acne")
        with monkeypatch.context() as stubborn:
            stubborn.setattr(synced.app, "tell", unfit)
            result = host("sync", "--port", synced.port)
            assert result.returncode == 0
            assert (
                result.stderr.splitlines()
                == [
                    "The case says: that is in the future."
                    " It was about what you wrote down; the next sync tries again."
                ]
                * 2
            )
            document = host_json("sync", "--port", synced.port)
            assert (document["told"], len(document["refused"])) == (0, 2)
            assert document["case"]["waiting"] == 2
        document = host_json("sync", "--port", synced.port)
        assert (document["told"], document["refused"]) == (2, [])
        assert told_kinds(host_json) == ["clinic", "hold_set"]

    def test_a_case_with_a_new_log_is_told_again_of_what_matters(
        self, host: Host, host_json: HostJson, home: Path, synced: ScriptedCase
    ) -> None:
        for argv in TELLING.values():
            said(host, *argv)
        assert host_json("sync", "--port", synced.port)["told"] == 4
        with ScriptedCase(home / "wiped", log_id=b"another!") as wiped:
            assert host_json("sync", "--port", wiped.port)["told"] == 4
            assert host_json("sync", "--port", wiped.port)["told"] == 0
            assert wiped.app.standing.reason == events.REACTION_OPEN

    def test_every_case_is_told_of_what_concerns_the_person(
        self, host: Host, host_json: HostJson, home: Path, synced: ScriptedCase
    ) -> None:
        said(host, "hold", "acne")
        assert host_json("sync", "--port", synced.port)["told"] == 1
        with ScriptedCase(home / "other", device="0011223344556677") as other:
            assert host_json("sync", "--port", other.port)["told"] == 1
            assert other.app.standing.phase == state.HELD

    def test_what_was_written_before_the_first_sync_is_told_by_it(
        self, host: Host, host_json: HostJson, case: ScriptedCase
    ) -> None:
        said(host, "clinic", "3d")
        said(host, "reaction", "open")
        document = host_json("sync", "--port", case.port)
        assert (document["told"], document["refused"]) == (2, [])
        assert case.app.standing.phase == state.HELD


def keep(home: Path, entry: Entry) -> Entry:
    """Write an entry into the database."""
    with (
        open_module.open_archive(home / "rollcase.db", create=True) as archive,
        archive.transaction(),
    ):
        return archive.diary.add(entry, NOW_S)


class TestUndo:
    @pytest.mark.parametrize("kind", KINDS)
    def test_any_kind_is_taken_back_and_said_back(self, host: Host, home: Path, kind: str) -> None:
        said(host, "note", "what was there")
        before = written(home)
        entry = keep(home, Entry(kind, NOW_S, data={"text": "hello"}))
        (line,) = said(host, "undo")
        assert line.startswith("Taken back: ")
        assert line.endswith(".")
        with open_module.open_archive(home / "rollcase.db") as archive:
            assert [one.text for one in archive.diary.entries()] == ["what was there"]
            undone = archive.diary.everything()[-1]
        assert (undone.kind, undone.data) == ("undo", {"token": entry.token})
        after = written(home)
        assert after.pop("entries")[: len(before["entries"])] == before.pop("entries")
        assert after == before

    def test_the_last_one_goes_first(self, host: Host, home: Path) -> None:
        said(host, "note", "first")
        said(host, "note", "second", "--at", "3d")
        assert said(host, "undo") == ["Taken back: a note, Tue 17 Nov 2026, 20:00: second."]
        assert said(host, "undo") == ["Taken back: a note, today 20:00: first."]
        before = written(home)
        sentence, step = complaint(host("undo"), 2)
        assert sentence == "There is nothing to take back."
        assert step
        assert written(home) == before

    def test_the_rest_that_it_began_is_over(self, host: Host, synced: ScriptedCase) -> None:
        before = said(host, "status")
        said(host, "clinic", "2026-11-18")
        assert said(host, "status") != before
        said(host, "undo")
        assert said(host, "status") == before

    def test_an_end_that_is_taken_back_leaves_it_open(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "reaction", "open", "red")
        said(host, "reaction", "over")
        said(host, "undo")
        assert [one["text"] for one in host_json("reaction")["open"]] == ["red"]

    def test_json_says_what_was_taken_back(self, host_json: HostJson) -> None:
        entry = host_json("note", "hello")["entry"]
        assert host_json("undo")["taken_back"] == entry

    @pytest.mark.parametrize(
        ("command", "step"),
        [
            ("hold acne", "Say hold release."),
            ("hold release", "Say hold again, with its reason."),
            ("reaction open", "Say reaction over."),
            ("reaction over", "Say reaction open."),
            ("clinic 3d", "It is in the case's log for good."),
            ("head new", "It is in the case's log for good."),
        ],
    )
    def test_what_the_case_was_told_stays(
        self, host: Host, home: Path, synced: ScriptedCase, command: str, step: str
    ) -> None:
        if command == "reaction over":
            said(host, "reaction", "open")
        said(host, *command.split())
        assert host("sync", "--port", synced.port).returncode == 0
        before = written(home)
        sentence, hint = complaint(host("undo"), 2)
        assert sentence.startswith("The case knows of it: ")
        assert hint.startswith(step)
        assert written(home) == before

    def test_what_an_earlier_log_has_stays_too(
        self, host: Host, home: Path, synced: ScriptedCase
    ) -> None:
        said(host, "clinic", "3d")
        assert host("sync", "--port", synced.port).returncode == 0
        with open_module.open_archive(home / "rollcase.db") as archive, archive.transaction():
            (case,) = archive.cases()
            archive.note_meeting(case.id, archive.keep_log(case.id, "ff" * 8), NOW_S, 0)
        complaint(host("undo"), 2)

    def test_without_a_database_none_is_made(self, host: Host, home: Path) -> None:
        complaint(host("undo"))
        assert not (home / "rollcase.db").exists()


@pytest.mark.parametrize("zone", ["UTC+24", "XYZ-25:99", "UTC-24"])
def test_a_zone_that_no_place_has_breaks_nothing(
    host: Host, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    assert said(host, "note", "hello")[0].endswith(": hello.")
    assert len(said(host, "log")) == 1
    assert '"2026-11-20T20:00:00+00:00"' in "".join(said(host, "log", "--json"))


BAD = [
    (["note"], 2),
    (["note", ""], 2),
    (["note", "  ", "\n"], 2),
    (["note", "x" * (MAX_TEXT + 1)], 2),
    (["note", "x" * 100_000], 2),
    (["note", "x", "--at", "tomorrow"], 2),
    (["note", "x", "--at", "2026-11-20 20:01"], 2),
    (["note", "x", "--at", "2026-02-30"], 2),
    (["note", "x", "--at", ""], 2),
    (["note", "x", "--zone", "knee"], 2),
    (["clinic"], 2),
    (["clinic", ""], 2),
    (["clinic", "soon"], 2),
    (["clinic", "tomorrow"], 2),
    (["clinic", "2019-12-31"], 2),
    (["clinic", "99999w"], 2),
    (["clinic", "3d", "--zone", "knee"], 2),
    (["clinic", "3d", "--needle", "six"], 2),
    (["clinic", "3d", "--needle", "nan"], 2),
    (["clinic", "3d", "--needle", "5.1"], 2),
    (["clinic", "3d", "--needle", "0"], 2),
    (["clinic", "3d", "x" * (MAX_TEXT + 1)], 2),
    (["reaction", "shut"], 2),
    (["reaction", "look"], 2),
    (["reaction", "over"], 2),
    (["reaction", "--sign", "pus"], 2),
    (["reaction", "open", "--sign", "itch"], 2),
    (["reaction", "open", "--at", "tomorrow"], 2),
    (["reaction", "open", "--zone", "knee"], 2),
    (["reaction", "open", "x" * (MAX_TEXT + 1)], 2),
    (["hold", "boredom"], 2),
    (["hold", "--until", "3d"], 2),
    (["hold", "acne", "--until", "yesterday"], 2),
    (["hold", "acne", "--until", "0h"], 2),
    (["hold", "acne", "--until", "99999w"], 2),
    (["hold", "acne", "--until", "9999-12-31"], 2),
    (["hold", "acne", "--until", "never"], 2),
    (["hold", "release", "--until", "3d"], 2),
    (["hold", "acne", "no", "more"], 2),
    (["hold", "--json", "--until", "3d"], 2),
    (["clinic", "2026-11-19", "25:00"], 2),
    (["undo"], 2),
    (["undo", "twice"], 2),
    (["reaction", "open", "--at", "2026-13-01"], 2),
    (["reaction", "open", "--zone", ""], 2),
    (["note", "x", "--zone", "\x1b[2J"], 2),
    (["head", "new", "--case", "\x1b[2J"], 2),
    (["head", "new", "--case", ""], 2),
    (["head"], 2),
    (["head", "old"], 2),
    (["head", "new", "--case", "kitchen"], 2),
    (["head", "new", "x" * (MAX_TEXT + 1)], 2),
    (["name", ""], 2),
    (["name", " \t "], 2),
    (["name", "x" * 41], 2),
    (["name", "mine", "--case", "kitchen"], 2),
    (["policy", "burn"], 2),
    (["policy", "set"], 2),
    (["policy", "replay"], 2),
    (["policy", "show", "rest_h=700"], 2),
    (["policy", "diff", "rest_h=700"], 2),
    (["policy", "set", "rest_h"], 2),
    (["policy", "set", "rest_h="], 2),
    (["policy", "set", "rest_h=-1"], 2),
    (["policy", "set", "rest_h=24"], 2),
    (["policy", "set", "rest=soon"], 2),
    (["policy", "set", "rest=99999w"], 2),
    (["policy", "replay", "zones=neck"], 2),
    (["policy", "set", "rest_h=99999999999"], 2),
    (["policy", "set", "revision=7"], 2),
    (["policy", "set", "zones="], 2),
    (["policy", "set", "zones=face,face"], 2),
    (["policy", "set", "zones=a,b,c,d,e"], 2),
    (["policy", "set", "zones=Face"], 2),
    (["policy", "set", "needle=1.5"], 2),
    (["policy", "set", "needle=nan"], 2),
    (["policy", "set", "rest_h=700", "needle=two"], 2),
    (["policy", "set", "rest_h=700", "--case", "kitchen"], 2),
    (["log", "--zone", "knee"], 2),
    (["log", "--kind", "dream"], 2),
    (["log", "--since", "once"], 2),
    (["log", "--case", "kitchen"], 2),
    (["log", "--last", "0"], 2),
]
"""Words that make no sense, and the exit code."""


def named(words: list[str]) -> str:
    """Return a short name for these words."""
    return " ".join(word if len(word) < 30 else str(len(word)) for word in words)


WRITERS = [
    ["note", "x"],
    ["clinic", "3d"],
    ["reaction", "open"],
    ["hold", "acne"],
    ["head", "new"],
    ["name", "mine"],
    ["policy", "set", "rest_h=700"],
]

NEEDS_A_CASE = [["head", "new"], ["name", "mine"], ["policy"], ["policy", "set", "rest_h=700"]]


def run_main(capsys: pytest.CaptureFixture[str], argv: list[str]) -> tuple[int, str, str]:
    """Run ``host`` in this process; return exit code, stdout and stderr."""
    try:
        code = main(argv)
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


class TestBadInput:
    @pytest.fixture
    def known(self, home: Path) -> Path:
        """A database that knows a case."""
        path = home / "rollcase.db"
        with open_module.open_archive(path, create=True) as archive, archive.transaction():
            archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0")
        return path

    @pytest.mark.parametrize(("argv", "code"), BAD, ids=[named(argv) for argv, _ in BAD])
    def test_it_is_said_in_a_sentence_and_nothing_is_written(
        self, known: Path, capsys: pytest.CaptureFixture[str], argv: list[str], code: int
    ) -> None:
        before = rows_of(known)
        found, out, err = run_main(capsys, argv)
        assert (found, out) == (code, "")
        sentence, _ = sentence_and_step(err)
        assert len(sentence) < 400
        assert err.replace("\n", "").isprintable()
        assert rows_of(known) == before

    @pytest.mark.parametrize("argv", [argv for argv, _ in BAD], ids=[named(one) for one, _ in BAD])
    def test_no_database_is_made_for_it(
        self, home: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
    ) -> None:
        code, out, err = run_main(capsys, argv)
        assert (code in (1, 2), out) == (True, "")
        sentence_and_step(err)
        assert not list(home.glob("rollcase.db*"))

    @pytest.mark.parametrize("argv", NEEDS_A_CASE, ids=" ".join)
    def test_a_missing_database_is_not_made_where_a_case_is_needed(
        self, host: Host, home: Path, argv: list[str]
    ) -> None:
        sentence, step = complaint(host(*argv))
        assert sentence == f"There is no database at {home / 'rollcase.db'} yet."
        assert step
        assert not (home / "rollcase.db").exists()

    @pytest.mark.parametrize("argv", NEEDS_A_CASE, ids=" ".join)
    def test_a_database_without_a_case_asks_for_a_sync(
        self, host: Host, home: Path, argv: list[str]
    ) -> None:
        said(host, "note", "x")
        before = written(home)
        sentence, step = complaint(host(*argv))
        assert (sentence, step) == ("No case was synced yet.", "Run sync first.")
        assert written(home) == before

    @pytest.mark.parametrize("argv", WRITERS, ids=" ".join)
    def test_a_locked_database_is_said_to_be_in_use(
        self,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        argv: list[str],
    ) -> None:
        path = home / "rollcase.db"
        with open_module.open_archive(path, create=True) as archive, archive.transaction():
            archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0")
        before = rows_of(path)
        monkeypatch.setattr(open_module, "BUSY_MS", 20)
        with subprocess.Popen(
            [sys.executable, "-c", HOLD_LOCK, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"locked\n"
            code, out, err = run_main(capsys, argv)
            holder.communicate()
        assert (code, out) == (1, "")
        assert sentence_and_step(err) == (
            f"{path} is in use by another program.", "Wait for it to finish, then try again.",
        )  # fmt: skip
        assert rows_of(path) == before
