"""Which automatic backups are kept, whatever days a computer is used on and whatever its clock."""

import calendar
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollhost.database import rota
from rollhost.database.rota import DAYS, MONTHS, WEEKS, Dated, superfluous

DAY = 86400
START = 1_790_000_000
"""A day in September 2026."""

MOST = 1 + DAYS + WEEKS + MONTHS

gaps = st.lists(
    st.one_of(st.integers(1, 3), st.integers(1, 60), st.integers(300, 500)), min_size=1, max_size=80
)
"""Days between two syncs."""

hours = st.integers(0, DAY - 1)


def used_on(steps: list[int], second: int) -> list[int]:
    """Return the moments (Unix s) of syncs that are so many days apart."""
    days = [sum(steps[: number + 1]) for number in range(len(steps))]
    return [START // DAY * DAY + day * DAY + second for day in days]


def lived(moments: list[int], wrong: dict[int, int] | None = None) -> set[int]:
    """Return what is left where each sync makes a backup and then removes what is superfluous.

    `wrong` has the moments that a wrong clock tells, by the number of the sync.
    """
    held: set[int] = set()
    for number, moment in enumerate(moments):
        now = (wrong or {}).get(number, moment)
        held.add(now)
        held -= superfluous(held, now)
    return held


def day(text: str) -> int:
    """Return noon (Unix s) of a day."""
    return calendar.timegm(datetime.strptime(text, "%Y-%m-%d").timetuple()) + DAY // 2


class TestKept:
    def test_daily_syncs_of_two_years_leave_days_weeks_and_months(self) -> None:
        last = day("2026-11-28")  # a Saturday
        left = lived([last - number * DAY for number in range(730, -1, -1)])
        shown = [f"{datetime.fromtimestamp(time, timezone.utc):%Y-%m-%d}" for time in sorted(left)]
        assert shown == [
            "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
            "2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31",
            "2026-11-08", "2026-11-15",  # Sundays
            "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26",
            "2026-11-27", "2026-11-28",
        ]  # fmt: skip

    def test_syncs_once_a_quarter_leave_three_years(self) -> None:
        moments = [day("2020-01-15") + number * 91 * DAY for number in range(30)]
        assert sorted(lived(moments)) == moments[-1 - MONTHS :]

    def test_of_several_backups_of_a_day_the_newest_is_kept(self) -> None:
        morning, evening, later = day("2026-11-20"), day("2026-11-20") + 3600, day("2026-11-21")
        assert superfluous([morning, evening, later], later) == {morning}

    @given(gaps, hours)
    def test_newest_stays_and_no_more_than_24_do(self, steps: list[int], second: int) -> None:
        moments = used_on(steps, second)
        left = lived(moments)
        assert moments[-1] in left
        assert len(left) <= MOST

    @given(st.sets(st.integers(0, 3000 * DAY), min_size=1, max_size=80), st.integers(0, 4000 * DAY))
    def test_second_look_removes_nothing_more(self, times: set[int], now: int) -> None:
        left = times - superfluous(times, now)
        assert superfluous(left, now) == set()
        assert {time for time in times if time > now} <= left

    @given(gaps, hours)
    def test_removing_day_by_day_leaves_what_one_look_at_all_would(
        self, steps: list[int], second: int
    ) -> None:
        moments = used_on(steps, second)
        assert lived(moments) == set(moments) - superfluous(moments, moments[-1])

    @given(gaps, hours)
    def test_each_of_the_last_days_weeks_and_months_has_one(
        self, steps: list[int], second: int
    ) -> None:
        moments = used_on(steps, second)
        left = lived(moments)
        assert set(moments[-DAYS:]) <= left
        for moment in moments:
            if moments[-1] - moment < (WEEKS - 1) * 7 * DAY:
                assert any(0 <= time - moment < 7 * DAY for time in left)


class TestWrongClock:
    @given(gaps, hours, st.data(), st.booleans())
    def test_clock_that_is_far_off_on_one_day_costs_no_other_backup(
        self, steps: list[int], second: int, data: st.DataObject, is_ahead: bool
    ) -> None:
        moments = used_on(steps, second)
        number = data.draw(st.integers(0, len(moments) - 1))
        far = moments[-1] + 900 * DAY if is_ahead else DAY + second
        told = lived(moments, {number: far})
        right = lived(moments[:number] + moments[number + 1 :])
        if number == len(moments) - 1 and moments[:-1]:
            # By then it may have removed what the next sync removes, and nothing else.
            following = moments[-1]
            right = lived([*moments[:-1], following]) - {following}
        assert right <= told
        assert far in told or not is_ahead

    def test_backups_from_before_a_clock_that_went_back_stay(self) -> None:
        moments = [START + number * DAY for number in range(30)]
        held = lived(moments)
        assert superfluous(held | {DAY}, DAY) == set()


class TestNames:
    def test_names_of_one_computer_sort_by_time(self) -> None:
        names = [
            rota.path_of(Path("/f"), Path("/d/mine.db"), "0a1b2c3d", START + step).name
            for step in (0, 1, 3600, DAY, 400 * DAY)
        ]
        assert sorted(names) == names
        assert rota.dated(names[0]) == Dated("0a1b2c3d", START)
        assert names[0].startswith("mine-automatic-0a1b2c3d-2026")

    @pytest.mark.parametrize(
        "name",
        ["rollcase.db", "rollcase-backup-20261121-100000.db",
         "-automatic-0a1b2c3d-20261121-100000.db",
         "a-automatic-0a1b2c3d-20260231-100000.db", "a-automatic-0a1b2c3d-20261121-100000.db.bak",
         "a-automatic-0A1B2C3D-20261121-100000.db", "a-automatic-0a1b2c3d-20261121-100000-2.db",
         "a-automatic-0a1b2c3d-00000000-000000.db",
         f"a-automatic-0a1b2c3d-20261121-{chr(0x660) * 6}.db"],
    )  # fmt: skip
    def test_other_names_are_no_automatic_backups(self, name: str) -> None:
        assert rota.dated(name) is None

    def test_backup_of_another_computer_is_not_todays(self) -> None:
        names = ["a-automatic-0a1b2c3d-20261121-235959.db", "letter.txt"]
        today = day("2026-11-21")
        assert rota.has_todays(names, "0a1b2c3d", today)
        assert not rota.has_todays(names, "ffffffff", today)
        assert not rota.has_todays(names, "0a1b2c3d", today + DAY)
