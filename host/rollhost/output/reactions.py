"""What is said of reactions of the skin: what to do, and which are open."""

from collections.abc import Iterator, Sequence

from rollhost.database.diary import Entry
from rollhost.history.reactions import FADING_S, LONG_S, SIGNS, Reaction
from rollhost.output import units
from rollhost.output.entries import entry_document, entry_sentence


def advice(reaction: Reaction, now: int) -> list[str]:
    """Return what to do about a reaction that is open at Unix time `now` (s), a sentence each."""
    found = []
    if reaction.signs:
        seen = ", ".join(SIGNS.get(sign, sign) for sign in reaction.signs)
        found.append(f"See a clinician today: {seen}.")
    lasts_s = now - reaction.began.at
    if lasts_s > LONG_S:
        found.append("It has lasted more than a week: see a clinician.")
    elif lasts_s > FADING_S and not reaction.signs:
        found.append("Redness fades within three days. If it has not: see a clinician.")
    due = reaction.look_due()
    if due is not None and due > now:
        found.append(f"Look again {units.clock_time(due, now)}.")
    elif due is not None:
        found.append("Look at it today, and write down what you see: reaction look.")
    return found


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
    """Return reactions that are open for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "open": [
            {**entry_document(reaction.began), "advice": advice(reaction, now)}
            for reaction in reactions
        ]
    }


def reactions_lines(reactions: Sequence[Reaction], now: int) -> Iterator[str]:
    """Yield what was seen of each reaction that is open, and what to do, as a person reads it."""
    if not reactions:
        yield "No reaction is open."
    for reaction in reactions:
        for entry in reaction.seen:
            yield f"{units.minute(entry.at):<16}  {entry_sentence(entry, now, dated=False)}"
        for line in advice(reaction, now):
            yield f"{'':<16}  {line}"


def reaction_rest_lines(rest_s: int, still_open: Sequence[Entry], now: int) -> list[str]:
    """Return how long (s) the skin rests after a reaction, and which others are still open."""
    rest = f"The skin rests {units.span(rest_s)} longer."
    return [rest, *(f"Still open: {entry_sentence(entry, now)}." for entry in still_open)]
