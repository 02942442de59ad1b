"""The same days in two cases without a board: the one in a browser's tab, and the virtual case.

A day is what a person does, with the time from one thing to the next, and the power going now and
then. Both run the firmware, on two builds of MicroPython, with other parts around it. Their records
have to be the same, but for the checksum: its chain begins with the log's id, which is random.
"""

import os
import random
import subprocess
import tempfile
from pathlib import Path

from tests.conftest import ROOT
from tests.host.page import tab_case
from tests.host.page.tab_case import TabCase
from tests.micropython.test_micropython import MICROPYTHON
from tests.trust.trial import Counts, Trial

from rollcore import events

KIND = "the case in a browser's tab and the virtual case, over the same days"

DAYS = 200
IN_A_PIECE = 2
THINGS = 25
"""What is done in a day."""

HELD_MS = {"press": 150, "too long": 1000, "long": 2100, "very long": 10_100}
KINDS = {"press": 12, "too long": 1, "long": 3, "very long": 2, "cut": 2, "nothing": 2}
"""What may be done, and how often beside the others."""

WAITS_MS = (100, 700, 5000, 65_000, 130_000, 610_000, 1_210_000, 3_600_000, 9_000_000)

VIRTUAL = ROOT / "boards" / "virtual"

CUT = "cut"


def day(seed: int) -> list[str]:
    """Return what is done in a day, as commands of boards/virtual/outside.py and `CUT`."""
    dice = random.Random(seed)
    done = []
    for _ in range(THINGS):
        (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
        if kind in HELD_MS:
            done += ["down", f"jump {HELD_MS[kind]}", "up", "jump 100"]
        elif kind == CUT:
            done.append(CUT)
        # Now and then a rest passes as well.
        rest = dice.random() < 0.04
        done.append(f"jump {30 * 86_400_000 if rest else dice.choice(WAITS_MS)}")
    return done


def in_tab(case: TabCase, done: list[str], seed: int) -> list[bytes]:
    """Live a day in the tab; return its records."""
    case.begin(seed)
    acts = ["on"]
    for act in done:
        acts += ["off", "on"] if act == CUT else [act]
    case.do(*acts)
    return case.records


def in_virtual_case(done: list[str], folder: Path) -> list[bytes]:
    """Live a day in the virtual case; return its records.

    What is done lies in a file before it starts: so no time passes but by what is done, and the
    case ends where the file does, which is a power cut.
    """
    records = []
    runs: list[list[str]] = [[]]
    for act in done:
        if act == CUT:
            runs.append([])
        else:
            runs[-1].append(act)
    reading, writing = os.pipe()  # the serial line, on which nobody says anything
    try:
        for run in runs:
            (folder / "commands").write_text("".join(f"{act}\n" for act in run))
            with (
                (folder / "commands").open("rb") as commands,
                (folder / "events").open("wb") as said,
            ):
                subprocess.run(
                    [str(MICROPYTHON), VIRTUAL / "power_up.py"],
                    env={
                        "MICROPYPATH": f"{ROOT / 'firmware'}:{VIRTUAL}:.frozen",
                        "ROLLCASE_COMMANDS": str(commands.fileno()),
                        "ROLLCASE_EVENTS": str(said.fileno()),
                        "ROLLCASE_FLASH": str(folder / "flash.img"),
                    },
                    stdin=reading, stdout=subprocess.DEVNULL, check=True,
                    pass_fds=(commands.fileno(), said.fileno()),
                )  # fmt: skip
            for line in (folder / "events").read_text().splitlines():
                if line.startswith("trace log "):
                    records.append(bytes.fromhex(line.split()[2]))
    finally:
        os.close(reading)
        os.close(writing)
    return records


def compare(counts: Counts, virtual: list[bytes], tab: list[bytes], where: str) -> None:
    """Count what differs between the records of a day in both cases."""
    counts.tried += 1
    numbers = [events.seq_of(raw) for raw in tab]
    if len(set(numbers)) < len(numbers):
        counts.fault("doubled", f"{where}: a number is there twice: {numbers}")
    elif len(tab) < len(virtual):
        counts.fault("lost", f"{where}: {len(tab)} records in place of {len(virtual)}")
    elif [raw[:-4] for raw in tab] != [raw[:-4] for raw in virtual]:
        counts.fault("failed", f"{where}: the records are other ones")


def same_days(seed: int, piece: int) -> Counts:
    """Live days in both cases."""
    counts = Counts()
    with tab_case.started() as case:
        for number in range(piece * IN_A_PIECE, (piece + 1) * IN_A_PIECE):
            done = day(seed * 1000 + number)
            where = f"seed {seed}, day {number}"
            with tempfile.TemporaryDirectory() as folder:
                virtual = in_virtual_case(done, Path(folder))
            compare(counts, virtual, in_tab(case, done, number), where)
    return counts


def missing() -> str:
    """Return what is not here, and how to get it; an empty text if everything is."""
    if MICROPYTHON is None:
        return "there is no MicroPython for this machine"
    return tab_case.missing()


TRIALS = [
    Trial("the same days in a tab and in the virtual case", DAYS // IN_A_PIECE, same_days,
          lacks=missing),
]  # fmt: skip
