"""Reactions of the skin, and holds."""

from rollhost.database.diary import Entry
from rollhost.history.reactions import Reaction
from rollhost.output import units
from rollhost.output.reactions import scores_over_time
from rollhost.output.records import hold_reason
from rollhost.report import charts, phrases
from rollhost.report.charts import Stretch
from rollhost.report.components import figure, scroll, small, table
from rollhost.report.facts import Facts, Hold
from rollhost.report.markup import Inside, Markup, foreign, tag
from rollhost.report.sections.common import time_span


def section(facts: Facts) -> Inside:
    """Return a chart and tables of the reactions of the skin and of the holds."""
    if not facts.reactions and not facts.holds and not facts.watches:
        return small("No reaction was noted, and no hold.")
    if not facts.reactions and not facts.holds:
        return _watched(facts)
    rows = []
    stretches = []
    if facts.reactions:
        rows.append("reaction")
        for reaction in facts.reactions:
            began, over = reaction.began.at, reaction.over.at if reaction.over else None
            end = units.day(over, reaction.over.day) if over and reaction.over else "now"
            says = f"{units.day(began, reaction.began.day)} to {end}"
            looks = tuple(look.at for look in reaction.looks)
            signs = f": {phrases.signs(reaction.signs)}" if reaction.signs else ""
            stretches.append(Stretch(0, began, over, looks, says + signs))
    if facts.holds:
        rows.append("hold")
        for hold in facts.holds:
            end = units.day(hold.until, hold.until_day) if hold.until else "now"
            says = f"{units.day(hold.since)} to {end}"
            text = f"{says}: {hold_reason(hold.reason)}"
            stretches.append(Stretch(len(rows) - 1, hold.since, hold.until, (), text))
    still_open = sum(reaction.over is None for reaction in facts.reactions)
    says = units.count(len(facts.reactions), "reaction")
    says += f", {still_open:,} still open; " if still_open else "; "
    says += f"{units.count(len(facts.holds), 'hold')}. Each from its beginning to its end"
    if any(reaction.looks for reaction in facts.reactions):
        says += "; a stroke through one is a look at it later"
    name = "Reactions and holds"
    inside: list[Inside] = [
        figure(name, f"{says}.", "skin-says",
               charts.stretches(time_span(facts), rows, stretches, name, "skin-says")),
    ]  # fmt: skip
    if facts.reactions:
        inside.append(scroll("Reactions", table(
            "Reactions, the newest first", ["Began", "Over", "Area", "Signs", "Words"],
            [
                [_minute(reaction.began),
                 _minute(reaction.over) if reaction.over else "open",
                 phrases.zone(reaction.began.zone), phrases.signs(reaction.signs),
                 _seen(reaction)]
                for reaction in reversed(facts.reactions)
            ],
            "words",
        )))  # fmt: skip
    if facts.watches:
        inside.append(_watched(facts))
    if facts.holds:
        inside.append(scroll("Holds", table(
            "Holds, the newest first", ["Since", "Until", "Reason"],
            [
                [units.minute(hold.since), hold_end(hold), hold_reason(hold.reason)]
                for hold in reversed(facts.holds)
            ],
        )))  # fmt: skip
    return inside


def _watched(facts: Facts) -> Markup:
    """Return a table of what was watched, and held nothing."""
    return scroll("Watched", table(
        "Watched without a hold, the newest first", ["Began", "Over", "Area", "Words"],
        [
            [_minute(watch.began), _minute(watch.over) if watch.over else "watched",
             phrases.zone(watch.began.zone), _seen(watch)]
            for watch in reversed(facts.watches)
        ],
        "words",
    ))  # fmt: skip


def _seen(reaction: Reaction) -> Inside:
    """Return what was written of a reaction: at its beginning, at each look, numbers over time."""
    return [
        _words(reaction.began.text),
        [_look(look) for look in reaction.looks],
        [small(line) for line in scores_over_time(reaction)],
    ]


def hold_end(hold: Hold) -> str:
    """Return when a hold was over, or when it will be."""
    if hold.until is not None:
        return units.minute(hold.until, hold.until_day)
    return f"planned: {units.minute(hold.planned, hold.planned_day)}" if hold.planned else "lasts"


def _look(entry: Entry) -> Markup:
    signs = f" ({phrases.signs(entry.signs)})" if entry.signs else None
    text = _words(entry.text) or "looked at"
    return tag("div", f"{_minute(entry)}: ", text, signs, class_="look-at")


def _minute(entry: Entry) -> str:
    return units.minute(entry.at, entry.day)


def _words(text: str) -> Markup | None:
    return foreign(text) if text else None
