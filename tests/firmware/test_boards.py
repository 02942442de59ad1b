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


def is_divider(value: object) -> bool:
    """Say whether this can be an ADC's pin and by how much its voltage is divided."""
    return is_tuple(2)(value) and isinstance(value, tuple) and value[1] >= 1


def is_supply(value: object) -> bool:
    """Say whether this is a voltage in mV that VSYS takes."""
    return type(value) is int and 1800 <= value <= 5500


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
    "PIXEL": or_none(is_gpio),
    "VBUS": or_none(is_gpio_or_name),
    "BATTERY": or_none(is_divider),
    "BATTERY_LOW_MV": is_supply,
    "RTC": or_none(is_tuple(3)),
    "LID": or_none(is_gpio),
    "LID_OPEN_HIGH": is_flag,
    "LATCH": or_none(is_gpio),
    "BUZZER": or_none(is_gpio),
    "TRACE": or_none(is_tuple(2)),
    "DIRECTORY": is_folder,
}


def mistakes(board: Board) -> list[str]:
    """Return what is wrong with the pins of a board."""
    model = pins.BOARDS[board.NAME]
    found = []
    wired: list[tuple[str, pins.Pin]] = [("BUTTON", board.BUTTON)]
    wired += [("RGB", pin) for pin in board.RGB or ()]
    if model.chip == "RP2350" and not board.BUTTON_ACTIVE_LOW:
        found.append("BUTTON_ACTIVE_LOW: an RP2350 needs a button to ground (RP2350-E9)")
    if board.TRACE is not None:
        uart, tx = board.TRACE
        wired.append(("TRACE", tx))
        if uart not in (0, 1) or not pins.sends(uart, tx, model.chip):
            found.append(f"TRACE: {tx} is no TX of UART {uart}")
    if board.RTC is not None:
        bus, sda, scl = board.RTC
        wired += [("RTC", sda), ("RTC", scl)]
        if not pins.is_i2c(bus, sda, scl):
            found.append(f"RTC: {sda} and {scl} are not SDA and SCL of I2C {bus}")
    battery = None if board.BATTERY is None else board.BATTERY[0]
    if battery is not None and not pins.is_analogue(battery):
        found.append(f"BATTERY: the voltage on {battery} cannot be measured")
    if battery is not None and board.VBUS is None:
        found.append("BATTERY: without VBUS nobody looks at it")
    # The last three may also be on the board itself.
    single: tuple[tuple[str, pins.Pin | None, str], ...] = (
        ("PIXEL", board.PIXEL, ""),
        ("LID", board.LID, ""),
        ("LATCH", board.LATCH, ""),
        ("BUZZER", board.BUZZER, ""),
        ("LED", board.LED, pins.LED),
        ("VBUS", board.VBUS, pins.VBUS),
        ("BATTERY", battery, pins.VSYS),
    )
    for name, place, use in single:
        if place is not None and model.internal.get(place) != use:
            wired.append((name, place))
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
    slices = {pins.pwm_slice(pin) for pin in board.RGB or ()}
    if board.BUZZER is not None and pins.pwm_slice(board.BUZZER) in slices:
        found.append("BUZZER: its PWM slice is the lamp's")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_board_declares_everything_and_nothing_else(name: str) -> None:
    found = constants((FOLDER / name / "board.py").read_text("utf-8"))
    assert found["NAME"] == name
    assert list(found) == list(KINDS), "a constant is missing, unknown or out of order"
    assert {key for key, value in found.items() if not KINDS[key](value)} == set()


