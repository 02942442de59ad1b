"""A rest by the later of two clocks: where a sync has left them apart, nobody knows which is right.

The lamp goes by the case's clock, a person by this computer's. Each moment that a case has stamped
counts by its own clock, so that its rests end later by as much as its clock is behind. Where it is
ahead, the same date comes later by this computer's.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import state
from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER, State
from rollcore.policy import Policy
from rollcore.rest import rested_at, resting_for
from rollcore.state import Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollhost.history.summary import Known

APART_S = 60
"""From how many seconds on two clocks are apart (own)."""

_OPEN = (state.PREPARE, state.READY, state.RESTING)
"""Phases that say whether the skin has rested."""


class CaseClock:
    """What a case knows and by what rules, by a clock that is `behind_s` (s) behind ours."""

    def __init__(self, known: State, rules: Policy, behind_s: int) -> None:
        self.known = known
        self.rules = rules
        self.behind_s = behind_s

    def judge(self, now: int) -> Standing:
        """Return where the case stands at our Unix time `now` (s), its times by our clock."""
        theirs = state.judge(self.known, self.rules, max(now - CASE_EPOCH - self.behind_s, 0))
        return Standing(
            theirs.phase,
            self._ours(theirs.until),
            theirs.stage,
            self._ours(theirs.changes),
            theirs.reason,
            theirs.rested,
            theirs.override,
        )

    def rested_at(self, zone: int) -> int:
        """Return the case time by our clock from which on a zone has rested for the case."""
        return self._ours(rested_at(self.known, self.rules, zone))

    def _ours(self, time: int) -> int:
        return time if time == FOREVER else time + self.behind_s


def apart(case: "Known", known: State, rules: Policy) -> CaseClock | None:
    """Return the case's clock if the last sync has left it apart from ours; None if it has not.

    A sync that broke off before it set the clock is no answer: the next one sets it.
    """
    if case.synced_at is None or case.met_at is None or case.synced_at < case.met_at:
        return None
    behind_s = case.met_behind_s or 0
    return CaseClock(known, rules, behind_s) if abs(behind_s) >= APART_S else None


def later(ours: Standing, known: State, case_clock: CaseClock, now: int) -> Standing:
    """Return where the case stands at our Unix time `now` (s), with each rest by the later clock.

    `ours` is where it stands by our clock, and `known` what it knows once all is told. What
    forbids every use by our clock stays; else the phase is the one that the lamp shows.
    """
    lamp, rules = case_clock.judge(now), case_clock.rules
    if ours.phase in (state.HELD, state.HEAD_EXPIRED) or ours.override:
        return ours
    if lamp.phase not in _OPEN or lamp.override:
        return lamp
    ends = [
        max(rested_at(known, rules, zone), case_clock.rested_at(zone))
        for zone in range(len(rules.zones))
    ]
    rested = sum(1 << zone for zone, end in enumerate(ends) if end <= now - CASE_EPOCH)
    if not rested:
        zone = ends.index(min(ends))
        reason = resting_for(known, rules, zone)
        return Standing(state.RESTING, ends[zone], reason=reason)
    lamp.rested = rested
    return lamp
