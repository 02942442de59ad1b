"""The sections of the report that are read on the screen."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from rollcore import state
from rollhost.database.diary import Entry
from rollhost.history.case_status import Summary
from rollhost.history.reactions import Reaction
from rollhost.output import units
from rollhost.output.reactions import in_short
from rollhost.output.records import HOLD_REASONS, stamp
from rollhost.output.status import headline, hygiene
from rollhost.output.text import one_line
from rollhost.report import charts, phrases
from rollhost.report.charts import Box, Day, Lane, Point, Span, Stretch
from rollhost.report.components import details, figure, legend, listed, scroll, small, table
from rollhost.report.facts import (
    DAY_S,
    FIRST_DAY,
    YEAR_S,
    CaseFacts,
    Facts,
    Hold,
    Photo,
    Row,
    Tally,
    tally,
)
from rollhost.report.markup import Inside, Markup, foreign, tag
from rollhost.report.pictures import Shown

MOST_ROWS = 400
"""A table of uses has at most so many, the newest; every one is in `export csv` (own)."""

PHASES = {
    state.RESTING: "resting",
    state.PREPARE: "rested",
    state.SOAKING: "soaking",
    state.DRYING: "drying",
    state.READY: "ready",
    state.ASKING: "was it used?",
    state.IN_USE: "in use",
    state.CLEAN_ME: "clean me",
    state.HEAD_EXPIRED: "head worn out",
    state.HELD: "on hold",
}
"""A word for each phase."""


# 1. Where things stand.


def now(facts: Facts) -> Inside:
    """Return where each case stands, what aftercare is open, and how far the record reaches."""
    inside: list[Inside] = [_standing(case, facts) for case in facts.cases]
    for one in facts.reactions:
        if one.over is None:
            inside.append(_open_reaction(one, facts.now))
    if facts.aftercare:
        inside.append(tag("h3", "Aftercare"))
        inside.append(listed(_aftercare(facts), "plain dated"))
        inside.append(small("Habits that clinics hand out, not medical advice."))
    inside.append(tag("h3", "How far the record reaches"))
    inside.append(_reach(facts))
    return inside


def _standing(one: CaseFacts, facts: Facts) -> Markup:
    several = len(facts.cases) > 1
    summary = one.summary
    rules, folded = summary.rules, summary.state
    tiles: list[tuple[str, Inside]] = []
    tiles.append(("Last use", _last_use(one, facts)))
    soaked = phrases.at(summary.disinfected.earliest) if summary.disinfected else "not yet"
    if summary.disinfected and not summary.disinfected.known:
        soaked = stamp(summary.disinfected)
    tiles.append(("Disinfected", soaked))
    used, most = folded.head_uses, rules.head_uses
    on, old = summary.head_days, rules.head_s // DAY_S
    head: list[Inside] = [
        tag("div", f"used {used} of {most} times", charts.gauge(used, most, used >= most)),
        tag("div", f"day {on} of {old}" if on else "new", charts.gauge(on, old, on > old)),
    ]
    if one.summary.head_ends:
        why = "by its uses" if one.summary.head_ends.by_uses else "by its age"
        head.append(small(f"worn out about {units.day(one.summary.head_ends.at)}, {why}"))
    tiles.append(("Head", head))
    chosen = "" if rules.revision else ", assumed: nobody has said yet"
    tiles.append(
        ("Rules", f"{units.needle(rules.needle_um)} needles, {units.span(rules.rest_s)} of rest"
            f"{chosen}")
    )  # fmt: skip
    if summary.waiting or summary.new_rules is not None:
        tiles.append(("Waiting", "the next sync tells the case what was written down or set here"))
    return tag(
        "article",
        tag("h3", "Case ", foreign(one.case.title)) if several else None,
        tag("p", tag("span", PHASES[summary.standing.phase], class_="phase"),
            tag("span", headline(summary)), class_="headline"),
        listed(tiles, "tiles"),
        listed(_zones(summary), "plain") if len(rules.zones) > 1 else None,
        class_="case",
    )  # fmt: skip


def _zones(summary: Summary) -> list[tuple[Inside, Inside]]:
    return [
        (phrases.capital(name), f"rests until {phrases.at(until)}" if until else "rested")
        for name, until in summary.zones()
    ]


def _last_use(one: CaseFacts, facts: Facts) -> Inside:
    key = one.summary.last_use.key if one.summary.last_use else None
    row = next((row for row in facts.rows if row.session.key == key), None)
    if row is None:
        return "none yet"
    text = phrases.at(row.ended.latest) if row.ended.known else phrases.when(row.ended)
    if row.use is not None and row.use.end is None:
        text = f"began {phrases.when(row.began)}; its end is not known: power was lost"
    elif row.use is not None and row.use.seconds is not None:
        text += f", {units.span(row.use.seconds)}"
    clean = hygiene(row.use, one.summary.state.dirty) if row.use is not None else ""
    return [
        text,
        small("early, against the rest") if row.early else None,
        small(clean) if clean else None,
    ]


def _open_reaction(one: Reaction, now: int) -> Markup:
    zone = [", ", phrases.zone(one.began.zone)] if one.began.zone else None
    advice = in_short(one, now)
    text = f"A reaction of the skin is open since {phrases.at(one.began.at)}"
    return tag("p", text, zone, f": {advice}." if advice else ".", class_="flag")


def _aftercare(facts: Facts) -> list[tuple[Inside, Inside]]:
    """Return what to do or to leave until when, a row for each end and area."""
    by_end: dict[tuple[int, str | None], list[str]] = {}
    for due in facts.aftercare:
        by_end.setdefault((due.window.end, due.session.zone), []).append(due.window.name)
    several = len({zone for _, zone in by_end}) > 1
    return [
        (
            f"until {phrases.at(end)}",
            [[phrases.zone(zone), ": "] if several else None, "; ".join(names)],
        )
        for (end, zone), names in by_end.items()
    ]


def _reach(facts: Facts) -> Markup:
    rows: list[tuple[str, Inside]] = []
    if facts.since is not None and facts.until is not None:
        text = f"{units.day(facts.since)} to {phrases.at(facts.until)}, when a case was met last"
        rows.append(("From, to", text))
    for one in facts.cases:
        lost = units.count(one.missing, "record") + " missing" if one.missing else "none missing"
        aside = f"{one.quarantined:,} in quarantine" if one.quarantined else "none in quarantine"
        logs = "" if one.logs < 2 else f" in {one.logs} logs (the case was wiped in between)"
        text = f"{units.count(one.records, 'record')}{logs}, {lost}, {aside}"
        rows.append(("Case " + one.case.title if len(facts.cases) > 1 else "Records", text))
    loose = sum(not row.ended.known for row in facts.uses)
    if loose:
        rows.append((
            "Times",
            f"known only within bounds for {units.count(loose, 'use')}: the case had lost its"
            " power, and with it the time",
        ))  # fmt: skip
    if facts.others:
        rows.append(("Left out", f"{units.count(facts.others, 'other case')} in the database"))
    if not facts.rows:
        rows.append(("Uses", "none yet: this page fills as the case is used and synced"))
    return listed(rows, "plain")


# 2. Day by day.


def days(facts: Facts) -> Inside:
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
            held.setdefault(_month(unix), [0, 0, 0, 0])[column] += 1

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


def _month(unix: int) -> tuple[int, int]:
    day = datetime.fromtimestamp(unix)
    return day.year, day.month


# 3. Rest.


def rest(facts: Facts) -> Inside:
    """Return how the rest was kept, for each area of skin."""
    uses = facts.uses
    if not any(row.rested_s is not None for row in uses):
        return small("Nothing yet: a rest can be told from the second session on.")
    several = len(facts.zones) > 1
    span = _span(facts)
    drawn: list[Inside] = []
    for zone in facts.zones:
        mine = [row for row in uses if row.zone == zone and row.rested_s is not None]
        if not mine:
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
            for row in mine
        ]
        short = sum(row.short for row in mine)
        name = f"Rest, {phrases.plain_zone(zone)}"
        kept = phrases.of(len(mine) - short, len(mine), "use")
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
                _newest("Rest before each use, in days", newest, uses),
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
    held: dict[int, list[Row]] = {}
    for row in facts.uses:
        held.setdefault(row.ended.day.year, []).append(row)
    return [
        [str(year), str(len(rows)), str(sum(not row.short for row in rows)),
         str(sum(row.short for row in rows))]
        for year, rows in sorted(held.items(), reverse=True)
    ]  # fmt: skip


# 4. Soaks.


def soak(facts: Facts) -> Inside:
    """Return how the roller was disinfected before and after uses."""
    uses = facts.uses
    if not uses:
        return small("Nothing yet: the soaks before and after each use will stand here.")
    asked = [row for row in uses if row.use is not None and row.use.cleaned_in_time is not None]
    limits = {row.use.rules.overdue_s for row in asked if row.use is not None}
    limit_s = limits.pop() if len(limits) == 1 else None
    points = []
    for row in asked:
        use = row.use
        assert use is not None
        after_s = use.cleaned_after_s
        mark = "" if use.cleaned_in_time else charts.LATE
        says = f"{phrases.when(row.ended)}: soaked after {phrases.after(row)}"
        if after_s is None:
            mark, says = charts.NEVER, f"{phrases.when(row.ended)}: not soaked afterwards"
        value = None if after_s is None else after_s / use.rules.overdue_s
        points.append(Point(row.ended.latest, value, says, mark))
    labels = [(0, "at once"), (0.5, "half"), (1, "in time"), (2, "twice"), (3, "3 times")]
    if limit_s is not None:
        labels = [
            (share, units.span(share * limit_s) if share else "at once") for share, _ in labels
        ]
    name = "From each use to its soak"
    counts = tally(facts.rows)
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
            charts.against_limit(_span(facts), points, labels, False, name, "soak-says"),
            legend(signs),
        )
    return [
        tag("p", soak_before(counts)),
        drawn,
        details(
            "soaks",
            table(
                _newest("Soaks before and after each use", newest, uses),
                ["Ended", "Area", "Soaked before", "Soak after it began"],
                [
                    [
                        phrases.when(row.ended),
                        phrases.zone(row.zone),
                        phrases.before(row),
                        phrases.after(row),
                    ]
                    for row in newest
                ],
            ),
        ),
    ]


def soak_before(counts: Tally) -> str:
    """Say how often the roller was soaked before a use."""
    asked = counts.soaked + counts.not_soaked
    if not asked:
        return "The rules did not ask for a soak before a use."
    return f"Before {phrases.of(counts.soaked, asked, 'use')} the roller had had its soak."


def soak_after(counts: Tally) -> str:
    """Say how often the roller was soaked after a use, and how soon."""
    asked = phrases.soaked_after(counts)
    if not asked:
        return "The rules did not ask for a soak after a use."
    text = f"After {phrases.of(counts.cleaned, asked, 'use')} the soak began in time"
    if counts.cleaned_late:
        text += f", after {counts.cleaned_late:,} later"
    if counts.not_cleaned:
        text += f", after {counts.not_cleaned:,} not at all"
    if counts.cleaned_after_s is not None and asked > 2:
        text += f"; half of the soaks began within {units.span(counts.cleaned_after_s)}"
    return text + "."


# 5. Heads.


def heads(facts: Facts) -> Inside:
    """Return what the heads of each case have seen."""
    if not any(one.heads for one in facts.cases):
        return small("Nothing yet: each head will stand here, with its uses and its days.")
    return [_heads_of(one, number, facts) for number, one in enumerate(facts.cases)]


def _heads_of(one: CaseFacts, number: int, facts: Facts) -> Inside:
    if not one.heads:
        return None
    several = len(facts.cases) > 1
    beyond = sum(head.beyond_uses or head.beyond_days for head in one.heads)
    says = (
        f"{units.count(len(one.heads), 'head')} so far, {beyond or 'none'} used beyond the rules in"
        " force then."
    )
    if one.summary.head_ends is not None:
        by_uses = one.summary.head_ends.by_uses
        pace = "its uses, at the pace of the last ones" if by_uses else "its age"
        when = units.day(one.summary.head_ends.at)
        says += f" The one in now will be worn out about {when}, by {pace}."
    boxes = []
    rows: list[list[Inside]] = []
    for each in one.heads:
        head = each.head
        until = facts.now if head.until is None else head.until
        days = (until - head.since) // DAY_S + 1
        most, oldest = head.rules.head_uses, head.rules.head_s // DAY_S
        remarks = {"uses": each.beyond_uses, "days": each.beyond_days}
        rows.append([
            units.day(head.since),
            "in now" if head.until is None else units.day(head.until),
            f"{head.uses} of {most}",
            f"{days:,} of {oldest}",
            ", ".join(remark for remark, is_so in remarks.items() if is_so) or "–",
        ])  # fmt: skip
        says_ = f"From {units.day(head.since)}: {units.count(head.uses, 'use')} in"
        boxes.append(Box(
            head.since, until, head.uses, most,
            (each.old_at, each.last_use or each.old_at) if each.beyond_days else None,
            f"{says_} {units.count(days, 'day')}, of {most} in {oldest}",
        ))  # fmt: skip
    name = "Heads" + (f" of case {one_line(one.case.title)}" if several else "")
    says_id = f"heads-says-{number}"
    signs: list[tuple[Markup, Inside]] = [
        (charts.swatch("head"), "a head: as wide as it lasted, as high as its uses"),
        (charts.swatch("limit-swatch"), "the most uses by its rules"),
    ]
    if beyond:
        signs.append((charts.swatch("over"), "beyond its uses or its days"))
    return [
        tag("h3", "Case ", foreign(one.case.title)) if several else None,
        figure(
            name, says, says_id, charts.boxes(_span(facts), boxes, name, says_id), legend(signs)
        ),
        details(
            name,
            table(f"{name}, the newest first", ["From", "Until", "Uses", "Days", "Used beyond its"],
                  reversed(rows)),
        ),
    ]  # fmt: skip


# 6. Refusals.


def refused(facts: Facts) -> Inside:
    """Return what the cases refused, and what was done against the rest."""
    early = [row for row in facts.uses if row.early]
    if not facts.refusals and not early:
        return small("The case has refused nothing, and nothing was started against the rest.")
    counts: dict[str, dict[tuple[int, int], int]] = {}
    for one in facts.refusals:
        lane = counts.setdefault(phrases.REASONS[one.reason], {})
        lane[_month(one.at)] = lane.get(_month(one.at), 0) + 1
    lanes = [Lane(name, counts[name], "bar") for name in phrases.REASONS.values() if name in counts]
    against: dict[tuple[int, int], int] = {}
    for row in early:
        at = _month(row.ended.latest)
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
               charts.months(_span(facts), lanes, name, "refused-says")),
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


# 7. Reactions and holds.


def skin(facts: Facts) -> Inside:
    """Return the reactions of the skin, and when the cases were on hold."""
    if not facts.reactions and not facts.holds:
        return small("No reaction was noted, and no hold.")
    rows = []
    found = []
    if facts.reactions:
        rows.append("reaction")
        for one in facts.reactions:
            over = one.over.at if one.over else None
            says = f"{units.day(one.began.at)} to {units.day(over) if over else 'now'}"
            looks = tuple(look.at for look in one.looks)
            signs = f": {phrases.signs(one.signs)}" if one.signs else ""
            found.append(Stretch(0, one.began.at, over, looks, says + signs))
    if facts.holds:
        rows.append("hold")
        for hold in facts.holds:
            says = f"{units.day(hold.since)} to {units.day(hold.until) if hold.until else 'now'}"
            text = f"{says}: {HOLD_REASONS[hold.reason]}"
            found.append(Stretch(len(rows) - 1, hold.since, hold.until, (), text))
    still = sum(one.over is None for one in facts.reactions)
    said = units.count(len(facts.reactions), "reaction")
    said += (f", {still:,} still open; " if still else "; ") + units.count(len(facts.holds), "hold")
    looked = any(one.looks for one in facts.reactions)
    name = "Reactions and holds"
    inside: list[Inside] = [
        figure(name, f"{said}. Each from its beginning to its end"
               + ("; a stroke through one is a look at it later." if looked else "."), "skin-says",
               charts.stretches(_span(facts), rows, found, name, "skin-says")),
    ]  # fmt: skip
    if facts.reactions:
        inside.append(scroll("Reactions", table(
            "Reactions, the newest first", ["Began", "Over", "Area", "Signs", "Words"],
            [
                [units.minute(one.began.at), units.minute(one.over.at) if one.over else "open",
                 phrases.zone(one.began.zone), phrases.signs(one.signs),
                 [_words(one.began.text), [_look(look) for look in one.looks]]]
                for one in reversed(facts.reactions)
            ],
            "words",
        )))  # fmt: skip
    if facts.holds:
        inside.append(scroll("Holds", table(
            "Holds, the newest first", ["Since", "Until", "Reason"],
            [
                [units.minute(hold.since), hold_end(hold), HOLD_REASONS[hold.reason]]
                for hold in reversed(facts.holds)
            ],
        )))  # fmt: skip
    return inside


def hold_end(hold: Hold) -> str:
    """Say when a hold was over, or when it will be."""
    if hold.until is not None:
        return units.minute(hold.until)
    return f"planned: {units.minute(hold.planned)}" if hold.planned else "lasts"


def _look(entry: Entry) -> Markup:
    signs = f" ({phrases.signs(entry.signs)})" if entry.signs else None
    text = _words(entry.text) or "looked at"
    return tag("div", f"{units.minute(entry.at)}: ", text, signs, class_="look-at")


def _words(text: str) -> Markup | None:
    return foreign(text) if text else None


# 8. Course.


def course(facts: Facts) -> Inside:
    """Return how far each course has come."""
    if not facts.courses:
        return small("No course is planned. ", tag("code", "host plan"), " writes one down.")
    inside: list[Inside] = []
    for one in facts.courses:
        zone = f", {phrases.plain_zone(one.zone)}" if one.zone else ""
        done = min(len(one.done), one.sessions)
        when = "was due on" if one.next_at <= facts.now else "is planned for"
        which = "The yearly one after it" if one.complete else f"Session {done + 1}"
        steps = []
        for number in range(one.sessions):
            dated = units.day(one.done[number].ended) if number < done else None
            label = dated or ("next" if number == done else "to come")
            look = "done" if dated else ("next" if number == done else "to-come")
            steps.append(tag("li", tag("span", str(number + 1), class_="step"),
                             tag("span", label), class_=look))  # fmt: skip
        so_far = f"{phrases.of(done, one.sessions, 'session')}{zone}, since {units.day(one.began)}"
        next_day = units.day(one.next_at)
        inside.append(tag("p", phrases.sentence(so_far), f" {which} {when} {next_day},"
                          " not before the skin has rested."))  # fmt: skip
        inside.append(tag("ol", steps, class_="steps"))
    inside.append(small("The plan is its owner's. Sessions less than three weeks apart are one"
                        " step of it."))  # fmt: skip
    return inside


# 9. Photos.


def photos(facts: Facts, shown: Mapping[int, Shown]) -> Inside:
    """Return the photos of each area of skin: the first beside the newest, and some in between."""
    if not facts.photos:
        return small("No photos yet. ", tag("code", "host photo"), " notes where one is; from two"
                     " on, the first and the newest stand here side by side.")  # fmt: skip
    total = sum(one.total for one in facts.photos)
    count = sum(len(one.shown) for one in facts.photos)
    says = phrases.sentence(f"{phrases.of(count, total, 'photo')}, made small")
    inside: list[Inside] = [tag("p", says, " What a camera writes into a photo is left out.")]
    for one in facts.photos:
        large = [_photo(photo, shown) for photo in one.shown if photo.large]
        between = [_photo(photo, shown) for photo in one.shown if not photo.large]
        if len(facts.photos) > 1 or one.zone is not None:
            inside.append(tag("h3", phrases.capital(phrases.plain_zone(one.zone))))
        if not one.shown:
            inside.append(small(f"{units.count(one.total, 'photo')}, not shown here."))
            continue
        inside.append(tag("div", large, class_="pair"))
        if between:
            inside.append(tag("div", between, class_="strip"))
    return inside


def _photo(photo: Photo, shown: Mapping[int, Shown]) -> Markup:
    entry = photo.entry
    since = (
        "before any session" if photo.since_session_s is None
        else f"{units.span(photo.since_session_s)} after a session"
    )  # fmt: skip
    area = f" of {phrases.plain_zone(entry.zone)}" if entry.zone else ""
    one = shown[entry.token]
    picture: Markup
    if one.data is None:
        picture = tag("p", foreign(one.name), f": {one.remark}", class_="no-picture")
    else:
        picture = tag("img", src=one.data, width=one.width, height=one.height,
                      alt=f"Photo{area}, {units.day(entry.at)}, {since}")  # fmt: skip
    remark = None
    if one.data is not None and one.remark:
        remark = tag("span", foreign(one.name), f": {one.remark}", class_="remark")
    return tag(
        "figure",
        picture,
        tag("figcaption", tag("strong", units.day(entry.at)), tag("span", since),
            tag("span", foreign(entry.text)) if entry.text else None, remark),
    )  # fmt: skip


# 11. Words.


def glossary() -> Inside:
    """Return what the words of the report mean."""
    return [
        listed(
            [
                (
                    "Disinfection soak",
                    "Ten minutes or so fully under 70 % alcohol, timed by the case, then drying in"
                    " air. The case knows what its button was told; it does not see the liquid."
                    " Nothing done at a bathroom sink is sterilisation in the clinical sense:"
                    " alcohol does not kill spores.",
                ),
                (
                    "Green, ready",
                    "Rested and freshly disinfected by the rules that the owner chose, no more.",
                ),
                (
                    "Rest",
                    "The time from the end of a session to the next one of the same area. The"
                    " longest one wins: after a use, a session at a clinic, a reaction.",
                ),
                (
                    "Against the rest",
                    "A use that was started before its rest was over, by holding the button for ten"
                    " seconds; or one before which another session was noted only later.",
                ),
                (
                    "Within bounds (±)",
                    "The case had lost its power and so the time; what happened lies between what"
                    " is known before and after it.",
                ),
                (
                    "Missing, quarantine",
                    "Records that the case no longer held when it was synced, and records that came"
                    " damaged: kept as they came, and counted nowhere.",
                ),
                (
                    "Where the numbers come from",
                    "Each default of the rules has a grade: A (regulator, peer-reviewed,"
                    " professional body), B (dermatologist, manufacturer, clinic), C (health blog),"
                    " own (our choice, no source). They stand beside the numbers in the program's"
                    " firmware/rollcore/policy.py and host/rollhost/aftercare.py.",
                ),
            ],
            "plain",
        ),
        tag("p", "With spreading redness, pus, red streaks, rising pain or swelling, or fever: see"
            " a clinician. This is a hygiene helper, not medical advice.", class_="flag"),
    ]  # fmt: skip


def _span(facts: Facts) -> Span:
    """Return the time that the charts show: from the first thing that is known to now."""
    known = [row.ended.earliest for row in facts.rows if row.ended.earliest >= FIRST_DAY]
    since = min([*known, *([facts.since] if facts.since else [])], default=facts.now)
    return Span(since, max(facts.now, *(row.ended.latest for row in facts.rows), since))


def _newest(caption: str, shown: Sequence[Row], every: Sequence[Row]) -> str:
    caption += ", the newest first"
    if len(shown) < len(every):
        caption += f": {len(shown):,} of {len(every):,}; every one is in host export csv"
    return caption
