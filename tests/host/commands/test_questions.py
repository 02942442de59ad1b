"""Questions about persons, asked of whoever sits at the terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.cli.test_terminal import on_a_terminal
from tests.host.scripted_case import ScriptedCase

from rollhost.cli.choose import choose_person
from rollhost.database.archive import Person
from rollhost.errors import UsageError

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def second(home: Path, synced: ScriptedCase) -> Iterator[ScriptedCase]:
    """A case that is new here, where another one is known."""
    with ScriptedCase(home / "other", device="0011223344556677") as case:
        yield case


def answering(typed: str, *words: str) -> str:
    """Return what ``host`` prints to somebody at a terminal who types this."""
    return "\n".join(on_a_terminal(80, *words, typed=typed))


class TestWhose:
    def test_question_has_each_person_and_takes_a_new_name(
        self, host: Host, host_json: HostJson, second: ScriptedCase
    ) -> None:
        host("person", "add", "Ann")
        told = answering("4\nBen\n", "sync", "--port", second.port)
        assert "Case 556677 is new here. Whose skin is it about?" in told
        assert all(row in told for row in ("  1  yours, too", "  3  Ann's", "  4  somebody else's"))
        assert "  2  yours, in place of 4d5e6f" in told
        persons = {person["name"]: person["cases"] for person in host_json("person")["persons"]}
        assert persons["Ben"] == ["0011223344556677"]
        assert persons["Ann"] == []

    def test_case_that_is_used_in_place_of_another_replaces_it(
        self, host_json: HostJson, second: ScriptedCase
    ) -> None:
        answering("2\n", "sync", "--port", second.port)
        (case,) = host_json("status")["cases"]
        assert case["device"] == "0011223344556677"
        old = next(case for case in host_json("case")["cases"] if case["retired"])
        assert old["replaced_by"] == "0011223344556677"

    def test_first_case_asks_nothing(self, case: ScriptedCase) -> None:
        assert "Whose" not in answering("", "sync", "--port", case.port)

    def test_question_is_asked_until_it_is_answered_and_not_again(
        self, host_json: HostJson, second: ScriptedCase
    ) -> None:
        assert "Whose case is it?" in answering("\n", "sync", "--port", second.port)
        assert host_json("status")["unclaimed"] == ["0011223344556677"]
        assert "Whose skin is it about?" in answering("1\n", "sync", "--port", second.port)
        assert "Whose" not in answering("", "sync", "--port", second.port)
        assert len(host_json("status")["cases"]) == 2


class TestUndo:
    @pytest.mark.parametrize(("typed", "left"), [("y\n", 0), ("\n", 1), ("what\n", 1)])
    def test_entry_is_shown_and_goes_only_after_a_yes(
        self, host: Host, host_json: HostJson, typed: str, left: int
    ) -> None:
        host("note", "hello")
        assert "Take back a note, today 20:00: hello? [y/N]" in answering(typed, "undo")
        assert len(host_json("undo", "--list")["entries"]) == left

    def test_entry_is_shown_by_its_number_too(self, host: Host, host_json: HostJson) -> None:
        for text in ("first", "second"):
            host("note", text)
        number = host_json("undo", "--list")["entries"][0]["number"]
        told = answering("n\n", "undo", number)
        assert "Take back a note, today 20:00: first? [y/N]" in told
        assert "Nothing was taken back. This is a note, today 20:00: first." in told
        assert "Taken back: a note, today 20:00: first." in answering("y\n", "undo", number)
        left = [entry["text"] for entry in host_json("undo", "--list")["entries"]]
        assert left == ["second"]


class TestSigns:
    def test_signs_are_asked_as_one_list_when_a_reaction_opens(self, host_json: HostJson) -> None:
        told = answering("3 fever\n", "reaction", "open", "red")
        assert "Do you see any of these now?" in told
        assert "  3  pus: yellow, green or cloudy, or it oozes" in told
        assert "See a clinician today: pus, fever." in told
        assert host_json("reaction")["open"][0]["signs"] == ["pus", "fever"]

    def test_enter_means_none_of_the_signs(self, host_json: HostJson) -> None:
        told = answering("\n", "reaction", "open", "red")
        assert "Is that so?" not in told
        assert host_json("reaction")["open"][0]["signs"] == []

    def test_signs_that_were_given_are_not_asked_again(self, host_json: HostJson) -> None:
        assert "Do you see" not in answering("", "reaction", "open", "--sign", "pus")

    @pytest.mark.parametrize(("typed", "signs"), [("n", []), ("", ["fever"]), ("hm", ["fever"])])
    def test_words_ask_back_and_only_a_no_takes_the_sign_away(
        self, host_json: HostJson, typed: str, signs: list[str]
    ) -> None:
        told = answering(f"\n{typed}\n", "reaction", "open", "38.5")
        assert 'You wrote "38.5": fever. Is that so? [Y/n]' in told
        assert host_json("reaction")["open"][0]["signs"] == signs

    def test_sign_at_the_end_of_a_reaction_keeps_it_open(
        self, host: Host, host_json: HostJson
    ) -> None:
        host("reaction", "open")
        told = answering("pus\n", "reaction", "over")
        assert "With pus it is not over yet: this is a look at it." in told
        assert len(host_json("reaction")["open"]) == 1
        told = answering("\n", "reaction", "over")
        assert host_json("reaction")["open"] == []

    @pytest.mark.parametrize(
        ("typed", "redness", "pain"),
        [("3 1", 3, 1), ("4/0", 4, 0), ("12\n2", 2, None), ("", None, None)],
    )
    def test_look_asks_for_redness_and_pain_in_one_line(
        self, host: Host, host_json: HostJson, typed: str, redness: int | None, pain: int | None
    ) -> None:
        host("reaction", "open")
        told = answering(f"{typed}\n", "reaction", "look", "paler")
        assert "Redness and pain, 0 to 10 (Enter to skip):" in told
        (look,) = host_json("reaction")["open"][0]["looks"]
        assert (look.get("redness"), look.get("pain")) == (redness, pain)


class TestChoose:
    def test_person_is_found_in_any_case_and_me_always(self) -> None:
        persons = [Person(0, "Ann"), Person(7, "Ben")]
        assert choose_person(persons, None).token == 0
        assert choose_person(persons, "me").token == 0
        assert choose_person(persons, "ben ").token == 7
        with pytest.raises(UsageError, match="Nobody here is called 'bem'") as refused:
            choose_person(persons, "bem")
        assert "Did you mean Ben?" in refused.value.hint
