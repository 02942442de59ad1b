"""What a case still has to be told of the owner's entries, and as which record it comes back."""

from collections.abc import Sequence

from rollcore import events
from rollcore.events import CASE_EPOCH, Event
from rollcore.memory import State
from rollhost.database.diary import CLINIC, HEAD, HOLD, REACTION, REACTION_OVER, Entry

TOLD = {
    CLINIC: "clinic",
    REACTION: "reaction",
    REACTION_OVER: "reaction",
    HOLD: "hold",
    HEAD: "head",
}
"""Kinds that a case has to know, and the verb that tells it."""

NEWS_S = 500 * 86400
"""How long a case that has begun a new log is still told of what is over: longer than the longest
rest, which is 400 days (own)."""


def open_reactions(entries: Sequence[Entry]) -> list[Entry]:
    """Return the reactions that nobody has called over, the oldest first."""
    over = {entry.number("reaction") for entry in entries if entry.kind == REACTION_OVER}
    return [one for one in entries if one.kind == REACTION and one.token not in over]


def untold(entries: Sequence[Entry], case_id: int, known: set[int], now: int) -> list[Entry]:
    """Return what this case still has to be told, in order.

    `known` are the tokens in its log. A case that has begun a new log is told
    again of what still matters: whatever may keep a use from it at `now` (Unix s).
    """
    mine = [one for one in entries if one.kind in TOLD and one.case_id in (None, case_id)]
    last_hold = [one for one in mine if one.kind == HOLD][-1:]
    last_head = [one for one in mine if one.kind == HEAD][-1:]
    still_open = open_reactions(entries)
    over = {one.number("reaction"): one for one in mine if one.kind == REACTION_OVER}
    found = []
    for one in mine:
        if one.token in known:
            continue
        matters = {
            CLINIC: one.at > now - NEWS_S,
            # One that is over is told if its end has to be, and the case counts both.
            REACTION: one in still_open
            or (one.token in over and over[one.token].at > now - NEWS_S),
            # A case that counts it is told of its end, however late that is.
            REACTION_OVER: one.number("reaction") in known or one.at > now - NEWS_S,
            HOLD: one in last_hold,
            HEAD: one in last_head,
        }
        if matters[one.kind]:
            found.append(one)
    return found


def request(entry: Entry, zones: Sequence[str]) -> tuple[str, dict[str, int]]:
    """Return the question that tells a case of an entry: its verb and its fields.

    `zones` are the case's; a zone that it does not name is its first one.
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
    """Return the record of an entry for a case in `state`, which is told at case time `now`.

    Its time is the entry's own, where the case's log has not gone beyond it.
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
