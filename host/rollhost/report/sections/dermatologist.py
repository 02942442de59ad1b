"""The page for the dermatologist: what was done, how often, and what is not known.

It has facts without judgement. Only this page of the report is printed.
"""

from collections.abc import Sequence
from datetime import datetime

from rollhost.output import units
from rollhost.output.records import BY_LATER, hold_reason
from rollhost.output.text import one_line
from rollhost.report import charts, phrases
from rollhost.report.components import figure, listed, scroll, small, table
from rollhost.report.facts import FIRST_DAY, YEAR_S, Facts, Hold, Row, Tally, tally
from rollhost.report.markup import Inside, Markup, tag
from rollhost.report.sections.soak import soak_after, soak_before

LAST = 10
"""How many sessions, reactions, holds and early uses are listed, the newest ones (own)."""

MONTHS = 24
"""How many months are drawn (own)."""

UNKNOWN = (
    "The case is the box in which the roller lies. What it did not see: a use without its button,"
    " how hard or how often the roller was passed, what was put on the skin, and whether the soak"
    " was in alcohol. It times what its button was told.",
    "Sessions at a clinic, reactions and holds are as the owner wrote them down. The owner's own"
    " notes are left out.",
)


def section(facts: Facts) -> Inside:
    """Return the page for the dermatologist."""
    return [
        tag("p", "Printing this file prints this page and nothing else, on A4.",
            class_="on-screen"),
        tag(
            "div",
            tag("div", tag("h3", "Use of a derma roller at home"), _heading(facts), class_="top"),
            tag("div", tag("span", "Name"), tag("span", "Born"), class_="by-hand"),
            _sums(facts),
            _by_month(facts),
            _practice(facts),
            _last_sessions(facts),
            _clinics(facts),
            _skin(facts),
            _limits(facts),
            class_="sheet",
        ),
    ]  # fmt: skip


def _heading(facts: Facts) -> Markup:
    ends = [row.ended for row in facts.rows if row.ended.earliest >= FIRST_DAY]
    first = min(ends, key=lambda ended: ended.earliest, default=None)
    begin, said = (first.earliest, first.said) if first else (facts.since, None)
    reach = (
        f"From what the roller's case recorded, {units.day(begin, said)} to " if begin else "As of "
    )
    until = units.day(facts.until or facts.now)
    return tag("p", f"{reach}{until}. Made on {units.day(facts.now)}.")


def _sums(facts: Facts) -> Markup:
    recent = [row for row in facts.rows if row.session.ended > facts.now - YEAR_S]
    groups: list[tuple[str | None, int]] = []
    for row in facts.rows:
        group = (row.zone, row.session.needle_um)
        if group not in groups:
            groups.append(group)
    groups.sort(key=lambda group: (group[0] is None, group[0] or "", group[1]))
    rows: list[list[Inside]] = []
    for zone, needle_um in groups:
        in_group = [
            row for row in facts.rows if (row.zone, row.session.needle_um) == (zone, needle_um)
        ]
        every, last = tally(in_group), tally(row for row in recent if row in in_group)
        rows.append([
            phrases.zone(zone),
            units.needle(needle_um) if needle_um else "not known",
            _counted(last), _counted(every),
            phrases.days(every.apart_s), _day(in_group[-1]),
        ])  # fmt: skip
    if not rows:
        return tag("p", "No session is on record.")
    return _table(
        "How often",
        ["Area", "Needles", "Last 12 months", "In all", "Days rested before, median", "Last"],
        rows,
    )


def _counted(tally: Tally) -> str:
    if not tally.uses + tally.clinics:
        return "none"
    if not tally.clinics:
        return f"{tally.uses:,} at home"
    if not tally.uses:
        return f"{tally.clinics:,} at a clinic"
    return f"{tally.uses:,} at home, {tally.clinics:,} at a clinic"


