"""The roller's heads: the uses and days of each, and when the present head will be worn out."""

from collections.abc import Sequence
from typing import NamedTuple

from rollcore import events
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.database.archive import Case
from rollhost.database.diary import HEAD, HEAD_OUT, Entry
from rollhost.history.history import History
from rollhost.history.logs import Log, mark_of
from rollhost.history.sessions import Session


class Head(NamedTuple):
    """One head of a case: in use from `since` to `until` (Unix s), for `uses` uses.

    `since` is its first use, or when the person said that it was new; `until` is None for
    the present head. `policy` ruled last. `out` is why it was taken out before its time (a number
    of `head_out.reason`), as far as a log says so; None if it was not.
    """

    case_id: int
    since: int
    until: int | None
    uses: int
    policy: Policy
    out: int | None = None


class Out(NamedTuple):
    """Why the present head is out (a number of `head_out.reason`), and since when (Unix s).

    `at` is None if nothing here says when.
    """

    reason: int
    at: int | None


class MeantFor(NamedTuple):
    """The zone that the present head is for, and other zones that it was used on since."""

    zone: str
    others: list[str]


def heads(logs: Sequence[Log], now: int) -> list[Head]:
    """Return every head in the logs of a case, the oldest first; so are `logs`.

    Where a log was wiped, its last head ends when the next log begins. Where the next log goes on
    from it, so does the head. A new head of which the case was not told yet is not among them.
    """
    oldest_first: list[Head] = []
    before: Log | None = None
    for log in logs:
        last = oldest_first[-1] if oldest_first else None
        spans = log.heads
        goes_on = bool(spans) and spans[0].earlier is not None and log.parent is not None
        is_told = bool(spans) and not goes_on and spans[0].known > spans[0].uses
        if last is not None and last.until is None and log.placed:
            if is_told or (goes_on and before is log.parent):
                oldest_first.pop()  # the same head: it is counted below
            else:
                until = max(log.placed[0].earliest, last.since)
                oldest_first[-1] = last._replace(until=until)
                last = None
        else:
            last = None
        for number, span in enumerate(spans):
            since = span.since if span.replaced_at is not None else min(span.since, now)
            uses = span.uses
            if number == 0 and is_told and last is not None:
                # Its case was told that it is the head of the log before.
                since, uses = min(since, last.since), uses + last.uses
            if number == 0 and goes_on and span.earlier is not None:
                # What the log began with is counted where it happened, or is so here.
                uses -= span.earlier
                if last is not None:
                    since, uses = last.since, uses + max(last.uses, span.earlier)
                elif log.placed:
                    since = max(since, log.placed[0].earliest)
            uses = max(uses, span.known)
            oldest_first.append(
                Head(log.case.id, since, span.replaced_at, uses, span.policy, span.out)
            )
        before = log
    return oldest_first


def out(history: History, case: Case, folded: State) -> Out | None:
    """Return why the head of a case in the state `folded` is out; None if it is not."""
    if not folded.head_out:
        return None
    reason = folded.head_out - 1
    line = history.line_of(case)
    said = {entry.token: entry for entry in history.diary if entry.kind == HEAD_OUT}
    moments = [
        entry.at
        for entry in said.values()
        if entry.case_id in line and entry.number("reason") == reason
    ]
    moments += [
        placed.last
        for known in history.cases
        if known.id in line
        for log in history.logs(known)
        for placed in log.placed
        if placed.event.kind == events.HEAD_OUT
        and placed.event.data["reason"] == reason
        and mark_of(placed.event) not in history.undone | said.keys()
    ]
    return Out(reason, max(moments, default=None))


def meant_for(history: History, case: Case, uses: Sequence[Session]) -> MeantFor | None:
    """Return the zone that the present head of a case is for, None if nobody has said one.

    `uses` are those that the case has logged.
    """
    last = entry_of_zone(history, case)
    if last is None or last.zone is None:
        return None
    zones = [use.zone for use in uses if use.ended > last.at and use.zone is not None]
    return MeantFor(last.zone, [zone for zone in dict.fromkeys(zones) if zone != last.zone])


def entry_of_zone(history: History, case: Case) -> Entry | None:
    """Return the entry that says which zone the present head of a case is for; None: none does."""
    changes = [entry for entry in history.diary if entry.kind == HEAD and entry.case_id == case.id]
    last = changes[-1] if changes else None
    if last is None or last.zone is None:
        return None
    known = history.undone | {entry.token for entry in changes}
    for log in history.logs(case):
        for placed in log.placed:
            is_new = placed.event.kind == events.HEAD_NEW and mark_of(placed.event) not in known
            if is_new and placed.last > last.at:
                return None  # a newer one was put in at the case
    return last
