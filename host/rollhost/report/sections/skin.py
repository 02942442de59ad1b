"""Reactions of the skin, and holds."""

from rollhost.database.diary import Entry
from rollhost.output import units
from rollhost.output.records import hold_reason
from rollhost.report import charts, phrases
from rollhost.report.charts import Stretch
from rollhost.report.components import figure, scroll, small, table
from rollhost.report.facts import Facts, Hold
from rollhost.report.markup import Inside, Markup, foreign, tag
from rollhost.report.sections.common import time_span


def section(facts: Facts) -> Inside:
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
            text = f"{says}: {hold_reason(hold.reason)}"
            found.append(Stretch(len(rows) - 1, hold.since, hold.until, (), text))
    still = sum(one.over is None for one in facts.reactions)
    said = units.count(len(facts.reactions), "reaction")
    said += (f", {still:,} still open; " if still else "; ") + units.count(len(facts.holds), "hold")
    looked = any(one.looks for one in facts.reactions)
    name = "Reactions and holds"
    inside: list[Inside] = [
        figure(name, f"{said}. Each from its beginning to its end"
               + ("; a stroke through one is a look at it later." if looked else "."), "skin-says",
               charts.stretches(time_span(facts), rows, found, name, "skin-says")),
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
                [units.minute(hold.since), hold_end(hold), hold_reason(hold.reason)]
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
