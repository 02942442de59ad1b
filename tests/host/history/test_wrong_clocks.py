"""Placing records of clocks that were set wrong: what a later setting contradicts does no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import log_of
from tests.host.clock_logs import (
    DAY,
    FIRST_SECOND,
    HOUR,
    NOON,
    Life,
    Off,
    boot,
    bounds,
    numbered,
    off,
    setting,
    use,
)

from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE, Event
from rollhost.history.timeline import LAST, place
from rollhost.output.records import stamp

YEAR_2021 = 1_609_459_200
"""Where the clock of a board without a battery begins, in Unix seconds."""

EXACT: Off = (0, 0)

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
    def test_wrong_settings_in_one_run_are_put_right(self, life: Life, expected: list[Off]) -> None:
        assert off(life) == expected

    @named(RUNS)
    def test_wrong_settings_across_runs_are_put_right(
        self, life: Life, expected: list[Off]
    ) -> None:
        assert off(life) == expected

    def test_record_after_a_believed_setting_follows_it(self) -> None:
        # 50 s apart are as good as right: each use goes by the setting before it.
        life = Life().start().set(-DAY).wait(9).set(50).use().wait(9).set().use()
        assert off(life) == [(50, 50)] * 4 + [EXACT] * 2


class TestTheSyncsOwnTime:
    def test_empty_log_has_no_placed_records(self) -> None:
        assert place([], NOON) == []

    def test_sync_time_bounds_records_after_a_corrected_setting(self) -> None:
        life = Life().start().set(DAY).use().wait(9).set().start(HOUR).use().wait(70)
        assert off(life, life.now) == [EXACT] * 4 + [(-HOUR, 70)] * 2

    def test_sync_time_does_not_refute_a_setting(self) -> None:
        life = Life().start().set().use()
        assert off(life, NOON - DAY) == [EXACT] * 3

    def test_sync_time_does_not_confirm_a_setting_that_a_later_one_refutes(self) -> None:
        life = Life().start().set(DAY).use().start(HOUR).set()
        assert off(life, life.now + 2 * DAY)[:3] == [(NEVER_SET, HOUR)] * 3

    def test_sync_time_of_a_computer_that_is_behind_bounds_nothing(self) -> None:
        life = Life().start().set().start(HOUR).use()
        assert off(life, NOON - 61)[2:] == [(-HOUR, None)] * 2

    def test_sync_time_in_2021_bounds_nothing(self) -> None:
        life = Life().start().set().start(HOUR).use().start(HOUR).use()
        assert off(life, YEAR_2021)[2:] == [(-HOUR, None)] * 2 + [(-2 * HOUR, None)] * 2

    def test_sync_time_in_1970_bounds_not_even_a_case_that_was_never_set(self) -> None:
        assert off(Life().start(), 7) == [(NEVER_SET, None)]

    def test_sync_time_a_minute_behind_is_no_contradiction(self) -> None:
        life = Life().start().set().start(0).use()
        assert off(life, NOON - 60)[2:] == [EXACT] * 2

    def test_fast_crystal_is_no_contradiction(self) -> None:
        life = Life().start().set().start(0).fast(100).wait(60 * DAY).use()
        assert off(life, life.now)[-1] == (518, 518)

    def test_case_that_was_never_set_was_used_before_the_sync(self) -> None:
        life = Life().start().wait(9).use().wait(5)
        assert off(life, life.now) == [(NEVER_SET, 5)] * 2

    def test_case_that_was_never_set_has_no_latest_time_without_a_sync_time(self) -> None:
        assert off(Life().start().wait(9).use()) == [(NEVER_SET, None)] * 2


class TestDamage:
    def test_clock_that_falls_back_to_2021_by_itself_bounds_nothing(self) -> None:
        in_2021 = YEAR_2021 - CASE_EPOCH
        log = numbered(
            setting(1, 5, NOON),
            boot(2, in_2021), use(2, 30, in_2021 + 30),
            setting(3, 0, NOON + HOUR),
        )  # fmt: skip
        assert bounds(place(log)) == [(0, 0), (0, HOUR - 30), (30, HOUR), (HOUR, HOUR)]

    def test_log_that_begins_within_a_run_counts_its_uptime(self) -> None:
        log = numbered(use(7, 1000, 5), setting(7, 1500, NOON))
        assert bounds(place(log)) == [(-500, -500), (0, 0)]

    def test_records_are_never_placed_before_2020(self) -> None:
        # A stamp of 5 s, 1000 s after its start, by a clock that was forced to nothing.
        log = numbered(use(7, 1000, 5))
        assert bounds(place(log)) == [(FIRST_SECOND + 1000, None)]

    def test_run_longer_than_case_time_ends_with_it(self) -> None:
        longest = 0xFFFFFFFF
        log = numbered(setting(1, 0, NOON), use(1, longest, 0), use(2, longest, 0))
        assert [record.earliest for record in place(log)] == [NOON, LAST, LAST]

    def test_run_longer_than_case_time_begins_with_it(self) -> None:
        log = numbered(boot(1, 0), setting(1, 0xFFFFFFFF, NOON))
        assert [(record.earliest, record.latest) for record in place(log)] == [
            (CASE_EPOCH, CASE_EPOCH),
            (NOON, NOON),
        ]

    def test_sync_at_the_end_of_time_is_a_date(self) -> None:
        assert [record.latest for record in place(numbered(boot(1, 0)), 10**15)] == [LAST]

    @given(log=log_of(0, 12), known_until=st.none() | st.integers(0, 10**15))
    def test_any_record_of_any_log_has_a_date(
        self, log: list[Event], known_until: int | None
    ) -> None:
        placed = place(log, known_until)
        assert [record.event for record in placed] == log
        for record in placed:
            assert CASE_EPOCH <= record.earliest <= LAST
            assert record.latest is None or record.earliest <= record.latest <= LAST
            assert stamp(record)
