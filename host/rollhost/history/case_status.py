"""Where a case stands, from the database alone: may I roll, and if not, when.

The state is folded and judged by the code that runs in the case, so that both give one answer.
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
from rollhost.database.diary import HEAD, HOLD, Entry
from rollhost.history import heads
from rollhost.history.heads import Forecast
from rollhost.history.history import History
from rollhost.history.logs import Log
from rollhost.history.sessions import Session
from rollhost.history.timeline import Placed
from rollhost.history.untold import as_event, untold


@dataclass(frozen=True)
class Summary:
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
    waiting_policy: Policy | None
    """The policy that waits for the next sync; until then `policy` rules."""
    head_ends: Forecast | None
    """When the head will be worn out at this pace; see `heads.forecast`."""
    early_by_later: bool = False
    """Whether the last use was early by what was written down later; see `told_later`."""
    hold_day: str | None = None
    """The last day (ISO 8601) of the hold, if it was said without a time."""

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
    def outdated(self) -> bool:
        """Whether the use or soak of the last sync must have ended since; how is not known."""
        return self.standing.phase in (state.SOAKING, state.IN_USE) and (
            self.until is not None and self.until <= self.now
        )

    def zones(self) -> list[tuple[str, int | None]]:
        """Return each zone and the Unix time (s) until which it rests; None if it has rested."""
        rests: list[tuple[str, int | None]] = []
        for number, name in enumerate(self.policy.zones):
            until = rested_at(self.state, self.policy, number) + CASE_EPOCH
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
    folded = log.content.folded.copy() if log else State()
    earlier = [other for other in history.logs(case) if other is not log]
    uses = [
        *_add_earlier_logs(earlier, log, history.diary, folded),
        *(log.content.uses if log else []),
    ]
    if not folded.clock_set and case.met_behind_s is not None:
        # The case answered before its clock was set: move loose moments as that setting will.
        folded = state.fold(folded, _setting(folded, case.met_behind_s))
    ruling = history.policies.ruling(folded)
    # If the case's clock is ahead of ours, now is at the earliest the time of its last record.
    case_now = max(now - CASE_EPOCH, folded.time)
    known = log.tokens if log else set()
    begins = log.begins_alone if log else None
    waiting = untold(history.entries, case.id, known, now, begins)
    for entry in waiting:
        folded = state.fold(folded, as_event(entry, ruling.zones, folded, case_now))
    _count_from_the_new_head(history.diary, case, log, waiting, uses, folded)
    ended = [use.ended for use in uses]
    last_use = max(reversed(uses), key=lambda use: use.ended, default=None)
    return Summary(
        case=case,
        person=person,
        now=case_now + CASE_EPOCH,
        state=folded,
        standing=state.judge(folded, ruling, case_now),
        policy=ruling,
        records=sum(len(known.raw) + len(known.quarantine) for known in history.logs(case)),
        missing=log.missing if log else 0,
        last_use=last_use,
        disinfected=log.content.disinfected if log else None,
        waiting=waiting,
        waiting_policy=history.policies.waiting(case),
        head_ends=heads.forecast(folded, ruling, ended, case_now + CASE_EPOCH),
        early_by_later=last_use is not None and last_use.key in history.early_by_later,
        hold_day=_hold_day(history.entries, folded.hold_until),
    )


def _count_from_the_new_head(
    entries: Sequence[Entry],
    case: Case,
    log: Log | None,
    waiting: Sequence[Entry],
    uses: Sequence[Session],
    folded: State,
) -> None:
    """Let a new head count from when the person said that it is in.

    The case counts from when it was told of it, which is a sync later.
    """
    written = [entry for entry in entries if entry.kind == HEAD and entry.case_id == case.id]
    told = [event for event in log.events if event.kind == events.HEAD_NEW] if log else []
    if not written:
        return
    entry = written[-1]
    if entry in waiting or (told and told[-1].data["token"] == entry.token):
        with_it = sum(use.ended > entry.at for use in uses)
        folded.head_uses = max(folded.head_uses, with_it)
        folded.date(HEAD_SINCE, min(folded.at[HEAD_SINCE], entry.at - CASE_EPOCH))


def summarise_all(history: History, now: int) -> list[Summary]:
    """Return the summary of every case that has a log here now, at Unix time `now` (s)."""
    return [summarise(history, case, now) for case in history.cases_now]


def _add_earlier_logs(
    earlier: Sequence[Log], log: Log | None, entries: Sequence[Entry], folded: State
) -> list[Session]:
    """Add a case's earlier logs to the state `folded` of `log`; return the uses in them.

    The case's flash was wiped or put back, but the skin still needs its rest. The zones of an
    earlier log may be others, so each of its sessions counts for every zone. Those that the state
    has already, because `log` goes on from them, are left as they are.
    """
    uses: list[Session] = []
    written_down = {f"clinic {entry.token}" for entry in entries}
    included = log.included() if log else {}
    for other in earlier:
        uses += other.content.uses
        below = included.get(other.id, 0)
        if below is None:
            continue
        later = [session for session in other.content.sessions if session.seq >= below]
        for session in later:
            if session.key in written_down:
                continue  # the case is told of this entry, with the name of its zone
            first = PAST_CLINIC if session.at_clinic else PAST_USE
            for past in range(first, first + events.ZONES):
                folded.date(past, max(folded.at[past], session.ended - CASE_EPOCH))
        over = other.content.folded.at[REACTION_END]
        if over > folded.at[REACTION_END]:
            folded.date(REACTION_END, over)
        if not later and other.id in included:
            continue
        longest = max(other.content.folded.needles)
        for place in range(PAST, 2 * PAST):
            folded.needles[place] = max(folded.needles[place], longest)
    return uses


def _hold_day(entries: Sequence[Entry], until: int) -> str | None:
    """Return the day that was said for the hold until case time `until`; None if a time was."""
    holds = [entry for entry in entries if entry.kind == HOLD]
    ends = [hold for hold in holds if until and hold.number("until") == until + CASE_EPOCH]
    return ends[-1].until_day if ends else None


def _setting(folded: State, behind_s: int) -> Event:
    """Return the ``clock_set`` event that sets a clock which is `behind_s` (s) behind."""
    return Event(
        events.CLOCK_SET,
        {"old": folded.time, "source": events.FROM_HOST, "forced": 0, "sure": 0},
        seq=folded.seq,
        boot=folded.boot,
        time=max(folded.time + behind_s, 0),
    )
