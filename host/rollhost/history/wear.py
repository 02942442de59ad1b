"""When the present head of a case will be worn out, at the pace of its last uses.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import state
from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from rollcore.policy import Policy

PACE_USES = 6
"""From how many of the last uses the pace is computed (own)."""


class Forecast:
    """When a head will be worn out (Unix s), and whether by its uses or by its age."""

    def __init__(self, at: int, by_uses: bool) -> None:
        self.at = at
        self.by_uses = by_uses

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Forecast) and (self.at, self.by_uses) == (other.at, other.by_uses)

    def __repr__(self) -> str:
        return f"Forecast({self.at}, {self.by_uses})"


def forecast(folded: State, policy: "Policy", ended: "Sequence[int]", now: int) -> Forecast | None:
    """Return when the present head will be worn out; None if it is, or if no head is recorded.

    `ended` are the ends of the case's uses (Unix s). The pace is that of the last ones, with
    the rest after them.
    """
    worn = state.head_expires_at(folded, policy)
    left = policy.head_uses - folded.head_uses
    if worn == FOREVER or left <= 0 or worn + CASE_EPOCH <= now:
        return None
    by_age = Forecast(worn + CASE_EPOCH, by_uses=False)
    if not ended:
        return by_age
    recent = sorted(ended)[-PACE_USES:]
    # With the rest after them, several zones in one evening are not a use every ten minutes.
    pace_s = (recent[-1] - recent[0] + policy.rest_s) / len(recent)
    # If the next use is overdue at this pace, it may be today.
    by_uses = Forecast(int(max(recent[-1] + pace_s, now) + (left - 1) * pace_s), by_uses=True)
    return min(by_age, by_uses, key=lambda forecast: forecast.at)
