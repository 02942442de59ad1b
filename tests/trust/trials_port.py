"""A real port that is noisy, shared or cut: a case in a process of its own, in real time.

The case is MicroPython on this computer, and the image on an emulated Pico, which a byte 0x03 of
any program stops. It lives on over all faults of a piece, and is told something before each.
"""

import json
import os
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from unittest.mock import patch

import serial
from tests.end_to_end.relay import Relay
from tests.end_to_end.story import logged, logged_so_far, prepare, stored, use_and_clean
from tests.host.two_computers import Computer
from tests.micropython.test_micropython import MICROPYTHON
from tests.trust.cable import TO_CASE, TO_HOST, CableOff, Fault, Spoiler
from tests.trust.cable_story import told
from tests.trust.run import IMAGE
from tests.trust.trial import Counts, Trial
from tests.trust.trials_cable import PROBES, folder

from rollcore import events
from rollhost.case import connection
from rollhost.database import diary
from rollhost.errors import DONE
from rollhost.sim.virtual_case import VirtualCase

KIND = "a real port with noise, probes and other programs"

IN_A_PIECE = 5
PIECES = 80
EMULATED_PIECES = 20

BORN = 1_798_966_800
"""2027-01-03 09:00 UTC, in Unix seconds: when a piece begins."""

LENGTH = 2500
"""Bytes of a sync, both ways, at least: a fault is at one of them."""

IMPATIENT_S = 0.3
"""How long a sync that is disturbed waits for an answer, so that a trial does not take hours."""

LONGEST_DELAY_MS = 700

OPEN = "open"
"""A kind of `Fault`: another program opens the port, does with it as it likes, and closes it."""

STOPS = (b"\x03", b"\x03\x03", b"\r\x03\x03\x01", b"\x03\x04", b"\x03AT\r\n", b"\x03\x02")
"""What stops a case: a terminal's Ctrl-C, mpremote, a board's tool that goes away again."""


class SpoiltRelay(Relay):
    """A relay to the case on a port, with faults."""

    def __init__(self, case_port: str, faults: list[Fault], chance: Random) -> None:
        super().__init__(case_port)
        self._case_port = case_port
        self._opens = sorted(fault.at for fault in faults if fault.kind == OPEN)
        self._chance = chance
        rest = [fault for fault in faults if fault.kind != OPEN]
        self._spoiler = Spoiler(rest, lambda: int(time.monotonic() * 1000))

    def _pass_on(self, source: int, target: int) -> None:
        if self._opens and self._opens[0] <= self._spoiler.passed:
            self._opens.pop(0)
            meddle(self._case_port, self._chance)
            return  # what was to be read may be gone
        data = os.read(source, 4096)
        to_case = source == self._host
        ends = (target, source) if to_case else (source, target)
        try:
            for way, part in self._spoiler.put(TO_CASE if to_case else TO_HOST, data):
                while (left := self._spoiler.held_until / 1000 - time.monotonic()) > 0:
                    time.sleep(left)
                sent = 0
                while sent < len(part):
                    sent += os.write(ends[way], part[sent:])
        except CableOff:
            self._cut_after = self.passed


def meddle(port: str, chance: Random) -> None:
    """Open a port as another program does, and close it again.

    It takes another speed, the modem's lines as far as there are any, empties what waits, sends and
    reads; or leaves a terminal's settings behind, by which all that comes goes back to the case.
    """
    speed = chance.choice((1200, 9600, 57600, 115200, 921600))
    with suppress(OSError, termios.error), serial.Serial(port, speed, timeout=0) as other:
        for line in chance.sample(("dtr", "rts"), 2):
            with suppress(OSError):
                setattr(other, line, chance.random() < 0.5)
        does = chance.randrange(5)
        if does == 0:
            other.reset_input_buffer()
        elif does == 1:
            other.reset_output_buffer()
        elif does == 2:
            other.write(chance.choice(PROBES))
        elif does == 3:
            other.read(chance.choice((1, 64, 4096)))
        else:
            settings = termios.tcgetattr(other.fileno())
            settings[3] |= termios.ECHO | termios.ICANON
            termios.tcsetattr(other.fileno(), termios.TCSANOW, settings)


