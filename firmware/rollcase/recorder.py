"""The one way to flash: each event is logged here, and here it is known what keeps it from there.

The recorder calls nobody back. It says what happened in what it returns and in `changed`; whoever
logs looks there, judges anew and shows it.
"""

from binascii import hexlify

from rollcase.clock import LAST, Clock
from rollcase.journal import Journal, JournalError
from rollcore import events, state
from rollcore.events import Event
from rollcore.policy import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

RETRY_S = 60
"""How long to wait before logging again what the flash did not take (own)."""


FULL = "the log is full: sync it with the host"

NO_POLICY = "the policy cannot be read: sync, and it is set again"

NO_TIME = "the clock has come to its end: host sync --clock-is-right sets it back"


class Recorder:
    """Logs what happens in this run of the case; `cause` is why it started (of `events.BOOT`)."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        policy: Policy,
        cause: int,
        trace: "Callable[[str], None]",
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.policy = policy
        """The policy in force."""
        self._fault = ""
        self.safe = False
        """Whether it has failed so often that it only answers the host."""
        self.started = False
        """Whether the start is logged, and whatever else has to be before the day goes on."""
        self.changed = False
        """Whether there is a new state, policy or fault since this was last set to False."""
        self.failures = 0
        """How many records the flash did not take."""
        self.boot = min(journal.state.boot + 1, events.MAX_BOOT)
        """The number of this run."""
        self._cause = cause
        self._power_logged = False
        self._trace = trace

    @property
    def fault(self) -> str:
        """What keeps the case from doing its work; empty if nothing does."""
        return self._fault or self._hurt

    @property
    def has_lost_policy(self) -> bool:
        """Whether the policy that the log names cannot be read.

        Its limits may be longer than those of any that is known here, so no use may begin.
        """
        # Asked in every turn: a tuple would be made anew each time.
        digest = self.journal.state.policy_digest
        return digest != 0 and digest != self.policy.digest

    @property
    def _hurt(self) -> str:
        """What is lost, or over, so that no use may begin; empty if nothing is known."""
        if self.clock.time >= LAST:
            return self.journal.hurt or NO_TIME
        return self.journal.hurt or (NO_POLICY if self.has_lost_policy else "")

    @property
    def is_blocked(self) -> bool:
        """Whether the last record was not taken."""
        return bool(self._fault)

    @property
    def is_short_of_room(self) -> bool:
        """Whether the log should be synced soon, because it is nearly full."""
        return not self.journal.unusable and self.journal.left < state.SYNC_ME

    @property
    def why_not(self) -> str:
        """What keeps the case from logging anything, once `start` was tried; else empty."""
        return "" if self.started and not self.safe else self._fault

    def log(self, kind: int, data: dict[str, int], zone: int = 0, time: int = -1) -> str:
        """Put an event on flash; return why not, or an empty string.

        Only once it is there do state and clock follow. `time` is case time (s) from there on; -1
        for no change.
        """
        event = Event(
            kind,
            data,
            zone,
            boot=self.boot,
            uptime=self.clock.uptime,
            time=self.clock.time if time < 0 else time,
        )
        self._fault = self._why_not_begun(kind)
        if not self._fault:
            try:
                raw = self.journal.append(event)
            except JournalError as error:
                self._fault = str(error)
        if self._fault:
            self.failures += 1
            self._trace("fault " + self._fault)
        else:
            if time >= 0:
                self.clock.set(time)
            self._trace("log " + hexlify(raw).decode())
        self.changed = True
        return self._fault

    def _why_not_begun(self, kind: int) -> str:
        """Return why the log takes no beginning of anything now, if this is one; else nothing."""
        if kind == events.USE_STARTED and self._hurt:
            return self._hurt
        if kind not in state.BEGINNINGS or self.journal.unusable:
            return ""
        return "" if state.takes(kind, self.journal.left) else FULL

    def start(self) -> bool:
        """Log the start, unless it is logged; return whether it was logged now, and whole.

        It comes before anything else, because it undoes what a power cut undoes.
        """
        if self.started:
            return False
        if not self._power_logged:
            journal = self.journal
            data = {
                "cause": self._cause,
                "torn": journal.torn,
                "corrected": journal.corrected,
                "lost": journal.lost,
                "skipped": journal.skipped,
            }
            self._power_logged = not self.log(events.BOOT, data)
        if not self._power_logged:
            return False
        if state.needs_safe_mode(self.journal.state):
            self.safe = self.started = self.changed = True
            self._fault = (
                f"the firmware has failed {self.journal.state.faults} times in a row."
                " Cut its power and let it start again"
            )
            return False
        self.started = not self._fault
        return self.started

    def is_last(self, kind: int, data: dict[str, int], zone: int) -> bool:
        """Return whether the last record of the log says just this."""
        try:
            _, _, raw = self.journal.read(self.journal.state.seq, 1)
            last = events.decode(raw)
        except (JournalError, events.RecordError):
            return False
        return (last.kind, last.data, last.zone) == (kind, data, zone)

    def log_policy(self, new: Policy, kept: int) -> str:
        """Put a policy in force, `kept` of whose zones are those of the one before.

        Returns why not, or an empty string; then the policy in force is the one before.
        """
        old, self.policy = self.policy, new
        data = {"digest": new.digest, "needle_um": new.needle_um, "kept": kept}
        if self.log(events.POLICY_SET, data):
            self.policy = old
        return self._fault

    def log_failure(self, place: dict[str, int]) -> None:
        """Log a failure of the firmware, if it can be: `place` as `faults.fields` has it."""
        if self.started and not self.safe:
            self.log(events.FAULT, place)
        self._fault = self._fault or "the firmware has failed"
        self.changed = True

    def look_again(self) -> None:
        """See whether what kept the case from logging is over. What was not logged stays so."""
        self._fault = self.journal.trouble()
        self.changed = True
