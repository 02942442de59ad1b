"""What never to do with a roller."""

from rollhost.guidance.never import NEVER
from rollhost.report import phrases
from rollhost.report.markup import Inside, tag


def section() -> Inside:
    """Return the whole Never list."""
    return [
        tag("p", "Never"),
        tag("ul", [tag("li", phrases.sentence(rule)) for rule in NEVER]),
    ]