@pytest.mark.parametrize("name", NAMES)
def test_board_uses_pins_that_it_has_each_for_one_thing(name: str) -> None:
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
        (
            "pico2",
            {"BUTTON_ACTIVE_LOW": False},
            "BUTTON_ACTIVE_LOW: an RP2350 needs a button to ground (RP2350-E9)",
        ),
        ("pico", {"PIXEL": 14}, "14 is used 2 times"),
        ("pico", {"LID": 23}, "LID: 23 is taken: mode of the regulator"),
        ("pico", {"LID": 10, "LATCH": 10}, "10 is used 2 times"),
        ("pico_w", {"LATCH": 29}, "LATCH: 29 is taken: wire to the wireless chip"),
        ("pico", {"RTC": (0, 0, 1)}, "0 is used 2 times"),
        ("pico", {"RTC": (1, 20, 21)}, "RTC: 20 and 21 are not SDA and SCL of I2C 1"),
        ("pico", {"RTC": (0, 21, 20)}, "RTC: 21 and 20 are not SDA and SCL of I2C 0"),
        ("pico", {"RTC": (2, 20, 21)}, "RTC: 20 and 21 are not SDA and SCL of I2C 2"),
        ("pico", {"RTC": (1, 22, 23)}, "RTC: 23 is taken: mode of the regulator"),
        ("pico_rgb", {"BUZZER": 18}, "18 is used 2 times"),
        ("pico_rgb", {"BUZZER": 19}, "BUZZER: its PWM slice is the lamp's"),
        ("pico_rgb", {"BUZZER": 3}, "BUZZER: its PWM slice is the lamp's"),
        ("pico", {"BATTERY": (22, 3)}, "BATTERY: the voltage on 22 cannot be measured"),
        ("pico", {"BATTERY": (25, 3)}, "BATTERY: 25 is taken: LED"),
        ("pico", {"BATTERY": (28, 2), "LATCH": 28}, "28 is used 2 times"),
        ("pico", {"VBUS": None}, "BATTERY: without VBUS nobody looks at it"),
        ("pico_w", {"BATTERY": (29, 3)}, "BATTERY: 29 is taken: wire to the wireless chip"),
    ],
)
def test_wrong_board_is_noticed(name: str, wrong: dict[str, Any], words: str) -> None:
    assert words in mistakes(read(name)._replace(**wrong))


@pytest.mark.parametrize(
    "right",
    [
        {"LED": 15},  # of one's own, instead of the board's
        {"BUTTON_ACTIVE_LOW": False},
        {"TRACE": None},
        {"TRACE": (1, 4)},
        {"VBUS": None, "BATTERY": None},
        {"RGB": (2, 3, 4), "LED": 25},
        {"RGB": (18, 17, 16), "BUZZER": 6, "LID": 9, "LATCH": 28, "RTC": (0, 20, 21)},
        {"PIXEL": 22, "BUZZER": 6, "LID": 9, "LATCH": 28, "RTC": (0, 20, 21)},
        {"PIXEL": 22, "BUZZER": 16, "RTC": (1, 26, 27), "BATTERY": (28, 2)},
    ],
)
def test_board_made_by_the_owner_is_accepted(right: dict[str, Any]) -> None:
    assert mistakes(read("pico")._replace(**right)) == []


def test_header_is_numbered_as_on_the_board() -> None:
    for name, number in {"GP0": 1, "GP14": 19, "GP16": 21, "GP18": 24, "VSYS": 39}.items():
        assert pins.number_of(name) == number
    assert pins.number_of("3V3(OUT)") == 36
    assert [n for n, name in enumerate(pins.HEADER, 1) if name.endswith("GND")] == [
        *(3, 8, 13, 18),
        *(23, 28, 33, 38),
    ]
    gpios = [f"GP{n}" for n in range(29) if n not in (23, 24, 25)]
    assert sorted(name for name in pins.HEADER if name.startswith("GP")) == sorted(gpios)


def test_chip_of_the_second_kind_sends_on_more_pins() -> None:
    def of(uart: int, chip: str) -> list[int]:
        return [gpio for gpio in range(29) if pins.sends(uart, gpio, chip)]

    assert of(0, "RP2040") == [0, 12, 16, 28]
    assert of(1, "RP2040") == [4, 8, 20, 24]
    assert of(0, "RP2350") == [0, 2, 12, 14, 16, 18, 28]
    assert of(1, "RP2350") == [4, 6, 8, 10, 20, 22, 24, 26]


def test_i2c_bus_has_a_wire_of_each_kind_on_every_fourth_pin() -> None:
    def of(bus: int) -> list[tuple[int, int]]:
        return [(a, b) for a in range(29) for b in range(a + 3) if pins.is_i2c(bus, a, b)]

    assert {sda for sda, _ in of(0)} == {0, 4, 8, 12, 16, 20, 24, 28}
    assert {sda for sda, _ in of(1)} == {2, 6, 10, 14, 18, 22, 26}
    assert (8, 1) in of(0)  # they need not be neighbours
    assert (8, 7) not in of(0)
