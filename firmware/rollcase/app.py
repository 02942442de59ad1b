"""The case's day: joins button, clock, log and lamp. No hardware in here.

`App.step` is called often, with the tick counter and the button's level; it
returns the lamp's colour. Every press is answered by the lamp only after its
record is on flash: the state changes by logging and in no other way.
"""

import struct
from binascii import hexlify

from rollcase import cells, lamp, rules
from rollcase.clock import EXACT_S, STORE_EVERY_S, Clock, refusal
from rollcase.gestures import NO_GESTURE, UNCLEAR, Button
from rollcase.journal import Journal, JournalError
from rollcore import events, state
from rollcore.events import HOLD, LONG_HOLD, Event
from rollcore.policy import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

DAY_S = 86400

RETRY_S = 60
"""How long to wait before logging again what the flash did not take (own)."""


class App:
    """The case between power-up and power cut.

    `directory` holds the log and the small values beside it; `cause` is why the
    case started (of `events.BOOT`); `ticks` is the tick counter (ms) now;
    `trace` is told in words what happens, for whoever watches.
    """

    def __init__(
        self,
        directory: str,
        journal: Journal,
        cause: int,
        ticks: int,
        trace: "Callable[[str], None]",
    ) -> None:
        self._directory = directory
        self._trace = trace
        self.journal = journal
        self.clock = Clock(self._stored_time(), ticks)
        self.policy = rules.load(directory, journal.state.policy_digest, journal.state.needle_um)
        self.fault = ""
        """What keeps the case from doing its work; empty if nothing does."""
        self._button = Button()
        self._player = lamp.Player()
        self._ticks = ticks
        self._stored_at = self.clock.time
        self._wake = 0  # case time at which something changes by itself
        self._hold_phase = ""
        self._shown = ""
        self.standing = state.judge(journal.state, self.policy, self.clock.time)
        self._boot = min(journal.state.boot + 1, events.MAX_BOOT)
        self._cause = cause
        self._boot_logged = False
        trace(f"boot {self._boot}")
        self._log_boot()

    def step(self, ticks: int, down: bool) -> int:
        """Live on until tick `ticks`, the button being `down` or not; return the colour."""
        self._ticks = ticks
        self.clock.advance(ticks)
        if self.clock.time >= self._wake:
            self._run_out()
        gesture = self._button.feed(ticks, down)
        if gesture != NO_GESTURE:
            self._respond(gesture)
        if self.clock.time - self._stored_at >= STORE_EVERY_S:
            self._store_time()
        return self._player.colour(ticks)

    def lamp_ms(self) -> int:
        """Return the milliseconds until the lamp changes colour."""
        return self._player.wait_ms(self._ticks)

    def idle_ms(self) -> int:
        """Return the milliseconds for which nothing but the lamp needs a step."""
        due = min(self._wake, self._stored_at + STORE_EVERY_S)
        idle = self.clock.ms_until(due)
        button = self._button.wait_ms(self._ticks)
        return idle if button < 0 else min(idle, button)

    def set_clock(self, time: int, source: int, forced: bool) -> str:
        """Set case time (s); return why not, or an empty string. A change is logged."""
        old = self.clock.time
        if -EXACT_S < time - old < EXACT_S and self.journal.state.clock_set:
            return ""
        why_not = refusal(old, time, forced) or self._not_started()
        if why_not:
            return why_not
        self._log(
            events.CLOCK_SET, {"old": old, "source": source, "forced": int(forced)}, time=time
        )
        if self.fault:
            return self.fault
        self._store_time()
        return ""

    def set_policy(self, new: Policy) -> str:
        """Put new rules in force; return why not, or an empty string."""
        if new.digest == self.policy.digest == self.journal.state.policy_digest:
            return ""
        if self._not_started():
            return self.fault
        try:
            rules.keep(self._directory, new)
            self._log(events.POLICY_SET, {"digest": new.digest, "needle_um": new.needle_um})
            if self.fault:
                return self.fault
        except OSError as error:
            return f"the flash did not take the rules ({error})"
        self.policy = new
        self._refresh()
        try:
            rules.forget_others(self._directory, new.digest)
        except OSError:
            pass  # they take a little room, and go with the next ones
        return ""

    def ack(self, seq: int) -> None:
        """Note that the host holds the log up to `seq`. Raises OSError."""
        self.journal.ack(seq)
        if self.fault:
            self.fault = self.journal.trouble()
            if not self.fault and not self._boot_logged:
                self._log_boot()
            else:
                self._refresh()

    def _run_out(self) -> None:
        """Log what ends by itself, and see what the time has changed."""
        if not self._boot_logged:
            self._log_boot()
            return
        if self.fault:
            # Whatever was not taken is not logged later, but what comes may be.
            self.fault = self.journal.trouble()
        standing = state.judge(self.journal.state, self.policy, self.clock.time)
        if standing.phase == state.IN_USE and self.clock.time >= standing.until:
            self._end_use(events.TIMED_OUT)
        elif standing.phase == state.SOAKING and self.clock.time >= standing.until:
            purpose = self.journal.state.soaking
            self._log(events.SOAK_ENDED, {"purpose": purpose, "how": events.SOAK_DONE})
        else:
            self._refresh()

    def _respond(self, gesture: int) -> None:
        if gesture == UNCLEAR:
            self._answer(lamp.AGAIN)
            return
        if not self._boot_logged:
            self._log_boot()  # what was before the start does not count any more
            return
        phase = self.standing.phase
        if gesture == HOLD:
            self._hold_phase = phase
        elif gesture == LONG_HOLD and phase != self._hold_phase:
            return  # its hold has acted already, and led on from there
        action = state.action(phase, gesture)
        if action == state.COUNT:
            self._count()
        elif action == state.REFUSE:
            until = 0 if self.standing.until == state.FOREVER else self.standing.until
            self._log(
                events.REFUSED,
                {"gesture": gesture, "reason": state.REASONS[phase], "until": until},
            )
            self._answer(lamp.REFUSED)
        elif action == state.START_SOAK:
            purpose = events.AFTER_USE if phase == state.CLEAN_ME else events.BEFORE_USE
            self._log(events.SOAK_STARTED, {"purpose": purpose})
        elif action == state.ABORT_SOAK:
            purpose = self.journal.state.soaking
            self._log(events.SOAK_ENDED, {"purpose": purpose, "how": events.SOAK_ABORTED})
        elif action == state.START_USE:
            self._start_use(events.IN_TURN)
        elif action == state.OVERRIDE_REST:
            self._start_use(events.OVERRIDE)
        elif action == state.END_USE:
            self._end_use(events.BY_BUTTON)
        elif action == state.REPLACE_HEAD:
            self._log(events.HEAD_NEW, {"uses": self.journal.state.head_uses})

    def _start_use(self, how: int) -> None:
        self._log(events.USE_STARTED, {"how": how, "digest": self.policy.digest})

    def _end_use(self, how: int) -> None:
        seconds = max(0, self.clock.time - self.journal.state.at[state.USE_START])
        if how == events.BY_BUTTON and seconds < state.CANCEL_S:
            how = events.CANCELLED
        self._log(events.USE_ENDED, {"how": how, "seconds": seconds}, zone=self.journal.state.zone)

    def _count(self) -> None:
        """Answer a press with a number: days or minutes left, or what a head has seen."""
        standing = self.standing
        now = self.clock.time
        colour = lamp.COLOURS[standing.phase]
        if standing.phase == state.HEAD_EXPIRED:
            days = (now - self.journal.state.at[state.HEAD_SINCE]) // DAY_S
            uses = lamp.count(self.journal.state.head_uses, colour)
            self._answer(uses + lamp.count(days, lamp.WHITE))
        else:
            unit = DAY_S if standing.phase == state.RESTING else 60
            self._answer(lamp.count(-(-(standing.until - now) // unit), colour))

    def _answer(self, pattern: tuple[tuple[int, int], ...]) -> None:
        if not self.fault:
            self._player.answer(pattern, self._ticks)

    def _not_started(self) -> str:
        """Return what keeps the start from being logged; an empty string once it is."""
        if not self._boot_logged:
            self._log_boot()
        return "" if self._boot_logged else self.fault

    def _log_boot(self) -> None:
        """Log the start: before anything else, because it undoes what a power cut undoes."""
        self._log(events.BOOT, {"cause": self._cause, "torn": self.journal.torn})
        self._boot_logged = not self.fault

    def _log(self, kind: int, data: dict[str, int], zone: int = 0, time: int = -1) -> None:
        """Put an event on flash; only then do state, clock and lamp follow.

        `time` is case time from there on; -1 for no change.
        """
        event = Event(
            kind,
            data,
            zone,
            boot=self._boot,
            uptime=self.clock.uptime,
            time=self.clock.time if time < 0 else time,
        )
        try:
            raw = self.journal.append(event)
        except JournalError as error:
            self.fault = str(error)
            self._trace("fault " + self.fault)
        else:
            self.fault = ""
            if time >= 0:
                self.clock.set(time)
            self._trace("log " + hexlify(raw).decode())
        self._refresh()

    def _refresh(self) -> None:
        """Judge anew, and show it."""
        now = self.clock.time
        self.standing = state.judge(self.journal.state, self.policy, now)
        self._wake = now + RETRY_S if self.fault else self.standing.changes
        if self.fault:
            phase, stage = lamp.FAULT, state.NORMAL
        else:
            phase, stage = self.standing.phase, self.standing.stage
        clock_set = self.journal.state.clock_set
        shown = f"{phase} {stage} {clock_set}"
        if shown != self._shown:
            self._shown = shown
            self._player.show(lamp.pattern_of(phase, stage, clock_set), self._ticks)
            self._trace(f"lamp {phase.replace(' ', '_')} {stage}")

    def _stored_time(self) -> int:
        """Return the case time to go on from: never later than the truth."""
        last = self.journal.state
        raw = cells.load(self._directory + "/clock")
        if len(raw) == 8:
            seq, time = struct.unpack("<II", raw)
            if seq == last.seq:  # else the last record is the newer of the two
                return max(time, last.time)
        return last.time

    def _store_time(self) -> None:
        self._stored_at = self.clock.time
        if self.journal.unusable:
            return  # whatever is there may still be read by another firmware
        try:
            cells.store(
                self._directory + "/clock",
                struct.pack("<II", self.journal.state.seq, self.clock.time),
            )
        except OSError:
            pass  # tried again in a quarter of an hour; until then a cut costs more
