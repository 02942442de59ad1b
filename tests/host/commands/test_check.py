"""``host check``: the reasons against rolling, what each answer holds, and when a sync names it."""

import sys
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.cli.test_terminal import in_a_terminal
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import later, said, written

from rollcore import events, state
from rollhost.guidance.reasons import ASK_DOCTOR, ASKED, CARE, NOT_AT_HOME, REASONS, Reason
from rollhost.output.checks import TITLE

pytestmark = [pytest.mark.in_process, pytest.mark.usefixtures("now")]

NAMED = "check, the reasons against rolling."


class TestAnswer:
    @pytest.mark.parametrize("reason", ASKED.values(), ids=list(ASKED))
    def test_each_reason_says_what_it_means_and_holds_unless_it_is_care(
        self, host_json: HostJson, reason: Reason
    ) -> None:
        answer = host_json("check", "--reason", reason.name)
        (about,) = answer["reasons"]
        assert (about["kind"], about["means"]) == (reason.kind, reason.means)
        assert about["source"]
        assert bool(answer["holds"]) == (reason.kind != CARE)
        (shown,) = host_json("hold")["holds"] or [None]
        assert (shown is None) == (reason.kind == CARE)
        if shown is not None:
            assert shown["until"] is None
            assert shown["needs_doctor"] or reason.kind == NOT_AT_HOME
            assert shown["needs_doctor"] or reason.heals

    def test_answer_is_kept_with_the_owners_words(self, host: Host, host_json: HostJson) -> None:
        lines = said(
            host, "check", "--reason", "roaccutane", "--reason", "under-18", "stopped in May"
        )
        assert lines[0] == (
            "Written down: the reasons against rolling, today 20:00: isotretinoin, under 18:"
            " roaccutane; stopped in May."
        )
        assert lines[1].startswith("Isotretinoin: ask a doctor first (on hold until a doctor says")
        assert lines[2] == "Under 18: care (no hold). Not without a doctor."
        assert "Once a doctor said yes: hold release --doctor." in lines
        last = host_json("check")["last"]
        assert last["reasons"] == ["isotretinoin", "under-18"]
        assert last["text"] == "roaccutane; stopped in May"
        assert "on hold (isotretinoin): roaccutane; stopped in May" in "\n".join(said(host, "log"))

    def test_none_of_them_holds_nothing(self, host: Host, host_json: HostJson) -> None:
        assert host_json("check", "--none")["holds"] == []
        assert host_json("hold")["holds"] == []
        assert host_json("check")["last"]["reasons"] == []

    def test_hold_that_stands_is_not_said_again(self, host_json: HostJson) -> None:
        host_json("check", "--reason", "keloid")
        assert host_json("check", "--reason", "keloid")["holds"] == []
        host_json("hold", "cold-sore", "--until", "3d")
        (again,) = host_json("check", "--reason", "cold sore")["holds"]
        assert again["until"] is None

    def test_answer_of_one_person_holds_nobody_else(self, host: Host, host_json: HostJson) -> None:
        said(host, "person", "add", "Ann")
        host_json("check", "--reason", "pregnant", "--person", "Ann")
        assert host_json("hold")["holds"] == []
        assert host_json("check")["last"] is None
        (hold,) = host_json("hold", "--person", "Ann")["holds"]
        assert hold["reason"] == "pregnancy or nursing"

    def test_answer_is_undone_and_its_hold_by_itself(self, host: Host, host_json: HostJson) -> None:
        host_json("check", "--reason", "keloid")
        said(host, "undo", "--yes")
        assert host_json("check")["last"] is None
        assert len(host_json("hold")["holds"]) == 1
        said(host, "undo", "--yes")
        assert host_json("hold")["holds"] == []

    def test_answers_reach_the_case(
        self, host: Host, host_json: HostJson, synced: ScriptedCase
    ) -> None:
        host_json("check", "--reason", "cold-sore", "--reason", "immune")
        host_json("sync", "--port", synced.port)
        assert synced.app.standing.phase == state.HELD
        assert synced.app.journal.state.hold_until == 0

    def test_exports_carry_the_answer(self, host: Host, home: Path) -> None:
        said(host, "check", "--reason", "diabetic")
        first, again, other = (str(home / name) for name in ("first", "again", "other.db"))
        said(host, "export", "json", first)
        host("import", first, "--db", other)
        said(host, "export", "json", again, "--db", other)
        assert '"diabetes"' in Path(first).read_text()
        assert Path(again).read_text() == Path(first).read_text()
        assert any("the reasons against rolling: diabetes" in line for line in said(host, "log"))


