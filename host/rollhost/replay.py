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
    uses, begun = _uses(log)
    found: list[Refusal] = []
    folded = State()
    left_out = False
    for place, event in enumerate(log):
        if event.kind == events.USE_STARTED:
            refusal = _refusal(folded, rules, event, place)
            left_out = refusal is not None
            if refusal is not None and place in begun:
                found.append(refusal)
            if left_out:
                continue
        elif event.kind == events.BOOT:
            left_out = False
        elif event.kind == events.USE_ENDED and left_out:
            left_out = False
            continue
        folded = state.fold(folded, event)
    return uses, found


def _uses(log: Sequence[Event]) -> tuple[int, set[int]]:
    """Return how many uses there are, and where those began that have a beginning."""
    begun: set[int] = set()
    began = 0
    folded = State()
    for place, event in enumerate(log):
        before, folded = folded, state.fold(folded, event)
        if event.kind == events.USE_STARTED:
            began = place
        if folded.uses > before.uses and before.using:
            begun.add(began)
    return folded.uses, begun


def _refusal(folded: State, rules: Policy, event: Event, place: int) -> Refusal | None:
    """Say whether a use is refused that begins with `event`, by the skin that it was on."""
    until = state.rested_at(folded, rules, event.zone)
    if event.time < until:
        return Refusal(place, state.resting_for(folded, rules, event.zone), until)
    worn = state.head_expires_at(folded, rules)
    if folded.head_uses >= rules.head_uses or event.time >= worn:
        return Refusal(place, events.HEAD_WORN_OUT, 0)
    return None
