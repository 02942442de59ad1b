"""``make trust``: try all that may be done to a flash, and write what came of it to results.json.

``make trust SEED=7`` does it with other choices wherever something is chosen at random;
``ARGS="--only power"`` tries what has that in its name, ``ARGS="--only power --piece 3"`` one piece
of it, to see a fault again. After half an hour it begins no new piece; run again it goes on where
it was, as long as neither the product nor a trial has changed: what each piece came to is kept in
build/trust. Whatever goes wrong is printed with the command that tries it again.
``make trust-long`` goes on until all is done, and tries what takes a night as well.
"""

import argparse
import hashlib
import importlib
import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.bench.results import commit
from tests.trust import document
from tests.trust.trial import Counts, Trial, total_of

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
KEPT = ROOT / "build" / "trust"
IMAGE = ROOT / "build" / "rollcase-pico.uf2"

NEXT_IMAGE = ROOT / "build" / "rollcase-next.uf2"
"""The same with the next MicroPython."""

SEED = 20200101

AT_LEAST_S = 0.01
"""What a piece is counted as (s) while it runs, so that two of one trial do not run before others
(own)."""

FOLDERS = (
    "firmware", "boards", "host", "tests/trust", "tests/micropython", "tests/emulator",
    "tests/lives", "tests/firmware", "tests/end_to_end", "tests/browser",
)  # fmt: skip
"""What the trials try, and what they are made of."""

SOURCES = (".py", ".mjs", ".js", ".html")

KEYS = ("tried", "lost", "doubled", "bent", "failed")


def by_kind() -> dict[str, list[Trial]]:
    """Return the trials by what README calls their kind: those of a module are of one."""
    names = sorted(path.stem for path in HERE.glob("trials_*.py"))
    modules = [importlib.import_module("tests.trust." + name) for name in names]
    return {module.KIND: module.TRIALS for module in modules}


def all_trials() -> list[Trial]:
    """Return the trials of every kind."""
    return [trial for trials in by_kind().values() for trial in trials]


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

    def seconds(self, name: str) -> float:
        """Return how long (s) the pieces of a trial took that were run before."""
        return sum(seconds for (of, _), (_, seconds) in self.done.items() if of == name)


def fingerprint() -> str:
    """Return eight hex digits that change with the product, the trials and the image."""
    found = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.suffix in SOURCES:
                found.update(path.read_bytes())
    for image in (IMAGE, NEXT_IMAGE):
        if image.exists():
            found.update(image.read_bytes())
    return found.hexdigest()[:8]


@lru_cache
def tried_commit() -> str:
    """Return the commit that is tried, with a plus where files differ from it."""
    # What a run itself writes is no difference.
    return commit(*FOLDERS, ":(exclude)tests/trust/*.json")


class Turns:
    """The pieces that are still to run, in the order of running them.

    `trials` have the pieces that are left, by the trial's name; `spent` is how long (s) each took
    so far. The next piece is of the trial that took least: so a short time tries all of what is
    quick, and some of all.
    """

    def __init__(self, trials: Mapping[str, Sequence[int]], spent: Mapping[str, float]) -> None:
        self._left = {name: deque(pieces) for name, pieces in trials.items() if pieces}
        self._spent = {name: spent.get(name, 0.0) for name in self._left}

    def __len__(self) -> int:
        return sum(map(len, self._left.values()))

    def next(self) -> tuple[str, int]:
        """Return the name of the trial and the number of the next piece, which is left no more."""
        name = min(self._left, key=self._spent.__getitem__)
        piece = self._left[name].popleft()
        if not self._left[name]:
            del self._left[name]
        self._spent[name] += AT_LEAST_S
        return name, piece

    def took(self, name: str, seconds: float) -> None:
        """Count what a piece took (s)."""
        self._spent[name] += seconds - AT_LEAST_S


