"""Aftercare: what to do and what to leave after a session, each for a window of time.

Longer needles leave the skin open for longer, so each window has two lengths.
They are what clinics commonly advise, not medical advice. Their sources are graded
B (dermatologist, manufacturer, clinic), C (health blog), own (our choice, no source);
no source of a higher grade gives hours:

- Make-up and touching: "the rest of the day" to "a few days" (B, C).
- Retinoids, acids, vitamin C: 24 hours to 7 days (B), "a few days" (C).
- Strenuous exercise: 48 hours (C); a day longer after longer needles (own).
- Pool, sea, sauna: named without a length (C), days (B).
- Direct sun: a week (C).
- Sunscreen outdoors: two weeks (C); not on the first day, on open skin (own).
- A gentle cleanser: the first week (C).
- Redness fades within 48 to 72 hours (C): look then, within a day (own).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rollhost.history.sessions import Session

SHORT_NEEDLE_UM = 300
"""Up to this length, in micrometres, the shorter windows are enough."""

HOUR_S = 3600

_WINDOWS = (
    # key, name, start and end (h) up to 0.3 mm, start and end (h) over 0.3 mm
    ("make-up", "no make-up, no touching", 0, 24, 0, 48),
    ("exercise", "no strenuous exercise", 0, 48, 0, 72),
    ("water", "no pool, sea or sauna", 0, 72, 0, 120),
    ("actives", "no retinoids, acids or vitamin C", 0, 72, 0, 168),
    ("redness", "look: redness should have faded", 72, 96, 72, 96),
    ("sun", "no direct sun", 0, 168, 0, 168),
    ("cleanser", "a gentle cleanser, and pat dry", 0, 168, 0, 168),
    ("sunscreen", "sunscreen outdoors", 24, 336, 24, 336),
)


@dataclass(frozen=True)
class Window:
    """One thing to do or to leave, from `start` to `end` (Unix s); `key` says which thing."""

    key: str
    name: str
    start: int
    end: int

    def is_open(self, now: float) -> bool:
        """Return whether the window is open at Unix time `now` (s)."""
        return self.start <= now < self.end


def windows(ended: int, needle_um: int) -> list[Window]:
    """Return the windows after a session that ended at Unix time `ended` (s), by their ends.

    `needle_um` is the length of the session's needles in micrometres; 0, not known, counts
    as long.
    """
    short = 0 < needle_um <= SHORT_NEEDLE_UM
    after_session = [
        Window(
            key,
            name,
            ended + (start if short else long_start) * HOUR_S,
            ended + (end if short else long_end) * HOUR_S,
        )
        for key, name, start, end, long_start, long_end in _WINDOWS
    ]
    return sorted(after_session, key=lambda window: window.end)


@dataclass(frozen=True)
class Due:
    """A window, and the session that it follows."""

    window: Window
    session: Session


def due(sessions: Iterable[Session], now: float) -> list[Due]:
    """Return every window that has not ended at Unix time `now` (s), by their ends.

    If several sessions of one zone have the same window, only the last to end is returned.
    """
    last: dict[tuple[str, str | None], Due] = {}
    for session in sessions:
        for window in windows(session.ended, session.needle_um):
            place = (window.key, session.zone)
            if window.end > now and (place not in last or window.end > last[place].window.end):
                last[place] = Due(window, session)
    return sorted(last.values(), key=lambda due: due.window.end)
