"""What earlier logs of a case add up to, where its log was started anew: it counts on.

The host tells a case so at a sync (`rollhost.history.agreement`), from what it knows besides. Here
the logs alone say it: a rest, a hold, a reaction and the head of an earlier log count for the one
that the case has now, as far as that has not heard of them.
"""

from rollcore import events, state
from rollcore.events import CASE_EPOCH, Event
from rollcore.memory import HEAD_SINCE, NEVER, State
from rollhost.history.beginnings import is_of_another_owner, knows_anything
from rollhost.page.inside.logs import token_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcore.policy import Policy
    from rollhost.history.sessions import Session
    from rollhost.page.inside.logs import Log

NEWS_S = 500 * 86400
"""What ended longer ago (s) makes no rest longer; as in `rollhost.history.untold`."""

_OF_THE_HEAD = (events.HEAD_NEW, events.HEAD_OUT)
_OF_REACTIONS = (events.REACTION, events.REACTION_OPENED, events.REACTION_CLOSED)


def of_one_owner(logs: "list[Log]") -> "list[Log]":
    """Return those of the logs of a case that are about the same skin as the last one.

    A log that was begun for somebody else says so, and what was before it is not theirs.
    """
    for place in range(len(logs) - 1, 0, -1):
        begins = logs[place].told.get(0)
        if begins is not None and is_of_another_owner(begins):
            return logs[place:]
    return logs


def told_of(logs: "list[Log]", rules: "Policy", now: int, behind_s: int | None) -> State:
    """Return the state of the last of these logs, with what the earlier ones say besides.

    `rules` is the policy that rules in it, `now` the case time (s). Its clock is `behind_s` (s)
    behind, where it is still to be set; None if that is not known.
    """
    log = logs[-1]
    known = log.content.folded.copy()
    if not known.clock_set and behind_s is not None and not log.is_met_unsure:
        known = state.fold(known, _setting(known, behind_s))
    before = State()
    for number in range(len(logs) - 1):
        before = _goes_on(before, logs[number], logs[number].content.folded.copy())
        for session in logs[number].content.sessions:
            known = _carried(known, session, logs[number], rules, now)
    return _goes_on(before, log, known)


def _setting(known: State, behind_s: int) -> Event:
    """Return the ``clock_set`` event that sets a clock which is `behind_s` (s) behind."""
    data = {"old": known.time, "source": events.FROM_HOST, "forced": 0, "sure": 0}
    time = max(known.time + behind_s, 0)
    return Event(events.CLOCK_SET, data, seq=known.seq, boot=known.boot, time=time)


def _goes_on(before: State, log: "Log", known: State) -> State:
    """Return the state of a log, with what the state before it says of skin and head.

    A log that began with what the case knew has that already.
    """
    if knows_anything(log.begins):
        return known
    if not log.has([events.HOLD_SET]):
        known.hold_reason, known.hold_until = before.hold_reason, before.hold_until
    if not log.has(_OF_REACTIONS):
        known.reactions, known.tokens = before.reactions, list(before.tokens)
        known.red, known.seen, known.over = before.red, before.seen, before.over
        known.red_unnamed = before.red_unnamed
    corrected = [event.data["field"] for event in log.newest_of([events.CORRECTED])]
    if events.CORRECTED_HEAD not in corrected and not log.has(_OF_THE_HEAD):
        known.head_uses += before.head_uses
        known.head_out = before.head_out or known.head_out
        if before.at[HEAD_SINCE] != NEVER:
            known.at[HEAD_SINCE] = before.at[HEAD_SINCE]
    return known


def _carried(known: State, session: "Session", log: "Log", rules: "Policy", now: int) -> State:
    """Return the state with a session of an earlier log, where a rest ends later by it."""
    ended, zone = session.ended - CASE_EPOCH, events.ALL_ZONES
    what, ruled, origin = events.CARRIED_CLINIC, rules, 0
    if session.use is not None:
        what, ruled = events.CARRIED_USE, session.use.policy
        origin = token_of([log.case.device, log.name, str(session.seq)])
        placed = session.use.end or session.use.began
        if placed is not None and placed.latest is None:
            ended = now  # nobody knows when at the latest
    if ended <= now - NEWS_S:
        return known
    if rules.revision and ruled.revision and session.zone in rules.zones:
        zone = rules.zones.index(session.zone)
    data = {"origin": origin, "what": what, "at": ended, "needle_um": session.needle_um}
    if state.is_carried(known, data, zone, now):
        return known
    return state.fold(known, Event(events.CARRIED, data, zone, known.seq, known.boot, time=now))
