"""A case, what it knows, and where it stands at one moment.

The page in a browser runs this file too, under MicroPython: what it makes a summary of has the
attributes of the host's classes that are named here as types.
"""

from rollcore import state as phases
from rollcore.events import CASE_EPOCH
from rollcore.memory import DISINFECTED, FOREVER, HEAD_SINCE, NEVER, State
from rollcore.policy import Policy
from rollcore.rest import rested_at
from rollcore.state import Standing
from rollhost.history.later_clock import CaseClock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from rollhost.database.archive import Case
    from rollhost.database.diary import Entry
    from rollhost.history.heads import MeantFor, Out
    from rollhost.history.holds import Hold
    from rollhost.history.reactions import Reaction
    from rollhost.history.sessions import Session
    from rollhost.history.timeline import Placed
    from rollhost.history.wear import Forecast

    class Known(Protocol):
        """What is known of the syncs of a case (Unix s): those that began, and those that ended."""

        @property
        def met_at(self) -> int | None: ...
        @property
        def met_behind_s(self) -> int | None: ...
        @property
        def synced_at(self) -> int | None: ...
        @property
        def clock_behind_s(self) -> int | None: ...


class Summary:
    """A case, its policy and its state, judged at Unix time `now` (s).

    `person` is the person whose skin it is about, None if nobody has said.
    """

    def __init__(
        self,
        *,
        case: "Case",
        person: int | None,
        now: int,
        state: State,
        standing: Standing,
        policy: Policy,
        records: int,
        quarantined: int,
        missing: int,
        last_use: "Session | None",
        disinfected: "Placed | None",
        waiting: "list[Entry]",
        taken_back: int,
        waiting_policy: "Policy | None",
        head_ends: "Forecast | None",
        case_clock: "CaseClock | None" = None,
        early_by_later: bool = False,
        holds: "Sequence[Hold]" = (),
        to_be_seen: "Sequence[Reaction]" = (),
        head_out: "Out | None" = None,
        head_out_is_untold: bool = False,
        head_for: "MeantFor | None" = None,
        in_use: bool = True,
    ) -> None:
        self.case = case
        self.person = person
        self.now = now
        self.state = state
        self.standing = standing
        self.policy = policy
        self.records = records
        """How many records are here, of all logs of the case, those in quarantine among them."""
        self.quarantined = quarantined
        """How many of these are in quarantine."""
        self.missing = missing
        self.last_use = last_use
        self.disinfected = disinfected
        self.waiting = waiting
        """The entries of which the case will be told at the next sync; `state` has them already."""
        self.taken_back = taken_back
        """How many entries the next sync takes back in the case; `state` is without them."""
        self.waiting_policy = waiting_policy
        """The policy that waits for the next sync; until then `policy` rules."""
        self.head_ends = head_ends
        """When the head will be worn out at this pace; see `wear.forecast`."""
        self.case_clock = case_clock
        """What the case knows by its own clock, where the last sync left that apart from ours."""
        self.early_by_later = early_by_later
        """Whether the last use was early by what was written down later; see `told_later`."""
        self.holds = holds
        """The holds that stand; the first of them is the one that the case keeps."""
        self.to_be_seen = to_be_seen
        """The reactions of the person, open or over, with a sign that no clinician has seen."""
        self.head_out = head_out
        """Why the head is out, None if it is not."""
        self.head_out_is_untold = head_out_is_untold
        """Whether the next sync tells the case so; until then its button does not know."""
        self.head_for = head_for
        """The zone that the head is for, None if nobody has said one."""
        self.in_use = in_use
        """Whether the person uses the case: not if it was retired, or lent since `state`."""

    @property
    def until(self) -> int | None:
        """Unix time (s) at which the phase ends without a press; None if it needs one."""
        if self.standing.until == FOREVER:
            return None
        return self.standing.until + CASE_EPOCH

    @property
    def hold(self) -> bool:
        """Whether the case is on hold, also if something else forbids a use as well."""
        until = self.state.hold_until
        return bool(self.state.hold_reason) and (not until or self.now < until + CASE_EPOCH)

    @property
    def hold_day(self) -> str | None:
        """The last day (ISO 8601) of the hold that the case keeps, if that was said."""
        return self.holds[0].day if self.holds else None

    @property
    def outdated(self) -> bool:
        """Whether the use or soak of the last sync must have ended since; how is not known."""
        return self.standing.phase in (phases.SOAKING, phases.IN_USE) and (
            self.until is not None and self.until <= self.now
        )

    @property
    def soaked_head_before(self) -> bool:
        """Whether the last soak was of the head before the present one, which had none yet."""
        since = self.state.at[HEAD_SINCE]
        # Of a head that nobody has told of, the days count from its first use.
        is_new = not self.state.head_uses and since != NEVER
        return is_new and self.state.at[DISINFECTED] < since

    def zones(self) -> "list[tuple[str, int | None]]":
        """Return each zone and the Unix time (s) until which it rests; None if it has rested."""
        rests: list[tuple[str, int | None]] = []
        for number, name in enumerate(self.policy.zones):
            until = self.rested_at(number) + CASE_EPOCH
            rests.append((name, until if until > self.now else None))
        return rests

    def rested_at(self, zone: int) -> int:
        """Return the case time from which a zone has rested, by the later clock; 0: always."""
        ours = rested_at(self.state, self.policy, zone)
        return max(ours, self.case_clock.rested_at(zone) if self.case_clock else 0)

    @property
    def head_days(self) -> int:
        """Which day of the head today is, from 1 on; 0 for an unused head."""
        since = self.state.at[HEAD_SINCE]
        return 0 if since == NEVER else (self.now - CASE_EPOCH - since) // 86400 + 1
