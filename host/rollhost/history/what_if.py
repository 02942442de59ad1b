"""What another policy would have refused: the uses in the logs of a case, judged again."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rollcore import events, state
from rollcore.events import Event
from rollcore.memory import State
from rollcore.policy import Policy
from rollcore.rest import rested_at, resting_for
from rollcore.uses import walk
from rollhost.database.archive import Case
from rollhost.history.history import History
from rollhost.history.timeline import Placed


@dataclass(frozen=True)
class Refusal:
    """A use that another policy would have refused: why, and until when, as case time (s)."""

    use: int
    """Its place among the records, counted from 0."""
    reason: int
    """A number of `refused.reason`."""
    until: int


@dataclass(frozen=True)
class RefusedUse:
    """The start of a use, placed in true time, the name of its zone, and why it is refused.

    `reason` is a number of `refused.reason`; `early_s` is how much of its rest (s) was
    left, None where it is refused for something else.
    """

    start: Placed
    zone: str | None
    reason: int
    early_s: int | None


@dataclass(frozen=True)
class Replay:
    """How many uses the logs of a case have, and which of them another policy refuses."""

    uses: int
    refused: list[RefusedUse]


def replay(history: History, case: Case, policy: Policy) -> Replay:
    """Return what `policy` would have refused, in every log of the case."""
    uses = 0
    refused: list[RefusedUse] = []
    for log in history.logs(case):
        number, found = refusals(log.events, policy)
        uses += number
        for refusal in found:
            start, zone = log.placed[refusal.use], log.zones[refusal.use]
            early_s = refusal.until - start.event.time if refusal.until else None
            refused.append(RefusedUse(start, zone, refusal.reason, early_s))
    return Replay(uses, refused)


def refusals(log: Sequence[Event], policy: Policy) -> tuple[int, list[Refusal]]:
    """Return how many uses a log has, and which of them a case under `policy` would have refused.

    One that is refused starts no rest, and wears no head. Uses too short to count
    are none, and one that was told afterwards was never asked for.
    """
    logged = _uses(log)
    found: list[Refusal] = []
    folded = State()
    left_out = False
    for place, event in enumerate(log):
        if place in logged.starts:
            left_out = False
        if event.kind == events.USE_STARTED and place not in logged.told:
            refusal = _refusal(folded, policy, event, place)
            left_out = refusal is not None
            if refusal is not None and place in logged.asked_for:
                found.append(refusal)
            if left_out:
                continue
        elif event.kind == events.USE_ENDED and left_out:
            left_out = False
            continue
        folded = state.fold(folded, event)
    return logged.number, found


@dataclass
class _Uses:
    """The uses in a log, by the places of their first records.

    `asked_for` are those that count, `told` those that were told afterwards only;
    `starts` are the records before which the case had started.
    """

    number: int = 0
    asked_for: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    starts: set[int] = field(default_factory=set)


def _uses(log: Sequence[Event]) -> _Uses:
    found = _Uses()
    for step in walk(log):
        found.number = step.after.uses
        if step.starts:
            found.starts.add(step.place)
        for use in (step.cut, step.ended):
            if use is not None and use.counts and use.began is not None:
                of_its_kind = found.told if use.how == events.AFTERWARDS else found.asked_for
                of_its_kind.add(use.began)
    return found


def _refusal(folded: State, policy: Policy, event: Event, place: int) -> Refusal | None:
    """Say whether a use is refused that begins with `event`, by the skin that it was on."""
    until = rested_at(folded, policy, event.zone)
    if event.time < until:
        return Refusal(place, resting_for(folded, policy, event.zone), until)
    worn = state.head_expires_at(folded, policy)
    if folded.head_uses >= policy.head_uses or event.time >= worn:
        return Refusal(place, events.HEAD_WORN_OUT, 0)
    return None
