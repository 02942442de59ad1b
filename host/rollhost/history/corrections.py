"""Taking back what a case was told: what its state would be without, and how it is set to that.

A fold cannot be undone, so the records are folded once more without those of the entries that were
taken back. Where the result differs from what the case has, the case is told field by field.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from rollcore import events
from rollcore.events import Event
from rollcore.memory import State
from rollcore.state import apply
from rollcore.uses import state_before
from rollhost.history.logs import Log, mark_of
from rollhost.history.milestones import NotKept
from rollhost.history.state_fields import Field, differing
from rollhost.history.telling import Telling

_NOTHING = 0
"""The kind of a record that says nothing: only its time and its start count."""


def without(log: Log, tokens: Collection[int], before: int | None = None) -> State | None:
    """Return what the records of a log add up to without those of the entries with these tokens.

    Records with a seq from `before` on are left out, None: no record is. Returns None if records
    are not here that were written after one of those: then nobody can say.
    """
    if log.milestone is None:
        wanted = _begin_without(log, tokens)
    elif before is None or before >= log.milestone.seq:
        wanted = log.milestone.state  # those that were taken back are settled, see `Milestone`
    else:
        raise NotKept
    if wanted is None:
        return None
    state, is_other = log.goes_on_from, wanted != log.goes_on_from
    for event in log.going_on:
        if before is not None and event.seq >= before:
            break
        known = state_before(event, state, log.told)
        if is_other:
            if event.seq != known.seq + 1:
                return None
            found = wanted if known is state else _beside(known, state, wanted)
            if found is None:
                return None
            wanted = found.copy()
        state = known.copy()
        apply(state, event)
        if mark_of(event) in tokens:
            wanted = wanted if is_other else known.copy()
            is_other = True
            event = Event(_NOTHING, {}, 0, event.seq, event.boot, event.uptime, event.time)
        if is_other:
            apply(wanted, event)
    later = [seq for seq in log.told if seq >= state.seq and (before is None or seq < before)]
    if later:
        known = log.told[max(later)]
        return _beside(known, state, wanted) if is_other else known
    return wanted if is_other else state


_REACTIONS = ("reactions", "tokens", "red", "seen", "over", "red_unnamed")
"""What a state has of reactions."""


def _beside(told: State, state: State, wanted: State) -> State | None:
    """Return what a case would know without some entries that has told that it knows `told`.

    By the records here that is `state`, and without the entries `wanted`. What the case knows
    otherwise stays, as damaged records have led to it. Returns None if records are not here.
    """
    if told.seq != state.seq:
        return None
    after = told.copy()
    others = {_place(field) for field in differing(state, told)}
    for field in differing(state, wanted):
        if _place(field) not in others and not _is_about_reactions(field):
            put(after, field, 0)
    if all(getattr(told, name) == getattr(state, name) for name in _REACTIONS):
        for name in _REACTIONS:
            setattr(after, name, getattr(wanted, name))
        after.tokens = wanted.tokens[:]
    return after


def _place(field: Field) -> tuple[int, int]:
    """Return which part of a state a field is: its number, and of needles the place."""
    number, _, extra = field
    return number, extra if number == events.CORRECTED_NEEDLE else 0


def _is_about_reactions(field: Field) -> bool:
    return field[0] in (events.CORRECTED_REACTIONS, events.CORRECTED_RED)


def _begin_without(log: Log, tokens: Collection[int]) -> State | None:
    """Return the state that a log would have begun with."""
    if log.parent is None or log.origin is None:
        return log.begins
    if not log.parent.originals_before(log.origin.before) & set(tokens):
        return log.begins
    inherited = without(log.parent, tokens, log.origin.before)
    if inherited is None or log.inherited is None:
        return None
    begins = log.begins.copy()
    for field in differing(log.inherited.folded, inherited):
        put(begins, field, 0)
    begins.tokens, begins.red, begins.seen = inherited.tokens[:], inherited.red, inherited.seen
    begins.over, begins.red_unnamed = inherited.over, inherited.red_unnamed
    return begins


def put(state: State, field: Field, token: int) -> None:
    """Set a field of `state`, as a case does that is told to."""
    number, value, extra = field
    data = {"token": token, "field": number, "value": value, "extra": extra}
    apply(state, Event(events.CORRECTED, data, 0, state.seq, state.boot, time=state.time))


def message(field: Field, token: int) -> Telling:
    """Return the message that sets a field under the token of an entry; its seq is still open."""
    number, value, extra = field
    return Telling("corrected", {"token": token, "field": number, "value": value, "extra": extra})


def corrected(state: State, fields: Sequence[Field], token: int) -> tuple[State, list[Telling]]:
    """Return a state with these fields set, and the messages that set them in a case."""
    after = state.copy()
    for field in fields:
        put(after, field, token)
    return after, [message(field, token) for field in fields]


class TakenBack(NamedTuple):
    """What a case has to know without the entries that were taken back, and what tells it that.

    `unknown` are the tokens of those of which the records are not here that would be needed.
    """

    state: State
    messages: Sequence[Telling]
    unknown: Collection[int]


def taken_back(log: Log, undone: Collection[int]) -> TakenBack:
    """Return what is to be done so that a log no longer counts the entries in `undone`."""
    told = log.originals_before(None) & set(undone)
    begun = told & log.corrected
    state = log.content.folded
    messages: list[Telling] = []
    unknown: set[int] = set()
    left_out: set[int] = set()
    for tokens in [begun, *({token} for token in sorted(told - begun))]:
        if not tokens:
            continue
        wanted = without(log, left_out | tokens)
        if wanted is None:
            unknown |= tokens
            continue
        left_out |= tokens
        fields = differing(state, wanted)
        if tokens != begun:
            # Also where nothing changes by it, so that every computer hears that it was undone.
            fields = fields or [(events.CORRECTED_HOLD, state.hold_until, state.hold_reason)]
        state, more = corrected(state, fields, max(tokens))
        messages += more
    return TakenBack(state, messages, unknown)
