"""Reactions of the skin in words: what to do about each, which are open, and the card."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rollcore.memory import State
from rollcore.reactions import needs_clinician
from rollhost.database.diary import Entry
from rollhost.guidance.card import CARD
from rollhost.guidance.signs import SIGNS, names, when_to_go
from rollhost.history.late_checks import Check
from rollhost.history.reactions import FADING_S, LONG_S, Reaction
from rollhost.output import units
from rollhost.output.entries import SCORES, entry_document, entry_sentence
from rollhost.output.text import labelled, one_line

ONLY_AT_A_CASE = "a sign that only the case still knows of"
"""A sign of which no entry and no whole record is here."""


def clinician_sentence(to_be_seen: Sequence[Reaction], states: Iterable[State] = ()) -> str:
    """Return what to do about signs that no clinician has looked at; empty if there are none.

    `states` are what cases know: a case may keep a sign of which nothing else is known any more.
    """
    signs = _unseen(to_be_seen, states)
    seen = names(map(one_line, signs))
    return f"See a clinician {when_to_go(signs)}: {seen}. Do not roll." if seen else ""


def clinician_document(
    to_be_seen: Sequence[Reaction], states: Iterable[State] = ()
) -> dict[str, object] | None:
    """Return the same for ``--json``; None if there are no such signs."""
    signs = _unseen(to_be_seen, states)
    return {"says": clinician_sentence(to_be_seen, states), "signs": signs} if signs else None


def _unseen(to_be_seen: Sequence[Reaction], states: Iterable[State]) -> list[str]:
    """Return each sign that no clinician has looked at once."""
    if to_be_seen:
        signs = [sign for reaction in to_be_seen for sign in reaction.unseen_signs]
        return list(dict.fromkeys(signs))
    return [ONLY_AT_A_CASE] if any(map(needs_clinician, states)) else []


def advice(reaction: Reaction, now: int) -> list[str]:
    """Return sentences on what to do about what is open or watched at Unix time `now` (s)."""
    sentences = []
    if reaction.needs_clinician:
        sentences.append(clinician_sentence([reaction]))
        sentences.append("Once a clinician has looked at it: reaction seen.")
    if reaction.over is not None:
        return sentences
    if reaction.visits:
        at = reaction.visits[-1]
        sentences.append(f"A clinician looked at it {units.clock_time(at.at, now, at.day)}.")
    if now - reaction.began.at > LONG_S and not reaction.visits:
        sentences.append("It has lasted more than a week: see a clinician.")
    elif now - reaction.since > FADING_S and not (reaction.signs or reaction.visits):
        still = _still(reaction)
        if still:
            sentences.append(f"{still}.")
            if reaction.is_watched:
                sentences.append("Do not roll before that: reaction open holds the case.")
        elif not reaction.outlasts_fading():
            sentences.append("Redness fades within three days. If it has not: see a clinician.")
        else:
            sentences.append("Once all of it is gone: reaction over.")
    due = reaction.look_due()
    if due is not None and due > now:
        sentences.append(f"Look again {units.clock_time(due, now)}.")
    elif due is not None:
        sentences.append("Look at it today, and write down what you see: reaction look.")
    return sentences


def _still(reaction: Reaction) -> str:
    """Return what to do where it is still there; empty if nobody has said so after three days."""
    if not reaction.outlasts_fading():
        return ""
    if reaction.began.at > reaction.since + LONG_S:
        days = units.span(reaction.began.at - reaction.since)
        return f"It began {days} after the last session: if it stays, please let a clinician look"
    redness, pain = (reaction.numbers(name)[-1:] for name in SCORES)
    if redness == [0] and pain == [0]:
        return ""
    if redness == [0] and not pain:  # nobody has said that anything is still there
        return "If anything is still there after three days: please let a clinician look"
    is_red = redness not in ([], [0]) or re.search(r"\bred", reaction.seen[-1].text.casefold())
    still = "red" if is_red else "there"
    return f"Still {still} after three days: please let a clinician look"


def in_short(reaction: Reaction, now: int) -> str:
    """Return the most urgent of `advice` in a few words; empty if there is none."""
    if reaction.needs_clinician:
        return "see a clinician"
    if now - reaction.began.at > LONG_S and not reaction.visits:
        return "see a clinician"
    if now - reaction.since > FADING_S and not reaction.visits:
        if still := _still(reaction):
            return still[0].lower() + still[1:]
        if not reaction.outlasts_fading():
            return "if redness has not faded, see a clinician"
    due = reaction.look_due()
    if due is None:
        return ""
    return f"look again {units.clock_time(due, now)}" if due > now else "look at it: reaction look"


def reactions_document(
    reactions: Sequence[Reaction], watches: Sequence[Reaction], now: int
) -> dict[str, object]:
    """Return these for ``--json``. Times are ISO 8601 with the local offset.

    `reactions` are open, or over and a clinician should still see them.
    """
    to_be_seen = [reaction for reaction in reactions if reaction.needs_clinician]
    still_open = [reaction for reaction in reactions if reaction.over is None]
    return {
        "open": [_reaction_document(reaction, now) for reaction in still_open],
        "clinician": clinician_document(to_be_seen),
        "watched": [_reaction_document(watch, now) for watch in watches],
    }


def _reaction_document(reaction: Reaction, now: int) -> dict[str, object]:
    return {
        **entry_document(reaction.began),
        "advice": advice(reaction, now),
        "looks": [entry_document(look) for look in reaction.looks],
    }


def reactions_lines(
    reactions: Sequence[Reaction],
    watches: Sequence[Reaction],
    late: Sequence[str],
    now: int,
) -> Iterator[str]:
    """Yield all that is open or watched, and what to do, as a person reads it.

    `late` are the `late_texts`.
    """
    if not reactions:
        yield "No reaction is open."
    for reaction in [*reactions, *watches]:
        for entry in [*reaction.seen, *([reaction.over] if reaction.over else [])]:
            at = units.minute(entry.at, entry.day)
            yield f"{at:<16}  {entry_sentence(entry, now, dated=False)}"
        for line in [*scores_over_time(reaction), *advice(reaction, now)]:
            yield f"{'':<16}  {line}"
    yield from (f"Look for {text}" for text in late)


def scores_over_time(reaction: Reaction) -> list[str]:
    """Return redness and pain as numbers over time, each as words; those said more than once."""
    said = [(name, reaction.numbers(name)) for name in SCORES]
    return [
        f"{name.capitalize()} over time: {', '.join(map(str, numbers))} (of 10)."
        for name, numbers in said
        if len(numbers) > 1
    ]


def late_texts(dark_spots: Sequence[Check], lumps: Sequence[Check], now: float) -> list[str]:
    """Return what to look for long after a session or a reaction, as ends of a sentence."""
    return [
        *(
            f"darker spots{_where(check)}, six weeks on: write them down with note, and keep the"
            " skin out of the sun"
            for check in dark_spots
        ),
        *(
            f"a lump or a sore that does not heal{_where(check)}, until"
            f" {units.short_day(check.until, now)}: with one, see a clinician"
            for check in lumps
        ),
    ]


def _where(check: Check) -> str:
    return f" ({one_line(check.zone)})" if check.zone else ""


def raised_lines(raised: Mapping[str, str]) -> list[str]:
    """Return a line for each sign that words have raised; `raised` are the words for each."""
    return [
        f'You wrote "{one_line(words)}": it counts as {SIGNS[sign].name}. If it is not: undo.'
        for sign, words in raised.items()
    ]


def noted_lines(raised: Mapping[str, str]) -> list[str]:
    """Return what to do about signs in a note, which holds nothing."""
    if not raised:
        return []
    signs = "".join(f" --sign {sign}" for sign in raised)
    return [
        f"See a clinician {when_to_go(list(raised))}: {names(raised)}.",
        f"So that the case holds: reaction open{signs}",
    ]


def card_document() -> dict[str, object]:
    """Return the card for ``--json``: the lines of each of its parts."""
    return {part.key: list(part.lines) for part in CARD}


def card_lines(width: int | None) -> list[str]:
    """Return the card as a person reads it, wrapped at `width` characters; None: not wrapped."""
    return labelled([(part.title, line) for part in CARD for line in part.lines], width, column=10)


def reaction_rest_lines(rest_s: int, still_open: Sequence[Entry], now: int) -> list[str]:
    """Return the lines after a reaction was closed: the rest (s) that follows, and open ones."""
    rest = f"The skin rests {units.span(rest_s)} longer."
    return [rest, *(f"Still open: {entry_sentence(entry, now)}." for entry in still_open)]
