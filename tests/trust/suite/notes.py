"""What a case has promised so far, noted beside the flash, and whether a start keeps it.

A promise holds from the flash operation on after which it was given: so a power cut can be tried
after any operation, and what had to be there then is known.
"""

from tests.micropython.suite.expect import equal, true

from rollcase.journal import CLOCK_EVERY_S, Journal
from rollcore import events, slots, snapshot
from rollcore.blocks import SLOTS
from rollcore.memory import State
from rollcore.policy import Policy
from rollcore.rest import rested_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcase.app import App

SLACK_S = 90
"""How much later than it is due a checkpoint may come: somebody may be at the button."""


class Broken(Exception):
    """A promise is broken: `what` is "lost", "doubled", "bent" or "failed"."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(what + ": " + text)
        self.what = what
        self.text = text


class Row:
    """A record that was answered after so many operations, and the state with it."""

    def __init__(self, operations: int, raw: bytes, packed: bytes) -> None:
        self.operations = operations
        self.raw = raw
        self.packed = packed
        self.seq = events.seq_of(raw)


class Log:
    """A log: what it was born with, its records, and what a host has acknowledged of it."""

    def __init__(self, begun: int, log_id: bytes, packed: bytes) -> None:
        self.begun = begun  # operations
        self.log_id = log_id
        self.packed = packed  # its state before the first record
        self.rows: list[Row] = []
        self.acks: list[tuple[int, int]] = []
        """Operations done when the host said it, and the seq."""

    def answered(self, operations: int) -> int:
        """Return how many records had been answered after so many operations."""
        low, high = 0, len(self.rows)
        while low < high:
            middle = (low + high) // 2
            if self.rows[middle].operations <= operations:
                low = middle + 1
            else:
                high = middle
        return low

    def acked(self, operations: int) -> int:
        """Return the seq up to which a host had acknowledged."""
        return max([seq for at, seq in self.acks if at <= operations], default=0)


class Notes:
    """Everything that a life has promised; `times` is the clock (s) at each operation."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.times: list[int] = []
        self.cuts = 1
        """How often the power was cut since the start was logged, and so how much can be torn."""
        self.rules: dict[int, Policy] = {}
        """Every policy that was ever in force, by its digest."""

    def after(self, found: "Found", operations: int, time: int) -> "Notes":
        """Return the notes for the life that goes on from what a start has found.

        A log that this start has begun is there after so many `operations` of it.
        """
        notes = Notes()
        log = Log(0 if found.log in self.logs else operations, found.log.log_id, found.log.packed)
        log.rows = [Row(0, row.raw, row.packed) for row in found.log.rows[: found.count]]
        log.acks = [(0, found.acked)]
        notes.logs = [log]
        notes.times = [time]
        notes.rules = self.rules
        notes.cuts = self.cuts + 1
        return notes

    def look(self, journal: Journal, operations: int) -> "Found":
        """Check what a start has found after so many operations. Raises `Broken`."""
        if journal.unusable or journal.hurt:
            raise Broken("failed", journal.unusable or journal.hurt)
        log = self._log_of(journal, operations)
        count = _look_at_records(journal, log, operations)
        acked = log.acked(operations)
        if journal.acked > acked:
            raise Broken("bent", f"{journal.acked} are acknowledged, not {acked}")
        due = log.rows[count - 1].packed if count else log.packed
        if snapshot.pack(journal.state) != due:
            now, then = journal.state.__dict__, snapshot.unpack(due).__dict__
            differing = [(key, now[key], then[key]) for key in now if now[key] != then[key]]
            raise Broken("bent", f"the state is another after {count} records: {differing}")
        self._look_at_time(journal, operations)
        # A power cut damages nothing that was whole. What was cut itself can be nearly whole.
        if journal.lost or max(journal.torn, journal.skipped, journal.corrected) > self.cuts:
            counts = (journal.lost, journal.corrected, journal.torn, journal.skipped)
            raise Broken("failed", f"lost, corrected, torn, skipped: {counts}")
        return Found(log, count, acked)

    def look_at_rules(self, app: "App", found: "Found") -> None:
        """Check that the policy in force is the one of the log, once the start is logged."""
        digest = snapshot.unpack(found.packed).policy_digest
        if digest and app.policy.digest != digest:
            raise Broken("bent", f"the policy is {app.policy.text}")
        if app.fault and "full" not in app.fault:
            raise Broken("failed", app.fault)
        before = snapshot.unpack(found.packed)
        for zone in range(events.ZONES):
            due = rested_at(before, self.rules.get(digest, app.policy), zone)
            if rested_at(app.journal.state, app.policy, zone) < due:
                raise Broken("bent", f"zone {zone} has rested too early")
        after = app.journal.state
        if (before.hold_reason, before.hold_until) != (after.hold_reason, after.hold_until):
            raise Broken("bent", "the hold is another")

    def _log_of(self, journal: Journal, operations: int) -> Log:
        """Return which log this is: the newest that was begun, or the one whose making was cut."""
        begun = [log for log in self.logs if log.begun <= operations]
        if not begun and journal.next == 1:
            return Log(0, journal.log_id, snapshot.pack(State()))  # none was promised yet
        others = self.logs[len(begun) : len(begun) + 1]
        for log in begun[-1:] + others:
            if log.log_id == journal.log_id:
                return log
        raise Broken("lost", f"the log is {journal.log_id!r}")

    def _look_at_time(self, journal: Journal, operations: int) -> None:
        # The cut was at some moment between the last operation and the next one.
        last = len(self.times) - 1
        earliest, latest = self.times[min(operations, last)], self.times[min(operations + 1, last)]
        if journal.time > latest:
            raise Broken("bent", f"the clock is {journal.time - latest} s ahead")
        if journal.time < earliest - CLOCK_EVERY_S - SLACK_S:
            raise Broken("failed", f"the clock is {earliest - journal.time} s behind")


