"""Where a case stands, from the database alone: may I roll, and if not, when.

The same fold and the same judgement as in the case, so that both give one answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rollcore import events, state
from rollcore.events import CASE_EPOCH, Event
from rollcore.memory import (
    FOREVER,
    HEAD_SINCE,
    NEVER,
    PAST,
    PAST_CLINIC,
    PAST_USE,
    REACTION_END,
    State,
)
from rollcore.policy import Policy
from rollcore.rest import rested_at
from rollcore.state import Standing
from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.history import heads
from rollhost.history.heads import Forecast
from rollhost.history.history import History
from rollhost.history.logs import Log
from rollhost.history.sessions import Session
from rollhost.history.timeline import Placed
from rollhost.history.untold import as_event, untold


@dataclass(frozen=True)
class Summary:
    """A case, its policy and its state, judged at Unix time `now` (s)."""

    case: Case
    now: int
    state: State
    standing: Standing
    policy: Policy
    records: int
    missing: int
    last_use: Session | None
    disinfected: Placed | None
    waiting: list[Entry]
    """What the owner wrote down and the case does not know yet; it counts here already."""
    waiting_policy: Policy | None
    """The policy that waits for the next sync; the case goes by `policy` until then."""
    head_ends: Forecast | None
    """When the head will be worn out at this pace; see `heads.forecast`."""

    @property
    def until(self) -> int | None:
        """Unix time (s) at which the phase ends by itself; None if it does not."""
        if self.standing.until == FOREVER:
            return None
        return self.standing.until + CASE_EPOCH

    @property
    def hold(self) -> bool:
        """Whether the case is on hold, whatever else keeps it from a use."""
        until = self.state.hold_until
        return bool(self.state.hold_reason) and (not until or self.now < until + CASE_EPOCH)

    @property
    def outdated(self) -> bool:
        """Whether what was under way at the last sync has ended since, in a way not known here."""
        return self.standing.phase in (state.SOAKING, state.IN_USE) and (
            self.until is not None and self.until <= self.now
        )

    def zones(self) -> list[tuple[str, int | None]]:
        """Return each zone and the Unix time (s) until which it rests; None if it has rested."""
        found: list[tuple[str, int | None]] = []
        for number, name in enumerate(self.policy.zones):
            until = rested_at(self.state, self.policy, number) + CASE_EPOCH
            found.append((name, until if until > self.now else None))
        return found

    @property
    def head_days(self) -> int:
        """Days that the head has been in use, the first of them being 1; 0 if unused."""
        since = self.state.at[HEAD_SINCE]
        return 0 if since == NEVER else (self.now - CASE_EPOCH - since) // 86400 + 1


def summarise(history: History, case: Case, now: int) -> Summary:
    """Fold what is held of a case's newest log and judge it at Unix time `now` (s)."""
    log = history.log_now(case)
    folded = log.told.folded.copy() if log else State()
    earlier = [other for other in history.logs(case) if other is not log]
    uses = [
        *_remember_earlier_logs(earlier, history.diary, folded),
        *(log.told.uses if log else []),
    ]
    if not folded.clock_set and case.met_behind_s is not None:
        # The case was met before its clock was set: place what is loose as that setting would.
        folded = state.fold(folded, _setting(folded, case.met_behind_s))
    ruling = history.policies.ruling(folded)
    # A case whose clock is ahead of ours has not lived through less than its log says.
    case_now = max(now - CASE_EPOCH, folded.time)
    known = log.tokens if log else set()
    waiting = untold(history.entries, case.id, known, now)
    for entry in waiting:
        folded = state.fold(folded, as_event(entry, ruling.zones, folded, case_now))
    ended = [use.ended for use in uses]
    return Summary(
        case=case,
        now=case_now + CASE_EPOCH,
        state=folded,
        standing=state.judge(folded, ruling, case_now),
        policy=ruling,
        records=len(log.raw) if log else 0,
        missing=log.missing if log else 0,
        last_use=max(reversed(uses), key=lambda use: use.ended, default=None),
        disinfected=log.told.disinfected if log else None,
        waiting=waiting,
        waiting_policy=history.policies.waiting(case),
        head_ends=heads.forecast(folded, ruling, ended, case_now + CASE_EPOCH),
    )


def summarise_all(history: History, now: int) -> list[Summary]:
    """Return the summary of every case at Unix time `now` (s)."""
    return [summarise(history, case, now) for case in history.cases]


def _remember_earlier_logs(
    earlier: Sequence[Log], entries: Sequence[Entry], folded: State
) -> list[Session]:
    """Let a case's earlier logs count: its flash was wiped, and the skin was not.

    Nobody knows whether its zones are the same, so what is in them counts for every
    zone. Changes `folded`. Returns the uses.
    """
    found: list[Session] = []
    written_down = {f"clinic {entry.token}" for entry in entries}
    for log in earlier:
        found += log.told.uses
        for session in log.told.sessions:
            if session.key in written_down:
                continue  # the case is told of it, with the name of its zone
            first = PAST_CLINIC if session.at_clinic else PAST_USE
            for past in range(first, first + events.ZONES):
                folded.date(past, max(folded.at[past], session.ended - CASE_EPOCH))
        over = log.told.folded.at[REACTION_END]
        folded.date(REACTION_END, max(folded.at[REACTION_END], over))
        longest = max(log.told.folded.needles)
        for place in range(PAST, 2 * PAST):
            folded.needles[place] = max(folded.needles[place], longest)
    return found


def _setting(folded: State, behind_s: int) -> Event:
    """Return the setting that puts a clock right that is `behind_s` (s) behind."""
    return Event(
        events.CLOCK_SET,
        {"old": folded.time, "source": events.FROM_HOST, "forced": 0, "sure": 0},
        seq=folded.seq,
        boot=folded.boot,
        time=max(folded.time + behind_s, 0),
    )
