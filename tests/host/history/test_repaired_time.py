"""Time repaired: records of clocks that were set wrong, and how a person reads time anywhere."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.conftest import Host
from tests.firmware.logs import log_of, records_of
from tests.host.history.test_timeline import (
    FIRST_SECOND,
    NOON,
    boot,
    bounds,
    numbered,
    setting,
    use,
)
from tests.host.lived_in import DEVICE, LOG, make_lived_in
from tests.host.output.test_units import BERLIN, KIRITIMATI, Zone, unix, zone

from rollcase.clock import Clock, refusal
from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE, Event, first_chain
from rollhost.cli import parse_dates
from rollhost.database.open import open_archive
from rollhost.history.timeline import ALLOWANCE_S, DRIFT_PPM, LAST, Placed, place
from rollhost.output import units
from rollhost.output.records import stamp

__all__ = ["zone"]  # a fixture

HOUR, DAY = 3600, 86400
YEAR_2021 = 1_609_459_200
"""Where the clock of a board without a battery begins, in Unix seconds."""


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
        return self._write(Event(events.BOOT, {"cause": events.POWER_ON, "torn": 0}))

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
        data = {"old": old, "source": source, "forced": int(forced)}
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

EXACT: Off = (0, 0)


def off(life: Life, known_until: int | None = None) -> list[Off]:
    """Return for each record of a life how far its bounds are from the truth."""
    placed = place(life.log, known_until)
    assert [one.event for one in placed] == life.log
    return [
        (one.earliest - true, None if one.latest is None else one.latest - true)
        for one, true in zip(placed, life.truth, strict=True)
    ]


CHIP = events.FROM_RTC
NEVER_SET: int = CASE_EPOCH - NOON
"""How far the first stamp of a case that starts at `NOON` is from the truth."""

ONE_RUN: dict[str, tuple[Life, list[Off]]] = {
    "two right settings": (
        Life().start().wait(10).set().wait(3).use().wait(40).set().wait(5).use(),
        [EXACT] * 5,
    ),
    "a day ahead, and forced back": (
        Life().start().wait(10).set(DAY).wait(3).use().wait(40).set().wait(5).use(),
        [EXACT] * 5,
    ),
    "a day behind, and put on": (
        Life().start().wait(10).set(-DAY).wait(3).use().wait(40).set().wait(5).use(),
        [EXACT] * 5,
    ),
    "an hour ahead, as in the wrong zone": (
        Life().start().set(HOUR).wait(9 * DAY).use().wait(9 * DAY).set(),
        [EXACT] * 4,
    ),
    "an hour behind, as before the clocks are put on": (
        Life().start().set(-HOUR).wait(9 * DAY).use().wait(9 * DAY).set(),
        [EXACT] * 4,
    ),
    "years ahead": (
        Life().start().set(390 * DAY).wait(5).use().set(3000 * DAY).use().wait(5).set(),
        [EXACT] * 6,
    ),
    "right, then ahead, then right": (
        Life().start().set().wait(9).use().set(DAY).wait(9).use().wait(9).set().use(),
        [EXACT] * 7,
    ),
    "right, then behind, then right": (
        Life().start().set().wait(9).use().set(-DAY).wait(9).use().wait(9).set().use(),
        [EXACT] * 7,
    ),
    "ahead, then right, then right": (
        Life().start().set(DAY).wait(9).use().set().wait(9).use().wait(9).set().use(),
        [EXACT] * 7,
    ),
    "behind by force, then ahead, then right": (
        Life().start().set().wait(9).set(-DAY).use().wait(9).set(DAY).use().wait(9).set().use(),
        [EXACT] * 8,
    ),
    "ahead, then behind by force, then right": (
        Life().start().wait(9).set(DAY).use().wait(9).set(-DAY).use().wait(9).set().use(),
        [EXACT] * 7,
    ),
    "two settings in one and the same second": (
        Life().start().wait(9).set(DAY).set().wait(9).use(),
        [EXACT] * 4,
    ),
    "a minute apart: both are right to the minute, each for what follows it": (
        Life().start().set(-60).use().wait(90).use().set().use(),
        [(-60, -60)] * 4 + [EXACT] * 2,
    ),
    "a second more than a minute behind": (
        Life().start().set(-61).use().wait(90).use().set().use(),
        [EXACT] * 6,
    ),
    "a second more than a minute ahead": (
        Life().start().set(61).use().wait(90).use().set().use(),
        [EXACT] * 6,
    ),
    "a crystal that is 62 ppm slow in its sleep for 100 days": (
        # Of 100 days it misses 536 s, and half of them in 50 days.
        Life().start().set().fast(-62).wait(50 * DAY).use().wait(50 * DAY).set().use(),
        [EXACT, EXACT, (-268, -268), EXACT, EXACT],
    ),
    "a crystal that is 100 ppm fast for 60 days": (
        Life().start().set().fast(100).wait(30 * DAY).use().wait(30 * DAY).set().use(),
        [EXACT, EXACT, (259, 259), EXACT, EXACT],
    ),
    "a crystal that is fast, corrected every month": (
        Life().start().fast(100).set().wait(30 * DAY).set().wait(30 * DAY).set().wait(30 * DAY)
        .use().set(),
        [EXACT] * 4 + [(259, 259), EXACT],
    ),
    "an hour off after 100 days, which no crystal is": (
        Life().start().set(-HOUR).wait(100 * DAY).use().set(),
        [EXACT] * 4,
    ),
    "a chip ahead, and a host that puts it right": (
        Life().start().set(DAY, CHIP).wait(9).use().wait(9).set(),
        [EXACT] * 4,
    ),
    "a chip that is right, after a host that was behind": (
        Life().start().set(-DAY).wait(9).use().wait(9).set(0, CHIP).use(),
        [EXACT] * 5,
    ),
    "right, and then forced to 2021": (
        Life().start().set().wait(9).use().set_to(YEAR_2021 + 50).wait(9).use(),
        [EXACT] * 5,
    ),
    "forced to 2021, and put right": (
        Life().start().set_to(YEAR_2021 + 50).wait(9).use().wait(9).set().use(),
        [EXACT] * 5,
    ),
}  # fmt: skip

RUNS: dict[str, tuple[Life, list[Off]]] = {
    "ahead in a run of its own, after nothing that is known": (
        # It lies after the first second of the case's clock, and an hour before the right one.
        Life().start().wait(5).set(DAY).wait(5).use().wait(7).start(HOUR).set(),
        [(NEVER_SET, HOUR + 7)] + [(NEVER_SET, HOUR + 7)] * 2 + [EXACT] * 2,
    ),
    "ahead in a run of its own, between two right ones": (
        Life().start().set().wait(30).use().wait(10)
        .start(HOUR).wait(5).set(DAY).wait(5).use().wait(7)
        .start(2 * HOUR).wait(3).set(),
        [EXACT] * 3 + [(-HOUR, 2 * HOUR + 7)] * 3 + [EXACT] * 2,
    ),
    "ahead late in a run that was set right": (
        Life().start().set().wait(30).use().set(DAY).wait(10).use().start(HOUR).set().use(),
        [EXACT] * 8,
    ),
    "ahead early in a run that is put right late": (
        Life().start(0).set(DAY).wait(30).use().set().wait(10).use().start(HOUR).set().use(),
        [EXACT] * 8,
    ),
    "ahead, and then a run that nobody set: its stamps are ahead too": (
        Life().start().set().use()
        .start(HOUR).set(DAY).use()
        .start(HOUR).use().wait(7)
        .start(HOUR).set(),
        [EXACT] * 3 + [(-HOUR, 2 * HOUR + 7)] * 3 + [(-2 * HOUR, HOUR + 7)] * 2 + [EXACT] * 2,
    ),
    "ahead, and then two runs that nobody set, which bound each other by how long they ran": (
        Life().start().set()
        .start(HOUR).set(DAY).wait(100)
        .use().start(HOUR).wait(200).use()
        .start(HOUR).wait(400).use()
        .start(HOUR).set(),
        [EXACT] * 2 + [(-HOUR, 3 * HOUR)] * 3 + [(-2 * HOUR, 2 * HOUR)] * 2
        + [(-3 * HOUR, HOUR)] * 2 + [EXACT] * 2,
    ),
    "ahead in two runs in a row": (
        Life().start().set().start(HOUR).set(DAY).use().start(HOUR).set(2 * DAY).use()
        .start(HOUR).set(),
        [EXACT] * 2 + [(-HOUR, 2 * HOUR)] * 3 + [(-2 * HOUR, HOUR)] * 3 + [EXACT] * 2,
    ),
    "a run that nobody set before the wrong one keeps its stamps": (
        Life().start().set().start(HOUR).use().start(HOUR).set(DAY).start(HOUR).set(),
        [EXACT] * 2 + [(-HOUR, 2 * HOUR)] * 2 + [(-2 * HOUR, HOUR)] * 2 + [EXACT] * 2,
    ),
    "in the wrong run, what came before the wrong setting": (
        Life().start().set().start(HOUR).wait(40).use().set(DAY).start(HOUR).set(),
        [EXACT] * 2 + [(-HOUR, HOUR)] * 3 + [EXACT] * 2,
    ),
    "ahead by less than the time that the case then ran": (
        Life().start().set().start(50).set(HOUR).wait(2 * HOUR).use().start(60).set(),
        [EXACT] * 2 + [(-50, 60)] * 3 + [EXACT] * 2,
    ),
    "ahead by less than the time that runs after it ran": (
        Life().start().set().start(50).set(HOUR).start(60).wait(2 * HOUR).use().start(70).set(),
        [EXACT] * 2 + [(-50, 130)] * 2 + [(-110, 70)] * 2 + [EXACT] * 2,
    ),
    "a second too far ahead for the time without power": (
        Life().start().set().start(50).set(HOUR + 61).start(HOUR).set(),
        [EXACT] * 2 + [(-50, HOUR)] * 2 + [EXACT] * 2,
    ),
    "ahead by the time without power and a minute: nothing contradicts it": (
        Life().start().set().start(50).set(HOUR + 60).start(HOUR).set(),
        [EXACT] * 2 + [(HOUR + 60, HOUR + 60)] * 2 + [EXACT] * 2,
    ),
    "behind in a run of its own, and put on later: nothing contradicts it": (
        Life().start().set(-DAY).use().start(HOUR).set(),
        [(-DAY, -DAY)] * 3 + [EXACT] * 2,
    ),
    "right, and put back by force in a run of its own: the later one is believed": (
        Life().start().set().use().start(HOUR).set(-DAY).use().start(HOUR).set(),
        [(NEVER_SET, HOUR - DAY)] * 3 + [(-DAY, -DAY)] * 3 + [EXACT] * 2,
    ),
    "right, put back by force, and put right in the same run": (
        Life().start().set().use().start(HOUR).set(-DAY).use().wait(9).set(),
        [EXACT] * 7,
    ),
    "put back by force, then ahead, then right, in a run": (
        Life().start().set().use().start(HOUR).set(-DAY).wait(9).set(DAY).use().wait(9).set(),
        [EXACT] * 8,
    ),
    "forced to 2021 in a run of its own": (
        Life().start().set().start(HOUR).set_to(YEAR_2021 + 50).use().start(HOUR).set(),
        [EXACT] * 2 + [(-HOUR, HOUR)] * 3 + [EXACT] * 2,
    ),
    "forced to 2021, and never set since": (
        Life().start().set().wait(5).start(HOUR).set_to(YEAR_2021).use().start(HOUR).use(),
        [EXACT] * 2 + [(-HOUR, None)] * 3 + [(-2 * HOUR, None)] * 2,
    ),
    "the first second that a setting can mean": (
        Life(FIRST_PLAUSIBLE + CASE_EPOCH).start().set().use(),
        [EXACT] * 3,
    ),
    "a second before the first that a setting can mean": (
        Life(FIRST_PLAUSIBLE + CASE_EPOCH).start().set(-1).use(),
        [(-1, None)] * 3,
    ),
    "a chip that sets every start": (
        Life().start().set(0, CHIP).use().start(HOUR).set(0, CHIP).use().start(DAY).set(0, CHIP),
        [EXACT] * 8,
    ),
    "a chip far ahead in a run of its own": (
        Life().start().set().start(HOUR).set(300 * DAY, CHIP).use().start(HOUR).set(),
        [EXACT] * 2 + [(-HOUR, HOUR)] * 3 + [EXACT] * 2,
    ),
    "a host far ahead, whose time the chip then keeps": (
        Life().start().set(DAY).use().start(HOUR).set(DAY, CHIP).use().wait(9).set().use(),
        [(NEVER_SET, HOUR)] * 3 + [EXACT] * 5,
    ),
    "the starts are no longer counted": (
        Life().start().set().start(HOUR, counted=False).set(DAY).use()
        .start(HOUR, counted=False).set(),
        [EXACT] * 2 + [(-HOUR, HOUR)] * 3 + [EXACT] * 2,
    ),
    "the starts are no longer counted, and the record of one was lost": (
        # Uptime that falls is another run. It had run for 5 s: so long after what came before.
        Life().start().wait(90).set().start(HOUR, counted=False).lose().wait(5).use().wait(7)
        .start(HOUR, counted=False).set(),
        [EXACT] * 2 + [(-HOUR, HOUR + 7)] + [EXACT] * 2,
    ),
    "the record of the wrong setting was lost": (
        Life().start().set().start(HOUR).set(DAY).lose().wait(9).use().start(HOUR).set(),
        [EXACT] * 2 + [(-HOUR, HOUR)] * 2 + [EXACT] * 2,
    ),
    "the record of the right setting was lost: its stamps tell of the whole run": (
        Life().start().set().start(HOUR).wait(9).use().set().lose().wait(9).use()
        .start(HOUR).set(),
        [EXACT] * 2 + [(0, HOUR)] * 3 + [EXACT] * 2,
    ),
    "the log begins under a wrong clock": (
        Life().start().lose().set(DAY).lose().wait(9).use().start(HOUR).set(),
        # Nothing is known but that there were no cases before 2020.
        [(NEVER_SET, HOUR)] + [EXACT] * 2,
    ),
    "a sleepy case, 62 ppm slow through 100 days without a setting of the run": (
        Life().start().set().fast(-62).start(HOUR).wait(100 * DAY).use().start(HOUR).set(),
        [EXACT] * 2 + [(-HOUR, HOUR + 536), (-HOUR - 536, HOUR)] + [EXACT] * 2,
    ),
    "a crystal that is fast by less than what is allowed for, across a start": (
        Life().start().set().fast(100).wait(60 * DAY).use().start(0).set(),
        [EXACT] * 2 + [(518, 518)] + [EXACT] * 2,
    ),
    "a crystal that is fast, corrected, and then a run that nobody set": (
        Life().start().set().fast(100).wait(60 * DAY).set().start(HOUR).use().start(HOUR).set(),
        [EXACT] * 3 + [(-HOUR, HOUR)] * 2 + [EXACT] * 2,
    ),
}  # fmt: skip


def named(
    cases: dict[str, tuple[Life, list[Off]]],
) -> pytest.MarkDecorator:
    """Return the parameters of a table."""
    return pytest.mark.parametrize(
        ("life", "expected"), [pytest.param(*case, id=name) for name, case in cases.items()]
    )


class TestWrongSettings:
    @named(ONE_RUN)
    def test_in_one_run(self, life: Life, expected: list[Off]) -> None:
        assert off(life) == expected

    @named(RUNS)
    def test_across_runs(self, life: Life, expected: list[Off]) -> None:
        assert off(life) == expected

    def test_what_came_after_a_setting_that_is_believed_goes_by_it(self) -> None:
        # 50 s apart are as good as right: each use goes by the setting before it.
        life = Life().start().set(-DAY).wait(9).set(50).use().wait(9).set().use()
        assert off(life) == [(50, 50)] * 4 + [EXACT] * 2


class TestTheSyncsOwnTime:
    def test_nothing_was_logged(self) -> None:
        assert place([], NOON) == []

    def test_it_bounds_what_follows_a_setting_that_was_put_right(self) -> None:
        life = Life().start().set(DAY).use().wait(9).set().start(HOUR).use().wait(70)
        assert off(life, life.now) == [EXACT] * 4 + [(-HOUR, 70)] * 2

    def test_it_does_not_refute_a_setting(self) -> None:
        life = Life().start().set().use()
        assert off(life, NOON - DAY) == [EXACT] * 3

    def test_it_does_not_make_a_setting_good_that_a_later_one_refutes(self) -> None:
        life = Life().start().set(DAY).use().start(HOUR).set()
        assert off(life, life.now + 2 * DAY)[:3] == [(NEVER_SET, HOUR)] * 3

    def test_of_a_computer_that_is_behind_it_bounds_nothing(self) -> None:
        life = Life().start().set().start(HOUR).use()
        assert off(life, NOON - 61)[2:] == [(-HOUR, None)] * 2

    def test_of_a_computer_at_2021_it_bounds_nothing(self) -> None:
        life = Life().start().set().start(HOUR).use().start(HOUR).use()
        assert off(life, YEAR_2021)[2:] == [(-HOUR, None)] * 2 + [(-2 * HOUR, None)] * 2

    def test_of_a_computer_at_1970_it_bounds_not_even_a_case_that_was_never_set(self) -> None:
        assert off(Life().start(), 7) == [(NEVER_SET, None)]

    def test_of_a_computer_that_is_a_minute_behind_it_is_no_contradiction(self) -> None:
        life = Life().start().set().start(0).use()
        assert off(life, NOON - 60)[2:] == [EXACT] * 2

    def test_a_crystal_that_is_fast_is_no_contradiction(self) -> None:
        life = Life().start().set().start(0).fast(100).wait(60 * DAY).use()
        assert off(life, life.now)[-1] == (518, 518)

    def test_a_case_that_was_never_set_was_used_before_it(self) -> None:
        life = Life().start().wait(9).use().wait(5)
        assert off(life, life.now) == [(NEVER_SET, 5)] * 2

    def test_of_a_case_that_was_never_set_nothing_later_is_known_without_it(self) -> None:
        assert off(Life().start().wait(9).use()) == [(NEVER_SET, None)] * 2


class TestDamage:
    def test_a_clock_that_falls_back_to_2021_by_itself_bounds_nothing(self) -> None:
        in_2021 = YEAR_2021 - CASE_EPOCH
        log = numbered(
            setting(1, 5, NOON),
            boot(2, in_2021), use(2, 30, in_2021 + 30),
            setting(3, 0, NOON + HOUR),
        )  # fmt: skip
        assert bounds(place(log)) == [(0, 0), (0, HOUR - 30), (30, HOUR), (HOUR, HOUR)]

    def test_a_log_that_begins_in_the_middle_of_a_run_counts_its_uptime(self) -> None:
        log = numbered(use(7, 1000, 5), setting(7, 1500, NOON))
        assert bounds(place(log)) == [(-500, -500), (0, 0)]

    def test_no_case_ran_before_2020(self) -> None:
        # A stamp of 5 s, 1000 s after its start, by a clock that was forced to nothing.
        log = numbered(use(7, 1000, 5))
        assert bounds(place(log)) == [(FIRST_SECOND + 1000, None)]

    def test_a_run_longer_than_time_ends_with_it(self) -> None:
        longest = 0xFFFFFFFF
        log = numbered(setting(1, 0, NOON), use(1, longest, 0), use(2, longest, 0))
        assert [one.earliest for one in place(log)] == [NOON, LAST, LAST]

    def test_a_run_longer_than_time_begins_with_it(self) -> None:
        log = numbered(boot(1, 0), setting(1, 0xFFFFFFFF, NOON))
        assert [(one.earliest, one.latest) for one in place(log)] == [
            (CASE_EPOCH, CASE_EPOCH),
            (NOON, NOON),
        ]

    def test_a_sync_at_the_end_of_time_is_a_date(self) -> None:
        assert [one.latest for one in place(numbered(boot(1, 0)), 10**15)] == [LAST]

    @given(log=log_of(0, 12), known_until=st.none() | st.integers(0, 10**15))
    def test_whatever_a_log_says_has_a_date(
        self, log: list[Event], known_until: int | None
    ) -> None:
        placed = place(log, known_until)
        assert [one.event for one in placed] == log
        for one in placed:
            assert CASE_EPOCH <= one.earliest <= LAST
            assert one.latest is None or one.earliest <= one.latest <= LAST
            assert stamp(one)


@dataclass(frozen=True)
class Step:
    """A step of some life: a start, a use or a setting of the clock, after a while (s)."""

    kind: str
    wait: int
    off: int = 0
    forgets: int = 0


A_WHILE = st.integers(0, 100) | st.integers(0, 3 * DAY)
STEPS = st.lists(
    st.builds(
        Step, st.sampled_from(["start", "use", "set", "set"]), A_WHILE, A_WHILE, st.integers(0, 900)
    ),
    min_size=2,
    max_size=14,
)


def lived(steps: Iterable[Step], wrong: int = -1, wrong_by: int = 0) -> Life:
    """Live through the steps; of the settings, the one numbered `wrong` is off by so much (s)."""
    life = Life().start()
    settings = 0
    for step in steps:
        life.wait(step.wait)
        if step.kind == "start":
            life.start(step.off, step.forgets)
        elif step.kind == "use":
            life.use()
        else:
            life.set(wrong_by if settings == wrong else 0)
            settings += 1
    return life


def set_right(life: Life) -> set[int]:
    """Return the runs, by number, in which a setting was right."""
    return {
        event.boot
        for event, true in zip(life.log, life.truth, strict=True)
        if event.kind == events.CLOCK_SET and event.time + CASE_EPOCH == true
    }


def is_sound(life: Life, placed: list[Placed]) -> None:
    """Assert that the truth lies between all bounds, and that both grow along the log."""
    for one, true in zip(placed, life.truth, strict=True):
        assert one.latest is not None
        assert one.earliest <= true <= one.latest
    for one, after in pairwise(placed):
        assert one.latest is not None
        assert after.latest is not None
        assert one.earliest <= after.earliest
        assert one.latest <= after.latest


class TestLaws:
    @given(steps=STEPS, tail=A_WHILE)
    def test_with_right_settings_a_run_that_nobody_set_lies_from_its_stamps_to_what_came_next(
        self, steps: list[Step], tail: int
    ) -> None:
        life = lived(steps).wait(tail)
        placed = place(life.log, life.now)
        is_sound(life, placed)
        known = set_right(life)
        next_known, ran = life.now, 0
        for i in reversed(range(len(life.log))):
            event, after = life.log[i], life.log[i + 1] if i + 1 < len(life.log) else None
            ran = ran + after.uptime - event.uptime if after and after.boot == event.boot else ran
            if event.boot in known:
                assert (placed[i].earliest, placed[i].latest) == (life.truth[i], life.truth[i])
                next_known, ran = life.truth[i], 0
            else:
                assert placed[i].earliest == event.time + CASE_EPOCH
                assert placed[i].latest == next_known - ran

    @example(
        # What a wrong clock stamps in a run that nobody set, long after.
        steps=[Step("set", 0), Step("start", 5, HOUR), Step("set", 5), Step("start", 5, HOUR),
               Step("use", 5), Step("start", 5, HOUR), Step("set", 5)],
        which=1, ahead=True, more=DAY, tail=0,
    )  # fmt: skip
    @given(
        steps=STEPS,
        which=st.integers(0, 5),
        ahead=st.booleans(),
        more=st.integers(0, 100) | st.integers(0, 300 * DAY),
        tail=A_WHILE,
    )
    def test_one_wrong_setting_that_a_later_one_contradicts_does_no_harm(
        self, steps: list[Step], which: int, ahead: bool, more: int, tail: int
    ) -> None:
        right = lived(steps)
        settings = [i for i, event in enumerate(right.log) if event.kind == events.CLOCK_SET]
        assume(len(settings) >= 2)
        which %= len(settings) - 1
        mine, later = settings[which], settings[which + 1]
        same_run = right.log[mine].boot == right.log[later].boot
        between = right.truth[later] - right.truth[mine]
        # It is too far off for the drift, and ahead also of the time without power.
        least = ALLOWANCE_S + between * DRIFT_PPM // 1_000_000 + 1
        if not same_run:
            least += between
        life = lived(steps, which, least + more if ahead or not same_run else -least - more)
        assert life.truth == right.truth
        life.wait(tail)
        placed = place(life.log, life.now)
        is_sound(life, placed)
        known = set_right(life)
        for one, true in zip(placed, life.truth, strict=True):
            if one.event.boot in known:
                assert one.earliest == one.latest == true

    @given(steps=STEPS, offsets=st.lists(st.integers(-300 * DAY, 300 * DAY), max_size=14))
    def test_however_wrong_latest_is_never_before_earliest(
        self, steps: list[Step], offsets: list[int]
    ) -> None:
        life = Life().start()
        for step, wrong_by in zip(steps, offsets, strict=False):
            life.wait(step.wait)
            if step.kind == "start":
                life.start(step.off, step.forgets)
            else:
                life.set(wrong_by) if step.kind == "set" else life.use()
        for one in place(life.log, life.now):
            assert one.latest is None or one.earliest <= one.latest


NEW_YORK = "EST5EDT,M3.2.0,M11.1.0"
SYDNEY = "AEST-10AEDT,M10.1.0,M4.1.0/3"
LORD_HOWE = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
"""Its clocks are put on by half an hour."""
KATHMANDU = "<+0545>-5:45"
PAGO_PAGO = "SST11"
APIA = "<+13>-13"
"""An hour's flight from Pago Pago, and a day ahead of it."""


