"""Refused uses, and uses against the rest."""

from rollhost.output import units
from rollhost.report import charts, phrases
from rollhost.report.charts import Lane
from rollhost.report.components import details, figure, small, table
from rollhost.report.facts import Facts
from rollhost.report.markup import Inside
from rollhost.report.sections.common import time_span
from rollhost.report.sections.days import month_of


def section(facts: Facts) -> Inside:
    """Return a chart and a table of refused uses and uses against the rest, by month."""
    early = [row for row in facts.uses if row.early]
    if not facts.refusals and not early:
        return small("The case has refused nothing, and nothing was started against the rest.")
    counts: dict[str, dict[tuple[int, int], int]] = {}
    for refused in facts.refusals:
        lane = counts.setdefault(phrases.REASONS[refused.reason], {})
        month = month_of(refused.at)
        lane[month] = lane.get(month, 0) + 1
    lanes = [Lane(name, counts[name], "bar") for name in phrases.REASONS.values() if name in counts]
    against: dict[tuple[int, int], int] = {}
    for row in early:
        month = month_of(row.ended.latest)
        against[month] = against.get(month, 0) + 1
    if against:
        lanes.append(Lane("against the rest", against, "early-bar"))
    refusals = units.count(len(facts.refusals), "use")
    held_on = ", by holding the button on" if early else ""
    says = f"{refusals} refused and {len(early) or 'none'} started against the rest{held_on}."
    name = "Refusals, and uses against the rest, by month"
    months = sorted({month for lane in lanes for month in lane.counts}, reverse=True)
    return [
        figure(name, says, "refused-says",
               charts.months(time_span(facts), lanes, name, "refused-says")),
        details(
            name,
            table(
                name,
                ["Month", *(lane.label for lane in lanes)],
                [[f"{month[0]}-{month[1]:02}",
                  *(str(lane.counts.get(month, 0)) for lane in lanes)]
                 for month in months],
            ),
        ),
    ]  # fmt: skip
