"""Aftercare: what to do and what to leave after a session, each for a window of time.

Longer needles leave the skin open for longer, so each window has two lengths. They are what
clinics commonly advise, not medical advice. Grades are as in `rollhost.guidance.numbers`; no
source of grade A gives hours.
"""

from typing import NamedTuple

from rollhost.guidance.numbers import FADING_H, SHORT_NEEDLE_UM

HOUR_S = 3600

REDNESS = "redness"
"""The key of the window in which to look whether redness is gone: a question, not a habit."""

IF_NOT_GONE = "If not: host reaction open"
"""What follows from a no to that question."""


class Advice(NamedTuple):
    """A row of the table: one thing to do or to leave, and when, in hours after a session.

    `short` and `long` are the start and the end up to 0.3 mm and over it. `to_the_day` says that
    its end is told as a day: nobody counts it in minutes.
    """

    key: str
    name: str
    short: tuple[int, int]
    long: tuple[int, int]
    grades: tuple[str, ...]
    source: str
    to_the_day: bool = False


ADVICE: tuple[Advice, ...] = (
    Advice(
        "make-up", "no make-up, no touching", (0, 24), (0, 48), ("B", "C"),
        "“the rest of the day” to “a few days”",
    ),
    Advice(
        "exercise", "no strenuous exercise", (0, 48), (0, 72), ("C", "own"),
        "48 hours; a day longer after longer needles (own)",
    ),
    Advice(
        "water", "no pool, sea or sauna", (0, 120), (0, 120), ("B", "C", "own"),
        "named without a length (C), days (B); as long as the shortest rest (own)",
    ),
    Advice(
        "actives", "no retinoids, no exfoliating acids (AHA, BHA), no vitamin C",
        (0, 120), (0, 168), ("B", "C"), "24 hours to 7 days (B), “a few days” (C)",
    ),
    Advice(
        REDNESS, "is redness or soreness gone?",
        (FADING_H, FADING_H + 24), (FADING_H, FADING_H + 24), ("B", "C", "own"),
        "redness fades within 48 to 72 hours (C); look within a day (own)",
    ),
    Advice("sun", "no direct sun", (0, 168), (0, 168), ("C",), "a week", to_the_day=True),
    Advice(
        "cleanser", "a gentle cleanser, and pat dry", (0, 168), (0, 168), ("C",), "the first week",
        to_the_day=True,
    ),
    Advice(
        "sunscreen", "sunscreen outdoors", (24, 336), (24, 336), ("C", "own"),
        "two weeks (C); not on the first day, on open skin (own)", to_the_day=True,
    ),
)  # fmt: skip
"""Every window of aftercare."""

LONGEST_S = max(advice.long[1] for advice in ADVICE) * HOUR_S
"""How long (s) after a session the last of its windows ends, at the latest."""


class Window(NamedTuple):
    """One thing to do or to leave, from `start` to `end` (Unix s); `key` says which thing."""

    key: str
    name: str
    start: int
    end: int
    to_the_day: bool = False

    def is_open(self, now: float) -> bool:
        """Return whether the window is open at Unix time `now` (s)."""
        return self.start <= now < self.end


def windows(ended: int, needle_um: int) -> list[Window]:
    """Return the windows after a session that ended at Unix time `ended` (s), by their ends.

    `needle_um` is the length of the session's needles in micrometres; 0, not known, counts
    as long.
    """
    is_short = 0 < needle_um <= SHORT_NEEDLE_UM
    after_session = [
        Window(
            advice.key,
            advice.name,
            ended + (advice.short if is_short else advice.long)[0] * HOUR_S,
            ended + (advice.short if is_short else advice.long)[1] * HOUR_S,
            advice.to_the_day,
        )
        for advice in ADVICE
    ]
    return sorted(after_session, key=lambda window: window.end)
