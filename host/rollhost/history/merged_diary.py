"""The whole diary: the entries in the database, and those that are only in the log of a case.

The computer on which a reaction or hold was written tells the case. Another computer, or
a new database, gets it from the case's log.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from rollcore import events
from rollcore.events import CASE_EPOCH
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
                entry = replace(found, person=log.facts.person or ME)
                entries.append(entry)
                known[entry.token] = entry
    return sorted(entries, key=lambda entry: (entry.written_at, entry.token))


_OF_A_REACTION = (events.REACTION, events.REACTION_OPENED, events.REACTION_CLOSED)


def _in_log(log: Log, known: dict[int, Entry]) -> Iterable[Entry]:
    """Yield the reactions, holds and clinic sessions of a log as entries, in its order.

    A record of the kind `REACTION` does not say which reaction ends: it is the one that the
    entry with this token names, or without such an entry the oldest that is open.
    """
    still_open: list[Entry] = []
    for placed, zone in zip(log.placed, log.zones, strict=True):
        event, last = placed.event, placed.last
        if event.kind == events.HOLD_SET:
            until = event.data["until"]
            data: dict[str, object] = {
                "reason": event.data["reason"],
                "until": until and until + CASE_EPOCH,
            }
            token = event.data["token"]
            yield Entry(diary.HOLD, last, data=data, token=token, written_at=last)
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
            elif event.kind == events.REACTION_OPENED or event.data["open"]:
                began = known.get(token) or Entry(
                    diary.REACTION, at, zone, token=token, written_at=last
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
