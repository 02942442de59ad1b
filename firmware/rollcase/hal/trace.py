"""A second wire for whoever watches: what happens, a line each, on a UART.

Nothing depends on it, and a board that declares none has none.
"""

from machine import UART, Pin

BAUD = 115200


class Trace:
    """Writes lines to the UART whose TX is `pin`."""

    def __init__(self, uart: int, pin: int) -> None:
        self._uart = UART(uart, BAUD, tx=Pin(pin))

    def line(self, text: str) -> None:
        """Say one thing."""
        self._uart.write((text + "\n").encode())

    def flush(self) -> None:
        """Wait until all of it is said: in a sleep the UART stands still."""
        try:
            self._uart.flush()
        except OSError:
            pass  # it took too long; nothing depends on it


class NoTrace:
    """Says nothing, on a board without the wire."""

    def line(self, text: str) -> None:
        """Say nothing."""

    def flush(self) -> None:
        """Wait for nothing."""
