"""The case's day: gestures, lid and time, turned into actions. No hardware in here.

`App.step` is called often, with the tick counter and what the switches say; it
returns the lamp's colour. What is to be done it asks `rollcore.state`. Every press is answered by
the lamp only after its record is on flash: the state changes by logging and in no other way.
"""

from rollcase import lamp, policy_store, sounds
from rollcase.clock import LAST, Clock, elapsed
from rollcase.display import Display
from rollcase.gestures import LONG_REACHED, NO_GESTURE, UNCLEAR, GestureReader, Settled
from rollcase.journal import Journal
from rollcase.orders import Orders
from rollcase.recorder import RETRY_S, Recorder
from rollcase.timekeeper import Timekeeper
from rollcore import events, state
from rollcore.events import LONG_PRESS
from rollcore.memory import FOREVER
from rollcore.policy import Policy
from rollcore.rest import next_zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rollcase.parts import TimeChip

DAY_S = 86400

QUIET_MS = 1000
"""How long (ms) no switch has moved before upkeep begins: a piece of it can take 0.2 s (own)."""


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
        last = journal.state
        rules = policy_store.load(directory, last.policy_digest, last.needle_um)
        self.journal = journal
        self.clock = Clock(journal.time, ticks)
        self._trace = trace
        self._recorder = Recorder(journal, self.clock, rules, cause, trace)
        self._timekeeper = Timekeeper(self._recorder, chip)
        self._orders = Orders(directory, self._recorder, self._timekeeper)
        self._display = Display(ticks, trace)
        self._button = GestureReader()
        self._lid = Settled(False)
        self._battery_at = 0  # uptime from which a low battery is news again, s
        self._battery_low = False  # to be shown at the next gesture
        self._wake = 0  # case time at which something changes by itself
        self._long_press_phase = ""  # the phase when the touch had lasted 2 s
        self._on_release = False  # whether a long press acts on release in this phase
        self._reached = False  # whether a touch that goes on will act on release, or at 10 s
        self._touched = ticks  # when a switch last moved
        self._tend_at = 0  # uptime (s) from which there may be upkeep
        self._shown_log = ("", False)  # what is wrong with the log, whether it asks for a sync
        self._zone = -1  # chosen for the next use; -1 while there is no choice
        self.standing = state.judge(last, rules, self.clock.time)

    def start(self) -> None:
        """Log the start, and then ask the clock chip for the time."""
        self._trace(f"boot {self._recorder.boot}")
        self._start()

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._recorder.policy

    @property
    def fault(self) -> str:
        """What keeps the case from doing its work; empty if nothing does."""
        return self._recorder.fault

    @property
    def safe(self) -> bool:
        """Whether the case has failed so often that it only answers the host."""
        return self._recorder.safe

    @property
    def locked(self) -> bool:
        """Whether a latch should keep the roller in."""
        return self.standing.phase in state.LOCKED and not self.fault

    def step(self, ticks: int, down: bool, lid_open: bool = False) -> int:
        """Live on until tick `ticks`, button `down` or not, lid open or not; return the colour."""
        self._display.ticks = ticks
        self.clock.advance(ticks)
        if down or lid_open != self._lid.level:
            self._touched = ticks
        if not self._recorder.safe:
            if self.clock.time >= self._wake:
                self._run_out()
            gesture = self._button.feed(ticks, down, self._on_release)
            if gesture != NO_GESTURE:
                self._respond(gesture)
            if self._lid.feed(ticks, lid_open):
                self._lid_moved()
            self._timekeeper.keep()
            self._show_changes()
        return self._display.colour()

    def tone(self) -> int:
        """Return what a buzzer should sound now, in Hz; 0 for silence."""
        return self._display.tone()

    def lamp_ms(self) -> int:
        """Return the milliseconds until the lamp changes colour, or a buzzer its tone."""
        return self._display.wait_ms()

    def idle_ms(self) -> int:
        """Return the milliseconds for which nothing but the lamp needs a step."""
        if self._recorder.safe:
            return DAY_S * 1000
        idle = min(self.clock.ms_until(self._wake), self._upkeep_ms())
        button = self._button.wait_ms(self._display.ticks)
        if button >= 0:
            idle = min(idle, button)
        lid = self._lid.wait_ms(self._display.ticks)
        return idle if lid < 0 else min(idle, lid)

    def tend(self) -> bool:
        """Do one piece of upkeep, if no switch has moved for a while; return whether one was done.

        It looks after the files of the log and keeps checkpoints, for 0.2 s at most.
        """
        # Asked in every turn, also in those of a case that sleeps: no more than this is looked at.
        if self.clock.uptime < self._tend_at or self._recorder.safe or self._quiet_ms():
            return False
        journal = self.journal
        if journal.tend():
            self._show_log()
            return True
        uptime = self.clock.uptime
        self._tend_at = uptime + journal.checkpoint_due(uptime)
        if self._tend_at > uptime:
            return False
        journal.checkpoint(self.clock.time, uptime)
        return True

    def _quiet_ms(self) -> int:
        """Return the milliseconds until no switch has moved for so long that upkeep may begin."""
        return max(0, QUIET_MS - elapsed(self._touched, self._display.ticks))

    def _upkeep_ms(self) -> int:
        """Return the milliseconds until there is upkeep."""
        due = self._tend_at - self.clock.uptime
        return due * 1000 if due > 0 else self._quiet_ms()

    def set_clock(self, time: int, source: int, sure: int, forced: bool = False) -> str:
        """Set case time (s), as `Timekeeper.set` does; return why not, or an empty string."""
        why_not = self._timekeeper.set(time, source, sure, forced)
        self._show_changes()
        return why_not

    def set_policy(self, new: Policy) -> str:
        """Put a policy in force; return why not, or an empty string."""
        old = self.policy
        why_not = self._orders.set_policy(new)
        if self.policy is not old and self._zone >= state.zones_kept(old, new):
            self._zone = -1  # it may be other skin now
        self._show_changes()
        return why_not

    def tell(self, kind: int, data: dict[str, int], zone: int = 0) -> str:
        """Log what the host knows, as `Orders.tell` does; return why not, or an empty string."""
        why_not = self._orders.tell(kind, data, zone)
        self._show_changes()
        return why_not

    def correct(self, seq: int, data: dict[str, int]) -> str:
        """Correct the state, as `Orders.correct` does; return why not, or an empty string."""
        why_not = self._orders.correct(seq, data)
        self._show_changes()
        return why_not

    def hear(self, time: int) -> str:
        """Note a time that is not sure, as `Timekeeper.hear` does; return why not, or nothing."""
        why_not = self._timekeeper.hear(time)
        self._show_changes()
        return why_not

    def ack(self, seq: int) -> None:
        """Note that the host holds the log up to `seq`."""
        self._orders.ack(seq)
        self._tend_at = 0
        self._show_log()

    def new_log(self, keep: bool) -> str:
        """Begin a new log, as `Orders.new_log` does; return why not, or an empty string."""
        why_not = self._orders.new_log(keep)
        if not why_not:
            self._zone = -1  # of the log before
        self._show_changes()
        return why_not

    def battery_low(self, millivolts: int) -> None:
        """Take it that the battery is nearly empty: logged and shown once a day."""
        if self.clock.uptime >= self._battery_at and not self.safe and not self._start():
            self._battery_at = self.clock.uptime + DAY_S
            self._battery_low = True
            self._log(events.BATTERY_LOW, {"millivolts": millivolts})

    def failed(self, place: dict[str, int]) -> None:
        """Log a failure of the firmware, and show it: `place` as `faults.fields` has it."""
        self._timekeeper.start()
        self._recorder.log_failure(place)
        self._show_changes()

    def _start(self) -> str:
        """Log the start if that is still to be done; return what keeps it from being logged."""
        why_not = self._timekeeper.start()
        self._show_changes()
        return why_not

    def _run_out(self) -> None:
        """Log what ends by itself, and see what the time has changed."""
        if not self._recorder.started:
            self._start()
            return
        if self.fault:
            self._recorder.look_again()
        now = self.clock.time
        standing = state.judge(self.journal.state, self.policy, now)
        action = state.by_itself(standing, now)
        if action == state.END_USE:
            self._end_use(events.TIMED_OUT)
        elif action == state.END_SOAK:
            self._end_soak(events.SOAK_DONE)
            self._display.sound(sounds.DONE)
        else:
            if standing.phase == state.IN_USE and standing.stage > self.standing.stage:
                warn = standing.stage == state.WARN
                self._display.sound(sounds.WARN if warn else sounds.STOP)
            self._refresh()

    def _respond(self, gesture: int) -> None:
        phase = self.standing.phase
        if gesture == LONG_REACHED or (gesture == LONG_PRESS and not self._reached):
            # A touch that began before the start does not count any more.
            self._long_press_phase = phase if self._recorder.started else ""
        self._reached = gesture == LONG_REACHED
        if gesture == UNCLEAR:
            self._display.answer(lamp.AGAIN)
        elif not self._recorder.started:
            self._start()
            self._display.answer(lamp.NOTED)
        elif gesture == LONG_REACHED:
            self._display.go_dark()
            return
        elif not state.acts(gesture, phase, self._long_press_phase):
            return
        else:
            self._act(gesture, state.action(phase, gesture, len(self.policy.zones)))
        if self._battery_low:
            self._battery_low = False
            self._display.then(lamp.BATTERY)

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
            self._zone = next_zone(state.choices(self.standing, self.policy), self._zone)
            self._display.answer(lamp.count(self._zone + 1, lamp.WHITE))
        elif action == state.START_USE:
            self._start_use(events.OVERRIDE if self.standing.override else events.IN_TURN)
        elif action == state.OVERRIDE_REST:
            self._ask_override()
        elif action == state.END_USE:
            self._end_use(events.BY_BUTTON)
        elif action == state.TELL_USE:
            self._tell_use()
        elif action == state.TELL_NONE:
            self._log(events.LID, {"what": events.NOT_USED})
        elif action == state.TAKE_HEAD_OUT:
            uses = self.journal.state.head_uses
            self._log(events.HEAD_OUT, {"reason": events.HEAD_SAID, "uses": uses, "token": 0})
        elif action == state.REPLACE_HEAD:
            self._log(events.HEAD_NEW, {"uses": self.journal.state.head_uses, "token": 0})
        else:
            self._display.answer(lamp.NOTED)

    def _refuse(self, gesture: int) -> None:
        self._log(
            events.REFUSED,
            {
                "gesture": gesture,
                "reason": self.standing.reason,
                "until": self._until(),
                "digest": self.policy.digest,
            },
            self._zone_of_use(),
        )
        self._display.answer(lamp.REFUSED)
        self._display.sound(sounds.REFUSED)

    def _ask_override(self) -> None:
        """Go on towards a use against the rest; `until` says when the rest would have ended."""
        self._log(
            events.OVERRIDE_ASKED,
            {"until": self._until(), "digest": self.policy.digest},
            self._zone_of_use(),
        )

    def _until(self) -> int:
        """Return the case time at which the phase ends by itself; 0 if it does not."""
        return 0 if self.standing.until == FOREVER else self.standing.until

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
        self._start_use(state.how_told(self.journal.state, self.policy))
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
        if not self._recorder.started:
            return
        if self._lid.level:
            self._log(events.LID, {"what": events.LID_OPENED})
            if self.standing.phase in state.WARNS:
                self._display.answer(lamp.REFUSED)
                self._display.sound(sounds.WARN)
        elif self.standing.phase in state.ASKS:
            self._log(events.LID, {"what": events.LID_CLOSED})

    def _count(self) -> None:
        """Answer a press with a number: days or minutes left, or what a head has seen."""
        numbers = state.counts(self.journal.state, self.standing, self.clock.time)
        self._display.count(self.standing.phase, numbers)

    def _log(self, kind: int, data: dict[str, int], zone: int = 0) -> None:
        """Put an event on flash; only then do state and lamp follow."""
        self._recorder.log(kind, data, zone)
        self._show_changes()

    def _show_log(self) -> None:
        """Show what has changed, also of what the lamp says about the log itself."""
        if self._shown_log != (self.journal.hurt, self._recorder.is_short_of_room):
            self._recorder.changed = True
        self._show_changes()

    def _show_changes(self) -> None:
        """Judge anew and show it, if there is a new state, policy or fault."""
        if self._recorder.changed:
            self._refresh()

    def _refresh(self) -> None:
        """Judge anew, and show it."""
        recorder = self._recorder
        recorder.changed = False
        self._tend_at = 0
        now = self.clock.time
        standing = state.judge(self.journal.state, recorder.policy, now)
        self.standing = standing
        self._on_release = state.acts_on_release(standing.phase, len(recorder.policy.zones))
        # Only what was not logged is tried again; what is wrong with the log alone ends nothing.
        wake = now + RETRY_S if recorder.is_blocked else standing.changes
        # When the clock stands, that is shown, and nothing comes by itself any more.
        self._wake = min(wake, LAST) if now < LAST else FOREVER
        ready = standing.phase == state.READY
        choices = state.choices(standing, recorder.policy)
        if self._zone >= 0 and not (ready and choices >> self._zone & 1):
            self._zone = -1
        phase, stage = standing.phase, standing.stage
        if recorder.fault:
            phase, stage = lamp.FAULT, state.NORMAL
        self._shown_log = (self.journal.hurt, recorder.is_short_of_room)
        self._display.show(
            phase, stage, self.journal.state.clock_set, recorder.failures, self._shown_log[1]
        )
