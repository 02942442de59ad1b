"""Which board.py an install takes for a machine, and what it says of one that does not fit."""

import subprocess
from pathlib import Path

import pytest

from rollhost.board import bundled_files, install
from rollhost.board.install import Board, Found

ROOT = Path(__file__).resolve().parents[3]


def own_board(**declared: object) -> Board:
    """Return a board.py of a person's own: the pico's, with other constants."""
    source = (bundled_files.board("pico") / "board.py").read_text("utf-8")
    lines = [f"{name} = {value!r}\n" for name, value in {"NAME": "mine", **declared}.items()]
    return Board("mine", (source + "".join(lines)).encode())


def found(machine: str, *version: int) -> Found:
    return Found(machine, version, 6, "e661a4d1", [], "")


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("Raspberry Pi Pico with RP2040", "pico"),
        ("Raspberry Pi Pico W with RP2040", "pico_w"),
        ("Raspberry Pi Pico2 with RP2350", "pico2"),  # MicroPython 1.24 to 1.26
        ("Raspberry Pi Pico 2 with RP2350", "pico2"),
        ("Raspberry Pi Pico 2 W with RP2350", "pico2_w"),
        ("Raspberry Pi Pico2 with RP2040", ""),
    ],
)
def test_board_is_found_by_what_micropython_calls_the_machine(machine: str, name: str) -> None:
    assert install.board_named_after(machine) == name
    if name:
        install.check_fits(install.named_board(name), machine)


def test_button_to_3v3_is_refused_on_an_rp2350_alone() -> None:
    pulled_down, pulled_up = own_board(BUTTON_ACTIVE_LOW=False), own_board()
    for chip in ("RP2350", "RP2350-RISCV"):
        machine = f"Raspberry Pi Pico2 with {chip}"
        install.check_fits(pulled_up, machine)
        with pytest.raises(install.NotThisBoard, match="The board mine pulls its button down"):
            install.check_fits(pulled_down, machine)
    install.check_fits(pulled_down, "Raspberry Pi Pico with RP2040")


@pytest.mark.parametrize(
    ("battery", "machine", "version", "is_said"),
    [
        ((28, 2), "Raspberry Pi Pico W with RP2040", (1, 25, 0), True),
        ((28, 2), "Raspberry Pi Pico 2 W with RP2350", (1, 25, 0), True),
        ((28, 2), "Raspberry Pi Pico W with RP2040", (1, 26, 0), False),
        ((28, 2), "Raspberry Pi Pico with RP2040", (1, 25, 0), False),
        (None, "Raspberry Pi Pico W with RP2040", (1, 25, 0), False),
    ],
)
def test_battery_on_a_w_board_with_an_older_micropython_is_warned_of(
    battery: object, machine: str, version: tuple[int, ...], is_said: bool
) -> None:
    said = install.advice(own_board(BATTERY=battery), found(machine, *version))
    assert ("needs MicroPython 1.26 or newer: 1.25.0 wakes it" in said) is is_said
    assert bool(said) is is_said


def test_modules_that_were_removed_from_the_firmware_are_listed_as_former() -> None:
    git = ["git", "-C", str(ROOT), "log", "--format=", "--name-only", "--no-renames"]
    history = subprocess.run(
        [*git, "--diff-filter=D", "--", "firmware"], capture_output=True, text=True, check=False
    )
    deleted = [Path(line) for line in history.stdout.split() if line.endswith(".py")]
    if not deleted:
        pytest.skip("there is no history here")
    gone = {str(path.with_suffix("").relative_to("firmware")) for path in deleted}
    now = {path.removesuffix(".py") for path in install._source_names()}
    assert gone - now == set(install.FORMER)
    assert not now & set(install.FORMER)
