"""Where the numbers come from, each with its grade."""

from rollhost.output.sources import GRADES, SourceRow, source_rows
from rollhost.report.components import listed, small
from rollhost.report.markup import Inside, tag


def section() -> Inside:
    """Return every number with its source, folded away at first."""
    rows = source_rows()
    return [
        small(GRADES),
        tag(
            "details",
            tag("summary", f"The {len(rows)} numbers that the program goes by"),
            listed([(row.what, _told(row)) for row in rows], "plain"),
        ),
    ]


def _told(row: SourceRow) -> str:
    return f"{row.amount} ({row.grades})" + (f": {row.source}" if row.source else "")
