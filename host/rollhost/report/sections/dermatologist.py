"""The page for the dermatologist: what to know first, what was done, and what is not known.

It is to be read in a minute, and has facts without judgement. Only this page of the report is
printed, on one sheet: each list has a most of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from rollhost.guidance.products import shown as shown_product
from rollhost.output import units
from rollhost.output.records import hold_reason
from rollhost.output.standing import why_out
from rollhost.output.text import one_line
from rollhost.report import charts, phrases
from rollhost.report.components import figure, listed, scroll, table
from rollhost.report.facts import FIRST_DAY, YEAR_S, Facts, Hold, Photo, Row, Tally, tally
from rollhost.report.markup import Inside, Markup, tag
from rollhost.report.paper import ROOM_PX, height_px
from rollhost.report.pictures import Shown
from rollhost.report.sections.dermatologist_reactions import reactions, to_be_seen
from rollhost.report.sections.photos import compared, pair_look, photo_figure
from rollhost.report.sections.reasons_against import asked_line, doctor_first
from rollhost.report.sections.soak import soak_after, soak_before


class Fill(NamedTuple):
    """How much a page has: the most reactions, characters of words, and rows of other lists.

    `sessions` is how many are listed; 0: none. With `months` there is the chart, with `more` there
    are plans, sessions at a clinic and holds.
    """

    reactions: int
    words: int
    rows: int
    sessions: int
    months: bool
    more: bool


FILLS = (
    Fill(4, 160, 6, 6, months=True, more=True),
    Fill(4, 160, 6, 3, months=True, more=True),
    Fill(4, 160, 6, 4, months=False, more=True),
    Fill(4, 120, 5, 0, months=False, more=True),
    Fill(3, 100, 4, 0, months=False, more=False),
    Fill(2, 80, 3, 0, months=False, more=False),
    Fill(1, 60, 2, 0, months=False, more=False),
)
"""How much a page has: of these the first one that fits one sheet of paper (own)."""

PHOTO_WORDS = 60
"""How many characters of the words for a photo are printed (own)."""

MOST_CASES, MOST_PLANS = 2, 2
"""Of how many cases and plans there is a line (own)."""

MONTHS = 24
"""How many months are drawn (own)."""

UNKNOWN = (
    "The case is the box in which the roller lies. What it did not see: a use without its button,"
    " how hard or how often the roller was passed, what was put on the skin, and whether the soak"
    " was in alcohol. It times what its button was told.",
    "Sessions at a clinic, reactions, products and holds are as the owner wrote them down; words in"
    " quotation marks are the owner's. Notes are left out.",
)


def section(facts: Facts, shown: Mapping[int, Shown] | None = None) -> Inside:
    """Return the page for the dermatologist; with two photos, if the photos `shown` are given.

    They are left out if there is no room for them.
    """
    pair = facts.photos[0].pair if facts.photos and shown is not None else []
    says = "Printing this file prints this page and nothing else, on A4."
    sheet = _fitting(facts, _photos(pair, shown or {})) if pair else None
    if sheet is None:
        sheet = _fitting(facts, None)
        says += " There was no room for photos." if pair else ""
    return [
        tag("p", says, class_="on-screen"),
        sheet or _sheet(facts, FILLS[-1], None),
    ]


def _fitting(facts: Facts, photos: Inside) -> Markup | None:
    """Return the fullest page that fits one sheet of paper; None if none does."""
    sheets = (_sheet(facts, fill, photos) for fill in FILLS)
    return next((sheet for sheet in sheets if height_px(sheet) <= ROOM_PX), None)


def _sheet(facts: Facts, fill: Fill, photos: Inside) -> Markup:
    return tag(
        "div",
        tag("div", tag("h3", "Use of a derma roller at home"), _heading(facts), class_="top"),
        tag("div", tag("span", "Name"), tag("span", "Born"), class_="by-hand"),
        to_be_seen(facts, fill.rows),
        _first(facts, fill),
        reactions(facts, fill.reactions, fill.words),
        _sums(facts, fill.rows),
        _by_month(facts) if fill.months else None,
        _practice(facts, fill),
        _last_sessions(facts, fill.sessions) if fill.sessions else None,
        photos,
        _limits(facts),
        class_="sheet",
    )


def _first(facts: Facts, fill: Fill) -> Inside:
    """Return what to know first: reasons against rolling, needles and rules, products."""
    rows: list[tuple[Inside, Inside]] = [
        ("Reasons against", asked_line(facts, fill.words)),
    ]
    asking = doctor_first(facts, fill.rows, fill.words // 2)
    if asking:
        rows.append(("Ask a doctor first", asking))
    for case in facts.cases[:MOST_CASES]:
        of = f" (case {one_line(case.case.title)})" if len(facts.cases) > 1 else ""
        policy = case.summary.policy
        text = f"{units.needle(policy.needle_um)} needles, {units.span(policy.rest_s)} of rest"
        rows.append(
            (f"Rules now{of}", f"{text}, {units.count(policy.head_uses, 'use')} of a head.")
        )
    rows.append(("Products on the skin", _products(facts, fill.rows)))
    return listed(rows, "plain")


def _products(facts: Facts, most: int) -> Inside:
    newest = facts.products[::-1][:most]
    if not newest:
        return "None was noted."
    text: list[Inside] = []
    for number, product in enumerate(newest):
        entry = product.entry
        at = units.day(entry.at, entry.day)
        zone = [", ", phrases.zone(entry.zone)] if entry.zone else None
        text += ["; " if number else "", tag("bdi", shown_product(product.word)), zone, f", {at}"]
    more = len(facts.products) - len(newest)
    return ["Last of each kind: ", text, f"; {more} earlier." if more else "."]


def _photos(pair: Sequence[Photo], shown: Mapping[int, Shown]) -> Inside:
    """Return two photos to compare, the older one on the left."""
    return [
        tag("h4", "Photos"),
        compared(pair),
        tag("div", [photo_figure(photo, shown, PHOTO_WORDS) for photo in pair],
            class_=pair_look(pair, shown)),
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


def _sums(facts: Facts, most: int) -> Markup:
    recent = [row for row in facts.rows if row.session.ended > facts.now - YEAR_S]
    groups: list[tuple[str | None, int]] = []
    for row in facts.rows:
        group = (row.zone, row.session.needle_um)
        if group not in groups:
            groups.append(group)
    groups.sort(key=lambda group: (group[0] is None, group[0] or "", group[1]))
    last_use = {(row.zone, row.session.needle_um): row.session.ended for row in facts.rows}
    newest = sorted(groups, key=lambda group: -last_use[group])[:most]
    rows: list[list[Inside]] = []
    for zone, needle_um in [group for group in groups if group in newest]:
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
        _some("How often", len(rows), len(groups)),
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


def _practice(facts: Facts, fill: Fill) -> Inside:
    every = tally(facts.rows)
    rows: list[tuple[Inside, Inside]] = []
    for name, early in (
        ("Against the rest", [row for row in facts.uses if row.early]),
        ("Early, and not known then", [row for row in facts.uses if row.unknowing]),
    ):
        if early or (facts.uses and name == "Against the rest"):
            last_year = sum(row.session.ended > facts.now - YEAR_S for row in early)
            rows.append((name, _early_uses(early, last_year, fill.rows)))
    if facts.uses:
        rows.append(("Disinfection", f"{soak_before(every)} {soak_after(every)}"))
    for case in facts.cases[:MOST_CASES]:
        if not case.heads:
            continue
        of = f" (case {one_line(case.case.title)})" if len(facts.cases) > 1 else ""
        beyond = sum(head.beyond_uses or head.beyond_days for head in case.heads)
        current = case.heads[-1].head
        days = case.summary.head_days
        text = f"{units.count(len(case.heads), 'head')}"
        if beyond:
            text += f", {beyond:,} of them used beyond the chosen limits"
        if case.summary.head_out is not None:
            text += f"; the last one is {why_out(case.summary)}"
        elif current.until is None:
            text += f"; the one that is in has seen {units.count(current.uses, 'use')}"
            text += f" in {units.count(days, 'day')}" if days else ""
        rows.append((f"Heads{of}", text + "."))
    for plan in facts.plans[:MOST_PLANS] if fill.more else ():
        zone = f", {phrases.plain_zone(plan.zone)}" if plan.zone else ""
        done = min(len(plan.done), plan.sessions)
        lasted = units.span(facts.now - plan.began)
        following = "the yearly one" if plan.complete else "the next one"
        begun = units.day(plan.began, plan.began_day)
        text = f"{phrases.of(done, plan.sessions, 'session')}, begun {begun},"
        text += f" {lasted} ago; {following} planned for {units.day(plan.next_at, plan.next_day)}"
        rows.append(("Course" + zone, phrases.sentence(text)))
    if fill.more:
        rows += _clinics(facts, fill.rows)
        rows += _holds(facts, fill.rows)
    return listed(rows, "plain") if rows else None


def _early_uses(early: Sequence[Row], last_year: int, most: int) -> str:
    """Return how many uses were early, and when the last of them were."""
    if not early:
        return "None."
    text = f"{last_year:,} in the last 12 months, {len(early):,} in all"
    text += f": {', '.join(_day(row) for row in early[-most:])}"
    return text + (", and earlier ones." if len(early) > most else ".")


def _last_sessions(facts: Facts, most: int) -> Inside:
    if not facts.rows:
        return None
    newest = list(reversed(facts.rows))[:most]
    columns = ["Ended", "Where", "Area", "Needles", "Lasted", "Days rested", "Asked for",
               "Soaked before", "Soak after it"]  # fmt: skip
    return _table(
        f"The last {len(newest)} sessions" if len(newest) > 1 else "The only session",
        columns,
        [
            [phrases.when(row.ended), phrases.kind(row), phrases.zone(row.zone),
             phrases.needle(row.session), phrases.lasted(row), phrases.rested(row),
             phrases.days(row.asked_s) + _how_early(row), phrases.before(row),
             phrases.after(row)]
            for row in newest
        ],
    )  # fmt: skip


def _how_early(row: Row) -> str:
    """Return a mark for a use that came early: against the rest, or nobody could know it then."""
    if row.early:
        return " (against it)"
    return " (not known then)" if row.unknowing else ""


def _clinics(facts: Facts, most: int) -> list[tuple[Inside, Inside]]:
    newest = list(reversed(facts.clinics))[:most]
    text: list[Inside] = []
    for number, row in enumerate(newest):
        text += [", " if number else "", _day(row), " (", phrases.zone(row.zone),
                 f", {phrases.needle(row.session)})" if row.session.needle_um else ")"]  # fmt: skip
    name = _some("At a clinic", len(newest), len(facts.clinics))
    return [(name, text or "No session was noted.")]


def _holds(facts: Facts, most: int) -> list[tuple[Inside, Inside]]:
    latest = list(reversed(facts.holds))[:most]
    name = _some("Not rolled, on hold", len(latest), len(facts.holds))
    lines = [
        f"{units.day(hold.since)} to {_until(hold)} ({hold_reason(hold.reason)})" for hold in latest
    ]
    return [(name, f"{'; '.join(lines)}.")] if lines else []


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
        verb = "is" if lost == 1 else "are"
        sentences.append(f"{units.count(lost, 'record')} of the case {verb} missing or damaged.")
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
