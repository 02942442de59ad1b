"""Which entries a case still has to be told, by which message, and which record it writes then."""

from collections.abc import Sequence

from rollcore import events
from rollcore.events import CASE_EPOCH, Event
from rollcore.memory import HEAD_SINCE, State
from rollhost.database.diary import CLINIC, HEAD, HOLD, REACTION, REACTION_OVER, Entry

TOLD = {
    CLINIC: "clinic",
    REACTION: "reaction",
    REACTION_OVER: "reaction",
    HOLD: "hold",
    HEAD: "head",
}
"""Kinds of entries that a case has to be told, and the verb of the message."""

NEWS_S = 500 * 86400
"""For how long (s) a case with a new log is told of clinic sessions and reactions that are over:
longer than the longest rest, which is 400 days (own)."""


def open_reactions(entries: Sequence[Entry]) -> list[Entry]:
    """Return the reactions that are open, in the order of writing."""
    over = {entry.number("reaction") for entry in entries if entry.kind == REACTION_OVER}
    return [entry for entry in entries if entry.kind == REACTION and entry.token not in over]


def untold(
    entries: Sequence[Entry], case_id: int, known: set[int], now: int, begins: State | None = None
) -> list[Entry]:
    """Return the entries that this case still has to be told, in order.

    `known` are the tokens in its log. With a new log the case is told again of each entry
    that may still forbid a use at `now` (Unix s). `begins` is the state that the log began with,
    None if it began with nothing: what it has of heads and reactions is not told twice.
    """
    has_reactions = begins is not None and begins.reactions > 0
    head_since = 0 if begins is None else begins.at[HEAD_SINCE] + CASE_EPOCH
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
    return to_tell


def request(entry: Entry, zones: Sequence[str]) -> tuple[str, dict[str, int]]:
    """Return verb and fields of the message that tells a case of an entry.

    `zones` are those of the case's policy; any other zone is sent as the first one.
    """
    zone = zones.index(entry.zone) if entry.zone in zones else 0
    at = max(entry.at - CASE_EPOCH, 0)
    fields: dict[str, int] = {"token": entry.token}
    if entry.kind == HOLD:
        until = entry.number("until")
        fields |= {"reason": entry.number("reason"), "until": until and until - CASE_EPOCH}
    elif entry.kind == CLINIC:
        fields |= {"zone": zone, "at": at, "needle_um": entry.number("needle_um")}
    elif entry.kind in (REACTION, REACTION_OVER):
        fields |= {"zone": zone, "open": int(entry.kind == REACTION), "at": at}
    return TOLD[entry.kind], fields


def as_event(entry: Entry, zones: Sequence[str], state: State, now: int) -> Event:
    """Return the event that a case in `state` writes if it is told of an entry at case time `now`.

    Its time is the entry's, but not before the last record.
    """
    verb, fields = request(entry, zones)
    zone = fields.pop("zone", 0)
    if verb == "head":
        fields["uses"] = state.head_uses
    time = max(state.time, min(now, entry.at - CASE_EPOCH))
    return Event(_KINDS[verb], fields, zone, state.seq, state.boot, time=time)


_KINDS = {
    "hold": events.HOLD_SET,
    "clinic": events.CLINIC,
    "reaction": events.REACTION,
    "head": events.HEAD_NEW,
}
