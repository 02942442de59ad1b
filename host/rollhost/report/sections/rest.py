"""Rest between uses: how long each zone rested, against the rest that the policy asked for."""

from rollhost.report import charts, phrases
from rollhost.report.charts import Point
from rollhost.report.components import details, figure, legend, small, table
from rollhost.report.facts import YEAR_S, Facts, Row
from rollhost.report.markup import Inside, Markup, tag
from rollhost.report.sections.common import MOST_ROWS, newest_caption, time_span


def section(facts: Facts) -> Inside:
    """Return a chart of the rest for each zone, and tables."""
    uses = facts.uses
    if not any(row.rested_s is not None for row in uses):
        return small("Nothing yet: a rest can be told from the second session on.")
    several = len(facts.zones) > 1
    span = time_span(facts)
    drawn: list[Inside] = []
    for zone in facts.zones:
        of_zone = [row for row in uses if row.zone == zone and row.rested_s is not None]
        if not of_zone:
            continue
        number = facts.zones.index(zone)
        points = [
            Point(
                row.ended.latest,
                (row.rested_s or 0) / row.asked_s if row.asked_s else None,
                f"{phrases.when(row.ended)}: rested {phrases.rested(row)} days of"
                f" {phrases.days(row.asked_s)}"
                + (f"; {phrases.against(row)}" if row.short else ""),
                charts.EARLY if row.short else "",
            )
            for row in of_zone
        ]
        short = sum(row.short for row in of_zone)
        name = f"Rest, {phrases.plain_zone(zone)}"
        kept = phrases.of(len(of_zone) - short, len(of_zone), "use")
        earlier = f"{short:,}" if short else "none"
        says = phrases.sentence(
            f"{kept} came after the whole rest that the rules asked for then, {earlier} earlier"
        )
        if not several:
            says = _share(facts)
        labels = [(0, "0"), (0.5, "half"), (1, "the rest"), (2, "twice"), (3, "3 times")]
        if several:
            drawn.append(tag("h3", phrases.capital(phrases.plain_zone(zone))))
        drawn.append(figure(
            name, says, f"rest-says-{number}",
            charts.against_limit(span, points, labels, True, name, f"rest-says-{number}"),
        ))  # fmt: skip
    signs: list[tuple[Markup, Inside]] = [
        (charts.dot(), "a use: how long the skin had rested, against the rest asked for then"),
        (charts.swatch("against"), "less than that"),
    ]
    if any(row.short for row in uses):
        signs.insert(1, (charts.sign(charts.EARLY), "a use that came earlier"))
    newest = list(reversed(uses))[:MOST_ROWS]
    return [
        tag("p", _share(facts)) if several else None,
        legend(signs),
        drawn,
        details(
            "rest",
            table("In each year", ["Year", "Uses", "After the whole rest", "Earlier"],
                  _rest_by_year(facts)),
            table(
                newest_caption("Rest before each use, in days", newest, uses),
                ["Ended", "Area", "Needles", "Rested", "Asked for", "Remark"],
                [
                    [phrases.when(row.ended), phrases.zone(row.zone), phrases.needle(row.session),
                     phrases.rested(row), phrases.days(row.asked_s), phrases.against(row)]
                    for row in newest
                ],
            ),
        ),
    ]  # fmt: skip


def _share(facts: Facts) -> str:
    every = facts.uses
    short = sum(row.short for row in every)
    text = f"{phrases.of(len(every) - short, len(every), 'use')} kept the rest"
    recent = [row for row in every if row.session.ended > facts.now - YEAR_S]
    if 0 < len(recent) < len(every):
        kept = sum(not row.short for row in recent)
        text += f"; in the last 12 months {phrases.of(kept, len(recent), 'use')}"
    return phrases.sentence(text) + " The first use of an area had no rest to keep, and counts."


def _rest_by_year(facts: Facts) -> list[list[Inside]]:
    by_year: dict[int, list[Row]] = {}
    for row in facts.uses:
        by_year.setdefault(row.ended.day.year, []).append(row)
    return [
        [str(year), str(len(rows)), str(sum(not row.short for row in rows)),
         str(sum(row.short for row in rows))]
        for year, rows in sorted(by_year.items(), reverse=True)
    ]  # fmt: skip
