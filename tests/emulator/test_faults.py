"""Firmware that fails on the Pico: the image, with one thing broken by a board.py on its flash."""

from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.emulator.conftest import Boot
from tests.emulator.files import with_board
from tests.emulator.lights import answered
from tests.emulator.pico import Pico

from rollcase import lamp
from rollcore import VERSION, events, policy
from rollcore.events import Event
from rollcore.state import SAFE_AFTER

NOW = 205_000_000

PRESS_FAILS = "from rollcore import state\nstate.action = None"
"""Lines of a board.py that make every press fail."""

PRESS_HANGS = "import time\nfrom rollcase import app\ndef hang(app, gesture): time.sleep(99)\n"
PRESS_HANGS += "app.App._respond = hang"

AT_FIRST = "import machine\nif machine.reset_cause() == machine.PWRON_RESET:\n"
"""Lines that make the fault end with a restart."""

WATCHDOG_MS = 8000
SOS_MS = sum(ms for _, ms in lamp.PATTERNS[lamp.FAULT][0])
START_MS = 500

A_WHILE_MS = 60_000

TOO_OFTEN = "the firmware has failed 3 times in a row"


def at_first(broken: str) -> str:
    """Return lines that break something until the first restart."""
    return AT_FIRST + "".join(f"    {line}\n" for line in broken.splitlines())


def records(pico: Pico) -> list[Event]:
    """Return the records that the case holds."""
    return [events.decode(raw) for raw in pico.log()]


def press_and_restart(pico: Pico, within_ms: float) -> float:
    """Press; return how long it then takes until the case has started anew."""
    pico.trace.clear()
    pico.press()
    pressed = pico.now
    assert pico.run(within_ms, lambda: any(line.startswith("boot ") for _, line in pico.trace))
    took = pico.now - pressed
    pico.run(START_MS)
    return took


@pytest.fixture
def failed(boot: Boot) -> Pico:
    """Return a case whose firmware failed once, at a press, and works since."""
    pico = boot(with_board(at_first(PRESS_FAILS)))
    press_and_restart(pico, SOS_MS + START_MS)
    return pico


@pytest.fixture(scope="module")
def safe(boot: Boot) -> Pico:
    """Return a case in safe mode: its firmware failed too often.

    It is one for all tests: whatever they do to it, it stays in safe mode and logs nothing.
    """
    pico = boot(with_board(PRESS_FAILS))
    for _ in range(SAFE_AFTER):
        press_and_restart(pico, SOS_MS + START_MS)
    return pico


@pytest.fixture
def skipped(image: Path) -> Pico:
    """Return a Pico whose button was down at power-up."""
    pico = Pico(image)
    pico.touch([(True, 2000), (False, 0)])
    return pico


@pytest.mark.parametrize("vbus", [True, False], ids=["on USB", "on a battery"])
def test_case_that_hangs_is_started_by_the_watchdog(boot: Boot, vbus: bool) -> None:
    pico = boot(with_board(PRESS_HANGS), vbus)
    assert press_and_restart(pico, WATCHDOG_MS + START_MS) > WATCHDOG_MS - START_MS
    found = records(pico)
    assert [event.name for event in found] == ["boot", "boot"]
    assert found[-1].data["cause"] == events.WATCHDOG


def test_case_that_hung_works_again(boot: Boot) -> None:
    pico = boot(with_board(at_first(PRESS_HANGS)))
    press_and_restart(pico, WATCHDOG_MS + START_MS)
    pico.press()
    assert records(pico)[-1].name == "soak_started"


def test_failure_is_logged_with_its_place(failed: Pico) -> None:
    source = (ROOT / "firmware" / "rollcase" / "app.py").read_text("utf-8").splitlines()
    (line,) = [number for number, text in enumerate(source, 1) if "state.action(" in text]
    (fault,) = [event for event in records(failed) if event.name == "fault"]
    assert dict(events.FILES)[fault.data["file"]] == "rollcase/app.py"
    assert dict(events.ERRORS)[fault.data["error"]] == "TypeError"
    assert fault.data["line"] == line, "is the image older than the source? make firmware"


def test_failure_is_shown_before_the_restart(boot: Boot) -> None:
    pico = boot(with_board(PRESS_FAILS))
    pico.press()
    pico.lamp.clear()
    pico.run(SOS_MS)
    assert sum(lit for _, lit in pico.lamp) >= 8  # the first of nine may have been there before


