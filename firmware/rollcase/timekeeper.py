"""Keeps the case's time: stores it, so that a power cut takes little of it, and sets it right.

Host and clock chip set the clock by the same rules.
"""

import struct

from rollcase import small_files
from rollcase.clock import CHIP_EVERY_S, CHIP_OFF_S, EXACT_S, STORE_EVERY_S, refusal
from rollcase.recorder import Recorder
from rollcore import events, state
from rollcore.memory import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcase.parts import TimeChip

_FILE = "/clock"
_LAYOUT = "<II"  # seq of the record that the time belongs to, case time (s)


def stored_time(directory: str, last: State) -> int:
    """Return the case time (s) to go on from: never later than the truth."""
    raw = small_files.load(directory + _FILE)
    if len(raw) == struct.calcsize(_LAYOUT):
        seq, time = struct.unpack(_LAYOUT, raw)
        if seq == last.seq:  # else the last record is the newer of the two
            return max(time, last.time)
    return last.time


class Timekeeper:
    """Keeps the recorder's clock; `chip` is a clock that goes on without power, if there is one."""

    def __init__(self, directory: str, recorder: Recorder, chip: "TimeChip | None") -> None:
        self._directory = directory
        self._recorder = recorder
        self._clock = recorder.clock
        self._chip = chip
        self._stored_at = self._clock.time
        self._chip_at = 0  # uptime at which the chip is read next, s

    @property
    def due(self) -> int:
        """The case time (s) at which the time is stored next."""
        return self._stored_at + STORE_EVERY_S

    def start(self) -> str:
        """See that the start is logged, and then ask the chip.

        Returns what keeps the case from logging anything; an empty string if nothing does.
        """
        if self._recorder.start():
            self._ask_chip()
        return self._recorder.why_not

    def keep(self) -> None:
        """Ask the chip and store the time, each when it is due."""
        if self._chip is not None and self._clock.uptime >= self._chip_at:
            self._ask_chip()
        if self._clock.time - self._stored_at >= STORE_EVERY_S:
            self._store()

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
            self._store()
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

    def _store(self) -> None:
        self._stored_at = self._clock.time
        journal = self._recorder.journal
        if journal.unusable:
            return  # whatever is there may still be read by another firmware
        try:
            small_files.store(
                self._directory + _FILE,
                struct.pack(_LAYOUT, journal.state.seq, self._clock.time),
            )
        except OSError:
            pass  # tried again in a quarter of an hour; until then a cut costs more
