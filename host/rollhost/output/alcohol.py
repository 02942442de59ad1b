"""What is said of the bottle of alcohol: in ``host alcohol``, status and sync."""

from collections.abc import Iterator

from rollhost.guidance.heads import ALCOHOL, strength_advice
from rollhost.history.alcohol import Bottle
from rollhost.output import units
from rollhost.output.entries import entry_document
from rollhost.output.text import one_line


def is_old_text(bottle: Bottle) -> str:
    """Return that a bottle is old, with the next step, without a full stop."""
    since = units.day(bottle.opened.at, bottle.opened.day)
    return f"the bottle has been open since {since}: open a new one, and say alcohol new"


def old_lines(bottle: Bottle | None, now: float) -> list[str]:
    """Return that the bottle is old, as a sentence; nothing if it is not, or none was noted."""
    if bottle is None or not bottle.is_old(now):
        return []
    return [f"Alcohol: {is_old_text(bottle)}."]


def bottle_document(bottle: Bottle | None, now: float) -> dict[str, object]:
    """Return the bottle for ``--json``; ``bottle`` is None if none was noted."""
    return {"bottle": bottle_fields(bottle, now), "advice": list(ALCOHOL)}


def bottle_fields(bottle: Bottle | None, now: float) -> dict[str, object] | None:
    """Return the fields of the bottle for ``--json``; times are ISO 8601 with the local offset."""
    if bottle is None:
        return None
    return {
        **entry_document(bottle.opened),
        "old": bottle.is_old(now),
        "old_at": units.iso(bottle.old_at),
    }


def bottle_lines(bottle: Bottle | None, now: float) -> Iterator[str]:
    """Yield when the bottle was opened, whether that is long ago, and what to mind."""
    if bottle is None:
        yield "No bottle was noted yet. Once you open one, say alcohol new."
    else:
        text = f": {one_line(bottle.opened.text)}" if bottle.opened.text else ""
        at = units.clock_time(bottle.opened.at, now, bottle.opened.day)
        yield f"The bottle was opened {at}{text}."
        yield from remarks(bottle, now)
    yield from ALCOHOL


def remarks(bottle: Bottle, now: float) -> list[str]:
    """Return sentences on what is wrong with a bottle: its age, or its strength."""
    old = "That is over half a year ago: open a new one."
    return [*([old] if bottle.is_old(now) else []), *strength_advice(bottle.opened.text)]
