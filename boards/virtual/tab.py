"""A case in a browser's tab: the firmware, moved turn by turn from outside.

`main.py` runs for ever, and nothing may in a browser's worker. So `Tab` builds the case, in place
of `main.py` and `rollcase.hal`, and is called whenever something is done to it or time has passed:
text in, text out. What it is made of is the firmware's own: app, journal, lamp and link.

All that happens follows from a number, and from what was done and when. `number` returns both as
one text, and `replay` lives them again to the same records.

What is done, each a word and what belongs to it:

- ``down``, ``up``: the button.
- ``jump MS``: that much time passes at once. ``rested``: as much as the rest still takes.
- ``off``, ``on``: the power. ``tear``: it goes in the middle of the next write to the flash.
- ``out``, ``in``: the cable. ``pull``: it comes out in the middle of what is said on it next.
- ``flip``: a bit of the newest record flips on the flash.
- ``line DATA``: the host says this, in base64.
"""

import io
import json
import os
import sys
from binascii import a2b_base64, b2a_base64, hexlify

import chance
from chance import Chance
from flash import BLOCK_SIZE, BLOCKS, PAGE_SIZE, Files, Nor

from rollcase import faults
from rollcase.app import App
from rollcase.clock import TICKS_MASK
from rollcase.gestures import PRESS_MS
from rollcase.journal import Journal
from rollcase.loop import Loop
from rollcase.parts import Parts
from rollcase.server import Server
from rollcore import blocks, state
from rollcore.events import POWER_ON, PRESS, SOFT_RESET
from rollcore.memory import FOREVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_base64: "Callable[..., bytes]" = b2a_base64
"""MicroPython's takes `newline`, which its type does not say."""

NAME = "virtual"

LONGEST_FLOW_MS = 10_000
"""Longer stretches of time (ms), such as of a computer that slept, pass as a jump."""

LONGEST_JUMP_MS = 400 * 86400 * 1000

VERBS = (
    "down", "up", "jump", "on", "off", "tear", "out", "in", "pull", "flip", "line",
)  # fmt: skip

AFTER = "@"
"""Stands in a number before the time (ms) that passes until the next thing is done."""

MOST_DONE = 50_000
MOST_MS = 20 * 366 * 86_400_000
"""A number with more words, or of a longer life, is refused (own): living it would take minutes."""

LATEST_BORN = 1 << 32
"""In Unix seconds; the case's own clock ends before."""

MOST_BYTES = 1200
"""The cable comes out before so many bytes: a sync without news says some 1,350 (own)."""


class PowerCut(BaseException):
    """The power is gone, in the middle of a write."""


