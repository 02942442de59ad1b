"""A real board for the scenarios: ``make test BOARD=PORT``.

It has no button that a program can press, and its time does not jump. A scenario that needs a
press asks for it with ``-s``, and is skipped without; one that needs time to jump is skipped. Its
log is made anew before and after each scenario, over MicroPython's prompt, so the board has to be
nobody's.
"""

import secrets
import sys
import time
from collections.abc import Callable

import pytest

from rollcore import events, snapshot
from rollhost.board import rescue
from rollhost.board.repl import Repl
from rollhost.board.selftest import LONG_PRESS, POWER, PRESS, RELEASED, is_nobodys
from rollhost.case.connection import Line
from rollhost.case.discovery import greet
from rollhost.errors import CaseError
from rollhost.output.selftest import ACTS
from rollhost.sim.transcript import Happening
from rollhost.sim.virtual_case import VirtualCase

PATIENCE_S = 90.0
"""How long (s) a person has, and a board until it answers again."""

LOOK_S = 0.2


class BoardCase(VirtualCase):
    """The case on a real port, with as much of a virtual one as a board can do.

    With `asks`, a person is there who presses its button and takes its power.
    """

    def __init__(self, port: str, asks: bool) -> None:
        self._port = port
        self._asks = asks
        self._read: list[Happening] | None = None
        """What was on the flash when it was read last; None once something has been done since."""

    def __enter__(self) -> "BoardCase":
        with self._line() as line:
            raw = line.ask("state", seq=0).raw("raw")
        if not is_nobodys(snapshot.unpack(raw)):
            pytest.exit("The case on this board knows something about a person: not tested.", 1)
        self._wipe()
        return self

    def __exit__(self, *_: object) -> None:
        self._wipe()

    @property
    def port(self) -> str:
        """The path of the serial port."""
        return self._port

    def press(self) -> None:
        """Have the person press."""
        self._by_hand(PRESS)

    def long_press(self) -> None:
        """Have the person keep the button down for two seconds."""
        self._by_hand(LONG_PRESS)

    def very_long_press(self) -> None:
        """Skip the scenario: none needs one that could run on a board."""
        pytest.skip("needs a very long press")

    def jump(self, ms: int) -> None:
        """Skip the scenario."""
        pytest.skip("needs time that jumps")

    def cut(self) -> None:
        """Have the person take the power; without one, reset the chip, which comes next to it."""
        self._read = None
        if self._asks:
            self._by_hand(POWER)
        else:
            with Repl(self._port):
                pass
            self._line().close()

    def events(self) -> list[Happening]:
        """Return the records on the flash, read past the firmware, as if the case had told them.

        The board starts again afterwards: what that logs is not in it.
        """
        if self._read is not None:
            return self._read
        with Repl(self._port) as repl:
            log = rescue.read(repl).logs.current
        self._line().close()
        slots = log.slots if log else []
        self._read = [{"event": "log", "raw": slot.raw.hex()} for slot in slots if slot.is_record]
        return self._read

    def wait_for(
        self, wanted: Callable[[Happening], bool], timeout: float = PATIENCE_S
    ) -> Happening:
        """Return the first of the events that `wanted` accepts. Raises `CaseError` for none."""
        for event in self.events():
            if wanted(event):
                return event
        raise CaseError("That is not on the flash.")

    def log(self, records: int) -> None:
        """Have the case log that many records, which change nothing that it knows."""
        self._read = None
        with self._line() as line:
            for _ in range(records):
                token = secrets.randbelow(0xFFFFFFFF) + 1
                line.ask("hold", token=token, reason=RELEASED, until=events.OTHER)

    def _by_hand(self, act: str) -> None:
        """Have the person do it, and wait until the case has logged something."""
        self._read = None
        if not self._asks:
            pytest.skip(f"needs a {act}: with ARGS=-s you are asked for it")
        with self._line() as line:
            before = line.ask("status").integer("next")
        print(f"\n{ACTS[act]}", file=sys.stderr)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with self._line() as line:
                if line.ask("status").integer("next") > before:
                    return
            time.sleep(LOOK_S)
        pytest.fail(f"The case has seen no {act}.")

    def _line(self) -> Line:
        """Return a line to the case, which may be starting."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            line, problem = greet(self._port, starts=True)
            if line:
                return line
            if time.monotonic() > deadline:
                assert problem
                raise problem
            time.sleep(LOOK_S)

    def _wipe(self) -> None:
        """Make the log anew: its files go, and its blocks are erased. The board starts again."""
        with Repl(self._port) as repl:
            repl.run("remove('/log')")
            repl.run("for block in candidates():\n    feed()\n    flash.ioctl(6, block)")
        self._line().close()
