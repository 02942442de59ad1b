"""Where a case stands, from the database alone: may I roll, and if not, when.

The state is folded and judged by the code that runs in the case, so that both give one answer.
"""

from collections.abc import Sequence

from rollcore import state
from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollhost.database.archive import Case
from rollhost.database.diary import HEAD_OUT
from rollhost.history import agreement, heads, holds, later_clock, wear
from rollhost.history.history import History
from rollhost.history.logs import Log
from rollhost.history.reactions import waiting_for_clinician
from rollhost.history.sessions import Session
from rollhost.history.summary import Summary


def summarise(history: History, case: Case, now: int) -> Summary:
    """Return the summary of a case at Unix time `now` (s), from what is known of its person."""
    person = history.person_now(case)
    history = history.of(person)
    return _summarise(history, person, case, history.log_now(case), now)


def _summarise(
    history: History, person: int | None, case: Case, log: Log | None, now: int
) -> Summary:
    """Return the summary of a case by a log of it; `history` is of the person of that log."""
    is_now = log is history.log_now(case)
    line = history.line_of(case)
    uses = uses_shown(history, case)
    ruling = history.policies.ruling(log.content.folded if log else State())
    # If the case's clock is ahead of ours, now is at the earliest the time of its last record.
    case_now = max(now - CASE_EPOCH, log.content.folded.time if log else 0)
    # What is known of the clock of a case is about the log that it has now.
    behind_s = case.met_behind_s if is_now else None
    to_tell = agreement.outstanding(history, case, log, ruling, case_now, behind_s)
    folded = to_tell.state
    case_now = max(case_now, folded.time)
    standing = state.judge(folded, ruling, case_now)
    case_clock = None
    if log is not None and is_now:
        case_clock = later_clock.apart(case, log.content.folded, ruling)
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
        quarantined=sum(len(known.quarantine) for known in history.logs(case)),
        missing=log.missing if log else 0,
        last_use=last_use,
        disinfected=log.content.disinfected if log else None,
        waiting=to_tell.entries,
        taken_back=len(to_tell.taken_back),
        waiting_policy=history.policies.waiting(case),
        head_ends=wear.forecast(folded, ruling, ended, case_now + CASE_EPOCH),
        case_clock=case_clock,
        early_by_later=last_use is not None and last_use.key in history.early_by_later,
        holds=holds.of_case(history.entries, folded, case_now + CASE_EPOCH),
        to_be_seen=waiting_for_clinician(history.entries),
        head_out=heads.out(history, case, folded),
        head_out_is_untold=any(entry.kind == HEAD_OUT for entry in to_tell.entries),
        head_for=heads.meant_for(history, case, uses),
        in_use=is_now and case.id not in history.retired,
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


def in_use(summaries: Sequence[Summary]) -> list[Summary]:
    """Return those of these cases that are in use."""
    return [summary for summary in summaries if summary.in_use]


def summarise_skin(history: History, now: int) -> list[Summary]:
    """Return the summary of each case by which the rest of a skin is known at Unix time `now` (s).

    `history` is what is known of one person. They are the cases in use, which are told of all
    others. If there is none, they are those that are retired or were lent: a lent one as the last
    log from before says, and what was written down since.
    """
    known = summarise_all(history, now)
    used = in_use(known)
    if used:
        return used
    gone = [case for case in history.cases if history.logs(case) and not history.log_now(case)]
    lent = [(case, history.logs(case)[-1]) for case in gone]
    return [
        *known,
        *(_summarise(history, history.person_of(log), case, log, now) for case, log in lent),
    ]
