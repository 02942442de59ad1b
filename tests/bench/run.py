"""``make bench``: how fast things are, as ratios within one run, because machines differ.

Each figure is the median of several runs, the contenders taking turns.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.full_log import RECORDS, fill

from rollhost import moment
from rollhost.archive import open_archive
from rollhost.line import Line
from rollhost.sim.virtual_case import VirtualCase
from rollhost.sync import sync

RUNS = 9


def seconds(action: Callable[[], object]) -> float:
    """Return how long `action` takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def medians(*actions: Callable[[], object]) -> list[float]:
    """Return the median seconds of each action, after one warm-up of each."""
    for action in actions:
        action()
    rounds = [[seconds(action) for action in actions] for _ in range(RUNS)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def program(*words: str) -> Callable[[], object]:
    """Return an action that runs a program beside this Python."""
    command = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def start_up(case: VirtualCase) -> None:
    """Compare what a person waits for with mpremote's own start."""
    names = ("mpremote version", "host --version", "host status", "host log", "host sync, no news")
    base, *ours = medians(
        program("mpremote", "version"),
        program("host", "--version"),
        program("host", "status"),
        program("host", "log"),
        program("host", "sync", "--port", case.port),
    )
    print(f"{names[0]:<24} {base * 1000:6.0f} ms   1.00")
    for name, time_s in zip(names[1:], ours, strict=True):
        print(f"{name:<24} {time_s * 1000:6.0f} ms   {time_s / base:.2f}")


def whole_log(folder: Path) -> None:
    """Time a first sync of a full log."""
    fill(folder / "full.img")
    with VirtualCase(folder / "full.img") as case:

        def first_sync() -> None:
            database = folder / f"{time.monotonic_ns()}.db"
            with Line(case.port) as line, open_archive(database, create=True) as archive:
                sync(line, archive, moment.case_now)

        (time_s,) = medians(first_sync)
    print(
        f"{'sync of 10,000 records':<24} {time_s * 1000:6.0f} ms   {RECORDS / time_s:,.0f} a second"
    )


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ROLLCASE_DB"] = str(folder / "bench.db")
        with VirtualCase(folder / "flash.img") as case:
            case.press()
            program("host", "sync", "--port", case.port)()
            start_up(case)
        whole_log(folder)


if __name__ == "__main__":
    main()
