"""The same script on another Pico: the next MicroPython, a second emulator, both. The same records.

A script is what a person, a host and an owner who pulls the cable do, each at its own time. It is
lived on the emulated Pico with the product's image, and on another one. Both begin with the same
flash, whose log has an id: so records have to be the same to the last bit of their chained CRCs.
Gestures and questions come when neither clock is about to count a second.
"""

import os
import random
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.emulator import second_pico
from tests.emulator.any_pico import AnyPico
from tests.emulator.bench import sit_down
from tests.emulator.pico import Pico
from tests.emulator.protocol_pico import PORT, plugged_in
from tests.emulator.second_pico import SecondPico
from tests.end_to_end.story import stored
from tests.host.two_computers import Computer
from tests.trust.emulated_day import Broken, the_day
from tests.trust.run import IMAGE, NEXT_IMAGE
from tests.trust.trial import Counts, Trial
from tests.trust.trials_cable import folder

from rollcore import events, policy

KIND = "the same script with MicroPython 1.26, and on a second emulator"

PIECES = 6
STEPS = 20
"""What is done in a script."""

BORN = 1_798_966_800
"""2027-01-03 09:00 UTC, in Unix seconds: when a script begins."""

FIRST_MS = 5000
"""When (ms after power-up) the first thing of a script is done."""

AT_MS = 600
"""When in its second a gesture or question comes …"""

SYNC_MS = 0
"""… and when a sync, by which the case counts its seconds from then on."""

LAST_MS = 30_000
"""How long (ms) something that is done takes at most, with all that the case does about it."""

WAITS_S = (30, 61, 125, 605, 1205, 1805, 4000, 30_000, 200_000, 700_000)
"""From one thing to the next, besides `LAST_MS`: soak, dry, use, ready, rest and more."""

HOPS = 8
HOP_S = 60
"""In a wait nothing runs for an eighth of it at a time, or for a minute."""

HELD_MS = {"press": 200, "long": 2300, "very long": 10_300}

KINDS = {
    "press": 14, "long": 3, "very long": 1, "hold": 1, "clinic": 1, "reaction": 1, "head": 2,
    "headout": 1, "rule": 1, "sync": 3, "cut": 2,
}  # fmt: skip
"""What may be done, and how often beside the others."""

Step = tuple[str, float, dict[str, object]]
"""What is done, after how many seconds, and what a question says."""

PowerUp = Callable[[bytes], AnyPico]
"""Gives a Pico with this flash power."""


@dataclass
class Lived:
    """What a script came to."""

    told: list[bytes] = field(default_factory=list)
    """Every record, as the watcher's wire told it when it was written."""
    kept: list[bytes] = field(default_factory=list)
    """Every record, as the case gave it away at last."""
    home: list[bytes] = field(default_factory=list)
    """Every record, as `host sync` has put it into a database at last."""
    answers: list[object] = field(default_factory=list)
    """What was answered to each question, and what each sync ended with."""
    known: dict[str, object] = field(default_factory=dict)
    """Status, state and policy at last."""


