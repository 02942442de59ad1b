"""What the database says of now: `History` from the milestones on, if that is enough.

It is enough if nothing that is asked about now lies before a milestone. Here stands what that is.
Where it is not enough, the whole history is read: that is slower, and says the same.
"""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rollcore import events
from rollcore.memory import NEVER, State
from rollcore.policy import Policy, bounds, default_rest_s
from rollcore.uses import walk
from rollhost.database.archive import Archive
from rollhost.guidance.numbers import DARK_SPOTS_ASKED_DAYS, DARK_SPOTS_DAYS, LUMPS_DAYS
from rollhost.history import case_status, corrections, heads, history, milestones, plan
from rollhost.history.agreement import head_changes
from rollhost.history.history import History
from rollhost.history.logs import Log, mark_of
from rollhost.history.milestones import CLOCKS, KEPT_KINDS, Kept, Milestone, NotKept
from rollhost.history.policies import Policies
from rollhost.history.reactions import reactions, waiting_for_clinician, watches
from rollhost.history.sessions import Reader
from rollhost.history.untold import NEWS_S
from rollhost.history.zones import Zones

DAY_S = 86400

USES = 13
"""So many uses come after a milestone (own): the pace is that of the last six, and a sync counts
the first twelve."""

SESSION_S = (DARK_SPOTS_DAYS + DARK_SPOTS_ASKED_DAYS) * DAY_S
"""How long (s) after a session or the beginning of a reaction the skin is still asked about; longer
than all aftercare and the rest of any needle by default."""

REACTION_S = max(LUMPS_DAYS * DAY_S, SESSION_S)
"""How long (s) after the end of a reaction the skin is still asked about."""

MARGIN_S = 30 * DAY_S
"""How much older (s) than asked for a new milestone is, so that it is enough for a while (own)."""

TRIES = 10
"""At how many places a milestone is tried (own): few of them have none."""

WORTH = 100
"""By how many records a milestone moves at least (own): making one costs a look at as many."""


def read(archive: Archive, now: int, last: int = 0) -> History:
    """Return what the database says of Unix time `now` (s), with the `last` records of each log.

    It may lack uses and heads that nothing says anything of now; all else is as in `history.read`.
    """
    with archive.reading():
        return _from_milestones(archive, now, last) or history.read(archive)


def _from_milestones(archive: Archive, now: int, last: int) -> History | None:
    """Return what is read from the milestones on, as in `read`; None if that is not enough."""
    try:
        found = history.read(archive, from_milestones=True)
        return found if _is_enough(found, now, last) else None
    except NotKept:
        return None


def _is_enough(past: History, now: int, last: int) -> bool:
    """Return whether nothing that is asked about at Unix time `now` (s) is before a milestone.

    It is asked about the `last` records of each log, too. Raises `NotKept` where that is seen at
    once.
    """
    stones = [log for log in past.all_logs if log.milestone is not None]
    if not stones:
        return True
    if any(len(log.going_on) < last for log in stones):
        return False
    shown = [log.placed[-last].earliest for log in stones] if last else []
    since = min([_needed_since(past, now), *(_back_from(past, at) for at in shown)])
    if not all(_is_enough_of(past, log, since, now) for log in stones):
        return False
    # Nobody who has the answer is to be told later that it was not kept.
    for log in past.all_logs:
        _ = log.begins, log.missing
    ends = [log.milestone.last for log in stones if log.milestone is not None]
    return all(_knows_session_before(person, max(ends), shown) for person in _each_person(past))


def _is_enough_of(past: History, log: Log, since: int, now: int) -> bool:
    """Return whether the milestone of one log is enough, where sessions count from `since` on.

    It is if no more than its settled entries were taken back, and if enough uses came after it.
    """
    stone = log.milestone
    assert stone is not None
    return (
        stone.last <= min(since, _needed_of_log(past, log, now))
        and sum(use.ended > stone.last for use in log.content.uses) >= USES
        and _taken_back_before(past, log, stone.seq) == stone.settled
        and (not stone.settled or _may_leave_out(log, stone))
    )


def _may_leave_out(log: Log, stone: Milestone) -> bool:
    """Return whether a fold without the settled entries would go on from a milestone to the end.

    It does not across a gap in the numbers, or over what the case has told; see
    `corrections.without`. It begins with all that the case has begun to take back.
    """
    seqs = [stone.seq - 1, *(event.seq for event in log.going_on)]
    is_told = any(seq >= stone.seq - 1 for seq in log.told)
    return stone.settled <= log.corrected and not is_told and seqs[-1] - seqs[0] == len(seqs) - 1


def _each_person(past: History) -> list[History]:
    """Return what is known of each person who has a case."""
    owners = {past.person_of(log) for log in past.all_logs}
    owners |= {past.person_now(case) for case in past.cases}
    return [past.of(person) for person in owners]


def _needed_since(past: History, now: int) -> int:
    """Return the Unix time (s) from which on sessions have to be known, of whatever case."""
    return min(
        [_back_from(past, now), *(_needed_of(past, each, now) for each in _each_person(past))]
    )


