"""What is printed of the holds that stand: sentences for a person, and JSON."""

from collections.abc import Collection, Iterator, Sequence

from rollhost.guidance import reasons
from rollhost.history.holds import Hold
from rollhost.output import units
from rollhost.output.records import hold_reason

UNTIL_HEALED = ", or longer, until it has healed"
"""Words behind the end of a hold for something that heals: the day was a guess."""


def hold_until(hold: Hold, now: float) -> str:
    """Return `` until`` and the end of a hold, or what ends it, at Unix time `now` (s).

    Empty where neither is known.
    """
    if hold.until is None and reasons.needs_doctor(hold.reason):
        return " until a doctor says yes"
    if hold.until is None:
        return " until it has healed" if reasons.heals(hold.reason) else ""
    longer = UNTIL_HEALED if reasons.heals(hold.reason) else ""
    return f" until {units.clock_time(hold.until, now, hold.day)}{longer}"


def hold_document(hold: Hold) -> dict[str, object]:
    """Return a hold for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "reason": hold_reason(hold.reason),
        "until": units.iso(hold.until),
        "day": hold.day,
        "needs_doctor": reasons.needs_doctor(hold.reason),
    }


def holds_document(holds: Sequence[Hold], untold: Collection[int]) -> list[dict[str, object]]:
    """Return the holds for ``--json``; `untold` are the tokens of those that a case waits for."""
    return [{**hold_document(hold), "case_knows": hold.token not in untold} for hold in holds]


def holds_lines(
    holds: Sequence[Hold], untold: Collection[int], reaction_is_open: bool, now: int
) -> Iterator[str]:
    """Yield the holds at Unix time `now` (s) as a person reads them, and how each of them ends.

    `untold` is as in `holds_document`.
    """
    for hold in holds:
        yield f"On hold ({hold_reason(hold.reason)}){hold_until(hold, now)}."
        release = "hold release"
        if len(holds) > 1:
            release = f"hold release {release_word(hold)}"
        if hold.until:
            yield f"It ends by itself; to end it now, say {release}."
        elif reasons.needs_doctor(hold.reason):
            yield f"It ends when a doctor says yes: then say {release} --doctor."
        else:
            yield f"It does not end by itself: once the skin is well, say {release}."
        if hold.token in untold:
            yield "The next sync tells the case."
    if not holds:
        yield "Not on hold."
    if reaction_is_open:
        also = "also keeps" if holds else "keeps"
        yield f"A reaction of the skin is open, which {also} the case from a use: see reaction."


def still_held_line(holds: Sequence[Hold], needing: Sequence[Hold]) -> str:
    """Return the sentence where no doctor has said yes to the holds in `needing`; nothing ended."""
    named = ", ".join(hold_reason(hold.reason) for hold in needing)
    others = [hold for hold in holds if hold not in needing]
    alone = f" {release_word(needing[0])}" if len(holds) > 1 and len(needing) == 1 else ""
    line = (
        f"Still on hold ({named}): ask a doctor first. Once one said yes:"
        f" hold release{alone} --doctor."
    )
    return line + "".join(
        f" For {hold_reason(hold.reason)} alone: hold release {release_word(hold)}."
        for hold in others
    )


def also_held_lines(holds: Sequence[Hold]) -> list[str]:
    """Return the sentence on holds that stand besides those just said; none if there are none."""
    named = ", ".join(hold_reason(hold.reason) for hold in holds)
    return [f"Still on hold as before ({named}): see hold."] if named else []


def healed_texts(ended: Sequence[Hold]) -> list[str]:
    """Return for each hold that its day has ended what to say if it has not healed."""
    return [
        f"{hold_reason(hold.reason)}: if not yet, say hold {release_word(hold)}" for hold in ended
    ]


def release_word(hold: Hold) -> str:
    """Return the word by which ``host hold release`` knows the reason of a hold."""
    reason = reasons.of_hold(hold.reason)
    return reason.name if reason else "other"
