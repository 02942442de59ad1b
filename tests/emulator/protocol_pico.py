"""A port for pyserial, ``pico://``, that leads to a Pico in this very process, and can be cut.

pyserial finds it by this module's name. While somebody waits for the board, the
board's time passes; otherwise it stands still, so that nothing here depends on
how busy this computer is.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import serial
from rp2040py.gpio_pin import GPIOPinState
from tests.emulator.any_pico import AnyPico
from tests.emulator.pico import Pico

PORT = "pico://bench"

PATIENCE_MS = 20.0
"""How much of the board's time a look at the port costs where nothing has come."""


class PluggedPico(Pico):
    """A Pico whose flash takes no time, and is watched on demand only."""

    _watched = False

    def watch(self, note: Callable[[bytes, bytes], None]) -> None:
        """Have `note` told the flash before and after each program and erase from here on."""
        self._before[:] = self.flash
        self.on_flash = note
        self._watched = True

    def _flash_selected(self, new: GPIOPinState, old: GPIOPinState) -> None:
        if self._watched:  # comparing all of it takes longer than all else
            super()._flash_selected(new, old)


class Cable:
    """What is between the host and a board; it comes off after `cut_after` bytes to the board."""

    def __init__(self, pico: AnyPico, cut_after: int | None) -> None:
        self.pico = pico
        self.sent = 0
        self._cut_after = cut_after

    def pass_on(self, data: bytes) -> None:
        """Send bytes to the board, as far as the cable is there."""
        while data:
            self.look()
            most = len(data) if self._cut_after is None else self._cut_after - self.sent
            taken = self.pico.accept(data[:most])
            self.sent += taken
            data = data[taken:]

    def look(self) -> None:
        """Raise what the system raises where there is no cable."""
        if self.sent == self._cut_after:
            raise serial.SerialException(5, "the cable is off")


_cable: Cable | None = None


@contextmanager
def plugged_in(pico: AnyPico, cut_after: int | None = None) -> Iterator[Cable]:
    """Let `PORT` lead to this Pico while the context lasts."""
    global _cable
    assert _cable is None
    _cable = Cable(pico, cut_after)
    try:
        yield _cable
    finally:
        _cable = None


class BoardTime:
    """As much of the module `time` as mpremote and we use, by the clock of the board plugged in.

    What waits for a board waits as long as the board takes, and not for a busy computer.
    """

    @staticmethod
    def monotonic() -> float:
        """Return the board's time since power-up (s); with no board, this computer's."""
        return _cable.pico.now / 1000 if _cable else time.monotonic()

    @staticmethod
    def sleep(seconds: float) -> None:
        """Return at once: a board's time passes when somebody looks at its port."""
        if not _cable:
            time.sleep(seconds)


class Serial:
    """As much of pyserial's port as mpremote and we use. The names are pyserial's."""

    def __init__(self, port: str | None = None, timeout: float | None = None, **_: object) -> None:
        self.port = port
        self.timeout = timeout
        self.write_timeout: float | None = None
        self.exclusive = False
        self.baudrate = 115200
        self.dtr = self.rts = True
        self._open = False

    def open(self) -> None:
        assert _cable
        _cable.look()
        _cable.pico.said.clear()
        self._cable = _cable
        self._open = True

    def close(self) -> None:
        self._open = False

    def isOpen(self) -> bool:  # noqa: N802
        return self._open

    def inWaiting(self) -> int:  # noqa: N802
        return self.in_waiting

    @property
    def in_waiting(self) -> int:
        self._cable.look()
        said = self._cable.pico.said
        self._cable.pico.run(PATIENCE_MS, lambda: bool(said))
        return len(said)

    def read(self, size: int = 1) -> bytes:
        self._cable.look()
        said = self._cable.pico.said
        self._cable.pico.run((self.timeout or 60) * 1000, lambda: len(said) >= size)
        data = bytes(said[:size])
        del said[:size]
        return data

    def write(self, data: bytes) -> int:
        self._cable.pass_on(data)
        return len(data)
