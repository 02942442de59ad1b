"""What ``host hold`` prints of the holds that last: sentences for a person, and JSON."""

from collections.abc import Iterator, Sequence

from rollhost.history.holds import Hold
from rollhost.output import units
from rollhost.output.records import hold_reason


def holds_document(holds: Sequence[Hold]) -> list[dict[str, object]]:
    """Return the holds for ``--json``. Times are ISO 8601 with the local offset."""
    return [
        {
            "reason": hold_reason(hold.reason),
            "until": units.iso(hold.until),
            "case_knows": hold.told,
        }
        for hold in holds
    ]


def holds_lines(holds: Sequence[Hold], reaction_is_open: bool, now: int) -> Iterator[str]:
    """Yield the holds at Unix time `now` (s) as a person reads them, and how each of them ends."""
    for hold in holds:
        until = f" until {units.clock_time(hold.until, now)}" if hold.until else ""
        yield f"On hold ({hold_reason(hold.reason)}){until}."
        if hold.until:
            yield "It ends by itself; to end it now, say hold release."
        else:
            yield "It does not end by itself: once the skin is well, say hold release."
        if not hold.told:
            yield "The next sync tells the case."
    if not holds:
        yield "Not on hold."
    if reaction_is_open:
        also = "also keeps" if holds else "keeps"
        yield f"A reaction of the skin is open, which {also} the case from a use: see reaction."
