"""Lives over both ends: persons, cases and computers at random, against what is true."""

from collections.abc import Callable

from tests.lives.life import Step, plan, run, year
from tests.micropython.test_micropython import MICROPYTHON
from tests.trust.trial import Counts, Trial

KIND = "lives of persons with cases and two computers, with faults"

LIVES = 3000
IN_A_PIECE = 10
YEARS = 30
RUNNING = 30
STEPS = 5
"""Steps of a life whose cases and commands are processes: each step takes a second or more."""

LOST = ("forgotten", "lost", "too few")
DOUBLED = ("twice", "told again")
BENT = ("too short", "longer", "lamp", "differ", "hold", "too many", "rests on", "clock")
"""Words in the sorts of failures, by what they count as; everything else is a failure."""


def short(number: int) -> list[Step]:
    """Return the few steps of a life in processes."""
    return plan(number, STEPS)


def trial(
    make: Callable[[int], list[Step]], lives: int, words: str, processes: bool = False
) -> Callable[[int, int], Counts]:
    """Return what lives so many lives a piece. `words` are those to follow one by its number."""

    def live(seed: int, piece: int) -> Counts:
        counts = Counts()
        first = seed % 1000 * 10_000 + piece * lives
        for number in range(first, first + lives):
            counts.tried += 1
            for failed in run(make(number), processes=processes)[:1]:
                counts.fault(sort_of(failed.kind), f"tests.lives {number}{words}: {failed}")
        return counts

    return live


def sort_of(kind: str) -> str:
    """Return what a sort of failure counts as."""
    for what, words in (("lost", LOST), ("doubled", DOUBLED), ("bent", BENT)):
        if any(word in kind for word in words):
            return what
    return "failed"


TRIALS = [
    Trial("lives over both ends", LIVES // IN_A_PIECE, trial(plan, IN_A_PIECE, ""), share=(1,)),
    Trial("years of two cases and two computers", YEARS, trial(year, 1, " --year"), share=()),
]
if MICROPYTHON is not None:
    TRIALS += [
        Trial(
            "lives over both ends, in processes",
            RUNNING,
            trial(short, 1, f" --processes --length {STEPS}", processes=True),
            share=(0, 3),
        )
    ]