class TestWhatAPersonReads:
    @pytest.mark.parametrize(
        ("place_name", "moment", "minute", "offset"),
        [
            pytest.param(BERLIN, unix(2026, 3, 29, 0, 59), "2026-03-29 01:59", "+01:00",
                id="a minute before the missing hour"),
            pytest.param(BERLIN, unix(2026, 3, 29, 1, 0), "2026-03-29 03:00", "+02:00",
                id="right after the missing hour"),
            pytest.param(BERLIN, unix(2026, 10, 25, 0, 59), "2026-10-25 02:59", "+02:00",
                id="the end of the hour that comes twice, the first time"),
            pytest.param(BERLIN, unix(2026, 10, 25, 1, 0), "2026-10-25 02:00", "+01:00",
                id="the hour that comes twice, once more"),
            pytest.param(NEW_YORK, unix(2026, 3, 8, 6, 59), "2026-03-08 01:59", "-05:00",
                id="west of Greenwich, before the missing hour"),
            pytest.param(NEW_YORK, unix(2026, 3, 8, 7, 0), "2026-03-08 03:00", "-04:00",
                id="west of Greenwich, after it"),
            pytest.param(SYDNEY, unix(2026, 4, 4, 16, 0), "2026-04-05 02:00", "+10:00",
                id="in the south, the hour comes twice in autumn"),
            pytest.param(LORD_HOWE, unix(2026, 10, 3, 15, 30), "2026-10-04 02:30", "+11:00",
                id="after a missing half hour"),
            pytest.param(LORD_HOWE, unix(2026, 4, 4, 15, 0), "2026-04-05 01:30", "+10:30",
                id="a half hour that comes twice"),
            pytest.param(KATHMANDU, unix(2026, 11, 20, 18, 15), "2026-11-21 00:00", "+05:45",
                id="three quarters of an hour"),
            pytest.param(PAGO_PAGO, unix(2026, 11, 20, 10, 59), "2026-11-19 23:59", "-11:00",
                id="east of the date line"),
            pytest.param(APIA, unix(2026, 11, 20, 10, 59), "2026-11-20 23:59", "+13:00",
                id="west of the date line"),
        ],
    )  # fmt: skip
    def test_a_moment_is_given_by_the_clock_on_the_wall(
        self, zone: Zone, place_name: str, moment: float, minute: str, offset: str
    ) -> None:
        zone(place_name)
        placed = Placed(Event(events.LID, {"what": 1}), int(moment), int(moment))
        assert stamp(placed) == units.minute(moment) == minute
        assert units.iso(moment) == f"{minute.replace(' ', 'T')}:00{offset}"

    @pytest.mark.parametrize(
        ("place_name", "midnight"),
        [
            pytest.param(BERLIN, unix(2026, 3, 28, 23), id="the day with 23 hours begins"),
            pytest.param(BERLIN, unix(2026, 3, 29, 22), id="the day with 23 hours ends"),
            pytest.param(BERLIN, unix(2026, 10, 24, 22), id="the day with 25 hours begins"),
            pytest.param(BERLIN, unix(2026, 10, 25, 23), id="the day with 25 hours ends"),
            pytest.param(LORD_HOWE, unix(2026, 10, 4, 13), id="the day with 23.5 hours ends"),
            pytest.param(KATHMANDU, unix(2026, 11, 20, 18, 15), id="at a quarter past the hour"),
            pytest.param(PAGO_PAGO, unix(2026, 11, 20, 11), id="east of the date line"),
            pytest.param(KIRITIMATI, unix(2026, 11, 20, 10), id="first of all"),
        ],
    )
    def test_a_day_begins_at_its_midnight(
        self, zone: Zone, place_name: str, midnight: float
    ) -> None:
        zone(place_name)
        before, after = midnight - 60, midnight + 60
        assert units.clock_time(before, after) == "yesterday 23:59"
        assert units.clock_time(midnight, after) == "today 00:00"
        assert units.clock_time(before, before) == "today 23:59"
        assert units.clock_time(midnight, before) == "tomorrow 00:00"
        # 26 hours on it is the next day, however long this one is.
        assert parse_dates.since("today", after) == midnight
        assert parse_dates.since("yesterday", midnight + 26 * HOUR) == midnight
        assert (
            parse_dates.since("tomorrow", before) == parse_dates.future("today", before) == midnight
        )

    @pytest.mark.parametrize(
        ("day", "hours"),
        [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)],
    )
    def test_a_day_has_as_many_hours_as_it_has(self, zone: Zone, day: str, hours: int) -> None:
        zone(BERLIN)
        begins = parse_dates.since(day, unix(2026, 12, 1))
        assert parse_dates.future(day, unix(2026, 1, 1)) - begins == hours * HOUR

    @pytest.mark.parametrize(
        ("there", "told_there", "here", "told_here"),
        [
            pytest.param(BERLIN, "2026-11-20 02:30", NEW_YORK, "2026-11-19 20:30",
                id="over the Atlantic"),
            pytest.param(PAGO_PAGO, "2026-11-19 14:30", APIA, "2026-11-20 14:30",
                id="over the date line"),
            pytest.param(KATHMANDU, "2026-11-20 07:15", SYDNEY, "2026-11-20 12:30",
                id="over less than an hour"),
        ],
    )  # fmt: skip
    def test_after_a_move_everything_is_told_in_the_new_zone_and_stays_as_far_apart(
        self, zone: Zone, there: str, told_there: str, here: str, told_here: str
    ) -> None:
        life = Life(int(unix(2026, 11, 20, 1, 30))).start()
        zone(there)
        before = place(life.set().log)
        assert units.minute(before[1].earliest) == told_there
        zone(here)
        after = place(life.wait(DAY).use().log)
        assert after[:2] == before
        assert units.minute(after[1].earliest) == told_here
        assert after[2].earliest - after[1].earliest == DAY

    def test_a_flight_over_the_date_line_lands_the_day_before(self, zone: Zone) -> None:
        zone(APIA)
        took_off = parse_dates.past("2026-11-20 09:00", unix(2026, 11, 21))
        zone(PAGO_PAGO)
        landed = took_off + HOUR
        assert units.minute(landed) == "2026-11-19 10:00"
        assert units.clock_time(took_off, landed) == "today 09:00"
        assert parse_dates.past("1h", landed) == took_off

    def test_what_is_between_bounds_is_told_around_their_middle(self, zone: Zone) -> None:
        zone(BERLIN)
        # Noon in Berlin on the day before its clocks are put back, and on that day.
        life = Life(int(unix(2026, 10, 24, 10))).start().set()
        life.start(HOUR).set(9 * DAY).use().start(24 * HOUR).set()
        stamps = [stamp(one) for one in place(life.log)]
        assert stamps == [
            *["2026-10-24 12:00"] * 2,
            *["2026-10-25 00:30 ±13 hours"] * 3,
            *["2026-10-25 12:00"] * 2,
        ]

    def test_what_a_computer_that_is_behind_has_seen_was_after_what_is_known(
        self, zone: Zone
    ) -> None:
        zone("UTC")
        life = Life(int(unix(2026, 11, 20, 10))).start().set().start(HOUR).use()
        stamps = [stamp(one) for one in place(life.log, int(unix(2026, 11, 19)))]
        assert stamps[2:] == ["after 2026-11-20 10:00"] * 2


