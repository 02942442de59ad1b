"""What a trial of the log is: many hurts of a flash, each followed by a start and a look.

A module `trials_….py` beside this one has a list `TRIALS`. `run.py` tries all of them, and
`test_trials.py` a share of each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields

MOST_FAULTS = 20
"""Faults of one trial that are told in words."""


@dataclass
class Counts:
    """What came of a trial, or of a piece of it: how many of the hurts that were `tried` …"""

    tried: int = 0
    lost: int = 0
    """… cost a record that was answered, without a word of it;"""
    doubled: int = 0
    """… gave a record twice, or one number to two records;"""
    bent: int = 0
    """… made a rest, hold or limit shorter, or acknowledgement or clock run ahead;"""
    failed: int = 0
    """… left a case that does not start, does not go on, or cannot be synced."""
    faults: list[str] = field(default_factory=list)
    """The first of these in words, with what it takes to see them again."""

    def add(self, other: "Counts") -> None:
        """Count what came of another piece, too."""
        for each in fields(self):
            if each.name != "faults":
                total = getattr(self, each.name) + getattr(other, each.name)
                setattr(self, each.name, total)
        self.faults = (self.faults + other.faults)[:MOST_FAULTS]

    def fault(self, what: str, text: str) -> None:
        """Count one fault: `what` is "lost", "doubled", "bent" or "failed"."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(f"{what}: {text}")


@dataclass(frozen=True)
class Trial:
    """A trial in pieces that can be run one by one, in any order and in several processes.

    `run` takes a seed and the number of a piece, from 0 to before `pieces`. It is a function of a
    module, and gives the same counts whenever it is called.
    """

    name: str
    pieces: int
    run: Callable[[int, int], Counts]
    share: tuple[int, ...] = (0,)
    """The pieces that `make test` runs: a few seconds in all."""
    is_long: bool = False
    """Whether ``make trust-long`` alone runs it: a piece may take hours."""
    needs_image: bool = False
    """Whether the image for the Pico has to be built."""
    lacks: Callable[[], str] = lambda: ""
    """Returns what else it needs that is not here, and how to get it; an empty text if nothing."""
    most_bent: int = 0
    """How many may be bent: more than 0 where the trial measures a weakness that is known."""

    def accepts(self, counts: Counts) -> bool:
        """Return whether something was tried, and nothing went wrong but what is known."""
        wrong = counts.lost + counts.doubled + counts.failed
        return counts.tried > 0 and not wrong and counts.bent <= self.most_bent


def total_of(counts: Iterable[Counts]) -> Counts:
    """Return what came of all pieces together."""
    total = Counts()
    for each in counts:
        total.add(each)
    return total