def _back_from(past: History, at: int) -> int:
    """Return the Unix time (s) from which on sessions matter for what there was at time `at`."""
    return at - _back_s(past.policies.all)


def _needed_of(past: History, person: History, now: int) -> int:
    """Return the Unix time (s) from which on sessions have to be known for one person's sake."""
    entries = person.entries
    asked = [
        reaction.began.at
        for reaction in [*reactions(entries), *watches(entries), *waiting_for_clinician(entries)]
        if reaction.over is None or reaction.needs_clinician or reaction.over.at > now - REACTION_S
    ]
    # A session of the same second counts for a plan.
    exactly = [entry.at - 1 for entry in plan.running(entries)]
    for case in person.cases_now:
        last = case_status.last_of(case_status.uses_shown(person, case))
        asked.append(now if last is None else last.ended)
        head = heads.entry_of_zone(person, case)
        exactly += [] if head is None else [head.at]
    return min([now, *exactly, *(_back_from(past, at) for at in asked)])


def _back_s(policies: Sequence[Policy]) -> int:
    """Return for how long (s) a session or a reaction matters after it, by any policy."""
    rests = [max(rules.rest_s, rules.clinic_rest_s, rules.reaction_rest_s) for rules in policies]
    return max([SESSION_S, default_rest_s(bounds("needle_um")[1]), *rests]) + DAY_S


def _needed_of_log(past: History, log: Log, now: int) -> int:
    """Return the Unix time (s) from which on the records of one log have to be known.

    The uses of its head are counted, of the present one at least.
    """
    person = past.of(past.person_of(log))
    changed = [
        max(head_changes(person, case), default=0)
        for case in person.cases
        if log.case.id in person.line_of(case)
    ]
    is_of_others = any(case.log_id != log.id for case in past.cases)
    # What another log has to be told of this one, as long as that is told at all.
    told = [now - NEWS_S] if is_of_others else []
    return min([*changed, *told])


def _knows_session_before(person: History, since: int, shown: Sequence[int]) -> bool:
    """Return whether what follows a session that may be before all milestones is known to.

    A reaction that is open follows the last session of its zone. A use may have been early only if
    its zone had a session before, however long ago; asked are those from the first of `shown` on
    (Unix s), and the last one of each case. All milestones are before `since` (Unix s).
    """
    reacted = [
        *reactions(person.entries, person.sessions),
        *watches(person.entries, person.sessions),
    ]
    if any(
        reaction.over is None and (reaction.session is None or reaction.session <= since)
        for reaction in reacted
    ):
        return False
    cases = person.cases_now
    last = [case_status.last_of(case_status.uses_shown(person, case)) for case in cases]
    keys = {use.key for use in last if use is not None}
    zones: set[str | None] = set()
    for session in person.sessions:
        is_asked = session.key in keys or (shown and session.ended >= min(shown))
        if is_asked and not session.at_clinic and not _may_be_among(session.zone, zones):
            return False
        zones.add(session.zone)
    return True


def _may_be_among(zone: str | None, zones: Collection[str | None]) -> bool:
    """Return whether a zone is one of several; None is one that is not known: it may be any."""
    return bool(zones) and (zone is None or zone in zones or None in zones)


def _taken_back_before(past: History, log: Log, seq: int) -> frozenset[int]:
    """Return the tokens of entries that were taken back and have a record of their own before it.

    Those of a log that this one goes on from are among them.
    """
    found = {
        mark_of(event)
        for event in log.events
        if event.seq < seq and event.kind != events.CORRECTED and mark_of(event) in past.undone
    }
    inherited = log.parent.originals_before(log.origin.before) if log.parent and log.origin else ()
    return frozenset(found.union(past.undone.intersection(inherited)))


# Milestones are made.


def keep_milestones(archive: Archive, past: History, now: int) -> None:
    """Make a milestone at Unix time `now` (s) in each log where it saves reading many records.

    `past` is what `read` or `history.read` says of now. Runs inside `transaction`.
    """
    try:
        found = _worth_keeping(past, now)
    except NotKept:
        found = _worth_keeping(history.read(archive), now)
    for log, stone in found:
        # Another program may have brought home earlier records since `past` was read.
        is_so = archive.log_facts(log.id) == log.facts
        if is_so and archive.records_before(log.id, stone.seq) == stone.records:
            archive.keep_milestone(log.id, stone.seq, milestones.pack(stone))


def _worth_keeping(past: History, now: int) -> list[tuple[Log, Milestone]]:
    found: list[tuple[Log, Milestone]] = []
    for log in past.all_logs:
        # A fork goes on from records of another log, which may still come to be others.
        is_fork = log.origin is not None and log.origin.is_fork
        if len(log.going_on) > WORTH and not (is_fork or log.quarantine):
            stone = make(past, log, now)
            if stone is not None and len(log.going_on) - _after(log, stone) > WORTH:
                found.append((log, stone))
    return found


def _after(log: Log, stone: Milestone) -> int:
    return sum(event.seq >= stone.seq for event in log.going_on)


