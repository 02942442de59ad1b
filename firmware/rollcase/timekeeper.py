"""Sets the case's time right. Host and clock chip do so by the same rules.

A checkpoint of the log stores it, so that a power cut takes little of it.
"""

from rollcase.clock import CHIP_EVERY_S, CHIP_OFF_S, EXACT_S, refusal
from rollcase.recorder import Recorder
from rollcore import events, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcase.parts import TimeChip


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

    def set(self, time: int, source: int, forced: bool, sure: int = events.NOT_SURE) -> str:
        """Set case time (s); return why not, or an empty string. A change is logged.

        `sure` is why the setting is sure, as in `clock_set.sure`.
        """
        recorder = self._recorder
        if not (-EXACT_S < time - self._clock.time < EXACT_S and recorder.journal.state.clock_set):
            why_not = self.start()  # which may set the clock by the chip
            old = self._clock.time
            why_not = why_not or refusal(old, time, forced)
            if why_not:
                return why_not
            data = {"old": old, "source": source, "forced": int(forced), "sure": sure}
            why_not = recorder.log(events.CLOCK_SET, data, time=time)
            if why_not:
                return why_not
        if self._chip is not None and source != events.FROM_RTC:
            if not -EXACT_S < self._chip.read() - time < EXACT_S:
                self._chip.set(time)
        return ""

    def hear(self, time: int) -> str:
        """Log that a host said this case time (s) and was not sure; return why not, or nothing.

        Once in a run; again only if it said another time.
        """
        recorder = self._recorder
        why_not = self.start()
        if why_not or state.is_heard(recorder.journal.state, time, self._clock.time):
            return why_not
        data = {"heard": time, "source": events.FROM_HOST, "why": events.UNSURE}
        return recorder.log(events.CLOCK_HEARD, data)

    def _ask_chip(self) -> None:
        """Take the time from the clock chip: at the start, and once a day where it is off."""
        if self._chip is None:
            return
        self._chip_at = self._clock.uptime + CHIP_EVERY_S
        time = self._chip.read()
        if time < 0:
            return  # it does not know
        off = abs(time - self._clock.time)
        if off >= CHIP_OFF_S or not self._recorder.journal.state.clock_set:
            self.set(time, events.FROM_RTC, False)
