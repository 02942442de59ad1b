"""Which windows of aftercare follow from the sessions; their table is in guidance."""

from collections.abc import Iterable
from typing import NamedTuple

from rollhost.guidance import scalp
from rollhost.guidance.windows import LONGEST_S, Window, windows
from rollhost.history.sessions import Session


class Due(NamedTuple):
    """A window, and the session that it follows."""

    window: Window
    session: Session


def due(sessions: Iterable[Session], now: float) -> list[Due]:
    """Return every window that has not ended at Unix time `now` (s), by their ends.

    If several sessions of one zone have the same window, only the last to end is returned.
    """
    last: dict[tuple[str, str | None], Due] = {}
    for session in sessions:
        if session.ended + LONGEST_S <= now:
            continue
        for window in windows(session.ended, session.needle_um):
            place = (window.key, session.zone)
            if window.end > now and (place not in last or window.end > last[place].window.end):
                name = scalp.name(window.key, window.name, session.zone)
                last[place] = Due(window._replace(name=name), session)
    return sorted(last.values(), key=lambda due: due.window.end)