class Found:
    """What a start has found: so many records of a log, which a host has up to `acked`."""

    def __init__(self, log: Log, count: int, acked: int) -> None:
        self.log = log
        self.count = count
        self.acked = acked

    @property
    def packed(self) -> bytes:
        """The state after the last record."""
        return self.log.rows[self.count - 1].packed if self.count else self.log.packed


def _look_at_records(journal: Journal, log: Log, operations: int) -> int:
    """Check that every answered record is there, in order and once; return how many there are.

    One more can be there, which was not answered. Those before the first one on flash have been
    acknowledged.
    """
    if journal.first > log.acked(operations) + 1:
        raise Broken("lost", f"the log begins with {journal.first}")
    # Where numbers were left out, the records before record `seq` are fewer than `seq`.
    place = 0
    while place < len(log.rows) and log.rows[place].seq < journal.first:
        place += 1
    seq = journal.first
    while True:
        first, chain, raw = journal.read(seq, SLOTS)
        if not raw:
            break
        true(first >= seq and len(raw) % 32 == 0, f"{len(raw)} bytes at {first}")
        seq = first + len(raw) // 32
        count = len(raw) // 32
        if raw == b"".join([row.raw for row in log.rows[place : place + count]]):
            place += count
            continue
        for slot in slots.walk(raw, first, chain)[0]:
            if not slot.is_record:
                continue
            row = log.rows[place] if place < len(log.rows) else None
            if row is None or row.raw != slot.raw:
                seen = [other.seq for other in log.rows[:place] if other.raw == slot.raw]
                what = "doubled" if seen else "lost"
                due = row.seq if row else "nothing"
                raise Broken(what, f"there is record {slot.seq}, due is {due}")
            place += 1
    equal(seq, journal.next)
    answered = log.answered(operations)
    if not answered <= place <= answered + 1:
        raise Broken("lost", f"{place} records are there, {answered} were answered")
    if place and journal.next <= log.rows[place - 1].seq:
        raise Broken("doubled", f"{journal.next} would be given again")
    return place
