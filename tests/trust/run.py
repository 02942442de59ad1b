"""``make trust``: try all that may be done to a flash, and write what came of it to results.json.

``make trust SEED=7`` does it with other choices wherever something is chosen at random;
``ARGS="--only power"`` tries what has that in its name, ``ARGS="--only power --piece 3"`` one piece
of it, to see a fault again. A run that was stopped goes on where it was, as long as neither the
firmware nor a trial has changed: what each piece came to is kept in build/trust.
"""

import argparse
import hashlib
import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from tests.trust.trial import Counts, Trial, total_of

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
KEPT = ROOT / "build" / "trust"
IMAGE = ROOT / "build" / "rollcase-pico.uf2"

SEED = 20200101

FOLDERS = (
    "firmware", "boards", "host", "tests/trust", "tests/micropython", "tests/emulator",
    "tests/lives", "tests/firmware", "tests/end_to_end",
)  # fmt: skip
"""What the trials try, and what they are made of."""

KEYS = ("tried", "lost", "doubled", "bent", "failed")


def all_trials() -> list[Trial]:
    """Return the trials of every module that has some."""
    names = sorted(path.stem for path in HERE.glob("trials_*.py"))
    modules = [importlib.import_module("tests.trust." + name) for name in names]
    return [trial for module in modules for trial in module.TRIALS]


def run_piece(name: str, seed: int, piece: int) -> tuple[Counts, float]:
    """Run one piece of the trial with this name; return what came of it, and the seconds."""
    (trial,) = (trial for trial in all_trials() if trial.name == name)
    began = time.perf_counter()
    counts = trial.run(seed, piece)
    return counts, time.perf_counter() - began


class Kept:
    """What came of the pieces that were run before, in a file that is added to."""

    def __init__(self, seed: int) -> None:
        self._path = KEPT / f"{seed}-{fingerprint()}.jsonl"
        self.done: dict[tuple[str, int], tuple[Counts, float]] = {}
        """By name of the trial and number of the piece."""
        if self._path.exists():
            for line in self._path.read_text("utf-8").splitlines():
                name, piece, seconds, counts = json.loads(line)
                self.done[name, piece] = Counts(**counts), seconds

    def add(self, name: str, piece: int, counts: Counts, seconds: float) -> None:
        """Keep what came of a piece."""
        self.done[name, piece] = counts, seconds
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, piece, seconds, asdict(counts)]) + "\n")


def fingerprint() -> str:
    """Return eight hex digits that change with the product, the trials and the image."""
    found = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    if IMAGE.exists():
        found.update(IMAGE.read_bytes())
    return found.hexdigest()[:8]


def run_all(pieces: list[tuple[str, int]], seed: int, jobs: int, kept: Kept) -> None:
    """Run these pieces, which are (name, number), in `jobs` processes at a time."""
    # Spawned, as everywhere else: an emulated Pico has a loop that no fork may share.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running = {
            pool.submit(run_piece, name, seed, piece): (name, piece) for name, piece in pieces
        }
        began = time.monotonic()
        for number, future in enumerate(as_completed(running), 1):
            name, piece = running[future]
            counts, seconds = future.result()
            kept.add(name, piece, counts, seconds)
            left = (time.monotonic() - began) / number * (len(pieces) - number)
            for fault in counts.faults:
                say(f"{name}, piece {piece}: {fault}")
            progress(f"{number} of {len(pieces)} pieces, {left:.0f} s left: {name}")
    progress("")


def say(text: str) -> None:
    """Print a line that stays."""
    progress("")
    print(text, flush=True)


def progress(text: str) -> None:
    """Replace the last line of a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text[:79]}", end="", file=sys.stderr, flush=True)


def total(trial: Trial, kept: Kept) -> Counts:
    """Return what came of a trial all of whose pieces were run."""
    return total_of(kept.done[trial.name, piece][0] for piece in range(trial.pieces))


def totals(trials: list[Trial], seed: int, kept: Kept) -> Iterator[dict[str, object]]:
    """Yield what came of each trial all of whose pieces were run."""
    for trial in trials:
        seconds = sum(kept.done[trial.name, piece][1] for piece in range(trial.pieces))
        counts = total(trial, kept)
        yield {
            "name": trial.name,
            "tried": counts.tried,
            "lost": counts.lost,
            "doubled": counts.doubled,
            "bent": counts.bent,
            "failed": counts.failed,
            "seconds": round(seconds, 1),
            "seed": seed,
        }


def write_results(fresh: list[dict[str, object]]) -> None:
    """Put these trials into results.json, in place of what it says of them."""
    old = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    by_name = {row["name"]: row for row in old} | {row["name"]: row for row in fresh}
    known = [trial.name for trial in all_trials()]
    rows = [json.dumps(by_name[name], ensure_ascii=False) for name in known if name in by_name]
    RESULTS.write_text("[\n  " + ",\n  ".join(rows) + "\n]\n", "utf-8")


def main() -> int:
    """Run what the words of the command line say; return 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="trials that have this in their names")
    parser.add_argument("--piece", type=int, help="one piece of each, run anew and not kept")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    words = parser.parse_args()

    trials = [trial for trial in all_trials() if words.only in trial.name]
    without = [trial.name for trial in trials if trial.needs_image and not IMAGE.exists()]
    for name in without:
        print(f"left out, because there is no image (make firmware): {name}")
    trials = [trial for trial in trials if trial.name not in without]
    if not trials:
        print(f"no trial has “{words.only}” in its name", file=sys.stderr)
        return 2

    if words.piece is not None:
        clean = True
        for trial in trials:
            counts, seconds = run_piece(trial.name, words.seed, words.piece)
            print(f"{trial.name}: {counts}, {seconds:.1f} s")
            clean = clean and trial.accepts(counts)
        return 0 if clean else 1

    kept = Kept(words.seed)
    every = [(trial.name, piece) for trial in trials for piece in range(trial.pieces)]
    run_all([each for each in every if each not in kept.done], words.seed, words.jobs, kept)
    fresh = list(totals(trials, words.seed, kept))
    write_results(fresh)
    for row in fresh:
        figures = ", ".join(f"{row[key]} {key}" for key in KEYS)
        print(f"{figures}, {row['seconds']} s: {row['name']}")
    return 0 if all(trial.accepts(total(trial, kept)) for trial in trials) else 1


if __name__ == "__main__":
    sys.exit(main())
