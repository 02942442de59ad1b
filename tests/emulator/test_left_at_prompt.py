"""A case whose firmware was stopped and that nobody starts again: it comes back by itself."""

from pathlib import Path

import pytest
from tests.emulator.bench import Files, flash_with, in_folder, needs_images, powered
from tests.emulator.conftest import Boot
from tests.emulator.files import with_board
from tests.emulator.pico import Pico

from rollcore import events

pytestmark = needs_images

STAY_S = 15 * 60
UNPLUGGED_S = 60
MOMENT_S = 10
START_MS = 3000
HOP_S = 2

POWER_ON_RESET, WATCHDOG_RESET = 1, 3  # MicroPython's; machine.reset goes through the watchdog

CTRL_C = b"\x03"
FRIENDLY = b"\x02"
SOFT_RESET = b"\x04"

BOOT_PY = in_folder("firmware-0", {})["/boot.py"]


def starts(pico: Pico) -> list[int]:
    """Return the causes of the case's starts, as it has logged them."""
    found = [events.decode(raw) for raw in pico.log()]
    return [event.data["cause"] for event in found if event.name == "boot"]


def is_at_prompt(pico: Pico) -> bool:
    """Return whether Python that is typed is run."""
    pico.type(b"\rprint(6 * 7)\r")
    return pico.run(500, lambda: b"\n42\r\n" in pico.said)


def stay(pico: Pico, s: float) -> None:
    """Let so many seconds pass, in hops that are shorter than a look of the timer."""
    end = pico.now + s * 1000
    while pico.now < end:
        pico.let_pass(min(HOP_S, (end - pico.now) / 1000), HOP_S)


def comes_back(pico: Pico) -> bool:
    """Return whether the case starts and answers within a moment."""
    pico.run(START_MS)
    try:
        return pico.ask("status").verb == "status"
    except TimeoutError:
        return False


@pytest.fixture
def stopped(boot: Boot) -> Pico:
    """Return a case into whose port another program has written one byte."""
    pico = boot()
    pico.type(CTRL_C)
    assert pico.run(1000, lambda: pico.said.endswith(b">>> "))
    return pico


def test_stopped_case_starts_by_itself_after_a_quarter_of_an_hour(stopped: Pico) -> None:
    stay(stopped, STAY_S - MOMENT_S)
    assert is_at_prompt(stopped)
    stay(stopped, MOMENT_S)
    assert comes_back(stopped)
    assert starts(stopped) == [events.POWER_ON, events.SOFT_RESET]


def test_stopped_case_without_usb_power_starts_within_seconds(stopped: Pico) -> None:
    stopped.plug(False)
    stay(stopped, MOMENT_S)
    assert comes_back(stopped)
    stopped.press()
    assert events.decode(stopped.log()[-1]).name == "soak_started"


def test_case_that_runs_is_never_restarted(boot: Boot) -> None:
    pico = boot()
    stay(pico, STAY_S + MOMENT_S)
    pico.plug(False)
    stay(pico, UNPLUGGED_S + MOMENT_S)
    assert starts(pico) == [events.POWER_ON]


def test_soft_reset_into_the_raw_prompt_begins_a_new_stay(stopped: Pico) -> None:
    """As mpremote does it: main.py is not started, and no timer of the stay before lives on."""
    stay(stopped, STAY_S / 2)
    stopped.type(b"\x01\x04")
    stopped.run(START_MS)
    stay(stopped, STAY_S / 2 + MOMENT_S)
    stopped.type(FRIENDLY)
    stopped.run(500)
    assert is_at_prompt(stopped)
    stay(stopped, STAY_S / 2)
    assert comes_back(stopped)


def test_raw_prompt_without_usb_power_is_left_within_a_minute(stopped: Pico) -> None:
    stopped.type(b"\x01\x04")
    stopped.run(START_MS)
    stopped.plug(False)
    stay(stopped, UNPLUGGED_S + MOMENT_S)
    assert comes_back(stopped)


def test_whoever_works_at_the_prompt_can_stop_the_timer(stopped: Pico) -> None:
    stopped.type(b"restart_timer.stop()\r")
    stopped.run(500)
    stay(stopped, STAY_S + MOMENT_S)
    assert is_at_prompt(stopped)


def test_case_whose_button_was_held_at_power_up_starts_by_itself(image: Path) -> None:
    pico = Pico(image)
    pico.touch([(True, 2000), (False, 0)])
    assert is_at_prompt(pico)
    stay(pico, STAY_S)
    assert comes_back(pico)


def test_firmware_that_is_broken_before_it_starts_is_tried_again(image: Path) -> None:
    pico = Pico(image, with_board("raise ValueError"))
    pico.run(START_MS)
    cause = "import machine\nprint(machine.reset_cause())"
    assert pico.value(cause) == POWER_ON_RESET
    stay(pico, STAY_S)
    pico.run(START_MS)
    assert pico.value(cause) == WATCHDOG_RESET


def test_case_on_stock_micropython_starts_by_itself(new: Files) -> None:
    pico = powered(flash_with(in_folder("firmware-01d01d01", new)))
    pico.boot()
    pico.type(CTRL_C)
    assert pico.run(1000, lambda: pico.said.endswith(b">>> "))
    pico.plug(False)
    stay(pico, MOMENT_S)
    assert comes_back(pico)


def test_board_with_another_main_py_is_left_alone() -> None:
    pico = powered(flash_with({"/boot.py": BOOT_PY, "/main.py": b"print('blink')\n"}))
    stay(pico, STAY_S + MOMENT_S)
    assert pico.value("print('restart_timer' in globals())") is False


def test_board_without_main_py_is_left_alone() -> None:
    pico = powered(flash_with({"/boot.py": BOOT_PY}))
    assert pico.value("print('restart_timer' in globals())") is False
