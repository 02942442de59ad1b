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


def silent(text: str) -> None:
    """Say nothing, on a board without the wire."""
