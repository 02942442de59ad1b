"""Fields of a state that a case can be told to set: which differ, and which are longer."""

from rollcore import events, reactions
from rollcore.memory import (
    FOREVER,
    HEAD_SINCE,
    LID_OPEN,
    MOMENTS,
    NEVER,
    REACTION_END,
    USE_END,
    USE_START,
    State,
)

Field = tuple[int, int, int]
"""A field of a state as in `CORRECTED`: its number, its value, and what goes with the value."""

OF_THE_HEAD = (HEAD_SINCE, events.CORRECTED_HEAD)
"""Numbers of the fields that are about the head."""

RESTS = (*range(USE_END, USE_START), REACTION_END, *range(LID_OPEN + 1, MOMENTS))
"""Moments from which a rest counts."""


def differing(state: State, wanted: State) -> list[Field]:
    """Return the fields, as they are in `wanted`, in which `state` is another.

    Only what a case can be told to set is among them.
    """
    fields: list[Field] = []
    for moment in range(MOMENTS):
        if state.at[moment] != wanted.at[moment]:
            value = wanted.at[moment]
            is_loose = wanted.loose >> moment & 1 if value != NEVER else 0
            fields.append((moment, events.CORRECTED_NEVER if value == NEVER else value, is_loose))
    hold = (wanted.hold_until, wanted.hold_reason)
    if (state.hold_until, state.hold_reason) != hold:
        fields.append((events.CORRECTED_HOLD, *hold))
    head = (wanted.head_uses, 1 + wanted.head_out)
    if (state.head_uses, 1 + state.head_out) != head:
        fields.append((events.CORRECTED_HEAD, *head))
    for place, needle_um in enumerate(wanted.needles):
        if state.needles[place] != needle_um:
            fields.append((events.CORRECTED_NEEDLE, needle_um, place))
    if state.reactions != wanted.reactions:
        fields.append((events.CORRECTED_REACTIONS, wanted.reactions, 0))
    before, after = kept_flags(state), kept_flags(wanted)
    for token, flags in after.items():
        if before.get(token, 0) != flags and (token in before or flags & reactions.RED):
            fields.append((events.CORRECTED_RED, token, flags))
    for token in before.keys() - after.keys():
        if before[token] & reactions.OVER:
            fields.append((events.CORRECTED_RED, token, reactions.OVER))  # it is not kept any more
    if state.red_unnamed != wanted.red_unnamed:
        fields.append((events.CORRECTED_RED, 0, wanted.red_unnamed))
    return fields


def kept_flags(state: State) -> dict[int, int]:
    """Return what is known of each reaction that is kept with its token; see `reactions.flags`."""
    return {
        token: reactions.flags(state, place) for place, token in enumerate(state.tokens) if token
    }


def waits_for_clinician(flags: int) -> bool:
    """Return whether these flags of a reaction say that it is red and that nobody has seen it."""
    return flags & (reactions.RED | reactions.SEEN) == reactions.RED


def _is_redder(token: int, flags: int, theirs: State) -> bool:
    """Return whether a reaction waits for a clinician, and in the state of the case does not."""
    if not token:
        return flags > theirs.red_unnamed
    known = kept_flags(theirs).get(token, 0)
    return waits_for_clinician(flags) and not waits_for_clinician(known)


def is_longer(found: Field, theirs: State) -> bool:
    """Return whether something would end later with this field than with what the case has."""
    number, value, extra = found
    if number == events.CORRECTED_HOLD:
        until = theirs.hold_until or FOREVER
        return bool(extra) and (not theirs.hold_reason or (value or FOREVER) >= until)
    if number == events.CORRECTED_HEAD:
        return value > theirs.head_uses or (extra > 1 and not theirs.head_out)
    if number == events.CORRECTED_NEEDLE:
        return value > theirs.needles[extra]
    if number == events.CORRECTED_REACTIONS:
        return value > theirs.reactions
    if number == events.CORRECTED_RED:
        return _is_redder(value, extra, theirs)
    if value == events.CORRECTED_NEVER:
        return False
    if number == HEAD_SINCE:
        return theirs.at[number] == NEVER or value < theirs.at[number]
    return number in RESTS and value > theirs.at[number]


def lacks(state: State, wanted: State) -> bool:
    """Return whether something of the skin would end earlier by `state` than by `wanted`."""
    fields = [found for found in differing(state, wanted) if found[0] not in OF_THE_HEAD]
    return any(is_longer(found, state) for found in fields)
