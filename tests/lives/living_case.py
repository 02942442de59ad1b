"""A case in this process that a life presses, cuts, wipes and damages: the firmware as it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from shutil import rmtree

from serial.serialutil import SerialException
from tests.firmware.memory_flash import Ground
from tests.firmware.server_line import whole
from tests.firmware.whole_case import FIRST_TICK, WholeCase, events_of
from tests.lives.wire import Wire

from rollcase.server import Server
from rollcore import events, state
from rollcore.events import Event
from rollcore.memory import State
from rollcore.policy import Policy
from rollcore.state import Standing

DAY_S = 86400

QUIET = (state.RESTING, state.PREPARE, state.HEAD_EXPIRED, state.HELD, state.CLEAN_ME)
"""Phases in which nothing is logged by itself, so that days may pass in one step."""

HOP_S = 5 * DAY_S
"""The longest step: the tick counter of a board goes round after twelve days."""


class PowerCut(Exception):
    """The power went while the flash was to be written."""


class LivingCase(WholeCase):
    """A case that was switched on at millisecond `ms` of the world, with a cable to a computer."""

    def __init__(self, directory: Path, number: int, ms: int) -> None:
        self.number = number
        self.device = f"{number + 1:x}{number + 1:x}c0ffee"
        self._writes_left = -1
        self.wire = Wire(self._answer)
        self.is_dead = False
        """Whether the power went in a sync, so that the case has to be switched on."""
        ground = Ground()
        ground.flash.watchers.append(self._watch)
        super().__init__(directory, ground=ground)
        self.ms = ms

    def switch_on(self, cause: int = events.POWER_ON, first_tick: int = FIRST_TICK) -> None:
        """Start from what is on the flash."""
        self._writes_left = -1
        self.is_dead = False
        super().switch_on(cause, first_tick)
        self._server = Server(self.app, self.device, "pico")

    @property
    def standing(self) -> Standing:
        """Where the case says that it stands: what its lamp shows."""
        return self.app.standing

    @property
    def fault(self) -> str:
        """What keeps the case from its work."""
        return self.app.fault

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.app.policy

    @property
    def folded(self) -> State:
        """The state of the case."""
        return self.app.journal.state

    @property
    def case_time(self) -> int:
        """The case's clock."""
        return self.app.clock.time

    @property
    def log_id(self) -> str:
        """The id of the log."""
        return self.app.journal.log_id.hex()

    @property
    def first_seq(self) -> int:
        """The number of the oldest record."""
        return self.app.journal.first

    @property
    def next_seq(self) -> int:
        """The number of the next record."""
        return self.app.journal.next

    def settle(self) -> None:
        """Let the case see what the time is."""
        self.tick(0, False)

    @property
    def port(self) -> str:
        """The port by which `host` opens it."""
        return self.wire.port

    def take_away(self) -> None:
        """Take the case away for good."""
        self.wire.take_away()

    @contextmanager
    def broken(self, chance: Random) -> Iterator[str]:
        """Lend a port on which the cable comes off in the middle of a sync, or the power goes."""
        self.wire.writes = 0
        if chance.random() < 0.5:
            self.wire.cut_at = chance.randrange(1, 20)
            self.wire.reaches = chance.random() < 0.5
        else:
            self._writes_left = chance.randrange(8)
        yield self.port
        self.wire.cut_at, self._writes_left = 0, -1
        if self.is_dead:
            self.switch_on()

    def live_until(self, ms: int) -> None:
        """Let time pass until millisecond `ms` of the world."""
        while self.ms < ms:
            rest = ms - self.ms
            if rest > 2 * DAY_S * 1000 and self.app.standing.phase in QUIET:
                self.tick(min(rest, HOP_S * 1000), False)
            else:
                self.tick(min(rest, max(1, self.app.idle_ms())), False)

    def power_cut(self, ms: int) -> None:
        """Take the power away until millisecond `ms` of the world."""
        self.ms = max(self.ms, ms)
        self.switch_on()

    def _watch(self) -> None:
        if self._writes_left > 0:
            self._writes_left -= 1
        elif self._writes_left == 0:
            self.is_dead = True
            raise PowerCut

    def _answer(self, data: bytes) -> bytes:
        """Answer the host as `Loop.turn` does: a step, an answer, upkeep."""
        if self.is_dead:
            return b""
        said = b""
        try:
            self._server.receive(data)
            while self._server.waiting:
                said += whole(self._server.answer())
                self.tick(0, False)
        except PowerCut:
            raise SerialException("the case has no power") from None
        return said

    def wipe(self) -> None:
        """Empty the flash, as a format does, and switch the case on."""
        self.ground = Ground()
        self.ground.flash.watchers.append(self._watch)
        self.flash, self.files = self.ground.flash, self.ground.files
        rmtree(self.directory)
        self.directory.mkdir()
        self.switch_on()

    def copy_flash(self) -> tuple[bytes, dict[str, int], dict[str, bytes]]:
        """Return a copy of all that is on the flash."""
        rules = {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in self.directory.rglob("*")
            if path.is_file()
        }
        return bytes(self.flash.image), dict(self.files._blocks), rules

    def put_back(self, copy: tuple[bytes, dict[str, int], dict[str, bytes]]) -> None:
        """Put such a copy back, and switch the case on."""
        image, files, rules = copy
        self.flash.image[:] = image
        self.files._blocks = dict(files)
        rmtree(self.directory)
        self.directory.mkdir()
        for name, text in rules.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        self.switch_on()

    def log_events(self) -> list[Event]:
        """Return the records of the log that are whole, read from flash."""
        return events_of(self.app.journal)

    def damage(self, seq: int) -> bool:
        """Flip many bits of a record on the flash, and switch the case on.

        Returns whether there was one: the slot may be blank or torn.
        """
        generation = max(
            int(name.split("-")[0]) for name in self.files.names() if name[0].isdigit()
        )
        block = self.ground.block_of(seq, generation)
        at = self.ground.slot_at(seq)
        raw = self.flash.read(block, at, events.RECORD_SIZE)
        if events.seq_of(raw) != seq:
            return False
        self.flash.replace(block, at + 8, bytes(byte ^ 0x55 for byte in raw[8:16]))
        self.switch_on()
        return True

    def _make_id(self) -> bytes:
        self._logs += 1
        return bytes([0xA0 + self.number, 1, 2, 3, 4, 5, self._logs >> 8, self._logs & 255])
