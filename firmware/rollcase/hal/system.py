"""The chip: its identity and start, its ticks, its sleep, its watchdog, its button and buses."""

import io
import select
import sys
import time
from binascii import hexlify
from os import urandom

import machine
from machine import Pin

from rollcase.hal.levels import Level
from rollcore.events import POWER_ON, SOFT_RESET, WATCHDOG

WATCHDOG_MS = 8000
"""Nearly the longest that an RP2040 offers; a step with many erases takes a tenth of it."""

LONGEST_MS = 4000
"""Longest pause, so that the watchdog is fed in time, plugged in or not. An RP2040 whose watchdog
fires in a sleep stays off until the power is cut (see MicroPython's issue 17228)."""

HELD_LOOKS = 50
"""Looks at the button at power-up, 1 ms apart."""

WORTH_MS = 10
"""A shorter pause is not worth putting the clocks to sleep and waking them."""

# The watchdog's registers, from the chips' data sheets.
_WATCHDOG = 0x400D8000 if "RP2350" in sys.implementation._machine else 0x40058000
_CLEAR = 0x3000  # the same registers again, to clear bits in
_ENABLE = 1 << 30
_SCRATCH4 = 0x1C
_TIMER_MARK = 0x6AB73121  # what the SDK keeps there while the timer is its own doing


class ButtonPin(Level):
    """A button between a pin and ground, or a pin and 3.3 V (`active_low` false)."""

    def __init__(self, pin: int, active_low: bool) -> None:
        super().__init__(pin, Pin.PULL_UP if active_low else Pin.PULL_DOWN)
        self._pressed = 0 if active_low else 1

    def down(self) -> bool:
        """Return whether the button is pressed at this instant."""
        return self.level() == self._pressed

    def held(self) -> bool:
        """Return whether it is pressed, and stays so for longer than a contact bounces."""
        for _ in range(HELD_LOOKS):
            if not self.down():
                return False
            time.sleep_ms(1)
        return True


class Supply:
    """Where power comes from: `vbus` is the pin that is high while USB gives it.

    A board without that pin counts as plugged in.
    """

    def __init__(self, vbus: "int | str | None") -> None:
        self._pin = None if vbus is None else Pin(vbus, Pin.IN)
        if isinstance(vbus, int) and self._pin is not None:
            # Plugging in ends a sleep. A pin behind the wireless chip cannot do that.
            self._pin.irq(lambda pin: None, Pin.IRQ_RISING)

    def plugged_in(self) -> bool:
        """Return whether USB gives power at this instant."""
        return self._pin is None or bool(self._pin.value())


class Pause:
    """Waits between two steps of the app: for the host, the button, the lid, or the lamp."""

    def __init__(self, button: Level, lid: "Level | None") -> None:
        self._button = button
        self._lid = lid
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._poll.register(button, select.POLLIN)
        if lid is not None:
            self._poll.register(lid, select.POLLIN)

    def wait(self, lamp_ms: int, idle_ms: int) -> None:
        """Wait until the lamp or the app is due, a switch moves, or the host says something."""
        for _ in self._poll.ipoll(min(lamp_ms, idle_ms, LONGEST_MS)):
            return

    def sleep(self, lamp_ms: int, idle_ms: int) -> None:
        """The same with nobody at the other end of the line, for a twentieth of the power.

        The clock that the lamp and the UART run on stands still meanwhile.
        """
        ms = min(lamp_ms, idle_ms, LONGEST_MS)
        if ms < WORTH_MS:
            self.wait(ms, ms)
        elif not self._button.moved() and (self._lid is None or not self._lid.moved()):
            machine.lightsleep(ms)


class Watchdog:
    """Starts the chip again unless it is fed every 8 seconds."""

    def __init__(self) -> None:
        self._timer = machine.WDT(timeout=WATCHDOG_MS)

    def feed(self) -> None:
        """Say that all is well."""
        self._timer.feed()

    def stop(self) -> None:
        """Leave the chip to whoever comes next, such as a person at MicroPython's prompt.

        The timer would run on there, through a soft reset too. MicroPython has no
        word for this, so it is said to the chip.
        """
        machine.mem32[_WATCHDOG + _CLEAR] = _ENABLE
        machine.mem32[_WATCHDOG + _SCRATCH4] = 0


def i2c(number: int, sda: int, scl: int) -> machine.I2C:
    """Return an I2C bus on two pins."""
    return machine.I2C(number, sda=Pin(sda), scl=Pin(scl))


def ticks_ms() -> int:
    """Return the tick counter in milliseconds, below 2**30."""
    return time.ticks_ms()


def sleep_ms(ms: int) -> None:
    """Do nothing for so many milliseconds."""
    time.sleep_ms(ms)


def device_id() -> str:
    """Return the chip's own id, in hex."""
    return hexlify(machine.unique_id()).decode()


def random_id() -> bytes:
    """Return 8 random bytes."""
    return urandom(8)


def cause_of_start() -> int:
    """Return why the chip started, as `boot.cause` of `rollcore.events` has it.

    `machine.reset` works through the watchdog too. What tells them apart is a
    mark that starting the timer leaves in the chip, and that a reset takes away.
    """
    if machine.reset_cause() != machine.WDT_RESET:
        return POWER_ON
    timed_out = machine.mem32[_WATCHDOG + _SCRATCH4] == _TIMER_MARK
    machine.mem32[_WATCHDOG + _SCRATCH4] = 0  # told once
    return WATCHDOG if timed_out else SOFT_RESET


def restart() -> None:
    """Start the chip anew, as after a power cut but for what `cause_of_start` says."""
    machine.reset()


def traceback(error: Exception) -> str:
    """Return what MicroPython prints of an exception."""
    text = io.StringIO()
    sys.print_exception(error, text)
    return text.getvalue()
