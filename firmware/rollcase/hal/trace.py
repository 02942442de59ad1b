"""The trace: what happens in the case, as lines of text on a UART, for whoever watches.

Nothing depends on it, and a board need not declare one.
"""

from machine import UART, Pin

BAUD = 115200  # bits per second

_RECEIVED = 32
"""Bytes of the buffer for what is received, the fewest that can be had: nothing is read."""


class Trace:
    """Writes lines to the UART whose TX is `pin`."""

    def __init__(self, uart: int, pin: int) -> None:
        self._uart = UART(uart, BAUD, tx=Pin(pin), rxbuf=_RECEIVED)

    def line(self, text: str) -> None:
        """Send one line; `text` has no newline."""
        self._uart.write((text + "\n").encode())

    def flush(self) -> None:
        """Wait until every line is sent: in a sleep the UART stands still."""
        try:
            self._uart.flush()
        except OSError:
            pass  # a timeout; nothing depends on the trace


class NoTrace:
    """The trace of a board that declares none: sends nothing."""

    def line(self, text: str) -> None:
        """Send nothing."""

    def flush(self) -> None:
        """Wait for nothing."""
