"""The diary, whole: what was written down here, and what only the log of a case still knows.

A case is told of reactions and holds by whichever computer they were written
down on. Another one, or the same with a new database, has them from the log.
"""

from collections.abc import Iterable

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.database.archive import Archive, Case
from rollhost.database.diary import Entry
from rollhost.history.logs import in_order, zoned


def entries(archive: Archive) -> list[Entry]:
    """Return every entry of the diary, and those that the logs alone have; each once.

    They are in the order in which they were written.
    """
    found = archive.diary.entries()
    known = {entry.token: entry for entry in found}
    for case in archive.cases():
        for log_id in in_order(archive, case):
            if archive.tokens(log_id) <= known.keys():
                continue
            for entry in _in_log(archive, case, log_id, known):
                if entry.token not in known:
                    found.append(entry)
                    known[entry.token] = entry
    return sorted(found, key=lambda entry: entry.written_at)


def _in_log(archive: Archive, case: Case, log_id: int, known: dict[int, Entry]) -> Iterable[Entry]:
    """Yield the reactions and holds of a log as entries, in its order.

    The record of a reaction's end does not say which one it ends: unless an entry
    that is known does, it is the oldest that is open.
    """
    still_open: list[Entry] = []
    for one, zone in zoned(archive, case, log_id):
        event = one.event
        if event.kind == events.HOLD_SET:
            until = event.data["until"]
            data: dict[str, object] = {
                "reason": event.data["reason"],
                "until": until and until + CASE_EPOCH,
            }
            token = event.data["token"]
            yield Entry(diary.HOLD, one.last, data=data, token=token, written_at=one.last)
        elif event.kind == events.REACTION:
            at, token = event.data["at"] + CASE_EPOCH, event.data["token"]
            if event.data["open"]:
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
