"""What ``host clinic`` prints of the sessions at a clinic: lines for a person, and JSON."""

from collections.abc import Iterator, Sequence

from rollhost.history.clinics import ClinicVisit
from rollhost.output import units
from rollhost.output.text import one_line


def visits_document(visits: Sequence[ClinicVisit], now: int) -> dict[str, object]:
    """Return sessions at a clinic for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "sessions": [
            {
                "at": units.iso(visit.session.ended),
                "day": visit.day,
                "zone": visit.session.zone,
                "needle_mm": visit.session.needle_um / 1000 if visit.session.needle_um else None,
                "text": visit.text,
                "rest_until": units.iso(visit.until),
                "rest_until_day": visit.until_day,
                "rest_is_over": visit.until <= now,
            }
            for visit in visits
        ]
    }


def visits_lines(visits: Sequence[ClinicVisit], now: int) -> Iterator[str]:
    """Yield each session, and until when the rest that it started goes."""
    for visit in visits:
        session = visit.session
        length = units.needle(session.needle_um) if session.needle_um else ""
        facts = ", ".join(fact for fact in (session.zone, length) if fact)
        text = ": ".join(part for part in (facts, one_line(visit.text)) if part)
        yield f"{units.minute(session.ended, visit.day):<16}  {text or 'a session at a clinic'}"
        rest = "its rest was over" if visit.until <= now else "its rest goes on until"
        yield f"{'':<16}  {rest} {units.clock_time(visit.until, now, visit.until_day)}"
    if not visits:
        yield "No session at a clinic is written down."
    yield "To write one down, say when it was: clinic 2026-11-20 --needle 1.5"
