"""The whole diary: the entries in the database, and those that are only in the log of a case.

The computer on which a reaction or hold was written tells the case. Another computer, or
a new database, gets it from the case's log.
"""

from collections.abc import Collection, Iterable, Sequence

from rollcore import events
from rollcore.events import CASE_EPOCH, Event
from rollhost.database import diary
from rollhost.database.diary import ME, Entry
from rollhost.history.logs import Log


def merged(
    diary_entries: Sequence[Entry], logs: Iterable[Log], undone: Collection[int] = ()
) -> list[Entry]:
    """Return the entries of the diary and those that only logs have, in the order of writing.

    What a log has is about the person whose skin the log is about. What was taken back, by its
    token in `undone`, is left out.
    """
    entries = list(diary_entries)
    known = {entry.token: entry for entry in entries}
    for log in logs:
        if log.tokens <= known.keys():
            continue
        for found in _in_log(log, known):
            if found.token not in known and found.token not in undone:
                entry = found._replace(person=log.facts.person or ME)
                entries.append(entry)
                known[entry.token] = entry
    # Of one second, what only a log has comes first, in the order of the log.
    written = {entry.token for entry in diary_entries}
    return sorted(
        entries, key=lambda entry: (entry.written_at, entry.token if entry.token in written else -1)
    )


def _hold(event: Event) -> dict[str, object]:
    """Return the data of a hold or a release; a release of one reason has that for an end."""
    reason, until = event.data["reason"], event.data["until"]
    if reason == events.NO_HOLD and until:
        return {"reason": reason, "until": 0, "released": until}
    return {"reason": reason, "until": until and until + CASE_EPOCH}


_OF_A_REACTION = (
    events.REACTION,
    events.REACTION_OPENED,
    events.REACTION_CLOSED,
    events.REACTION_RED,
    events.CLINICIAN_SAW,
)


def _in_log(log: Log, known: dict[int, Entry]) -> Iterable[Entry]:
    """Yield the reactions, holds and clinic sessions of a log as entries, in its order.

    A record of the kind `REACTION` does not say which reaction ends: it is the one that the
    entry with this token names, or without such an entry the oldest that is open.
    """
    still_open: list[Entry] = []
    told: list[int] = []
    """The tokens of the reactions that the case was told of so far."""
    for placed, zone in zip(log.placed, log.zones, strict=True):
        event, last = placed.event, placed.last
        if event.kind == events.HOLD_SET:
            token = event.data["token"]
            yield Entry(diary.HOLD, last, data=_hold(event), token=token, written_at=last)
        elif event.kind == events.CLINIC:
            at, token = event.data["at"] + CASE_EPOCH, event.data["token"]
            session: dict[str, object] = {"needle_um": event.data["needle_um"]}
            yield Entry(diary.CLINIC, at, zone, None, session, token, written_at=last)
        elif event.kind in _OF_A_REACTION:
            at, token = event.data["at"] + CASE_EPOCH, event.data["token"]
            if event.kind == events.REACTION_CLOSED:
                opened = event.data["opened"]
                still_open = [entry for entry in still_open if entry.token != opened]
                ends: dict[str, object] = {"reaction": opened}
                yield Entry(diary.REACTION_OVER, at, zone, None, ends, token, written_at=last)
            elif event.kind == events.REACTION_RED:
                told.append(event.data["opened"])
                sign: dict[str, object] = {
                    "reaction": event.data["opened"],
                    "signs": [diary.SOME_SIGN],
                    "heard": True,
                }
                yield Entry(diary.FOLLOW_UP, at, None, None, sign, token, written_at=last)
            elif event.kind == events.CLINICIAN_SAW:
                opened = event.data["opened"]
                visit: dict[str, object] = {"reaction": opened, "heard": True}
                if not opened:
                    visit["reactions"] = [*told, token]
                yield Entry(diary.SAW, at, None, None, visit, token, written_at=last)
            elif event.kind == events.REACTION_OPENED or event.data["open"]:
                told.append(token)
                signs = {"signs": [diary.SOME_SIGN]} if event.data.get("red") else {}
                began = known.get(token) or Entry(
                    diary.REACTION, at, zone, None, {**signs, "heard": True}, token, written_at=last
                )
                still_open.append(began)
                yield began
            elif token in known:
                ended = known[token].number("reaction")
                still_open = [entry for entry in still_open if entry.token != ended]
            elif still_open:
                began = still_open.pop(0)
                over: dict[str, object] = {"reaction": began.token}
                yield Entry(diary.REACTION_OVER, at, began.zone, None, over, token, last)