def script(seed: int) -> list[Step]:
    """Return what is done in a script: always the same for one seed."""
    dice = random.Random(seed)
    steps: list[Step] = [("sync", 0, {})]
    rules = policy.for_needle(250)
    for number in range(STEPS):
        (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
        at: dict[str, object] = {"token": 1000 + number}
        if kind == "hold":
            at |= {"reason": events.SUNBURN, "until": 0}
        elif kind == "clinic":
            at |= {"zone": 0, "at": 220_000_000 + number, "needle_um": 1500}
        elif kind == "reaction":
            at |= {"zone": 0, "open": dice.randrange(2), "at": 220_000_000 + number}
        elif kind == "headout":
            at |= {"reason": dice.randrange(1, 4)}
        elif kind == "rule":
            at = {"policy": rules.changed(revision=number + 1, rest_h=170 + number).text}
        steps.append((kind, dice.choice(WAITS_S), at))
    return [*steps, ("press", 61, {}), ("sync", 61, {})]


class Story:
    """One Pico that lives a script. `power_up` gives it power, again after each cut."""

    def __init__(self, power_up: PowerUp, flash: bytes, home: Path) -> None:
        self._power_up = power_up
        self._computer = Computer(home / "rollcase.db")
        self._home = home
        self._passed_ms = 0
        """How long it had power before it got it last."""
        self.lived = Lived()
        self._pico = self._start(flash)

    def live(self, steps: list[Step]) -> Lived:
        """Live the script; return what it came to."""
        due_ms: float = FIRST_MS
        for kind, wait_s, fields in steps:
            due_ms += wait_s * 1000
            self._wait(due_ms + (SYNC_MS if kind == "sync" else AT_MS), max(wait_s / HOPS, HOP_S))
            if kind == "sync":
                self._sync()
            elif kind == "cut":
                self._passed_ms += round(due_ms)
                self._cut()
                due_ms = FIRST_MS
            elif kind in HELD_MS:
                self._pico.touch([(True, HELD_MS[kind]), (False, 2000)])
            else:
                answer = self._pico.ask(kind, **fields)
                self.lived.answers.append((kind, answer.verb, answer.fields))
            due_ms += LAST_MS
        self._wait(due_ms + AT_MS, HOP_S)
        self._end()
        return self.lived

    def _start(self, flash: bytes) -> AnyPico:
        pico = self._power_up(flash)
        pico.boot()
        return pico

    def _wait(self, until_ms: float, hop_s: float) -> None:
        """Let time pass until the Pico's own says so many ms."""
        pico = self._pico
        if pico.now > until_ms:
            raise Broken("failed", f"at {until_ms:.0f} ms it was {pico.now:.0f} already")
        while until_ms - pico.now > 3000:
            # What the case does by itself it does when it is let run: here in the same second.
            end = min(pico.now + hop_s * 1000, until_ms - 2000) // 1000 * 1000 + AT_MS
            pico.hop(end - pico.now)
            pico.run(30)
        pico.run(until_ms - pico.now)

    def _sync(self) -> None:
        now = BORN + (self._passed_ms + round(self._pico.now)) // 1000
        with plugged_in(self._pico):
            self.lived.answers.append(self._computer.run(now, "sync", "--port", PORT)[0])

    def _cut(self) -> None:
        pico, flash = self._pico, self._pico.flash
        self._note(pico)
        self._pico = self._start(flash)

    def _note(self, pico: AnyPico) -> None:
        """Note what the watcher's wire has told, and switch the Pico off."""
        lines = [line.split() for _, line in pico.trace]
        self.lived.told += [bytes.fromhex(words[1]) for words in lines if words[0] == "log"]
        if isinstance(pico, SecondPico):
            pico.close()

    def _end(self) -> None:
        pico, lived = self._pico, self.lived
        status = pico.ask("status").fields
        rules, state = pico.ask("policy").word("policy"), pico.ask("state", seq=0).raw("raw")
        lived.known = {**status, "policy": rules, "state": state.hex()}
        lived.kept = pico.log()
        self._note(pico)
        lived.home = [bytes.fromhex(raw) for raw in stored(self._computer.path)]


@contextmanager
def at_the_bench(home: Path) -> Iterator[None]:
    """Let `host` find a Pico of this process, and be sure of its clock."""
    settings = {"ROLLCASE_RUNTIME_DIR": str(home), "TZ": "UTC"}
    with (
        pytest.MonkeyPatch.context() as monkey,
        patch.dict(os.environ, settings),
        patch("rollhost.cli.sure_clock.is_synchronised", lambda now: True),
    ):
        sit_down(monkey)
        yield


def live(power_up: PowerUp, steps: list[Step], flash: bytes) -> Lived:
    """Live a script on one Pico, with a computer of its own."""
    with folder() as home, at_the_bench(home):
        return Story(power_up, flash, home).live(steps)


@cache
def first_flash() -> bytes:
    """Return the flash of a case that has started once: its log has an id."""
    pico = Pico(IMAGE)
    pico.boot()
    pico.run(500)
    return pico.flash


def compare(true: Lived, other: Lived) -> None:
    """Raise `Broken` unless both came to the same, and every record came home from both."""
    for lived in (true, other):
        if not lived.kept == lived.home:
            raise Broken("lost", f"{len(lived.home)} of {len(lived.kept)} records came home")
        if lived.kept[-len(lived.told) :] != lived.told:
            raise Broken("lost", "what the wire has told is not what the case keeps")
    numbers = [events.seq_of(raw) for raw in other.kept]
    if len(set(numbers)) < len(numbers):
        raise Broken("doubled", f"a number is there twice: {numbers}")
    if len(other.kept) < len(true.kept):
        raise Broken("lost", f"{len(other.kept)} records in place of {len(true.kept)}")
    for raw, due in zip(other.kept, true.kept, strict=False):
        if raw != due:
            raise Broken("failed", f"{raw.hex()} is there in place of {due.hex()}")
    if len(other.kept) > len(true.kept):
        raise Broken("failed", f"{len(other.kept)} records in place of {len(true.kept)}")
    for name, value in true.known.items():
        if other.known.get(name) != value:
            raise Broken("bent", f"{name} is {other.known.get(name)} in place of {value}")
    for answer, due_answer in zip(other.answers, true.answers, strict=True):
        if answer != due_answer:
            raise Broken("failed", f"{answer} in place of {due_answer}")


def same_script(
    emulator: Callable[[Path, bytes], AnyPico], image: Path, seed: int, piece: int
) -> Counts:
    """Live a script on the Pico of all other trials, and on another one."""
    counts = Counts()
    steps = script(seed * 1000 + piece)
    true = live(partial(Pico, IMAGE), steps, first_flash())
    counts.tried = len(true.kept)
    try:
        compare(true, live(partial(emulator, image), steps, first_flash()))
    except Broken as broken:
        counts.fault(broken.what, f"seed {seed}, piece {piece}: {broken.text}")
    except Exception as error:
        counts.fault("failed", f"seed {seed}, piece {piece}: {error!r}")
    return counts


def same_but_for_a_second(true: bytes, other: bytes) -> bool:
    """Return whether two records are the same, but for a second in uptime and time, and the CRC.

    What is done in the day of `emulated_day.py` comes at any moment of a second.
    """
    seq, kind, zone, boot, uptime, time, fields = struct.unpack("<IBBHII12s4x", other)
    due = struct.unpack("<IBBHII12s4x", true)
    same = (seq, kind, zone, boot, fields) == (*due[:4], due[6])
    return same and abs(uptime - due[4]) <= 1 and abs(time - due[5]) <= 1


def same_day(seed: int, piece: int) -> Counts:
    """Live the day of `emulated_day.py` with both images."""
    counts = Counts()
    lives = [
        the_day(image, seed + piece // 2, short=piece % 2 == 0)[1] for image in (IMAGE, NEXT_IMAGE)
    ]
    true, other = ([raw for log in life.logs for _, raw in log.rows] for life in lives)
    counts.tried = len(true)
    where = f"seed {seed}, piece {piece}"
    if len(other) < len(true):
        counts.fault("lost", f"{where}: {len(other)} records in place of {len(true)}")
    elif not all(map(same_but_for_a_second, true, other)):
        counts.fault("failed", f"{where}: the records are other ones")
    return counts


def no_next_image() -> str:
    """Return why there is nothing to try; an empty text if there is."""
    return "" if NEXT_IMAGE.exists() else "there is no build/rollcase-next.uf2: make firmware-next"


def neither() -> str:
    """Return which of both is missing; an empty text if none."""
    return second_pico.missing() or no_next_image()


TRIALS = [
    Trial(
        "the same day, MicroPython 1.26 beside 1.25",
        4,
        same_day,
        needs_image=True,
        lacks=no_next_image,
    ),
    Trial(
        "the same script, MicroPython 1.26 beside 1.25",
        PIECES,
        partial(same_script, Pico, NEXT_IMAGE),
        needs_image=True,
        lacks=no_next_image,
    ),
    Trial(
        "the same script, a second emulator beside the first",
        PIECES,
        partial(same_script, SecondPico, IMAGE),
        needs_image=True,
        lacks=second_pico.missing,
    ),
    Trial(
        "the same script, a second emulator with MicroPython 1.26",
        PIECES,
        partial(same_script, SecondPico, NEXT_IMAGE),
        needs_image=True,
        lacks=neither,
    ),
]
