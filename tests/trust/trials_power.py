"""Power cut after and within every flash operation of a day: see `suite/power_day.py`."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.micropython.test_micropython import MICROPYTHON
from tests.trust.trial import Counts, Trial

KIND = "power cut at every flash command of a day on littlefs, and again in the recovery"

ROOT = Path(__file__).resolve().parents[2]
SUITE = Path(__file__).resolve().parent / "suite"

VARIANTS = 5
"""How a cut can be: between two operations, in three quarters of one, with any of its bits done."""

DAYS = 4
CHUNKS = 4
PAIR_DAYS = 2
PAIR_CHUNKS = 40


def cut_once(seed: int, piece: int) -> Counts:
    """Cut the power once in a quarter of a day."""
    day, rest = divmod(piece, VARIANTS * CHUNKS)
    variant, chunk = divmod(rest, CHUNKS)
    return run("power_day", seed + day, variant, chunk, CHUNKS, 0)


def cut_twice(seed: int, piece: int) -> Counts:
    """Cut the power in a part of a day, and again after every operation of the recovery."""
    day, rest = divmod(piece, VARIANTS * PAIR_CHUNKS)
    variant, chunk = divmod(rest, PAIR_CHUNKS)
    return run("power_day", seed + day, variant, chunk, PAIR_CHUNKS, 1)


def run(script: str, *numbers: int) -> Counts:
    """Run a script of the suite on MicroPython; return what it counted."""
    words = [str(number) for number in numbers]
    done = subprocess.run(
        [str(MICROPYTHON), "-X", "heapsize=64m", str(SUITE / "runner.py"), script, *words],
        env={**os.environ, "MICROPYPATH": os.pathsep.join([str(ROOT), str(ROOT / "firmware")])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode or done.stderr:
        counts = Counts(tried=1)
        counts.fault("failed", f"{script} {' '.join(words)}: {done.stdout}{done.stderr}")
        return counts
    found = json.loads(done.stdout)
    found.pop("figures", None)
    return Counts(**found)


TRIALS = [
    Trial(
        "power cut in a day on littlefs",
        DAYS * VARIANTS * CHUNKS,
        cut_once,
        share=tuple(variant * CHUNKS + variant % CHUNKS for variant in range(VARIANTS)),
    ),
    Trial(
        "power cut in a day on littlefs, and again in the recovery",
        PAIR_DAYS * VARIANTS * PAIR_CHUNKS,
        cut_twice,
        share=(VARIANTS * PAIR_CHUNKS - 17,),
    ),
]
if MICROPYTHON is None:
    TRIALS = []
    print("left out, because there is no MicroPython for this machine: power cuts", file=sys.stderr)
