"""The case's day: joins button, clock, log and lamp. No hardware in here.

`App.step` is called often, with the tick counter and what the switches say; it
returns the lamp's colour. Every press is answered by the lamp only after its
record is on flash: the state changes by logging and in no other way.
"""

import struct
from binascii import hexlify

from rollcase import lamp, policy_store, small_files, sounds
from rollcase.clock import CHIP_EVERY_S, CHIP_OFF_S, EXACT_S, STORE_EVERY_S, Clock, refusal
from rollcase.gestures import NO_GESTURE, UNCLEAR, GestureReader, Settled
from rollcase.journal import Journal, JournalError
from rollcore import events, state
from rollcore.events import LONG_PRESS, Event, RecordError
from rollcore.memory import FOREVER
from rollcore.policy import Policy
from rollcore.rest import next_zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rollcase.parts import TimeChip

DAY_S = 86400

RETRY_S = 60
"""How long to wait before logging again what the flash did not take (own)."""


class App:
    """The case between power-up and power cut.

    `directory` holds the log and the small values beside it; `cause` is why the
    case started (of `events.BOOT`); `ticks` is the tick counter (ms) now;
    `trace` is told in words what happens, for whoever watches; `chip` is a
    clock that goes on without power, if there is one. Nothing is logged before
    `start`, which comes first.
    """

    def __init__(
        self,
        directory: str,
        journal: Journal,
        cause: int,
        ticks: int,
        trace: "Callable[[str], None]",
        chip: "TimeChip | None" = None,
    ) -> None:
        self._directory = directory
        self._trace = trace
        self._chip = chip
        self.journal = journal
        self.clock = Clock(self._stored_time(), ticks)
        self.policy = policy_store.load(
            directory, journal.state.policy_digest, journal.state.needle_um
        )
        self.fault = ""
        """What keeps the case from doing its work; empty if nothing does."""
        self.safe = False
        """Whether it has failed so often that it only answers the host."""
        self._button = GestureReader()
        self._lid = Settled(False)
        self._player = lamp.Player()
        self._tune = sounds.Tune()
        self._ticks = ticks
        self._stored_at = self.clock.time
        self._chip_at = 0  # uptime at which the chip is looked at next, s
        self._battery_at = 0  # uptime from which a low battery is news again, s
        self._battery_low = False  # to be shown at the next gesture
        self._wake = 0  # case time at which something changes by itself
        self._long_press_phase = ""
        self._zone = -1  # chosen for the next use; -1 while there is no choice
        self._shown = ""
        self.standing = state.judge(journal.state, self.policy, self.clock.time)
        self._boot = min(journal.state.boot + 1, events.MAX_BOOT)
        self._cause = cause
        self._power_logged = False
        self._boot_logged = False  # and whatever else has to be known before the day goes on

    def start(self) -> None:
        """Log the start, and then ask the clock chip for the time."""
        self._trace(f"boot {self._boot}")
        self._log_boot()

    @property
    def locked(self) -> bool:
        """Whether a latch should keep the roller in."""
        return self.standing.phase in state.LOCKED and not self.fault

    def step(self, ticks: int, down: bool, lid_open: bool = False) -> int:
        """Live on until tick `ticks`, button `down` or not, lid open or not; return the colour."""
        self._ticks = ticks
        self.clock.advance(ticks)
        if not self.safe:
            if self.clock.time >= self._wake:
                self._run_out()
            gesture = self._button.feed(ticks, down)
            if gesture != NO_GESTURE:
                self._respond(gesture)
            if self._lid.feed(ticks, lid_open):
                self._lid_moved()
            if self._chip is not None and self.clock.uptime >= self._chip_at:
                self._ask_chip()
            if self.clock.time - self._stored_at >= STORE_EVERY_S:
                self._store_time()
        return self._player.colour(ticks)

    def tone(self) -> int:
        """Return what a buzzer should sound now, in Hz; 0 for silence."""
        return self._tune.hz(self._ticks)

    def lamp_ms(self) -> int:
        """Return the milliseconds until the lamp changes colour, or a buzzer its tone."""
        lamp_ms = self._player.wait_ms(self._ticks)
        tone_ms = self._tune.wait_ms(self._ticks)
        return lamp_ms if tone_ms < 0 else min(lamp_ms, tone_ms)

    def idle_ms(self) -> int:
        """Return the milliseconds for which nothing but the lamp needs a step."""
        if self.safe:
            return DAY_S * 1000
        due = min(self._wake, self._stored_at + STORE_EVERY_S)
        idle = self.clock.ms_until(due)
        button = self._button.wait_ms(self._ticks)
        if button >= 0:
            idle = min(idle, button)
        lid = self._lid.wait_ms(self._ticks)
        return idle if lid < 0 else min(idle, lid)

    def set_clock(self, time: int, source: int, forced: bool, sure: int = events.NOT_SURE) -> str:
        """Set case time (s); return why not, or an empty string. A change is logged.

        `sure` is why the setting is sure, as in `clock_set.sure`.
        """
        if not (-EXACT_S < time - self.clock.time < EXACT_S and self.journal.state.clock_set):
            why_not = self._not_started()  # which may set the clock by the chip
            old = self.clock.time
            why_not = why_not or refusal(old, time, forced)
            if why_not:
                return why_not
            data = {"old": old, "source": source, "forced": int(forced), "sure": sure}
            self._log(events.CLOCK_SET, data, time=time)
            if self.fault:
                return self.fault
            self._store_time()
        if self._chip is not None and source != events.FROM_RTC:
            if not -EXACT_S < self._chip.read() - time < EXACT_S:
                self._chip.set(time)
        return ""

    def set_policy(self, new: Policy) -> str:
        """Put new rules in force; return why not, or an empty string."""
        if new.digest == self.policy.digest == self.journal.state.policy_digest:
            return ""
        why_not = self._not_started()
        if why_not:
            return why_not
        old = self.policy
        kept = state.zones_kept(old, new)
        try:
            policy_store.store(self._directory, new)
        except OSError as error:
            return f"the flash did not take the rules ({error})"
        self.policy = new
        self._log_policy(kept)
        if self.fault:
            self.policy = old
            self._refresh()
            return self.fault
        if self._zone >= kept:
            self._zone = -1  # it may be other skin now
        try:
            policy_store.remove_others(self._directory, new.digest)
        except OSError:
            pass  # they take a little room, and go with the next ones
        return ""

    def tell(self, kind: int, data: dict[str, int], zone: int = 0) -> str:
        """Log what the host knows and the case has to; return why not, or an empty string.

        Told again with the same token, it is not logged again; nor is what is carried
        over from another log, if no rest gets longer by it. What the case has counted
        itself it adds to `data`. Raises `events.RecordError` for fields that do not fit.
        """
        if kind == events.CARRIED:
            is_known = self._is_last(kind, data, zone)
        else:
            is_known = state.is_told(self.journal.state, data["token"])
        if is_known:
            return ""
        why_not = state.why_not_told(self.policy, self.clock.time, kind, data, zone)
        why_not = why_not or self._not_started()
        if why_not:
            return why_not
        known = self.journal.state
        if kind == events.CARRIED and state.is_carried(known, data, zone, self.clock.time):
            return ""
        if kind in (events.HEAD_NEW, events.HEAD_OUT):
            data["uses"] = known.head_uses
        self._log(kind, data, zone)
        return self.fault

    def correct(self, seq: int, data: dict[str, int]) -> str:
        """Log that a field of the state is another; return why not, or an empty string.

        It was computed for the log up to record `seq`, and is not taken for a longer one. Asked
        again, it is not logged again. Raises `events.RecordError` for fields that do not fit.
        """
        why_not = self._not_started()
        if why_not:
            return why_not
        last = self.journal.next - 1
        if seq == last - 1 and self._is_last(events.CORRECTED, data, 0):
            return ""
        if seq != last:
            return f"the log ends with record {last}"
        self._log(events.CORRECTED, data)
        return self.fault

    def hear(self, time: int) -> str:
        """Log that a host said this case time (s) and was not sure; return why not, or nothing.

        Once in a run; again only if it said another time.
        """
        why_not = self._not_started()
        if why_not:
            return why_not
        if state.is_heard(self.journal.state, time, self.clock.time):
            return ""
        data = {"heard": time, "source": events.FROM_HOST, "why": events.UNSURE}
        self._log(events.CLOCK_HEARD, data)
        return self.fault

    def _is_last(self, kind: int, data: dict[str, int], zone: int) -> bool:
        """Return whether the last record of the log says just this."""
        try:
            _, _, raw = self.journal.read(self.journal.next - 1, 1)
            last = events.decode(raw)
        except (JournalError, RecordError):
            return False
        return (last.kind, last.data, last.zone) == (kind, data, zone)

    def battery_low(self, millivolts: int) -> None:
        """Take it that the battery is nearly empty: logged and shown once a day."""
        if self.clock.uptime >= self._battery_at and not self.safe and not self._not_started():
            self._battery_at = self.clock.uptime + DAY_S
            self._battery_low = True
            self._log(events.BATTERY_LOW, {"millivolts": millivolts})

    def failed(self, place: dict[str, int]) -> None:
        """Log a failure of the firmware, and show it: `place` as `faults.fields` has it."""
        if not self._not_started():
            self._log(events.FAULT, place)
        self.fault = self.fault or "the firmware has failed"
        self._refresh()

    def ack(self, seq: int) -> None:
        """Note that the host holds the log up to `seq`. Raises OSError."""
        self.journal.ack(seq)
        if self.fault and not self.safe:
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
        action = state.BY_ITSELF.get(standing.phase, state.NOTHING)
        if self.clock.time < standing.until:
            action = state.NOTHING
        if action == state.END_USE:
            self._end_use(events.TIMED_OUT)
        elif action == state.END_SOAK:
            self._end_soak(events.SOAK_DONE)
            self._sound(sounds.DONE)
        else:
            if standing.phase == state.IN_USE and standing.stage > self.standing.stage:
                self._sound(sounds.WARN if standing.stage == state.WARN else sounds.STOP)
            self._refresh()

    def _respond(self, gesture: int) -> None:
        if gesture == UNCLEAR:
            self._answer(lamp.AGAIN)
        elif not self._boot_logged:
            self._log_boot()  # what was before the start does not count any more
            self._answer(lamp.NOTED)
        else:
            phase = self.standing.phase
            if gesture == LONG_PRESS:
                self._long_press_phase = phase
            if not state.acts(gesture, phase, self._long_press_phase):
                return
            self._act(gesture, state.action(phase, gesture, len(self.policy.zones)))
        if self._battery_low:
            self._battery_low = False
            self._player.then(lamp.BATTERY)

    def _act(self, gesture: int, action: str) -> None:
        if action == state.COUNT:
            self._count()
        elif action == state.REFUSE:
            self._refuse(gesture)
        elif action == state.START_SOAK:
            self._log(events.SOAK_STARTED, {"purpose": state.soak_purpose(self.standing.phase)})
        elif action == state.ABORT_SOAK:
            self._end_soak(events.SOAK_ABORTED)
        elif action == state.NEXT_ZONE:
            # The first press says which one is chosen, and every further one steps on.
            self._zone = next_zone(self.standing.rested, self._zone)
            self._answer(lamp.count(self._zone + 1, lamp.WHITE))
        elif action == state.START_USE:
            self._start_use(events.OVERRIDE if self.standing.override else events.IN_TURN)
        elif action == state.OVERRIDE_REST:
            self._start_use(events.OVERRIDE)
        elif action == state.END_USE:
            self._end_use(events.BY_BUTTON)
        elif action == state.TELL_USE:
            self._tell_use()
        elif action == state.TELL_NONE:
            self._log(events.LID, {"what": events.NOT_USED})
        elif action == state.REPLACE_HEAD:
            self._log(events.HEAD_NEW, {"uses": self.journal.state.head_uses, "token": 0})
        else:
            self._answer(lamp.NOTED)

    def _refuse(self, gesture: int) -> None:
        standing = self.standing
        self._log(
            events.REFUSED,
            {
                "gesture": gesture,
                "reason": standing.reason,
                "until": 0 if standing.until == FOREVER else standing.until,
                "digest": self.policy.digest,
            },
            self._zone_of_use(),
        )
        self._answer(lamp.REFUSED)
        self._sound(sounds.REFUSED)

    def _start_use(self, how: int) -> None:
        self._log(
            events.USE_STARTED, {"how": how, "digest": self.policy.digest}, self._zone_of_use()
        )

    def _end_use(self, how: int) -> None:
        seconds = state.use_seconds(self.journal.state, self.clock.time)
        how = state.use_ended(how, seconds)
        self._log(events.USE_ENDED, {"how": how, "seconds": seconds}, self.journal.state.zone)

    def _end_soak(self, how: int) -> None:
        self._log(events.SOAK_ENDED, {"purpose": self.journal.state.soaking, "how": how})

    def _tell_use(self) -> None:
        """Log the use between the lid's opening and its closing, for which nobody pressed."""
        seconds = state.told_seconds(self.journal.state, self.clock.time)
        self._start_use(events.IN_TURN)
        if not self.fault:
            self._log(
                events.USE_ENDED,
                {"how": events.AFTERWARDS, "seconds": seconds},
                self.journal.state.zone,
            )

    def _zone_of_use(self) -> int:
        """Return the zone of a use that starts now."""
        return state.zone_of_use(self.journal.state, self.policy, self.standing.rested, self._zone)

    def _lid_moved(self) -> None:
        """Warn when the lid is opened on a day of rest; when it is shut and could be used, ask."""
        if not self._boot_logged:
            return
        if self._lid.level:
            self._log(events.LID, {"what": events.LID_OPENED})
            if self.standing.phase in state.WARNS:
                self._answer(lamp.REFUSED)
                self._sound(sounds.WARN)
        elif self.standing.phase in state.ASKS:
            self._log(events.LID, {"what": events.LID_CLOSED})

    def _count(self) -> None:
        """Answer a press with a number: days or minutes left, or what a head has seen."""
        numbers = state.counts(self.journal.state, self.standing, self.clock.time)
        if not numbers:
            self._answer(lamp.NOTED)  # held until somebody says that it is over
            return
        pattern = lamp.count(numbers[0], lamp.COLOURS[self.standing.phase])
        if len(numbers) > 1:
            pattern += lamp.count(numbers[1], lamp.WHITE)
        self._answer(pattern)

    def _answer(self, pattern: tuple[tuple[int, int], ...]) -> None:
        # What keeps the case from its work is more than any answer; it begins anew.
        self._player.answer(lamp.PATTERNS[lamp.FAULT][0] if self.fault else pattern, self._ticks)

    def _sound(self, tune: tuple[tuple[int, int], ...]) -> None:
        self._tune.start(tune, self._ticks)

    def _not_started(self) -> str:
        """Return what keeps the start from being logged; an empty string once it is."""
        if not self._boot_logged:
            self._log_boot()
        return "" if self._boot_logged and not self.safe else self.fault

    def _log_boot(self) -> None:
        """Log the start: before anything else, because it undoes what a power cut undoes."""
        if not self._power_logged:
            data = {"cause": self._cause, "torn": self.journal.torn}
            # This journal corrects nothing: what is damaged is torn.
            data["corrected"] = data["lost"] = data["skipped"] = 0
            self._log(events.BOOT, data)
            self._power_logged = not self.fault
        if not self._power_logged:
            return
        if state.needs_safe_mode(self.journal.state):
            self.safe = self._boot_logged = True
            self.fault = (
                f"the firmware has failed {self.journal.state.faults} times in a row."
                " Cut its power and let it start again"
            )
            self._refresh()
            return
        if self.journal.state.policy_digest not in (0, self.policy.digest):
            # The rules that the log names are lost, and with them what the zones were.
            self._log_policy(kept=0)
        self._boot_logged = not self.fault
        if self._boot_logged:
            self._ask_chip()

    def _log_policy(self, kept: int) -> None:
        """Log that `policy` is in force; `kept` of its zones are those of the rules before."""
        rules = self.policy
        data = {"digest": rules.digest, "needle_um": rules.needle_um, "kept": kept}
        self._log(events.POLICY_SET, data)

    def _ask_chip(self) -> None:
        """Take the time from the clock chip: at the start, and once a day where it is off."""
        if self._chip is None:
            return
        self._chip_at = self.clock.uptime + CHIP_EVERY_S
        time = self._chip.read()
        if time < 0:
            return  # it does not know
        off = abs(time - self.clock.time)
        if off >= CHIP_OFF_S or not self.journal.state.clock_set:
            self.set_clock(time, events.FROM_RTC, False)

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
            self._shown = ""  # shown from its start, as the answer to whatever led here
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
        ready = self.standing.phase == state.READY
        if self._zone >= 0 and not (ready and self.standing.rested >> self._zone & 1):
            self._zone = -1
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
        raw = small_files.load(self._directory + "/clock")
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
            small_files.store(
                self._directory + "/clock",
                struct.pack("<II", self.journal.state.seq, self.clock.time),
            )
        except OSError:
            pass  # tried again in a quarter of an hour; until then a cut costs more
