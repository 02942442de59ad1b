"""When things really happened: records of a case's own clock, placed in true time.

Theory of operation
===================

A case's clock stands still without power, so a stamp can be too early and never
too late, unless somebody has set the clock ahead. Uptime can be trusted further:
within one run of the case (from one start to the next) it counts every second.

So count, up to each record, the seconds that the case has certainly run. True
time less that count is the run's *offset*. It is one number for the whole run,
and from run to run it only grows: by the time without power. Then

- a setting of the clock says what the offset of its run is, so that one setting
  places the whole run, also what came before it;
- a stamp says what the offset is at least;
- whoever has seen the end of the log knows what it is at most;
- a run whose clock was never set lies between the runs before and after it.

A setting can be wrong, because the clock of a computer can be. Two settings of
one run have to agree, and none may put its run after a later run; if they do
not, the later one is believed, whoever made it: a case is put back by more than
ten minutes only if a person insists, and the case itself then takes that for
the truth. So settings are judged from the newest to the oldest, each by the one
that was believed last. What the others said counts for nothing, and a stamp that
lies after the next setting that is believed, and so was made under a wrong one,
bounds nothing. A wrong setting that no later one contradicts is not seen.

A sync's own time is a bound, but refutes nothing: of a case and a computer that
disagree, either may be right, until a setting says which. Where it is earlier
than what the log says, it is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE, Event

ALLOWANCE_S = 60
"""Settings this far apart (s) agree: computers are right to the minute (own)."""

DRIFT_PPM = 200
"""And this much of the time between them, which is what a crystal may be off: twice
what the case itself allows for (`rollcore.state.DRIFT_S`). An hour, as of a computer
in the wrong zone, shows within 200 days (own)."""

LAST = CASE_EPOCH + 0xFFFFFFFF
"""The last Unix time (s) that a record can hold."""


@dataclass(frozen=True)
class Placed:
    """An event, and the earliest and latest Unix time (s) at which it can have happened.

    Both lie from `CASE_EPOCH` to `LAST`. `latest` is None where nothing later is
    known.
    """

    event: Event
    earliest: int
    latest: int | None

    @property
    def last(self) -> int:
        """The latest that it can have been, as far as anything is known of it (Unix s)."""
        return self.earliest if self.latest is None else self.latest

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
    _believe(runs)
    _bound_below(runs)
    if runs and known_until is not None:
        _bound_above(runs, known_until)
    return [Placed(event, *_span(event, run)) for run in runs for event in run.log]


@dataclass
class _Run:
    """One run. `before` is how long (s) the case had certainly run before it."""

    log: list[Event]
    before: int
    settings: list[Event] = field(default_factory=list)
    """Those that are believed, oldest first."""
    least: int = CASE_EPOCH
    """The least offset that it can have."""
    most: "_Claim | None" = None
    """What bounds its offset from above: the first setting after it that is believed."""


@dataclass(frozen=True)
class _Claim:
    """That the offset of a run is, or was at least, so much (s).

    `ran` is how long (s) the case had run by then: the further two claims are
    apart, the less they have to agree.
    """

    run: _Run
    offset: int
    ran: int

    def agrees(self, later: "_Claim") -> bool:
        """Whether both can be right: the same within a run, else no greater than later on."""
        room = _room(later.ran - self.ran)
        ahead = self.offset - later.offset
        return ahead <= room and (self.run is not later.run or ahead >= -room)


def _room(ran: int) -> int:
    """Return how far (s) two clocks may differ that agreed `ran` seconds of running ago."""
    return ALLOWANCE_S + ran * DRIFT_PPM // 1_000_000


def _claim(event: Event, run: _Run) -> _Claim:
    ran = run.before + event.uptime
    return _Claim(run, event.time + CASE_EPOCH - ran, ran)


def _runs(log: Sequence[Event]) -> list[_Run]:
    runs: list[_Run] = []
    last: Event | None = None
    for event in log:
        # The number of a start stays at its maximum, and the record of one can be lost.
        if (
            last is None
            or event.kind == events.BOOT
            or event.boot != last.boot
            or event.uptime < last.uptime
        ):
            runs.append(_Run([], runs[-1].before + last.uptime if runs and last else 0))
        runs[-1].log.append(event)
        last = event
    return runs


def _believe(runs: Sequence[_Run]) -> None:
    """Find the settings that can be right, and for each run the first one after it."""
    later: _Claim | None = None
    for run in reversed(runs):
        run.most = later
        for event in reversed(run.log):
            # There was no case before then: the clock of that computer had been lost.
            if event.kind == events.CLOCK_SET and event.time >= FIRST_PLAUSIBLE:
                claim = _claim(event, run)
                if later is None or claim.agrees(later):
                    later = claim
                    run.settings.insert(0, event)


def _bound_below(runs: Sequence[_Run]) -> None:
    least = CASE_EPOCH
    for run in runs:
        if run.settings:
            least = _claim(run.settings[-1], run).offset
        else:
            stamps = [_claim(event, run) for event in run.log]
            right = [one.offset for one in stamps if run.most is None or one.agrees(run.most)]
            least = max([least, *right])
        run.least = least


def _bound_above(runs: Sequence[_Run], known_until: int) -> None:
    """Let all be over by `known_until` (Unix s), if that is not before what the log says."""
    last = runs[-1]
    ran = last.before + last.log[-1].uptime
    end = _Claim(last, known_until - ran, ran)
    if last.least - end.offset > _room(last.log[-1].uptime):
        return
    for run in runs:
        run.most = run.most or end


def _span(event: Event, run: _Run) -> tuple[int, int | None]:
    """Return the earliest and latest Unix time of an event of `run`."""
    if run.settings:
        # The last setting before it, or else the first one after it.
        before = [setting for setting in run.settings if setting.seq <= event.seq]
        setting = before[-1] if before else run.settings[0]
        exact = _countable(setting.time + CASE_EPOCH + event.uptime - setting.uptime)
        return exact, exact
    ran = run.before + event.uptime
    earliest = _countable(run.least + ran)
    if run.most is None:
        return earliest, None
    return earliest, max(earliest, _countable(run.most.offset + ran))


def _countable(unix: int) -> int:
    """Return the nearest time that a record can hold: whatever a damaged log says is a date."""
    return min(max(unix, CASE_EPOCH), LAST)
