"""Power cut after and within every flash command of a day of the real image: `emulated_day.py`."""

from tests.trust.emulated_day import ANY_BITS, Cuts
from tests.trust.run import IMAGE
from tests.trust.trial import Counts, Trial

KIND = "power cut at every flash command of a day of the real image"

VARIANTS = (0, 2, ANY_BITS)
"""Between two commands, in the middle of one, with any bits of one done."""

CHUNKS = 24
DAY_CHUNKS = 12


def cut(seed: int, piece: int) -> Counts:
    """Cut the power in a part of a day that fills the flash."""
    variant, chunk = divmod(piece, DAY_CHUNKS)
    return Cuts(IMAGE, seed, VARIANTS[variant]).run(chunk, DAY_CHUNKS, short=False)


def cut_short(seed: int, piece: int) -> Counts:
    """Cut the power in a part of a day with a use and a new log."""
    variant, chunk = divmod(piece, CHUNKS)
    return Cuts(IMAGE, seed, VARIANTS[variant]).run(chunk, CHUNKS, short=True)


TRIALS = [
    Trial(
        "power cut in a short day on an emulated Pico",
        len(VARIANTS) * CHUNKS,
        cut_short,
        share=(CHUNKS + 5,),
        needs_image=True,
    ),
    Trial(
        "power cut in a day on an emulated Pico",
        len(VARIANTS) * DAY_CHUNKS,
        cut,
        share=(),
        needs_image=True,
    ),
]
