"""The facts of a report, from the history: numbers and dates, without HTML."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import zip_longest
from statistics import median
from typing import NamedTuple

from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE
from rollhost.database import diary
from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.history import case_status, checks, photos, skin_status
from rollhost.history.aftercare import Due
from rollhost.history.heads import Head, heads
from rollhost.history.history import History
from rollhost.history.plan import Plan
from rollhost.history.products import Noted
from rollhost.history.reactions import Reaction, reactions, watches
from rollhost.history.sessions import Session, Use
from rollhost.history.summary import Summary
from rollhost.history.timeline import Placed
from rollhost.history.told_later import early_by_later, longest_rest, rest_of
from rollhost.output import units

DAY_S = 86400

YEAR_S = 365 * DAY_S
"""The length (s) of "the last 12 months"."""

FIRST_DAY = FIRST_PLAUSIBLE + CASE_EPOCH
"""The earliest Unix time (s) of a clock that was set; a stamp before it says no time."""

GOES_ON_S = 15
"""A long press that is refused does not count if it goes on to a very long press, which is not
refused. The two records are this far apart (s) at most (own). Only older logs have such pairs:
since then a long press acts on release where a very long press means something."""

MOST_PHOTOS = 12
"""How many photos are shown at most, of all zones (own)."""


class Moment(NamedTuple):
    """A moment, which lies between two Unix times (s).

    `said` is the day (ISO 8601) that was said for it without a time, None if a time is known.
    """

    earliest: int
    latest: int
    said: str | None = None

    @property
    def known(self) -> bool:
        """Whether it is known to two seconds."""
        return self.latest - self.earliest <= 2

    @property
    def day(self) -> date:
        """The latest local day on which it can have been."""
        return units.date_of(self.latest, self.said)

    @property
    def days(self) -> int:
        """The number of local days on which it can have been."""
        return (self.day - units.date_of(self.earliest, self.said)).days + 1


class Row(NamedTuple):
    """A session, when it began and ended, and how long its zone had rested.

    `rested` has the least and the most that it can have rested (s), None for the first
    session of the zone. `asked_s` is the rest (s) that the policy asked for then, None for
    the first session and at a clinic. `unknowing` is a use that was early by what was written
    down later; see `told_later`.
    """

    session: Session
    began: Moment
    ended: Moment
    rested: tuple[int, int] | None
    asked_s: int | None
    unknowing: bool

    @property
    def use(self) -> Use | None:
        """The use, as the case logged it; None for a clinic session."""
        return self.session.use

    @property
    def early(self) -> bool:
        """Whether it was an override."""
        return self.use is not None and self.use.early

    @property
    def short(self) -> bool:
        """Whether it was a use after less rest than the policy asked for."""
        return self.early or self.unknowing

    @property
    def rested_s(self) -> int | None:
        """The middle of `rested` (s)."""
        return None if self.rested is None else sum(self.rested) // 2

    @property
    def zone(self) -> str | None:
        """The name of its zone; None if not known."""
        return self.session.zone


class Tally(NamedTuple):
    """Counts of sessions. Soaks are counted only for uses whose policy asked for one.

    `overdue_s` is how soon (s) a soak has to begin after a use, None if the policies of these uses
    differ. `apart_s` (s) is the median rest before a session, `cleaned_after_s` (s) the median time
    from a use to its soak; None if there is none.
    """

    uses: int
    clinics: int
    early: int
    unknowing: int
    soaked: int
    not_soaked: int
    cleaned: int
    cleaned_late: int
    not_cleaned: int
    overdue_s: int | None
    apart_s: int | None
    cleaned_after_s: int | None


class Refused(NamedTuple):
    """A use that a case refused at Unix time `at` (s); `reason` is a number of `refused.reason`."""

    at: int
    reason: int


class Hold(NamedTuple):
    """A hold from `since` to `until` (Unix s; None while it lasts).

    `planned` is when it ends by itself (Unix s), None if it does not; `planned_day` is that day
    (ISO 8601) if it was said without a time. `reason` is a number of `hold_set.reason`, `text` what
    the owner wrote.
    """

    since: int
    until: int | None
    planned: int | None
    reason: int
    planned_day: str | None = None
    text: str = ""

    @property
    def until_day(self) -> str | None:
        """The day (ISO 8601) of `until`, if it has ended on the day that was said for it."""
        return self.planned_day if self.until == self.planned else None


class HeadFacts(NamedTuple):
    """A head, and the end of its last use (Unix s); None if no use is known.

    `out` is why it was taken out before its time (a number of `head_out.reason`), None if not.
    """

    head: Head
    last_use: int | None
    out: int | None

    @property
    def old_at(self) -> int:
        """When it became too old by its policy (Unix s)."""
        return self.head.since + self.head.policy.head_s

    @property
    def beyond_uses(self) -> bool:
        """Whether it was used more often than its policy allows."""
        return self.head.uses > self.head.policy.head_uses

    @property
    def beyond_days(self) -> bool:
        """Whether it was used when it was older than its policy allows."""
        return self.last_use is not None and self.last_use > self.old_at


class CaseFacts(NamedTuple):
    """The facts of one case; `records`, `missing` and `quarantined` are numbers of records."""

    summary: Summary
    heads: list[HeadFacts]
    records: int
    missing: int
    quarantined: int
    logs: int

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.summary.case


class Onset(NamedTuple):
    """A reaction, and the last session of its zone before it; None if it is not in this report.

    `head_use` says which use of its head that session was, from 1 on; None if it is not known.
    """

    reaction: Reaction
    before: Row | None
    head_use: int | None

    @property
    def after_s(self) -> int | None:
        """How long after the last session of its zone it began (s); None without one."""
        session = self.reaction.session
        return None if session is None else max(self.reaction.began.at - session, 0)


class Photo(NamedTuple):
    """A photo to show, taken `since_session_s` (s) after the last session of its zone, if any.

    The two that are compared are `large`.
    """

    entry: Entry
    since_session_s: int | None
    large: bool


class ZonePhotos(NamedTuple):
    """The photos of one zone to show, the oldest first, out of `total`."""

    zone: str | None
    total: int
    shown: list[Photo]

    @property
    def pair(self) -> list[Photo]:
        """The two photos that are compared, the older one first; maybe fewer."""
        return [photo for photo in self.shown if photo.large]


class Facts(NamedTuple):
    """All facts of a report at Unix time `now` (s)."""

    now: int
    cases: list[CaseFacts]
    others: int
    """The number of cases in the database that the person did not choose."""
    since: int | None
    """The time of the first record (Unix s); None if no record has a known time."""
    until: int | None
    """When a case last answered (Unix s); None if none has."""
    rows: list[Row]
    """Every session, the oldest first."""
    refusals: list[Refused]
    reactions: list[Reaction]
    onsets: list[Onset]
    """What came before each of the reactions."""
    watches: list[Reaction]
    """What was watched, and held nothing, the oldest first."""
    holds: list[Hold]
    said_yes: list[Entry]
    """The releases of holds to which a doctor said yes, in the order of writing."""
    check: Entry | None
    """The last answer to the reasons against rolling; None if they were not asked for."""
    to_be_seen: list[Reaction]
    """The reactions, open or over, with a sign that no clinician has looked at."""
    aftercare: list[Due]
    """The windows that are open."""
    plans: list[Plan]
    products: list[Noted]
    """The last product of each kind on each zone, the oldest first."""
    photos: list[ZonePhotos]
    notes: int
    """The number of notes; their words are private."""

    @property
    def uses(self) -> list[Row]:
        """The uses at home, the oldest first."""
        return [row for row in self.rows if row.use is not None]

    @property
    def clinics(self) -> list[Row]:
        """The sessions at a clinic, the oldest first."""
        return [row for row in self.rows if row.use is None]

    @property
    def zones(self) -> list[str | None]:
        """The zones of all sessions, by name; None, not known, is the last."""
        zones = {row.zone for row in self.rows}
        return sorted(zones, key=lambda zone: (zone is None, zone or ""))


def gather(history: History, chosen: Sequence[Case], now: int) -> Facts:
    """Return the facts of the `chosen` cases and of the skin at Unix time `now` (s).

    Clinic sessions, reactions and holds are about the person, so they do not depend on which
    cases are chosen.
    """
    ids = {case.id for case in chosen}
    sessions = [
        session for session in history.sessions if session.use is None or session.use.case_id in ids
    ]
    every = case_status.summarise_all(history, now)
    about_skin = skin_status.look(history, every, now)
    logs = [log.placed for case in chosen for log in history.logs(case)]
    entries = [entry for entry in history.entries if entry.case_id in (None, *ids)]
    reacted = sorted(reactions(entries, history.sessions), key=_beginning)
    watched = sorted(watches(entries, history.sessions), key=_beginning)
    times = [placed.earliest for log in logs for placed in log if placed.known]
    rows = _rows(sessions, reacted)
    cases = [_case(history, summary, sessions, now) for summary in every if summary.case.id in ids]
    return Facts(
        now=now,
        cases=cases,
        others=len(every) - len(chosen),
        since=min((at for at in times if at >= FIRST_DAY), default=None),
        until=max((case.met_at for case in chosen if case.met_at is not None), default=None),
        rows=rows,
        refusals=sorted(
            (refused for log in logs for refused in _refused(log)),
            key=lambda refused: (refused.at, refused.reason),
        ),
        reactions=reacted,
        onsets=[_onset(reaction, rows, cases) for reaction in reacted],
        watches=watched,
        holds=_holds(entries, now),
        said_yes=[
            entry for entry in entries if entry.kind == diary.HOLD and entry.data.get("doctor")
        ],
        check=checks.last_check(entries),
        to_be_seen=about_skin.to_be_seen,
        aftercare=about_skin.aftercare,
        plans=about_skin.plans,
        products=about_skin.products,
        photos=_photos(photos.photos(entries), sessions),
        notes=sum(entry.kind == diary.NOTE for entry in entries),
    )


def _beginning(reaction: Reaction) -> int:
    return reaction.began.at


def tally(rows: Iterable[Row]) -> Tally:
    """Return the counts of some sessions."""
    rows = list(rows)
    uses = [row.use for row in rows if row.use is not None]
    after = [use.cleaned_after_s for use in uses if use.cleaned_after_s is not None]
    asked = [use for use in uses if use.cleaned_in_time is not None]
    limits = {use.policy.overdue_s for use in asked}
    apart = [row.rested_s for row in rows if row.rested_s is not None]
    return Tally(
        uses=len(uses),
        clinics=len(rows) - len(uses),
        early=sum(use.early for use in uses),
        unknowing=sum(row.unknowing for row in rows),
        soaked=sum(use.soaked_before is True for use in uses),
        not_soaked=sum(use.soaked_before is False for use in uses),
        cleaned=sum(use.cleaned_in_time is True for use in asked),
        cleaned_late=sum(
            use.cleaned_in_time is False and use.cleaned_after_s is not None for use in asked
        ),
        not_cleaned=sum(use.cleaned_after_s is None for use in asked),
        overdue_s=limits.pop() if len(limits) == 1 else None,
        apart_s=int(median(apart)) if apart else None,
        cleaned_after_s=int(median(after)) if after else None,
    )


def evenly(count: int, most: int) -> list[int]:
    """Return at most `most` numbers below `count`, evenly spaced, with the first and the last."""
    if count <= most:
        return list(range(count))
    if most <= 1:
        return [count - 1] * most
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})


def _case(history: History, summary: Summary, sessions: Sequence[Session], now: int) -> CaseFacts:
    case = summary.case
    logs = history.logs(case)
    ended = [
        session.ended
        for session in sessions
        if session.use is not None and session.use.case_id == case.id
    ]
    outs = [
        entry
        for entry in history.diary
        if entry.kind == diary.HEAD_OUT and entry.case_id == case.id
    ]
    return CaseFacts(
        summary=summary,
        heads=[_head(head, ended, outs, now) for head in heads(logs, now)],
        records=sum(len(log.raw) for log in logs),
        missing=sum(log.missing for log in logs),
        quarantined=sum(len(log.quarantine) for log in logs),
        logs=len(logs),
    )


def _head(head: Head, ended: Sequence[int], outs: Sequence[Entry], now: int) -> HeadFacts:
    """Return a head with its last use, and why it is out.

    `ended` are the ends of the case's uses (Unix s, sorted), `outs` the entries of heads that are
    out: where a new head was written down before a sync, the case is told of that one only.
    """
    number = len(ended) if head.until is None else bisect_right(ended, head.until)
    last = ended[number - 1] if number else None
    until = now if head.until is None else head.until
    said = [entry.number("reason") for entry in outs if head.since <= entry.at <= until]
    out = head.out if head.out is not None or not said else said[-1]
    return HeadFacts(head, last if last is not None and last >= head.since else None, out)


def _onset(reaction: Reaction, rows: Sequence[Row], cases: Sequence[CaseFacts]) -> Onset:
    """Return a reaction with what came before it."""
    zone = reaction.began.zone
    before = [
        row
        for row in rows
        if row.session.ended == reaction.session and (None in (row.zone, zone) or row.zone == zone)
    ]
    if not before:
        return Onset(reaction, None, None)
    return Onset(reaction, before[-1], _head_use(before[-1], rows, cases))


def _head_use(row: Row, rows: Sequence[Row], cases: Sequence[CaseFacts]) -> int | None:
    """Return which use of its head a session was, from 1 on; None at a clinic or if not known."""
    if row.use is None:
        return None
    case_id, ended = row.use.case_id, row.session.ended
    for case in cases:
        for head in case.heads if case.case.id == case_id else ():
            until = head.head.until
            if until is None or ended <= until:
                later = sum(
                    other.use is not None
                    and other.use.case_id == case_id
                    and other.session.ended > ended
                    and (until is None or other.session.ended <= until)
                    for other in rows
                )
                number = head.head.uses - later
                return number if number > 0 else None
    return None


def _refused(log: Sequence[Placed]) -> list[Refused]:
    """Return the refused uses of a log, without those that `_goes_on` leaves out."""
    return [
        Refused(record.last, record.event.data["reason"])
        for record, after in zip_longest(log, log[1:])
        if record.event.kind == events.REFUSED and not _goes_on(record, after)
    ]


def _goes_on(refused: Placed, after: Placed | None) -> bool:
    """Return whether the press went on to a very long one: an override or a new head."""
    if after is None or after.event.boot != refused.event.boot:
        return False
    event = after.event
    went_on = event.kind == events.HEAD_NEW or (
        event.kind == events.USE_STARTED and event.data["how"] == events.OVERRIDE
    )
    return went_on and event.uptime - refused.event.uptime <= GOES_ON_S


def _holds(entries: Sequence[Entry], now: int) -> list[Hold]:
    """Return every hold: until its end, its release, or another one for the same reason."""
    said = sorted(
        (entry for entry in entries if entry.kind == diary.HOLD), key=lambda entry: entry.at
    )
    holds = []
    for place, entry in enumerate(said):
        reason = entry.number("reason")
        if reason == events.NO_HOLD:
            continue
        planned = entry.number("until") or None
        about = (
            later.at
            for later in said[place + 1 :]
            if (later.number("reason") or later.number("released") or reason) == reason
        )
        ends = [end for end in (planned, next(about, None)) if end is not None]
        until = min(ends, default=None)
        over = until if until is not None and until <= now else None
        holds.append(Hold(entry.at, over, planned, reason, entry.until_day, entry.text))
    return holds


def _rows(sessions: Sequence[Session], reacted: Sequence[Reaction]) -> list[Row]:
    """Return the sessions with the rest of their zone, and the rest that the policy asked for."""
    rows: list[Row] = []
    unknowing = early_by_later(sessions, reacted)
    for session in sessions:
        began, ended = _bounds(session)
        before = _of_its_zone(rows, session)
        last = next(before, None)
        if last is None:
            rows.append(Row(session, began, ended, None, None, False))
            continue
        rested = (
            max(began.earliest - last.ended.latest, 0),
            max(began.latest - last.ended.earliest, 0),
        )
        use = session.use
        if use is None:
            rows.append(Row(session, began, ended, rested, None, False))
            continue
        until = last.session.ended + rest_of(last.session, use.policy)
        longest_s = longest_rest(use.policy)
        for row in before:
            if row.session.ended + longest_s <= until:
                break  # those before it ended no later
            until = max(until, row.session.ended + rest_of(row.session, use.policy))
        for reaction in reacted:
            if reaction.over is not None and reaction.over.at <= began.earliest:
                until = max(until, reaction.over.at + use.policy.reaction_rest_s)
        asked_s = until - last.session.ended
        if use.early:
            if session.zone is None or not began.known:
                rested = (max(asked_s - use.early_s, 0),) * 2
            # A case that has lost records asks for the rest after a use that may be among them.
            asked_s = max(asked_s, rested[0] + use.early_s)
        rows.append(Row(session, began, ended, rested, asked_s, session.key in unknowing))
    return rows


def _of_its_zone(rows: Sequence[Row], session: Session) -> Iterator[Row]:
    """Yield the rows of the zone of a session, the last first.

    A zone that is not known may be any zone.
    """
    for row in reversed(rows):
        if None in (session.zone, row.zone) or row.zone == session.zone:
            yield row


def _bounds(session: Session) -> tuple[Moment, Moment]:
    """Return the beginning and the end of a session."""
    use = session.use
    if use is None:
        at = Moment(session.ended, session.ended, session.day)
        return at, at
    began = None if use.began is None else Moment(use.began.earliest, use.began.last)
    if use.end is not None:
        ended = Moment(use.end.earliest, max(use.end.last, use.end.earliest))
    else:
        ended = Moment(began.earliest if began else session.ended, session.ended)
    if began is None:
        seconds = use.seconds or 0
        began = Moment(ended.earliest - seconds, ended.latest - seconds)
    return began, ended


def _photos(in_order: Sequence[Entry], sessions: Sequence[Session]) -> list[ZonePhotos]:
    """Return the photos to show: of each zone the two that are compared, and some others."""
    by_zone: dict[str | None, list[Entry]] = {}
    for entry in in_order:
        by_zone.setdefault(entry.zone, []).append(entry)
    # Zones with the newest photos come first: with too many zones only they have photos.
    zones = sorted(by_zone, key=lambda zone: (-by_zone[zone][-1].at, zone or ""))
    each = max(MOST_PHOTOS // max(len(zones), 1), 2)
    photos_by_zone = []
    left = MOST_PHOTOS
    for zone in zones:
        of_zone = by_zone[zone]
        since = [photos.since_session(entry, sessions) for entry in of_zone]
        most = min(each, left)
        pair = photos.to_compare(since)
        large = pair[-most:] if most else ()
        others = [place for place in range(len(of_zone)) if place not in pair]
        chosen = [others[number] for number in evenly(len(others), most - len(large))]
        shown = [
            Photo(of_zone[place], since[place], place in large)
            for place in sorted([*large, *chosen])
        ]
        left -= len(shown)
        photos_by_zone.append(ZonePhotos(zone, len(of_zone), shown))
    return photos_by_zone
