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
        state, empty, title, *lines = said(host, "hold")
        assert (state, empty) == ("Not on hold.", "")
        assert title.startswith("The reasons")
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

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            ("cold sore", "cold-sore"),
            ("Cold-Sore", "cold-sore"),
            ("herpes", "cold-sore"),
            ("a fever blister", "cold-sore"),
            ("pregnancy", "doctor"),
            ("I am pregnant", "doctor"),
            ("blood thinners", "doctor"),
            ("Roaccutane", "doctor"),
            ("skin cancer.", "doctor"),
            ("keloids", "doctor"),
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
        assert hold.understood(words) == reason

    @pytest.mark.parametrize("reason", hold.REASONS)
    def test_reason_is_understood_as_it_is_printed(self, host_json: HostJson, reason: str) -> None:
        printed = host_json("hold", reason)["entry"]["reason"]
        assert host_json("hold", *printed.split())["entry"]["reason"] == printed

    def test_every_everyday_word_means_one_reason_only(self) -> None:
        phrases = [phrase for words in hold.WORDS.values() for phrase in words.split(", ")]
        assert len(phrases) == len({hold.words_of(phrase) for phrase in phrases})
        for reason, words in hold.WORDS.items():
            for phrase in words.split(", "):
                assert hold.understood(phrase) == reason
        assert not {hold.words_of(phrase) for phrase in phrases} & {
            hold.words_of(word) for word in hold.COULD_BE
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
            ("pregnent", "doctor"),
            ("cold", "cold-sore"),
        ],
    )
    def test_words_that_are_not_sure_are_asked_back_with_all_reasons(
        self, host: Host, home: Path, words: str, meant: str
    ) -> None:
        _, step = complaint(host("hold", *words.split()), 2)
        assert step.startswith(f"Did you mean {meant}? There are acne, ")
        assert all(reason in step for reason in hold.REASONS)
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
            "On hold (sunburn) until Wed 25 Nov 2026, 20:00.",
            "It ends by itself; to end it now, say hold release.",
            "The next sync tells the case.",
            "",
        ]
        host_json("sync", "--port", synced.port)
        assert "The next sync tells the case." not in said(host, "hold")
        (shown,) = host_json("hold")["holds"]
        assert shown == {
            "reason": "sunburn", "until": "2026-11-25T20:00:00+00:00", "case_knows": True,
        }  # fmt: skip
        said(host, "hold", "release")
        assert host_json("hold")["holds"] == []

    def test_hold_alone_knows_a_hold_before_there_is_a_case(
        self, host: Host, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "hold", "acne")
        assert said(host, "hold")[:2] == [
            "On hold (active acne).",
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
        assert said(host, "status")[0] == "On hold (sunburn) until today."
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
