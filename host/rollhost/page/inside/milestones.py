"""Milestones: what the first records of a log add up to, kept so that they are not read again.

The log that a case has now is read from its milestone on, so the page takes as long after ten years
as after one. Its earlier logs, which are few, are read whole.

A milestone lies before a setting of the clock that is believed, in no soak and no use. `timeline`
judges settings from the newest to the oldest, so the records from there on are placed as they are
among all records, and so is what was before them, whatever else comes. What is shown of a case
depends on what the records before the milestone add up to, and on nothing else of them:
`_is_enough` says when.

It is no source of anything. It counts as long as the same bytes are before it and the case has told
the same states: another program, another record before it, a damaged byte, and it is not read.
"""

from binascii import crc32, hexlify, unhexlify

from rollcore import VERSION, events, snapshot, state
from rollcore.events import CASE_EPOCH, RECORD_SIZE
from rollcore.memory import State
from rollhost.history import timeline
from rollhost.history.told_later import began, longest_rest
from rollhost.history.wear import PACE_USES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rollhost.page.inside.logs import Log

WORTH = 200
"""So many records after a milestone, at least, the next one is worth its place (own)."""

TRIES = 3
"""So many places are tried for one (own)."""

MARGIN_S = 30 * 86400
"""How much later (s) than the setting of the clock a record before it can be placed: a minute for
each sync, and 200 ppm; see `timeline`. It is more than that of 40,000 syncs."""


class Milestone:
    """What the first `size` bytes of a log add up to.

    None of these records happened after `until` (Unix s), the first of them not after `began`.
    No session of which they tell ended after `until`.
    """

    def __init__(self, size: int, known: State, until: int, began: int | None) -> None:
        self.size = size
        self.state = known
        self.until = until
        self.began = began

    @property
    def seq(self) -> int:
        """The number from which on records are behind it."""
        return self.state.seq + 1


def pack(stone: Milestone, log: "Log") -> "dict[str, Any]":
    """Return a milestone of a log as the store keeps it."""
    return {
        "made_by": VERSION,
        "size": stone.size,
        "crc": str(crc32(log.raw[: stone.size])),
        "told": _told(log),
        "state": str(hexlify(snapshot.pack(stone.state)), "ascii"),
        "until": stone.until,
        "began": stone.began,
    }


def unpack(row: "dict[str, Any] | None", log: "Log") -> Milestone | None:
    """Return the milestone that was kept; None if there is none, or the log is another now."""
    if row is None or row.get("made_by") != VERSION or not _may_have_one(log):
        return None
    size = row["size"]
    if len(log.raw) <= size or row["told"] != _told(log):
        return None
    if row["crc"] != str(crc32(log.raw[:size])):
        return None
    known = snapshot.unpack(unhexlify(row["state"]))
    return Milestone(size, known, row["until"], row["began"])


def read_since(
    log: "Log", since: int, kept: "dict[str, Any] | None"
) -> "tuple[Log, Milestone | None]":
    """Return a log, read from a milestone on if it can be, and a new one that is worth keeping.

    All sessions that ended after `since` (Unix s) are behind the milestone. `kept` is the one that
    was kept, as in `pack`; None if none was.
    """
    before = _needed_since(log, since)
    if before is None or not _may_have_one(log):
        return log, None
    stone = unpack(kept, log)
    rest = log if stone is None or stone.until > since else log.behind(stone)
    for later in _later(rest, before):
        read = log.behind(later)
        if _is_enough(read):
            return read, later
    return rest if rest is not log and _is_enough(rest) else log, None


def _needed_since(log: "Log", since: int) -> int | None:
    """Return from about when on (Unix s) records are needed to say how things stand.

    It is for finding a place: `_is_enough` says whether it was one. None: all of them are needed.
    """
    uses = []
    for event in log.newest_of([events.USE_ENDED]):
        if event.data["how"] != events.CANCELLED:
            uses.append(event)
        if len(uses) == PACE_USES:
            break
    soaks = log.newest_of([events.SOAK_ENDED])
    soak = next((event for event in soaks if event.data["how"] == events.SOAK_DONE), None)
    if len(uses) < PACE_USES or soak is None:
        return None
    rules = list(log.policies.known.values()) + [log.policies.ruling(State())]
    rest_s = max([longest_rest(known) for known in rules])
    times = [uses[-1].time, uses[0].time - state.USE_LIMIT_S - rest_s, soak.time]
    head = next(log.newest_of([events.HEAD_NEW, events.HEAD_OUT]), None)
    if head is not None and head.kind == events.HEAD_OUT:
        times.append(head.time)
    return min(since, min(times) + CASE_EPOCH - 1)


def _later(rest: "Log", before: int) -> "list[Milestone]":
    """Return the last places after the milestone of a log, the newest first, where one may lie.

    No record before them happened after Unix time `before` (s), and no session ended after it.
    """
    stone = rest.milestone
    start, until = (0, CASE_EPOCH) if stone is None else (stone.size, stone.until)
    known = rest.goes_on_from.copy()
    places: list[Milestone] = []
    for place, event in enumerate(rest.going_on):
        if event.kind == events.CLOCK_SET and place:
            at = max(until, event.time + CASE_EPOCH + MARGIN_S)
            if at > before:
                break
            if place >= WORTH and not known.soaking and not known.using:
                places.append(Milestone(start + place * RECORD_SIZE, known.copy(), at, None))
        elif event.kind == events.CLINIC:
            until = max(until, event.data["at"] + CASE_EPOCH)
        state.apply(known, event)
    found = places[: -TRIES - 1 : -1]
    for later in found:
        later.began = rest.began
    return found


def _is_enough(log: "Log") -> bool:
    """Return whether a log, read from its milestone on, says the same as if it is read whole.

    It has to have what is looked for among the records, the newest first: the last use, with all
    sessions whose rest it can have cut short; the uses that make the pace at which a head wears;
    the last soak; when a head that is out was taken out.
    """
    stone = log.milestone
    assert stone is not None
    # Else the records are not placed as they are among all of them.
    if log.going_on[0].seq not in timeline.believed(log.going_on)[:1]:
        return False
    read = log.content
    uses = sorted(
        [session for session in read.uses if session.ended > stone.until],
        key=lambda session: (session.ended, session.key),
    )
    if len(uses) < PACE_USES or read.disinfected is None:
        return False
    last = uses[-1]
    assert last.use is not None
    if began(last)[0] - longest_rest(last.use.policy) <= stone.until:
        return False
    return not read.folded.head_out or any(
        placed.event.kind == events.HEAD_OUT
        and placed.event.data["reason"] == read.folded.head_out - 1
        and placed.last > stone.until
        for placed in log.placed
    )


def _may_have_one(log: "Log") -> bool:
    """Return whether a log can have one: the case told no state that lies between its records."""
    return bool(log.raw) and all(seq < events.seq_of(log.raw) for seq in log.told)


def _told(log: "Log") -> str:
    """Return what differs if the case has told other states."""
    packed = b"".join([snapshot.pack(log.told[seq]) for seq in sorted(log.told)])
    return str(crc32(packed))
