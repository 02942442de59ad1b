"""The reactions of the skin: how many are open, and up to four by their tokens.

Those that were opened without a token, and those that find no room, are only counted. As long as a
record does not say which reaction it ends, it ends one of these.

A red flag is a sign that a clinician should see. It outlives the end of its reaction: only a
clinician who has looked takes it away.
"""

from rollcore.memory import MAX_COUNT, REACTION_END, TOKENS, State

# What is known of a reaction that is kept with its token, besides that it is open.
RED = 1
SEEN = 2
OVER = 4


def needs_clinician(state: State) -> bool:
    """Return whether there is a red flag that no clinician has seen."""
    return bool(state.red & ~state.seen or state.red_unnamed)


def flags(state: State, place: int) -> int:
    """Return `RED`, `SEEN` and `OVER` of the reaction at a place (0 to 3), added up."""
    return (
        (state.red >> place & 1) * RED
        | (state.seen >> place & 1) * SEEN
        | (state.over >> place & 1) * OVER
    )


def _place(state: State, token: int) -> int:
    """Return the place of the reaction with this token; -1 if none is kept with it."""
    return state.tokens.index(token) if token and token in state.tokens else -1


def _place_of_red(state: State, token: int) -> int:
    """Return the place of the reaction with this token; -1 if there is no room.

    One that was not kept, as it is over, is kept again.
    """
    place = _place(state, token)
    if place < 0 and token and 0 in state.tokens:
        place = state.tokens.index(0)
        state.tokens[place] = token
        state.over |= 1 << place
    return place


def _named(state: State) -> int:
    """Return how many open reactions are kept with their tokens."""
    kept = 0
    for place in range(TOKENS):
        kept += bool(state.tokens[place]) and not state.over >> place & 1
    return kept


def opened(state: State, token: int, is_red: bool) -> None:
    """Count a reaction; `is_red`: with a sign that a clinician should see.

    Opened again under its token, it can only become red: seen is what was there before.
    """
    place = _place(state, token)
    if place < 0:
        state.reactions = min(state.reactions + 1, MAX_COUNT)
        if token and 0 in state.tokens:
            place = state.tokens.index(0)
            state.tokens[place] = token
    if is_red:
        _flag(state, place)


def turned_red(state: State, token: int) -> None:
    """Note a sign that a clinician should see at the reaction with this token.

    Where that one is over and forgotten, it is kept again, as over.
    """
    _flag(state, _place_of_red(state, token))


def closed(state: State, token: int, at: int, now: int) -> None:
    """End the reaction that was opened under `token`, or one without a token; rest begins `at`.

    `at` and `now` are case times (s).
    """
    place = _place(state, token)
    if place >= 0 and not state.over >> place & 1:
        state.reactions -= 1
        state.over |= 1 << place
        _forget_if_done(state, place)
    else:
        state.reactions = max(state.reactions - 1, _named(state))
    state.tell(REACTION_END, at, now)


def seen(state: State, token: int) -> None:
    """Note that a clinician has looked at the reaction with this token; 0 for all.

    What was not red is not seen: it may still become red.
    """
    for place in range(TOKENS):
        if state.red >> place & 1 and token in (0, state.tokens[place]):
            state.seen |= 1 << place
            _forget_if_done(state, place)
    if not token:
        state.red_unnamed = 0


def set_count(state: State, count: int, token: int) -> None:
    """Set how many are open; the one with `token`, which was taken back, is one no more."""
    place = _place(state, token)
    if place >= 0:
        _forget(state, place)
    state.reactions = min(count, MAX_COUNT)
    for place in range(TOKENS - 1, -1, -1):
        is_open = state.tokens[place] and not state.over >> place & 1
        if is_open and _named(state) > state.reactions:
            _forget(state, place)


def set_flags(state: State, token: int, wanted: int) -> None:
    """Set what is known of the reaction with this token: `RED`, `SEEN`, `OVER`, added up.

    With `RED` it is kept if it was not. For token 0 it is how many red flags there are without one.
    """
    if not token:
        state.red_unnamed = min(wanted, MAX_COUNT)
        return
    place = _place_of_red(state, token) if wanted & RED else _place(state, token)
    if place < 0:
        return
    bit = 1 << place
    was_over = state.over & bit
    state.red = state.red & ~bit | bool(wanted & RED) * bit
    state.seen = state.seen & ~bit | bool(wanted & SEEN) * bit
    state.over = state.over & ~bit | bool(wanted & OVER) * bit
    if was_over and not state.over & bit:
        state.reactions = max(state.reactions, _named(state))
    elif not was_over and state.over & bit:
        state.reactions -= 1
    _forget_if_done(state, place)


def _flag(state: State, place: int) -> None:
    """Set the red flag of the reaction at a place, -1 for none, which nobody has seen then."""
    if place >= 0:
        state.red |= 1 << place
        state.seen &= ~(1 << place)
    else:
        state.red_unnamed = min(state.red_unnamed + 1, MAX_COUNT)


def _forget_if_done(state: State, place: int) -> None:
    """Free the place of a reaction that is over and has no red flag which nobody has seen."""
    if state.over >> place & 1 and not (state.red & ~state.seen) >> place & 1:
        _forget(state, place)


def _forget(state: State, place: int) -> None:
    state.tokens[place] = 0
    state.red &= ~(1 << place)
    state.seen &= ~(1 << place)
    state.over &= ~(1 << place)
