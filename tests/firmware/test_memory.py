"""Case time: which moments move when the clock is set."""

from tests.firmware.states import (
    BOOT,
    DAY,
    REST,
    RULES,
    USE,
    USED,
    after,
    boot_with,
    clinic,
    clock_set,
    policy_set,
    reaction,
    with_zones,
)

from rollcore.memory import CLINIC_END, PAST_CLINIC, REACTION_END, State
from rollcore.rest import rested_at


def test_rest_after_a_lost_record_moves_when_the_clock_is_set() -> None:
    """The start stamps the loss by a clock that stood still without power."""
    now = after((0, BOOT), (1000, clock_set(0)), (2000, boot_with(32)), (90000, clock_set(2500)))
    assert rested_at(now, RULES, 0) == 90000 - (2500 - 2000) + REST


def test_moments_dated_by_the_host_stay_when_the_clock_is_set() -> None:
    now = after(
        (0, BOOT), (9000, clinic(5000)), (9000, reaction(0, 6000)), (90000, clock_set(9100))
    )
    assert (now.at[CLINIC_END], now.at[REACTION_END]) == (5000, 6000)


def test_clinic_sessions_dated_by_the_host_stay_after_another_list_of_zones() -> None:
    neck = policy_set(with_zones(RULES, "neck"))
    now = after((0, BOOT), (9000, clinic(3000)), (9000, neck), (90000, clock_set(9100)))
    assert now.at[PAST_CLINIC : PAST_CLINIC + 4] == [3000] * 4
    now = after((0, BOOT), (9000, clinic(3000)), (9000, neck), (9000, clinic(5000)))
    now = after((90000, clock_set(9100)), start=now)
    assert now.at[CLINIC_END] == 5000


def test_clock_setting_moves_moments_of_the_same_boot() -> None:
    now = after((0, BOOT), (100, USE), (340, USED), (1_000_000, clock_set(500)))
    assert rested_at(now, RULES, 0) == 1_000_000 - (500 - 340) + REST


def test_moments_of_a_set_clock_stay_after_a_power_cut() -> None:
    now = after((0, BOOT), (1000, clock_set(5)), (2000, USE), (2300, USED))
    now = after((2400, BOOT), (90000, clock_set(2500)), start=now)
    assert rested_at(now, RULES, 0) == 2300 + REST


def test_moments_of_an_unset_clock_move_even_after_a_power_cut() -> None:
    now = after((0, BOOT), (100, USE), (340, USED), (400, BOOT), (90000, clock_set(500)))
    assert rested_at(now, RULES, 0) == 340 + (90000 - 500) + REST


def test_moments_are_never_later_than_now() -> None:
    now = after((0, BOOT), (9000, clock_set(5)), (9100, USE), (9300, USED), (9400, BOOT))
    now = after((1000, clock_set(9500)), start=now)
    assert rested_at(now, RULES, 0) == 1000 + REST


def test_rest_is_not_shortened_by_a_boot_without_its_record() -> None:
    """The clock had lost 100 days in a power cut whose boot is not in the log."""
    now = after((0, BOOT), (1000, clock_set(0)))
    lost = 100 * DAY
    now = after((2000, USE), (2300, USED), start=now, boots_lost=1)  # truly at 2300 + lost
    now = after((3000, BOOT), start=now)
    now = after((3100 + lost, clock_set(3100)), start=now)
    assert rested_at(now, RULES, 0) >= 2300 + lost + REST


def test_copy_has_each_attribute_of_a_state() -> None:
    state = State()
    for number, (name, value) in enumerate(vars(state).items(), 100):
        setattr(state, name, [number] * len(value) if isinstance(value, list) else number)

    assert vars(state.copy()) == vars(state)


def test_copy_shares_no_list_with_its_state() -> None:
    state = State()
    shared = [
        name
        for name, value in vars(state.copy()).items()
        if isinstance(value, list) and value is getattr(state, name)
    ]

    assert shared == []
