"""One window of aftercare as a sentence.

The page in a browser runs this file too, under MicroPython.
"""

from rollhost.output import units


def window_line(name: str, end: int, to_the_day: bool, if_not: str, now: int) -> str:
    """Return a window that is open at Unix time `now` (s), with its end (Unix s).

    One with `to_the_day` ends on a day, not at a minute. One with `if_not` is a question; that is
    what follows from a no.
    """
    if if_not:
        day = units.clock_time(end, now, units.iso_day(end))
        by = "" if day == "today" else "by "
        return f"Check {by}{day}: {name} {if_not}"
    return f"{name}, until {units.clock_time(end, now, units.iso_day(end) if to_the_day else None)}"
