"""Whether a log is as the case wrote it: each record is decoded, and the chain checked.

The CRC of a record is seeded with the CRC of the record before, so that an edited,
swapped or missing record is detected, except at the end. Some things look like a broken
chain and are not. Where the chain goes on across a gap in the numbers, these were never
given: their slots were torn or had lost bits. In an older log the case had lost such
records, and said so when it started. It may lose records after a sync has fetched them.
The record after a damaged one is chained to the CRC that stands in it, or that it should have. And
a log may begin with a state that the case has told, in place of the records before.
"""

from collections.abc import Collection, Container, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from rollcore import events
from rollcore.events import RECORD_SIZE, Event
from rollhost.history.chain import link_of, link_to
from rollhost.history.lineage import Start

NEVER_GIVEN = "never given"
"""Numbers that no record has got: the chain goes on across them."""

LOST = "lost"
"""Records that the case had lost before a sync, as it says: the chain goes on without them."""

TOLD = "told"
"""Records from before this computer met the log: the case has told what they add up to."""

PUT_RIGHT = "put right"
"""A record in which a sync has put flipped bits right."""

RESUMED = "resumed"
"""Records that a sync fetched and the case has lost since: the chain forks before them."""

MISSING = "missing"
UNREADABLE = "unreadable"
MOVED = "moved"
UNCHAINED = "unchained"
DAMAGED = "damaged"
UNKNOWN = "unknown"

MILESTONE = "milestone"
"""Records that do not add up to what was kept of them; see `milestones`."""

_CAUSES = next(field.names for field in events.KINDS[events.BOOT].fields if field.name == "cause")

DAMAGE = ("torn", "corrected", "lost", "skipped")
"""Fields of a start that count what was broken on the flash, and for the most part put right."""

HARMLESS = (NEVER_GIVEN, LOST, TOLD, PUT_RIGHT, RESUMED, UNKNOWN)
"""Kinds of remarks on records that can be trusted."""


_UP_TO_TWO_BITS = (
    0,
    *(1 << bit for bit in range(32)),
    *(1 << one | 1 << other for one, other in combinations(range(32), 2)),
)
"""So many bits of a damaged record's CRC may be flipped; see `firmware/SPEC.md`."""


class Remark(NamedTuple):
    """What is wrong or remarkable with the records `first` to `last` (seq)."""

    kind: str
    first: int
    last: int
    other: int = 0
    """The seq of another record: with `LOST` the one after which the case went on, 0 for the log's
    beginning; with `MOVED` the one whose bytes are in this row; with `PUT_RIGHT` how many bits."""
    reason: str = ""
    """With `UNREADABLE`, `UNKNOWN` and `DAMAGED`: why the record cannot be read."""

    @property
    def is_wrong(self) -> bool:
        """Whether the records cannot be trusted."""
        return self.kind not in HARMLESS


class Verdict:
    """The result of verifying a log."""

    def __init__(self, records: int, quarantined: int) -> None:
        self.records = records
        self.quarantined = quarantined
        self.starts: dict[str, int] = {}
        """The number of starts of the case, by cause."""
        self.damage = dict.fromkeys(DAMAGE, 0)
        """What the case found broken on its flash when it started, by the fields in `DAMAGE`."""
        self.remarks: list[Remark] = []

    @property
    def wrong(self) -> int:
        """How many remarks say that records cannot be trusted."""
        return sum(remark.is_wrong for remark in self.remarks)


Quarantined = tuple[int, bytes, int, str]
"""A row of the quarantine: seq, bytes, the CRC that it should be chained to, and the reason."""


def verify(
    start: Start,
    stored: Mapping[int, bytes],
    quarantine: Iterable[Quarantined],
    told: Container[int] = (),
    flipped: Mapping[int, bytes] | None = None,
) -> Verdict:
    """Return the result of verifying a log: the bytes in its rows, by the seq of each.

    Its chain starts at `start`. `told` has the seqs of the states that the case told, `flipped` the
    bytes as they came of records that were put right, by seq.
    """
    aside = {seq: (raw, chain, reason) for seq, raw, chain, reason in quarantine}
    verdict = Verdict(len(stored), len(aside))
    chain = _Chain(start, told)
    for seq in sorted(stored.keys() | aside.keys()):
        if seq in aside:
            verdict.remarks.append(_set_aside(seq, *aside[seq]))
        if seq in stored:
            raw = stored[seq]
            remarks = [*_read(seq, raw, verdict), *chain.follow(seq, raw)]
            if flipped and seq in flipped:
                remarks.append(_put_right(seq, raw, flipped[seq]))
        else:
            raw, due, _ = aside[seq]
            remarks = chain.follow_damaged(seq, raw, due)
        verdict.remarks += remarks
    return verdict


def count_missing(
    records: Mapping[int, bytes],
    quarantine: Iterable[Quarantined],
    start: Start,
    told: Container[int],
) -> int:
    """Return how many records before the last one a case has written, and are not here.

    `records` are those of a log, by seq; the others are as in `verify`.
    """
    aside = {seq: (raw, due) for seq, raw, due, _ in quarantine}
    seqs = sorted(records.keys() | aside.keys())
    if not seqs or seqs[-1] - start.seq == len(seqs):
        return 0
    chain, missing = _Chain(start, told), 0
    for seq in seqs:
        if seq in records:
            remarks = chain.follow(seq, records[seq])
        else:
            remarks = chain.follow_damaged(seq, *aside[seq])
        gone = [remark for remark in remarks if remark.kind in (MISSING, LOST, TOLD)]
        missing += sum(remark.last - remark.first + 1 for remark in gone)
    return missing


