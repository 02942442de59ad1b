"""Refused, and against the rest."""

from rollhost.output import units
from rollhost.report import charts, phrases
from rollhost.report.charts import Lane
from rollhost.report.components import details, figure, small, table
from rollhost.report.facts import Facts
from rollhost.report.markup import Inside
from rollhost.report.sections.common import time_span
from rollhost.report.sections.days import month_of


def section(facts: Facts) -> Inside:
    """Return what the cases refused, and what was done against the rest."""
    early = [row for row in facts.uses if row.early]
    if not facts.refusals and not early:
        return small("The case has refused nothing, and nothing was started against the rest.")
    counts: dict[str, dict[tuple[int, int], int]] = {}
    for one in facts.refusals:
        lane = counts.setdefault(phrases.REASONS[one.reason], {})
        lane[month_of(one.at)] = lane.get(month_of(one.at), 0) + 1
    lanes = [Lane(name, counts[name], "bar") for name in phrases.REASONS.values() if name in counts]
    against: dict[tuple[int, int], int] = {}
    for row in early:
        at = month_of(row.ended.latest)
        against[at] = against.get(at, 0) + 1
    if against:
        lanes.append(Lane("against the rest", against, "early-bar"))
    said = [f"{units.count(len(facts.refusals), 'use')} refused"]
    held_on = ", by holding the button on" if early else ""
    said.append(f"{len(early) or 'none'} started against the rest{held_on}")
    name = "Refusals, and uses against the rest, by month"
    every = sorted({at for lane in lanes for at in lane.counts}, reverse=True)
    return [
        figure(name, f"{' and '.join(said)}.", "refused-says",
               charts.months(time_span(facts), lanes, name, "refused-says")),
        details(
            name,
            table(
                name,
                ["Month", *(lane.label for lane in lanes)],
                [[f"{at[0]}-{at[1]:02}", *(str(lane.counts.get(at, 0)) for lane in lanes)]
                 for at in every],
            ),
        ),
    ]  # fmt: skip
