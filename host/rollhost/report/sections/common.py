"""Functions of several sections."""

from collections.abc import Sequence

from rollhost.report.charts import Span
from rollhost.report.facts import FIRST_DAY, Facts, Row

MOST_ROWS = 400
"""The most rows of a table of uses, the newest ones; all are in `export csv` (own)."""


def time_span(facts: Facts) -> Span:
    """Return the time that the charts show: from the first record or session to now."""
    known = [row.ended.earliest for row in facts.rows if row.ended.earliest >= FIRST_DAY]
    since = min([*known, *([facts.since] if facts.since else [])], default=facts.now)
    return Span(since, max(facts.now, *(row.ended.latest for row in facts.rows), since))


def newest_caption(caption: str, shown: Sequence[Row], every: Sequence[Row]) -> str:
    """Return the caption of a table of the newest rows, with their number if not all are shown."""
    caption += ", the newest first"
    if len(shown) < len(every):
        caption += f": {len(shown):,} of {len(every):,}; every one is in host export csv"
    return caption
