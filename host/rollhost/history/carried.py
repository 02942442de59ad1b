"""Uses in other logs that a case has to know: those of an earlier log, and of another case.

A person has one skin, however many cases and logs there are. The case is told of such a use only
where a rest ends later by it, and never of what another log was told itself.
"""

from collections.abc import Collection, Iterator

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollcore.policy import Policy
from rollhost.database.archive import Case
from rollhost.database.diary import derived_token
from rollhost.history.history import History
from rollhost.history.logs import Log
from rollhost.history.sessions import Session
from rollhost.history.telling import Telling
from rollhost.history.untold import carried

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
    replaced = {case.id} | past.replaced_by(case)
    told = _told(log)
    found: list[tuple[int, Telling]] = []
    for other, use in _uses_of_others(past, case, log):
        zone = _zone(use, rules, other.case.id in replaced, others)
        origin = derived_token(other.case.device, other.name, str(use.seq))
        at = _latest(use, now, told.get(origin))
        is_news = origin not in told or at > told[origin] + LATER_S
        if zone is not None and is_news:
            message = carried(events.CARRIED_USE, origin, at, use.needle_um, zone)
            found.append((use.ended, message))
    found.sort(key=lambda pair: (-pair[0], pair[1].mark))
    return [message for _, message in found]


def _uses_of_others(past: History, case: Case, log: Log | None) -> Iterator[tuple[Log, Session]]:
    """Yield each use of another log, with that log, unless `log` goes on from it."""
    included = log.included() if log else {}
    is_nobodys = past.person_now(case) is None
    for other in past.all_logs:
        if other is log or (is_nobodys and other.case.id != case.id):
            continue  # of a case that is nobody's, others may be about other skin
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


def _zone(use: Session, rules: Policy, is_same: bool, others: Collection[str]) -> int | None:
    """Return the number of the zone for which a use counts, `ALL_ZONES` if that is not known.

    None if it was of other skin: the owner has named it for another case. `is_same` says that the
    use is from an earlier log of the case, or of a case that this one replaces.
    """
    assert use.use is not None
    is_chosen = bool(rules.revision and use.use.policy.revision)
    if is_chosen and use.zone in rules.zones:
        return rules.zones.index(use.zone)
    if is_chosen and not is_same and use.zone in others:
        return None
    return events.ALL_ZONES
