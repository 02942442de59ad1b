"""Each board.py against the pins that its board really has (boards/pins.py)."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from boards import declared, pins
from boards.declared import FOLDER, Board, constants, read

NAMES = declared.names()


def is_word(value: object) -> bool:
    """Say whether this can be a board's name on the line, and a folder's."""
    return isinstance(value, str) and value.replace("_", "").isalnum() and value.isascii()


def is_gpio(value: object) -> bool:
    return type(value) is int and 0 <= value <= 29


def is_gpio_or_name(value: object) -> bool:
    return is_gpio(value) or is_word(value)


def is_flag(value: object) -> bool:
    return type(value) is bool


def is_tuple(length: int) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, tuple) and len(value) == length and all(is_gpio(item) for item in value)
    )


def is_folder(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/") and not value.endswith("/")


def or_none(kind: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or kind(value)


KINDS: dict[str, Callable[[object], bool]] = {
    "NAME": is_word,
    "BUTTON": is_gpio,
    "BUTTON_ACTIVE_LOW": is_flag,
    "LED": is_gpio_or_name,
    "RGB": or_none(is_tuple(3)),
    "RGB_COMMON_ANODE": is_flag,
    "VBUS": or_none(is_gpio_or_name),
    "TRACE": or_none(is_tuple(2)),
    "DIRECTORY": is_folder,
}


def mistakes(board: Board) -> list[str]:
    """Return what is wrong with the pins of a board."""
    model = pins.BOARDS[board.NAME]
    found = []
    wired: list[tuple[str, pins.Pin]] = [("BUTTON", board.BUTTON)]
    wired += [("RGB", pin) for pin in board.RGB or ()]
    if board.TRACE is not None:
        uart, tx = board.TRACE
        wired.append(("TRACE", tx))
        if uart not in (0, 1) or not pins.sends(uart, tx, model.chip):
            found.append(f"TRACE: {tx} is no TX of UART {uart}")
    # These two may also be on the board itself.
    for name, pin, use in (("LED", board.LED, pins.LED), ("VBUS", board.VBUS, pins.VBUS)):
        if pin is not None and model.internal.get(pin) != use:
            wired.append((name, pin))
    for name, pin in wired:
        if pin in model.internal:
            found.append(f"{name}: {pin} is taken: {model.internal[pin]}")
        elif not pins.on_header(pin):
            found.append(f"{name}: there is no {pin} on a {model.title}")
    for pin, count in Counter(pin for _, pin in wired).items():
        if count > 1:
            found.append(f"{pin} is used {count} times")
    channels = Counter(pins.pwm_channel(pin) for pin in board.RGB or ())
    if len(channels) < len(board.RGB or ()):
        found.append("RGB: two pins share a PWM channel")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_board_declares_everything_and_nothing_else(name: str) -> None:
    found = constants((FOLDER / name / "board.py").read_text("utf-8"))
    assert found["NAME"] == name
    assert list(found) == list(KINDS), "a constant is missing, unknown or out of order"
    assert {key for key, value in found.items() if not KINDS[key](value)} == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_board_uses_pins_that_it_has_each_for_one_thing(name: str) -> None:
    assert mistakes(read(name)) == []


def test_every_board_has_a_model() -> None:
    assert sorted(pins.BOARDS) == NAMES


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("pico", {"BUTTON": 23}, "BUTTON: 23 is taken: mode of the regulator"),
        ("pico", {"BUTTON": 24}, "BUTTON: 24 is taken: VBUS"),
        ("pico", {"BUTTON": 25}, "BUTTON: 25 is taken: LED"),
        ("pico", {"BUTTON": 0}, "0 is used 2 times"),
        ("pico", {"VBUS": 25}, "VBUS: 25 is taken: LED"),
        ("pico", {"LED": "WL_GPIO0"}, "LED: there is no WL_GPIO0 on a Raspberry Pi Pico"),
        ("pico", {"TRACE": (1, 0)}, "TRACE: 0 is no TX of UART 1"),
        ("pico", {"TRACE": (0, 2)}, "TRACE: 2 is no TX of UART 0"),
        ("pico_rgb", {"RGB": (18, 17, 29)}, "RGB: 29 is taken: voltage of the supply"),
        ("pico_rgb", {"RGB": (18, 17, 17)}, "17 is used 2 times"),
        ("pico_rgb", {"RGB": (18, 2, 17)}, "RGB: two pins share a PWM channel"),
        ("pico_w", {"LED": 25}, "LED: 25 is taken: wire to the wireless chip"),
        ("pico_w", {"VBUS": 24}, "VBUS: 24 is taken: wire to the wireless chip"),
        ("pico2_w", {"VBUS": "LED"}, "VBUS: LED is taken: LED"),
        ("pico2_w", {"BUTTON": 30}, "BUTTON: there is no 30 on a Raspberry Pi Pico 2 W"),
    ],
)
def test_a_wrong_board_is_noticed(name: str, wrong: dict[str, Any], words: str) -> None:
    assert words in mistakes(read(name)._replace(**wrong))


@pytest.mark.parametrize(
    "right",
    [
        {"LED": 15},  # of one's own, instead of the board's
        {"TRACE": None},
        {"TRACE": (1, 4)},
        {"VBUS": None},
        {"RGB": (2, 3, 4), "LED": 25},
    ],
)
def test_a_board_of_ones_own_is_taken(right: dict[str, Any]) -> None:
    assert mistakes(read("pico")._replace(**right)) == []


def test_the_header_is_numbered_as_on_the_board() -> None:
    for name, number in {"GP0": 1, "GP14": 19, "GP16": 21, "GP18": 24, "VSYS": 39}.items():
        assert pins.number_of(name) == number
    assert pins.number_of("3V3(OUT)") == 36
    assert [n for n, name in enumerate(pins.HEADER, 1) if name.endswith("GND")] == [
        *(3, 8, 13, 18),
        *(23, 28, 33, 38),
    ]
    gpios = [f"GP{n}" for n in range(29) if n not in (23, 24, 25)]
    assert sorted(name for name in pins.HEADER if name.startswith("GP")) == sorted(gpios)


def test_a_chip_of_the_second_kind_sends_on_more_pins() -> None:
    def of(uart: int, chip: str) -> list[int]:
        return [gpio for gpio in range(29) if pins.sends(uart, gpio, chip)]

    assert of(0, "RP2040") == [0, 12, 16, 28]
    assert of(1, "RP2040") == [4, 8, 20, 24]
    assert of(0, "RP2350") == [0, 2, 12, 14, 16, 18, 28]
    assert of(1, "RP2350") == [4, 6, 8, 10, 20, 22, 24, 26]
