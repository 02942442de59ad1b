"""The steps of a day: how long each takes, what a long touch does, how the lamp counts."""

import pytest
from tests.firmware.day_table import AFTER, AMBER, BEFORE, CYAN, MAGENTA, OFF, RED, WHITE
from tests.firmware.whole_case import (
    DAY,
    MINUTE,
    NOW,
    SETTLE_MS,
    WholeCase,
    bring_to,
    soak,
)

from rollcase import lamp
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


def test_refusal_says_from_when_it_would_be_allowed(case: WholeCase) -> None:
    bring_to(case, state.CLEAN_ME)
    ended = case.log()[-1].time
    soak(case)
    case.wait(1800)
    case.long_press()
    assert case.news(0)[-1][1]["until"] == ended + 28 * DAY


def test_records_carry_boot_uptime_and_case_time(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
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
    assert [name for name, _ in case.news(before)][2:] == ["override_asked"]


# Long presses that act on release


def hold_on(case: WholeCase, ms: int) -> None:
    """Keep the button down until `ms` have passed since it went down, and stay there."""
    case.tick(0, True)
    case.wait_ms(ms, True)


def let_go(case: WholeCase) -> None:
    """Release the button that `hold_on` keeps down."""
    case.tick(0, False)
    case.wait_ms(SETTLE_MS)


@pytest.mark.parametrize(
    ("phase", "logged"),
    [
        (state.RESTING, "refused"),
        (state.HEAD_EXPIRED, "refused"),
        (state.PREPARE, "soak_started"),
        (state.READY, "use_started"),
        (state.CLEAN_ME, "soak_started"),
    ],
)
@pytest.mark.parametrize("clock_set", [False, True])
def test_lamp_is_dark_from_2_s_until_the_release(
    case: WholeCase, phase: str, logged: str, clock_set: bool
) -> None:
    if clock_set:
        case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    bring_to(case, phase)
    before = case.last_seq
    hold_on(case, 2000)
    case.wait_ms(120, True)
    start = case.ms
    case.wait_ms(7879, True)
    assert case.colour == OFF
    assert [when for when, _ in case.shown if when > start] == []
    assert case.news(before) == []
    let_go(case)
    assert [name for name, _ in case.news(before)] == [logged]
    assert case.colour != OFF


def test_lamp_goes_on_with_its_phase_after_a_long_press_on_release(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.begin("long press")
    refusal = sum(ms for _, ms in lamp.REFUSED)
    case.wait_ms(refusal - 1)
    stays = lamp.pattern_of(state.RESTING, 0, case.app.journal.state.clock_set)
    case.wait_ms(1)
    assert case.watch(550)[:3] == [stays[0], stays[1], stays[2]]


@pytest.mark.parametrize(
    ("ms", "logged"),
    [
        (1999, []),
        (2001, ["refused"]),
        (9999, ["refused"]),
        (10001, ["override_asked"]),
        (60000, ["override_asked"]),
    ],
)
def test_touch_while_resting_is_one_gesture(case: WholeCase, ms: int, logged: list[str]) -> None:
    bring_to(case, state.RESTING)
    before = case.last_seq
    hold_on(case, ms)
    let_go(case)
    assert [name for name, _ in case.news(before)] == logged


def test_rest_that_ends_between_2_s_and_the_release_leaves_the_touch_without_effect(
    case: WholeCase,
) -> None:
    bring_to(case, state.RESTING)
    before = case.last_seq
    case.wait(case.app.standing.until - 5 - case.app.clock.time)
    hold_on(case, 8000)
    assert case.phase == state.PREPARE
    case.wait_ms(1000, True)
    assert lamp.BLUE in [colour for _, colour in case.shown[-3:]]
    let_go(case)
    assert case.phase == state.PREPARE
    assert case.news(before) == []


@pytest.mark.parametrize(
    ("ms", "logged"), [(3000, ["soak_started"]), (11000, ["head_out"])], ids=["long", "very long"]
)
def test_touch_that_begins_before_the_rest_ends_acts_in_the_phase_of_its_2_s(
    case: WholeCase, ms: int, logged: list[str]
) -> None:
    bring_to(case, state.RESTING)
    before = case.last_seq
    case.wait(case.app.standing.until - 1 - case.app.clock.time)
    hold_on(case, ms)
    let_go(case)
    assert [name for name, _ in case.news(before)] == logged


def test_hold_set_by_the_host_while_the_button_is_down_leaves_the_touch_without_effect(
    case: WholeCase,
) -> None:
    bring_to(case, state.RESTING)
    hold_on(case, 3000)
    assert case.app.tell(events.HOLD_SET, {"reason": events.ACNE, "until": 0, "token": 1}) == ""
    assert case.phase == state.HELD
    before = case.last_seq
    case.wait_ms(8000, True)
    let_go(case)
    assert case.news(before) == []


def test_broken_flash_is_shown_anew_at_2_s(case: WholeCase) -> None:
    """What keeps the case from its work is more than a lamp that waits."""
    bring_to(case, state.RESTING)
    case.flash.broken = True
    case.long_press()
    assert case.phase == lamp.FAULT
    case.wait_ms(20_000)
    hold_on(case, 2000)
    sos = lamp.PATTERNS[lamp.FAULT][0]
    gap = ((OFF, 120),) if case.lit_before(case.ms) else ()
    start = case.ms
    case.wait_ms(2000, True)
    lit = [(when - start, colour) for when, colour in case.shown if when >= start and colour][:3]
    begins = sum(ms for _, ms in gap)
    assert lit == [(begins, RED), (begins + 300, RED), (begins + 600, RED)]
    assert sos[:6] == ((RED, 150), (OFF, 150)) * 3


@pytest.mark.parametrize("ms", [3000, 10100])
def test_touch_that_reached_2_s_before_the_start_was_logged_does_nothing(
    case: WholeCase, ms: int
) -> None:
    bring_to(case, state.RESTING)
    case.wait(DAY)
    case.flash.broken = True
    case.switch_on()
    case.flash.broken = False
    assert case.app.standing.phase == state.RESTING
    before = case.last_seq
    hold_on(case, ms)
    let_go(case)
    assert [name for name, _ in case.news(before)] == ["boot"]


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
    case.begin("long press")
    assert case.colour == RED
    assert case.watch(700) == [(RED, 60), (OFF, 60)] * 5 + [(RED, 60), (OFF, 40)]