def make(past: History, log: Log, now: int) -> Milestone | None:
    """Return the latest milestone of a log that is enough at Unix time `now` (s), None if none is.

    `past` is what is known of everybody.
    """
    until = min(_needed_since(past, now), _needed_of_log(past, log, now)) - MARGIN_S
    ended = sorted(use.ended for use in log.content.uses)
    if len(ended) < USES:
        return None
    until = min(until, ended[-USES] - 1)
    for step in reversed(_last_calm(log, past.policies, until)):
        stone = _milestone(log, step)
        if stone is None:
            continue
        taken_back = _taken_back_before(past, log, stone.seq)
        stone = stone._replace(settled=taken_back)
        if not taken_back or (_is_settled(log, stone) and _may_leave_out(log, stone)):
            return stone
    return None


def _is_settled(log: Log, stone: Milestone) -> bool:
    """Return whether the state of a milestone is as if its entries had never been told."""
    without = corrections.without(log, stone.settled, stone.seq)
    return without is not None and _comparable(without) == _comparable(stone.state)


def _comparable(state: State) -> dict[str, object]:
    """Return what of a state says anything: not which entry was told last, or moves what is not."""
    is_set = sum(1 << moment for moment, at in enumerate(state.at) if at != NEVER)
    return {
        **vars(state),
        "token": 0,
        "loose": state.loose & is_set,
        "clamped": state.clamped & is_set,
    }


def is_right(log: Log, stone: Milestone, policies: Policies) -> bool:
    """Return whether a milestone says what the records of a log, which was read whole, add up to.

    One that holds no more, because other settings of the clock are believed now, is not read.
    """
    after = [event for event in log.events if event.seq >= stone.seq]
    before = log.events[: len(log.events) - len(after)]
    run = milestones.run_before(before, after)
    if not milestones.still_holds(stone, [*run, *after]):
        return True
    for step in _steps(log, policies):
        if step.place == len(before) - 1:
            again = _milestone(log, step)
            is_same = again is not None and again._replace(settled=stone.settled) == stone
            return is_same and (not stone.settled or _is_settled(log, stone))
    return False


def _last_calm(log: Log, policies: Policies, until: int) -> "deque[_Step]":
    """Return the last steps of a log up to Unix time `until` (s) where nothing is under way."""
    last: deque[_Step] = deque(maxlen=TRIES)
    for step in _steps(log, policies):
        if step.last > until:
            break
        if step.is_calm:
            last.append(step)
    return last


class _Step(NamedTuple):
    """What a log adds up to after record `place` of those from its milestone on.

    `disinfected` is as in `Milestone`, `last` the latest moment (Unix s) of all records so far.
    `digests` has, for each record of the log up to this one, that of the policy that ruled.
    `is_calm` says that nothing is under way.
    """

    place: int
    state: State
    disinfected: int | None
    last: int
    digests: Sequence[int]
    is_calm: bool


def _steps(log: Log, policies: Policies) -> Iterator[_Step]:
    reader, zones = Reader(log, policies), Zones(policies, log.goes_on_from, log.told)
    last = log.milestone.last if log.milestone else 0
    digests = [known.digest for known in log.milestone.kept] if log.milestone else []
    of_parent = log.inherited.disinfected if log.inherited else None
    for step in walk(log.going_on, log.goes_on_from, log.told):
        reader.take(step)
        zones.of(step.event)
        digests.append(zones.digest)
        last = max(last, log.placed[log.kept + step.place].last)
        soaked = reader.disinfected
        done = None if soaked is None or soaked is of_parent else soaked.event.seq
        is_calm = reader.is_calm and zones.goes_on_from(step.after)
        yield _Step(step.place, step.after, done, last, digests, is_calm)


def _milestone(log: Log, step: _Step) -> Milestone | None:
    """Return a milestone after a step of a log, with nothing settled; None if none may be there.

    It may be where the next record is the next number, in a run of this log with a believed setting
    of the clock.
    """
    place = log.kept + step.place + 1
    before, after = log.events[:place], log.events[place:]
    if not after or after[0].seq != before[-1].seq + 1 or after[0].boot == events.MAX_BOOT:
        return None
    run = milestones.run_before(before, after)
    if run[:1] == before[:1] and log.begins_in_a_run:
        return None
    believed = milestones.believed_at(after[0].seq, [*run, *after])
    if not believed:
        return None
    clocks = {event.kind: event.seq for event in before if event.kind in CLOCKS}
    settings = [event.seq for event in run if event.kind == events.CLOCK_SET]
    wanted = {before[0].seq, step.disinfected, *settings, *clocks.values()}
    kept = [
        Kept(placed.event.seq, placed.earliest, placed.latest, digest)
        for placed, digest in zip(log.placed[:place], step.digests, strict=False)
        if placed.event.kind in KEPT_KINDS or placed.event.seq in wanted
    ]
    return Milestone(
        after[0].seq,
        step.state,
        log.records - len(after),
        log.missing_before(after[0].seq),
        events.crc_of(log.raw[place - 1]),
        believed,
        step.last,
        step.disinfected,
        frozenset(),
        tuple(kept),
    )
