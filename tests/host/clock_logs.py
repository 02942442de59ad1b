"""Logs of clocks that were set rightly, wrongly or never, and lives in which they are written."""

from tests.firmware.logs import boot_data

from rollcase.clock import Clock, refusal
from rollcore import events
from rollcore.events import CASE_EPOCH, Event
from rollhost.history.timeline import Placed, place

NOON = 1_800_000_000
"""Some true Unix time (s)."""


def boot(number: int, time: int) -> Event:
    """Return the first record of a run, at case time `time` (s)."""
    return Event(events.BOOT, boot_data(), boot=number, time=time)


def use(number: int, uptime: int, time: int) -> Event:
    """Return a record of run `number`."""
    data = {"how": events.IN_TURN, "digest": 0}
    return Event(events.USE_STARTED, data, boot=number, uptime=uptime, time=time)


def setting(number: int, uptime: int, true: int) -> Event:
    """Return a setting of the clock of run `number` to the Unix time `true` (s)."""
    data = {"old": 0, "source": events.FROM_HOST, "forced": 0, "sure": 0}
    return Event(events.CLOCK_SET, data, boot=number, uptime=uptime, time=true - CASE_EPOCH)


def numbered(*log: Event) -> list[Event]:
    """Return a log with its sequence numbers."""
    for seq, event in enumerate(log, 1):
        event.seq = seq
    return list(log)


def bounds(placed: list[Placed]) -> list[tuple[int, int | None]]:
    """Return earliest and latest of each, relative to `NOON`; the case's first second is -NOON."""
    return [
        (record.earliest - NOON, None if record.latest is None else record.latest - NOON)
        for record in placed
    ]


FIRST_SECOND = CASE_EPOCH - NOON


HOUR, DAY = 3600, 86400


class Life:
    """What a case lives through from Unix time `at` (s), with the firmware's own clock.

    Every step returns the life itself, so that a life can be told in one breath.
    """

    def __init__(self, at: int = NOON) -> None:
        self.now = at
        self.log: list[Event] = []
        self.truth: list[int] = []
        """When each record was really written, in Unix s."""
        self._boot = 0
        self._stored = 0
        self._ticks = 0
        self._fast_ppm = 0
        self._clock = Clock(0, 0)

    def start(self, off: int = 0, forgets: int = 0, counted: bool = True) -> "Life":
        """Lose power for `off` seconds and start; the cut takes up to `forgets` s of case time."""
        if self.log:
            self._stored = max(self.log[-1].time, self._clock.time - forgets)
        self.now += off
        self._clock = Clock(self._stored, self._ticks)
        self._boot += counted
        return self._write(Event(events.BOOT, boot_data()))

    def fast(self, ppm: int) -> "Life":
        """Let the crystal run so many parts per million too fast from here on."""
        self._fast_ppm = ppm
        return self

    def wait(self, seconds: int) -> "Life":
        """Run for so long. All of it moves the clock, in steps that the counter can hold."""
        self.now += seconds
        counted = seconds + seconds * self._fast_ppm // 1_000_000
        while counted:
            step = min(counted, DAY)
            counted -= step
            self._ticks += step * 1000
            self._clock.advance(self._ticks)
        return self

    def use(self) -> "Life":
        """Use the roller."""
        return self._write(Event(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}))

    def set(self, off: int = 0, source: int = events.FROM_HOST) -> "Life":
        """Let a host or a chip set the clock that is `off` seconds ahead; a host insists."""
        return self.set_to(self.now + off, source)

    def set_to(self, unix_time: int, source: int = events.FROM_HOST) -> "Life":
        """Let the clock be set to this Unix time (s), as the case would take it."""
        new, old = unix_time - CASE_EPOCH, self._clock.time
        forced = bool(refusal(old, new, forced=False)) and source == events.FROM_HOST
        assert not refusal(old, new, forced), "the case would not take that"
        data = {"old": old, "source": source, "forced": int(forced), "sure": 0}
        self._clock.set(new)
        return self._write(Event(events.CLOCK_SET, data))

    def lose(self) -> "Life":
        """Lose the last record, as a damaged flash does."""
        self.log.pop()
        self.truth.pop()
        return self

    def _write(self, event: Event) -> "Life":
        event.boot = self._boot
        event.uptime, event.time = self._clock.uptime, self._clock.time
        event.seq = self.log[-1].seq + 1 if self.log else 1
        self.log.append(event)
        self.truth.append(self.now)
        return self


Off = tuple[int, int | None]
"""How far earliest and latest are from the truth (s); never (1, ...) or (..., -1) by right ones."""


def off(life: Life, known_until: int | None = None) -> list[Off]:
    """Return for each record of a life how far its bounds are from the truth."""
    placed = place(life.log, known_until)
    assert [record.event for record in placed] == life.log
    return [
        (record.earliest - true, None if record.latest is None else record.latest - true)
        for record, true in zip(placed, life.truth, strict=True)
    ]