def run_all(turns: Turns, seed: int, jobs: int, kept: Kept, most_s: float | None) -> None:
    """Run the pieces in `turns`, in `jobs` processes at a time.

    None begins once `most_s` (s) have gone; None: all are run.
    """
    began = time.monotonic()
    by_name = {trial.name: trial for trial in all_trials()}
    every, is_over = len(turns), False
    running: dict[Future[tuple[Counts, float]], tuple[str, int]] = {}
    done = 0
    progress(f"{every} pieces to try")
    # Spawned, as everywhere else: an emulated Pico has a loop that no fork may share.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        while running or (turns and not is_over):
            while turns and not is_over and len(running) < jobs:
                name, piece = turns.next()
                running[pool.submit(run_piece, name, seed, piece)] = name, piece
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name, piece = running.pop(future)
                counts, seconds = future.result()
                kept.add(name, piece, counts, seconds)
                turns.took(name, seconds)
                if not by_name[name].accepts(counts):
                    for text in told(name, seed, piece, counts):
                        say(text)
                done += 1
            gone = time.monotonic() - began
            left_s = gone / done * (every - done)
            if most_s is not None:
                left_s = min(left_s, most_s - gone)
                is_over = gone >= most_s
            if turns and not is_over:
                left = f"{left_s:.0f} s" if left_s < 100 else f"{left_s / 60:.0f} minutes"
                progress(f"{done} of {every} pieces, {left} left: {name}")
            elif running:
                progress("to the end of: " + ", ".join(name for name, _ in running.values()))
    progress("")


def told(name: str, seed: int, piece: int, counts: Counts) -> list[str]:
    """Return the faults of a piece in words, and how to see them again."""
    again = f"""make trust SEED={seed} ARGS="--only '{name}' --piece {piece}\""""
    return [
        *(f"{name}, piece {piece}: {fault}" for fault in counts.faults),
        f"again, at commit {tried_commit()}: {again}",
    ]


def say(text: str) -> None:
    """Print a line that stays."""
    progress("")
    print(text, flush=True)