def keep(home: Path, life: Life) -> None:
    """Put a life into the database as a sync at its end would."""
    with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
        case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
        log_id = archive.keep_log(case_id, LOG.hex())
        raw = b"".join(records_of(life.log, first_chain(LOG)))
        archive.keep_records(log_id, 1, first_chain(LOG), raw)
        archive.note_meeting(case_id, log_id, life.now, 0)
        archive.note_sync(case_id, life.now, 0)


def read(host: Host, *options: str, **environment: str) -> dict[str, Any]:
    """Return what ``host log --json`` says."""
    told = host("log", *options, "--json", **environment)
    assert told.returncode == 0, told.stderr
    document: dict[str, Any] = json.loads(told.stdout)
    return document


class TestTheLogOnTheTerminal:
    @pytest.mark.parametrize("place_name", [BERLIN, KATHMANDU, PAGO_PAGO, KIRITIMATI])
    def test_no_zone_shifts_a_record(self, host: Host, home: Path, place_name: str) -> None:
        make_lived_in(home / "rollcase.db")
        here, there = (read(host, TZ=name)["records"] for name in ("UTC", place_name))
        assert [one["earliest"] for one in here] != [one["earliest"] for one in there]
        for one, other in zip(here, there, strict=True):
            for bound in ("earliest", "latest"):
                assert datetime.fromisoformat(one[bound]) == datetime.fromisoformat(other[bound])

    def test_what_was_typed_in_one_zone_is_read_in_another(self, host: Host) -> None:
        now = "2026-11-20T10:00:00Z"
        told = host("clinic", "2026-10-25 02:30", TZ=BERLIN, ROLLCASE_NOW=now)
        assert told.returncode == 0, told.stderr
        assert "2026-10-24 20:30" in host("log", TZ=NEW_YORK, ROLLCASE_NOW=now).stdout
        assert "2026-10-25 00:30" in host("log", TZ="UTC", ROLLCASE_NOW=now).stdout

    def test_the_hour_that_comes_twice_is_told_in_order(self, host: Host, home: Path) -> None:
        life = Life(int(unix(2026, 10, 25, 0, 10))).start().set().wait(20 * 60).use()
        keep(home, life.wait(HOUR).use())
        lines = host("log", TZ=BERLIN).stdout.splitlines()
        assert [line[:16] for line in lines] == ["2026-10-25 02:10"] * 2 + ["2026-10-25 02:30"] * 2
        uses = read(host, "--kind", "use_started", TZ=BERLIN)["records"]
        assert [one["latest"] for one in uses] == [
            "2026-10-25T02:30:00+02:00",
            "2026-10-25T02:30:00+01:00",
        ]

    @pytest.mark.parametrize(
        ("since", "shown"),
        [
            ("2026-03-28", ["23:59", "00:00", "23:59", "00:00"]),
            ("2026-03-29", ["00:00", "23:59", "00:00"]),
            ("2026-03-30", ["00:00"]),
            ("2026-03-29 02:30", ["23:59", "00:00"]),
        ],
    )
    def test_a_look_back_begins_with_the_day_that_has_23_hours(
        self, host: Host, home: Path, since: str, shown: list[str]
    ) -> None:
        life = Life(int(unix(2026, 3, 28, 22, 50))).start().set().wait(9 * 60).use().wait(60)
        keep(home, life.use().wait(23 * HOUR - 60).use().wait(60).use())
        lines = host("log", "--since", since, "--kind", "use_started", TZ=BERLIN).stdout
        assert [line[11:16] for line in lines.splitlines()] == shown

    def test_a_computer_in_the_wrong_zone_is_put_right_by_the_next_sync(
        self, host: Host, home: Path
    ) -> None:
        life = Life(int(unix(2026, 11, 20, 10))).start().set(-2 * HOUR).wait(DAY).use()
        keep(home, life)
        assert "2026-11-21 08:00  use started" in host("log").stdout
        keep(home, life.wait(DAY).set())
        assert "2026-11-21 10:00  use started" in host("log").stdout

    def test_a_computer_that_was_ahead_leaves_bounds_once_it_is_put_right(
        self, host: Host, home: Path
    ) -> None:
        life = Life(int(unix(2026, 11, 20, 10))).start().set()
        life.start(2 * HOUR).set(30 * DAY).use().wait(HOUR)
        keep(home, life)
        assert "2026-12-20 12:00  use started" in host("log").stdout
        keep(home, life.start(HOUR).set())
        used = read(host, "--kind", "use_started")["records"]
        assert [(one["earliest"], one["latest"]) for one in used] == [
            ("2026-11-20T10:00:00+00:00", "2026-11-20T14:00:00+00:00")
        ]
        assert "2026-11-20 12:00 ±2 hours  use started" in host("log").stdout