def test_failed_case_starts_anew_by_itself(failed: Pico) -> None:
    found = records(failed)
    assert [event.name for event in found] == ["boot", "fault", "boot"]
    assert found[-1].data["cause"] == events.SOFT_RESET


def test_case_that_failed_once_works_again(failed: Pico) -> None:
    failed.press()
    assert records(failed)[-1].name == "soak_started"
    assert failed.ask("status").word("fault") == ""


def test_repeated_failures_end_in_safe_mode(safe: Pico) -> None:
    named = [event.name for event in records(safe)]
    assert named == [*["boot", "fault"] * SAFE_AFTER, "boot"]
    assert TOO_OFTEN in safe.ask("status").word("fault")


def test_safe_mode_shows_sos_and_nothing_else(safe: Pico) -> None:
    start = safe.now
    safe.run(4 * SOS_MS)
    stays = lamp.pattern_of(lamp.FAULT, 0, clock_set=False)
    assert answered(safe, start, (), stays) < 2 * SOS_MS


@pytest.mark.parametrize("ms", [150, 2300, 10300], ids=["press", "long press", "very long press"])
def test_safe_mode_ignores_the_button(safe: Pico, ms: float) -> None:
    before = safe.log()
    safe.trace.clear()
    safe.touch([(True, ms), (False, SOS_MS)])
    assert (safe.log(), safe.trace) == (before, [])


def test_safe_mode_answers_what_a_sync_asks(safe: Pico) -> None:
    greeting = safe.ask("hello", oldest=2, newest=2, program="test")
    assert greeting.word("firmware") == VERSION
    status = safe.ask("status")
    assert len(safe.log()) == status.integer("next") - 1
    acked = safe.ask("ack", log=status.word("log"), seq=status.integer("next") - 1)
    assert acked.integer("seq") == status.integer("next") - 1
    assert safe.ask("policy").word("policy") == policy.for_needle(500).text


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("time", {"time": NOW, "sure": 1, "force": 0}),
        ("rule", {"policy": policy.for_needle(250).text}),
        ("hold", {"token": 7, "reason": events.ACNE, "until": 0}),
        ("head", {"token": 7}),
    ],
)
def test_safe_mode_refuses_whatever_would_be_logged(
    safe: Pico, verb: str, fields: dict[str, object]
) -> None:
    before = safe.log()
    answer = safe.ask(verb, **fields)
    assert answer.verb == "error"
    assert TOO_OFTEN in answer.word("words")
    assert safe.log() == before


def test_safe_mode_stays_and_logs_nothing(safe: Pico) -> None:
    before = safe.log()
    safe.run(A_WHILE_MS)
    safe.let_pass(3600)
    assert safe.log() == before
    assert safe.ask("status").word("fault") != ""


def test_power_cut_ends_safe_mode(safe: Pico, boot: Boot) -> None:
    again = boot(safe.flash)
    assert again.ask("status").word("fault") == ""
    assert again.trace[-1][1] == "lamp prepare 0"


def test_button_held_at_power_up_starts_no_case(skipped: Pico) -> None:
    assert sum(lit for _, lit in skipped.lamp) == len(lamp.SKIPPED) // 2
    assert skipped.trace == []
    assert "42" in skipped.execute("print(6 * 7)")


def test_button_held_at_power_up_leaves_the_prompt(skipped: Pico) -> None:
    skipped.execute("mine = 6 * 7")
    skipped.run(A_WHILE_MS)
    assert "42" in skipped.execute("print(mine)")


def test_prompt_after_ctrl_c_stays(boot: Boot) -> None:
    pico = boot()
    pico.execute("mine = 6 * 7")
    pico.run(A_WHILE_MS)
    assert "42" in pico.execute("print(mine)")


def test_soft_reset_starts_a_case_that_is_watched_again(boot: Boot) -> None:
    pico = boot(with_board(PRESS_HANGS))
    pico.execute("mine = 6 * 7")
    pico.run(A_WHILE_MS)
    pico.type(b"\x02\x04")
    pico.boot()
    pico.run(START_MS)
    press_and_restart(pico, WATCHDOG_MS + START_MS)
    causes = [event.data["cause"] for event in records(pico)]
    assert causes == [events.POWER_ON, events.POWER_ON, events.WATCHDOG]
