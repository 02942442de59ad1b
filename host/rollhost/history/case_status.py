"""Where a case stands, from the database alone: may I roll, and if not, when.

The same fold and the same rules as in the case, so that both give one answer.
"""

from dataclasses import dataclass

from rollcore import events, state
from rollcore.events import CASE_EPOCH, Event
from rollcore.policy import Policy
from rollcore.state import Standing, State
from rollhost.database.archive import Archive, Case
from rollhost.database.diary import Entry
from rollhost.history import heads, merged_diary, sessions
from rollhost.history.heads import Forecast
from rollhost.history.rules import rules_in_force
from rollhost.history.sessions import Session
from rollhost.history.timeline import Placed
from rollhost.history.untold import as_event, untold


@dataclass(frozen=True)
class Summary:
    """A case, its rules and its state, judged at Unix time `now` (s)."""

    case: Case
    now: int
    state: State
    standing: Standing
    rules: Policy
    records: int
    missing: int
    last_use: Session | None
    disinfected: Placed | None
    waiting: list[Entry]
    """What the owner wrote down and the case does not know yet; it counts here already."""
    new_rules: Policy | None
    """Rules that wait for the next sync; the case goes by `rules` until then."""
    head_ends: Forecast | None
    """When the head will be worn out at this pace; see `heads.forecast`."""

    @property
    def until(self) -> int | None:
        """Unix time (s) at which the phase ends by itself; None if it does not."""
        if self.standing.until == state.FOREVER:
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
        for number, name in enumerate(self.rules.zones):
            until = state.rested_at(self.state, self.rules, number) + CASE_EPOCH
            found.append((name, until if until > self.now else None))
        return found

    @property
    def head_days(self) -> int:
        """Days that the head has been in use, the first of them being 1; 0 if unused."""
        since = self.state.at[state.HEAD_SINCE]
        return 0 if since == state.NEVER else (self.now - CASE_EPOCH - since) // 86400 + 1


def summarise(archive: Archive, case: Case, now: int) -> Summary:
    """Fold what is held of a case's newest log and judge it at Unix time `now` (s)."""
    log_id = case.log_id
    held = sessions.read(archive, case, log_id) if log_id is not None else None
    folded = held.folded if held else State()
    uses = [*_remember_earlier_logs(archive, case, folded), *(held.uses if held else [])]
    if not folded.clock_set and case.met_behind_s is not None:
        # The case was met before its clock was set: place what is loose as that setting would.
        folded = state.fold(folded, _setting(folded, case.met_behind_s))
    rules = rules_in_force(archive, folded)
    # A case whose clock is ahead of ours has not lived through less than its log says.
    case_now = max(now - CASE_EPOCH, folded.time)
    entries = merged_diary.entries(archive)
    known = archive.tokens(log_id) if log_id is not None else set()
    waiting = untold(entries, case.id, known, now)
    for entry in waiting:
        folded = state.fold(folded, as_event(entry, rules.zones, folded, case_now))
    return Summary(
        case=case,
        now=case_now + CASE_EPOCH,
        state=folded,
        standing=state.judge(folded, rules, case_now),
        rules=rules,
        records=held.records if held else 0,
        missing=archive.missing(log_id) if log_id is not None else 0,
        last_use=max(reversed(uses), key=lambda one: one.ended, default=None),
        disinfected=held.disinfected if held else None,
        waiting=waiting,
        new_rules=archive.pending_policy(case.id),
        head_ends=heads.forecast(folded, rules, [one.ended for one in uses], case_now + CASE_EPOCH),
    )


def _remember_earlier_logs(archive: Archive, case: Case, folded: State) -> list[Session]:
    """Let a case's earlier logs count: its flash was wiped, and the skin was not.

    Nobody knows whether its zones are the same, so what is in them counts for every
    zone. Returns the uses.
    """
    found: list[Session] = []
    written_down = {f"clinic {entry.token}" for entry in archive.diary.entries()}
    for log_id in archive.logs(case.id):
        if log_id == case.log_id:
            continue
        held = sessions.read(archive, case, log_id)
        found += held.uses
        for one in held.found:
            if one.key in written_down:
                continue  # the case is told of it, with the name of its zone
            first = state.PAST_CLINIC if one.at_clinic else state.PAST_USE
            for past in range(first, first + events.ZONES):
                folded.date(past, max(folded.at[past], one.ended - CASE_EPOCH))
        over = held.folded.at[state.REACTION_END]
        folded.date(state.REACTION_END, max(folded.at[state.REACTION_END], over))
        longest = max(held.folded.needles)
        for place in range(state.PAST, 2 * state.PAST):
            folded.needles[place] = max(folded.needles[place], longest)
    return found


def _setting(folded: State, behind_s: int) -> Event:
    """Return the setting that puts a clock right that is `behind_s` (s) behind."""
    return Event(
        events.CLOCK_SET,
        {"old": folded.time, "source": events.FROM_HOST, "forced": 0},
        seq=folded.seq,
        boot=folded.boot,
        time=max(folded.time + behind_s, 0),
    )
