"""The card: what is normal after a session, what to watch, and what a clinician should see."""

from rollhost.guidance.card import CARD
from rollhost.report import phrases
from rollhost.report.components import listed, small
from rollhost.report.markup import Inside, tag


def section() -> Inside:
    """Return the card."""
    rows: list[tuple[Inside, Inside]] = [
        (part.title, [tag("div", phrases.capital(line)) for line in part.lines]) for part in CARD
    ]
    return [listed(rows, "plain"), small("What clinics hand out, not medical advice.")]
