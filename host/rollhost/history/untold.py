"""Which entries a case still has to be told, and by which message."""

from collections.abc import Collection, Sequence

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollcore.memory import HEAD_SINCE, State
from rollhost.database.diary import (
    CLINIC,
    FOLLOW_UP,
    HEAD,
    HEAD_OUT,
    HOLD,
    REACTION,
    REACTION_OVER,
    SAW,
    Entry,
)
from rollhost.history import holds
from rollhost.history.reactions import waiting_for_clinician
from rollhost.history.telling import Telling

TOLD = (CLINIC, REACTION, FOLLOW_UP, REACTION_OVER, SAW, HOLD, HEAD, HEAD_OUT)
"""Kinds of entries that a case has to be told; of a `FOLLOW_UP` only if it has a sign."""

NEWS_S = 500 * 86400
"""For how long (s) a case with a new log is told of sessions and of reactions that are over: longer
than the longest rest, which is 400 days (own)."""


_ABOUT_A_REACTION = (FOLLOW_UP, REACTION_OVER, SAW)


def is_told(entry: Entry) -> bool:
    """Return whether a case has to be told of such an entry."""
    return entry.kind in TOLD and (entry.kind != FOLLOW_UP or bool(entry.signs))


def open_reactions(entries: Sequence[Entry]) -> list[Entry]:
    """Return the reactions that are open, in the order of writing."""
    over = {entry.number("reaction") for entry in entries if entry.kind == REACTION_OVER}
    return [entry for entry in entries if entry.kind == REACTION and entry.token not in over]


def untold(
    entries: Sequence[Entry],
    cases: Collection[int],
    known: set[int],
    now: int,
    begins: State | None = None,
    head_at: int = 0,
) -> list[Entry]:
    """Return the entries that a case still has to be told, in the order of telling.

    `cases` are the ids of the case and of those in whose place it is: their head is in it now.
    `known` are the tokens in its log. With a new log the case is told again of each entry
    that may still forbid a use at `now` (Unix s). `begins` is the state that the log began with,
    None if it began with nothing: what it has of heads and reactions is not told twice. `head_at`
    is when (Unix s) its head was changed last, but by an entry that is here: what was said of a
    head before that is over.
    """
    has_reactions = is_red_unnamed = False
    if begins is not None:
        is_red_unnamed = bool(begins.red_unnamed)
        named = set(begins.tokens) - {0}
        known = known | named
        over = bin(begins.over).count("1")
        has_reactions = begins.reactions > len(named) - over  # those cannot be told from others
    head_since = head_at if begins is None else max(begins.at[HEAD_SINCE] + CASE_EPOCH, head_at)
    if begins is not None and begins.head_out:
        head_since = begins.time + CASE_EPOCH  # the head that was new before that is out
    for_case = [
        entry
        for entry in entries
        if is_told(entry) and (entry.case_id is None or entry.case_id in cases)
    ]
    of_holds = holds.to_tell(for_case, known, begins, now)
    last_head = [entry for entry in for_case if entry.kind in (HEAD, HEAD_OUT)][-1:]
    still_open = open_reactions(entries)
    red = {reaction.began.token for reaction in waiting_for_clinician(entries)}
    # A look may have been told without its reaction, whose beginning was taken back.
    looks = {e.number("reaction") for e in entries if e.kind == FOLLOW_UP and e.token in known}
    ends = {entry.number("reaction"): entry for entry in for_case if entry.kind == REACTION_OVER}
    to_tell: list[Entry] = []
    for entry in for_case:
        if entry.token in known:
            continue
        is_news = entry.at > now - NEWS_S
        about = entry.number("reaction")
        matters = {
            CLINIC: is_news,
            # A reaction that is over is told if its end is: the case counts open and close.
            REACTION: entry.token in red
            or (
                not has_reactions
                and (
                    entry in still_open
                    or (entry.token in ends and ends[entry.token].at > now - NEWS_S)
                )
            ),
            # A case that has the reaction is told of its end, however old that is.
            REACTION_OVER: is_news or about in known or about in red,
            FOLLOW_UP: about in red,
            SAW: not about
            or about in known | looks | {told.token for told in to_tell}
            or is_red_unnamed,
            HOLD: entry.token in of_holds,
            HEAD: entry in last_head and entry.at > head_since,
            HEAD_OUT: entry in last_head and entry.at > head_since,
        }
        if matters[entry.kind]:
            to_tell.append(entry)
    return _beginnings_first(to_tell)


def _beginnings_first(entries: Sequence[Entry]) -> list[Entry]:
    """Return these entries in their order, but for what is about a reaction and stands before it.

    So it does where one computer has written one of the two, and another one the other.
    """
    still_to_begin = {entry.token for entry in entries if entry.kind == REACTION}
    later: dict[int, list[Entry]] = {}
    ordered: list[Entry] = []
    for entry in entries:
        about = entry.number("reaction")
        if entry.kind in _ABOUT_A_REACTION and about in still_to_begin:
            later.setdefault(about, []).append(entry)
            continue
        ordered.append(entry)
        still_to_begin.discard(entry.token)
        ordered += later.pop(entry.token, [])
    return ordered


def telling(
    entry: Entry,
    zones: Sequence[str],
    others: Collection[str] = (),
    is_all_seen: bool = False,
) -> Telling | None:
    """Return the message that tells a case of an entry; None if it is about other skin.

    `zones` are those of the case's policy, `others` those that other cases of the person have. A
    clinic session in a zone that is in neither is told of all zones: which one it was is not
    known, or the zone has another name now. A reaction counts for every zone. `is_all_seen` is for
    a case that has a red flag without a token, where no reaction waits for a clinician any more.
    """
    at = max(entry.at - CASE_EPOCH, 0)
    fields = {"token": entry.token}
    if entry.kind == HEAD:
        return Telling("head", fields, entry)
    if entry.kind == HEAD_OUT:
        return Telling("headout", fields | {"reason": entry.number("reason")}, entry)
    if entry.kind == HOLD:
        return holds.telling(entry)
    zone = zones.index(entry.zone) if entry.zone in zones else 0
    if entry.kind == REACTION:
        is_red = int(bool(entry.signs))
        return Telling("opened", fields | {"zone": zone, "at": at, "red": is_red}, entry)
    opened = entry.number("reaction")
    if entry.kind == REACTION_OVER:
        return Telling("closed", fields | {"zone": zone, "at": at, "opened": opened}, entry)
    if entry.kind == FOLLOW_UP:
        return Telling("red", fields | {"at": at, "opened": opened}, entry)
    if entry.kind == SAW:
        return Telling("saw", fields | {"at": at, "opened": 0 if is_all_seen else opened}, entry)
    needle_um = entry.number("needle_um")
    if entry.zone in zones or (len(zones) == 1 and entry.zone not in others):
        return Telling("clinic", fields | {"zone": zone, "at": at, "needle_um": needle_um}, entry)
    if entry.zone in others:
        return None
    return carried(events.CARRIED_CLINIC, entry.token, at, needle_um, entry=entry)


def carried(
    what: int,
    origin: int,
    at: int,
    needle_um: int,
    zone: int = events.ALL_ZONES,
    entry: Entry | None = None,
) -> Telling:
    """Return the message that carries a fact over; its arguments are the fields of `CARRIED`."""
    fields = {"origin": origin, "zone": zone, "what": what, "at": at, "needle_um": needle_um}
    return Telling("carried", fields, entry)
