"""What a person is to be reminded of: the occasions that have come or will come, by what is known.

The calendar has them as events and alarms, so both say the same.

An occasion has a key, which says what it is about and since when: the session that is rested from,
the use after which the roller was not cleaned. So it stays the same at every reading, and becomes
another one where there is a new use. One that is over, such as a roller that was cleaned since, is
not among them any more. Of a case that is nobody's nothing is known, and nobody is reminded.

The numbers here are ours (own).
"""

from binascii import crc32
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from rollcore import state
from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER, HEAD_SINCE
from rollcore.rest import last_use_end, rested_at
from rollhost.history import alcohol, checks, plan, skin_status
from rollhost.history.case_status import in_use, summarise_skin
from rollhost.history.history import History
from rollhost.history.reactions import reactions, watches
from rollhost.history.sessions import Session
from rollhost.history.summary import Summary

RESTED, CLEAN, LOOK, HEAD, WORN_OUT = "rested", "clean", "look", "head", "worn out"
ALCOHOL, PLAN, CHECK, OLD_SYNC = "alcohol", "plan", "check", "sync"

KINDS = (RESTED, CLEAN, LOOK, HEAD, WORN_OUT, ALCOHOL, PLAN, CHECK, OLD_SYNC)
"""What an occasion may be about: the first word of its key."""

HOUR_S, DAY_S = 3600, 86400

STALE_S = 36 * HOUR_S
"""So long (s) after it was due, nobody is reminded of an occasion any more (own)."""

TOGETHER_S = 4 * HOUR_S
"""Zones that have rested within so long (s) are named together (own): four of them, rolled in one
evening with a soak for each, take less."""

