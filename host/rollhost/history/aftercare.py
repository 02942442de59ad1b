"""What to leave alone after a session, and for how long: the windows of aftercare.

Longer needles leave the skin open for longer, so each window has two lengths.
They are habits that clinics hand out, not medical advice. Where they come from,
graded B (dermatologist, manufacturer, clinic), C (health blog), own (our
choice, no source); nobody graded higher gives hours:

- Make-up and touching: "the rest of the day" to "a few days" (B, C).
- Retinoids, acids, vitamin C: 24 hours to 7 days (B), "a few days" (C).
- Strenuous exercise: 48 hours (C); a day longer after longer needles (own).
- Pool, sea, sauna: named without a length (C), days (B).
- Direct sun: a week (C).
- Sunscreen outdoors: two weeks (C); not on the first day, on open skin (own).
- A gentle cleanser: the first week (C).
- Redness fades within 48 to 72 hours (C): look then. A day to do so is ours (own).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rollhost.history.sessions import Session

SHORT_NEEDLE_UM = 300
"""Up to this length, in micrometres, the shorter windows are enough."""

HOUR_S = 3600

_WINDOWS = (
    # key, in plain words, from and to (h) up to 0.3 mm, the same over 0.3 mm
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
    """One thing to do or to leave, from `start` to `end` (Unix s).

    `key` is the same for the same thing after every session.
    """

    key: str
    name: str
    start: int
    end: int

    def is_open(self, now: float) -> bool:
        """Say whether it counts at Unix time `now` (s)."""
        return self.start <= now < self.end


def windows(ended: int, needle_um: int) -> list[Window]:
    """Return the windows after a session that ended at Unix time `ended` (s), by their ends.

    `needle_um` is the length of its needles in micrometres; 0, for one that is
    not known, counts as long.
    """
    short = 0 < needle_um <= SHORT_NEEDLE_UM
    found = [
        Window(
            key,
            name,
            ended + (start if short else long_start) * HOUR_S,
            ended + (end if short else long_end) * HOUR_S,
        )
        for key, name, start, end, long_start, long_end in _WINDOWS
    ]
    return sorted(found, key=lambda window: window.end)


@dataclass(frozen=True)
class Due:
    """A window, and the session that it follows."""

    window: Window
    session: Session


def due(sessions: Iterable[Session], now: float) -> list[Due]:
    """Return every window that has not ended at Unix time `now` (s), the first to end first.

    After several sessions of one zone the same thing is due once: until the last
    of its windows ends.
    """
    last: dict[tuple[str, str | None], Due] = {}
    for session in sessions:
        for window in windows(session.ended, session.needle_um):
            about = (window.key, session.zone)
            if window.end > now and (about not in last or window.end > last[about].window.end):
                last[about] = Due(window, session)
    return sorted(last.values(), key=lambda one: one.window.end)
