"""Where a case stands, from the database alone: may I roll, and if not, when.

The state is folded and judged by the code that runs in the case, so that both give one answer.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollcore import state
from rollcore.events import CASE_EPOCH
from rollcore.memory import (
    DISINFECTED,
    FOREVER,
    HEAD_SINCE,
    NEVER,
    State,
)
from rollcore.policy import Policy
from rollcore.rest import rested_at
from rollcore.state import Standing
from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.history import agreement, heads, holds, later_clock
from rollhost.history.heads import Forecast, MeantFor, Out
from rollhost.history.history import History
from rollhost.history.holds import Hold
from rollhost.history.later_clock import CaseClock
from rollhost.history.reactions import Reaction, waiting_for_clinician
from rollhost.history.sessions import Session
from rollhost.history.timeline import Placed


class Summary(NamedTuple):
    """A case, its policy and its state, judged at Unix time `now` (s).

    `person` is the person whose skin it is about, None if nobody has said.
    """

    case: Case
    person: int | None
    now: int
    state: State
    standing: Standing
    policy: Policy
    records: int
    """How many records are here, of all logs of the case; those in quarantine are among them."""
    missing: int
    last_use: Session | None
    disinfected: Placed | None
    waiting: list[Entry]
    """The entries of which the case will be told at the next sync; `state` has them already."""
    taken_back: int
    """How many entries the next sync takes back in the case; `state` is without them."""
    waiting_policy: Policy | None
    """The policy that waits for the next sync; until then `policy` rules."""
    head_ends: Forecast | None
    """When the head will be worn out at this pace; see `heads.forecast`."""
    case_clock: CaseClock | None = None
    """What the case knows by its own clock, where the last sync has left that apart from ours."""
    early_by_later: bool = False
    """Whether the last use was early by what was written down later; see `told_later`."""
    holds: Sequence[Hold] = ()
    """The holds that stand; the first of them is the one that the case keeps."""
    to_be_seen: Sequence[Reaction] = ()
    """The reactions of the person, open or over, with a sign that no clinician has looked at."""
    head_out: Out | None = None
    """Why the head is out, None if it is not."""
    head_for: MeantFor | None = None
    """The zone that the head is for, None if nobody has said one."""

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
        return self.standing.phase in (state.SOAKING, state.IN_USE) and (
            self.until is not None and self.until <= self.now
        )

    @property
    def soaked_head_before(self) -> bool:
        """Whether the last soak was of the head before the present one, which had none yet."""
        since = self.state.at[HEAD_SINCE]
        # Of a head that nobody has told of, the days count from its first use.
        is_new = not self.state.head_uses and since != NEVER
        return is_new and self.state.at[DISINFECTED] < since

    def zones(self) -> list[tuple[str, int | None]]:
        """Return each zone and the Unix time (s) until which it rests; None if it has rested."""
        rests: list[tuple[str, int | None]] = []
        for number, name in enumerate(self.policy.zones):
            ours = rested_at(self.state, self.policy, number)
            theirs = self.case_clock.rested_at(number) if self.case_clock else 0
            until = max(ours, theirs) + CASE_EPOCH
            rests.append((name, until if until > self.now else None))
        return rests

    @property
    def head_days(self) -> int:
        """Which day of the head today is, from 1 on; 0 for an unused head."""
        since = self.state.at[HEAD_SINCE]
        return 0 if since == NEVER else (self.now - CASE_EPOCH - since) // 86400 + 1


def summarise(history: History, case: Case, now: int) -> Summary:
    """Return the summary of a case at Unix time `now` (s), from what is known of its person."""
    person = history.person_now(case)
    history = history.of(person)
    log = history.log_now(case)
    line = history.line_of(case)
    uses = uses_shown(history, case)
    ruling = history.policies.ruling(log.content.folded if log else State())
    # If the case's clock is ahead of ours, now is at the earliest the time of its last record.
    case_now = max(now - CASE_EPOCH, log.content.folded.time if log else 0)
    to_tell = agreement.outstanding(history, case, log, ruling, case_now, case.met_behind_s)
    folded = to_tell.state
    case_now = max(case_now, folded.time)
    standing = state.judge(folded, ruling, case_now)
    case_clock = later_clock.apart(case, log.content.folded, ruling) if log else None
    if case_clock is not None:
        standing, case_now = later_clock.later(standing, folded, case_clock, now), now - CASE_EPOCH
    ended = [use.ended for use in uses if use.use is not None and use.use.case_id in line]
    last_use = last_of(uses)
    return Summary(
        case=case,
        person=person,
        now=case_now + CASE_EPOCH,
        state=folded,
        standing=standing,
        policy=ruling,
        records=sum(known.records + len(known.quarantine) for known in history.logs(case)),
        missing=log.missing if log else 0,
        last_use=last_use,
        disinfected=log.content.disinfected if log else None,
        waiting=to_tell.entries,
        taken_back=len(to_tell.taken_back),
        waiting_policy=history.policies.waiting(case),
        head_ends=heads.forecast(folded, ruling, ended, case_now + CASE_EPOCH),
        case_clock=case_clock,
        early_by_later=last_use is not None and last_use.key in history.early_by_later,
        holds=holds.of_case(history.entries, folded, case_now + CASE_EPOCH),
        to_be_seen=waiting_for_clinician(history.entries),
        head_out=heads.out(history, case, folded),
        head_for=heads.meant_for(history, case, uses),
    )


def uses_shown(history: History, case: Case) -> list[Session]:
    """Return the uses of which the last one is shown with a case; `history` is of its person.

    They are those of the case and of others in whose place it is. A case that is used no more is
    not shown, so its uses are shown with each of the others.
    """
    line = history.line_of(case)
    shown = line if case.id in history.retired else line | history.retired.keys()
    logs = [log for known in history.cases if known.id in shown for log in history.logs(known)]
    return [use for log in logs for use in log.content.uses]


def last_of(uses: Sequence[Session]) -> Session | None:
    """Return the use that ended last; None if there is none."""
    return max(reversed(uses), key=lambda use: use.ended, default=None)


def summarise_all(history: History, now: int) -> list[Summary]:
    """Return the summary of every case that has a log here now, at Unix time `now` (s)."""
    return [summarise(history, case, now) for case in history.cases_now]
