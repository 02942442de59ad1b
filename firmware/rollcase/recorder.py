"""The one way to flash: each event is logged here, and here it is known what keeps it from there.

The recorder calls nobody back. It says what happened in what it returns and in `changed`; whoever
logs looks there, judges anew and shows it.
"""

from binascii import hexlify

from rollcase.clock import Clock
from rollcase.journal import Journal, JournalError
from rollcore import events, state
from rollcore.events import Event
from rollcore.policy import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

RETRY_S = 60
"""How long to wait before logging again what the flash did not take (own)."""


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
        self.fault = ""
        """What keeps the case from doing its work; empty if nothing does."""
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
    def why_not(self) -> str:
        """What keeps the case from logging anything, once `start` was tried; else empty."""
        return "" if self.started and not self.safe else self.fault

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
        try:
            raw = self.journal.append(event)
        except JournalError as error:
            self.fault = str(error)
            self.failures += 1
            self._trace("fault " + self.fault)
        else:
            self.fault = ""
            if time >= 0:
                self.clock.set(time)
            self._trace("log " + hexlify(raw).decode())
        self.changed = True
        return self.fault

    def start(self) -> bool:
        """Log the start, unless it is logged; return whether it was logged now, and whole.

        It comes before anything else, because it undoes what a power cut undoes.
        """
        if self.started:
            return False
        if not self._power_logged:
            data = {"cause": self._cause, "torn": self.journal.torn}
            # This journal corrects nothing: what is damaged is torn.
            data["corrected"] = data["lost"] = data["skipped"] = 0
            self._power_logged = not self.log(events.BOOT, data)
        if not self._power_logged:
            return False
        if state.needs_safe_mode(self.journal.state):
            self.safe = self.started = self.changed = True
            self.fault = (
                f"the firmware has failed {self.journal.state.faults} times in a row."
                " Cut its power and let it start again"
            )
            return False
        if self.journal.state.policy_digest not in (0, self.policy.digest):
            # The policy that the log names is lost, and with it what the zones were.
            self.log_policy(self.policy, 0)
        self.started = not self.fault
        return self.started

    def is_last(self, kind: int, data: dict[str, int], zone: int) -> bool:
        """Return whether the last record of the log says just this."""
        try:
            _, _, raw = self.journal.read(self.journal.next - 1, 1)
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
        return self.fault

    def log_failure(self, place: dict[str, int]) -> None:
        """Log a failure of the firmware, if it can be: `place` as `faults.fields` has it."""
        if self.started and not self.safe:
            self.log(events.FAULT, place)
        self.fault = self.fault or "the firmware has failed"
        self.changed = True

    def look_again(self) -> None:
        """See whether what kept the case from logging is over. What was not logged stays so."""
        self.fault = self.journal.trouble()
        self.changed = True
