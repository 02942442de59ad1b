"""What other rules would have refused of a log: the uses in it, judged again."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollcore import events, state
from rollcore.events import Event
from rollcore.policy import Policy
from rollcore.state import State


@dataclass(frozen=True)
class Refusal:
    """A use that other rules would have refused: why, and until when, as case time (s)."""

    use: int
    """Its place among the records, counted from 0."""
    reason: int
    """A number of `refused.reason`."""
    until: int


def refusals(log: Sequence[Event], rules: Policy) -> tuple[int, list[Refusal]]:
    """Return how many uses a log has, and which of them a case under `rules` would have refused.

    One that is refused starts no rest, and wears no head. Uses too short to count
    are none, and one that was told afterwards was never asked for.
    """
    uses, begun, told = _uses(log)
    found: list[Refusal] = []
    folded = State()
    left_out = False
    boot = 0
    for place, event in enumerate(log):
        if event.kind == events.BOOT or event.boot != boot:
            left_out = False  # also where the record of the start was lost
        boot = event.boot
        if event.kind == events.USE_STARTED and place not in told:
            refusal = _refusal(folded, rules, event, place)
            left_out = refusal is not None
            if refusal is not None and place in begun:
                found.append(refusal)
            if left_out:
                continue
        elif event.kind == events.USE_ENDED and left_out:
            left_out = False
            continue
        folded = state.fold(folded, event)
    return uses, found


def _uses(log: Sequence[Event]) -> tuple[int, set[int], set[int]]:
    """Return how many uses there are, and where those began that were asked for, or told only."""
    begun: set[int] = set()
    told: set[int] = set()
    began: int | None = None
    folded = State()
    for place, event in enumerate(log):
        before, folded = folded, state.fold(folded, event)
        if event.kind == events.BOOT or event.boot != before.boot:
            if before.using and began is not None:
                begun.add(began)
            began = None
        if event.kind == events.USE_STARTED:
            began = place
        elif event.kind == events.USE_ENDED and began is not None:
            if event.data["how"] == events.AFTERWARDS:
                told.add(began)
            elif event.data["how"] != events.CANCELLED:
                begun.add(began)
            began = None
    return folded.uses, begun, told


def _refusal(folded: State, rules: Policy, event: Event, place: int) -> Refusal | None:
    """Say whether a use is refused that begins with `event`, by the skin that it was on."""
    until = state.rested_at(folded, rules, event.zone)
    if event.time < until:
        return Refusal(place, state.resting_for(folded, rules, event.zone), until)
    worn = state.head_expires_at(folded, rules)
    if folded.head_uses >= rules.head_uses or event.time >= worn:
        return Refusal(place, events.HEAD_WORN_OUT, 0)
    return None
