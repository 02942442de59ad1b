"""How often a person is asked about this computer's clock, and what is kept of the answer."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.cli.test_terminal import on_a_terminal
from tests.host.scripted_case import ScriptedCase
from tests.host.test_system_clock import sample

from rollcore import events
from rollhost import system_clock
from rollhost.cli import sure_clock
from rollhost.cli.sure_clock import NAME, how_sure, remembered
from rollhost.history.sure_clocks import Confirmation, Meeting

MONTH = 30 * 86400
NOW = 1_795_817_400

QUESTION = "Is it "


@pytest.fixture
def unconfirmed(home: Path, case: ScriptedCase) -> Path:
    """A computer whose clock nobody has confirmed, and the case that it is to set."""
    (home / NAME).unlink()
    return home


@pytest.fixture
def questions(unconfirmed: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that somebody at a terminal was asked, each of which they said yes to."""
    asked: list[str] = []

    def agrees(question: str) -> bool:
        asked.append(question)
        return True

    monkeypatch.setattr(sure_clock, "can_ask", lambda: True)
    monkeypatch.setattr(sure_clock, "agrees", agrees)
    return asked


Recorded = Callable[[pytest.MonkeyPatch, int], None]
"""Lets the system answer at Unix time (s) what such a system has answered."""


def kernel(*answer: int) -> Recorded:
    """Let the kernel answer this: returned, status, greatest error (microseconds)."""

    def record(patch: pytest.MonkeyPatch, now: int) -> None:
        patch.setattr(system_clock, "_kernel_clock", lambda function: answer)
        patch.setattr(system_clock, "_stamp", lambda: None)

    return record


def registry(kind: str, age_s: int | None) -> Recorded:
    """Let the registry have a sample that was taken so long (s) ago, None for none."""

    def record(patch: pytest.MonkeyPatch, now: int) -> None:
        said = {"Type": kind, "LastGoodSampleInfo": age_s and sample(now - age_s)}
        patch.setattr(system_clock, "_registry", lambda key, name: said[name])

    return record


