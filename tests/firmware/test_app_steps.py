"""The steps of a day: how long each takes, what a long touch does, how the lamp counts."""

import pytest
from tests.firmware.day_table import AFTER, AMBER, BEFORE, CYAN, MAGENTA, OFF, RED, WHITE
from tests.firmware.whole_case import (
    DAY,
    MINUTE,
    NOW,
    WholeCase,
    bring_to,
    soak,
)

from rollcore import events, policy, state
from rollcore.events import FROM_HOST

# The steps take their time


def test_soak_ends_by_itself_to_the_second(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    start = case.log()[-1].time
    before = case.last_seq
    case.wait(600 + 5)
    assert case.news(before) == [("soak_ended", {**BEFORE, "how": events.SOAK_DONE})]
    assert case.log()[-1].time == start + 600
    assert case.phase == state.DRYING


def test_readiness_comes_and_goes_without_a_record(case: WholeCase) -> None:
    bring_to(case, state.DRYING)
    before = case.last_seq
    done = case.log()[-1].time
    case.wait(done + 600 - case.app.clock.time)
    assert case.phase == state.READY
    case.wait(1800)
    assert case.phase == state.PREPARE
    assert case.news(before) == []


@pytest.mark.parametrize(
    ("seconds", "how"), [(0, "CANCELLED"), (14, "CANCELLED"), (15, "BY_BUTTON")]
)
def test_use_under_fifteen_seconds_is_recorded_as_cancelled(
    case: WholeCase, seconds: int, how: str
) -> None:
    bring_to(case, state.READY)
    case.press()
    started = case.log()[-1].time
    case.wait_ms((started + seconds - case.app.clock.time) * 1000)
    case.touch(50)
    expected = {"how": getattr(events, how), "seconds": seconds}
    assert case.news(0)[-1] == ("use_ended", expected)
    assert case.phase == (state.READY if how == "CANCELLED" else state.CLEAN_ME)
    assert case.app.journal.state.uses == (how == "BY_BUTTON")


def test_use_that_nobody_ends_is_closed_after_half_an_hour(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.press()
    started = case.log()[-1].time
    case.wait(30 * MINUTE + 5)
    assert case.news(0)[-1] == ("use_ended", {"how": events.TIMED_OUT, "seconds": 1800})
    assert case.log()[-1].time == started + 1800
    assert case.phase == state.CLEAN_ME


def test_use_warns_and_says_stop(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.press()
    for minute, stage in ((4, "0"), (6, "1"), (11, "2")):
        case.wait(minute * MINUTE + case.log()[-1].time - case.app.clock.time)
        assert case.said[-1] == f"lamp in_use {stage}"


def test_use_records_carry_their_zone_and_policy_digest(case: WholeCase) -> None:
    assert case.app.set_policy(policy.for_needle(250)) == ""
    bring_to(case, state.CLEAN_ME)
    started, ended = case.log()[-2:]
    assert started.data["digest"] == policy.for_needle(250).digest
    assert started.zone == ended.zone


def test_use_that_was_asked_for_against_the_rest_is_logged_as_an_override(
    case: WholeCase,
) -> None:
    """No gesture asks for it yet; a newer firmware's log may have it."""
    bring_to(case, state.RESTING)
    asked = events.Event(events.OVERRIDE_ASKED, {"until": 0, "digest": 0}, boot=1)
    asked.time = case.app.clock.time
    case.app.journal.append(asked)
    case.app.hear(NOW)  # any record makes the case look at its state again
    assert case.phase == state.PREPARE
    case.press()
    case.wait(1200)
    before = case.last_seq
    case.press()
    assert [(name, data["how"]) for name, data in case.news(before)] == [
        ("use_started", events.OVERRIDE)
    ]


def test_refusal_says_from_when_it_would_be_allowed(case: WholeCase) -> None:
    bring_to(case, state.CLEAN_ME)
    ended = case.log()[-1].time
    soak(case)
    case.wait(1800)
    case.long_press()
    assert case.news(0)[-1][1]["until"] == ended + 28 * DAY


def test_records_carry_boot_uptime_and_case_time(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    case.switch_on()
    case.wait(100)
    case.press()
    last = case.log()[-1]
    assert (last.boot, last.uptime, last.time) == (2, 100, NOW + 100)


def test_rest_ends_in_prepare_without_a_record(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    ended = next(event.time for event in case.log() if event.name == "use_ended")
    before = case.last_seq
    case.wait(ended + 28 * DAY - 1 - case.app.clock.time)
    assert case.phase == state.RESTING
    case.wait(1)
    assert case.phase == state.PREPARE
    assert case.news(before) == []


# Long presses


def test_very_long_press_does_nothing_after_its_long_press_acted(case: WholeCase) -> None:
    """The long press aborts the soak of a dirty roller; the rest of the touch starts nothing."""
    bring_to(case, state.CLEAN_ME)
    case.press()
    before = case.last_seq
    case.very_long_press()
    assert case.news(before) == [("soak_ended", {**AFTER, "how": events.SOAK_ABORTED})]
    assert case.phase == state.CLEAN_ME


def test_very_long_press_does_nothing_if_the_phase_changed_during_it(case: WholeCase) -> None:
    """The long press came while drying and did nothing; the very long press comes while resting."""
    bring_to(case, state.CLEAN_ME)
    soak(case)
    done = case.log()[-1].time
    before = case.last_seq
    case.wait(done + 1800 - 5 - case.app.clock.time)
    assert case.phase == state.DRYING
    case.very_long_press()
    assert case.phase == state.RESTING
    assert case.news(before) == []


def test_each_touch_has_its_own_long_press(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    before = case.last_seq
    case.long_press()
    case.long_press()
    assert [name for name, _ in case.news(before)] == ["refused", "refused"]
    case.very_long_press()
    assert [name for name, _ in case.news(before)][2:] == ["refused", "use_started"]


# The lamp answers


def flashes(case: WholeCase) -> list[tuple[int, int]]:
    """Press, and return the flashes that answer."""
    case.tick(0, True)
    case.wait_ms(200, True)
    case.tick(0, False)
    case.wait_ms(45)
    seen = case.watch(20000)
    answer = []
    for colour, ms in seen[1:] if seen[0][0] == OFF else seen:
        if colour == OFF and ms >= 700:
            break
        if colour != OFF:
            answer.append((colour, ms))
    return answer


def test_press_while_resting_counts_days_in_red(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    assert flashes(case) == [(RED, 900)] * 2 + [(RED, 220)] * 8
    case.wait(20 * DAY)
    assert flashes(case) == [(RED, 220)] * 8


def test_last_hours_of_a_rest_count_as_one_day(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.wait(case.app.standing.until - case.app.clock.time - 100)
    assert flashes(case) == [(RED, 220)]


def test_press_while_soaking_or_drying_counts_minutes(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    assert flashes(case) == [(AMBER, 900)]
    case.wait(case.app.standing.until - case.app.clock.time)
    assert flashes(case) == [(CYAN, 900)]
    case.wait(5 * MINUTE)
    assert flashes(case) == [(CYAN, 220)] * 5


def test_press_with_a_worn_out_head_counts_uses_and_days(case: WholeCase) -> None:
    bring_to(case, state.HEAD_EXPIRED)
    case.wait(12 * DAY)
    case.tick(0, True)
    case.wait_ms(200, True)
    case.tick(0, False)
    case.wait_ms(45)
    lit = [(colour, ms) for colour, ms in case.watch(6000) if colour != OFF]
    assert lit[:4] == [(MAGENTA, 220), (WHITE, 900), (WHITE, 220), (WHITE, 220)]


def test_refusal_flashes_at_once(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.tick(0, True)
    case.wait_ms(2000, True)
    assert case.colour == RED
    assert case.watch(700) == [(RED, 60), (OFF, 60)] * 5 + [(RED, 60), (OFF, 40)]
