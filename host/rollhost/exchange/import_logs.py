"""The logs of a case in an export, and how they join those in the database.

Of a log that was put back and went on, the part that is a log of its own in one database may belong
to the log itself in another: whichever of the two was met first. So records are joined by what they
are, not by the name of the log that they come in.
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice, takewhile
from typing import NamedTuple

from rollcore import events
from rollhost.database.archive import Archive, LogFacts
from rollhost.database.staging import StagedLog
from rollhost.history import lineage
from rollhost.history.chain import link_of, link_to
from rollhost.history.lineage import Start

AT_ONCE = 2000
"""How many records are compared and added at once (own): more would only take more memory."""


class OtherRecord(Exception):
    """Record `seq` of the log `name` is another one in the file than in the database."""

    def __init__(self, seq: int, name: str) -> None:
        super().__init__(seq, name)
        self.seq = seq
        self.name = name


class Quarantined(NamedTuple):
    """A record that was in quarantine when it was exported."""

    seq: int
    raw: bytes
    chain: int
    reason: str


class LogPart(NamedTuple):
    """A log in the file: its name (hex), its records, and its quarantine by seq.

    `facts` is None in a file of version 1, which says nothing of that. `person` is whom the log
    is about, None if nobody has said. `flipped` has the bytes as
    they came of records that were put right, by seq.
    """

    name: str
    facts: LogFacts | None
    person: int | None
    records: StagedLog
    quarantine: dict[int, Quarantined]
    flipped: dict[int, bytes]

    @property
    def left(self) -> str | None:
        """The name of the log that this one, a fork, has left; None if it is no fork."""
        if self.facts is None or not lineage.is_fork(self.facts):
            return None
        return self.facts.fork_of

    @property
    def first(self) -> int:
        """The lowest seq in it; 1 if it is empty."""
        first = self.records.first
        return min([*([] if first is None else [first]), *self.quarantine], default=1)

    def every(self) -> Iterator[tuple[int, bytes]]:
        """Yield seq and bytes of each record, those in quarantine among them, by seq."""
        if not self.quarantine:
            return iter(self.records)  # which takes less time than to merge them with nothing
        quarantine = [(seq, record.raw) for seq, record in sorted(self.quarantine.items())]
        return merge(self.records, quarantine)


class Flaw(NamedTuple):
    """Why a record cannot be read, and the CRC that it is chained to as far as that is known."""

    reason: str
    chain: int


class Joined:
    """What has become of the logs in the file: `ids` are those in the database, by name there."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self.records = 0
        self.quarantined = 0


def keep_logs(archive: Archive, case_id: int, parts: Sequence[LogPart]) -> Joined:
    """Add the records of the logs of a case that the database lacks.

    Raises `OtherRecord` if one differs, and the log has not left the other there. Runs inside
    `transaction`.
    """
    joined = Joined()
    by_name = {part.name: part for part in parts}
    for part in _in_order(parts, by_name):
        flaws = dict(_flaws(part, _start_of(part, by_name)))
        target = _Target(archive, case_id, part, joined)
        target.find(flaws)
        for records in _in_pieces(part.every()):
            here = target.here(records[0][0], records[-1][0])
            new: list[tuple[int, bytes]] = []
            for seq, raw in records:
                flaw = flaws.get(seq)
                if flaw is not None:
                    if seq not in here:
                        log_id = target.log_of(seq)
                        added = archive.keep_in_quarantine(
                            log_id, seq, raw, flaw.chain, flaw.reason
                        )
                        joined.quarantined += added
                elif here.get(seq, raw) != raw:
                    raise OtherRecord(seq, part.name)
                else:
                    log_id = target.log_of(seq)
                    if seq not in here:
                        new.append((log_id, raw))
                    if seq in part.flipped:
                        archive.keep_flipped(log_id, seq, part.flipped[seq])
            joined.records += archive.add_records(new)
        joined.ids[part.name] = target.last
    return joined


