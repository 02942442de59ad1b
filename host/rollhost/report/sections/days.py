"""Day by day: every session, refusal and gap on a calendar of strips."""

from datetime import date, datetime

from rollhost.output import units
from rollhost.report import charts, phrases
from rollhost.report.charts import Day
from rollhost.report.components import details, legend, scroll, small, table
from rollhost.report.facts import FIRST_DAY, Facts, tally
from rollhost.report.markup import Inside, tag


def section(facts: Facts) -> Inside:
    """Return the calendar: a year a row."""
    held = calendar_days(facts)
    if not held:
        return small(
            "Nothing yet. Each day with a use, a session at a clinic or a reaction will stand here."
        )
    counts = tally(facts.rows)
    says = [f"{units.count(counts.uses, 'use')} at home"]
    if counts.early:
        says.append(f"{counts.early:,} of them against the rest")
    if counts.clinics:
        says.append(f"{units.count(counts.clinics, 'session')} at a clinic")
    if facts.reactions:
        says.append(units.count(len(facts.reactions), "reaction"))
    names = {
        charts.USE: "a use at home",
        charts.USES: "several uses on one day",
        charts.LOOSE: "a use, its day not certain",
        charts.EARLY: "a use against the rest",
        charts.CLINIC: "a session at a clinic",
        charts.REACTION: "a reaction began",
    }
    shown = {mark for one in held for mark in one.marks}
    today = datetime.fromtimestamp(facts.now).date()
    since = held[0].day if facts.since is None else datetime.fromtimestamp(facts.since).date()
    known = min(since, held[0].day), max(today, held[-1].day)
    years = {one.day.year for one in held} | {today.year}
    drawn: list[Inside] = []
    for year in sorted(years, reverse=True):
        mine = [one for one in held if one.day.year == year]
        name = f"Calendar of {year}, {units.count(len(mine), 'day')} marked"
        tips = len(held) <= charts.MOST_TIPS
        drawn.append(tag("h3", str(year)))
        drawn.append(scroll(name, charts.calendar(year, known, mine, name, "days-says", tips)))
    return [
        tag("p", ", ".join(says), ". Each column is a week, from Monday down to Sunday;"
            " where there is no square, the record does not reach.", id="days-says"),
        legend((charts.sign(mark), name) for mark, name in names.items() if mark in shown),
        tag("div", drawn, class_="years"),
        details(
            "uses in each month",
            table(
                "What each month held",
                ["Month", "Uses", "Against the rest", "At a clinic", "Reactions"],
                _by_month(facts),
            ),
        ),
    ]  # fmt: skip


def calendar_days(facts: Facts) -> list[Day]:
    """Return every local day that holds something, the oldest first."""
    held: dict[date, list[tuple[str, str]]] = {}

    def note(unix: int, mark: str, says: str) -> None:
        if unix >= FIRST_DAY:
            held.setdefault(datetime.fromtimestamp(unix).date(), []).append((mark, says))

    for row in facts.rows:
        zone = phrases.plain_zone(row.zone)
        if row.use is None:
            note(row.ended.latest, charts.CLINIC, f"a session at a clinic, {zone}")
        elif row.short:
            note(row.ended.latest, charts.EARLY, f"{zone}, {phrases.against(row)}")
        elif row.ended.days > 1:
            note(row.ended.latest, charts.LOOSE, f"{zone}, {phrases.when(row.ended)}")
        else:
            note(row.ended.latest, charts.USE, zone)
    for one in facts.reactions:
        note(
            one.began.at, charts.REACTION, f"a reaction began, {phrases.plain_zone(one.began.zone)}"
        )
    found = []
    for day, notes in sorted(held.items()):
        marks = {mark for mark, _ in notes}
        if sum(mark in (charts.USE, charts.LOOSE, charts.EARLY) for mark, _ in notes) > 1:
            marks = marks - {charts.USE, charts.LOOSE} | {charts.USES}
        elif charts.EARLY in marks:
            marks.discard(charts.USE)
        name = f"{charts.WEEKDAYS[day.weekday()]} {day.day} {charts.MONTHS[day.month - 1]}"
        says = "; ".join(text for _, text in notes)
        found.append(
            Day(day, tuple(one for one in charts.MARKS if one in marks), f"{name}: {says}")
        )
    return found


def _by_month(facts: Facts) -> list[list[Inside]]:
    """Return a row for each month that holds something, the newest first."""
    held: dict[tuple[int, int], list[int]] = {}

    def note(unix: int, column: int) -> None:
        if unix >= FIRST_DAY:
            held.setdefault(month_of(unix), [0, 0, 0, 0])[column] += 1

    for row in facts.rows:
        note(row.ended.latest, 2 if row.use is None else 0)
        if row.short:
            note(row.ended.latest, 1)
    for one in facts.reactions:
        note(one.began.at, 3)
    return [
        [f"{year}-{month:02}", *map(str, counts)]
        for (year, month), counts in sorted(held.items(), reverse=True)
    ]


def month_of(unix: int) -> tuple[int, int]:
    day = datetime.fromtimestamp(unix)
    return day.year, day.month