class _Chain:
    """The chain of a log, checked record by record: to which CRC the next may be chained."""

    def __init__(self, start: Start, told: Container[int]) -> None:
        self._last = start.seq
        self._told = told
        self._ends: set[int] = set()
        self._is_damaged = start.crc is None
        """Whether the next record may be chained to anything."""
        self._crcs: set[int] = set() if start.crc is None else {start.crc}
        """What the last record's CRC can have been, before damage."""
        self._known: dict[int, int] = {}
        """The seq of every record so far, by the link to it."""
        if start.crc is not None:
            self._ends = {link_to(start.crc)}
            self._known[link_to(start.crc)] = start.seq

    def follow(self, seq: int, raw: bytes) -> list[Remark]:
        """Add a record to the chain; return the remarks about its link."""
        if len(raw) != RECORD_SIZE:
            remarks = self._gap(seq, None, raw)
            self._go_on(seq, set(), is_damaged=True)
            return remarks
        link = link_of(raw)
        remarks = self._gap(seq, link, raw)
        is_next = seq == self._last + 1
        if is_next and link not in self._ends and not self._is_damaged:
            remarks.append(self._fork(seq, link))
        self._go_on(seq, {events.crc_of(raw)})
        return remarks

    def follow_damaged(self, seq: int, raw: bytes, due: int) -> list[Remark]:
        """Add a record in quarantine, which should be chained to the CRC `due`; return remarks."""
        remarks = self._gap(seq, link_to(due), raw)
        if len(raw) != RECORD_SIZE:
            self._go_on(seq, set(), is_damaged=True)
        else:
            # Its CRC may be damaged itself, in up to two bits; or it alone is: then the next one is
            # chained to the CRC that is due, which depends on the record before.
            stands = events.crc_of(raw)
            before = {due, *self._crcs} if seq == self._last + 1 else {due}
            crcs = {stands, *(events.crc_due(raw, crc) for crc in before)}
            self._go_on(seq, crcs, {link_to(stands ^ flips) for flips in _UP_TO_TWO_BITS})
        return remarks

    def _gap(self, seq: int, link: int | None, raw: bytes) -> list[Remark]:
        """Return a remark if there are none before record `seq`, which has this link and bytes."""
        first, last = self._last + 1, seq - 1
        if first > last:
            return []
        if link in self._known:
            if _tells_of_lost_records(raw):
                return [Remark(LOST, first, last, other=self._known[link])]
            return [Remark(NEVER_GIVEN, first, last)]
        return [Remark(TOLD if last in self._told else MISSING, first, last)]

    def _fork(self, seq: int, link: int) -> Remark:
        if link in self._known:
            return Remark(RESUMED, self._known[link] + 1, self._last)
        return Remark(UNCHAINED, seq, seq)

    def _go_on(
        self, seq: int, crcs: set[int], links: Collection[int] = (), is_damaged: bool = False
    ) -> None:
        """Let the next record be chained to one of these CRCs, or by one of these links."""
        self._last = seq
        self._crcs = crcs
        self._ends = {*(link_to(crc) for crc in crcs), *links}
        self._is_damaged = is_damaged
        for end in self._ends:
            self._known.setdefault(end, seq)


def found_broken(boot: Event) -> dict[str, int]:
    """Return what a start says of its flash, by the fields in `DAMAGE`.

    What an older log says in bytes is not among it: see `LOST`.
    """
    found = {name: boot.data[name] for name in DAMAGE}
    if found["torn"] >= RECORD_SIZE:
        found["torn"] = 0
    return found


def _tells_of_lost_records(raw: bytes) -> bool:
    """Return whether this is the start of a case which left out the bytes of whole records.

    A case whose log lies in blocks counts half-written records, of which there are fewer.
    """
    try:
        event = events.decode(raw)
    except events.RecordError:
        return False
    return event.kind == events.BOOT and event.data["torn"] >= RECORD_SIZE


def _read(seq: int, raw: bytes, verdict: Verdict) -> list[Remark]:
    """Decode a record; return a remark if it cannot be read, or is another one's.

    Counts a start in `verdict`.
    """
    try:
        event = events.decode(raw)
    except events.RecordError as error:
        return [Remark(UNREADABLE, seq, seq, reason=str(error))]
    if event.kind == events.BOOT:
        cause = _CAUSES.get(event.data["cause"], str(event.data["cause"]))
        verdict.starts[cause] = verdict.starts.get(cause, 0) + 1
        for name in DAMAGE:
            verdict.damage[name] += found_broken(event)[name]
    return [] if event.seq == seq else [Remark(MOVED, seq, seq, other=event.seq)]


def _put_right(seq: int, raw: bytes, came: bytes) -> Remark:
    change = int.from_bytes(raw, "little") ^ int.from_bytes(came, "little")
    return Remark(PUT_RIGHT, seq, seq, other=change.bit_count())


def _set_aside(seq: int, raw: bytes, chain: int, reason: str) -> Remark:
    """Return the remark on a record in quarantine: damaged, or whole and of an unknown kind."""
    is_whole = events.intact(raw, chain) and events.seq_of(raw) == seq
    return Remark(UNKNOWN if is_whole else DAMAGED, seq, seq, reason=reason)
