"""A case's log as a test wants it: what a person does with the case, by the true time.

Nothing here refuses anything: what a real case would do is for the tests of the case.
"""

from collections.abc import Collection

from tests.firmware.logs import boot_data, records_of

from rollcore import events, policy
from rollcore.events import CASE_EPOCH, Event, first_chain, seq_of
from rollcore.policy import Policy
from rollhost.database.archive import Archive, Case

MINUTE, HOUR, DAY = 60, 3600, 86400


def rules_for(needle_um: int = 250, *zones: str, **numbers: int) -> Policy:
    """Return an owner's rules for these needles, areas of skin and numbers."""
    rules = policy.for_needle(needle_um).changed(revision=1, **numbers)
    return Policy(policy.numbers_of(rules), zones or policy.DEFAULT_ZONES)


class Logbook:
    """The log of a case that was switched on at Unix time `now` (s), and then that moment.

    `behind` is how far its clock is behind (s).
    """

    def __init__(
        self,
        archive: Archive,
        now: int,
        device: str = "5c1f0a2b3c4d5e6f",
        log: bytes = b"logbook!",
    ) -> None:
        self.now = now
        self.behind = now - CASE_EPOCH
        self.log: list[Event] = []
        self.zone_digest = 0
        self._archive = archive
        self._chain = first_chain(log)
        with archive.transaction():
            self.case_id = archive.keep_case(device, "pico", "0.1.0")
            self.log_id = archive.keep_log(self.case_id, log.hex())
        self._boot = 0
        self.start()

    @property
    def case(self) -> Case:
        """The case as the database has it."""
        return next(case for case in self._archive.cases() if case.id == self.case_id)

    @property
    def last(self) -> int:
        """The number of the last record."""
        return len(self.log)

    def write(self, kind: int, zone: int = 0, **data: int) -> Event:
        """Write a record."""
        time = self.now - CASE_EPOCH - self.behind
        uptime = self.now - self._started
        event = Event(kind, data, zone, len(self.log) + 1, self._boot, uptime, time)
        self.log.append(event)
        return event

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds

    def start(self, off_s: int = 0, torn: int = 0) -> None:
        """Take the power away for so long, and give it back."""
        self.now += off_s
        self.behind += off_s
        self._started = self.now
        self._boot += 1
        self.write(events.BOOT, **boot_data(torn=torn))

    def set_clock(self) -> None:
        """Set the clock right."""
        old, self.behind = self.now - CASE_EPOCH - self.behind, 0
        self.write(events.CLOCK_SET, old=old, source=events.FROM_HOST, forced=0, sure=0)

    def set_rules(self, rules: Policy, kept: int = 0) -> None:
        """Put rules in force."""
        with self._archive.transaction():
            self._archive.keep_policy(rules)
        self.zone_digest = rules.digest
        self.write(events.POLICY_SET, digest=rules.digest, needle_um=rules.needle_um, kept=kept)

    def soak(self, purpose: int, how: int = events.SOAK_DONE, seconds: int = 10 * MINUTE) -> None:
        """Soak the roller."""
        self.write(events.SOAK_STARTED, purpose=purpose)
        self.wait(seconds)
        self.write(events.SOAK_ENDED, purpose=purpose, how=how)

    def prepare(self) -> None:
        """Soak the roller for a use, and let it dry."""
        self.soak(events.BEFORE_USE)
        self.wait(10 * MINUTE)

    def clean(self, after_s: int = 5 * MINUTE) -> None:
        """Soak the roller, so long after its use."""
        self.wait(after_s)
        self.soak(events.AFTER_USE)

    def begin(self, zone: int = 0, how: int = events.IN_TURN) -> None:
        """Start a use."""
        self.write(events.USE_STARTED, zone, how=how, digest=self.zone_digest)

    def end(self, zone: int = 0, seconds: int = 4 * MINUTE, how: int = events.BY_BUTTON) -> None:
        """End a use, so long after it began."""
        self.wait(seconds)
        self.write(events.USE_ENDED, zone, how=how, seconds=seconds)

    def use(self, zone: int = 0, how: int = events.IN_TURN) -> int:
        """Soak the roller where the rest is over, use it, clean it; return when its use ended."""
        if how == events.IN_TURN:
            self.prepare()
        self.begin(zone, how)
        self.end(zone)
        ended = self.now
        self.clean()
        return ended

    def keep(self, lost: Collection[int] = (), finished: bool = True) -> None:
        """Bring home all records but those with the numbers in `lost`, as a sync does."""
        with self._archive.transaction():
            raw = records_of(self.log, self._chain)
            self._archive.add_records(
                (self.log_id, record) for record in raw if seq_of(record) not in lost
            )
            self._archive.note_meeting(self.case_id, self.log_id, self.now, self.behind)
            if finished:
                self._archive.note_sync(self.case_id, self.now, self.behind)
