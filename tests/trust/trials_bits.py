"""Flipped bits, one and two, in all that a case keeps on its flash: see `suite/flipped_bits.py`."""

from collections.abc import Callable

from tests.micropython.test_micropython import MICROPYTHON
from tests.trust.trial import Counts, Trial
from tests.trust.trials_power import run

KIND = "bits of a case's flash flipped, one and two: log, small files, file system"

EVERY, PAIRS, HEADS = range(3)
"""What is tried, as `suite/flipped_bits.py` has it."""

PIECES = 400
"""Of some 320,000 single bits."""

STORIES = (
    "three blocks and records behind the checkpoint",
    "three blocks, all in checkpoints",
    "a few records",
    "ten blocks",
    "a log that has gone round",
    "copies by tools",
    "a new log beside the old one",
    "a new log without a record",
    "a new log alone",
    "a formatted flash",
)
"""What is on the flash, in the order of `STORIES` in `bit_trials`."""

PAIRS_IN_A_PIECE = 1000


def trial(what: int, story: int, pieces: int, of: int) -> Callable[[int, int], Counts]:
    """Return what runs a piece: so many pairs, or this part of all single bits."""

    def piece_of(seed: int, piece: int) -> Counts:
        return run("flipped_bits", what, story, seed, piece, of)

    return piece_of


def _trials() -> list[Trial]:
    found = [
        Trial(f"one bit, {STORIES[0]}", PIECES, trial(EVERY, 0, PIECES, PIECES), share=(17,)),
        Trial(f"two bits, {STORIES[0]}", 20, trial(PAIRS, 0, 20, PAIRS_IN_A_PIECE), share=(3,)),
    ]
    for number, name in enumerate(STORIES[1:], 1):
        found += [
            Trial(f"one bit of a head, {name}", 8, trial(HEADS, number, 8, 8), share=()),
            Trial(f"two bits, {name}", 4, trial(PAIRS, number, 4, 250), share=()),
        ]
    return found


TRIALS = [] if MICROPYTHON is None else _trials()
