"""``host hold``: reasons to hold the case, their ends, and the release."""

import sys
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.cli.test_terminal import in_a_terminal
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import DAY, NOW_S, later, said, written

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollhost.cli.parse_reasons import ALSO, understood, words_of
from rollhost.commands import hold
from rollhost.guidance.reasons import COULD_BE, HOLDING, REASONS, Reason

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]


class TestHold:
    @pytest.mark.parametrize("reason", HOLDING.values(), ids=list(HOLDING))
    def test_every_reason_holds_the_case_and_is_shown_in_words(
        self, host: Host, host_json: HostJson, synced: ScriptedCase, reason: Reason
    ) -> None:
        lines = said(host, "hold", reason.name)
        name = events.KINDS[events.HOLD_SET].fields[0].names[reason.hold]
        assert lines[:2] == [f"Written down: on hold ({name}).", "The next sync tells the case."]
        assert any(reason.means in line for line in lines[2:]) == (reason.name != "other")
        assert ("Once the skin is well: hold release." in lines) == (
            reason.heals and reason.name != "other"
        )
        until = " until a doctor says yes" if reason.needs_doctor else " until it has healed"
        ends = "" if reason.name == "other" else until
        assert said(host, "status")[0] == f"On hold ({name}){ends}."
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.reason == events.ON_HOLD
        assert synced.app.journal.state.hold_reason == reason.hold

    def test_every_reason_of_the_log_has_a_name(self) -> None:
        numbers = {reason.hold for reason in HOLDING.values()} | {events.NO_HOLD}
        assert numbers == set(events.KINDS[events.HOLD_SET].fields[0].names)
        assert len(numbers) == 1 + len(HOLDING)

    def test_hold_without_a_reason_explains_the_reasons_and_writes_nothing(
        self, host: Host, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        state, empty, title, *lines = said(host, "hold")
        assert (state, empty) == ("Not on hold.", "")
        assert title.startswith("The reasons")
        names = [line.split()[0] for line in lines if not line.startswith(" ")]
        assert max(map(len, lines)) <= 80
        assert names == [*HOLDING, "release"]
        assert written(home) == {}

    def test_hold_prints_the_reasons_as_one_json_document(
        self, host_json: HostJson, home: Path
    ) -> None:
        reasons = host_json("hold")["reasons"]
        assert [reason["reason"] for reason in reasons] == [*HOLDING, hold.RELEASE]
        assert all(reason["meaning"] for reason in reasons)
        assert not (home / "rollcase.db").exists()

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            ("cold sore", "cold-sore"),
            ("Cold-Sore", "cold-sore"),
            ("herpes", "cold-sore"),
            ("a fever blister", "cold-sore"),
            ("pregnancy", "pregnancy"),
            ("I am pregnant", "pregnancy"),
            ("blood thinners", "blood-thinner"),
            ("Roaccutane", "isotretinoin"),
            ("skin cancer.", "skin-cancer"),
            ("keloids", "keloid"),
            ("raised scars", "keloid"),
            ("taking warfarin", "blood-thinner"),
            ("nursing", "pregnancy"),
            ("HIV", "immune"),
            ("lupus", "collagen"),
            ("nickel", "metal"),
            ("ask a doctor first", "doctor"),
            ("my eczema", "flare"),
            ("Psoriasis", "flare"),
            ("pimples", "acne"),
            ("active acne", "acne"),
            ("cysts", "acne"),
            ("cut", "wound"),
            ("scratches", "wound"),
            ("another reason", "other"),
            ("RELEASE", hold.RELEASE),
        ],
    )
    def test_everyday_words_are_understood(self, words: str, reason: str) -> None:
        assert understood(words, HOLDING, [hold.RELEASE]) == reason

    @pytest.mark.parametrize("reason", HOLDING)
    def test_reason_is_understood_as_it_is_printed(self, host_json: HostJson, reason: str) -> None:
        printed = host_json("hold", reason)["entry"]["reason"]
        assert host_json("hold", *printed.split())["entry"]["reason"] == printed

    def test_every_everyday_word_means_one_reason_only(self) -> None:
        phrases = [
            (name, phrase)
            for name, reason in REASONS.items()
            if reason.words
            for phrase in reason.words.split(", ")
        ]
        assert len(phrases) == len({words_of(phrase) for _, phrase in phrases})
        for name, phrase in phrases:
            assert understood(phrase, REASONS) == name
        assert not {words_of(phrase) for _, phrase in phrases} & {
            words_of(word) for word in (*COULD_BE, *ALSO)
        }

    @pytest.mark.parametrize(
        ("words", "meant"),
        [
            ("acne sunburn", "acne or sunburn"),
            ("acne and sunburn", "acne or sunburn"),
            ("burn", "sunburn or wound"),
            ("the acne is gone", "acne"),
            ("sunburn over", "sunburn or release"),
            ("suburn", "sunburn"),
            ("psoriasys", "flare"),
            ("pregnent", "pregnancy"),
            ("isotretinon", "isotretinoin"),
            ("scar", "keloid or wound"),
            ("allergy", "metal or flare"),
            ("cold", "cold-sore"),
        ],
    )
    def test_words_that_are_not_sure_are_asked_back_with_all_reasons(
        self, host: Host, home: Path, words: str, meant: str
    ) -> None:
        _, step = complaint(host("hold", *words.split()), 2)
        assert step.startswith(f"Did you mean {meant}? There are acne, ")
        assert all(reason in step for reason in HOLDING)
        assert written(home) == {}

    def test_unknown_word_is_answered_with_all_reasons(self, host: Host) -> None:
        sentence, step = complaint(host("hold", "boredom"), 2)
        assert sentence == "There is no reason 'boredom'."
        assert step.startswith("There are acne, ")

    def test_hold_alone_shows_the_hold_and_how_it_ends(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "hold", "sunburn", "--until", "5d")
        assert said(host, "hold")[:4] == [
            "On hold (sunburn) until Wed 25 Nov 2026, 20:00, or longer, until it has healed.",
            "It ends by itself; to end it now, say hold release.",
            "The next sync tells the case.",
            "",
        ]
        host_json("sync", "--port", synced.port)
        assert "The next sync tells the case." not in said(host, "hold")
        (shown,) = host_json("hold")["holds"]
        assert shown == {
            "reason": "sunburn", "until": "2026-11-25T20:00:00+00:00", "day": None,
            "needs_doctor": False, "case_knows": True,
        }  # fmt: skip
        said(host, "hold", "release")
        assert host_json("hold")["holds"] == []

    def test_hold_alone_knows_a_hold_before_there_is_a_case(
        self, host: Host, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "hold", "acne")
        assert said(host, "hold")[:2] == [
            "On hold (active acne) until it has healed.",
            "It does not end by itself: once the skin is well, say hold release.",
        ]
        said(host, "hold", "acne", "--until", "5d")
        later(monkeypatch, 6)
        assert host_json("hold")["holds"] == []
        assert said(host, "hold")[0] == "Not on hold."

    def test_hold_alone_names_an_open_reaction(self, host: Host) -> None:
        said(host, "reaction", "open", "--json")
        assert said(host, "hold")[:2] == [
            "Not on hold.",
            "A reaction of the skin is open, which keeps the case from a use: see reaction.",
        ]

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
        assert said(host, "status")[0] == (
            "On hold (sunburn) until today, or longer, until it has healed."
        )
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

    def test_owners_words_are_kept_with_the_hold(self, host: Host, host_json: HostJson) -> None:
        line = said(host, "hold", "I", "take", "warfarin", "--note", "since May")[0]
        assert line == (
            "Written down: on hold (blood thinner or bleeding disorder):"
            " I take warfarin; since May."
        )
        assert "text" not in host_json("hold", "blood-thinner")["entry"]

    def test_hold_that_asks_for_a_doctor_has_no_day(self, host: Host, home: Path) -> None:
        sentence, step = complaint(host("hold", "pregnant", "--until", "9d"), 2)
        assert "ends when a doctor says yes, not by a day" in sentence
        assert step == "Leave --until out; then say hold release --doctor."
        assert written(home) == {}


