"""Where the log that a case has now goes on in the database.

Mostly it goes on after the last record that is here. But a flash can be put back from a copy: then
the case's log has gone back under the same id, and may have gone on with other records. What it has
in common with the logs that are here is found by comparing records, from the newest on. What it has
of its own is a fork, see `rollhost.history.lineage`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rollcore import events
from rollcore.blocks import SLOTS
from rollhost.database.archive import Archive, Kept
from rollhost.database.slot_reader import Read, SlotReader, is_same, records_in
from rollhost.history import lineage
from rollhost.history.chain import link_of, link_to

Block = tuple[int, int, bytes]
"""An answer of the case: the seq of its first slot, the CRC that it is chained to, raw slots."""

Records = Callable[[int, int], dict[int, bytes]]
"""Returns the case's records from one seq to before another, by seq."""


class Place(NamedTuple):
    """Where the case's log goes on in the log `log_id`: with slot `next`, chained to `chain`.

    `log_id` is None if the log is not here, `chain` is a CRC, None if it is not known. `fork` is
    the first record of a new fork, which leaves this log; None if the log itself goes on.
    `back_to` is the last record that the case has in common with a log that it has left, None
    if it has left none. `is_known` says that what comes before `next` is here.
    """

    log_id: int | None
    next: int
    chain: int | None
    fork: bytes | None = None
    back_to: int | None = None
    is_known: bool = True


class LogAndForks:
    """The logs of a case that have the id `log`: one log, and the forks of it, if they are here.

    `current` is the log that the case had when it was met last.
    """

    def __init__(self, archive: Archive, case_id: int, log: str, current: int | None) -> None:
        self._archive = archive
        self._origins = lineage.origins(archive, case_id)
        self._ids = [
            log_id
            for log_id in archive.logs(case_id)
            if lineage.case_id_of(archive.log_name(log_id)) == log
        ]
        self.current = current if current in self._ids else next(iter(self._ids), None)
        """The log that the case most probably has; None if none of them is here."""

    def last_record(self) -> tuple[int, bytes] | None:
        """Return seq and bytes of the last record here of the log `current`."""
        return None if self.current is None else self._last_in_line(self.current)

    def first_of(self, log_id: int) -> int:
        """Return the lowest seq that a record of this log can have."""
        origin = self._origins.get(log_id)
        return (origin.before or 1) if origin is not None and origin.is_fork else 1

    def place(self, first: int, end: int, read: Records) -> Place:
        """Return where the case's log goes on, by comparing records: `last_record` is not None.

        The case holds the slots from `first` to before `end`.
        """
        match, records = self._compare(first, end, read)
        if match is None:
            return self._without_a_match(first, end, records, read)
        log_id, seq = match
        place = self._after_the_last(log_id, seq, end)
        newer = [own for own in sorted(records) if own > seq]
        has_left = any(self._is_another(log_id, own, records[own]) for own in newer)
        # Where the log has gone back, none may be: the number here may be that of a torn slot.
        if has_left or (newer and place.back_to is not None):
            own = records[newer[0]]
            return Place(log_id, newer[0], events.crc_of(records[seq]), own, seq)
        return place

    def _compare(
        self, first: int, end: int, read: Records
    ) -> tuple[tuple[int, int] | None, dict[int, bytes]]:
        """Return the last record that the case has in common with a log here, and its records.

        The former as log and seq, None if there is none; the latter from there on, as far as
        there are records here, by seq.
        """
        records: dict[int, bytes] = {}
        until = min(end, 1 + max(self._archive.highest_seq(log_id) for log_id in self._ids))
        while until > first:
            start = max(first, until - SLOTS)
            newer = read(start, until)
            records |= newer
            for seq in sorted(newer, reverse=True):
                for log_id in self._ids:
                    here = self._archive.whole_record(log_id, seq)
                    if here is not None and is_same(here, newer[seq]):
                        return (log_id, seq), records
            until = start
        return None, records

    def _without_a_match(
        self, first: int, end: int, records: dict[int, bytes], read: Records
    ) -> Place:
        """Return where a log goes on that has no record in common with those here."""
        assert self.current is not None
        others = [seq for seq in sorted(records) if self._is_here(seq)]
        if others:
            own = others[0]
            return Place(self.current, own, None, records[own], own - 1, is_known=False)
        last = self._last_in_line(self.current)
        assert last is not None
        if first == last[0] + 1 < end:
            # What is here was deleted there. Its next record still tells to what it is chained.
            newer = read(first, min(first + SLOTS, end))
            if first in newer and link_of(newer[first]) not in self._links():
                return Place(self.current, first, None, newer[first], last[0], is_known=False)
        return self._after_the_last(self.current, last[0], end)

    def _after_the_last(self, log_id: int, seq: int, end: int) -> Place:
        """Return that a log goes on after its last record here, or has gone back to record `seq`.

        It has gone back if the next record will get a number that a record here has.
        """
        last = self._last_in_line(log_id)
        assert last is not None
        back_to = seq if end <= last[0] else None
        return Place(log_id, last[0] + 1, events.crc_of(last[1]), back_to=back_to)

    def _last_in_line(self, log_id: int) -> tuple[int, bytes] | None:
        last = self._archive.last_record(log_id)
        origin = self._origins.get(log_id)
        if last is None and origin is not None and origin.is_fork:
            return self._archive.last_record(origin.log_id, origin.before)
        return last

    def _is_another(self, log_id: int, seq: int, raw: bytes) -> bool:
        here = self._archive.whole_record(log_id, seq)
        return here is not None and not is_same(here, raw)

    def _is_here(self, seq: int) -> bool:
        return any(self._archive.whole_record(log_id, seq) is not None for log_id in self._ids)

    def _links(self) -> set[int]:
        """Return the links to every record here: a case that has lost some goes on from others."""
        return {
            link_to(events.crc_of(raw))
            for log_id in self._ids
            for raw in self._archive.raw_records(log_id)
        }