def progress(text: str) -> None:
    """Replace the last line of a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text[:79]}", end="", file=sys.stderr, flush=True)


def total(trial: Trial, kept: Kept) -> Counts:
    """Return what came of the pieces of a trial that were run."""
    return total_of(
        counts for (name, _), (counts, _) in sorted(kept.done.items()) if name == trial.name
    )


def totals(trials: list[Trial], seed: int, kept: Kept) -> Iterator[dict[str, Any]]:
    """Yield what came of each trial of which a piece was run; `share` is how much of it was."""
    kinds = {trial.name: kind for kind, found in by_kind().items() for trial in found}
    for trial in trials:
        pieces = sum(name == trial.name for name, _ in kept.done)
        counts = total(trial, kept)
        if pieces:
            yield {
                "name": trial.name,
                "tried": counts.tried,
                "lost": counts.lost,
                "doubled": counts.doubled,
                "bent": counts.bent,
                "failed": counts.failed,
                "seconds": round(kept.seconds(trial.name), 1),
                "seed": seed,
                "share": round(pieces / trial.pieces, 4),
                "kind": kinds[trial.name],
                "commit": tried_commit(),
            }


def tried_before(fresh: Mapping[str, Any], old: Mapping[str, Any] | None) -> int:
    """Return how many hurts of a trial were tried before those of the row `fresh`.

    Those are what the row `old` in results.json counts, unless `fresh` goes on with the same run.
    """
    if old is None:
        return 0
    goes_on = (old["commit"], old["seed"]) == (fresh["commit"], fresh["seed"])
    return int(old["before"] if goes_on else old["before"] + old["tried"])


def not_tried(name: str, kind: str) -> dict[str, Any]:
    """Return the row of a trial that was never run, while others of its kind were."""
    return {
        "name": name, **dict.fromkeys(KEYS, 0), "seconds": 0, "seed": None,
        "share": 0, "kind": kind, "commit": None, "before": 0,
    }  # fmt: skip


def lacks(trial: Trial) -> str:
    """Return what a trial needs that is not here; an empty text if nothing."""
    if trial.needs_image and not IMAGE.exists():
        return "there is no image (make firmware)"
    return trial.lacks()


def write_results(fresh: list[dict[str, Any]]) -> None:
    """Put these trials into results.json, in place of what it says of them.

    What it said of them before, at an earlier commit or with another seed, goes into `before`.
    What it says of trials that there are no more goes; of a kind that cannot be tried here it
    stays. A kind of which nothing was ever tried has no rows.
    """
    old = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    by_name = {row["name"]: row for row in old}
    for row in fresh:
        name = row["name"]
        by_name[name] = {**row, "before": tried_before(row, by_name.get(name))}
    rows = []
    for kind, trials in by_kind().items():
        names = [trial.name for trial in trials]
        names = names or [name for name, row in by_name.items() if row["kind"] == kind]
        if any(name in by_name for name in names):
            rows += [by_name.get(name) or not_tried(name, kind) for name in names]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    RESULTS.write_text("[\n  " + ",\n  ".join(lines) + "\n]\n", "utf-8")
    document.write(rows)


def main() -> int:
    """Run what the words of the command line say; return 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="trials that have this in their names")
    parser.add_argument("--piece", type=int, help="one piece of each, run anew and not kept")
    parser.add_argument("--minutes", type=float, help="begin no piece after so many of them")
    parser.add_argument("--long", action="store_true", help="those of nights as well")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    words = parser.parse_args()

    trials = [
        trial
        for trial in all_trials()
        if words.only in trial.name and (words.long or words.piece is not None or not trial.is_long)
    ]
    if not trials:
        print(f"no trial has “{words.only}” in its name", file=sys.stderr)
        return 2
    without = {trial.name: lacks(trial) for trial in trials if lacks(trial)}
    for name, why in without.items():
        print(f"left out, because {why}: {name}")
    trials = [trial for trial in trials if trial.name not in without]

    if words.piece is not None:
        trials = [trial for trial in trials if 0 <= words.piece < trial.pieces]
        if not trials:
            print(f"none of these trials has a piece {words.piece}", file=sys.stderr)
            return 2
        clean = True
        for trial in trials:
            progress(trial.name)
            counts, seconds = run_piece(trial.name, words.seed, words.piece)
            figures = ", ".join(f"{getattr(counts, key)} {key}" for key in KEYS)
            say(f"{figures}, {seconds:.1f} s: {trial.name}, piece {words.piece}")
            for fault in counts.faults:
                say(fault)
            clean = clean and trial.accepts(counts)
        return 0 if clean else 1

    kept = Kept(words.seed)
    left = {
        trial.name: [n for n in range(trial.pieces) if (trial.name, n) not in kept.done]
        for trial in trials
    }
    spent = {trial.name: kept.seconds(trial.name) for trial in trials}
    turns = Turns(left, spent)
    every = sum(trial.pieces for trial in trials)
    if len(turns) < every:
        print(f"goes on: {every - len(turns)} of {every} pieces were tried before")
    most_s = None if words.minutes is None else 60 * words.minutes
    try:
        run_all(turns, words.seed, words.jobs, kept, most_s)
    except KeyboardInterrupt:
        say("Stopped. What was tried is kept: the same command goes on from here.")
        return 130
    fresh = list(totals(trials, words.seed, kept))
    write_results(fresh)
    for row in fresh:
        figures = ", ".join(f"{row[key]} {key}" for key in KEYS)
        print(f"{figures}, {row['seconds']} s: {row['name']}")
    ran = {name for name, _ in kept.done}
    bad = [t for t in trials if t.name in ran and not t.accepts(total(t, kept))]
    for trial in bad:
        for (name, piece), (counts, _) in sorted(kept.done.items()):
            if name == trial.name and counts.faults:
                print(*told(name, words.seed, piece, counts), sep="\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
