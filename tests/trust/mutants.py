"""``make mutants``: change the product in one place, and see whether a test notices.

256 of all single mutations (`mutations.py`) of core, device and host are chosen by a seed. Each is
made in a copy of this folder, and tried with the tests that belong to the file, until one fails:
those of the file's name, those of its folder, then all of `make test-quick`. A mutant that no test
kills survives, and is printed and kept in mutants.json. A run that was stopped goes on where it
was, as long as the product is the same. ``ARGS="--count 64"`` tries the first 64 of them,
``ARGS=--again`` tries once more those that survived, after a test was added.

`EQUIVALENT` has the mutants that no test can tell from the product, each with its reason; they are
not tried.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from tests.conftest import MEMORY as IN_MEMORY
from tests.conftest import holds_our_files
from tests.trust.mutations import Mutation, mutations

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "mutants.json"
KEPT = ROOT / "build" / "mutants"

SEED = 20200101
COUNT = 256

AIM = 0.97
"""The least share of mutants to be killed, without those that are equivalent (own)."""

TRIED = (
    "firmware/rollcore", "firmware/rollcase",
    "host/rollhost/database", "host/rollhost/history", "host/rollhost/case",
    "host/rollhost/exchange",
)  # fmt: skip

LONGEST_TEST_S = 60
"""Seconds after which a test of a mutant hangs: the longest takes 5 (own)."""

HUNG = "hung or ended"
"""How it begins what is said of a run in which no test failed, and which did not pass."""

MOST_MEMORY = 4 << 30
"""Bytes that a mutant may take before it counts as killed: some never stop to collect."""


class Mutant(NamedTuple):
    """One mutation of one file."""

    path: str
    mutation: Mutation
    before: str
    """The changed lines as they were, without the space around them."""
    after: str


class Outcome(NamedTuple):
    """What came of a mutant: the test that failed, or "" if all passed, and the seconds it took."""

    killed_by: str
    seconds: float


class Equivalent(NamedTuple):
    """A mutant that does what the product does, and why."""

    path: str
    before: str
    after: str
    why: str


EQUIVALENT: tuple[Equivalent, ...] = (
    Equivalent(
        "host/rollhost/history/later_clock.py",
        "theirs = state.judge(self.known, self.rules, max(now - CASE_EPOCH - self.behind_s, 0))",
        "theirs = state.judge(self.known, self.rules, max(now - CASE_EPOCH - self.behind_s, 1))",
        "A clock in its first second, 2020-01-01 00:00:00, is judged as in its second one.",
    ),
)


def sources() -> list[Path]:
    """Return the files that are mutated."""
    return [path for folder in TRIED for path in sorted((ROOT / folder).glob("*.py"))]


@cache
def all_mutants() -> tuple[Mutant, ...]:
    """Return every single mutation of every file."""
    found = []
    for path in sources():
        source = path.read_text("utf-8")
        name = path.relative_to(ROOT).as_posix()
        found += [Mutant(name, each, *each.lines(source)) for each in mutations(source)]
    return tuple(found)


def chosen(seed: int, count: int) -> list[Mutant]:
    """Return `count` mutants by a seed; more of the same seed begin with the same ones."""
    every = list(all_mutants())
    random.Random(seed).shuffle(every)
    return every[:count]


def tests_of(path: str) -> list[list[str]]:
    """Return what is run in turn, for this file of the product: paths of tests in each."""
    _, package, *_, name = path.split("/")
    stem = name.removesuffix(".py")
    folder, others = "tests/firmware", ["tests/host"]
    if package == "rollhost":
        # The firmware's tests know no host.
        folder = "tests/host/" + path.split("/")[2]
        found = (each.parent for each in (ROOT / "tests/host").glob("*/test_*.py"))
        alone = (ROOT / "tests/host").glob("test_*.py")
        others = sorted({each.relative_to(ROOT).as_posix() for each in (*found, *alone)} - {folder})
    named = [f"test_{stem}.py", f"test_{stem}_*.py"]
    own = sorted(found for pattern in named for found in (ROOT / folder).glob(pattern))
    stages = [[found.relative_to(ROOT).as_posix() for found in own], [folder], others]
    return [stage for stage in stages if stage]


def copy_of_root(folder: Path) -> None:
    """Copy every file to a folder that is in the repository or to be added to it."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


