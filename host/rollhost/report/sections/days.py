"""Day by day: every session and the beginning of every reaction, on a calendar."""

from collections.abc import Sequence
from datetime import date, datetime

from rollhost.output import units
from rollhost.output.records import BY_LATER
from rollhost.report import charts, phrases
from rollhost.report.charts import Day
from rollhost.report.components import details, legend, scroll_from_newest, small, table
from rollhost.report.facts import FIRST_DAY, Facts, Tally, tally
from rollhost.report.markup import Inside, tag

BEGUN_MONTHS = 2
"""A year is drawn with the one before it until so many months of it are over (own)."""


def section(facts: Facts) -> Inside:
    """Return the calendar, a row for each year, and a table of months."""
    marked = calendar_days(facts)
    if not marked:
        return small(
            "Nothing yet. Each day with a use, a session at a clinic or a reaction will stand here."
        )
    counts = tally(facts.rows)
    says = [f"{units.count(counts.uses, 'use')} at home"]
    if counts.early:
        says.append(f"{counts.early:,} of them against the rest")
    if counts.unknowing:
        says.append(f"{counts.unknowing:,} of them {BY_LATER}")
    if counts.clinics:
        says.append(f"{units.count(counts.clinics, 'session')} at a clinic")
    if facts.reactions:
        says.append(units.count(len(facts.reactions), "reaction"))
    names = {
        charts.USE: "a use at home",
        charts.USES: "several uses on one day",
        charts.LOOSE: "a use, its day not certain",
        charts.EARLY: _early(counts),
        charts.CLINIC: "a session at a clinic",
        charts.REACTION: "a reaction began",
    }
    shown = {mark for day in marked for mark in day.marks}
    today = datetime.fromtimestamp(facts.now).date()
    since = marked[0].day if facts.since is None else datetime.fromtimestamp(facts.since).date()
    known = min(since, marked[0].day), max(today, marked[-1].day)
    tips = len(marked) <= charts.MOST_TIPS
    drawn: list[Inside] = []
    for title, first, last in _stretches(known, marked):
        shown_days = [day for day in marked if first <= day.day <= last]
        name = f"Calendar of {title}, {units.count(len(shown_days), 'day')} marked"
        chart = charts.calendar((first, last), known, shown_days, name, "days-says", tips)
        drawn.append(tag("h3", title))
        drawn.append(scroll_from_newest(name, chart))
    return [
        tag("p", ", ".join(says), ". Each column is a week, from Monday down to Sunday;"
            " where there is no square, the record does not reach.", id="days-says"),
        legend((charts.sign(mark), name) for mark, name in names.items() if mark in shown),
        tag("div", drawn, class_="years"),
        details(
            "uses in each month",
            table(
                "What each month held",
                ["Month", "Uses", "Too early", "At a clinic", "Reactions"],
                _by_month(facts),
            ),
        ),
    ]  # fmt: skip


def _stretches(known: tuple[date, date], marked: Sequence[Day]) -> list[tuple[str, date, date]]:
    """Return what to draw, the newest first: a title, and the first and the last day of each.

    It is a year each, from the first to the last month of the record. A year without a mark is left
    out; the last one, where it has only just begun, is drawn with the one before.
    """
    begin, end = known
    years = sorted({day.day.year for day in marked} | {end.year})
    has_begun = end.month <= BEGUN_MONTHS and marked[-1].day.year == end.year - 1
    if has_begun:
        years.pop()
    found = []
    for year in years:
        first, last = max(begin, date(year, 1, 1)), min(end, date(year, 12, 31))
        title = str(year)
        if year == years[-1] != end.year:
            last = end
            title += f" to {charts.MONTHS[end.month - 1]} {end.year}"
        found.append((title, first, last))
    return found[::-1]


def _early(counts: Tally) -> str:
    """Return what the mark of an early use means, which is one for both ways to be early."""
    ways = ["against the rest"] * bool(counts.early) + [BY_LATER] * bool(counts.unknowing)
    return f"a use {', or '.join(ways)}"


def calendar_days(facts: Facts) -> list[Day]:
    """Return every local day with a mark, the oldest first."""
    notes_by_day: dict[date, list[tuple[str, str]]] = {}

    def note(unix: int, day: date, mark: str, says: str) -> None:
        if unix >= FIRST_DAY:
            notes_by_day.setdefault(day, []).append((mark, says))

    for row in facts.rows:
        zone = phrases.plain_zone(row.zone)
        if row.use is None:
            note(row.ended.latest, row.ended.day, charts.CLINIC, f"a session at a clinic, {zone}")
        elif row.short:
            note(row.ended.latest, row.ended.day, charts.EARLY, f"{zone}, {phrases.against(row)}")
        elif row.ended.days > 1:
            note(
                row.ended.latest, row.ended.day, charts.LOOSE, f"{zone}, {phrases.when(row.ended)}"
            )
        else:
            note(row.ended.latest, row.ended.day, charts.USE, zone)
    for reaction in facts.reactions:
        zone = phrases.plain_zone(reaction.began.zone)
        day = units.date_of(reaction.began.at, reaction.began.day)
        note(reaction.began.at, day, charts.REACTION, f"a reaction began, {zone}")
    days = []
    for day, notes in sorted(notes_by_day.items()):
        marks = {mark for mark, _ in notes}
        if sum(mark in (charts.USE, charts.LOOSE, charts.EARLY) for mark, _ in notes) > 1:
            marks = marks - {charts.USE, charts.LOOSE} | {charts.USES}
        elif charts.EARLY in marks:
            marks.discard(charts.USE)
        name = f"{charts.WEEKDAYS[day.weekday()]} {day.day} {charts.MONTHS[day.month - 1]}"
        says = "; ".join(text for _, text in notes)
        in_order = tuple(mark for mark in charts.MARKS if mark in marks)
        days.append(Day(day, in_order, f"{name}: {says}"))
    return days


def _by_month(facts: Facts) -> list[list[Inside]]:
    """Return a row of counts for each month with a session or a reaction, the newest first."""
    counts_by_month: dict[tuple[int, int], list[int]] = {}

    def note(unix: int, day: date, column: int) -> None:
        if unix >= FIRST_DAY:
            counts_by_month.setdefault((day.year, day.month), [0, 0, 0, 0])[column] += 1

    for row in facts.rows:
        note(row.ended.latest, row.ended.day, 2 if row.use is None else 0)
        if row.short:
            note(row.ended.latest, row.ended.day, 1)
    for reaction in facts.reactions:
        began = reaction.began
        note(began.at, units.date_of(began.at, began.day), 3)
    return [
        [f"{year}-{month:02}", *map(str, counts)]
        for (year, month), counts in sorted(counts_by_month.items(), reverse=True)
    ]


def month_of(unix: int) -> tuple[int, int]:
    """Return the local year and month of a moment (Unix s)."""
    day = datetime.fromtimestamp(unix)
    return day.year, day.month
