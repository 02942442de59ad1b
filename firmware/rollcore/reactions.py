"""The reactions of the skin that are open: how many, and up to four of them by their tokens.

Those that were opened without a token, and those that find no room, are only counted. As long as a
record does not say which reaction it ends, it ends one of these.
"""

from rollcore.memory import MAX_COUNT, REACTION_END, TOKENS, State


def _place(state: State, token: int) -> int:
    """Return the place of the open reaction with this token; -1 if none is kept with it."""
    return state.tokens.index(token) if token and token in state.tokens else -1


def _named(state: State) -> int:
    """Return how many open reactions are kept with their tokens."""
    return TOKENS - state.tokens.count(0)


def opened(state: State, token: int, is_red: bool) -> None:
    """Count a reaction; `is_red`: with a sign that a clinician should see.

    Opened again under its token, it can only become red.
    """
    place = _place(state, token)
    if place < 0:
        state.reactions = min(state.reactions + 1, MAX_COUNT)
        if token and 0 in state.tokens:
            place = state.tokens.index(0)
            state.tokens[place] = token
    if is_red and place >= 0:
        state.red |= 1 << place
    elif is_red:
        state.red_unnamed = min(state.red_unnamed + 1, MAX_COUNT)


def closed(state: State, token: int, at: int, now: int) -> None:
    """End the reaction that was opened under `token`, or one without a token; rest begins `at`.

    `at` and `now` are case times (s).
    """
    place = _place(state, token)
    if place >= 0:
        _forget(state, place)
        state.reactions -= 1
    else:
        state.reactions = max(state.reactions - 1, _named(state))
    _bound(state)
    state.tell(REACTION_END, at, now)


def seen(state: State, token: int) -> None:
    """Note that a clinician has looked at the reaction with this token; 0 for all."""
    for place in range(TOKENS):
        if state.tokens[place] and token in (0, state.tokens[place]):
            state.seen |= 1 << place
    if not token:
        state.red_unnamed = 0


def set_count(state: State, count: int, token: int) -> None:
    """Set how many are open; the one with `token`, which was taken back, is one no more."""
    place = _place(state, token)
    if place >= 0:
        _forget(state, place)
    state.reactions = min(count, MAX_COUNT)
    for place in range(TOKENS - 1, -1, -1):
        if state.tokens[place] and _named(state) > state.reactions:
            _forget(state, place)
    _bound(state)


def _forget(state: State, place: int) -> None:
    state.tokens[place] = 0
    state.red &= ~(1 << place)
    state.seen &= ~(1 << place)


def _bound(state: State) -> None:
    """Nobody knows which reaction without a token was the red one: as many stay red as can be."""
    state.red_unnamed = min(state.red_unnamed, state.reactions - _named(state))
