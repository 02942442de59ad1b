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

from tests.bench import ground, pull
from tests.bench.table import print_rows
from tests.end_to_end.full_log import RECORDS, fill

from rollhost.case.connection import Line
from rollhost.case.sync import sync
from rollhost.database.open import open_archive
from rollhost.now import current_case_time
from rollhost.sim.virtual_case import VirtualCase

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


COMMANDS = (
    "--version",
    "--help",
    "status",
    "log",
    "reaction",
    "hold",
    "plan",
    "photo",
    "policy",
    "policy replay rest_h=672",
    "export csv",
    "export json",
    "export ics",
    "report --force FILE",
    "verify",
    "completion bash",
)
"""What answers from the database, or without one; FILE is a place of the run's own."""


def start_up(case: VirtualCase, folder: Path) -> None:
    """Compare what a person waits for with mpremote's own start."""
    names = [f"host {command}" for command in COMMANDS]
    actions = [
        program(*name.replace("FILE", str(folder / "report.html")).split()) for name in names
    ]
    base, sync_s, *ours = medians(
        program("mpremote", "version"), program("host", "sync", "--port", case.port), *actions
    )
    print(f"{'mpremote version':<30} {base * 1000:6.0f} ms   1.00")
    for name, time_s in zip(["host sync, no news", *names], [sync_s, *ours], strict=True):
        print(f"{name:<30} {time_s * 1000:6.0f} ms   {time_s / base:.2f}")


def whole_log(folder: Path) -> None:
    """Time a first sync of a full log: from an emulated Pico, if its image is built, and here."""
    fill(folder / "full.img")
    image = Path("build/rollcase-pico.uf2")
    if image.exists():
        print_rows(pull.line_speed(image, folder / "full.img"))
        print_rows(pull.first_sync(image, folder / "full.img", folder, program))
    with VirtualCase(folder / "full.img") as case:

        def first_sync() -> None:
            database = folder / f"{time.monotonic_ns()}.db"
            with Line(case.port) as line, open_archive(database, create=True) as archive:
                sync(line, archive, current_case_time)

        (time_s,) = medians(first_sync)
    print(
        f"{'sync of 10,000 records':<30} {time_s * 1000:6.0f} ms   {RECORDS / time_s:,.0f} a second"
    )


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ROLLCASE_DB"] = str(folder / "bench.db")
        with VirtualCase(folder / "flash.img") as case:
            case.press()
            program("host", "sync", "--port", case.port)()
            start_up(case, folder)
        whole_log(folder)
    ground.main()


if __name__ == "__main__":
    main()