def records_of(blocks: Callable[[int, int], Iterable[Block]]) -> Records:
    """Return what reads records out of the answers of a case; `blocks` is `Line.blocks`."""

    def read(start: int, end: int) -> dict[int, bytes]:
        reader = SlotReader(start, None)
        found = []
        for seq, chain, raw in blocks(start, end):
            found += reader.feed(seq, chain, raw)
        return records_in([*found, *reader.end(known=end)])

    return read


def keep_flash(archive: Archive, case_id: int, log: str, found: Sequence[Read]) -> tuple[int, Kept]:
    """Add what was read of a log (its id in hex) from a flash, all of it, by seq.

    What it has of its own, if it has left the log that is here, goes into a fork. Returns the log
    that it goes on in, and what is new. Of damaged records only those are added that
    come after the last one here. Runs inside `transaction`.
    """
    current = next(case.log_id for case in archive.cases() if case.id == case_id)
    logs = LogAndForks(archive, case_id, log, current)
    if logs.last_record() is None:
        log_id = archive.keep_log(case_id, log, archive.heir(case_id))
        return log_id, archive.keep_slots(log_id, found)
    records = records_in(found)

    def read(start: int, end: int) -> dict[int, bytes]:
        return {seq: raw for seq, raw in records.items() if start <= seq < end}

    seqs = [each.slot.seq for each in found]
    place = logs.place(min(seqs, default=1), max(seqs, default=0) + 1, read)
    assert place.log_id is not None
    log_id, first = place.log_id, logs.first_of(place.log_id)
    if place.fork is not None:
        log_id = archive.keep_fork(log_id, lineage.fork_name(log, place.fork))
        first = place.next
    new = [
        each for each in found if each.slot.seq >= (first if each.slot.is_record else place.next)
    ]
    return log_id, archive.keep_slots(log_id, new)
