"""Windows of aftercare as sentences."""

from rollhost.guidance.windows import IF_NOT_GONE, REDNESS, Window
from rollhost.output import units


def window_line(window: Window, now: int) -> str:
    """Return a window that is open at Unix time `now` (s), with its end; redness is a question."""
    end = window_end(window)
    if window.key == REDNESS:
        day = units.clock_time(window.end, now, units.date_of(window.end).isoformat())
        by = "" if day == "today" else "by "
        return f"Check {by}{day}: {window.name} {IF_NOT_GONE}"
    return f"{window.name}, until {units.clock_time(window.end, now, end)}"


def window_end(window: Window) -> str | None:
    """Return the day (ISO 8601) on which a window ends, None where its minute is told, too."""
    return units.date_of(window.end).isoformat() if window.to_the_day else None
