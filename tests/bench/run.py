"""``make bench``: how fast things are, as ratios within one run, because machines differ.

Each figure of a computer is the median of nine after a warm-up, the contenders taking turns; those
of a Pico are by the time of an emulated one. A whole run writes results.json and draws from it what
docs/speed.md and README show; ``ARGS="--only status"`` measures the rows that have this in their
names, and writes nothing; ``ARGS="--to FILE"`` writes results to another place, for
``make bench-compare``;
``ARGS="--runs 3"`` is quicker, for a first look.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import document, ground, host_speed, page_speed, pico_growth, pull, results, timing
from tests.bench.table import HEAD, Row, printed
from tests.bench.timing import Action, run
from tests.bench.workshop import IMAGE, Measurement, Workshop, no_image

WHOLE_LOG = 10_000
"""Records that are brought home from an emulated Pico."""


def program(*words: str) -> Action:
    """Return an action that runs a program beside this Python."""
    return lambda: run(words)


def _first_lamps(workshop: Workshop) -> Iterator[Row]:
    return ground.first_lamps(workshop.pool, workshop.full)


def _presses(workshop: Workshop) -> Iterator[Row]:
    return ground.presses(workshop.pool, workshop.full)


def _records(workshop: Workshop) -> Iterator[Row]:
    return ground.record_wear(workshop.folder)


def _days(workshop: Workshop) -> Iterator[Row]:
    return ground.day_wear(workshop.folder)


def _heap_and_power(workshop: Workshop) -> Iterator[Row]:
    return ground.heap_and_power(workshop.full)


def _line_speed(workshop: Workshop) -> Iterator[Row]:
    return pull.line_speed(IMAGE, workshop.flash(WHOLE_LOG))


def _pico_sync(workshop: Workshop) -> Iterator[Row]:
    return pull.first_sync(IMAGE, workshop.flash(WHOLE_LOG), workshop.folder, program)


MEASUREMENTS = (
    *host_speed.MEASUREMENTS,
    page_speed.MEASUREMENT,
    *pico_growth.MEASUREMENTS,
    Measurement((f"pull; {pull.ENCODED}", f"pull; {pull.CONSTANT}"), _line_speed, why_not=no_image),
    Measurement(("mpremote fs cp -r; first sync",), _pico_sync, why_not=no_image),
    Measurement(
        (
            "first lamp, 30,000 records, median; empty",
            "first lamp, 30,000 records, longest; empty",
            "starts that show blue or green too early",
        ),
        _first_lamps,
        why_not=no_image,
    ),
    Measurement(
        (
            "press, empty, median; an append",
            "press, empty, longest; an append",
            "press, 30,000 records, median; an append",
            "press, 30,000 records, longest; an append",
            "press, 30,000 records, longest; longest append",
        ),
        _presses,
        why_not=no_image,
    ),
    Measurement(
        ("pages programmed a record, blocks of the log", "erases a record, blocks of the log"),
        _records,
    ),
    Measurement(("pages of checkpoints programmed a day", "erases of checkpoints a day"), _days),
    Measurement(
        (
            "free heap, empty",
            "free heap, 30,000 records",
            "awake at rest, empty",
            "awake at rest, 30,000 records",
        ),
        _heap_and_power,
        why_not=no_image,
    ),
)


def names() -> list[str]:
    """Return the names of all rows, in their order."""
    return [name for measurement in MEASUREMENTS for name in measurement.names]


def measured(workshop: Workshop, only: str) -> Iterator[Row]:
    """Yield the rows that have `only` in their names, each as soon as it is measured."""
    for measurement in MEASUREMENTS:
        if not any(only in name for name in measurement.names):
            continue
        missing = measurement.why_not()
        if missing:
            print(f"{measurement.names[0]}: {missing}")
            continue
        for row in measurement.rows(workshop):
            assert row.name in measurement.names, row.name
            if only in row.name:
                yield row


def main() -> int:
    """Print every figure, and write them down."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", metavar="NAME", default="", help="rows with this in their names")
    parser.add_argument("--to", metavar="FILE", type=Path, help="where results go")
    parser.add_argument("--runs", metavar="N", type=int, default=timing.RUNS, help="for a median")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error("--runs is 1 or more")
    timing.runs = args.runs
    if not any(args.only in name for name in names()):
        print(f"No row has {args.only!r} in its name. There are:", *names(), sep="\n")
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Workshop(Path(folder)) as workshop:
        print(HEAD)
        rows = list(printed(measured(workshop, args.only)))
        found = results.found(rows, workshop.growth)
    print(f"{(time.monotonic() - began) / 60:.0f} minutes")
    if args.to:
        results.write(found, args.to)
    elif len(rows) == len(names()):
        results.write(found, results.FILE)
        document.write(found)
    else:
        print("Nothing is written: this is a part of the rows. To a place of yours: --to FILE.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
