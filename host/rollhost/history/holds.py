"""Which holds stand, and to which of them a case is set.

A hold stands until its end, until it is released, or until another one is said for the same reason.
Several may stand. A case keeps one: the host sets it to the one that lasts longest, so that no end
of another one ends it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rollcore import events
from rollcore.events import CASE_EPOCH, Event
from rollcore.memory import FOREVER, State
from rollhost.database.diary import HOLD, Entry, derived_token
from rollhost.guidance.numbers import HEALED_ASKED_DAYS
from rollhost.guidance.reasons import heals
from rollhost.history import corrections
from rollhost.history.history import History
from rollhost.history.logs import Log
from rollhost.history.telling import Telling

_Slot = tuple[int, int]
"""The hold that a case keeps: a number of `hold_set.reason`, its end as case time (s) or 0."""

_FREE: _Slot = (events.NO_HOLD, 0)


class Hold(NamedTuple):
    """A hold for a reason (a number of `hold_set.reason`), until Unix time `until` (s).

    `until` is None if only a release ends it; `day` is its last day (ISO 8601) if that was said
    without a time. `token` is that of its entry, 0 if there is none here.
    """

    reason: int
    until: int | None
    day: str | None = None
    token: int = 0


def last_words(entries: Iterable[Entry]) -> dict[int, Entry]:
    """Return what was said last of each reason: a hold or a release, in the order of saying."""
    words: dict[int, Entry] = {}
    for entry in entries:
        if entry.kind != HOLD:
            continue
        reason = entry.number("reason") or entry.number("released")
        for about in [reason] if reason else list(words):
            words.pop(about, None)
            words[about] = entry
    return words


def standing(entries: Iterable[Entry], now: int) -> list[Entry]:
    """Return the holds that stand at Unix time `now` (s), the one that lasts longest first."""
    found = [entry for entry in last_words(entries).values() if lasts(entry, now)]
    return sorted(found, key=lambda entry: -_end(_slot(entry)))


def lasts(entry: Entry, now: int) -> bool:
    """Return whether an entry is a hold that does not end by itself until Unix time `now` (s)."""
    until = entry.number("until")
    return entry.number("reason") != events.NO_HOLD and (not until or until > now)


def ended_by_day(entries: Iterable[Entry], now: float) -> list[Hold]:
    """Return the holds for what heals whose day has come lately, at Unix time `now` (s).

    Nobody has said since whether it has healed: the day was a guess.
    """
    return [
        Hold(entry.number("reason"), until, entry.until_day, entry.token)
        for entry in last_words(entries).values()
        if heals(entry.number("reason"))
        and (until := entry.number("until")) <= now < until + HEALED_ASKED_DAYS * 86400
    ]


def of_entries(entries: Iterable[Entry], now: int) -> list[Hold]:
    """Return the holds that stand at Unix time `now` (s), by what was said alone."""
    return [
        Hold(
            entry.number("reason"),
            entry.number("until") or None,
            entry.until_day,
            entry.token,
        )
        for entry in standing(entries, now)
    ]


def of_case(entries: Sequence[Entry], state: State, now: int) -> list[Hold]:
    """Return the holds at Unix time `now` (s) of a case in `state`, the one that it keeps first."""
    kept = (state.hold_reason, state.hold_until)
    if not _is_on(kept, now - CASE_EPOCH):
        return []
    said = of_entries(entries, now)
    until = kept[1] + CASE_EPOCH if kept[1] else None
    days = [hold for hold in said if (hold.reason, hold.until) == (kept[0], until)]
    first = days[0] if days else Hold(kept[0], until)
    return [first, *(hold for hold in said if hold.reason != first.reason)]


# What a case is told.


def telling(entry: Entry) -> Telling:
    """Return the message that tells a case of a hold or a release.

    A release of one reason says which where a hold has its end. It changes nothing in the case by
    itself, so that no other hold is gone for a moment: `correction` sets what stands then.
    """
    reason, until = _slot(entry)
    if reason == events.NO_HOLD:
        until = entry.number("released")
    return Telling("hold", {"token": entry.token, "reason": reason, "until": until}, entry)


def to_tell(entries: Sequence[Entry], known: set[int], begins: State | None, now: int) -> set[int]:
    """Return the tokens of the holds and releases that a case has to be told at `now` (Unix s).

    Of each reason it is what was said last, where that still holds, or where the case may have a
    hold for that reason: `known` are the tokens in its log, `begins` the state that it began with.
    What was said last of all holds is always among them.
    """
    said = [entry for entry in entries if entry.kind == HOLD]
    reasons = {entry.number("reason") for entry in said if entry.token in known}
    if begins is not None:
        reasons.add(begins.hold_reason)
    needed = {
        entry.token
        for reason, entry in last_words(said).items()
        if lasts(entry, now) or reason in reasons
    }
    return needed | {entry.token for entry in said[-1:]}


def corrected(
    past: History, log: Log | None, folded: State, now: int
) -> tuple[State, list[Telling]]:
    """Return the state with the hold that lasts longest, and the message that sets a case to it.

    `folded` is what the case knows at case time `now` (s) once it was told every entry. There is
    no message if it has that hold, or if it was told so before: two computers that know different
    things do not go in a circle. A hold gets shorter only by what is sure: what only a log has
    may have been said before a hold of which it is read as the end.
    """
    told = [event.data for event in _in_order(log) if event.kind == events.HOLD_SET]
    birth = _birth(past.entries, log)
    birth = birth if _is_on(birth, now) else _FREE
    kept: _Slot = (folded.hold_reason, folded.hold_until)
    kept = kept if _is_on(kept, now) else _FREE
    stand = standing(past.entries, now + CASE_EPOCH)
    wanted, token = _longest(stand, birth)
    if _end(wanted) <= _end(kept):
        undone_slots = {
            (data["reason"], data["until"]) for data in told if data["token"] in past.undone
        }
        is_known = kept in undone_slots or kept[0] in last_words(past.entries)
        surely = [*stand, *standing(past.diary, now + CASE_EPOCH)]
        if kept in (_FREE, birth) or kept in map(_slot, surely) or not is_known:
            return folded, []
        wanted, token = _longest(surely, birth)
    field = (events.CORRECTED_HOLD, wanted[1], wanted[0])
    if log is None:
        return corrections.corrected(folded, [field], token)[0], []
    undone = sorted(past.undone & {data["token"] for data in told})
    words = [token, told[-1]["token"] if told else 0, *undone]
    once = derived_token("hold", log.case.device, log.name, *map(str, words))
    if once in log.corrected:
        return folded, []
    return corrections.corrected(folded, [field], once)


def _birth(entries: Sequence[Entry], log: Log | None) -> _Slot:
    """Return the hold that a log began with, where what led to it is not here and nothing ended it.

    Nobody has an entry of it.
    """
    begins = log.begins_alone if log else None
    if begins is None or not begins.hold_reason:
        return _FREE
    since = begins.time + CASE_EPOCH
    for entry in entries:
        if entry.kind == HOLD and (
            begins.hold_reason in (entry.number("reason"), entry.number("released"))
            or (_ends_all(entry) and entry.written_at > since)
        ):
            return _FREE
    return begins.hold_reason, begins.hold_until


def _ends_all(entry: Entry) -> bool:
    return not (entry.number("reason") or entry.number("released"))


def _in_order(log: Log | None) -> list[Event]:
    """Return the records of a log, after those that it goes on from."""
    if log is None:
        return []
    if log.parent is None or log.origin is None:
        return list(log.events)
    before = log.origin.before
    earlier = [event for event in _in_order(log.parent) if before is None or event.seq < before]
    return [*earlier, *log.events]


def _longest(entries: Sequence[Entry], birth: _Slot) -> tuple[_Slot, int]:
    """Return the hold that lasts longest, and its token (0: no entry says it)."""
    found = max(entries, key=lambda entry: _end(_slot(entry)), default=None)
    if found is None or _end(birth) > _end(_slot(found)):
        return birth, 0
    return _slot(found), found.token


def _slot(entry: Entry) -> _Slot:
    until = entry.number("until")
    return entry.number("reason"), max(until - CASE_EPOCH, 0) if until else 0


def _end(kept: _Slot) -> int:
    """Return when (case time, s) a hold ends; 0 for none."""
    reason, until = kept
    return (until or FOREVER) if reason else 0


def _is_on(kept: _Slot, now: int) -> bool:
    return _end(kept) > now
