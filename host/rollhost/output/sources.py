"""Where the numbers come from, as ``host policy --sources`` and the report tell it."""

from typing import NamedTuple

from rollhost.guidance.numbers import NUMBERS, Number
from rollhost.guidance.windows import ADVICE, Advice
from rollhost.output import units

GRADES = (
    "A: regulator, peer-reviewed, professional body. B: dermatologist, manufacturer, clinic."
    " C: health blog. own: our choice, no source. No authority publishes a rest for each length of"
    " needles at home: these are on the careful side."
)


class SourceRow(NamedTuple):
    """A number with its unit, what it is of, its grades, and its source; that may be empty."""

    amount: str
    what: str
    grades: str
    source: str


def source_rows() -> list[SourceRow]:
    """Return every number, those of aftercare last."""
    return [*(_number_row(number) for number in NUMBERS), *(_advice_row(row) for row in ADVICE)]


def sources_document() -> dict[str, object]:
    """Return every number with its source, for ``--json``. Hours of aftercare are start and end."""
    return {
        "grades": GRADES,
        "numbers": [
            {
                "key": number.key,
                "what": number.what,
                "value": number.value,
                "unit": number.unit,
                "grades": list(number.grades),
                "source": number.source or None,
            }
            for number in NUMBERS
        ],
        "aftercare": [
            {
                "key": advice.key,
                "what": advice.name,
                "hours_up_to_0.3_mm": list(advice.short),
                "hours_over_0.3_mm": list(advice.long),
                "grades": list(advice.grades),
                "source": advice.source,
            }
            for advice in ADVICE
        ],
    }


def sources_lines() -> list[str]:
    """Return every number with its source as a person reads it."""
    rows = source_rows()
    wide = max(len(row.amount) for row in rows)
    lines = []
    for row in rows:
        source = f": {row.source}" if row.source else ""
        lines.append(f"{row.amount:<{wide}}  {row.what} ({row.grades}){source}")
    return [*lines, GRADES]


def _number_row(number: Number) -> SourceRow:
    return SourceRow(number_amount(number), number.what, ", ".join(number.grades), number.source)


def number_amount(number: Number) -> str:
    """Return a number with its unit: ``7 days``, ``70 %``, ``0.3 mm``."""
    if number.unit in ("mm", "%"):
        return f"{number.value:g} {number.unit}"
    return units.count(int(number.value), number.unit)


def _advice_row(advice: Advice) -> SourceRow:
    spans = list(dict.fromkeys([_hours(advice.short), _hours(advice.long)]))
    over = f"; {spans[1]} over 0.3 mm" if len(spans) > 1 else ""
    return SourceRow(spans[0], f"{advice.name}{over}", ", ".join(advice.grades), advice.source)


def _hours(span: tuple[int, int]) -> str:
    start, end = span
    return f"{start} to {end} h" if start else f"{end} hours"