def _in_pieces(records: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """Yield the records in lists of up to `AT_ONCE`."""
    while piece := list(islice(records, AT_ONCE)):
        yield piece


def _in_order(parts: Sequence[LogPart], by_name: dict[str, LogPart]) -> Iterator[LogPart]:
    """Yield the logs in their order in the file, but each one after those that it has left."""
    names: list[str] = []
    for part in parts:
        for name in [*reversed(_left_by(part, by_name)), part.name]:
            if name not in names:
                names.append(name)
                yield by_name[name]


def _left_by(part: LogPart, by_name: dict[str, LogPart]) -> list[str]:
    """Return the names of the logs that a fork has left, one after the other."""
    names: list[str] = []
    while part.left is not None and part.left not in names:
        names.append(part.left)
        part = by_name[part.left]
    return names


class _Target:
    """Where the records of a log in the file go: from some seq on into the log with some id."""

    def __init__(self, archive: Archive, case_id: int, part: LogPart, joined: Joined) -> None:
        self._archive = archive
        self._case_id = case_id
        self._part = part
        self._joined = joined
        self._from: dict[int, int] = {}
        self._own: int | None = None
        """From which seq on none of the records is in the database; None: from none."""

    @property
    def last(self) -> int:
        """The log that the last record goes to."""
        return self._from[max(self._from)]

    def log_of(self, seq: int) -> int:
        """Return the id of the log that record `seq` goes to."""
        return self._from[max(first for first in self._from if first <= seq)]

    def here(self, first: int, last: int) -> dict[int, bytes]:
        """Return the records in the database, with seqs from `first` to `last`, of these logs."""
        found: dict[int, bytes] = {}
        until = last + 1 if self._own is None else min(last + 1, self._own)
        for start, log_id in sorted(self._from.items(), reverse=True):
            found |= self._archive.records_between(log_id, max(first, start), until)
            until = min(until, start)
        return found

    def find(self, flaws: Mapping[int, Flaw]) -> None:
        """Look where the records of the log belong; make a log that is not here.

        Those with `flaws` do not count.
        """
        archive, part = self._archive, self._part
        origins = lineage.origins(archive, self._case_id)
        known = [
            log_id
            for log_id in archive.logs(self._case_id)
            if lineage.case_id_of(archive.log_name(log_id)) == lineage.case_id_of(part.name)
        ]
        common = self._last_common(known, flaws)
        if common is None:
            self._take_by_name()
            return
        last_common, log_id = common
        self._take_line(log_id, origins)
        other = self._first_other(flaws)
        if other is not None and other > last_common:
            # It has left that log: what it has from there on is a log of its own here.
            seq, raw = next(
                (seq, raw) for seq, raw in part.records if seq > last_common and seq not in flaws
            )
            self._from[seq] = archive.keep_fork(log_id, lineage.fork_name(part.name, raw))
            self._own = seq

    def _last_common(
        self, known: Sequence[int], flaws: Mapping[int, Flaw]
    ) -> tuple[int, int] | None:
        """Return the last record that is in one of these logs, too, as its seq and that log."""
        common: list[tuple[int, int]] = []
        for records in _in_pieces(iter(self._part.records)) if known else ():
            for log_id in known:
                here = self._archive.records_between(log_id, records[0][0], records[-1][0] + 1)
                found = (
                    seq
                    for seq, raw in reversed(records)
                    if here.get(seq) == raw and seq not in flaws
                )
                common += [(seq, log_id) for seq in islice(found, 1)]
        return max(common, default=None)

    def _first_other(self, flaws: Mapping[int, Flaw]) -> int | None:
        """Return the first seq of which these logs have another record; None if there is none."""
        for records in _in_pieces(iter(self._part.records)):
            here = self.here(records[0][0], records[-1][0])
            for seq, raw in records:
                if here.get(seq, raw) != raw and seq not in flaws:
                    return seq
        return None

    def _take_by_name(self) -> None:
        part = self._part
        if part.left is None:
            self._from[0] = self._archive.keep_log(self._case_id, part.name, None)
        else:
            self._from[0] = self._archive.keep_fork(self._joined.ids[part.left], part.name)

    def _take_line(self, log_id: int, origins: dict[int, lineage.Origin]) -> None:
        """Let the records go into a log, and into those that it has left for what was before."""
        while True:
            origin = origins.get(log_id)
            is_fork = origin is not None and origin.is_fork
            first = (origin.before or 0) if origin is not None and is_fork else 0
            self._from.setdefault(first, log_id)
            if origin is None or not is_fork:
                return
            log_id = origin.log_id


def _start_of(part: LogPart, by_name: dict[str, LogPart]) -> Start:
    """Return where the chain of a log in the file starts."""
    if part.left is None:
        return Start(0, events.first_chain(bytes.fromhex(part.name)))
    for name in _left_by(part, by_name):
        last = by_name[name].records.last_before(part.first)
        if last is not None:
            seq, raw = last
            return Start(seq, events.crc_of(raw))
    return Start(0, None)


def _flaws(part: LogPart, start: Start) -> Iterator[tuple[int, Flaw]]:
    """Yield the seq of each record that cannot be read, in order, and why.

    A record is chained to where the log starts, or to any record before it: a case that has lost
    records goes on from the last that it still has. After a gap in the numbers and after a damaged
    record it is not known to what a record is chained; then only its bytes are checked.
    """
    last, chain = start.seq, start.crc or 0
    links = _Links(part, link_to(chain))
    is_known = start.crc is not None
    """Whether it is known to what the next record is chained."""
    for seq, raw in part.every():
        quarantined = part.quarantine.get(seq)
        if quarantined:
            chain, reason = quarantined.chain, quarantined.reason
        else:
            follows = seq == last + 1 and is_known
            if not follows:
                chain = 0
            is_chained = not follows or events.intact(raw, chain) or links.lead_to(seq, raw)
            reason = _flaw(raw, seq) if is_chained else "its checksum does not fit"
        if reason:
            # The record after a damaged one may be chained to the CRC that the latter should have.
            links.add(link_to(events.crc_due(raw, chain)))
            yield seq, Flaw(reason, chain)
        is_known = not quarantined or events.intact(raw, chain)
        last, chain = seq, events.crc_of(raw)


class _Links:
    """The links to what the records of a log may be chained to: `first`, and each record before."""

    def __init__(self, part: LogPart, first: int) -> None:
        self._found = {first}
        self._records = part.every()

    def add(self, link: int) -> None:
        """Add a link."""
        self._found.add(link)

    def lead_to(self, seq: int, raw: bytes) -> bool:
        """Return whether record `seq` is chained to one of the records before it."""
        # Read only now: mostly each record is chained to the one before it, and nobody asks.
        for before in takewhile(lambda record: record[0] < seq, self._records):
            self._found.add(link_to(events.crc_of(before[1])))
        leads = link_of(raw) in self._found
        self._found.add(link_to(events.crc_of(raw)))  # the one that has ended the loop
        return leads


def _flaw(raw: bytes, seq: int) -> str:
    """Return why a record with the right checksum cannot be read; empty if it can."""
    try:
        event = events.decode(raw)
    except events.RecordError as error:
        return str(error)
    return "" if event.seq == seq else f"it says it is number {event.seq}"
