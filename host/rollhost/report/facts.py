"""The facts of a report, from the history: numbers and dates, without HTML."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from statistics import median

from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE
from rollhost.database import diary
from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.history import case_status, photos, skin_status
from rollhost.history.aftercare import Due
from rollhost.history.case_status import Summary
from rollhost.history.heads import Head, heads
from rollhost.history.history import History
from rollhost.history.plan import Plan
from rollhost.history.reactions import Reaction, reactions
from rollhost.history.sessions import Session, Use
from rollhost.history.timeline import Placed
from rollhost.history.told_later import early_by_later, rest_of
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


@dataclass(frozen=True)
class Moment:
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


@dataclass(frozen=True)
class Row:
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


@dataclass(frozen=True)
class Tally:
    """Counts of sessions. Soaks are counted only for uses whose policy asked for one.

    `apart_s` (s) is the median rest before a session, `cleaned_after_s` (s) the median time
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
    apart_s: int | None
    cleaned_after_s: int | None


@dataclass(frozen=True)
class Refused:
    """A use that a case refused at Unix time `at` (s); `reason` is a number of `refused.reason`."""

    at: int
    reason: int


@dataclass(frozen=True)
class Hold:
    """A hold from `since` to `until` (Unix s; None while it lasts).

    `planned` is when it ends by itself (Unix s), None if it does not; `planned_day` is that day
    (ISO 8601) if it was said without a time. `reason` is a number of `hold_set.reason`.
    """

    since: int
    until: int | None
    planned: int | None
    reason: int
    planned_day: str | None = None

    @property
    def until_day(self) -> str | None:
        """The day (ISO 8601) of `until`, if it has ended on the day that was said for it."""
        return self.planned_day if self.until == self.planned else None


@dataclass(frozen=True)
class HeadFacts:
    """A head, and the end of its last use (Unix s); None if no use is known."""

    head: Head
    last_use: int | None

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


@dataclass(frozen=True)
class CaseFacts:
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


@dataclass(frozen=True)
class Photo:
    """A photo to show, taken `since_session_s` (s) after the last session of its zone, if any."""

    entry: Entry
    since_session_s: int | None
    large: bool


@dataclass(frozen=True)
class ZonePhotos:
    """The photos of one zone to show, the oldest first, out of `total`."""

    zone: str | None
    total: int
    shown: list[Photo]


@dataclass(frozen=True)
class Facts:
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
    holds: list[Hold]
    aftercare: list[Due]
    """The windows that are open."""
    plans: list[Plan]
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
    reacted = sorted(reactions(entries), key=lambda reaction: reaction.began.at)
    times = [placed.earliest for log in logs for placed in log if placed.known]
    return Facts(
        now=now,
        cases=[
            _case(history, summary, sessions, now) for summary in every if summary.case.id in ids
        ],
        others=len(every) - len(chosen),
        since=min((at for at in times if at >= FIRST_DAY), default=None),
        until=max((case.met_at for case in chosen if case.met_at is not None), default=None),
        rows=_rows(sessions, reacted),
        refusals=sorted(
            (refused for log in logs for refused in _refused(log)),
            key=lambda refused: (refused.at, refused.reason),
        ),
        reactions=reacted,
        holds=_holds(entries, now),
        aftercare=about_skin.aftercare,
        plans=about_skin.plans,
        photos=_photos(photos.photos(entries), sessions),
        notes=sum(entry.kind == diary.NOTE for entry in entries),
    )


def tally(rows: Iterable[Row]) -> Tally:
    """Return the counts of some sessions."""
    rows = list(rows)
    uses = [row.use for row in rows if row.use is not None]
    after = [use.cleaned_after_s for use in uses if use.cleaned_after_s is not None]
    asked = [use for use in uses if use.cleaned_in_time is not None]
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
    return CaseFacts(
        summary=summary,
        heads=[_head(head, ended) for head in heads(logs, now)],
        records=sum(len(log.raw) for log in logs),
        missing=sum(log.missing for log in logs),
        quarantined=sum(len(log.quarantine) for log in logs),
        logs=len(logs),
    )


def _head(head: Head, ended: Sequence[int]) -> HeadFacts:
    """Return a head with its last use; `ended` are the ends of the case's uses (Unix s, sorted)."""
    number = len(ended) if head.until is None else bisect_right(ended, head.until)
    last = ended[number - 1] if number else None
    return HeadFacts(head, last if last is not None and last >= head.since else None)


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
    set_or_released = sorted(
        (entry for entry in entries if entry.kind == diary.HOLD), key=lambda entry: entry.at
    )
    holds = []
    for entry, after in zip_longest(set_or_released, set_or_released[1:]):
        if entry.number("reason") == events.NO_HOLD:
            continue
        planned = entry.number("until") or None
        ends = [end for end in (planned, after.at if after else None) if end is not None]
        until = min(ends, default=None)
        over = until if until is not None and until <= now else None
        holds.append(Hold(entry.at, over, planned, entry.number("reason"), entry.until_day))
    return holds


def _rows(sessions: Sequence[Session], reacted: Sequence[Reaction]) -> list[Row]:
    """Return the sessions with the rest of their zone, and the rest that the policy asked for."""
    rows: list[Row] = []
    unknowing = early_by_later(sessions, reacted)
    for session in sessions:
        began, ended = _bounds(session)
        # A zone that is not known may be any zone.
        before = [
            row for row in rows
            if None in (session.zone, row.zone) or row.zone == session.zone
        ]  # fmt: skip
        if not before:
            rows.append(Row(session, began, ended, None, None, False))
            continue
        last = before[-1]
        rested = (
            max(began.earliest - last.ended.latest, 0),
            max(began.latest - last.ended.earliest, 0),
        )
        use = session.use
        if use is None:
            rows.append(Row(session, began, ended, rested, None, False))
            continue
        until = max(row.session.ended + rest_of(row.session, use.policy) for row in before)
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
    """Return the photos to show: of each zone the first and the newest, and some in between."""
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
        ended = sorted(
            session.ended for session in sessions if zone is None or session.zone in (None, zone)
        )
        shown = []
        for number in evenly(len(of_zone), min(each, left)):
            entry = of_zone[number]
            before = bisect_right(ended, entry.at)
            since_s = entry.at - ended[before - 1] if before else None
            shown.append(Photo(entry, since_s, number in (0, len(of_zone) - 1)))
        left -= len(shown)
        photos_by_zone.append(ZonePhotos(zone, len(of_zone), shown))
    return photos_by_zone
