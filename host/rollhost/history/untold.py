"""Which entries a case still has to be told, and by which message."""

from collections.abc import Collection, Sequence

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollcore.memory import HEAD_SINCE, State
from rollhost.database.diary import CLINIC, HEAD, HOLD, REACTION, REACTION_OVER, Entry
from rollhost.history.reactions import SIGNS
from rollhost.history.telling import Telling

TOLD = (CLINIC, REACTION, REACTION_OVER, HOLD, HEAD)
"""Kinds of entries that a case has to be told."""

NEWS_S = 500 * 86400
"""For how long (s) a case with a new log is told of clinic sessions and reactions that are over:
longer than the longest rest, which is 400 days (own)."""


def open_reactions(entries: Sequence[Entry]) -> list[Entry]:
    """Return the reactions that are open, in the order of writing."""
    over = {entry.number("reaction") for entry in entries if entry.kind == REACTION_OVER}
    return [entry for entry in entries if entry.kind == REACTION and entry.token not in over]


def untold(
    entries: Sequence[Entry],
    case_id: int,
    known: set[int],
    now: int,
    begins: State | None = None,
    head_at: int = 0,
) -> list[Entry]:
    """Return the entries that this case still has to be told, in the order of telling.

    `known` are the tokens in its log. With a new log the case is told again of each entry
    that may still forbid a use at `now` (Unix s). `begins` is the state that the log began with,
    None if it began with nothing: what it has of heads and reactions is not told twice. `head_at`
    is when (Unix s) its head was changed last: what was said of a head before that is over.
    """
    has_reactions = False
    if begins is not None:
        named = set(begins.tokens) - {0}
        known = known | named
        has_reactions = begins.reactions > len(named)  # those cannot be told from others
    head_since = head_at if begins is None else max(begins.at[HEAD_SINCE] + CASE_EPOCH, head_at)
    if begins is not None and begins.head_out:
        head_since = begins.time + CASE_EPOCH  # the head that was new before that is out
    for_case = [
        entry for entry in entries if entry.kind in TOLD and entry.case_id in (None, case_id)
    ]
    last_hold = [entry for entry in for_case if entry.kind == HOLD][-1:]
    last_head = [entry for entry in for_case if entry.kind == HEAD][-1:]
    still_open = open_reactions(entries)
    over = {entry.number("reaction"): entry for entry in for_case if entry.kind == REACTION_OVER}
    to_tell = []
    for entry in for_case:
        if entry.token in known:
            continue
        is_news = entry.at > now - NEWS_S
        matters = {
            CLINIC: is_news,
            # A reaction that is over is told if its end is: the case counts open and close.
            REACTION: not has_reactions
            and (
                entry in still_open or (entry.token in over and over[entry.token].at > now - NEWS_S)
            ),
            # A case that has the reaction is told of its end, however old that is.
            REACTION_OVER: is_news or entry.number("reaction") in known,
            HOLD: entry in last_hold,
            HEAD: entry in last_head and entry.at > head_since,
        }
        if matters[entry.kind]:
            to_tell.append(entry)
    return _beginnings_first(to_tell)


def _beginnings_first(entries: Sequence[Entry]) -> list[Entry]:
    """Return these entries in their order, but for ends of reactions that stand before them.

    So they do where one computer has written one of the two, and another one the other.
    """
    still_to_begin = {entry.token for entry in entries if entry.kind == REACTION}
    ends: dict[int, Entry] = {}
    ordered: list[Entry] = []
    for entry in entries:
        if entry.kind == REACTION_OVER and entry.number("reaction") in still_to_begin:
            ends[entry.number("reaction")] = entry
            continue
        ordered.append(entry)
        still_to_begin.discard(entry.token)
        if entry.token in ends:
            ordered.append(ends.pop(entry.token))
    return ordered


def telling(entry: Entry, zones: Sequence[str], others: Collection[str] = ()) -> Telling | None:
    """Return the message that tells a case of an entry; None if it is about other skin.

    `zones` are those of the case's policy, `others` those that other cases of the person have. A
    clinic session in a zone that is in neither is told of all zones: which one it was is not
    known, or the zone has another name now. A reaction counts for every zone.
    """
    at = max(entry.at - CASE_EPOCH, 0)
    fields = {"token": entry.token}
    if entry.kind == HEAD:
        return Telling("head", fields, entry)
    if entry.kind == HOLD:
        until = entry.number("until")
        fields |= {"reason": entry.number("reason"), "until": until and until - CASE_EPOCH}
        return Telling("hold", fields, entry)
    zone = zones.index(entry.zone) if entry.zone in zones else 0
    if entry.kind == REACTION:
        is_red = int(any(sign in SIGNS for sign in entry.signs))
        return Telling("opened", fields | {"zone": zone, "at": at, "red": is_red}, entry)
    if entry.kind == REACTION_OVER:
        opened = entry.number("reaction")
        return Telling("closed", fields | {"zone": zone, "at": at, "opened": opened}, entry)
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
