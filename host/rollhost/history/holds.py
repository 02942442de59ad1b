"""Which holds keep the case from a use now."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.history.case_status import Summary
from rollhost.history.history import History


@dataclass(frozen=True)
class Hold:
    """A hold for a reason (a number of `hold_set.reason`), until Unix time `until` (s).

    `until` is None if only a release ends it. `told` is whether every case knows of it.
    """

    reason: int
    until: int | None
    told: bool


def holds(history: History, cases: Sequence[Summary], now: int) -> list[Hold]:
    """Return the holds at Unix time `now` (s): of several cases each one once.

    Without a case it is the last one that was written down.
    """
    if not cases:
        return _written_down(history, now)
    found: dict[tuple[int, int], bool] = {}
    for case in cases:
        if case.hold:
            hold = (case.state.hold_reason, case.state.hold_until)
            waits = any(entry.kind == diary.HOLD for entry in case.waiting)
            found[hold] = found.get(hold, True) and not waits
    return [
        Hold(reason, until + CASE_EPOCH if until else None, told)
        for (reason, until), told in found.items()
    ]


def _written_down(history: History, now: int) -> list[Hold]:
    last = next((entry for entry in reversed(history.entries) if entry.kind == diary.HOLD), None)
    if last is None or last.number("reason") == events.NO_HOLD:
        return []
    until = last.number("until")
    return [] if until and until <= now else [Hold(last.number("reason"), until or None, False)]
