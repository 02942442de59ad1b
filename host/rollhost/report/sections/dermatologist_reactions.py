"""The reactions on the page for the dermatologist: each with what came before it."""

from rollhost.history.reactions import Reaction
from rollhost.output import units
from rollhost.report import phrases
from rollhost.report.components import listed
from rollhost.report.facts import Facts, Onset
from rollhost.report.markup import Inside, foreign, tag

_SOAKED = {
    True: "roller soaked before it",
    False: "roller not soaked before it",
    None: "soak before it switched off",
}


def to_be_seen(facts: Facts, most: int) -> Inside:
    """Return the signs that no clinician has looked at, of the newest reactions; None without."""
    if not facts.to_be_seen:
        return None
    text: list[Inside] = []
    for number, reaction in enumerate(facts.to_be_seen[-most:]):
        began = units.day(reaction.began.at, reaction.began.day)
        text += ["; " if number else " ", phrases.signs(reaction.unseen_signs), " (",
                 phrases.zone(reaction.began.zone), f", reaction of {began})"]  # fmt: skip
    return tag("p", tag("strong", "Not yet seen by a clinician:"), text, ".", class_="flag")


def reactions(facts: Facts, most: int, most_words: int) -> Inside:
    """Return the newest reactions: the owner's words, what came before, what came of it.

    There are at most so many of them, and so many characters of anybody's words about each.
    """
    if not facts.onsets:
        return tag("p", "No reaction of the skin was noted.")
    newest = facts.onsets[::-1][:most]
    title = "Reactions of the skin"
    if len(newest) < len(facts.onsets):
        title += f", the last {len(newest)} of {len(facts.onsets)}"
    return [
        tag("h4", title),
        listed(
            [(_name(onset.reaction), _story(onset, facts.now, most_words)) for onset in newest],
            "plain",
        ),
    ]


def words(text: str, most: int) -> Inside:
    """Return a person's words in quotation marks, at most so many characters of them."""
    return ["“", foreign(phrases.shortened(text, most)), "”"]


def _name(reaction: Reaction) -> Inside:
    began = reaction.began
    return [units.day(began.at, began.day), ", ", phrases.zone(began.zone)]


def _story(onset: Onset, now: int, most: int) -> Inside:
    reaction = onset.reaction
    began = reaction.began
    said: list[Inside] = [words(began.text, most), " "] if began.text.strip() else []
    signs = phrases.signs(reaction.signs)
    said.append(
        tag("strong", f"{phrases.capital(signs)}.") if reaction.signs else "No warning signs noted."
    )
    for name in ("redness", "pain"):
        scores = reaction.numbers(name)
        if scores:
            said.append(f" {phrases.capital(name)} up to {max(scores)} of 10.")
    said += [" ", _before(onset)]
    said.append(" Not seen by a clinician." if not reaction.visits else None)
    for visit in reaction.visits[-1:]:
        treated = (
            [": ", words(visit.text, most // 2)] if visit.text.strip() else ", no treatment noted"
        )
        said += [f" Seen by a clinician on {units.day(visit.at, visit.day)}", treated, "."]
    over = reaction.over
    lasted_s = (over.at if over else now) - began.at
    lasted = "less than an hour" if lasted_s < 3600 else units.span(lasted_s)
    said.append(f" Over after {lasted}." if over else f" Still open, for {lasted}.")
    return said


def _before(onset: Onset) -> Inside:
    """Return the session before a reaction in a sentence, with the days from it to the onset."""
    before = onset.before
    if onset.after_s is None:
        return "No session of this area before it."
    begun = tag("strong", f"{phrases.days(onset.after_s)} days")
    if before is None:
        return [begun, " after a session with another case."]
    parts = [phrases.needle(before.session)]
    if parts[0] == "not known":
        parts = ["needles not known"]
    if onset.head_use is not None:
        parts.append(f"use {onset.head_use} of its head")
    if before.use is not None:
        parts.append(_SOAKED[before.use.soaked_before])
    if before.short:
        parts.append(phrases.against(before))
    where = "at a clinic" if before.use is None else "at home"
    return [begun, f" after a session {where}: {', '.join(parts)}."]
