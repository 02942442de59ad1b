"""Phrases of the report: dates without words such as ``today``, names of zones, numbers."""

from collections.abc import Sequence

from rollcore import events
from rollhost.guidance.signs import names
from rollhost.history.sessions import Session
from rollhost.output import units
from rollhost.output.records import BY_LATER
from rollhost.output.text import one_line
from rollhost.report.facts import DAY_S, FIRST_DAY, Moment, Row, Tally
from rollhost.report.markup import Inside, foreign

REASONS = {
    events.STILL_RESTING: "the skin was resting",
    events.AFTER_CLINIC: "rest after a clinic",
    events.AFTER_REACTION: "rest after a reaction",
    events.ON_HOLD: "on hold",
    events.REACTION_OPEN: "a reaction was open",
    events.RED_FLAG: "a clinician should see a reaction",
    events.HEAD_WORN_OUT: "the head was worn out",
    events.HEAD_IS_OUT: "the head was out",
    events.LOG_NEARLY_FULL: "the log was nearly full",
}
"""Reasons for a refused use, by the numbers of `refused.reason`."""

SWITCHED_OFF = "switched off"
"""Of a soak that the policy did not ask for."""


def signs(seen: Sequence[str]) -> str:
    """Return the names of the signs of a reaction."""
    return names(map(one_line, seen)) or "none"


def at(unix: float, said: str | None = None) -> str:
    """Return a moment (Unix s) in local time with its date: ``Fri 20 Nov 2026, 09:05``.

    Of a day that was `said` there is no time: ``Fri 20 Nov 2026``.
    """
    return units.clock_time(unix, 0, said)


def when(moment: Moment) -> str:
    """Return a moment to the minute, with its uncertainty: ``2026-11-20 09:05 ±2 h``."""
    if moment.known:
        return units.minute(moment.latest, moment.said)
    if moment.earliest < FIRST_DAY:
        return f"before {units.minute(moment.latest)}"
    half = (moment.latest - moment.earliest) / 2
    return f"{units.minute(moment.earliest + half)} ±{short_span(half)}"


def days(seconds: float | None) -> str:
    """Return a length of time in days with one decimal; a dash for None."""
    return "–" if seconds is None else f"{seconds / DAY_S:.1f}"


def rested(row: Row) -> str:
    """Return how many days the zone had rested before a session, maybe a range."""
    least, most = row.rested or (None, None)
    return days(least) if days(least) == days(most) else f"{days(least)} to {days(most)}"


def zone(name: str | None) -> Inside:
    """Return the name of a zone as an element."""
    return "not known" if name is None else foreign(name)


def plain_zone(name: str | None) -> str:
    """Return the name of a zone as plain text, such as for an attribute."""
    return "area not known" if name is None else one_line(name)


def needle(session: Session) -> str:
    """Return the length of a session's needles."""
    return units.needle(session.needle_um) if session.needle_um else "not known"


def kind(row: Row) -> str:
    """Return where a session was: ``clinic`` or ``home``."""
    return "clinic" if row.use is None else "home"


def capital(text: str) -> str:
    """Return a text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return a text with a capital letter and a full stop."""
    return f"{capital(text)}."


def shortened(text: str, most: int) -> str:
    """Return a text without line ends, cut to so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def short_span(seconds: float) -> str:
    """Return a length of time for a narrow column: ``42 min``, ``2 h``, ``3 d``."""
    for unit, name in ((DAY_S, "d"), (units.HOUR_S, "h"), (units.MINUTE_S, "min")):
        if seconds >= 2 * unit or unit == units.MINUTE_S:
            return f"{round(seconds / unit):,} {name}"
    raise AssertionError


def lasted(row: Row) -> str:
    """Return how long a use lasted; a dash if not known, or at a clinic."""
    if row.use is None or row.use.seconds is None:
        return "–"
    return short_span(row.use.seconds)


def before(row: Row) -> str:
    """Return whether the roller was soaked before a use; a dash at a clinic."""
    if row.use is None:
        return "–"
    soaked = row.use.soaked_before
    return SWITCHED_OFF if soaked is None else ("yes" if soaked else "no")


def after(row: Row) -> str:
    """Return how long after a use the soak began; a dash at a clinic."""
    use = row.use
    if use is None:
        return "–"
    if use.cleaned_in_time is None:
        return SWITCHED_OFF
    if use.cleaned_after_s is None:
        return "not soaked"
    after_use = short_span(use.cleaned_after_s)
    return after_use if use.cleaned_in_time else f"{after_use}, late"


def against(row: Row) -> str:
    """Return how a use came before the rest was over, against it or not; empty if it did not."""
    if row.use is not None and row.early:
        return f"started {units.span(row.use.early_s)} early, against the rest"
    if row.unknowing:
        return BY_LATER
    return ""


def of(part: int, whole: int, noun: str) -> str:
    """Return a part of a whole: ``all 7 uses``, ``6 of 7 uses``, ``the only use``."""
    if part == whole == 1:
        return f"the only {noun}"
    every = units.count(whole, noun)
    return f"all {every}" if part == whole > 1 else f"{part:,} of {every}"


def soaked_after(counts: Tally) -> int:
    """Return the number of uses after which the policy asked for a soak."""
    return counts.cleaned + counts.cleaned_late + counts.not_cleaned
