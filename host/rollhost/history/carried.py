"""Uses in other logs that a case has to know: those of an earlier log, and of another case.

A person has one skin, however many cases and logs there are. The case is told of such a use only
where a rest ends later by it, and never of what another log was told itself.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollcore.memory import NEVER, PAST, PAST_USE, PAST_USE_LOOSE, USE_END, State
from rollcore.policy import DEFAULT_NEEDLE_UM, Policy
from rollcore.state import apply
from rollhost.database.archive import Case
from rollhost.database.diary import derived_token
from rollhost.history.history import History
from rollhost.history.logs import Log
from rollhost.history.sessions import Session
from rollhost.history.telling import Telling
from rollhost.history.untold import NEWS_S, carried

LATER_S = 3600
"""A use that was carried over is told again only if it turns out to be later by more (s) than
this (own)."""


def uses_elsewhere(
    past: History, case: Case, log: Log | None, rules: Policy, others: Collection[str], now: int
) -> list[Telling]:
    """Return the message for each use in other logs that is about this case's skin, newest first.

    `past` is what is known of the person, `log` the log that the case has now, None if it has
    none; what that goes on from is in it already. `rules` are those of the case, `others` the
    zones of the person's other cases, `now` is the case time (s) at which it is told.
    """
    replaced = past.line_of(case)
    told = _told(log)
    found: list[tuple[int, Telling]] = []
    for other, use in _uses_of_others(past, case, log):
        assert use.use is not None
        zone = _zone(use.zone, use.use.policy, rules, other.case.id in replaced, others)
        origin = derived_token(other.case.device, other.name, str(use.seq))
        at = _latest(use, now, told.get(origin))
        if zone is not None and _is_news(told, origin, at, now):
            message = carried(events.CARRIED_USE, origin, at, use.needle_um, zone)
            found.append((use.ended, message))
    included = log.included() if log else {}
    for other in _other_logs(past, case, log):
        if other.id in included:
            continue
        for before in (*_uses_before(past, other), *_uses_not_read(past, other)):
            zone = _zone(before.zone, before.policy, rules, other.case.id in replaced, others)
            at = told.get(before.origin, now) if before.at is None else before.at
            if zone is not None and _is_news(told, before.origin, at, now):
                message = carried(events.CARRIED_USE, before.origin, at, before.needle_um, zone)
                found.append((at + CASE_EPOCH, message))
    found.sort(key=lambda pair: (-pair[0], pair[1].mark))
    return [message for _, message in found]


def _is_news(told: Mapping[int, int], origin: int, at: int, now: int) -> bool:
    """Return whether a use was not told, or as one that was over an hour earlier.

    What is longer ago than any rest lasts is none.
    """
    return at > now - NEWS_S and (origin not in told or at > told[origin] + LATER_S)


def _other_logs(past: History, case: Case, log: Log | None) -> Iterator[Log]:
    """Yield each log that is about the skin of this case, but for `log`."""
    is_nobodys = past.person_now(case) is None
    for other in past.all_logs:
        # Of a case that is nobody's, others may be about other skin.
        if other is not log and not (is_nobodys and other.case.id != case.id):
            yield other


_LAST_USES = (
    *((USE_END + place, place) for place in range(PAST)),
    *((PAST_USE + place, PAST + place) for place in range(PAST)),
    *((PAST_USE_LOOSE + place, PAST + place) for place in range(PAST)),
)
"""Moments of a state at which uses have ended, each with its place in `State.needles`."""


class _Before(NamedTuple):
    """A use in no record here: its zone, None if not known, the policy that ruled, its needle (um).

    `at` is the latest case time (s) at which it can have ended, None if nobody knows.
    """

    origin: int
    at: int | None
    zone: str | None
    policy: Policy
    needle_um: int


def _uses_before(past: History, log: Log) -> Iterator[_Before]:
    """Yield the last use of each zone from before the first record of a log that is here.

    The case has told what it knew then.
    """
    begins = log.begins_alone
    if begins is not None:
        first = log.placed[0].latest if log.placed else None
        yield from _last_uses(past, log, begins, "before", first, ())


def _uses_not_read(past: History, log: Log) -> Iterator[_Before]:
    """Yield the last use of each zone that the case knows of, and no record that can be read.

    The record of a use may be damaged, and where one may have been of a use, the case assumes
    that it was. It has told what it knew then.
    """
    if not log.quarantine or not log.told:
        return
    seq = max(log.told)
    read = log.begins.copy()
    for event in log.events:
        if event.seq <= seq:
            apply(read, event)
    known = [read.at[moment] for moment, _ in _LAST_USES]
    yield from _last_uses(past, log, log.told[seq], "not read", None, known)


def _last_uses(
    past: History, log: Log, state: State, name: str, latest: int | None, known: Collection[int]
) -> Iterator[_Before]:
    """Yield the last use of each zone that a state of a log has; `name` makes their origins.

    Where a moment may move, it was at Unix time `latest` (s) at the latest; None if nobody knows.
    Uses that ended within an hour of one of those in `known` (case time, s) are left out.
    """
    rules = past.policies.ruling(state)
    is_right = state.clock_set and state.sure
    for moment, place in _LAST_USES:
        ended = state.at[moment]
        if ended == NEVER or any(abs(ended - end) <= LATER_S for end in known):
            continue
        at: int | None = ended
        if state.may_move(moment) and not is_right:
            at = None if latest is None else latest - CASE_EPOCH
        yield _Before(
            derived_token(log.case.device, log.name, name, str(moment)),
            at,
            rules.zones[place] if place < len(rules.zones) else None,
            rules,
            state.needles[place] or DEFAULT_NEEDLE_UM,
        )


def _uses_of_others(past: History, case: Case, log: Log | None) -> Iterator[tuple[Log, Session]]:
    """Yield each use of another log, with that log, unless `log` goes on from it."""
    included = log.included() if log else {}
    for other in _other_logs(past, case, log):
        below = included.get(other.id, 0)
        if below is not None:
            yield from ((other, use) for use in other.content.uses if use.seq >= below)


def zones_of_others(past: History, case: Case) -> set[str]:
    """Return the zones that the owner has named for other cases of the person."""
    zones: set[str] = set()
    for other in past.cases_now:
        known = past.policies.after_sync(other)
        if other.id != case.id and known.revision:
            zones.update(known.zones)
    return zones


def _latest(use: Session, now: int, told: int | None) -> int:
    """Return the latest case time (s) at which a use can have ended.

    If nobody knows, that is `now`, or what the case was told before.
    """
    assert use.use is not None
    placed = use.use.end or use.use.began
    if placed is None or placed.latest is not None:
        return max(use.ended - CASE_EPOCH, 0)
    return now if told is None else told


def _told(log: Log | None) -> dict[int, int]:
    """Return the uses of other logs that a log was told of: the latest case time (s) by origin."""
    told: dict[int, int] = {}
    for event in log.every_event() if log else ():
        if event.kind == events.CARRIED and event.data["what"] == events.CARRIED_USE:
            origin = event.data["origin"]
            told[origin] = max(told.get(origin, 0), event.data["at"])
    return told


def _zone(
    zone: str | None, ruled: Policy, rules: Policy, is_same: bool, others: Collection[str]
) -> int | None:
    """Return the number of the zone for which a use counts, `ALL_ZONES` if that is not known.

    None if it was of other skin: the owner has named it for another case. `ruled` is the policy
    of that use. `is_same` says that it is from an earlier log of the case, or of a case that this
    one replaces.
    """
    is_chosen = bool(rules.revision and ruled.revision)
    if is_chosen and zone in rules.zones:
        return rules.zones.index(zone)
    if is_chosen and not is_same and zone in others:
        return None
    return events.ALL_ZONES
