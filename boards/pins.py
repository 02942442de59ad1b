"""What the pins of each board are: one table for the drawings and for the tests.

From Raspberry Pi's data sheets of the boards and chips, and MicroPython's tables
of pins (ports/rp2).
"""

from typing import NamedTuple

Pin = int | str
"""What `machine.Pin` takes: the number of a GPIO, or a name."""

HEADER = (
    # Left, from the USB socket down: pins 1 to 20.
    *("GP0", "GP1", "GND", "GP2", "GP3", "GP4", "GP5", "GND", "GP6", "GP7"),
    *("GP8", "GP9", "GND", "GP10", "GP11", "GP12", "GP13", "GND", "GP14", "GP15"),
    # Right, from the bottom up: pins 21 to 40.
    *("GP16", "GP17", "GND", "GP18", "GP19", "GP20", "GP21", "GND", "GP22", "RUN"),
    *("GP26", "GP27", "AGND", "GP28", "ADC_VREF", "3V3(OUT)", "3V3_EN", "GND", "VSYS", "VBUS"),
)
"""What stands at pins 1 to 40, seen from above; the same on every board here."""

LED = "LED"
VBUS = "VBUS"
REGULATOR = "mode of the regulator"
VSYS = "voltage of the supply"
WIRELESS = "wire to the wireless chip"
"""What pins that are not on the header are for."""


class Model(NamedTuple):
    """One kind of board that can be bought."""

    title: str
    chip: str
    internal: dict[Pin, str]
    """Pins that are not on the header, and what each is for."""

    @property
    def wireless(self) -> bool:
        """Whether there is a wireless chip, which then holds the LED."""
        return WIRELESS in self.internal.values()


_PLAIN: dict[Pin, str] = {23: REGULATOR, 24: VBUS, 25: LED, 29: VSYS}

_WIRELESS: dict[Pin, str] = {
    # 29 measures the supply as well, while the chip is not spoken to.
    **{23: WIRELESS, 24: WIRELESS, 25: WIRELESS, 29: WIRELESS},
    **{"LED": LED, "WL_GPIO0": LED, "WL_GPIO1": REGULATOR, "WL_GPIO2": VBUS},
}

PICO = Model("Raspberry Pi Pico", "RP2040", _PLAIN)
PICO_W = Model("Raspberry Pi Pico W", "RP2040", _WIRELESS)
PICO2 = Model("Raspberry Pi Pico 2", "RP2350", _PLAIN)
PICO2_W = Model("Raspberry Pi Pico 2 W", "RP2350", _WIRELESS)

BOARDS = {
    "pico": PICO,
    "pico_rgb": PICO,
    "pico_w": PICO_W,
    "pico2": PICO2,
    "pico2_w": PICO2_W,
    "virtual": PICO,
}
"""The model of each folder with a board.py."""


def number_of(name: str) -> int:
    """Return where on the header a pin is, 1 to 40; of GND there are several."""
    return HEADER.index(name) + 1


def on_header(pin: Pin) -> bool:
    """Say whether something can be wired to this pin."""
    return f"GP{pin}" in HEADER


def nearest_ground(number: int) -> int:
    """Return the pin for GND that is nearest to another one, on the same side of the board."""
    side = range(1, 21) if number <= 20 else range(21, 41)
    return min((n for n in side if HEADER[n - 1] == "GND"), key=lambda n: abs(n - number))


def pwm_channel(gpio: int) -> tuple[int, str]:
    """Return slice and channel; two pins that share both always show the same."""
    return gpio // 2 % 8, "AB"[gpio % 2]


def pwm_slice(gpio: int) -> int:
    """Return the slice alone; pins that share one always have the same frequency."""
    return pwm_channel(gpio)[0]


def is_i2c(bus: int, sda: int, scl: int) -> bool:
    """Say whether two GPIOs can be the wires of an I2C bus; it is the same on both chips."""
    return bus in (0, 1) and sda % 4 == 2 * bus and scl % 4 == 2 * bus + 1


def is_analogue(gpio: int) -> bool:
    """Say whether the voltage on a GPIO can be measured."""
    return 26 <= gpio <= 29


def sends(uart: int, gpio: int, chip: str) -> bool:
    """Say whether a GPIO can be the TX of a UART."""
    every = 4 if chip == "RP2040" else 2
    return gpio % every == 0 and (gpio + 4) // 8 % 2 == uart
