"""Reactions of the skin in words: what to do about each, and which are open."""

from collections.abc import Iterator, Sequence

from rollhost.database.diary import Entry
from rollhost.history.reactions import FADING_S, LONG_S, SIGNS, Reaction
from rollhost.output import units
from rollhost.output.entries import entry_document, entry_sentence


def advice(reaction: Reaction, now: int) -> list[str]:
    """Return sentences on what to do about an open reaction at Unix time `now` (s)."""
    sentences = []
    if reaction.signs:
        seen = ", ".join(SIGNS.get(sign, sign) for sign in reaction.signs)
        sentences.append(f"See a clinician today: {seen}.")
    lasts_s = now - reaction.began.at
    if lasts_s > LONG_S:
        sentences.append("It has lasted more than a week: see a clinician.")
    elif lasts_s > FADING_S and not reaction.signs:
        sentences.append("Redness fades within three days. If it has not: see a clinician.")
    due = reaction.look_due()
    if due is not None and due > now:
        sentences.append(f"Look again {units.clock_time(due, now)}.")
    elif due is not None:
        sentences.append("Look at it today, and write down what you see: reaction look.")
    return sentences


def in_short(reaction: Reaction, now: int) -> str:
    """Return the most urgent of `advice` in a few words; empty if there is none."""
    if reaction.signs or now - reaction.began.at > LONG_S:
        return "see a clinician"
    if now - reaction.began.at > FADING_S:
        return "if redness has not faded, see a clinician"
    due = reaction.look_due()
    if due is None:
        return ""
    return f"look again {units.clock_time(due, now)}" if due > now else "look at it: reaction look"


def reactions_document(reactions: Sequence[Reaction], now: int) -> dict[str, object]:
    """Return the open reactions for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "open": [
            {**entry_document(reaction.began), "advice": advice(reaction, now)}
            for reaction in reactions
        ]
    }


def reactions_lines(reactions: Sequence[Reaction], now: int) -> Iterator[str]:
    """Yield the entries of each open reaction, and what to do, as a person reads them."""
    if not reactions:
        yield "No reaction is open."
    for reaction in reactions:
        for entry in reaction.seen:
            at = units.minute(entry.at, entry.day)
            yield f"{at:<16}  {entry_sentence(entry, now, dated=False)}"
        for line in advice(reaction, now):
            yield f"{'':<16}  {line}"


def reaction_rest_lines(rest_s: int, still_open: Sequence[Entry], now: int) -> list[str]:
    """Return the lines after a reaction was closed: the rest (s) that follows, and open ones."""
    rest = f"The skin rests {units.span(rest_s)} longer."
    return [rest, *(f"Still open: {entry_sentence(entry, now)}." for entry in still_open)]
