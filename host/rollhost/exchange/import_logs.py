"""The logs of a case in an export, and how they join those in the database.

Of a log that was put back and went on, the part that is a log of its own in one database may belong
to the log itself in another: whichever of the two was met first. So records are joined by what they
are, not by the name of the log that they come in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rollcore import events
from rollhost.database.archive import Archive, LogFacts
from rollhost.history import lineage
from rollhost.history.chain import link_of, link_to
from rollhost.history.lineage import Start


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
    """A log in the file: its name (hex), its records and its quarantine, both by seq.

    `facts` is None in a file of version 1, which says nothing of that. `person` is whom the log
    is about, None if nobody has said. `flipped` has the bytes as
    they came of records that were put right, by seq.
    """

    name: str
    facts: LogFacts | None
    person: int | None
    records: dict[int, bytes]
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
        return min([*self.records, *self.quarantine], default=1)


@dataclass
class Joined:
    """What has become of the logs in the file: `ids` are those in the database, by name there."""

    ids: dict[str, int] = field(default_factory=dict)
    records: int = 0
    quarantined: int = 0


def keep_logs(archive: Archive, case_id: int, parts: Sequence[LogPart]) -> Joined:
    """Add the records of the logs of a case that the database lacks.

    Raises `OtherRecord` if one differs, and the log has not left the other there. Runs inside
    `transaction`.
    """
    joined = Joined()
    by_name = {part.name: part for part in parts}
    for part in _in_order(parts, by_name):
        records = list(_judged(part, _start_of(part, by_name)))
        target = _Target(archive, case_id, part, joined)
        target.find({seq: raw for seq, raw, _, reason in records if not reason})
        new: list[tuple[int, bytes]] = []
        for seq, raw, chain, reason in records:
            if reason:
                if seq not in target.here:
                    log_id = target.log_of(seq)
                    added = archive.keep_in_quarantine(log_id, seq, raw, chain, reason)
                    joined.quarantined += added
            elif target.here.get(seq, raw) != raw:
                raise OtherRecord(seq, part.name)
            else:
                log_id = target.log_of(seq)
                if seq not in target.here:
                    new.append((log_id, raw))
                if seq in part.flipped:
                    archive.keep_flipped(log_id, seq, part.flipped[seq])
        joined.records += archive.add_records(new)
        joined.ids[part.name] = target.last
    return joined


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
    """Where the records of a log in the file go: from some seq on into the log with some id.

    `here` are the records of these logs that are in the database, by seq.
    """

    def __init__(self, archive: Archive, case_id: int, part: LogPart, joined: Joined) -> None:
        self._archive = archive
        self._case_id = case_id
        self._part = part
        self._joined = joined
        self._from: dict[int, int] = {}
        self.here: dict[int, bytes] = {}

    @property
    def last(self) -> int:
        """The log that the last record goes to."""
        return self._from[max(self._from)]

    def log_of(self, seq: int) -> int:
        """Return the id of the log that record `seq` goes to."""
        return self._from[max(first for first in self._from if first <= seq)]

    def find(self, records: dict[int, bytes]) -> None:
        """Look where these records of the log belong, by seq; make a log that is not here."""
        archive, part = self._archive, self._part
        origins = lineage.origins(archive, self._case_id)
        known = {
            log_id: {events.seq_of(raw): raw for raw in archive.raw_records(log_id)}
            for log_id in archive.logs(self._case_id)
            if lineage.case_id_of(archive.log_name(log_id)) == lineage.case_id_of(part.name)
        }
        common = [
            (seq, log_id)
            for log_id, here in known.items()
            for seq, raw in records.items()
            if here.get(seq) == raw
        ]
        if not common:
            self._take_by_name()
            self.here = known.get(self.last, {})
            return
        last_common, log_id = max(common)
        self._take_line(log_id, known, origins)
        others = [seq for seq in records if self.here.get(seq, records[seq]) != records[seq]]
        if others and min(others) > last_common:
            # It has left that log: what it has from there on is a log of its own here.
            own = min(seq for seq in records if seq > last_common)
            name = lineage.fork_name(part.name, records[own])
            self._from[own] = archive.keep_fork(log_id, name)
            self.here = {seq: raw for seq, raw in self.here.items() if seq < own}

    def _take_by_name(self) -> None:
        part = self._part
        if part.left is None:
            self._from[0] = self._archive.keep_log(self._case_id, part.name, None)
        else:
            self._from[0] = self._archive.keep_fork(self._joined.ids[part.left], part.name)

    def _take_line(
        self,
        log_id: int,
        known: dict[int, dict[int, bytes]],
        origins: dict[int, lineage.Origin],
    ) -> None:
        """Let the records go into a log, and into those that it has left for what was before."""
        until: int | None = None
        while True:
            origin = origins.get(log_id)
            is_fork = origin is not None and origin.is_fork
            first = (origin.before or 0) if origin is not None and is_fork else 0
            self._from[first] = log_id
            for seq, raw in known.get(log_id, {}).items():
                if seq >= first and (until is None or seq < until):
                    self.here[seq] = raw
            if origin is None or not is_fork:
                return
            log_id, until = origin.log_id, first


def _start_of(part: LogPart, by_name: dict[str, LogPart]) -> Start:
    """Return where the chain of a log in the file starts."""
    if part.left is None:
        return Start(0, events.first_chain(bytes.fromhex(part.name)))
    for name in _left_by(part, by_name):
        before = [seq for seq in by_name[name].records if seq < part.first]
        if before:
            last = max(before)
            return Start(last, events.crc_of(by_name[name].records[last]))
    return Start(0, None)


def _judged(part: LogPart, start: Start) -> Iterator[tuple[int, bytes, int, str]]:
    """Yield seq, bytes and chain of each record in order, and why it cannot be read, or "".

    A record is chained to where the log starts, or to any record before it: a case that has lost
    records goes on from the last that it still has. After a gap in the numbers and after a damaged
    record it is not known to what a record is chained; then only its bytes are checked.
    """
    last, chain = start.seq, start.crc or 0
    links = {link_to(chain)}
    is_known = start.crc is not None
    """Whether it is known to what the next record is chained."""
    for seq in sorted([*part.records, *part.quarantine]):
        quarantined = part.quarantine.get(seq)
        if quarantined:
            raw, chain, reason = quarantined.raw, quarantined.chain, quarantined.reason
        else:
            raw = part.records[seq]
            follows = seq == last + 1 and is_known
            if not follows:
                chain = 0
            is_chained = not follows or link_of(raw) in links
            reason = _flaw(raw, seq) if is_chained else "its checksum does not fit"
        yield seq, raw, chain, reason
        links.add(link_to(events.crc_of(raw)))
        if reason:
            # The record after a damaged one may be chained to the CRC that the latter should have.
            links.add(link_to(events.crc_due(raw, chain)))
        is_known = not quarantined or events.intact(raw, chain)
        last, chain = seq, events.crc_of(raw)


def _flaw(raw: bytes, seq: int) -> str:
    """Return why a record with the right checksum cannot be read; empty if it can."""
    try:
        event = events.decode(raw)
    except events.RecordError as error:
        return str(error)
    return "" if event.seq == seq else f"it says it is number {event.seq}"
