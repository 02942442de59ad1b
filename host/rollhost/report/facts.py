"""What a report tells, gathered from the database: numbers and dates, and no word of HTML."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from statistics import median

from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE
from rollcore.policy import Policy
from rollcore.rest import rest_after
from rollhost.database import diary
from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.history import case_status, skin_status
from rollhost.history.aftercare import Due
from rollhost.history.case_status import Summary
from rollhost.history.heads import Head, heads
from rollhost.history.history import History
from rollhost.history.plan import Plan
from rollhost.history.reactions import Reaction, reactions
from rollhost.history.sessions import Session, Use
from rollhost.history.timeline import Placed

DAY_S = 86400

YEAR_S = 365 * DAY_S
"""The last twelve months, as they are counted here."""

SURE_S = 60
"""A use is called too early for what its case did not know where it was so by a minute (own)."""

FIRST_DAY = FIRST_PLAUSIBLE + CASE_EPOCH
"""Unix time (s) before which a stamp only says that a clock was never set."""

GOES_ON_S = 15
"""A hold that is refused after 2 s and held on for 10 is one that was not refused after all; the
records are this many seconds apart at most (own)."""

MOST_PHOTOS = 12
"""How many photos are shown in all (own)."""


@dataclass(frozen=True)
class Moment:
    """A moment between two Unix times (s), as well as it is known."""

    earliest: int
    latest: int

    @property
    def known(self) -> bool:
        """Whether it is known to the second or so."""
        return self.latest - self.earliest <= 2

    @property
    def day(self) -> date:
        """The local day on which it was, the latest that it can have been."""
        return datetime.fromtimestamp(self.latest).date()

    @property
    def days(self) -> int:
        """How many local days it can have been on."""
        return (self.day - datetime.fromtimestamp(self.earliest).date()).days + 1


@dataclass(frozen=True)
class Row:
    """A session, when it began and ended, and how long its skin had rested.

    `rested` is between two lengths (s), None for the first session of its skin;
    `asked_s` is what the policy asked for then, None where that was nothing yet.
    `unknowing` is a use that came sooner after another session than the policy
    asked, of which its case had not been told.
    """

    session: Session
    began: Moment
    ended: Moment
    rested: tuple[int, int] | None
    asked_s: int | None
    unknowing: bool

    @property
    def use(self) -> Use | None:
        """What the case tells of it; None for a session at a clinic."""
        return self.session.use

    @property
    def early(self) -> bool:
        """Whether it was a use that somebody started against the rest."""
        return self.use is not None and self.use.early

    @property
    def short(self) -> bool:
        """Whether it was a use after less rest than asked for."""
        return self.early or self.unknowing

    @property
    def rested_s(self) -> int | None:
        """The middle of what it may have rested (s)."""
        return None if self.rested is None else sum(self.rested) // 2

    @property
    def zone(self) -> str | None:
        """Which area of skin it was; None where that is not known."""
        return self.session.zone


@dataclass(frozen=True)
class Tally:
    """Sessions of some time, counted. What the policy did not ask for is in none of the counts.

    `apart_s` and `cleaned_after_s` are medians; None where there is nothing to
    take one of.
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
    """A use that a case refused at Unix time `at` (s), for a reason of `events`."""

    at: int
    reason: int


@dataclass(frozen=True)
class Hold:
    """A hold from `since` to `until` (Unix s; None while it lasts), for a reason of `events`.

    `planned` is when it ends by itself, None if it does not.
    """

    since: int
    until: int | None
    planned: int | None
    reason: int


@dataclass(frozen=True)
class HeadFacts:
    """A head, and when a use of it ended last (Unix s); None where no use is known."""

    head: Head
    last_use: int | None

    @property
    def old_at(self) -> int:
        """When it was too old by its policy (Unix s)."""
        return self.head.since + self.head.policy.head_s

    @property
    def beyond_uses(self) -> bool:
        """Whether it was used more often than its policy says."""
        return self.head.uses > self.head.policy.head_uses

    @property
    def beyond_days(self) -> bool:
        """Whether it was used when it was older than its policy says."""
        return self.last_use is not None and self.last_use > self.old_at


@dataclass(frozen=True)
class CaseFacts:
    """What is known of one case."""

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
    """A photo that is shown, `since_session_s` (s) after the last session of its skin, if any."""

    entry: Entry
    since_session_s: int | None
    large: bool


@dataclass(frozen=True)
class ZonePhotos:
    """The photos of one area of skin that are shown, the oldest first, out of `total`."""

    zone: str | None
    total: int
    shown: list[Photo]


@dataclass(frozen=True)
class Facts:
    """Everything that a report tells, as it was at Unix time `now` (s)."""

    now: int
    cases: list[CaseFacts]
    others: int
    """How many cases there are besides these, which were not asked for."""
    since: int | None
    """From when on the record reaches (Unix s); None if it knows no time."""
    until: int | None
    """The last time that a case was met (Unix s)."""
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
    """How many notes were written down; what they say is their writer's business."""

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
        """The areas of skin that were rolled, by name; last, one that is not known."""
        found = {row.zone for row in self.rows}
        return sorted(found, key=lambda zone: (zone is None, zone or ""))


