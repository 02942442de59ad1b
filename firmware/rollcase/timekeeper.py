"""Sets the case's time right. Host and clock chip do so by the same rules.

Only a setting that is sure is taken, and only if no sure one contradicts it; any other is heard: it
is logged, and the clock stays. A checkpoint of the log stores the time, so that a power cut takes
little of it.
"""

from rollcase.clock import CHIP_EVERY_S, CHIP_OFF_S, EXACT_S, refusal
from rollcase.recorder import Recorder
from rollcore import events, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcase.parts import TimeChip

_NOT_TAKEN = (
    "the host program does not say how sure its clock is: update the host program",
    "a sure clock has set the case to a later time",
    "a sure clock has set the case since it got power, and it has only counted since",
)
"""Why a time is not taken, in words, by the numbers of `clock_heard.why`."""


class Timekeeper:
    """Keeps the recorder's clock; `chip` is a clock that goes on without power, if there is one."""

    def __init__(self, recorder: Recorder, chip: "TimeChip | None") -> None:
        self._recorder = recorder
        self._clock = recorder.clock
        self._chip = chip
        self._chip_at = 0  # uptime at which the chip is read next, s

    def start(self) -> str:
        """See that the start is logged, and then ask the chip.

        Returns what keeps the case from logging anything; an empty string if nothing does.
        """
        if self._recorder.start():
            self._ask_chip()
        return self._recorder.why_not

    def keep(self) -> None:
        """Ask the chip when it is due."""
        if self._chip is not None and self._clock.uptime >= self._chip_at:
            self._ask_chip()

    def set(self, time: int, source: int, sure: int, forced: bool = False) -> str:
        """Set case time (s); return why not, or an empty string. A change is logged.

        `sure` is why the setting is sure, as in `clock_set.sure`; not every forced one is.
        """
        recorder = self._recorder
        if not self._is_set_to(time, sure):
            why_not = self.start()  # which may set the clock by the chip
            old = self._clock.time
            why_not = why_not or refusal(old, time, forced)
            if why_not:
                return why_not
            why = state.contradicts(recorder.journal.state, old, self._clock.uptime, time)
            if not forced and (why or not sure):
                self.hear(time, source, why)  # if the log does not take it, there is a fault
                return _NOT_TAKEN[why]
            data = {"old": old, "source": source, "forced": int(forced), "sure": sure}
            why_not = recorder.log(events.CLOCK_SET, data, time=time)
            if why_not:
                return why_not
        if self._chip is not None and source != events.FROM_RTC:
            is_sure = recorder.journal.state.sure
            is_right = -EXACT_S < self._chip.read() - time < EXACT_S
            if not is_right or (is_sure and not self._chip.sure):
                self._chip.set(time, is_sure)
        return ""

    def _is_set_to(self, time: int, sure: int) -> bool:
        """Return whether the clock was set in this run and shows `time`, as surely as `sure`."""
        known = self._recorder.journal.state
        is_exact = -EXACT_S < time - self._clock.time < EXACT_S
        return is_exact and known.clock_set and (known.sure or not sure)

    def hear(self, time: int, source: int = events.FROM_HOST, why: int = events.UNSURE) -> str:
        """Log that a case time (s) was said and not taken; return why not, or an empty string.

        `why` is as in `clock_heard.why`. It is logged once in a run; again only for another time.
        """
        recorder = self._recorder
        why_not = self.start()
        if why_not or state.is_heard(recorder.journal.state, time, self._clock.time):
            return why_not
        return recorder.log(events.CLOCK_HEARD, {"heard": time, "source": source, "why": why})

    def _ask_chip(self) -> None:
        """Take the time from the clock chip: at the start, and once a day where it is off."""
        if self._chip is None:
            return
        self._chip_at = self._clock.uptime + CHIP_EVERY_S
        time = self._chip.read()
        if time < 0:
            return  # it does not know
        sure = events.SURE_RTC if self._chip.sure else events.NOT_SURE
        is_unset = not self._recorder.journal.state.clock_set
        if abs(time - self._clock.time) >= CHIP_OFF_S or (sure and is_unset):
            self.set(time, events.FROM_RTC, sure)
