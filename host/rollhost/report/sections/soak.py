"""Soaking the roller: before and after each use."""

from rollhost.output import units
from rollhost.report import charts, phrases
from rollhost.report.charts import Point
from rollhost.report.components import details, figure, legend, small, table
from rollhost.report.facts import Facts, Tally, tally
from rollhost.report.markup import Inside, Markup, tag
from rollhost.report.sections.common import MOST_ROWS, newest_caption, time_span


def section(facts: Facts) -> Inside:
    """Return a chart and a table of the soaks before and after uses."""
    uses = facts.uses
    if not uses:
        return small("Nothing yet: the soaks before and after each use will stand here.")
    asked = [row for row in uses if row.use is not None and row.use.cleaned_in_time is not None]
    counts = tally(facts.rows)
    limit_s = counts.overdue_s
    points = []
    for row in asked:
        use = row.use
        assert use is not None
        after_s = use.cleaned_after_s
        mark = "" if use.cleaned_in_time else charts.LATE
        says = f"{phrases.when(row.ended)}: soaked after {phrases.after(row)}"
        if after_s is None:
            mark, says = charts.NEVER, f"{phrases.when(row.ended)}: not soaked afterwards"
        value = None if after_s is None else after_s / use.policy.overdue_s
        points.append(Point(row.ended.latest, value, says, mark))
    labels = [(0, "at once"), (0.5, "half"), (1, "the limit"), (2, "twice"), (3, "3 times")]
    if limit_s is not None:
        labels = [
            (share, units.span(share * limit_s) if share else "at once") for share, _ in labels
        ]
    name = "From each use to its soak"
    shown = {point.mark for point in points}
    signs: list[tuple[Markup, Inside]] = [
        (charts.dot(), "a use: how long until its soak began"),
        (charts.swatch("against"), "later than the rules say"),
    ]
    if charts.LATE in shown:
        signs.insert(1, (charts.sign(charts.LATE), "soaked late; at the upper edge, later still"))
    if charts.NEVER in shown:
        signs.insert(2, (charts.sign(charts.NEVER), "not soaked"))
    newest = list(reversed(uses))[:MOST_ROWS]
    drawn: Inside = None
    if points:
        drawn = figure(
            name,
            soak_after(counts),
            "soak-says",
            charts.against_limit(time_span(facts), points, labels, False, name, "soak-says"),
            legend(signs),
        )
    return [
        tag("p", soak_before(counts)),
        drawn,
        details(
            "soaks",
            table(
                newest_caption("Soaks before and after each use", newest, uses),
                ["Ended", "Area", "Soaked before", "Soak after it began"],
                [
                    [phrases.when(row.ended), phrases.zone(row.zone), phrases.before(row),
                     phrases.after(row)]
                    for row in newest
                ],
            ),
        ),
    ]  # fmt: skip


def soak_before(counts: Tally) -> str:
    """Return the sentence on how often the roller was soaked before a use."""
    asked = counts.soaked + counts.not_soaked
    if not asked:
        return "The soak before a use was switched off."
    off = _switched_off(counts.uses - asked)
    return f"Before {phrases.of(counts.soaked, asked, 'use')} the roller had had its soak{off}."


def soak_after(counts: Tally) -> str:
    """Return the sentence on how often the roller was soaked after a use, and how soon."""
    asked = phrases.soaked_after(counts)
    if not asked:
        return "The soak after a use was switched off."
    within = "in the time that the rules gave"
    if counts.overdue_s is not None:
        within = f"within {units.span(counts.overdue_s)}"
    text = f"After {phrases.of(counts.cleaned, asked, 'use')} the soak began {within}"
    if counts.cleaned_late:
        text += f", after {counts.cleaned_late:,} later"
    if counts.not_cleaned:
        text += f", after {counts.not_cleaned:,} not at all"
    if counts.cleaned_after_s is not None and asked > 2:
        text += f"; half of the soaks began within {units.span(counts.cleaned_after_s)}"
    return f"{text}{_switched_off(counts.uses - asked)}."


def _switched_off(uses: int) -> str:
    """Return words for so many uses whose policy asked for no soak; empty for none."""
    return f"; for {units.count(uses, 'use')} more it was switched off" if uses else ""
