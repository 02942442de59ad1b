"""A case in a process of its own: the firmware in MicroPython, on littlefs, behind a real port.

It does what a `LivingCase` does. What it is like inside it tells over its line, as to a host.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.end_to_end.relay import Relay

from rollcore import events, policy, slots, snapshot, state
from rollcore.events import RECORD_SIZE, Event
from rollcore.memory import State
from rollcore.policy import Policy
from rollcore.state import Standing
from rollhost.case.connection import Line
from rollhost.sim.virtual_case import VirtualCase

ID_SIZE = 8
"""Bytes behind the blocks of a flash file, which identify the chip."""


class RunningCase:
    """A case that is switched on at `ms` of the world (ms); its flash is a file in `folder`."""

    def __init__(self, folder: Path, number: int, ms: int) -> None:
        folder.mkdir(exist_ok=True)
        self.number = number
        self.is_dead = False
        self._flash = folder / "flash.img"
        self._start_ms = ms
        self._run = VirtualCase(self._flash)
        self._run.__enter__()
        with Line(self.port) as line:
            self.device = line.device

    @property
    def port(self) -> str:
        """The port by which `host` opens it."""
        return self._run.port

    @property
    def ms(self) -> int:
        """The millisecond of the world up to which the case has lived."""
        return self._start_ms + int(self._run.elapsed_s * 1000)

    @contextmanager
    def broken(self, chance: Random) -> Iterator[str]:
        """Lend a port on which the cable comes off in the middle of a sync."""
        with Relay(self.port, cut_after=chance.randrange(10, 3000)) as relay:
            yield relay.port

    def take_away(self) -> None:
        """Switch it off for good."""
        self._run.__exit__()

    def live_until(self, ms: int) -> None:
        """Let time pass until millisecond `ms` of the world."""
        self._run.jump(max(0, ms - self.ms))

    def wait(self, seconds: int) -> None:
        """Let seconds pass."""
        self._run.jump(seconds * 1000)

    def settle(self) -> None:
        """Nothing: it lives by itself."""

    def press(self) -> None:
        """Make a press."""
        self._run.press()

    def long_press(self) -> None:
        """Keep the button down for two seconds."""
        self._run.long_press()

    def very_long_press(self) -> None:
        """Keep the button down for ten seconds."""
        self._run.very_long_press()

    def power_cut(self, ms: int) -> None:
        """Take the power away until millisecond `ms` of the world."""
        self._run.__exit__()
        self._switch_on(max(ms, self.ms))

    def _switch_on(self, ms: int) -> None:
        self._start_ms = ms
        self._run = VirtualCase(self._flash)
        self._run.__enter__()

    def _with_flash(self, data: bytes) -> None:
        """Switch off, put `data` onto the flash, and switch on."""
        now = self.ms
        self._run.__exit__()
        self._flash.write_bytes(data)
        self._switch_on(now)

    def wipe(self) -> None:
        """Empty the flash, and switch on."""
        raw = self._flash.read_bytes()
        self._with_flash(b"\xff" * (len(raw) - ID_SIZE) + raw[-ID_SIZE:])

    def copy_flash(self) -> bytes:
        """Return a copy of all that is on the flash."""
        return self._flash.read_bytes()

    def put_back(self, copy: bytes) -> None:
        """Put such a copy back, and switch on."""
        self._with_flash(copy)

    def damage(self, seq: int) -> bool:
        """Flip many bits of a record on the flash, and switch on; return whether there was one."""
        with Line(self.port) as line:
            _, _, raw = next(line.blocks(seq, seq + 1))
        data = bytearray(self._flash.read_bytes())
        at = data.find(raw)
        if events.seq_of(raw) != seq or at < 0:
            return False
        data[at + 8 : at + 16] = bytes(byte ^ 0x55 for byte in raw[8:16])
        self._with_flash(bytes(data))
        return True

    @property
    def fault(self) -> str:
        """What keeps the case from its work."""
        with Line(self.port) as line:
            return line.ask("status").word("fault")

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        with Line(self.port) as line:
            return policy.parse(line.ask("policy").word("policy"))

    @property
    def folded(self) -> State:
        """The state of the case."""
        with Line(self.port) as line:
            return snapshot.unpack(line.ask("state", seq=0).raw("raw"))

    @property
    def case_time(self) -> int:
        """The case's clock."""
        with Line(self.port) as line:
            return line.ask("status").integer("time")

    @property
    def standing(self) -> Standing:
        """Where the case stands, judged as it does."""
        with Line(self.port) as line:
            rules = policy.parse(line.ask("policy").word("policy"))
            folded = snapshot.unpack(line.ask("state", seq=0).raw("raw"))
            return state.judge(folded, rules, line.ask("status").integer("time"))

    @property
    def log_id(self) -> str:
        """The id of the log."""
        with Line(self.port) as line:
            return line.ask("status").word("log")

    @property
    def first_seq(self) -> int:
        """The number of the oldest record."""
        with Line(self.port) as line:
            return line.ask("status").integer("first")

    @property
    def next_seq(self) -> int:
        """The number of the next record."""
        with Line(self.port) as line:
            return line.ask("status").integer("next")

    def log_events(self) -> list[Event]:
        """Return the records of the log that are whole."""
        found: list[Event] = []
        with Line(self.port) as line:
            status = line.ask("status")
            for first, chain, raw in line.blocks(status.integer("first"), status.integer("next")):
                walked, _ = slots.walk(raw, first, chain)
                assert len(raw) % RECORD_SIZE == 0
                found += [events.decode(slot.raw) for slot in walked if slot.is_record]
        return found
