"""When things really happened: records of a case's own clock, placed in true time.

A case's clock stands still without power, so a stamp can be too early and never
too late. Within one run of the case (from one start to the next) uptime counts
every second, and one setting of the clock places the whole run. A run whose
clock was never set lies between what is known before and after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rollcore import events
from rollcore.events import CASE_EPOCH, Event


@dataclass(frozen=True)
class Placed:
    """An event, and the earliest and latest Unix time (s) at which it can have happened.

    `latest` is None where nothing later is known.
    """

    event: Event
    earliest: int
    latest: int | None

    @property
    def known(self) -> bool:
        """Whether the time is known to the second or so."""
        return self.latest is not None and self.latest - self.earliest <= 2


def place(log: Sequence[Event], known_until: int | None = None) -> list[Placed]:
    """Place the events of one log, in its order.

    `known_until` is a Unix time (s) by which all of it had happened, such as
    that of the sync that brought it.
    """
    runs = _runs(log)
    placed: list[Placed] = []
    upper = known_until
    # Backwards, because what comes later bounds what came before.
    for run in reversed(runs):
        spans = [_span(event, run, upper) for event in run]
        upper = spans[0][0] if _settings(run) else _earlier(upper, spans[0][1])
        placed[:0] = [Placed(event, *span) for event, span in zip(run, spans, strict=True)]
    return placed


def _runs(log: Sequence[Event]) -> list[list[Event]]:
    runs: list[list[Event]] = []
    for event in log:
        if not runs or event.kind == events.BOOT or event.boot != runs[-1][-1].boot:
            runs.append([])
        runs[-1].append(event)
    return runs


def _settings(run: Sequence[Event]) -> list[Event]:
    return [event for event in run if event.kind == events.CLOCK_SET]


def _span(event: Event, run: Sequence[Event], upper: int | None) -> tuple[int, int | None]:
    """Return the earliest and latest Unix time of an event of `run`."""
    settings = _settings(run)
    if settings:
        # The last setting before it, or else the first one after it.
        before = [setting for setting in settings if setting.seq <= event.seq]
        setting = before[-1] if before else settings[0]
        exact = setting.time + CASE_EPOCH + event.uptime - setting.uptime
        return exact, exact
    earliest = event.time + CASE_EPOCH
    if upper is None:
        return earliest, None
    # The rest of the run came after it, second for second.
    return earliest, max(earliest, upper - (run[-1].uptime - event.uptime))


def _earlier(one: int | None, other: int | None) -> int | None:
    return one if other is None else other
