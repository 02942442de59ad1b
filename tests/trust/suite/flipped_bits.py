"""Flips bits of a flash and counts what came of it: see `tests/micropython/suite/bit_trials.py`."""

import json
import sys

from tests.micropython.suite.bit_trials import STORIES, Bench, Pairs, Story
from tests.micropython.suite.stories import Dice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = 0  # every bit of all that is used, and some others
PAIRS = 1  # pairs of bits
HEADS = 2  # every bit of the marks, and some of what else a start looks at first

THIN = 8
"""One in so many bits is tried of what littlefs has not written in its blocks."""

OTHERS = 20000
"""So many bits are tried in the blocks that belong to nobody."""

OPENINGS = 8
"""One in so many bits of openings and done slots is tried where only the heads are."""

MAX_EXAMPLES = 20


def bits_of(story: Story, what: int, seed: int) -> "Iterator[tuple[str, int]]":
    """Yield the bits that are to be flipped one by one, with the name of their place."""
    dice = Dice(seed)
    unused: list[tuple[int, int]] = []
    for name, start, end in story.places():
        step = 1
        if name == "rest":
            unused.append((start, end))
            continue
        if what == HEADS:
            if name.endswith(("opening", "done")):
                step = OPENINGS
            elif not name.endswith(" mark") or "before" in name:
                continue
        elif name.endswith(" blank"):
            step = THIN
        for bit in range(8 * start + dice.below(step), 8 * end, step):
            yield name, bit
    if what == EVERY:
        for _ in range(OTHERS):
            start, end = unused[dice.below(len(unused))]
            yield "rest", 8 * start + dice.below(8 * (end - start))


def main(numbers: "list[int]") -> None:
    """Try a piece, and print what it came to.

    The numbers are: what is tried, the number of the story, the seed, the piece, and how many
    pieces there are; of pairs, how many are in a piece.
    """
    what, number, seed, piece, pieces = numbers
    bench = Bench(STORIES[number]())
    if what == PAIRS:
        pairs = Pairs(bench.story, seed * 1000 + piece)
        for _ in range(pieces):
            name, bits = pairs.next()
            bench.one(bits, name)
    else:
        for place, (name, bit) in enumerate(bits_of(bench.story, what, seed)):
            if place % pieces == piece:
                bench.one((bit,), name)
    examples = [words for place in bench.examples for words in bench.examples[place]]
    sys.stdout.write(
        json.dumps(
            {
                "tried": bench.tried,
                "lost": bench.wrong.get("lost", 0),
                "doubled": bench.wrong.get("doubled", 0),
                "bent": bench.wrong.get("bent", 0),
                "failed": bench.wrong.get("blocked", 0),
                "faults": examples[:MAX_EXAMPLES],
            }
        )
    )
