"""Which uses in the logs of a case another policy would have refused."""

from collections.abc import Sequence
from typing import NamedTuple

from rollcore import events, state
from rollcore.events import Event
from rollcore.memory import State
from rollcore.policy import Policy
from rollcore.rest import rested_at, resting_for
from rollcore.uses import state_before, walk
from rollhost.database.archive import Case
from rollhost.history.history import History
from rollhost.history.timeline import Placed


class Refusal(NamedTuple):
    """A use that another policy would have refused: why, and until when, as case time (s)."""

    use: int
    """The index of its first record in the log, from 0."""
    reason: int
    """A number of `refused.reason`."""
    until: int


class RefusedUse(NamedTuple):
    """The start of a use, placed in true time, the name of its zone, and why it is refused.

    `reason` is a number of `refused.reason`. `early_s` is how much of the rest (s) was
    left; None if it is refused for another reason.
    """

    start: Placed
    zone: str | None
    reason: int
    early_s: int | None


class Replay(NamedTuple):
    """How many uses the logs of a case have, and which of them another policy refuses."""

    uses: int
    refused: list[RefusedUse]


def replay(history: History, case: Case, policy: Policy) -> Replay:
    """Return which uses in the logs of the case `policy` would have refused."""
    uses = 0
    refused: list[RefusedUse] = []
    for log in history.logs(case):
        uses_in_log, refused_in_log = refusals(log.events, policy, log.begins, log.told)
        uses += uses_in_log
        for refusal in refused_in_log:
            start, zone = log.placed[refusal.use], log.zones[refusal.use]
            early_s = refusal.until - start.event.time if refusal.until else None
            refused.append(RefusedUse(start, zone, refusal.reason, early_s))
    return Replay(uses, refused)


def refusals(
    log: Sequence[Event],
    policy: Policy,
    begins: State | None = None,
    told: dict[int, State] | None = None,
) -> tuple[int, list[Refusal]]:
    """Return the number of uses in a log, and those that `policy` would have refused.

    `begins` and `told` are as in `walk`. A refused use starts no rest and does not wear the
    head. A use that was too short to count is none. A use that was told afterwards cannot be
    refused.
    """
    folded, told = begins or State(), told or {}
    logged = _uses(log, folded, told)
    refused: list[Refusal] = []
    left_out = False
    for place, event in enumerate(log):
        if place in logged.starts:
            left_out = False
        if event.kind == events.USE_STARTED and place not in logged.told_afterwards:
            refusal = _refusal(folded, policy, event, place)
            left_out = refusal is not None
            if refusal is not None and place in logged.asked_for:
                refused.append(refusal)
            if left_out:
                continue
        elif event.kind == events.USE_ENDED and left_out:
            left_out = False
            continue
        folded = state.fold(state_before(event, folded, told), event)
    return logged.number, refused


class _Uses:
    """The uses in a log that count, by the index of their first record.

    `told_afterwards` are those of which the case was told afterwards, `asked_for` all
    others. `starts` are the records before which the case had started.
    """

    def __init__(self) -> None:
        self.number = 0
        self.asked_for: set[int] = set()
        self.told_afterwards: set[int] = set()
        self.starts: set[int] = set()


def _uses(log: Sequence[Event], begins: State, told: dict[int, State]) -> _Uses:
    uses = _Uses()
    for step in walk(log, begins, told):
        uses.number += step.after.uses - step.before.uses
        if step.starts:
            uses.starts.add(step.place)
        for use in (step.cut, step.ended):
            if use is not None and use.counts and use.began is not None:
                afterwards = use.how == events.AFTERWARDS
                (uses.told_afterwards if afterwards else uses.asked_for).add(use.began)
    return uses


def _refusal(folded: State, policy: Policy, event: Event, place: int) -> Refusal | None:
    """Return why a use that begins with `event` is refused in its zone; None if it is not."""
    until = rested_at(folded, policy, event.zone)
    if event.time < until:
        return Refusal(place, resting_for(folded, policy, event.zone), until)
    worn = state.head_expires_at(folded, policy)
    if folded.head_uses >= policy.head_uses or event.time >= worn:
        return Refusal(place, events.HEAD_WORN_OUT, 0)
    return None
