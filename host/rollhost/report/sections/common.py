"""What several sections share."""

from collections.abc import Sequence

from rollhost.report.charts import Span
from rollhost.report.facts import FIRST_DAY, Facts, Row

MOST_ROWS = 400
"""A table of uses has at most so many, the newest; every one is in `export csv` (own)."""


def time_span(facts: Facts) -> Span:
    """Return the time that the charts show: from the first thing that is known to now."""
    known = [row.ended.earliest for row in facts.rows if row.ended.earliest >= FIRST_DAY]
    since = min([*known, *([facts.since] if facts.since else [])], default=facts.now)
    return Span(since, max(facts.now, *(row.ended.latest for row in facts.rows), since))


def newest_caption(caption: str, shown: Sequence[Row], every: Sequence[Row]) -> str:
    caption += ", the newest first"
    if len(shown) < len(every):
        caption += f": {len(shown):,} of {len(every):,}; every one is in host export csv"
    return caption