class TabFlash(Nor):
    """Flash in memory, as long as the tab is open. It keeps the rules of NOR flash."""

    def __init__(self) -> None:
        super().__init__(BLOCKS)
        self._image = bytearray(b"\xff" * (BLOCKS * BLOCK_SIZE))
        self.tears = False
        """Whether the power goes in the middle of the next program."""

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Fill `buf` with the bytes from `offset` of a block on."""
        at = block * BLOCK_SIZE + offset
        buf[:] = memoryview(self._image)[at : at + len(buf)]

    def flip(self, block: int, at: int, bit: int) -> None:
        """Flip a bit of the byte at the offset `at` of a block."""
        self._image[block * BLOCK_SIZE + at] ^= 1 << bit

    def _write(self, at: int, data: bytes) -> None:
        if self.tears and len(data) == PAGE_SIZE:
            self.tears = False
            changed = [
                place for place in range(PAGE_SIZE) if self._image[at + place] != data[place]
            ]
            for place in changed[: len(changed) // 2]:
                self._image[at + place] = data[place]
            raise PowerCut
        self._image[at : at + len(data)] = data


class TabPort:
    """The line to the host, which always takes what is said."""

    busy = False

    def __init__(self) -> None:
        self.incoming = b""
        self.said = b""

    def read(self) -> bytes:
        """Return the bytes that the host has sent."""
        data, self.incoming = self.incoming, b""
        return data

    def send(self, frame: "Iterable[bytes | bytearray]") -> None:
        """Send a frame."""
        self.said += b"".join([bytes(piece) for piece in frame])

    def go_on(self) -> None:
        """Send nothing: everything is sent."""


class TabPause:
    """Notes for how long (ms) the firmware would wait; -1 while it has not asked to."""

    lamp_ms = idle_ms = -1

    def wait(self, lamp_ms: int, idle_ms: int) -> None:
        """Note a wait."""
        self.lamp_ms, self.idle_ms = lamp_ms, idle_ms

    sleep = wait


class TabLamp:
    """The lamp."""

    colour = 0

    def show(self, colour: int) -> None:
        """Show a colour (0xRRGGBB)."""
        self.colour = colour

    def holds(self) -> bool:
        """Return whether the colour stays while the chip sleeps: this one does not sleep."""
        return False


class TabButton:
    """The button."""

    is_down = False

    def down(self) -> bool:
        """Return whether the button is pressed."""
        return self.is_down


class Wired:
    """A supply that never ends, and a watchdog that never fires."""

    def plugged_in(self) -> bool:
        """Return whether USB gives power."""
        return True

    def feed(self) -> None:
        """Be fed."""


class WrongNumber(ValueError):
    """The text is no number of a case in a tab."""


_tabs = 0


class Tab:
    """A case with blank flash, switched off. `born` is the Unix time (s) at which it begins."""

    def __init__(self, seed: str, born: int) -> None:
        global _tabs
        _tabs += 1
        self._seed = seed
        self._born = born
        self._chance = chance.source = Chance(seed)
        self._device = hexlify(self._chance.draw(8)).decode()
        self._flash = TabFlash()
        self._files = Files(self._flash)
        # The policies lie in files of their own, for which no block is taken.
        self._directory = f"/flash{_tabs}/log"
        os.mkdir(f"/flash{_tabs}")
        self._done: list[tuple[int, str]] = []  # with the ms that passed before it
        self._now = 0  # ms since it began, with and without power
        self._done_at = 0  # when the last thing was done
        self._switched_on = 0  # when the power came
        self._due = -1  # when the next turn is; -1 if there is none
        self._loop: Loop | None = None
        self._app: App | None = None
        self._lamp, self._button, self._port = TabLamp(), TabButton(), TabPort()
        self._pause = TabPause()
        self._pressed_at = 0
        self._cable = True
        self._bytes_left = -1  # until the cable comes out; -1 if it stays in
        self._happened: list[dict[str, Any]] = []

    def do(self, text: str) -> str:
        """Let ``ms`` pass, then do what ``do`` says, if anything; return what came of it.

        That is the time since the case began (``now``, ms), when it wants to be called again
        (``due``, in ms; -1: not by itself), the lamp's colour, what the host was told (``line``,
        base64), and what ``happened``.
        """
        words = json.loads(text)
        if words["ms"] > LONGEST_FLOW_MS:
            self._act(f"jump {words['ms']}")
        else:
            self._flow(words["ms"])
        if "do" in words:
            self._act(words["do"])
        return json.dumps(self._news())

    def number(self) -> str:
        """Return the number from which all of this can be lived again."""
        text = f"{self._seed} {self._born}"
        for ms, what in self._done:
            text += f" {AFTER}{ms} {what}"
        return text + f" {AFTER}{self._now - self._done_at}"

    def _news(self) -> "dict[str, Any]":
        happened, self._happened = self._happened, []
        said, self._port.said = self._port.said, b""
        return {
            "now": self._now,
            "born": self._born,
            "device": self._device,
            "due": max(0, self._due - self._now) if self._due >= 0 else -1,
            "on": self._loop is not None,
            "cable": self._cable,
            "colour": f"{self._lamp.colour:06x}",
            "rest_ms": self._rest_ms(),
            "line": _base64(said, newline=False).decode(),
            "happened": happened,
        }

    def _rest_ms(self) -> int:
        """Return how long (ms) the rest still takes; 0 if there is none, or no end of it."""
        app = self._app
        if app is None or app.standing.phase != state.RESTING or app.standing.until == FOREVER:
            return 0
        return max(0, app.standing.until - app.clock.time) * 1000

    def _tell(self, what: str, **more: object) -> None:
        happening: dict[str, Any] = {"at": self._now, "what": what}
        happening.update(more)
        self._happened.append(happening)

    # What is done.

    def _act(self, what: str) -> None:
        verb, _, rest = what.partition(" ")
        if verb == "rested":
            verb, rest = "jump", str(self._rest_ms())
            what = f"jump {rest}"
        if verb not in VERBS:
            raise WrongNumber(what)
        self._done.append((self._now - self._done_at, what))
        try:
            getattr(self, "_" + verb)(*rest.split())
        except PowerCut:
            self._power_gone(torn=True)
        self._done_at = self._now

    def _down(self) -> None:
        self._button.is_down = True
        self._pressed_at = self._now
        self._turn()

    def _up(self) -> None:
        self._button.is_down = False
        app = self._app
        counts: tuple[int, ...] = ()
        if app is not None and self._now - self._pressed_at < PRESS_MS:
            phase = app.standing.phase
            if not app.fault and state.action(phase, PRESS, len(app.policy.zones)) == state.COUNT:
                counts = state.counts(app.journal.state, app.standing, app.clock.time)
        if app is not None and counts:
            self._tell("count", phase=app.standing.phase, numbers=list(counts))
        self._turn()

    def _jump(self, ms: str) -> None:
        left = _checked(ms, LONGEST_JUMP_MS)
        self._tell("jump", ms=left)
        if self._loop is None:
            self._now += left
            return
        while left > 0:
            # Where the firmware wants to be woken, but not for the lamp alone.
            hop = min(left, max(1, self._pause.idle_ms))
            left -= hop
            self._now += hop
            self._turn()
            if self._loop is None:
                self._now += left
                return

    def _on(self) -> None:
        if self._loop is not None:
            return
        self._tell("on")
        if self._button.is_down:
            self._tell("skipped")  # main.py does not run the case then
            return
        self._start(POWER_ON)

    def _off(self) -> None:
        if self._loop is not None:
            self._power_gone(torn=False)

    def _tear(self) -> None:
        self._flash.tears = True
        self._tell("tears")

    def _out(self) -> None:
        if self._cable:
            self._cable = False
            self._tell("out")

    def _in(self) -> None:
        if not self._cable:
            self._cable, self._bytes_left = True, -1
            self._tell("in")

    def _pull(self) -> None:
        self._bytes_left = 1 + self._chance.below(MOST_BYTES)
        self._tell("pull", bytes=self._bytes_left)

    def _flip(self) -> None:
        app = self._app
        if app is None or app.journal.next <= app.journal.first:
            return
        seq = app.journal.next - 1
        number = blocks.number_of(seq)
        for name in self._files.names():
            block = self._files.block_of(name)
            if name.endswith(f"/{number:05d}"):
                at = blocks.slot_at((seq - 1) % blocks.SLOTS) + self._chance.below(32)
                self._flash.flip(block, at, self._chance.below(8))
                self._tell("flip", seq=seq, block=block, byte=at)

    def _line(self, data: str) -> None:
        came = self._through(a2b_base64(data))
        if self._loop is not None and came:
            self._port.incoming += came
            self._turn()
        self._port.said = self._through(self._port.said)

    def _through(self, data: bytes) -> bytes:
        """Return what gets through the cable."""
        if not self._cable:
            return b""
        if 0 <= self._bytes_left:
            data = data[: self._bytes_left]
            self._bytes_left -= len(data)
            if self._bytes_left <= 0:
                self._out()
        return data

    # The case.

    def _ticks(self) -> int:
        return (self._now - self._switched_on) & TICKS_MASK

    def _flow(self, ms: int) -> None:
        """Let time pass, with each turn at the moment for which the firmware asked."""
        end = self._now + ms
        while 0 <= self._due <= end:
            self._now = max(self._now, self._due)
            try:
                self._turn()
            except PowerCut:
                self._power_gone(torn=True)
        self._now = end

    def _turn(self) -> None:
        """Let the case take a turn, and more until it waits."""
        self._pause.idle_ms = -1
        while self._pause.idle_ms < 0 and self._loop is not None:
            try:
                self._loop.turn()
            except Exception as error:
                self._failed(error)
        if self._loop is not None:
            self._due = self._now + max(1, min(self._pause.lamp_ms, self._pause.idle_ms))

    def _start(self, cause: int) -> None:
        """Start the case, as `run` in main.py does."""
        self._switched_on = self._now
        parts = Parts(
            self._ticks,
            self._button,
            self._lamp,
            self._port,
            self._pause,
            Wired(),
            Wired(),
            lambda: None,
        )
        journal = Journal(self._flash, self._files, lambda: os.urandom(8))
        app = self._app = App(self._directory, journal, cause, self._ticks(), self._trace)
        self._loop = Loop(parts, app, Server(app, self._device, NAME))
        try:
            app.start()
        except Exception as error:
            self._failed(error)
            return
        self._turn()

    def _failed(self, error: Exception) -> None:
        """Log a failure of the firmware and start anew, as `run` in main.py does."""
        text = io.StringIO()
        sys.print_exception(error, text)
        app = self._app
        assert app is not None
        self._tell("failed", words=text.getvalue())
        try:
            app.failed(faults.fields(type(error).__name__, text.getvalue()))
        except Exception:
            pass  # the same failure again
        self._stop()
        if not app.safe:
            self._start(SOFT_RESET)

    def _stop(self) -> None:
        self._loop = self._app = None
        self._due = -1
        self._lamp.colour = 0
        self._port.incoming = self._port.said = b""

    def _power_gone(self, torn: bool) -> None:
        self._stop()
        self._tell("off", torn=torn)

    def _trace(self, text: str) -> None:
        self._tell("trace", words=text)


def replay(text: str) -> Tab:
    """Return a case that has lived what a number says. Raises `WrongNumber`."""
    words = text.split()
    try:
        seed, born = words[0], _checked(words[1], LATEST_BORN)
        if not seed.isdigit() or len(seed) > 20 or not words[2].startswith(AFTER):
            raise WrongNumber(text)
        if len(words) > MOST_DONE:
            raise WrongNumber(text)
        tab = Tab(seed, born)
        done = ""
        for word in words[2:] + [AFTER + "0"]:
            if not word.startswith(AFTER):
                done += " " + word
                continue
            if done:
                tab._act(done.strip())
            done = ""
            tab._flow(_checked(word[1:], MOST_MS - tab._now))
    except (IndexError, ValueError, TypeError):
        raise WrongNumber(text)
    return tab


def _checked(digits: str, most: int) -> int:
    """Return a whole number from 0 to `most`. Raises `WrongNumber`."""
    if not digits.isdigit() or int(digits) > most:
        raise WrongNumber(digits)
    return int(digits)


# What the worker calls. Text in, text out: whole numbers that cross to JavaScript are cut to 32
# bits, and no error of Python's passes into it.

_tab: "Tab | None" = None


def begin(text: str) -> str:
    """Begin a case: ``{"seed": DIGITS, "born": SECONDS}``; return what came of it."""
    global _tab
    words = json.loads(text)
    _tab = Tab(str(words["seed"]), int(words["born"]))
    return _tab.do('{"ms": 0}')


def do(text: str) -> str:
    """Let time pass and something be done, as `Tab.do`."""
    assert _tab is not None
    return _tab.do(text)


def number(text: str) -> str:
    """Return the number of the case."""
    assert _tab is not None
    return _tab.number()


def again(text: str) -> str:
    """Live a number again, in place of the case that is here; return what came of it.

    If it is none, return an empty text, and nothing has changed.
    """
    global _tab
    before = chance.source
    try:
        _tab = replay(text)
    except WrongNumber:
        chance.source = before
        return ""
    return _tab.do('{"ms": 0}')
