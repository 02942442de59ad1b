"""A case at MicroPython's prompt, and what `host` does with it: on emulated Picos."""

import json

import pytest
import serial
from tests.emulator.bench import (
    OWN,
    STOCK,
    Files,
    Run,
    flash_with,
    in_folder,
    needs_images,
    powered,
    records,
)
from tests.emulator.protocol_pico import PluggedPico
from tests.host.watch_process import WatchProcess

from rollcore import events
from rollhost.sim.virtual_case import VirtualCase

pytestmark = [needs_images, pytest.mark.usefixtures("confirmed")]

STARTED = "The case had been stopped, and was started again."

LEFT = {
    "prompt": b"\x03",
    "half a line": b"\x03for press in",
    "half a block": b"\x03for press in range(3):\r",
    "raw prompt": b"\x03\x01",
    "raw prompt, half a line": b"\x03\x01print(",
    "raw prompt after a soft reset": b"\x03\x01\x04",
}
"""What another program may have written before it went."""


@pytest.fixture
def case() -> PluggedPico:
    """Return a case that runs the product's image."""
    pico = PluggedPico(OWN)
    pico.boot()
    return pico


@pytest.fixture
def stopped(case: PluggedPico) -> PluggedPico:
    """Return a case into whose port another program has written one byte."""
    leave(case, b"\x03")
    return case


def leave(pico: PluggedPico, typed: bytes) -> None:
    """Let another program write this."""
    pico.type(typed)
    pico.run(2000)


@pytest.mark.parametrize("how", LEFT)
def test_sync_starts_a_stopped_case_again_and_says_so(
    case: PluggedPico, run: Run, how: str
) -> None:
    leave(case, LEFT[how])
    told = run(case, "sync")
    assert told.code == 0, told.err
    assert STARTED in told.out
    case.press()
    assert events.decode(records(case)[-1]).name == "soak_started"


def test_sync_says_in_json_whether_it_started_the_case(stopped: PluggedPico, run: Run) -> None:
    for started in (True, False):
        told = run(stopped, "sync", "--json")
        assert json.loads(told.out)["started_again"] is started, told.err


def test_sync_starts_a_case_whose_firmware_is_in_files(run: Run, new: Files) -> None:
    pico = PluggedPico(STOCK, flash_with(in_folder("firmware-01d01d01", new)))
    pico.boot()
    leave(pico, b"\x03")
    told = run(pico, "sync")
    assert (told.code, STARTED in told.out) == (0, True), told.err


@pytest.mark.parametrize(
    "files", [{}, {"/main.py": b"print('blink')\n"}], ids=["no program", "another program"]
)
def test_sync_leaves_a_board_without_our_firmware_at_its_prompt(run: Run, files: Files) -> None:
    pico = powered(flash_with(files), STOCK)
    pico.run(1000)
    pico.execute("mine = 6 * 7")
    leave(pico, b"\x02")
    told = run(pico, "sync")
    assert told.code == 3
    assert "runs MicroPython, but not Rollcase" in told.err
    assert "host install" in told.err
    assert pico.value("print(mine)") == 42


def test_sync_says_that_firmware_does_not_start(run: Run) -> None:
    pico = powered(flash_with({"/main.py": b"import rollcase_that_is_not_there"}), STOCK)
    pico.run(1000)
    told = run(pico, "sync")
    assert told.code == 3
    assert "was stopped, and does not start again" in told.err


def test_doctor_leaves_a_stopped_case_as_it_is_and_says_what_starts_it(
    stopped: PluggedPico, run: Run
) -> None:
    stopped.execute("mine = 6 * 7")
    leave(stopped, b"\x02")
    told = run(stopped, "doctor")
    assert told.code == 1
    assert "was stopped: it stands at MicroPython's prompt." in told.out
    assert "Start it again: host sync." in told.out
    assert stopped.value("print(mine)") == 42


def test_watch_starts_a_stopped_case_again_and_says_so() -> None:
    with VirtualCase(image=OWN) as case:
        with serial.Serial(case.port, timeout=30, exclusive=True) as other:
            other.write(b"\x03")
            assert other.read_until(b">>> ").endswith(b">>> ")
        with WatchProcess("--port", case.port) as watch:
            assert "It had been stopped, and was started again." in watch.line()
