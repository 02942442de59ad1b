"""The diary, whole: what was written down here, and what only the log of a case still knows.

A case is told of reactions and holds by whichever computer they were written
down on. Another one, or the same with a new database, has them from the log.
"""

from collections.abc import Iterable, Sequence

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.history.logs import Log


def merged(diary_entries: Sequence[Entry], logs: Iterable[Log]) -> list[Entry]:
    """Return the entries of the diary, and those that the logs alone have; each once.

    They are in the order in which they were written.
    """
    found = list(diary_entries)
    known = {entry.token: entry for entry in found}
    for log in logs:
        if log.tokens <= known.keys():
            continue
        for entry in _in_log(log, known):
            if entry.token not in known:
                found.append(entry)
                known[entry.token] = entry
    return sorted(found, key=lambda entry: entry.written_at)


_OF_A_REACTION = (events.REACTION, events.REACTION_OPENED, events.REACTION_CLOSED)


def _in_log(log: Log, known: dict[int, Entry]) -> Iterable[Entry]:
    """Yield the reactions and holds of a log as entries, in its order.

    A record of the kind `REACTION` does not say which reaction it ends: unless an
    entry that is known does, it is the oldest that is open.
    """
    still_open: list[Entry] = []
    for one, zone in zip(log.placed, log.zones, strict=True):
        event = one.event
        if event.kind == events.HOLD_SET:
            until = event.data["until"]
            data: dict[str, object] = {
                "reason": event.data["reason"],
                "until": until and until + CASE_EPOCH,
            }
            token = event.data["token"]
            yield Entry(diary.HOLD, one.last, data=data, token=token, written_at=one.last)
        elif event.kind in _OF_A_REACTION:
            at, token = event.data["at"] + CASE_EPOCH, event.data["token"]
            if event.kind == events.REACTION_CLOSED:
                opened = event.data["opened"]
                still_open = [entry for entry in still_open if entry.token != opened]
                ends: dict[str, object] = {"reaction": opened}
                yield Entry(diary.REACTION_OVER, at, zone, None, ends, token, written_at=one.last)
            elif event.kind == events.REACTION_OPENED or event.data["open"]:
                began = known.get(token) or Entry(
                    diary.REACTION, at, zone, token=token, written_at=one.last
                )
                still_open.append(began)
                yield began
            elif token in known:
                ended = known[token].number("reaction")
                still_open = [entry for entry in still_open if entry.token != ended]
            elif still_open:
                began = still_open.pop(0)
                over: dict[str, object] = {"reaction": began.token}
                yield Entry(
                    diary.REACTION_OVER, at, began.zone, None, over, token, written_at=one.last
                )
