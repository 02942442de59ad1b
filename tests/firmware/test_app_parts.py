"""Lid, latch, battery and buzzer."""

import pytest
from tests.firmware.day_table import RED, make_safe
from tests.firmware.whole_case import (
    MINUTE,
    WholeCase,
    bring_to,
    soak,
)

from rollcore import events, state

# Lid


@pytest.mark.parametrize("phase", [state.RESTING, state.HELD])
def test_lid_opened_while_resting_or_held_warns(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    before = case.last_seq
    case.lid_open = True
    case.tick(0, False)
    case.wait_ms(45)
    assert case.news(before) == [("lid", {"what": events.LID_OPENED})]
    assert [ms for colour, ms in case.watch(840) if colour == RED] == [60] * 6
    case.move_lid(False)
    assert len(case.news(before)) == 1
    assert case.phase == phase


@pytest.mark.parametrize(
    "phase",
    [
        state.PREPARE,
        state.SOAKING,
        state.DRYING,
        state.IN_USE,
        state.CLEAN_ME,
        state.HEAD_EXPIRED,
    ],
)
def test_lid_asks_nothing_where_the_roller_has_to_come_out(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    before = case.last_seq
    case.move_lid(True)
    case.move_lid(False)
    assert case.news(before) == [("lid", {"what": events.LID_OPENED})]
    assert case.phase == phase


def test_lid_opened_and_closed_while_ready_asks(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.move_lid(True)
    assert case.phase == state.READY
    case.move_lid(False)
    assert case.phase == state.ASKING


def test_lid_open_since_the_soak_and_closed_while_ready_asks(case: WholeCase) -> None:
    bring_to(case, state.PREPARE)
    case.move_lid(True)
    soak(case)
    case.wait(600)
    assert case.phase == state.READY
    case.move_lid(False)
    assert case.phase == state.ASKING


def test_lid_question_waits_for_its_answer_over_a_power_cut(case: WholeCase) -> None:
    bring_to(case, state.ASKING)
    case.wait(30 * MINUTE)
    case.switch_on()
    assert case.phase == state.ASKING
    case.press()
    assert [name for name, _ in case.news(case.last_seq - 2)] == ["use_started", "use_ended"]
    assert case.phase == state.CLEAN_ME


# Latch


@pytest.mark.parametrize("phase", sorted(state.ACTIONS))
def test_latch_keeps_the_roller_in_while_it_rests_or_is_held(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    assert case.app.locked == (phase in (state.RESTING, state.HELD))


def test_latch_is_open_in_a_fault_and_in_safe_mode(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.flash.broken = True
    case.long_press()
    assert not case.app.locked
    case.flash.broken = False
    make_safe(case)
    assert not case.app.locked


# Battery


def shortening(case: WholeCase) -> int:
    """Press, and return how often the lamp says that the battery is low."""
    case.begin("press")
    runs = case.watch(40_000)
    reds = [ms for colour, ms in runs if colour == RED]
    return sum(reds[at : at + 3] == [600, 300, 100] for at in range(len(reds)))


def test_low_battery_is_logged_once_a_day(case: WholeCase) -> None:
    before = case.last_seq
    for _ in range(3 * 96):
        case.app.battery_low(3100)
        case.wait(15 * MINUTE)
    assert case.news(before) == [("battery_low", {"millivolts": 3100})] * 3


@pytest.mark.parametrize("phase", [state.PREPARE, state.RESTING, state.SOAKING])
def test_low_battery_is_shown_once_after_the_next_gesture(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    case.app.battery_low(3100)
    assert [shortening(case), shortening(case)] == [1, 0]


# Tunes


def tones(case: WholeCase, ms: int) -> list[int]:
    """Return each tone of the next `ms` once."""
    heard = [case.app.tone()]
    for _ in range(ms // 10):
        case.tick(10, False)
        if case.app.tone() != heard[-1]:
            heard.append(case.app.tone())
    return heard


def test_soak_end_is_heard(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    case.wait(case.app.standing.until - 1 - case.app.clock.time)
    assert tones(case, 3000) == [0, 880, 0, 1320, 0]


@pytest.mark.parametrize(
    ("minutes", "heard"), [(5, [0, 660, 0]), (10, [0, 660, 0, 660, 0, 660, 0])]
)
def test_too_long_use_is_heard(case: WholeCase, minutes: int, heard: list[int]) -> None:
    bring_to(case, state.READY)
    case.press()
    case.wait(case.log()[-1].time + minutes * MINUTE - 1 - case.app.clock.time)
    assert tones(case, 3000) == heard


def test_refusal_and_an_opened_lid_are_heard(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.begin("long press")
    assert tones(case, 1000) == [220, 0]
    case.lid_open = True
    assert tones(case, 1000) == [0, 660, 0]


@pytest.mark.parametrize("phase", [state.DRYING, state.RESTING])
def test_finished_tune_is_not_waited_for(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    case.long_press()
    case.wait(5)
    assert case.app.lamp_ms() > 0
