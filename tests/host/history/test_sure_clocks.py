"""When a computer's clock agrees with an earlier setting, and when a person is asked again."""

import pytest

from rollhost.history.sure_clocks import (
    ASK_AGAIN_S,
    Confirmation,
    Meeting,
    SureSetting,
    confirm,
    still_holds,
)

NOW = 1_795_817_400
DAY = 86400


def meeting(behind: int = 0, age_s: int | None = 0, record: int = 7) -> Meeting:
    """Return what is known where a case was set by a sure clock, and is `behind` (s) now."""
    setting = SureSetting(f"0102030405060708 {record}", age_s)
    return Meeting(NOW, NOW - behind, "pico", setting=setting)


class TestAgrees:
    @pytest.mark.parametrize(
        ("behind", "age_s", "agrees"),
        [
            (60, 0, True),
            (61, 0, False),
            (-60, 0, True),
            (-61, 0, False),
            (60 + 259, 30 * DAY, True),
            (60 + 260, 30 * DAY, False),
            (0, None, False),
        ],
    )
    def test_crystal_and_a_minute_are_allowed_in_one_run(
        self, behind: int, age_s: int | None, agrees: bool
    ) -> None:
        assert meeting(behind, age_s).agrees is agrees

    def test_case_that_no_sure_clock_has_set_vouches_for_nothing(self) -> None:
        one = Meeting(NOW, NOW, "pico", setting=None)
        assert not one.agrees
        assert not one.contradicts

    @pytest.mark.parametrize(
        ("behind", "age_s", "contradicts"),
        [
            (0, 0, False),
            (600, 0, False),  # some minutes off: the case takes it
            (601, 0, True),
            (-601, 0, True),
            (600 + 259, 30 * DAY, False),
            (600 + 260, 30 * DAY, True),
            (DAY, 0, True),
            (-DAY, 0, True),
            (DAY, None, False),  # it stood still without power
            (-600, None, False),
            (-601, None, True),
        ],
    )
    def test_sure_setting_is_contradicted(
        self, behind: int, age_s: int | None, contradicts: bool
    ) -> None:
        assert bool(meeting(behind, age_s).contradicts) is contradicts


class TestStillHolds:
    @pytest.mark.parametrize(
        ("now", "holds"),
        [
            (NOW, True),
            (NOW - 600, True),
            (NOW - 601, False),
            (NOW + ASK_AGAIN_S, True),
            (NOW + ASK_AGAIN_S + 1, False),
        ],
    )
    def test_confirmed_clock_is_believed_for_sixty_days(self, now: int, holds: bool) -> None:
        assert still_holds(Confirmation(NOW), Meeting(now, now, "pico")) is holds

    def test_each_sync_makes_the_sixty_days_begin_anew(self) -> None:
        now, met_at = NOW + 90 * DAY, NOW + 50 * DAY
        assert still_holds(Confirmation(NOW), Meeting(now, now, "pico", met_at, met_at))

    def test_clock_before_the_newest_thing_here_is_asked_about_once(self) -> None:
        one = Meeting(NOW + DAY, NOW, "pico", newest=NOW + 2 * DAY)
        assert not still_holds(Confirmation(NOW), one)
        assert still_holds(confirm(one), one)
        later = Meeting(NOW + DAY, NOW, "pico", newest=NOW + 3 * DAY)
        assert not still_holds(confirm(one), later)

    def test_contradiction_of_a_sure_setting_is_asked_about_once(self) -> None:
        one = meeting(DAY)
        assert not still_holds(Confirmation(NOW), one)
        assert still_holds(confirm(one), one)
        assert not still_holds(confirm(one), meeting(DAY, record=9))
