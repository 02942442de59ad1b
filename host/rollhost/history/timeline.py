"""Records of a case, placed in true time.

Theory of operation
===================

Each record is stamped with the case's clock. That clock stands still without power, so
a stamp can be too early, and never too late, unless a person has set the clock ahead.
Uptime is better: within one run of the case (from one start to the next) it counts every
second.

So count, up to each record, the seconds that the case has certainly run. True
time less that count is the run's *offset*. It is one number for the whole run,
and from run to run it only grows: by the time without power. Then

- a setting of the clock gives the offset of its run, so that one setting places the
  whole run, also the records before the setting;
- a stamp gives the least that the offset can be;
- a time at which the end of the log was already written gives the most that it can be;
- a run whose clock was never set lies between the runs before and after it.

A setting can be wrong, because the clock of a computer can be. Two settings of
one run have to agree, and none may put its run after a later run. If they disagree,
the later setting is believed, from any computer: a case is put back by more than
ten minutes only if a person insists, and from then on the case believes that setting
too. So settings are judged from the newest to the oldest, each by the last one
that was believed. The others count for nothing. A stamp that lies after the next
believed setting was made under a wrong one, and bounds nothing. A wrong setting that
no later one contradicts is not detected.

The time of a sync is a bound, but refutes no setting: if the case and the computer
disagree, either may be right. If it is earlier than the log says, it is ignored.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE, Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ALLOWANCE_S = 60
"""Settings this far apart (s) agree: computers are right to the minute (own)."""

DRIFT_PPM = 200
"""Settings may also differ by this part (ppm) of the time between them, for the drift of a
crystal: twice what the case allows for (`rollcore.state.DRIFT_S`). So an error of an hour, such
as of a computer in the wrong time zone, is detected within 200 days (own)."""

LAST = CASE_EPOCH + 0xFFFFFFFF
"""The last Unix time (s) that a record can hold."""


class Placed:
    """An event, and the earliest and latest Unix time (s) at which it can have happened.

    Both lie from `CASE_EPOCH` to `LAST`. `latest` is None if no later moment is known.
    """

    __slots__ = ("earliest", "event", "latest")

    def __init__(self, event: Event, earliest: int, latest: int | None) -> None:
        self.event = event
        self.earliest = earliest
        self.latest = latest

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Placed)
            and self.event == other.event
            and (self.earliest, self.latest) == (other.earliest, other.latest)
        )

    def __repr__(self) -> str:
        return f"Placed({self.event!r}, {self.earliest}, {self.latest})"

    @property
    def last(self) -> int:
        """The latest moment at which it can have happened; `earliest` if no later one is known."""
        return self.earliest if self.latest is None else self.latest

    @property
    def known(self) -> bool:
        """Whether the time is known to two seconds."""
        return self.latest is not None and self.latest - self.earliest <= 2


def is_met_unsure(log: "Sequence[Event]") -> bool:
    """Return whether the computer that met a log last was not sure of its clock, and none before.

    A sync tells the case the time, and so the log has it.
    """
    for place in range(len(log) - 1, -1, -1):
        event = log[place]
        if event.kind in (events.CLOCK_SET, events.BOOT):
            return False
        if event.kind == events.CLOCK_HEARD:
            return event.data["source"] == events.FROM_HOST
    return False


def place(log: "Sequence[Event]", known_until: int | None = None) -> list[Placed]:
    """Return the events of one log, placed, in its order.

    `known_until` is a Unix time (s) before which all of them happened, such as that of the
    sync that fetched them.
    """
    runs = _runs(log)
    _believe(runs)
    _bound_below(runs)
    if runs and known_until is not None:
        _bound_above(runs, known_until)
    return [Placed(event, *_span(event, run)) for run in runs for event in run.log]


def believed(log: "Sequence[Event]") -> list[int]:
    """Return the seq of each setting of the clock that is believed, in the log's order."""
    runs = _runs(log)
    _believe(runs)
    return [setting.seq for run in runs for setting in run.settings]


class _Run:
    """One run. `before` is how long (s) the case had certainly run in earlier runs."""

    def __init__(self, log: list[Event], before: int) -> None:
        self.log = log
        self.before = before
        self.settings: list[Event] = []
        """The settings of the clock that are believed, oldest first."""
        self.least = CASE_EPOCH
        """The least offset that the run can have."""
        self.most: _Claim | None = None
        """The upper bound of its offset: the first believed setting in a later run."""


class _Claim:
    """A claim that the offset of a run is (or is at least) `offset` (s).

    `ran` is how long (s) the case had run when it was made: the longer between two claims,
    the more they may differ.
    """

    def __init__(self, run: _Run, offset: int, ran: int) -> None:
        self.run = run
        self.offset = offset
        self.ran = ran

    def agrees(self, later: "_Claim") -> bool:
        """Return whether both claims can be right: equal within a run, else not above `later`."""
        room = _room(later.ran - self.ran)
        ahead = self.offset - later.offset
        return ahead <= room and (self.run is not later.run or ahead >= -room)


def _room(ran: int) -> int:
    """Return how far (s) two clocks may differ after the case has run for `ran` (s)."""
    return ALLOWANCE_S + ran * DRIFT_PPM // 1_000_000


def _claim(event: Event, run: _Run) -> _Claim:
    ran = run.before + event.uptime
    return _Claim(run, event.time + CASE_EPOCH - ran, ran)


def _runs(log: "Sequence[Event]") -> list[_Run]:
    runs: list[_Run] = []
    last: Event | None = None
    for event in log:
        if last is None or starts_run(last, event):
            runs.append(_Run([], runs[-1].before + last.uptime if runs and last else 0))
        runs[-1].log.append(event)
        last = event
    return runs


def starts_run(last: Event, event: Event) -> bool:
    """Return whether a record begins another run than that of the record before it."""
    # Not by the boot number alone: it stops at its maximum, and a boot record can be lost.
    return event.kind == events.BOOT or event.boot != last.boot or event.uptime < last.uptime


def _believe(runs: "Sequence[_Run]") -> None:
    """Set `settings` and `most` of each run: which settings of the clock are believed."""
    later: _Claim | None = None
    for run in reversed(runs):
        run.most = later
        for event in reversed(run.log):
            # No case existed before then: the clock of that computer was not set.
            if event.kind == events.CLOCK_SET and event.time >= FIRST_PLAUSIBLE:
                claim = _claim(event, run)
                if later is None or claim.agrees(later):
                    later = claim
                    run.settings.insert(0, event)


def _bound_below(runs: "Sequence[_Run]") -> None:
    least = CASE_EPOCH
    for run in runs:
        if run.settings:
            least = _claim(run.settings[-1], run).offset
        else:
            claims = [_claim(event, run) for event in run.log]
            least = max(
                [least]
                + [claim.offset for claim in claims if not run.most or claim.agrees(run.most)]
            )
        run.least = least


def _bound_above(runs: "Sequence[_Run]", known_until: int) -> None:
    """Let every run end before `known_until` (Unix s), unless the log says that it is too early."""
    last = runs[-1]
    ran = last.before + last.log[-1].uptime
    end = _Claim(last, known_until - ran, ran)
    if last.least - end.offset > _room(last.log[-1].uptime):
        return
    for run in runs:
        run.most = run.most or end


def _span(event: Event, run: _Run) -> tuple[int, int | None]:
    """Return the earliest and latest Unix time (s) of an event of `run`."""
    if run.settings:
        # By the last setting before the event, else by the first one after it.
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
    """Return the nearest Unix time (s) that a record can hold: a damaged log may say any number."""
    return min(max(unix, CASE_EPOCH), LAST)