@contextmanager
def changed(folder: Path, mutant: Mutant, number: int) -> Iterator[None]:
    """Have a mutant in a copy for a while. `number` is another one for each mutant."""
    path = folder / mutant.path
    kept, when = path.read_bytes(), path.stat().st_mtime
    path.write_text(mutant.mutation.of(kept.decode()), "utf-8")
    # Python takes a compiled file for current by size and second: each mutant has its own second.
    os.utime(path, (when, when - 1 - number))
    try:
        yield
    finally:
        path.write_bytes(kept)
        os.utime(path, (when, when))


def run_tests(
    folder: Path, paths: Sequence[str], scratch: Path, left_out: Sequence[str] = ()
) -> str:
    """Run tests in a copy until one fails; return which, or "" if all have passed."""
    words = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no"]
    limits = [
        f"faulthandler_timeout={LONGEST_TEST_S}", "faulthandler_exit_on_timeout=true"
    ]  # fmt: skip
    words += [word for limit in limits for word in ("-o", limit)]
    words += [word for test in left_out for word in ("--deselect", test)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(folder / name) for name in ("host", "firmware")),
        "PYTEST_DEBUG_TEMPROOT": str(scratch),
    }
    with (scratch / "output").open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *words, *paths],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that what a mutant leaves running can be ended with it
            preexec_fn=_bound_memory,
        )
        code = process.wait()
        with suppress(ProcessLookupError):  # nothing was left
            os.killpg(process.pid, signal.SIGKILL)
        output.seek(0)
        lines = output.read().splitlines()
    if code == 0:
        return ""
    failed = [line.split(" ", 1)[1] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return failed[0].split(" - ")[0] if failed else f"{HUNG}: pytest's exit code {code}"


def _bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def try_mutant(folder: Path, mutant: Mutant, number: int, scratch: Path) -> Outcome:
    """Run the tests of a mutant in a copy; return what came of it.

    A test that fails without the mutation, too, as it does in the copy alone, kills nothing.
    """
    began = time.monotonic()
    killed_by = ""
    for paths in tests_of(mutant.path):
        left_out: list[str] = []
        while not killed_by:
            with changed(folder, mutant, number):
                failed = run_tests(folder, paths, scratch, left_out)
            if not failed:
                break
            if failed.startswith(HUNG) or not run_tests(folder, [failed], scratch):
                killed_by = failed
            left_out.append(failed)
    return Outcome(killed_by, round(time.monotonic() - began, 1))


class Kept:
    """What came of the mutants that were tried before, in a file that is added to."""

    def __init__(self, seed: int) -> None:
        product = hashlib.sha256()
        for path in [*sources(), Path(__file__).with_name("mutations.py")]:
            product.update(path.read_bytes())
        self._path = KEPT / f"{seed}-{product.hexdigest()[:8]}.jsonl"
        self.done: dict[int, Outcome] = {}
        """By the mutant's number in its seed."""
        if self._path.exists():
            for line in self._path.read_text("utf-8").splitlines():
                number, *outcome = json.loads(line)
                self.done[number] = Outcome(*outcome)

    def add(self, number: int, outcome: Outcome) -> None:
        """Keep what came of a mutant."""
        self.done[number] = outcome
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([number, *outcome]) + "\n")