def gather(history: History, chosen: Sequence[Case], now: int) -> Facts:
    """Return what is known of the `chosen` cases and of the skin at Unix time `now` (s).

    Sessions at a clinic, reactions and holds are the person's: they are told
    whatever cases are chosen.
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
        photos=_photos([entry for entry in entries if entry.kind == diary.PHOTO], sessions),
        notes=sum(entry.kind == diary.NOTE for entry in entries),
    )


def tally(rows: Iterable[Row]) -> Tally:
    """Count sessions, given in their order."""
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
    """Return at most `most` numbers below `count`, evenly chosen, with the first and the last."""
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
    """Return a head of a case whose uses ended then (Unix s, in order)."""
    number = len(ended) if head.until is None else bisect_right(ended, head.until)
    last = ended[number - 1] if number else None
    return HeadFacts(head, last if last is not None and last >= head.since else None)


def _refused(log: Sequence[Placed]) -> list[Refused]:
    """Return what was refused and stayed so: no longer hold made it a use or a new head."""
    found = []
    for record, after in zip_longest(log, log[1:]):
        if record.event.kind == events.REFUSED and not _goes_on(record, after):
            found.append(Refused(record.last, record.event.data["reason"]))
    return found


def _goes_on(refused: Placed, after: Placed | None) -> bool:
    if after is None or after.event.boot != refused.event.boot:
        return False
    event = after.event
    went_on = event.kind == events.HEAD_NEW or (
        event.kind == events.USE_STARTED and event.data["how"] == events.OVERRIDE
    )
    return went_on and event.uptime - refused.event.uptime <= GOES_ON_S


def _holds(entries: Sequence[Entry], now: int) -> list[Hold]:
    told = sorted(
        (entry for entry in entries if entry.kind == diary.HOLD), key=lambda entry: entry.at
    )
    found = []
    for entry, after in zip_longest(told, told[1:]):
        if entry.number("reason") == events.NO_HOLD:
            continue
        planned = entry.number("until") or None
        ends = [end for end in (planned, after.at if after else None) if end is not None]
        until = min(ends, default=None)
        over = until if until is not None and until <= now else None
        found.append(Hold(entry.at, over, planned, entry.number("reason")))
    return found


def _rows(held: Sequence[Session], reacted: Sequence[Reaction]) -> list[Row]:
    """Return the sessions with what their skin had rested, and what was asked of it."""
    rows: list[Row] = []
    for session in held:
        began, ended = _bounds(session)
        # Skin that is not known may be any skin.
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
        until = max(row.session.ended + _rest_after(row.session, use.policy) for row in before)
        sure = max(row.ended.earliest + _rest_after(row.session, use.policy) for row in before)
        for reaction in reacted:
            if reaction.over is not None and reaction.over.at <= began.earliest:
                until = max(until, reaction.over.at + use.policy.reaction_rest_s)
                sure = max(sure, reaction.over.at + use.policy.reaction_rest_s)
        asked_s = until - last.session.ended
        if use.early:
            if session.zone is None or not began.known:
                rested = (max(asked_s - use.early_s, 0),) * 2
            # A case that has lost records rests from what may have been in them.
            asked_s = max(asked_s, rested[0] + use.early_s)
        unknowing = not use.early and began.latest < sure - SURE_S
        rows.append(Row(session, began, ended, rested, asked_s, unknowing))
    return rows


def _rest_after(session: Session, policy: Policy) -> int:
    """Return the rest (s) that a policy asks for after a session."""
    if session.at_clinic:
        return policy.clinic_rest_s
    return rest_after(policy, session.needle_um)


def _bounds(session: Session) -> tuple[Moment, Moment]:
    """Return when a session began and when it ended, as well as that is known."""
    use = session.use
    if use is None:
        at = Moment(session.ended, session.ended)
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


def _photos(entries: Sequence[Entry], held: Sequence[Session]) -> list[ZonePhotos]:
    """Choose the photos to show: of each zone the first and the newest, and some in between."""
    by_zone: dict[str | None, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.at, entry.token)):
        by_zone.setdefault(entry.zone, []).append(entry)
    # Those that were photographed last come first, and are shown if there are too many.
    zones = sorted(by_zone, key=lambda zone: (-by_zone[zone][-1].at, zone or ""))
    each = max(MOST_PHOTOS // max(len(zones), 1), 2)
    found = []
    left = MOST_PHOTOS
    for zone in zones:
        mine = by_zone[zone]
        ended = sorted(
            session.ended for session in held if zone is None or session.zone in (None, zone)
        )
        shown = []
        for number in evenly(len(mine), min(each, left)):
            entry = mine[number]
            before = bisect_right(ended, entry.at)
            since_s = entry.at - ended[before - 1] if before else None
            shown.append(Photo(entry, since_s, number in (0, len(mine) - 1)))
        left -= len(shown)
        found.append(ZonePhotos(zone, len(mine), shown))
    return found
