"""``make bench-compare OLD=FILE NEW=FILE``: what got slower or faster from one run to another.

Only ratios are compared, because they are of one run each; of what has no reference, the values.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.results import Figure, Results, read

NOISE = 0.15
"""A change (share of the old figure) that runs on one computer may differ by (own)."""


@dataclass(frozen=True)
class Change:
    """A row of two runs that differs by more than noise, or whose aim is met in only one of them.

    `worse` is how many times worse it is; under 1 it is better.
    """

    name: str
    old: Figure
    new: Figure
    worse: float

    @property
    def is_worse(self) -> bool:
        """Whether it got worse by more than noise."""
        return self.worse > 1 + NOISE

    @property
    def lost_aim(self) -> bool:
        """Whether its aim was met and is no more."""
        return self.old.met is True and self.new.met is False

    @property
    def reached_aim(self) -> bool:
        """Whether its aim was not met and is now."""
        return self.old.met is False and self.new.met is True


def changes(old: Results, new: Results) -> Iterator[Change]:
    """Yield what differs in the rows that both have, in the order of the new ones."""
    before = {row.name: row for row in old.rows}
    for row in new.rows:
        if row.name in before:
            change = Change(row.name, before[row.name], row, _worse(before[row.name], row))
            is_better = change.worse < 1 / (1 + NOISE)
            if change.is_worse or is_better or change.lost_aim or change.reached_aim:
                yield change


def judged(row: Figure) -> float:
    """Return what is compared of a row: its ratio, or without a reference its value."""
    return row.value if row.ratio is None else row.ratio


def _worse(old: Figure, new: Figure) -> float:
    before, after = judged(old), judged(new)
    if before == after:
        return 1.0
    if more_is_better(new):
        before, after = after, before
    return after / before if before else float("inf")


def more_is_better(row: Figure) -> bool:
    """Return whether a row is the better the larger it is: its aim says so, or its unit."""
    return row.aim.startswith("≥") or row.unit in ("KB/s", "a second")


def line(change: Change) -> str:
    """Return a change as one line of text."""
    if change.is_worse:
        word = "worse"
    else:
        word = "better" if change.worse < 1 / (1 + NOISE) else "as before"
    aim = ""
    if change.lost_aim:
        aim = f", and no longer {change.new.aim}"
    elif change.reached_aim:
        aim = f", and now {change.new.aim}"
    return f"{word:<9} {judged(change.old):.3g} → {judged(change.new):.3g}  {change.name}{aim}"


def compare(old: Results, new: Results) -> tuple[list[str], bool]:
    """Return what to print, and whether anything got worse by more than noise or lost its aim."""
    found = sorted(changes(old, new), key=lambda change: -change.worse)
    both = {row.name for row in old.rows} & {row.name for row in new.rows}
    lines = [line(change) for change in found]
    lines.append(
        f"{len(both)} rows in both, {len(both) - len(found)} without a change over {NOISE:.0%}."
    )
    if old.machine != new.machine:
        lines.append("The two runs are from different computers.")
    return lines, any(change.is_worse or change.lost_aim for change in found)


def main() -> int:
    """Print what has changed; return 1 if anything got worse."""
    parser = argparse.ArgumentParser(
        prog="make bench-compare", usage="make bench-compare OLD=FILE NEW=FILE", add_help=False
    )
    parser.add_argument("old", metavar="OLD", type=Path)
    parser.add_argument("new", metavar="NEW", type=Path)
    args = parser.parse_args()
    try:
        lines, is_worse = compare(read(args.old), read(args.new))
    except (OSError, ValueError) as error:
        parser.error(f'{error}. Give two files that make bench ARGS="--to FILE" has written.')
    print(*lines, sep="\n")
    return int(is_worse)


if __name__ == "__main__":
    sys.exit(main())
