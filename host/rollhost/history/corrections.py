"""Taking back what a case was told: what its state would be without, and how it is set to that.

A fold cannot be undone, so the records are folded once more without those of the entries that were
taken back. Where the result differs from what the case has, the case is told field by field.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rollcore import events
from rollcore.events import Event
from rollcore.memory import State
from rollcore.state import apply
from rollcore.uses import state_before
from rollhost.history.logs import Log, mark_of
from rollhost.history.state_fields import Field, differing
from rollhost.history.telling import Telling

_NOTHING = 0
"""The kind of a record that says nothing: only its time and its start count."""


def without(log: Log, tokens: Collection[int], before: int | None = None) -> State | None:
    """Return what the records of a log add up to without those of the entries with these tokens.

    Records with a seq from `before` on are left out, None: no record is. Returns None if records
    are not here that were written after one of those: then nobody can say.
    """
    begins = _begin_without(log, tokens)
    if begins is None:
        return None
    state, is_other = begins, begins != log.begins
    for event in log.events:
        if before is not None and event.seq >= before:
            break
        if is_other and (event.seq != state.seq + 1 or state.seq in log.told):
            return None
        state = state_before(event, state, log.told).copy()
        if mark_of(event) in tokens:
            is_other = True
            event = Event(_NOTHING, {}, 0, event.seq, event.boot, event.uptime, event.time)
        apply(state, event)
    later = [seq for seq in log.told if seq > state.seq and (before is None or seq < before)]
    if later:
        return None if is_other else log.told[max(later)]
    return state


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


@dataclass(frozen=True)
class TakenBack:
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