@pytest.mark.slow
def test_person_at_a_terminal_answers_one_list_with_numbers(
    host_json: HostJson, home: Path
) -> None:
    number = list(ASKED).index("isotretinoin") + 1
    lines = in_a_terminal(80, [sys.executable, "-m", "rollhost", "check"], typed=f"{number}\n")
    assert sum("isotretinoin (Roaccutane)" in line for line in lines) == 1
    assert host_json("check")["last"]["reasons"] == ["isotretinoin"]
    lines = in_a_terminal(80, [sys.executable, "-m", "rollhost", "check"], typed="\n")
    place = lines.index(TITLE)
    assert lines[place - 1] == (
        "Answered last: the reasons against rolling, today 20:00: isotretinoin."
    )


class TestNobodyToAsk:
    def test_questions_and_the_last_answer_are_shown_and_nothing_is_written(
        self, host: Host, home: Path
    ) -> None:
        result = host("check")
        assert result.returncode == 0
        lines = result.stdout.splitlines()
        assert lines[0] == "The reasons against rolling were not asked for yet."
        names = [line.split()[0] for line in lines if line]
        assert [name for name in names if name in ASKED] == list(ASKED)
        assert result.stderr.strip() == "To answer: check --reason REASON, or check --none."
        assert written(home) == {}

    def test_questions_are_one_json_document(self, host_json: HostJson) -> None:
        document = host_json("check")
        assert (document["entry"], document["last"]) == (None, None)
        kinds = [question["kind"] for question in document["questions"]]
        assert set(kinds) == {NOT_AT_HOME, ASK_DOCTOR, CARE}
        assert [question["reason"] for question in document["questions"]] == list(ASKED)

    @pytest.mark.parametrize(
        ("words", "step"),
        [
            ("--reason isotretinon", "Did you mean isotretinoin?"),
            ("--reason qq", "There are acne,"),
            ("--none --reason acne", "See check --help."),
            ("my words", "Say --reason or --none."),
        ],
    )
    def test_wrong_answer_is_refused_and_nothing_is_written(
        self, host: Host, home: Path, words: str, step: str
    ) -> None:
        assert complaint(host("check", *words.split()), 2)[1].startswith(step)
        assert written(home) == {}


class TestNamedBySync:
    def sync(self, host: Host, case: ScriptedCase) -> bool:
        """Sync; return whether `host check` is named."""
        result = host("sync", "--port", case.port)
        assert result.returncode == 0, result.stderr
        return NAMED in result.stderr

    def test_first_sync_names_it_once_and_then_a_year_later(
        self, host: Host, case: ScriptedCase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.sync(host, case)
        assert not self.sync(host, case)
        later(monkeypatch, 364)
        assert not self.sync(host, case)
        later(monkeypatch, 366)
        assert self.sync(host, case)
        later(monkeypatch, 367)
        assert not self.sync(host, case)

    def test_answered_check_is_not_named_until_a_year_after_the_answer(
        self, host: Host, case: ScriptedCase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said(host, "check", "--none")
        assert not self.sync(host, case)
        later(monkeypatch, 300)
        said(host, "check", "--none")
        later(monkeypatch, 400)
        assert not self.sync(host, case)
        later(monkeypatch, 300 + 366)
        assert self.sync(host, case)

    def test_sync_says_so_in_its_document(self, host_json: HostJson, case: ScriptedCase) -> None:
        assert host_json("sync", "--port", case.port)["names_check"] is True
        assert host_json("sync", "--port", case.port)["names_check"] is False


class TestReasons:
    def test_each_reason_has_a_source_a_kind_and_a_number_of_its_own(self) -> None:
        numbers = [reason.hold for reason in REASONS.values() if reason.kind != CARE]
        assert len(numbers) == len(set(numbers))
        assert events.NO_HOLD not in numbers
        for reason in REASONS.values():
            assert reason.source
            assert reason.line
            assert reason.kind in (NOT_AT_HOME, ASK_DOCTOR, CARE)
            assert reason.means.endswith(".")
            assert (reason.hold == events.NO_HOLD) == (reason.kind == CARE)
            assert not (reason.heals and reason.kind == ASK_DOCTOR)

    def test_keloids_alone_are_not_at_home_and_need_a_doctors_yes(self) -> None:
        needing = {name for name, reason in REASONS.items() if reason.needs_doctor}
        doctors = {name for name, reason in REASONS.items() if reason.kind == ASK_DOCTOR}
        assert needing == doctors | {"keloid"}


class TestBesides:
    def test_hold_that_stands_from_before_is_named(self, host: Host) -> None:
        said(host, "hold", "isotretinoin")
        assert said(host, "check", "--reason", "under-18")[-1] == (
            "Still on hold as before (isotretinoin): see hold."
        )

    def test_reason_that_is_not_asked_for_is_a_hold(self, host: Host, home: Path) -> None:
        sentence, step = complaint(host("check", "--reason", "sunburn"), 2)
        assert sentence == "The check does not ask for 'sunburn'."
        assert step == "Say hold sunburn."
        assert written(home) == {}
