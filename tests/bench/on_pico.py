"""Runs on a Pico, at its prompt: `presses`, `appends` and `heap` measure, and return what they saw.

Times are in µs of the chip's own clock.
"""

import gc
from time import ticks_diff, ticks_ms, ticks_us

import board
import main
from rollcase.app import App
from rollcase.hal.trace import Trace
from rollcase.loop import Loop
from rollcore.events import POWER_ON

IDLE_MS = 1500
"""From one touch to the next: upkeep begins a second after a touch."""

PRESS_MS, LONG_PRESS_MS, SETTLED_MS = 150, 2050, 50


class Bench:
    """A case whose time is moved by hand: `step` lets some pass."""

    def __init__(self) -> None:
        self._lamp = main.make_lamp()
        self._trace = Trace(*board.TRACE)
        self._ticks = ticks_ms()
        journal = main.open_journal(board.DIRECTORY)
        self.app = App(board.DIRECTORY, journal, POWER_ON, self._ticks, self._trace.line)
        self.app.start()

    def step(self, ms: int, down: bool) -> int:
        """Let `ms` pass and take the step that the loop takes then; return how long it took."""
        self._trace.flush()  # the time that passed was enough for that
        self._ticks += ms
        began = ticks_us()
        self._lamp.show(self.app.step(self._ticks, down))
        return ticks_diff(ticks_us(), began)

    def touch(self, ms: int) -> int:
        """Touch the button for `ms`; return how long the step took that logged a record."""
        journal = self.app.journal
        for after, down in (
            (0, True),
            (SETTLED_MS, True),
            (ms, True),
            (0, False),
            (SETTLED_MS, False),
        ):
            before = journal.next
            took = self.step(after, down)
            if journal.next != before:
                logged = took
        return logged

    def rest(self) -> None:
        """Let time pass, with all upkeep that the loop would do in it."""
        self.step(IDLE_MS, False)
        while self.app.tend():
            self.step(1, False)


def presses(count: int) -> list[int]:
    """Start a soak by a press and stop it by a long press, in turn; return how long each took."""
    bench = Bench()
    bench.rest()
    took: list[int] = []
    for number in range(count):
        took.append(bench.touch(LONG_PRESS_MS if number % 2 else PRESS_MS))
        bench.rest()
    return took


def appends(count: int) -> list[int]:
    """Append 32 bytes to a file and flush it; return how long each took."""
    took: list[int] = []
    with open("/reference", "wb") as file:
        for number in range(count):
            record = bytes([number & 0xFF]) * 32
            began = ticks_us()
            file.write(record)
            file.flush()
            took.append(ticks_diff(ticks_us(), began))
    return took


def heap(turns: int) -> int:
    """Run the case for so many turns; return the bytes of heap that are free then."""
    turn = Loop.turn
    done = 0

    def counted(loop: Loop) -> None:
        nonlocal done
        if done == turns:
            gc.collect()
            done = -gc.mem_free()
            raise KeyboardInterrupt
        done += 1
        turn(loop)

    Loop.turn = counted
    try:
        main.main()
    except KeyboardInterrupt:
        pass
    Loop.turn = turn
    return -done