def _by_month(facts: Facts) -> Inside:
    """Return the chart of the last months; None if there are fewer than three."""
    end = datetime.fromtimestamp(facts.now)
    last = end.year * 12 + end.month - 1
    counts_by_month: dict[int, list[int]] = {}
    for row in facts.rows:
        at = row.ended.day
        month = at.year * 12 + at.month - 1
        counts_by_month.setdefault(month, [0, 0])[row.use is None] += 1
    first = max(last - MONTHS + 1, min(counts_by_month, default=last))
    if last - first < 2:
        return None
    bars = []
    for month in range(first, last + 1):
        home, clinic = counts_by_month.get(month, [0, 0])
        year = str(month // 12) if month == first or month % 12 == 0 else ""
        bars.append((charts.MONTHS[month % 12], year, home, clinic))
    says = f"Sessions in each of the last {len(bars)} months, the last one not yet over"
    if any(clinic for _, _, _, clinic in bars):
        says += "; filled: at home, outlined: at a clinic"
    counts = [f"{label} {year} {home + clinic}" for label, year, home, clinic in bars]
    name = f"Sessions by month: {', '.join(counts)}"
    drawn = charts.columns(bars, name, "doctor-months")
    return figure("Sessions by month", phrases.sentence(says), "doctor-months", drawn)


def _practice(facts: Facts) -> Inside:
    every = tally(facts.rows)
    recent = tally(row for row in facts.rows if row.session.ended > facts.now - YEAR_S)
    rows: list[tuple[Inside, Inside]] = []
    short = [row for row in facts.uses if row.short]
    text = "None"
    if short:
        text = f"{recent.early + recent.unknowing:,} in the last 12 months, {len(short):,} in all"
        text += f": {', '.join(_day(row) for row in short[-LAST:])}"
        if len(short) > LAST:
            text += ", and earlier ones"
        later = tally(facts.rows).unknowing
        text += f"; {later:,} of all {BY_LATER}" if later else ""
    if facts.uses:
        rows.append(("Uses before the rest was over", text + "."))
        rows.append(("Disinfection", f"{soak_before(every)} {soak_after(every)}"))
    for case in facts.cases:
        if not case.heads:
            continue
        of = f" (case {one_line(case.case.title)})" if len(facts.cases) > 1 else ""
        beyond = sum(head.beyond_uses or head.beyond_days for head in case.heads)
        current = case.heads[-1].head
        days = case.summary.head_days
        text = f"{units.count(len(case.heads), 'head')}"
        if beyond:
            text += f", {beyond:,} of them used beyond the chosen limits"
        if current.until is None:
            text += f"; the one that is in has seen {units.count(current.uses, 'use')}"
            text += f" in {units.count(days, 'day')}" if days else ""
        rows.append((f"Heads{of}", text + "."))
    for plan in facts.plans:
        zone = f", {phrases.plain_zone(plan.zone)}" if plan.zone else ""
        done = min(len(plan.done), plan.sessions)
        lasted = units.span(facts.now - plan.began)
        following = "the yearly one" if plan.complete else "the next one"
        begun = units.day(plan.began, plan.began_day)
        text = f"{phrases.of(done, plan.sessions, 'session')}, begun {begun},"
        text += f" {lasted} ago; {following} planned for {units.day(plan.next_at, plan.next_day)}"
        rows.append(("Course" + zone, phrases.sentence(text)))
    return listed(rows, "plain") if rows else None


def _last_sessions(facts: Facts) -> Inside:
    if not facts.rows:
        return None
    newest = list(reversed(facts.rows))[:LAST]
    columns = ["Ended", "Where", "Area", "Needles", "Lasted", "Days rested", "Asked for",
               "Soaked before", "Soak after it"]  # fmt: skip
    return _table(
        f"The last {len(newest)} sessions" if len(newest) > 1 else "The only session",
        columns,
        [
            [phrases.when(row.ended), phrases.kind(row), phrases.zone(row.zone),
             phrases.needle(row.session), phrases.lasted(row), phrases.rested(row),
             phrases.days(row.asked_s) + (" (earlier)" if row.short else ""), phrases.before(row),
             phrases.after(row)]
            for row in newest
        ],
    )  # fmt: skip


def _clinics(facts: Facts) -> Inside:
    if not facts.clinics:
        return small("No session at a clinic was noted.")
    newest = list(reversed(facts.clinics))[:LAST]
    text: list[Inside] = []
    for number, row in enumerate(newest):
        text += [", " if number else "", _day(row), " (", phrases.zone(row.zone),
                 f", {phrases.needle(row.session)})" if row.session.needle_um else ")"]  # fmt: skip
    return listed([(_some("At a clinic", len(newest), len(facts.clinics)), text)], "plain")


def _skin(facts: Facts) -> Inside:
    inside: list[Inside] = []
    if facts.reactions:
        newest = list(reversed(facts.reactions))[:LAST]
        inside.append(_table(
            _some("Reactions of the skin", len(newest), len(facts.reactions)),
            ["Began", "Over", "Lasted", "Area", "Signs noted", "Looked at again"],
            [
                [units.day(reaction.began.at, reaction.began.day),
                 units.day(reaction.over.at, reaction.over.day) if reaction.over else "open",
                 units.span((reaction.over.at if reaction.over else facts.now) - reaction.began.at),
                 phrases.zone(reaction.began.zone),
                 phrases.signs(reaction.signs),
                 units.count(len(reaction.looks), "time")]
                for reaction in newest
            ],
        ))  # fmt: skip
    else:
        inside.append(small("No reaction was noted."))
    if facts.holds:
        latest = list(reversed(facts.holds))[:LAST]
        name = _some("Not rolled, on hold", len(latest), len(facts.holds))
        lines = [
            f"{units.day(hold.since)} to {_until(hold)} ({hold_reason(hold.reason)})"
            for hold in latest
        ]
        inside.append(listed([(name, "; ".join(lines))], "plain"))
    return inside


def _until(hold: Hold) -> str:
    if hold.until is not None:
        return units.day(hold.until, hold.until_day)
    if not hold.planned:
        return "now"
    return f"now, planned until {units.day(hold.planned, hold.planned_day)}"


def _day(row: Row) -> str:
    return units.day(row.session.ended, row.session.day)


def _table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Inside]]) -> Markup:
    return scroll(f"Table: {caption}, for the dermatologist", table(caption, columns, rows))


def _some(name: str, shown: int, every: int) -> str:
    return name if shown == every else f"{name}, the last {shown} of {every}"


def _limits(facts: Facts) -> Markup:
    sentences: list[Inside] = [UNKNOWN[0]]
    lost = sum(case.missing + case.quarantined for case in facts.cases)
    if lost:
        sentences.append(f"{units.count(lost, 'record')} of the case are missing or damaged.")
    unsure = sum(not row.ended.known for row in facts.uses)
    if unsure:
        sentences.append(
            f"Of {units.count(unsure, 'use')} the time is known only within bounds (±)."
        )
    nowhere = sum(row.zone is None for row in facts.uses)
    if nowhere:
        sentences.append(f"Of {units.count(nowhere, 'use')} the area is not known.")
    sentences.append(UNKNOWN[1])
    return tag(
        "div",
        tag("h4", "What this record cannot tell"),
        tag("ul", [tag("li", sentence) for sentence in sentences]),
        class_="limits",
    )
