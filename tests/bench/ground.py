"""What the log on flash costs in time, in wear and in memory.

Times are those of an emulated Pico, whose flash takes what the data sheet says, so that a busy
computer changes no figure. Each is beside its reference of the same run.
"""

import statistics
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.bench.table import Row
from tests.conftest import ROOT
from tests.emulator import days
from tests.emulator.days import RULES, Case
from tests.emulator.files import with_files
from tests.emulator.pico import BLANK, BLOCK, Pico, half_done
from tests.end_to_end.full_log import fill
from tests.end_to_end.story import DAY, HOUR, MINUTE, prepare, refused, use_and_clean

from rollcore import blocks, state
from rollcore.blocks import MARK_AT, MARK_SIZE, SLOTS
from rollhost.case.connection import Line
from rollhost.case.sync import sync
from rollhost.database.open import open_archive
from rollhost.now import current_case_time
from rollhost.sim.transcript import Writes
from rollhost.sim.virtual_case import VirtualCase

IMAGE = ROOT / "build" / "rollcase-pico.uf2"
FLASH_BYTES = 352 * BLOCK

FULL = 257 * SLOTS - 12
"""Some 30,000 records; a few before the end of a block, so that the next ones begin another."""

CUTS = 50

FIRST_LAMP_MS = 10_000
"""Most that a start may take."""

REFUSALS = 25
"""So many records make enough flash commands for the cuts, and begin another block."""

PRESSES = 3 * SLOTS
"""So many records end three blocks."""

PATIENCE_MS = 600_000
"""Most of a Pico's own time that a measurement takes."""

STEADY_BLOCKS = 20

IDLE_MS = 1500
"""From one touch to the next: upkeep begins a second after a touch."""

OLD = 36_700
"""Records that leave few blocks free."""

TURNS = 700
"""So many turns of the loop do all upkeep that there is after a start."""

REST_MS = 70_000
"""After so long the checkpoint behind the last record is written."""

HEAP_BEFORE_KB = 196.6
AWAKE_BEFORE = 0.32
"""In %. Both were measured in the same way before the log owned its blocks."""


def full_log(folder: Path) -> bytes:
    """Return a Pico's flash whose log holds `FULL` records."""
    path = folder / "full.img"
    fill(path, FULL)
    return path.read_bytes()[:FLASH_BYTES]


def used(flash: bytes) -> bytes:
    """Return flash of which no block is blank: so is one that was in use for a while.

    The emulated Pico takes no time to erase a blank block; a chip does.
    """
    found = [flash[at : at + BLOCK] for at in range(0, len(flash), BLOCK)]
    return b"".join(bytes(BLOCK) if block == BLANK else block for block in found)


# First lamp.