class TestRelease:
    def test_nobody_to_ask_leaves_a_hold_that_asks_for_a_doctor(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "hold", "isotretinoin")
        result = host("hold", "release")
        assert (result.returncode, result.stdout) == (0, "Nothing was released.\n")
        assert result.stderr.strip() == (
            "Still on hold (isotretinoin): ask a doctor first. Once one said yes:"
            " hold release --doctor."
        )
        document = host_json("hold", "release")
        assert document["entry"] is None
        assert document["says"] == result.stderr.strip()
        assert [hold["reason"] for hold in document["holds"]] == ["isotretinoin"]
        assert len(host_json("hold")["holds"]) == 1

    def test_doctors_yes_is_kept_with_the_note(self, host: Host, host_json: HostJson) -> None:
        said(host, "hold", "isotretinoin")
        line = said(host, "hold", "release", "--doctor", "--note", "Dr Smith")[0]
        assert line == "Written down: the hold is over, a doctor said yes: Dr Smith."
        assert host_json("hold")["holds"] == []
        entry = host_json("hold", "release", "--doctor", "--note", "Dr Smith")["entry"]
        assert (entry["doctor"], entry["text"]) == (True, "Dr Smith")

    def test_skins_hold_is_released_alone_while_a_doctor_is_asked(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "hold", "sunburn", "--until", "10d")
        said(host, "hold", "keloid")
        result = host("hold", "release")
        assert "For sunburn alone: hold release sunburn." in result.stderr
        assert said(host, "hold", "release", "sunburnt")[0] == (
            "Written down: the hold for sunburn is over."
        )
        assert [hold["reason"] for hold in host_json("hold")["holds"]] == ["keloids"]

    def test_release_of_what_does_not_hold_says_what_does(self, host: Host, home: Path) -> None:
        assert complaint(host("hold", "release", "acne"), 2)[1] == "Nothing is on hold."
        said(host, "hold", "wound")
        before = written(home)
        sentence, step = complaint(host("hold", "release", "acne"), 2)
        assert sentence == "Not on hold for active acne."
        assert step == "On hold are: wound."
        assert written(home) == before

    def test_doctor_goes_with_a_release_alone(self, host: Host, home: Path) -> None:
        complaint(host("hold", "acne", "--doctor"), 2)
        assert written(home) == {}

    def test_status_lists_every_hold_that_stands(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        said(host, "hold", "isotretinoin")
        said(host, "hold", "sunburn", "--until", "10d")
        for _ in range(2):
            lines = said(host, "status")
            assert lines[0] == "On hold (isotretinoin) until a doctor says yes."
            (line,) = [line for line in lines if line.startswith("On hold ") and "(" not in line]
            assert line.split(maxsplit=2)[2] == (
                "also sunburn until Mon 30 Nov 2026, 20:00, or longer, until it has healed"
            )
            host_json("sync", "--port", synced.port)
        (case,) = host_json("status")["cases"]
        assert [hold["reason"] for hold in case["holds"]] == ["isotretinoin", "sunburn"]
        assert [hold["needs_doctor"] for hold in case["holds"]] == [True, False]

    @pytest.mark.slow
    @pytest.mark.parametrize(("typed", "held"), [("y", 0), ("", 1)])
    def test_person_at_a_terminal_is_asked_for_the_doctors_yes(
        self, host: Host, host_json: HostJson, typed: str, held: int
    ) -> None:
        said(host, "hold", "isotretinoin")
        release = [sys.executable, "-m", "rollhost", "hold", "release"]
        lines = in_a_terminal(80, release, typed=f"{typed}\n")
        assert any("Released: did a doctor say yes? [y/N]" in line for line in lines)
        assert len(host_json("hold")["holds"]) == held

    def test_status_asks_for_a_week_whether_it_has_healed_once_the_day_has_come(
        self, host: Host, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "hold", "cold-sore", "--until", "5d")
        said(host, "hold", "other", "--until", "5d")
        asked = "Healed?      cold sore: if not yet, say hold cold-sore"
        for days, is_asked in ((4, False), (5, True), (11, True), (12, False)):
            later(monkeypatch, days)
            assert (asked in said(host, "status")) == is_asked
            reasons = [hold["reason"] for hold in host_json("status")["healed"]]
            assert reasons == ["cold sore"] * is_asked
        later(monkeypatch, 6)
        said(host, "hold", "cold-sore")
        assert asked not in said(host, "status")