def try_all(mutants: list[Mutant], numbers: list[int], jobs: int, kept: Kept) -> None:
    """Try the mutants with these numbers, `jobs` at a time, each in a copy of its own."""
    place = IN_MEMORY if holds_our_files(IN_MEMORY) else None
    with (
        tempfile.TemporaryDirectory(prefix="mutants-", dir=place) as home,
        ThreadPoolExecutor(jobs) as pool,
    ):
        copies: SimpleQueue[tuple[Path, Path]] = SimpleQueue()
        for job in range(min(jobs, len(numbers))):
            folder, scratch = Path(home, f"copy-{job}"), Path(home, f"scratch-{job}")
            folder.mkdir()
            scratch.mkdir()
            copy_of_root(folder)
            copies.put((folder, scratch))

        def one(number: int) -> Outcome:
            folder, scratch = copies.get()
            try:
                return try_mutant(folder, mutants[number], number, scratch)
            finally:
                copies.put((folder, scratch))

        running = {pool.submit(one, number): number for number in numbers}
        began = time.monotonic()
        for tried, future in enumerate(as_completed(running), 1):
            number, outcome = running[future], future.result()
            kept.add(number, outcome)
            left = (time.monotonic() - began) / tried * (len(numbers) - tried)
            if not outcome.killed_by:
                progress("")
                print(told(mutants[number]), flush=True)
            progress(
                f"{tried} of {len(numbers)} mutants, {left:.0f} s left: {mutants[number].path}"
            )
    progress("")


def told(mutant: Mutant) -> str:
    """Return a survivor in words."""
    place = f"{mutant.path}:{mutant.mutation.line}: {mutant.mutation.kind}"
    return f"{place}\n    - {mutant.before}\n    + {mutant.after}"


def why_equivalent(mutant: Mutant) -> str:
    """Return why a mutant does what the product does; "" if nobody has said that it does."""
    for each in EQUIVALENT:
        if (each.path, each.before, each.after) == (mutant.path, mutant.before, mutant.after):
            return each.why
    return ""


def progress(text: str) -> None:
    """Replace the last line of a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text[:79]}", end="", file=sys.stderr, flush=True)


def summary(seed: int, mutants: list[Mutant], kept: Kept) -> dict[str, object]:
    """Return what came of these mutants; all but the equivalent ones were tried."""
    tried = [number for number, mutant in enumerate(mutants) if not why_equivalent(mutant)]
    survivors = [mutants[number] for number in tried if not kept.done[number].killed_by]
    killed = len(tried) - len(survivors)
    return {
        "seed": seed,
        "commit": _commit(),
        "mutants": len(mutants),
        "equivalent": len(mutants) - len(tried),
        "killed": killed,
        "survived": len(survivors),
        "share": round(killed / max(1, len(tried)), 4),
        "survivors": [
            {
                "file": each.path,
                "line": each.mutation.line,
                "kind": each.mutation.kind,
                "before": each.before,
                "after": each.after,
            }
            for each in survivors
        ],
    }


def _commit() -> str:
    words = ["git", "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def main() -> int:
    """Run the command; return 0 if the share of killed mutants is at least `AIM`."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT, help="how many mutants")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--again", action="store_true", help="try once more what survived")
    parser.add_argument("--list", action="store_true", help="only print the mutants")
    words = parser.parse_args()

    mutants = chosen(words.seed, words.count)
    if words.list:
        for number, mutant in enumerate(mutants):
            print(f"{number}: {told(mutant)}")
        return 0
    kept = Kept(words.seed)
    numbers = [
        number
        for number, mutant in enumerate(mutants)
        if not why_equivalent(mutant)
        and (number not in kept.done or (words.again and not kept.done[number].killed_by))
    ]
    if numbers:
        try_all(mutants, numbers, words.jobs, kept)
    came = summary(words.seed, mutants, kept)
    RESULTS.write_text(json.dumps(came, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(
        f"{came['killed']} of {came['mutants']} mutants killed, {came['equivalent']} equivalent, "
        f"{came['survived']} survived: {float(str(came['share'])):.1%} (aim: {AIM:.0%})"
    )
    return 0 if float(str(came["share"])) >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