def cut_states(flash: bytes | None) -> list[bytes]:
    """Return the flash as `CUTS` power cuts leave it, from the end of a use on.

    They are within flash commands and between them: the use ends, the roller is cleaned, a
    longer press is refused again and again, and the case is left alone for half an hour.
    """
    pico = Pico(IMAGE, flash)
    pico.boot()
    case = Case(pico)
    days.in_use(case)
    found: list[bytes] = []
    pico.on_flash = lambda before, after: found.extend([half_done(before, after), after])
    case.press()
    case.press(RULES.soak_after_s + RULES.dry_after_s)
    for _ in range(REFUSALS):
        pico.touch([(True, 2100), (False, 2500)])
    pico.let_pass(30 * days.MINUTE)
    assert len(found) >= CUTS
    return [found[number * len(found) // CUTS] for number in range(CUTS)]


def first_lamp(flash: bytes) -> tuple[float, bool]:
    """Start a case; return when (ms) its lamp is lit, and whether that was too early or wrong.

    Between the end of a use and that of the rest it is wrong for the lamp to be blue or green. It
    is too early before the log was opened, with which a start begins to tell of itself.
    """
    pico = Pico(IMAGE, flash)
    assert pico.run(FIRST_LAMP_MS, lambda: any(on for _, on in pico.lamp))
    lit = next(when for when, on in pico.lamp if on)
    pico.run(days.SAID_MS)
    opened = next(when for when, words in pico.trace if words.startswith("boot"))
    shown = next(words.split()[1] for _, words in pico.trace if words.startswith("lamp"))
    return lit, lit < opened or shown in (state.PREPARE, state.READY)


def first_lamps(pool: ProcessPoolExecutor, full: bytes) -> Iterator[Row]:
    """Yield how long a start takes after a power cut."""
    empty_states, full_states = pool.map(cut_states, [None, full])
    empty_lamps = list(pool.map(first_lamp, empty_states))
    full_lamps = list(pool.map(first_lamp, full_states))
    for name, pick in (("median", statistics.median), ("longest", max)):
        value, reference = (pick([lit for lit, _ in lamps]) for lamps in (full_lamps, empty_lamps))
        aim = 1.25 if name == "median" else None
        yield Row(f"first lamp, 30,000 records, {name}; empty", value, "ms", reference, aim)
    wrong = sum(is_wrong for _, is_wrong in empty_lamps + full_lamps)
    yield Row("starts that show blue or green too early", wrong, "of 100", at_most=0)


# A press.


def on_pico(call: str, flash: bytes | None) -> object:
    """Return what a call of a function in on_pico.py returns on a Pico."""
    source = Path(__file__).with_name("on_pico.py").read_bytes()
    pico = Pico(IMAGE, with_files({"on_pico.py": source}, flash))
    pico.boot()
    return pico.value(f"import on_pico\nprint(on_pico.{call})", PATIENCE_MS)


def press_times(flash: bytes) -> list[float]:
    """Return how long (ms) each of `PRESSES` takes on this flash, until the lamp has its colour."""
    return _ms(on_pico(f"presses({PRESSES})", flash))


def append_times(flash: bytes) -> list[float]:
    """Return how long (ms) as many appends of 32 bytes to a file take on this flash."""
    return _ms(on_pico(f"appends({PRESSES})", flash))


def _ms(told: object) -> list[float]:
    assert isinstance(told, list)
    return [us / 1000 for us in told]


def empty_log() -> bytes:
    """Return a Pico's flash with a log that has just begun."""
    pico = Pico(IMAGE)
    pico.boot()
    pico.run(5000)
    return pico.flash


def presses(pool: ProcessPoolExecutor, full: bytes) -> Iterator[Row]:
    """Yield how long a press takes until it is on flash and answered."""
    pieces = [used(empty_log()), used(full)]
    on_empty, on_full = pool.map(press_times, pieces)
    append_empty, append_full = pool.map(append_times, pieces)
    for name, times, appends in (
        ("empty", on_empty, append_empty),
        ("30,000 records", on_full, append_full),
    ):
        one = statistics.median(appends)
        yield Row(f"press, {name}, median; an append", statistics.median(times), "ms", one, 0.2)
        yield Row(f"press, {name}, longest; an append", max(times), "ms", one, 1)
    yield Row(
        "press, 30,000 records, longest; longest append", max(on_full), "ms", max(append_full), 1
    )


# Wear.


class Wear:
    """What a virtual case has written until now to its checkpoints and to all other blocks."""

    def __init__(self, case: VirtualCase, flash: Path) -> None:
        raw = flash.read_bytes()
        self.log, self.checkpoints = Writes(0, 0), Writes(0, 0)
        for block, writes in case.writes().items():
            at = block * BLOCK + MARK_AT
            mark = blocks.unpack_mark(raw[at : at + MARK_SIZE])
            if mark and mark.what == blocks.CHECKPOINT:
                self.checkpoints = _sum(self.checkpoints, writes)
            else:
                self.log = _sum(self.log, writes)
        self.records = sum(event["event"] == "log" for event in case.events())


def _sum(one: Writes, other: Writes) -> Writes:
    return Writes(one.programs + other.programs, one.erases + other.erases)


def record_wear(folder: Path) -> Iterator[Row]:
    """Yield what a record costs a log that is full and at home, so that each block pushes one out.

    Checkpoints are counted apart, in a day.
    """
    path = folder / "old.img"
    fill(path, OLD)
    with VirtualCase(path) as case:
        with Line(case.port) as line, open_archive(folder / "old.db", create=True) as archive:
            sync(line, archive, current_case_time)
        case.jump(MINUTE)
        before = Wear(case, path)
        while Wear(case, path).records < before.records + STEADY_BLOCKS * SLOTS:
            for _ in range(SLOTS // 2):
                case.press()
                case.jump(IDLE_MS)
                case.long_press()
                case.jump(IDLE_MS)
        after = Wear(case, path)
    records = after.records - before.records
    programs = after.log.programs - before.log.programs
    erases = after.log.erases - before.log.erases
    yield Row("pages programmed a record, blocks of the log", programs / records, "", None, 1.25)
    yield Row("erases a record, blocks of the log", erases / records, "", None, 0.02)


def day_wear(folder: Path) -> Iterator[Row]:
    """Yield what checkpoints cost in a day with a use in it."""
    path = folder / "day.img"
    with VirtualCase(path) as case:
        case.jump(DAY)
        before, began = Wear(case, path), case.jumped_s
        one_day(case)
        case.jump(DAY - round((case.jumped_s - began) * 1000))
        after = Wear(case, path)
    programs = after.checkpoints.programs - before.checkpoints.programs
    erases = after.checkpoints.erases - before.checkpoints.erases
    yield Row("pages of checkpoints programmed a day", programs, "", None, 110)
    yield Row("erases of checkpoints a day", erases, "", None, 8)


def one_day(case: VirtualCase) -> None:
    """Prepare, use and clean the roller, look now and then, and be refused."""
    case.jump(8 * HOUR)
    prepare(case)
    use_and_clean(case)
    for _ in range(3):
        case.jump(2 * HOUR)
        case.press()
        refused(case, 1)


# Memory and power.


def free_heap(flash: bytes | None) -> float:
    """Return how many KB of heap are free in a case that has been running for a while."""
    free = on_pico(f"heap({TURNS})", flash)
    assert isinstance(free, int)
    return free / 1024


def awake(flash: bytes | None) -> float:
    """Return the share of its time (%) that a case on a battery is awake, while the skin rests."""
    pico = Pico(IMAGE, flash, vbus=False)
    pico.boot()
    case = Case(pico)
    days.resting(case)
    pico.run(REST_MS)
    return 100 * pico.awake_share(60)


def heap_and_power(full: bytes) -> Iterator[Row]:
    """Yield how much heap is free, and how much of its time a resting case is awake."""
    for name, flash in (("empty", None), ("30,000 records", full)):
        yield Row(f"free heap, {name}", free_heap(flash), "KB", at_least=HEAP_BEFORE_KB)
    for name, flash in (("empty", None), ("30,000 records", full)):
        yield Row(f"awake at rest, {name}", awake(flash), "%", at_most=AWAKE_BEFORE)