CLEAN_S = (HOUR_S // 2, 3 * HOUR_S, DAY_S, 2 * DAY_S, 3 * DAY_S)
"""When (s after the use) to remind of a roller that was not cleaned (own): the third time and later
once a day, and then no more."""

AHEAD_S = 7 * DAY_S
"""How long (s) ahead a head or a bottle that gets too old is named (own): time to order one."""

EVENING = time(18)
"""When, on the day before, a planned session is named (own)."""

OLD_SYNC_S = 30 * DAY_S
"""After so long (s) without a sync what is said here may be old (own)."""


class Due(NamedTuple):
    """One occasion to remind a person of. Times are Unix times (s).

    It is due at `at`, and from `stale_at` on nobody is reminded of it any more. `case` is what the
    cases are called that it is about; `zone` is the zone, if it is about one of several. `ends` is
    the moment that it is ahead of, or since which it is so. `day` (ISO 8601) is the day of `ends`,
    or where there is none of `at`, if only the day counts.
    """

    key: str
    what: str
    person: int
    at: int
    stale_at: int
    case: str = ""
    zone: str | None = None
    ends: int = 0
    day: str | None = None


def what_of(key: str) -> str:
    """Return what an occasion with this key is about, one of `KINDS`."""
    return key.partition("/")[0]


def due(history: History, person: int, now: int) -> list[Due]:
    """Return every occasion that holds by what is known at Unix time `now` (s), by its time.

    `history` is what is known of that person. Occasions that are long past are among them.
    """
    known = [each for each in summarise_skin(history, now) if each.person == person]
    found = [
        *rested(known, history.sessions, person),
        *looks(history, person),
        *_alcohol(history, person),
        *_plans(history, known, person),
        *checks_due(history, person, now),
    ]
    for summary in in_use(known):
        found += [*_clean(summary, person), *heads_due(summary, person), *_sync(summary, person)]
    return sorted(found, key=lambda occasion: (occasion.at, occasion.key))


def _occasion(
    what: str,
    person: int,
    at: int,
    *about: str | int,
    case: str = "",
    zone: str | None = None,
    ends: int = 0,
) -> Due:
    key = "/".join([what, *(str(word).replace(" ", "-") for word in about)])
    return Due(key, what, person, at, at + STALE_S, case, zone, ends)


# The skin.


class _Rest(NamedTuple):
    """Until when (Unix s) a zone rests by the case with the longest rest, and the cases in use."""

    zone: str
    until: int
    cases: tuple[str, ...]
    is_one_of: bool


def rested(summaries: Sequence[Summary], sessions: Sequence[Session], person: int) -> Iterator[Due]:
    """Yield when each zone has rested, at one time for those that have within `TOGETHER_S`.

    `summaries` are as in `summarise_skin`. Without a case in use `Due.case` is empty.
    """
    rests = sorted(_rests(summaries), key=lambda rest: (rest.until, rest.zone))
    named_at = together(rest.until for rest in rests)
    for rest in rests:
        yield _occasion(
            RESTED, person, named_at[rest.until], _name_of(rest.zone), *_cause(rest, sessions),
            case=", ".join(rest.cases),
            zone=rest.zone if rest.is_one_of else None,
        )  # fmt: skip


def together(moments: Iterable[int]) -> dict[int, int]:
    """Return for each moment (Unix s) the last one that is named together with it.

    Those are the ones that are no more than `TOGETHER_S` after the first of them.
    """
    groups: list[list[int]] = []
    for moment in sorted(moments):
        if groups and moment <= groups[-1][0] + TOGETHER_S:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return {moment: group[-1] for group in groups for moment in group}


def _rests(summaries: Sequence[Summary]) -> Iterator[_Rest]:
    """Yield the rest of each zone that had to rest; none while a hold has no end."""
    of_zone: dict[str, list[tuple[int, Summary]]] = {}
    for summary in summaries:
        for number, zone in enumerate(summary.policy.zones):
            until = rest_ends(summary, number)
            if until is not None:
                until = FOREVER if is_held(summary) else until
                of_zone.setdefault(zone, []).append((until, summary))
    for zone, known in of_zone.items():
        until = max(until for until, _ in known)
        cases = tuple(summary.case.title for _, summary in known if summary.in_use)
        if until < FOREVER:
            is_one_of = any(len(summary.policy.zones) > 1 for _, summary in known)
            yield _Rest(zone, until + CASE_EPOCH, cases, is_one_of)


def rest_ends(summary: Summary, zone: int) -> int | None:
    """Return the case time at which a zone has rested; None if it never had to.

    A hold without an end is left out: where there is one, see `is_held`, nobody knows when.
    """
    ours = rested_at(summary.state, summary.policy, zone)
    if not ours:
        return None
    theirs = summary.case_clock.rested_at(zone) if summary.case_clock else 0
    held_until = summary.state.hold_until if summary.state.hold_reason else 0
    return max(ours, theirs, held_until)


def is_held(summary: Summary) -> bool:
    """Return whether something without an end speaks against a use."""
    folded = summary.state
    return bool(
        folded.reactions
        or summary.to_be_seen
        or (folded.hold_reason and not folded.hold_until)
        or any(not hold.until for hold in summary.holds)
    )


def _cause(rest: _Rest, sessions: Sequence[Session]) -> tuple[str | int, ...]:
    """Return what a rest is known by: its session, and how many days it takes.

    A longer rest of the same session, by other rules or a hold, is another occasion. The days are
    counted, so that a clock that is put right by minutes makes no other one of it.
    """
    ended = [
        session
        for session in sessions
        if session.zone in (None, rest.zone) and session.ended <= rest.until
    ]
    if not ended:
        return ("day", rest.until // DAY_S)
    return (ended[-1].key, round((rest.until - ended[-1].ended) / DAY_S))


def looks(history: History, person: int) -> Iterator[Due]:
    """Yield each look at a reaction, or at what is watched, that nobody has taken yet."""
    days = {session.ended: session.day for session in history.sessions}
    seen = [
        *reactions(history.entries, history.sessions),
        *watches(history.entries, history.sessions),
    ]
    for reaction in seen:
        if reaction.over is None:
            for number, at in reaction.looks_due():
                since, day = reaction.looked_at_since, reaction.began.day
                if since == reaction.session:
                    day = days.get(since)
                if day is not None:
                    day = _later(day, at - since)
                key = f"{reaction.began.token:08x}"
                zone = reaction.began.zone
                yield _occasion(LOOK, person, at, key, number, zone=zone)._replace(day=day)


def next_sessions(
    history: History, summaries: Sequence[Summary]
) -> Iterator[tuple[plan.Plan, date]]:
    """Yield each plan and the day of its next session; none while a hold has no end."""
    if any(map(is_held, summaries)):
        return
    rested_zones = skin_status.rested([*summaries])
    for planned in plan.plans(history.entries, history.sessions, rested_zones):
        if planned.next_day is None:
            yield planned, datetime.fromtimestamp(planned.next_at).date()
        else:
            yield planned, date.fromisoformat(planned.next_day)


def named_at(planned: plan.Plan, day: date) -> int | None:
    """Return when (Unix s) the session of a plan on that day is named: the evening before.

    None if that was over when it was planned: who has just planned something need not be told.
    """
    at = _local(day - timedelta(days=1), EVENING)
    return None if at < planned.written_at else at


def _plans(history: History, summaries: Sequence[Summary], person: int) -> Iterator[Due]:
    """Yield the evening before the next session of each plan; none while a hold has no end."""
    for planned, day in next_sessions(history, summaries):
        at = named_at(planned, day)
        if at is None:
            continue
        over = _local(day + timedelta(days=1), time(0))
        key = (_name_of(planned.zone or ""), len(planned.done), day.isoformat())
        occasion = _occasion(PLAN, person, at, *key, zone=planned.zone, ends=planned.next_at)
        over = min(occasion.stale_at, over)
        yield occasion._replace(stale_at=over, day=day.isoformat())


def _local(day: date, at: time) -> int:
    """Return a local time of a day as Unix time (s)."""
    return int(datetime.combine(day, at).timestamp())


def _later(day: str, seconds: int) -> str:
    """Return the day (ISO 8601) so many whole days after another one."""
    return (date.fromisoformat(day) + timedelta(seconds=seconds)).isoformat()


def checks_due(history: History, person: int, now: int) -> Iterator[Due]:
    """Yield the check of the reasons against rolling, once a year from the last answer on."""
    answer = checks.last_check(history.entries)
    since = min((log.placed[0].last for log in history.all_logs if log.placed), default=None)
    if answer is not None:
        since = answer.at
    if since is not None:
        years = max((now - since) // checks.YEAR_S, 0)
        token = answer.token if answer else 0
        for year in (years, years + 1):
            if year:
                at = since + year * checks.YEAR_S
                day = datetime.fromtimestamp(at).date().isoformat()
                if answer is not None and answer.day is not None:
                    day = _later(answer.day, at - since)
                yield _occasion(CHECK, person, at, f"{token:08x}", year)._replace(day=day)


# The roller and its case.


def _clean(summary: Summary, person: int) -> Iterator[Due]:
    """Yield each time to remind of a roller that was used and not cleaned."""
    folded = summary.state
    if not folded.dirty or folded.head_out or not summary.policy.soak_after_s:
        return
    ended = last_use_end(folded) + CASE_EPOCH
    use = summary.last_use.key if summary.last_use else ended // DAY_S
    for number, after in enumerate(CLEAN_S, 1):
        yield _occasion(
            CLEAN, person, ended + after, summary.case.device, use, number,
            case=summary.case.title, ends=ended,
        )  # fmt: skip


def heads_due(summary: Summary, person: int) -> Iterator[Due]:
    """Yield when the head is near its end, and when it is worn out; not if it was said to be out.

    A head is known by the day since when it counts.
    """
    folded, rules = summary.state, summary.policy
    expires = state.head_expires_at(folded, rules)
    if expires == FOREVER or folded.head_out:
        return
    near, worn = expires - AHEAD_S, expires
    if folded.head_uses >= rules.head_warn_uses:
        near = min(near, last_use_end(folded))
    if folded.head_uses >= rules.head_uses:
        worn = min(worn, last_use_end(folded))
    key = (summary.case.device, folded.at[HEAD_SINCE] // DAY_S)
    for what, at in ((HEAD, near), (WORN_OUT, worn)):
        if what == WORN_OUT or near < worn:
            yield _occasion(
                what, person, at + CASE_EPOCH, *key,
                case=summary.case.title, ends=expires + CASE_EPOCH,
            )  # fmt: skip


def _sync(summary: Summary, person: int) -> Iterator[Due]:
    """Yield when the last sync of a case is so long ago that what is said may be old."""
    case = summary.case
    if case.synced_at is not None:
        yield _occasion(
            OLD_SYNC, person, case.synced_at + OLD_SYNC_S, case.device, case.synced_at,
            case=case.title, ends=case.synced_at,
        )  # fmt: skip


def _alcohol(history: History, person: int) -> Iterator[Due]:
    bottle = alcohol.bottle(history.diary)
    if bottle is not None:
        at = bottle.old_at - AHEAD_S
        token = f"{bottle.opened.token:08x}"
        occasion = _occasion(ALCOHOL, person, at, token, ends=bottle.old_at)
        yield occasion._replace(day=bottle.old_day)


def _name_of(zone: str) -> str:
    """Return a zone as it stands in a key, which says nothing of skin by itself."""
    return f"{crc32(zone.encode()):08x}"
