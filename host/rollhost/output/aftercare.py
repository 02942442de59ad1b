"""Windows of aftercare as sentences."""

from rollhost.guidance.windows import IF_NOT_GONE, REDNESS, Window
from rollhost.output import units, window_line


def window_text(window: Window, now: int) -> str:
    """Return a window that is open at Unix time `now` (s), with its end; redness is a question."""
    if_not = IF_NOT_GONE if window.key == REDNESS else ""
    return window_line.window_line(window.name, window.end, window.to_the_day, if_not, now)


def window_end(window: Window) -> str | None:
    """Return the day (ISO 8601) on which a window ends, None where its minute is told, too."""
    return units.iso_day(window.end) if window.to_the_day else None
