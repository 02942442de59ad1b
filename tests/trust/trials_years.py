"""Fifty years of daily use on littlefs, on a flash that counts: see `suite/years.py`.

A whole life, in ``make trust-long``, is of a Pico's flash: 28 years by one clock, which ends in
January 2054, and 22 by a clock that was set anew; then no sync until the log is full, and one that
brings all of it home. ``make trust`` lives parts of it on smaller flashes, which fill sooner.

The same flash is put into an emulated Pico after a year and after many: the image starts as fast on
both, writes as much in the same days, and keeps what it has logged.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.emulator.pico import Pico
from tests.micropython.test_micropython import MICROPYTHON
from tests.trust.run import IMAGE
from tests.trust.trial import Counts, Trial
from tests.trust.trials_power import ROOT, run

from rollcore import events

KIND = "years of daily use on a flash that counts"

YEAR = 365
DAYS = 50 * YEAR
LIVES = 2
BLOCKS = 352
"""What a Pico has."""

PARTS = ((24, 560), (32, 1500), (48, 2200))
"""Blocks of a flash and days, of each part."""

HOP_S = 600
"""How long the emulated Pico is left alone at a time (s): a checkpoint is due after 900."""

MOST_MORE = 1.25
"""How many times as long a start may take on the older flash, and how much more a day may write:
the aim of `make bench` for a start with 30,000 records."""


def fifty_years(seed: int, piece: int) -> Counts:
    """Live a whole life."""
    return run("years", seed + piece, BLOCKS, DAYS)


def years(seed: int, piece: int) -> Counts:
    """Live some years on a small flash."""
    return run("years", seed + piece, *PARTS[piece])


def years_on_a_pico(seed: int, piece: int) -> Counts:
    """Compare a day after a year with one after five."""
    return compare(seed + piece, 5 * YEAR, 1)


def fifty_years_on_a_pico(seed: int, piece: int) -> Counts:
    """Compare two weeks after a year with two after fifty."""
    return compare(seed + piece, DAYS, 14)


def compare(seed: int, last: int, days: int) -> Counts:
    """Use the image for so many days, on a flash that is a year old, and on one of `last` days."""
    counts = Counts()
    costs = []
    for age in (YEAR, last):
        flash = flash_after(seed, age, counts)
        costs.append(live(flash, days, counts, f"seed {seed}, after {age} days"))
    for name in costs[0]:
        first, then = (cost[name] for cost in costs)
        if then > first * MOST_MORE:
            counts.fault("failed", f"seed {seed}: {name} {then:.0f}, and {first:.0f} after a year")
    return counts


def flash_after(seed: int, days: int, counts: Counts) -> bytes:
    """Return a Pico's flash after so many days of use on MicroPython."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flash"
        code = f"from tests.trust.suite import years; years.save({seed}, {days}, {str(path)!r})"
        done = subprocess.run(
            [str(MICROPYTHON), "-X", "heapsize=64m", "-c", code],
            env={**os.environ, "MICROPYPATH": os.pathsep.join([str(ROOT), str(ROOT / "firmware")])},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        counts.add(Counts(**json.loads(done.stdout)))
        return path.read_bytes()


def live(flash: bytes, days: int, counts: Counts, where: str) -> dict[str, float]:
    """Use the image every day; return what a start and these days have cost."""
    pico = Pico(IMAGE, flash)
    pico.boot()
    cost = {"ms until the first lamp": pico.now}
    pico.run(2000)
    status = pico.ask("status")
    pico.ask("time", time=status.integer("time") + 60, sure=events.SYNCHRONISED, force=1)
    for _ in range(days):
        counts.tried += 1
        before = len(answered(pico))
        if "head_expired" in lamp(pico):
            touch(pico, 10_300)
        if "resting" in lamp(pico):
            touch(pico, 10_300)
        for wait_s in (1215, 120, 5, 86_400 - 1400):
            touch(pico, 150)
            pico.let_pass(wait_s, min(wait_s, HOP_S if wait_s > 1400 else 60))
        kinds = [events.decode(raw).kind for raw in answered(pico)[before:]]
        if kinds.count(events.USE_STARTED) != 1 or kinds.count(events.SOAK_ENDED) != 2:
            counts.fault("failed", f"{where}: the records of a day are {kinds}")
    cost["programs and erases"] = pico.programs + pico.erases
    due = answered(pico)
    after = Pico(IMAGE, pico.flash)
    after.boot()
    after.run(2000)
    found = after.log()[-len(due) - 1 : -1]  # the last one is of this start
    if found != due:
        counts.fault("lost", f"{where}: {len(due)} records were answered, others are there")
    return cost


def answered(pico: Pico) -> list[bytes]:
    """Return the records that the case has told of since its start."""
    return [bytes.fromhex(line[4:]) for _, line in pico.trace if line.startswith("log ")]


def lamp(pico: Pico) -> str:
    """Return what the lamp shows."""
    return [line for _, line in pico.trace if line.startswith("lamp ")][-1]


def touch(pico: Pico, ms: int) -> None:
    """Keep the button down for `ms`, then release it."""
    pico.touch([(True, ms), (False, 1300)])


TRIALS = [
    Trial("years of daily use, then a log that is full", len(PARTS), years),
    Trial("fifty years of daily use", LIVES, fifty_years, share=(), is_long=True),
    Trial(
        "first and fifth year on an emulated Pico",
        1,
        years_on_a_pico,
        share=(),
        needs_image=True,
    ),
    Trial(
        "first and fiftieth year on an emulated Pico",
        LIVES,
        fifty_years_on_a_pico,
        share=(),
        is_long=True,
        needs_image=True,
    ),
]
if MICROPYTHON is None:
    TRIALS = []
    print("left out, because there is no MicroPython for this machine: years", file=sys.stderr)
