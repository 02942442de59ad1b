"""The roller's heads: what each has seen, and when the one that is in will be worn out."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollcore import state
from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER, State
from rollcore.policy import Policy
from rollhost.history.logs import Log

PACE_USES = 6
"""How many of the last uses the pace is taken from (own)."""


@dataclass(frozen=True)
class Head:
    """One head of a case: in use from `since` to `until` (Unix s), for `uses` uses.

    `since` is its first use, or the moment that somebody said it was new; `until`
    is None for the one that is in. `policy` ruled last.
    """

    case_id: int
    since: int
    until: int | None
    uses: int
    policy: Policy


@dataclass(frozen=True)
class Forecast:
    """When a head will be worn out (Unix s), and whether by its uses or by its age."""

    at: int
    by_uses: bool


def heads(logs: Sequence[Log], now: int) -> list[Head]:
    """Return every head that the logs of a case (the oldest first) tell of, the oldest first.

    With a log that was wiped, what is known of the head that was in ends where
    the next log begins. What waits for a sync is not in the logs yet.
    """
    found: list[Head] = []
    for log in logs:
        if found and found[-1].until is None and log.placed:
            found[-1] = _ended(found[-1], log.placed[0].earliest)
        for head in log.told.heads:
            since = head.since if head.replaced_at is not None else min(head.since, now)
            found.append(Head(log.case.id, since, head.replaced_at, head.uses, head.policy))
    return found


def _ended(head: Head, at: int) -> Head:
    return Head(head.case_id, head.since, max(at, head.since), head.uses, head.policy)


def forecast(folded: State, policy: Policy, ended: Sequence[int], now: int) -> Forecast | None:
    """Return when the head that is in will be worn out.

    None if it is worn out already, or if no head is recorded.

    `ended` are the ends of the case's uses (Unix s). The last of them set the pace,
    and the rest that follows them.
    """
    worn = state.head_expires_at(folded, policy)
    left = policy.head_uses - folded.head_uses
    if worn == FOREVER or left <= 0 or worn + CASE_EPOCH <= now:
        return None
    by_age = Forecast(worn + CASE_EPOCH, by_uses=False)
    if not ended:
        return by_age
    recent = sorted(ended)[-PACE_USES:]
    # Several zones in one evening are not a use every ten minutes: what follows is a rest.
    pace_s = (recent[-1] - recent[0] + policy.rest_s) / len(recent)
    # A use that is due by the pace and has not been may be today.
    by_uses = Forecast(int(max(recent[-1] + pace_s, now) + (left - 1) * pace_s), by_uses=True)
    return min(by_age, by_uses, key=lambda forecast: forecast.at)
