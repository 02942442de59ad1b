"""The pause between two turns: the chip waits, or sleeps."""

import select
import sys

import machine

from rollcase.hal.levels import Level

LONGEST_MS = 4000
"""Longest pause, so that the watchdog is fed in time, plugged in or not. An RP2040 whose watchdog
fires in a sleep stays off until the power is cut (see MicroPython's issue 17228)."""

WORTH_MS = 10
"""A shorter pause is not worth putting the clocks to sleep and waking them."""


class Pause:
    """Waits until the lamp or the app is due, or until the button, the lid or the host moves."""

    def __init__(self, button: Level, lid: "Level | None") -> None:
        self._button = button
        self._lid = lid
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._poll.register(button, select.POLLIN)
        if lid is not None:
            self._poll.register(lid, select.POLLIN)

    def wait(self, lamp_ms: int, idle_ms: int) -> None:
        """Wait for the shorter time (ms), until a switch moves, or until the host sends a byte."""
        for _ in self._poll.ipoll(min(lamp_ms, idle_ms, LONGEST_MS)):
            return

    def sleep(self, lamp_ms: int, idle_ms: int) -> None:
        """Wait as `wait` does, but deaf to the host, with a twentieth of the power.

        The clock that the lamp's waves and the UART run on stands still meanwhile.
        """
        ms = min(lamp_ms, idle_ms, LONGEST_MS)
        if ms < WORTH_MS:
            self.wait(ms, ms)
        elif not self._button.moved() and (self._lid is None or not self._lid.moved()):
            machine.lightsleep(ms)