class Trouble(Exception):
    """What was found after the second sync: `what` as in `Counts`."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(text)
        self.what = what


class Home:
    """A case on a port and a computer, both of which live on."""

    def __init__(self, case: VirtualCase, folder: Path) -> None:
        self.case = case
        self.computer = Computer(folder / "rollcase.db")
        prepare(case)
        use_and_clean(case)
        self.sync("--needle", "0.5", "--person", "me")

    @property
    def now(self) -> int:
        """Unix time (s) of case and computer."""
        return BORN + int(self.case.elapsed_s)

    def sync(self, *words: str) -> None:
        """Sync without a fault, and look at both ends. Raises `Trouble`."""
        code, text = self.computer.run(self.now, "sync", "--port", self.case.port, "--json", *words)
        if code != DONE:
            raise Trouble("failed", f"the second sync ends with {code}: {text}")
        said = json.loads(text)
        if said["agrees"] is not True:
            raise Trouble("failed", "the two ends do not agree")
        here = stored(self.computer.path)
        there = logged(self.case, here[-1])
        if here != there:
            what = "lost" if len(here) < len(there) else "doubled"
            raise Trouble(what, f"the case has {len(there)} records, the database {len(here)}")
        records = told([events.decode(bytes.fromhex(raw)) for raw in here])
        twice = [key for key, times in records.items() if times > 1 and key[0] == events.CLINIC]
        if twice:
            raise Trouble("doubled", f"the case was told twice: {twice}")
        code, text = self.computer.run(self.now, "verify")
        if code != DONE:
            raise Trouble("lost", text)

    def press(self) -> None:
        """See that a press is answered and logged. Raises `Trouble`."""
        before = len(logged_so_far(self.case))
        self.case.long_press()
        if len(logged_so_far(self.case)) != before + 1:
            raise Trouble("failed", "a press is not logged")

    def try_faults(self, faults: list[Fault], chance: Random, cuts_power: bool) -> None:
        """Say something, let faults happen to a sync, and sync again. Raises `Trouble`."""
        before = self._sessions()
        code, text = self.computer.run(self.now, "clinic", "today", "--needle", "1.5")
        assert code == DONE, text
        (token,) = self._sessions() - before
        with (
            SpoiltRelay(self.case.port, faults, chance) as relay,
            patch.object(connection, "ANSWER_S", IMPATIENT_S),
            patch.object(connection, "GREETING_S", IMPATIENT_S),
        ):
            self.computer.run(self.now, "sync", "--port", relay.port, "--json")
        if cuts_power:
            self.case.cut()
        self.sync()
        records = [events.decode(bytes.fromhex(raw)) for raw in stored(self.computer.path)]
        if token not in [event.data.get("token") for event in records]:
            raise Trouble("bent", "the case does not know of a session at a clinic")
        self.press()

    def _sessions(self) -> set[int]:
        """Return the tokens of the sessions at a clinic that were written down."""
        return {entry.token for entry in self.computer.read().entries if entry.kind == diary.CLINIC}


@contextmanager
def a_home(image: Path | None) -> Iterator[Home]:
    """Lend a case that runs and a computer that has synced it."""
    with ExitStack() as stack:
        place = stack.enter_context(folder())
        case = stack.enter_context(VirtualCase(place / "flash.img", image))
        yield Home(case, place)


def faults_of(chance: Random, stops: bool) -> list[Fault]:
    """Return what happens to one sync, at places of a sync of this length."""

    def one() -> Fault:
        at = chance.randrange(LENGTH) if chance.random() < 0.85 else 0
        kind = chance.choice(("flip", "drop", "double", "insert", "delay", "cut", OPEN, OPEN))
        if kind == "flip":
            return Fault(at, kind, data=bytes([1 << chance.randrange(8)]))
        if kind == "insert":
            return Fault(at, kind, data=chance.choice(PROBES))
        if kind == "delay":
            return Fault(at, kind, chance.randrange(LONGEST_DELAY_MS))
        return Fault(at, kind, chance.choice((1, 8, 64, 512)))

    found = [one() for _ in range(chance.choice((1, 1, 2, 4)))]
    if stops:
        found.append(Fault(chance.randrange(LENGTH), "insert", data=chance.choice(STOPS)))
    return found


def on_a_port(seed: int, piece: int, image: Path | None = None) -> Counts:
    """Let faults happen to a few syncs of a case that lives on."""
    counts = Counts()
    with a_home(image) as home:
        for number in range(piece * IN_A_PIECE, (piece + 1) * IN_A_PIECE):
            chance = Random(seed * 1_000_003 + number)
            counts.tried += 1
            faults = faults_of(chance, stops=image is not None and chance.random() < 0.6)
            try:
                home.try_faults(faults, chance, cuts_power=chance.random() < 0.2)
            except Trouble as trouble:
                counts.fault(trouble.what, f"piece {piece}, number {number}, {faults}: {trouble}")
                break  # what comes next would begin with it
    return counts


def on_an_emulated_pico(seed: int, piece: int) -> Counts:
    """Let faults happen to a few syncs of the image, with bytes that stop it."""
    return on_a_port(seed, piece, IMAGE)


TRIALS = [
    Trial(
        "port of an emulated Pico with faults, probes and stops",
        EMULATED_PIECES,
        on_an_emulated_pico,
        share=(),
        needs_image=True,
    )
]
if MICROPYTHON is not None:
    TRIALS += [Trial("port with faults, probes and other programs", PIECES, on_a_port, share=(0,))]
