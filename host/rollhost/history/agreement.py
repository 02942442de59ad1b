"""What a case still has to be told so that it knows what is known here, and what it knows then.

One answer serves both ends: a sync tells it, and until then status judges by it, so that the lamp
and the screen do not disagree after the next sync.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rollcore import events, snapshot, state
from rollcore.events import CASE_EPOCH, Event
from rollcore.memory import (
    HEAD_SINCE,
    MAX_COUNT,
    NEVER,
    State,
)
from rollcore.policy import Policy
from rollcore.reactions import OVER, RED, SEEN, needs_clinician
from rollhost.database.archive import Case
from rollhost.database.diary import HEAD, HEAD_OUT, Entry, derived_token
from rollhost.history import carried, corrections, holds
from rollhost.history.history import History
from rollhost.history.logs import Log, mark_of
from rollhost.history.reactions import waiting_for_clinician
from rollhost.history.state_fields import (
    Field,
    differing,
    is_longer,
    kept_flags,
    waits_for_clinician,
)
from rollhost.history.telling import Telling
from rollhost.history.untold import open_reactions, telling, untold

HEAD_LATER_S = 3600
"""By how much (s) a case may have a head for newer than records say that it is (own).

Where an entry says when the head was new, the case is told the very second: only so does a computer
that does not have the entry know what was said before it, and what after.
"""


class Outstanding(NamedTuple):
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
    line = past.line_of(case)
    logged = _logged(past, _logs_of(past, line))
    head_at = max((change.at for change in logged), default=0)
    red = [reaction.began.token for reaction in waiting_for_clinician(past.entries)]
    with_old_head: State | None = None
    for entry in untold(past.entries, line, tokens, now + CASE_EPOCH, begins, head_at):
        is_all_seen = bool(folded.red_unnamed) and not red
        found = telling(entry, rules.zones, others, is_all_seen)
        if found is not None:
            with_old_head = folded if entry.kind == HEAD else with_old_head
            folded = _tell(found, folded, now, told)
    folded, reopened = _reopened(past, log, folded)
    folded, signs = _red_flags(case, log, folded, red)
    folded, hold = holds.corrected(past, log, folded, now)
    head: list[Telling] = []
    if log is not None:
        folded, head = _head(past, case, log, folded, with_old_head)
    return Outstanding(
        folded,
        back.messages if back else [],
        told,
        [*reopened, *signs, *hold, *head],
        sorted(back.unknown) if back else [],
    )


def _logs_of(past: History, line: Collection[int]) -> list[Log]:
    """Return the logs of the cases with these ids."""
    return [log for known in past.cases if known.id in line for log in past.logs(known)]


def _reopened(past: History, log: Log | None, folded: State) -> tuple[State, list[Telling]]:
    """Return the state with the reactions that are open again, and the messages that say so.

    Their end was taken back. Where records are not here or damaged, the records alone do not say
    how many are open without it; what the person said does.
    """
    undone = [
        mark_of(event)
        for event in (log.every_event() if log else ())
        if _ends_a_reaction(event) and mark_of(event) in past.undone
    ]
    still_open = len(open_reactions(past.entries))
    fields: list[Field] = []
    if undone and folded.reactions < min(still_open, MAX_COUNT):
        fields.append((events.CORRECTED_REACTIONS, still_open, 0))
    return corrections.corrected(folded, fields, max(undone, default=0))


def _ends_a_reaction(event: Event) -> bool:
    return event.kind == events.REACTION_CLOSED or (
        event.kind == events.REACTION and not event.data["open"]
    )


def _red_flags(
    case: Case, log: Log | None, folded: State, waiting: Sequence[int]
) -> tuple[State, list[Telling]]:
    """Return the state with the red flags of the reactions with the tokens `waiting`, and messages.

    A visit to a clinician may have been told after a sign that was written down after it. There are
    messages only for what is missing: a case keeps a red flag that is not known here.
    """
    known = kept_flags(folded)
    fields = [
        (events.CORRECTED_RED, token, known.get(token, OVER) & ~SEEN | RED)
        for token in waiting
        if not waits_for_clinician(known.get(token, OVER))
        and (token in known or 0 in folded.tokens)
    ]
    name = log.name if log else ""
    after, messages = corrections.corrected(
        folded, fields, derived_token("red", case.device, name, str(fields), str(folded.seq))
    )
    if waiting and not needs_clinician(after):
        fields = [(events.CORRECTED_RED, 0, len(waiting))]  # no token has room
        after, more = corrections.corrected(
            after, fields, derived_token("red", case.device, name, str(fields), str(folded.seq))
        )
        messages = [*messages, *more]
    return after, messages if log else []


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


class _Change(NamedTuple):
    """When (Unix s) a head was put in or out, by which record of which log; seq 0: by none."""

    at: int
    log: Log | None = None
    seq: int = 0
    out: int = 0
    """State.head_out after it, 0 also where the case is told so by an entry."""
    is_new: bool = False
    """Whether a new head was put in."""
    token: int = 0
    """The token of the entry that says so, 0 if none here does."""


def _head(
    past: History, case: Case, log: Log, folded: State, with_old_head: State | None
) -> tuple[State, list[Telling]]:
    """Return the state with what the head has seen in truth, and the messages that say so.

    The head of a case that came back with empty flash goes on, as does that of a case which this
    one replaces. A new head counts from when the person said so, not from when the case heard.
    `with_old_head` is the state before the case is told of a new head now, None if it is not.
    """
    line = past.line_of(case)
    logs = _logs_of(past, line)
    changes = sorted(_changes(past, line, logs), key=lambda change: change.at)
    change = changes[-1] if changes else _Change(0)
    uses = [
        use.ended
        for known in logs
        for use in known.content.uses
        if (use.seq > change.seq if known is change.log else use.ended > change.at)
    ]
    fields: list[Field] = []
    is_out = change.out and change.log is not log and not folded.head_out
    is_in = change.is_new and _was_said_out(log, folded)
    by_others = _seen_by_others(log, change, with_old_head)
    seen = max([len(uses), folded.head_uses, by_others, *_seen_before(logs, log, change.at, uses)])
    if seen > folded.head_uses or is_out or is_in:
        extra = 1 + change.out if is_out else int(is_in)
        fields.append((events.CORRECTED_HEAD, seen, extra))
    # The age of a head that is out means nothing.
    began = change.at if change.is_new else 0 if changes else min(uses, default=0)
    since = max(began - CASE_EPOCH, 0)
    is_said = change.is_new and change.log is None
    later_s = 0 if is_said else HEAD_LATER_S
    is_older = folded.at[HEAD_SINCE] == NEVER or folded.at[HEAD_SINCE] > since + later_s
    if since and is_older:
        fields.append((HEAD_SINCE, since, 0))
    token = derived_token("head", case.device, log.name, str(fields))
    return corrections.corrected(folded, fields, token)


def _seen_before(logs: Sequence[Log], now: Log, changed: int, uses: Sequence[int]) -> Iterator[int]:
    """Yield what the head has seen by each log that begins with uses of which no record is here.

    `now` is the log that the case has, whose state has all that it began with. The head was changed
    at Unix time `changed` (s), `uses` are the ends of its uses that are here.
    """
    for log in logs:
        begins = log.begins_alone
        if log is now or begins is None:
            continue
        since = begins.at[HEAD_SINCE]
        if since != NEVER and since + CASE_EPOCH >= changed:
            began = log.placed[0].earliest if log.placed else begins.time + CASE_EPOCH
            yield begins.head_uses + sum(ended > began for ended in uses)


def _seen_by_others(log: Log, change: _Change, with_old_head: State | None) -> int:
    """Return how many uses the case counted after a new head of which it had not been told.

    Another computer, which had not heard of that head either, has told it the number, and since
    when. `with_old_head` is as in `_head`.
    """
    before, since = with_old_head, 0
    for event in log.going_on if before is None and change.token else ():
        if event.kind == events.HEAD_NEW and mark_of(event) == change.token:
            before = log.folded(event.seq)
            since = sum(use.seq > event.seq for use in log.content.uses)
    if before is None or not change.token or before.at[HEAD_SINCE] + CASE_EPOCH <= change.at:
        return 0
    return before.head_uses + since


def head_changes(past: History, case: Case) -> list[int]:
    """Return when (Unix s) the head of a case was put in or out, but for what was taken back."""
    line = past.line_of(case)
    return [change.at for change in _changes(past, line, _logs_of(past, line))]


def _was_said_out(log: Log, folded: State) -> bool:
    """Return whether the head of a log that was read whole is out by a record that says so.

    Such a record tells when that was at the latest, and so whether a head was new after it. Of a
    head that is out because another computer has set it so nobody here can tell.
    """
    about = [event.kind for event in log.events if _changes_head(event)]
    return bool(folded.head_out and is_whole(log)) and about[-1:] == [events.HEAD_OUT]


def _changes_head(event: Event) -> bool:
    """Return whether a record says that a head is out, or in."""
    is_set = event.kind == events.CORRECTED and event.data["field"] == events.CORRECTED_HEAD
    return event.kind in _OF_THE_HEAD or (is_set and event.data["extra"] > 0)


def _changes(past: History, line: Collection[int], logs: Sequence[Log]) -> Iterator[_Change]:
    """Yield each change of the head of these cases that was not taken back.

    Of two at one moment the later one comes last.
    """
    for entry in past.diary:
        if entry.kind in (HEAD, HEAD_OUT) and entry.case_id in line:
            yield _Change(entry.at, is_new=entry.kind == HEAD, token=entry.token)
    yield from _logged(past, logs)


def _logged(past: History, logs: Sequence[Log]) -> list[_Change]:
    """Return each change of the head in logs that was not taken back, and that no entry here is of.

    Entries have an order of their own. Where the entry is not here, the case was told after it was
    written down; the earliest of all records of it is nearest to that.
    """
    said = {entry.token for entry in past.diary if entry.kind in (HEAD, HEAD_OUT)}
    changes: list[_Change] = []
    places: dict[int, int] = {}
    for log in logs:
        for mark, change in _changes_in(log):
            if mark in past.undone | said:
                continue
            if not mark or mark not in places:
                places[mark] = len(changes)
                changes.append(change)
            elif change.at < changes[places[mark]].at:
                changes[places[mark]] = change
    return changes


def _changes_in(log: Log) -> Iterator[tuple[int, _Change]]:
    """Yield each change of the head in a log, with the token of its entry, 0 if it has none.

    A new head of which the case was told is new since when a later record says that it was.
    """
    last: tuple[int, _Change] | None = None
    for placed in log.placed:
        event = placed.event
        if event.kind in _OF_THE_HEAD:
            if last is not None:
                yield last
            is_new = event.kind == events.HEAD_NEW
            out = 0 if is_new else 1 + event.data["reason"]
            last = mark_of(event), _Change(placed.last, log, event.seq, out, is_new)
        elif event.kind == events.CORRECTED and event.data["field"] == HEAD_SINCE and last:
            mark, change = last
            since = event.data["value"] + CASE_EPOCH
            if change.is_new and since < change.at:
                last = mark, _Change(since, is_new=True)
    if last is not None:
        yield last


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


class Comparison(NamedTuple):
    """How what the case knows differs from what its records add up to here, at the same record.

    `again` are the messages for what the case lacks, so that something would end too early.
    `longer` are the fields in which the case has more: they stay. `is_other` says that something
    differs that no message can set.
    """

    again: Sequence[Telling] = ()
    longer: Sequence[Field] = ()
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
    fields = differing(theirs, ours)
    again = [found for found in fields if is_longer(found, theirs)]
    longer = [found for found in fields if found not in again]
    theirs_then, _ = corrections.corrected(theirs, fields, token)
    rest = [name for name in vars(ours) if name not in ("token", "seq", "time")]
    is_other = any(getattr(ours, name) != getattr(theirs_then, name) for name in rest)
    return Comparison([corrections.message(found, token) for found in again], longer, is_other)
