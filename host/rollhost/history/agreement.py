"""What a case still has to be told so that it knows what is known here, and what it knows then.

One answer serves both ends: a sync tells it, and until then status judges by it, so that the lamp
and the screen do not disagree after the next sync.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rollcore import events, snapshot, state
from rollcore.events import CASE_EPOCH, Event
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
from rollcore.policy import Policy
from rollhost.database.archive import Case
from rollhost.database.diary import HEAD, HOLD, Entry, derived_token
from rollhost.history import carried, corrections
from rollhost.history.corrections import Field
from rollhost.history.history import History
from rollhost.history.logs import Log, mark_of
from rollhost.history.telling import Telling
from rollhost.history.untold import telling, untold

HEAD_LATER_S = 3600
"""A head that was new by more (s) than this before the case was told so is corrected (own)."""


@dataclass(frozen=True)
class Outstanding:
    """What a case is told at its next sync, in this order, and `state`, what it knows then.

    `unknown` are the tokens of entries that were taken back, where the records are not here that
    the case would have to be told with.
    """

    state: State
    corrections: Sequence[Telling]
    """What takes back entries of which the case was told."""
    tellings: Sequence[Telling]
    """Uses in other logs, then entries."""
    fields: Sequence[Telling]
    """What it was told in another order than it was said, and what its head has seen."""
    unknown: Sequence[int] = ()

    @property
    def entries(self) -> list[Entry]:
        """The entries that the case is told."""
        return [message.entry for message in self.tellings if message.entry is not None]

    @property
    def taken_back(self) -> set[int]:
        """The tokens of the entries that are taken back."""
        return {message.mark for message in self.corrections}


def outstanding(
    past: History,
    case: Case,
    log: Log | None,
    rules: Policy,
    now: int,
    behind_s: int | None = None,
) -> Outstanding:
    """Return what a case is still to be told at case time `now` (s).

    `past` is what is known of its person, `log` the log that the case has now, `rules` what rules
    it then. `behind_s` is how far (s) its clock is behind, where it is still to be set.
    """
    back = corrections.taken_back(log, past.undone) if log else None
    folded = back.state if back else State()
    if not folded.clock_set and behind_s is not None and not (log and log.is_met_unsure):
        # Move loose moments as that setting will.
        folded = state.fold(folded, _setting(folded, behind_s))
    told: list[Telling] = []
    others = carried.zones_of_others(past, case) if rules.revision else set()
    for message in carried.uses_elsewhere(past, case, log, rules, others, now):
        folded = _tell(message, folded, now, told)
    tokens = log.tokens if log else set()
    begins = log.begins_alone if log else None
    head_at = _put_in_at(log)
    for entry in untold(past.entries, case.id, tokens, now + CASE_EPOCH, begins, head_at):
        found = telling(entry, rules.zones, others)
        if found is not None:
            folded = _tell(found, folded, now, told)
    folded, hold = _hold(past, log, folded) if log else (folded, [])
    head: list[Telling] = []
    if log is not None:
        folded, head = _head(past, case, log, folded)
    return Outstanding(
        folded,
        back.messages if back else [],
        told,
        [*hold, *head],
        sorted(back.unknown) if back else [],
    )


def _put_in_at(log: Log | None) -> int:
    """Return when (Unix s) the head was changed last by a record of a log, 0 if it never was."""
    placed = log.placed if log else []
    return max((known.last for known in placed if known.event.kind in _OF_THE_HEAD), default=0)


def _hold(past: History, log: Log, folded: State) -> tuple[State, list[Telling]]:
    """Let the hold that was said last count, where the case was told of another one after it.

    So it is where two computers have told it. What only a log has, nobody can put in order.
    """
    told = [event.data["token"] for event in log.every_event() if event.kind == events.HOLD_SET]
    holds = [entry for entry in past.diary if entry.kind == HOLD and entry.token in told]
    if not holds or told[-1] not in [entry.token for entry in holds]:
        return folded, []
    last = holds[-1]
    until = last.number("until")
    wanted = (events.CORRECTED_HOLD, until and until - CASE_EPOCH, last.number("reason"))
    if last.token == told[-1] or (folded.hold_until, folded.hold_reason) == wanted[1:]:
        return folded, []
    token = derived_token("hold", log.case.device, log.name, str(last.token), str(told[-1]))
    if token in log.corrected:
        return folded, []
    return corrections.corrected(folded, [wanted], token)


def _tell(message: Telling, folded: State, now: int, told: list[Telling]) -> State:
    """Add a message to those that are told, unless it says nothing new; return the state then."""
    event = message.event(folded, now)
    if message.verb == "carried" and state.is_carried(folded, event.data, event.zone, event.time):
        return folded
    told.append(message)
    return state.fold(folded, event)


def _setting(folded: State, behind_s: int) -> Event:
    """Return the ``clock_set`` event that sets a clock which is `behind_s` (s) behind."""
    return Event(
        events.CLOCK_SET,
        {"old": folded.time, "source": events.FROM_HOST, "forced": 0, "sure": 0},
        seq=folded.seq,
        boot=folded.boot,
        time=max(folded.time + behind_s, 0),
    )


# The head.

_OF_THE_HEAD = (events.HEAD_NEW, events.HEAD_OUT)


@dataclass(frozen=True)
class _Change:
    """When (Unix s) a head was put in or out, by which record of which log; seq 0: by none."""

    at: int
    log: Log | None = None
    seq: int = 0
    out: int = 0
    """State.head_out after it."""


def _head(past: History, case: Case, log: Log, folded: State) -> tuple[State, list[Telling]]:
    """Return the state with what the head has seen in truth, and the messages that say so.

    The head of a case that came back with empty flash goes on, as does that of a case which this
    one replaces. A new head counts from when the person said so, not from when the case heard.
    """
    line = {case.id} | past.replaced_by(case)
    logs = [log for known in past.cases if known.id in line for log in past.logs(known)]
    change = max(_changes(past, case, logs), key=lambda change: change.at, default=_Change(0))
    uses = [
        use.ended
        for known in logs
        for use in known.content.uses
        if (use.seq > change.seq if known is change.log else use.ended > change.at)
    ]
    fields: list[Field] = []
    is_out = change.out and change.log is not log and not folded.head_out
    if len(uses) > folded.head_uses or is_out:
        seen = max(len(uses), folded.head_uses)
        fields.append((events.CORRECTED_HEAD, seen, 1 + change.out if is_out else 0))
    since = max((change.at or min(uses, default=0)) - CASE_EPOCH, 0)
    is_older = folded.at[HEAD_SINCE] == NEVER or folded.at[HEAD_SINCE] > since + HEAD_LATER_S
    if since and is_older:
        fields.append((HEAD_SINCE, since, 0))
    token = derived_token("head", case.device, log.name, str(fields))
    return corrections.corrected(folded, fields, token)


def _changes(past: History, case: Case, logs: Sequence[Log]) -> Iterator[_Change]:
    """Yield each change of the head that was not taken back."""
    written = {
        entry.token: entry
        for entry in past.diary
        if entry.kind == HEAD and entry.case_id == case.id
    }
    for entry in written.values():
        yield _Change(entry.at)
    for log in logs:
        for placed in log.placed:
            event = placed.event
            if event.kind in _OF_THE_HEAD and mark_of(event) not in past.undone | written.keys():
                out = 1 + event.data["reason"] if event.kind == events.HEAD_OUT else 0
                yield _Change(placed.last, log, event.seq, out)


# Uses before the first policy.


def assumed_needles(log: Log, needle_um: int) -> list[Field]:
    """Return the fields by which uses before the first policy count as with these needles (um).

    They count as with the default's needle, because nobody had said another. None are returned once
    a use came after the policy, or was carried over: then the two cannot be told apart.
    """
    kinds = (events.POLICY_SET, events.USE_STARTED, events.USE_ENDED, events.CARRIED)
    about = [event.kind for event in log.events if event.kind in kinds]
    folded = log.content.folded
    if log.begins.seq or about[-1:] != [events.POLICY_SET] or about.count(events.POLICY_SET) > 1:
        return []
    if events.CARRIED in about or folded.needle_um != needle_um:
        return []
    return [
        (events.CORRECTED_NEEDLE, needle_um, place)
        for place, assumed_um in enumerate(folded.needles)
        if assumed_um > needle_um
    ]


# What the case says that it knows.

_RESTS = (*range(USE_END, USE_START), REACTION_END, *range(LID_OPEN + 1, MOMENTS))
"""Moments from which a rest counts."""


@dataclass(frozen=True)
class Comparison:
    """How what the case knows differs from what its records add up to here, at the same record.

    `again` are the messages for what the case lacks, so that something would end too early.
    `longer` are the fields in which the case has more: they stay. `is_other` says that something
    differs that no message can set.
    """

    again: Sequence[Telling] = field(default_factory=list)
    longer: Sequence[Field] = field(default_factory=list)
    is_other: bool = False

    @property
    def agrees(self) -> bool:
        """Whether both know the same."""
        return not (self.again or self.longer or self.is_other)


def is_whole(log: Log) -> bool:
    """Return whether all records of a log are here and can be read, so that it can be compared."""
    return not (log.missing or log.quarantine)


def compare(log: Log, raw: bytes) -> Comparison | None:
    """Compare the packed state that a case told with its log here.

    None if the state is of a format that this version does not know, or was told after another
    record than the last one here.
    """
    if not snapshot.is_snapshot(raw):
        return None
    theirs, ours = snapshot.unpack(raw), log.content.folded
    if theirs.seq != ours.seq:
        return None
    token = derived_token("again", log.case.device, log.name, str(ours.seq))
    fields = corrections.differing(theirs, ours)
    again = [found for found in fields if _is_longer(found, theirs)]
    longer = [found for found in fields if found not in again]
    theirs_then, _ = corrections.corrected(theirs, fields, token)
    rest = [name for name in vars(ours) if name not in ("token", "seq", "time")]
    is_other = any(getattr(ours, name) != getattr(theirs_then, name) for name in rest)
    return Comparison([corrections.message(found, token) for found in again], longer, is_other)


def _is_longer(found: Field, theirs: State) -> bool:
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
    if value == events.CORRECTED_NEVER:
        return False
    if number == HEAD_SINCE:
        return theirs.at[number] == NEVER or value < theirs.at[number]
    return number in _RESTS and value > theirs.at[number]