@pytest.mark.parametrize(
    ("platform", "recorded", "most", "sure"),
    [
        pytest.param(
            "linux", kernel(0, 0x2001, 224_455), 0, events.SYNCHRONISED, id="Linux, timesyncd"
        ),
        pytest.param("linux", kernel(5, 0x41, 900_000), 0, events.SYNCHRONISED, id="Linux, chrony"),
        pytest.param("linux", kernel(5, 0x40, 16_000_000), 1, events.CONFIRMED, id="Linux, none"),
        pytest.param(
            "darwin", kernel(0, 0x2001, 500_000), 0, events.SYNCHRONISED, id="macOS, synchronised"
        ),
        pytest.param("darwin", kernel(5, 0x40, 500_000), 1, events.CONFIRMED, id="macOS, silent"),
        pytest.param(
            "win32", registry("NTP", 6 * 86400), 0, events.SYNCHRONISED, id="Windows, at home"
        ),
        pytest.param("win32", registry("NT5DS", 900), 0, events.SYNCHRONISED, id="Windows, domain"),
        pytest.param("win32", registry("NoSync", 60), 1, events.CONFIRMED, id="Windows, by hand"),
        pytest.param("win32", registry("NTP", None), 1, events.CONFIRMED, id="Windows, older"),
    ],
)
def test_hundred_ordinary_months_ask_at_most_once_and_in_the_first(
    home: Path,
    questions: list[str],
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    recorded: Recorded,
    most: int,
    sure: int,
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    met_at = None
    for month in range(100):
        now = NOW + month * MONTH
        recorded(monkeypatch, now)
        # The case lost its power for a day, and a note was written down since.
        written = met_at and met_at + 86400
        one = Meeting(now, now - 86400, "pico", written, met_at)
        assert how_sure(home / "rollcase.db")(one) == sure
        assert len(questions) == most, f"month {month}"
        met_at = now


def test_computer_that_agrees_with_a_sure_setting_is_not_asked_about(
    unconfirmed: Path, host_json: HostJson, case: ScriptedCase
) -> None:
    if system_clock.is_synchronised(time.time()):
        pytest.skip("this computer's system vouches for its clock")
    said = host_json("sync", "--port", case.port, "--clock-is-right")
    assert said["clock"]["sure"] == "confirmed"
    (unconfirmed / NAME).unlink()
    assert host_json("sync", "--port", case.port)["clock"]["sure"] == "agrees"


class TestAsked:
    """At a terminal, by a computer whose system says nothing."""

    @pytest.fixture(autouse=True)
    def silent(self, unconfirmed: Path) -> None:
        """Leave out a computer whose system answers the question."""
        if system_clock.is_synchronised(time.time()):
            pytest.skip("this computer's system vouches for its clock")

    def test_yes_sets_the_clock_and_is_not_asked_again(self, case: ScriptedCase) -> None:
        told = "\n".join(on_a_terminal(100, "sync", "--port", case.port, typed="y\n"))
        assert told.count(QUESTION) == 1
        assert "The case's clock is set now." in told
        told = "\n".join(on_a_terminal(100, "sync", "--port", case.port))
        assert QUESTION not in told

    @pytest.mark.parametrize("typed", ["n\n", "\n"])
    def test_no_leaves_the_clock_alone(self, case: ScriptedCase, typed: str) -> None:
        told = "\n".join(on_a_terminal(200, "sync", "--port", case.port, typed=typed))
        assert "which was never set, was left alone." in told
        assert not case.app.journal.state.clock_set
        assert not Path(case.directory.parent / NAME).exists()

    def test_without_a_terminal_the_case_only_hears_the_time(
        self, host: Host, host_json: HostJson, case: ScriptedCase
    ) -> None:
        result = host("sync", "--port", case.port)
        assert result.returncode == 0
        assert "Nobody has said that this computer's clock is right" in result.stderr
        assert "sync --clock-is-right" in result.stderr
        assert not case.app.journal.state.clock_set
        clock = host_json("sync", "--port", case.port)["clock"]
        assert (clock["sure"], clock["heard"]) == (None, True)
        assert "clock of case" in host("doctor", "--port", case.port).stdout
        assert "nobody else has" in host("doctor").stdout

    def test_option_says_it_once_for_all(self, host_json: HostJson, case: ScriptedCase) -> None:
        assert host_json("sync", "--port", case.port, "--clock-is-right")["clock"]["first_setting"]
        assert case.app.journal.state.clock_set
        assert host_json("sync", "--port", case.port)["clock"]["heard"] is False

    def test_watch_asks_nobody(self, unconfirmed: Path, questions: list[str]) -> None:
        one = Meeting(NOW, NOW, "pico")
        assert how_sure(unconfirmed / "rollcase.db", may_ask=False)(one) == events.NOT_SURE
        assert questions == []


class TestRemembered:
    def test_given_time_is_not_remembered(self, unconfirmed: Path, case: ScriptedCase) -> None:
        one = Meeting(NOW, NOW, "virtual")
        assert how_sure(unconfirmed / "rollcase.db", is_right=True)(one) == events.CONFIRMED
        assert how_sure(unconfirmed / "rollcase.db")(one) == events.GIVEN
        assert remembered(unconfirmed / "rollcase.db") is None

    def test_answer_is_about_the_computer_it_was_given_on(self, home: Path) -> None:
        sure_clock.remember(home / "rollcase.db", Confirmation(NOW, 5, "x 7"))
        assert remembered(home / "rollcase.db") == Confirmation(NOW, 5, "x 7")
        said = json.loads((home / NAME).read_text())
        (home / NAME).write_text(json.dumps(said | {"computer": "another"}))
        assert remembered(home / "rollcase.db") is None

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"computer": 1}', "\xff", '{"at": "x"}'])
    def test_file_that_makes_no_sense_says_nothing(self, home: Path, text: str) -> None:
        (home / NAME).write_text(text, encoding="latin-1")
        assert remembered(home / "rollcase.db") is None
