"""The case's day by gestures: what is logged, what is shown, what is refused."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.flaky_flash import FlakyFlash
from tests.unit.whole_case import WholeCase, bring_to, make_foreign, soak

from rollcase import journal, lamp
from rollcase.clock import STORE_EVERY_S
from rollcore import events, policy, state
from rollcore.events import FROM_HOST, Event
from rollcore.policy import Policy

DAY = 86400
MINUTE = 60
NOW = 205_000_000
OFF, RED, AMBER, CYAN, MAGENTA, WHITE = (
    lamp.OFF, lamp.RED, lamp.AMBER, lamp.CYAN, lamp.MAGENTA, lamp.WHITE,
)  # fmt: skip

DIGEST = policy.for_needle(500).digest
BEFORE = {"purpose": events.BEFORE_USE}
AFTER = {"purpose": events.AFTER_USE}

News = list[tuple[str, dict[str, int]]]


@pytest.fixture
def flash(monkeypatch: pytest.MonkeyPatch) -> FlakyFlash:
    """Return a switch for the flash under the case."""
    return FlakyFlash(monkeypatch)


# The table of the day

SOAK_BEFORE: News = [("soak_started", BEFORE)]
SOAK_AFTER: News = [("soak_started", AFTER)]
ABORTED: News = [("soak_ended", {**BEFORE, "how": events.SOAK_ABORTED})]
IN_TURN: News = [("use_started", {"how": events.IN_TURN, "digest": DIGEST})]
NOTHING: News = []

TABLE = [
    # phase, gesture, what is logged, the phase after
    (state.PREPARE, "press", SOAK_BEFORE, state.SOAKING),
    (state.PREPARE, "hold", SOAK_BEFORE, state.SOAKING),
    (state.PREPARE, "long_hold", SOAK_BEFORE, state.SOAKING),
    (state.SOAKING, "press", NOTHING, state.SOAKING),
    (state.SOAKING, "hold", ABORTED, state.PREPARE),
    (state.SOAKING, "long_hold", ABORTED, state.PREPARE),
    (state.DRYING, "press", NOTHING, state.DRYING),
    (state.DRYING, "hold", NOTHING, state.DRYING),
    (state.DRYING, "long_hold", NOTHING, state.DRYING),
    (state.READY, "press", IN_TURN, state.IN_USE),
    (state.READY, "hold", IN_TURN, state.IN_USE),
    (state.READY, "long_hold", IN_TURN, state.IN_USE),
    (state.IN_USE, "press", [("use_ended", {"how": events.BY_BUTTON})], state.CLEAN_ME),
    (state.IN_USE, "hold", [("use_ended", {"how": events.BY_BUTTON})], state.CLEAN_ME),
    (state.IN_USE, "long_hold", [("use_ended", {"how": events.BY_BUTTON})], state.CLEAN_ME),
    (state.CLEAN_ME, "press", SOAK_AFTER, state.SOAKING),
    (state.CLEAN_ME, "hold", SOAK_AFTER, state.SOAKING),
    (state.CLEAN_ME, "long_hold", SOAK_AFTER, state.SOAKING),
    (state.RESTING, "press", NOTHING, state.RESTING),
    (
        state.RESTING,
        "hold",
        [("refused", {"gesture": events.HOLD, "reason": events.STILL_RESTING})],
        state.RESTING,
    ),
    (
        state.RESTING,
        "long_hold",
        [
            ("refused", {"gesture": events.HOLD, "reason": events.STILL_RESTING}),
            ("use_started", {"how": events.OVERRIDE, "digest": DIGEST}),
        ],
        state.IN_USE,
    ),
    (state.HEAD_EXPIRED, "press", NOTHING, state.HEAD_EXPIRED),
    (
        state.HEAD_EXPIRED,
        "hold",
        [("refused", {"gesture": events.HOLD, "reason": events.HEAD_WORN_OUT, "until": 0})],
        state.HEAD_EXPIRED,
    ),
    (
        state.HEAD_EXPIRED,
        "long_hold",
        [
            ("refused", {"gesture": events.HOLD, "reason": events.HEAD_WORN_OUT, "until": 0}),
            ("head_new", {"uses": 1}),
        ],
        state.RESTING,
    ),
    (state.HELD, "press", NOTHING, state.HELD),
    (
        state.HELD,
        "hold",
        [("refused", {"gesture": events.HOLD, "reason": events.ON_HOLD, "until": 0})],
        state.HELD,
    ),
    (
        state.HELD,
        "long_hold",
        [("refused", {"gesture": events.HOLD, "reason": events.ON_HOLD, "until": 0})],
        state.HELD,
    ),
]


def test_the_table_covers_every_phase_and_gesture() -> None:
    covered = {(phase, gesture) for phase, gesture, _, _ in TABLE}
    assert len(covered) == len(TABLE) == 3 * len(state.ACTIONS)


@pytest.mark.parametrize(
    ("phase", "gesture", "logged", "then"), TABLE, ids=[f"{row[1]} when {row[0]}" for row in TABLE]
)
def test_a_gesture_logs_what_the_table_says(
    case: WholeCase, phase: str, gesture: str, logged: News, then: str
) -> None:
    bring_to(case, phase)
    before = case.last_seq
    getattr(case, gesture)()
    news = case.news(before)
    assert [name for name, _ in news] == [name for name, _ in logged]
    for (_, data), (_, expected) in zip(news, logged, strict=True):
        assert data | expected == data
    assert case.phase == then


@pytest.mark.parametrize("phase", sorted(state.ACTIONS))
def test_a_touch_between_press_and_hold_only_asks_again(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    before = case.last_seq
    case.touch(1000)
    # The answer began 45 ms after the release, and 5 ms of it have passed.
    assert case.watch(55 + 120 + 60 + 400) == [(WHITE, 55), (OFF, 120), (WHITE, 60), (OFF, 400)]
    assert case.news(before) == []
    assert case.phase == phase


# Boot


def test_a_new_case_works_at_once(case: WholeCase) -> None:
    assert case.news(0) == [("boot", {"cause": events.POWER_ON, "torn": 0})]
    assert case.phase == state.PREPARE
    assert case.app.policy.needle_um == policy.DEFAULT_NEEDLE_UM == 500
    assert case.app.fault == ""


def test_each_start_is_a_boot_with_the_next_number_and_its_cause(case: WholeCase) -> None:
    case.switch_on(events.WATCHDOG)
    case.switch_on(events.SOFT_RESET)
    assert [(event.boot, event.data["cause"]) for event in case.log()] == [
        (1, events.POWER_ON), (2, events.WATCHDOG), (3, events.SOFT_RESET),
    ]  # fmt: skip


def test_a_use_open_at_the_power_cut_is_ended_with_its_end_unknown(case: WholeCase) -> None:
    bring_to(case, state.IN_USE)
    case.switch_on()
    assert case.phase == state.CLEAN_ME
    assert case.app.journal.state.end_known is False
    assert case.app.journal.state.uses == 1


def test_a_soak_broken_by_the_power_cut_has_to_start_again(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    case.switch_on()
    assert case.phase == state.PREPARE


def test_readiness_does_not_survive_the_power_cut(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.switch_on()
    assert case.phase == state.PREPARE


def test_the_clock_goes_on_from_the_last_value_stored(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    case.wait(STORE_EVERY_S + 100)
    case.switch_on()
    assert case.app.clock.time == NOW + STORE_EVERY_S


def test_the_clock_goes_on_from_the_last_record_if_that_is_newer(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    case.wait(STORE_EVERY_S + 100)
    case.press()
    case.wait(50)
    case.switch_on()
    assert case.app.clock.time == NOW + STORE_EVERY_S + 100


def test_a_clock_set_back_by_force_stays_back_after_a_power_cut(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    case.wait(STORE_EVERY_S * 2)
    case.app.set_clock(NOW - 5 * DAY, FROM_HOST, True)
    case.switch_on()
    assert case.app.clock.time == NOW - 5 * DAY


def test_a_power_cut_right_after_the_record_of_a_setting_keeps_that_setting(
    case: WholeCase,
) -> None:
    """The time stored before a setting back is later than the truth, and must not be gone by."""
    case.app.set_clock(NOW, FROM_HOST, False)
    stored = (case.directory / "clock").read_bytes()
    case.app.set_clock(NOW - 5 * DAY, FROM_HOST, True)
    (case.directory / "clock").write_bytes(stored)
    case.switch_on()
    assert case.app.clock.time == NOW - 5 * DAY


def test_time_is_stored_as_often_after_the_clock_was_set_back(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    case.app.set_clock(NOW - 5 * DAY, FROM_HOST, True)
    case.wait(STORE_EVERY_S + 10)
    case.switch_on()
    assert case.app.clock.time == NOW - 5 * DAY + STORE_EVERY_S


@pytest.mark.parametrize("damage", [b"", b"\0" * 12, b"ROLL"])
def test_a_damaged_stored_time_costs_time_and_nothing_else(case: WholeCase, damage: bytes) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    case.wait(STORE_EVERY_S * 3)
    (case.directory / "clock").write_bytes(damage)
    case.switch_on()
    assert case.app.clock.time == NOW


def test_a_lamp_shows_that_the_clock_is_not_set_until_it_is(case: WholeCase) -> None:
    def blinks() -> list[int]:
        return [ms for colour, ms in case.watch(5000) if colour == lamp.BLUE]

    bring_to(case, state.READY)
    assert blinks() == [60, 60]
    case.app.set_clock(NOW, FROM_HOST, False)
    assert blinks() == []
    case.switch_on()
    assert 60 in blinks()


# The steps take their time


def test_a_soak_ends_by_itself_to_the_second(case: WholeCase) -> None:
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
def test_a_use_under_fifteen_seconds_is_recorded_as_cancelled(
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


def test_a_use_that_nobody_ends_ends_itself_after_half_an_hour(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.press()
    started = case.log()[-1].time
    case.wait(30 * MINUTE + 5)
    assert case.news(0)[-1] == ("use_ended", {"how": events.TIMED_OUT, "seconds": 1800})
    assert case.log()[-1].time == started + 1800
    assert case.phase == state.CLEAN_ME


def test_a_use_warns_and_says_stop(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.press()
    for minute, stage in ((4, "0"), (6, "1"), (11, "2")):
        case.wait(minute * MINUTE + case.log()[-1].time - case.app.clock.time)
        assert case.said[-1] == f"lamp in_use {stage}"


def test_a_use_carries_its_zone_and_the_rules_that_allowed_it(case: WholeCase) -> None:
    assert case.app.set_policy(policy.for_needle(250)) == ""
    bring_to(case, state.CLEAN_ME)
    started, ended = case.log()[-2:]
    assert started.data["digest"] == policy.for_needle(250).digest
    assert started.zone == ended.zone


def test_a_refusal_says_from_when_it_would_be_allowed(case: WholeCase) -> None:
    bring_to(case, state.CLEAN_ME)
    ended = case.log()[-1].time
    soak(case)
    case.wait(1800)
    case.hold()
    assert case.news(0)[-1][1]["until"] == ended + 28 * DAY


def test_records_carry_boot_uptime_and_case_time(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    case.switch_on()
    case.wait(100)
    case.press()
    last = case.log()[-1]
    assert (last.boot, last.uptime, last.time) == (2, 100, NOW + 100)


def test_the_whole_day_comes_round(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    ended = next(event.time for event in case.log() if event.name == "use_ended")
    before = case.last_seq
    case.wait(ended + 28 * DAY - 1 - case.app.clock.time)
    assert case.phase == state.RESTING
    case.wait(1)
    assert case.phase == state.PREPARE
    assert case.news(before) == []


# Holds


def test_a_long_hold_does_nothing_after_its_hold_has_led_on(case: WholeCase) -> None:
    """A hold aborts the soak of a dirty roller; the rest of the touch starts nothing."""
    bring_to(case, state.CLEAN_ME)
    case.press()
    before = case.last_seq
    case.long_hold()
    assert case.news(before) == [("soak_ended", {**AFTER, "how": events.SOAK_ABORTED})]
    assert case.phase == state.CLEAN_ME


def test_a_long_hold_does_nothing_if_the_phase_changed_under_it(case: WholeCase) -> None:
    """The hold fell into drying and did nothing; the long hold falls into resting."""
    bring_to(case, state.CLEAN_ME)
    soak(case)
    done = case.log()[-1].time
    before = case.last_seq
    case.wait(done + 1800 - 5 - case.app.clock.time)
    assert case.phase == state.DRYING
    case.long_hold()
    assert case.phase == state.RESTING
    assert case.news(before) == []


def test_each_touch_has_a_hold_of_its_own(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    before = case.last_seq
    case.hold()
    case.hold()
    assert [name for name, _ in case.news(before)] == ["refused", "refused"]
    case.long_hold()
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


def test_a_press_while_resting_counts_days_in_red(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    assert flashes(case) == [(RED, 900)] * 2 + [(RED, 220)] * 8
    case.wait(20 * DAY)
    assert flashes(case) == [(RED, 220)] * 8


def test_the_last_hours_of_a_rest_count_as_one_day(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.wait(case.app.standing.until - case.app.clock.time - 100)
    assert flashes(case) == [(RED, 220)]


def test_a_press_while_soaking_or_drying_counts_minutes(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    assert flashes(case) == [(AMBER, 900)]
    case.wait(case.app.standing.until - case.app.clock.time)
    assert flashes(case) == [(CYAN, 900)]
    case.wait(5 * MINUTE)
    assert flashes(case) == [(CYAN, 220)] * 5


def test_a_press_with_a_worn_out_head_counts_uses_and_days(case: WholeCase) -> None:
    bring_to(case, state.HEAD_EXPIRED)
    case.wait(12 * DAY)
    case.tick(0, True)
    case.wait_ms(200, True)
    case.tick(0, False)
    case.wait_ms(45)
    lit = [(colour, ms) for colour, ms in case.watch(6000) if colour != OFF]
    assert lit[:4] == [(MAGENTA, 220), (WHITE, 900), (WHITE, 220), (WHITE, 220)]


def test_a_refusal_flashes_at_once(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.tick(0, True)
    case.wait_ms(2000, True)
    assert case.colour == RED
    assert case.watch(700) == [(RED, 60), (OFF, 60)] * 5 + [(RED, 60), (OFF, 40)]


# The flash


@pytest.mark.parametrize("call", ["write", "flush"])
@pytest.mark.parametrize("phase", [state.PREPARE, state.READY, state.IN_USE, state.CLEAN_ME])
def test_what_the_flash_does_not_take_has_not_happened(
    flash: FlakyFlash, tmp_path: Path, phase: str, call: str
) -> None:
    case = WholeCase(tmp_path)
    bring_to(case, phase)
    before, at = case.app.journal.state.copy(), case.last_seq
    flash.broken = call
    case.press()
    assert case.phase == lamp.FAULT
    assert "flash" in case.app.fault
    assert case.app.journal.state == before
    assert case.last_seq == at
    flash.broken = ""
    case.press()
    assert case.app.fault == ""
    assert case.last_seq == at + 1
    assert case.phase not in (lamp.FAULT, phase)


def test_a_fault_is_shown_as_sos(flash: FlakyFlash, tmp_path: Path) -> None:
    case = WholeCase(tmp_path)
    case.app.set_clock(NOW, FROM_HOST, False)
    flash.broken = "write"
    case.tick(0, True)
    case.wait_ms(200, True)
    case.tick(0, False)
    case.wait_ms(45)
    lit = [ms for colour, ms in case.watch(5600) if colour == RED]
    assert lit == [150] * 3 + [450] * 3 + [150] * 3


def test_the_record_is_on_flash_before_the_lamp_follows(flash: FlakyFlash, tmp_path: Path) -> None:
    case = WholeCase(tmp_path)
    seen: list[tuple[str, int]] = []
    flash.watchers.append(lambda: seen.append((case.phase, case.app.journal.state.seq)))
    before = case.last_seq
    for name in (state.PREPARE, state.SOAKING):
        assert case.phase == name
        case.press() if name == state.PREPARE else case.hold()
    assert seen == [(state.PREPARE, before), (state.SOAKING, before + 1)]


def test_a_soak_whose_end_the_flash_did_not_take_is_ended_a_minute_later(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    bring_to(case, state.SOAKING)
    started = case.log()[-1].time
    flash.broken = "write"
    case.wait(started + 600 - case.app.clock.time)
    assert case.phase == lamp.FAULT
    flash.broken = ""
    case.wait(59)
    assert case.phase == lamp.FAULT
    case.wait(1)
    assert case.phase == state.DRYING
    assert case.log()[-1].time == started + 660


def test_a_fault_ends_by_itself_a_minute_later_and_nothing_is_made_up_for(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    flash.broken = "write"
    case.press()
    assert case.phase == lamp.FAULT
    before = case.last_seq
    flash.broken = ""
    case.wait(59)
    assert case.phase == lamp.FAULT
    case.wait(1)
    assert (case.app.fault, case.phase) == ("", state.PREPARE)
    assert case.news(before) == []
    case.press()
    assert case.phase == state.SOAKING


def test_a_fault_stays_while_the_log_is_full(
    monkeypatch: pytest.MonkeyPatch, case: WholeCase
) -> None:
    while case.last_seq < journal.SEGMENT_RECORDS:
        case.app.journal.append(Event(events.HEAD_NEW, {"uses": 0}, boot=1))
    blocks = list(os.statvfs(case.directory))
    blocks[3] = journal.RESERVE_BLOCKS - 1
    monkeypatch.setattr(os, "statvfs", lambda _: blocks)
    case.press()
    assert "full" in case.app.fault
    case.wait(10 * MINUTE)
    assert "full" in case.app.fault
    assert case.phase == lamp.FAULT
    blocks[3] = journal.RESERVE_BLOCKS
    case.wait(MINUTE)
    assert (case.app.fault, case.phase) == ("", state.PREPARE)


@pytest.mark.parametrize(
    "place", [4, 5, 24], ids=["format of the segment", "size of the state", "format of the state"]
)
def test_a_log_of_another_firmware_is_a_fault_that_stays_and_no_byte_of_it_is_changed(
    case: WholeCase, place: int
) -> None:
    """That firmware, put back, finds its log and its clock as they were."""
    case.app.set_clock(NOW, FROM_HOST, False)
    case.app.set_policy(policy.for_needle(250))
    case.wait(STORE_EVERY_S + 10)
    make_foreign(case, place)
    before = {path.name: path.read_bytes() for path in case.directory.iterdir()}
    case.switch_on()
    case.press()
    case.wait(2 * STORE_EVERY_S)
    assert case.app.set_policy(policy.for_needle(500)) != ""
    assert case.app.set_clock(NOW + DAY, FROM_HOST, False) != ""
    assert case.phase == lamp.FAULT
    assert case.app.fault == case.app.journal.trouble() == case.app.journal.unusable != ""
    assert {path.name: path.read_bytes() for path in case.directory.iterdir()} == before


def test_a_fault_gives_no_answer_that_looks_as_if_all_were_well(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    case.app.set_clock(NOW, FROM_HOST, False)
    bring_to(case, state.RESTING)
    flash.broken = "write"
    case.hold()
    assert case.phase == lamp.FAULT
    assert (RED, 60) not in case.watch(2000)


@pytest.fixture
def unlogged(flash: FlakyFlash, tmp_path: Path) -> WholeCase:
    """Return a case in use that lost power, and whose flash works again after the start."""
    case = WholeCase(tmp_path)
    case.app.set_clock(NOW, FROM_HOST, False)
    bring_to(case, state.IN_USE)
    flash.broken = "write"
    case.switch_on()
    assert case.phase == lamp.FAULT
    flash.broken = ""
    return case


def test_a_boot_that_the_flash_did_not_take_is_logged_a_minute_later(unlogged: WholeCase) -> None:
    at = unlogged.last_seq
    unlogged.wait(61)
    assert [name for name, _ in unlogged.news(at)] == ["boot"]
    assert unlogged.phase == state.CLEAN_ME


def test_a_press_logs_a_boot_that_was_not_logged_and_nothing_else(unlogged: WholeCase) -> None:
    """What it would have done belongs to a phase that the power cut has ended."""
    at = unlogged.last_seq
    unlogged.press()
    assert [name for name, _ in unlogged.news(at)] == ["boot"]
    assert unlogged.phase == state.CLEAN_ME
    assert unlogged.app.journal.state.end_known is False


def test_the_clock_is_set_after_the_boot_is_logged(unlogged: WholeCase) -> None:
    at = unlogged.last_seq
    assert unlogged.app.set_clock(NOW + DAY, FROM_HOST, False) == ""
    unlogged.wait(120)
    assert [name for name, _ in unlogged.news(at)] == ["boot", "clock_set"]
    assert unlogged.app.journal.state.clock_set is True


def test_rules_are_set_after_the_boot_is_logged(unlogged: WholeCase) -> None:
    at = unlogged.last_seq
    assert unlogged.app.set_policy(policy.for_needle(250)) == ""
    unlogged.wait(120)
    assert [name for name, _ in unlogged.news(at)] == ["boot", "policy_set"]


def test_readiness_is_gone_though_the_flash_did_not_take_the_boot(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    bring_to(case, state.READY)
    flash.broken = "write"
    case.switch_on()
    flash.broken = ""
    case.wait(1200)
    assert case.phase == state.PREPARE


def test_a_boot_that_was_not_logged_is_logged_after_the_host_made_room(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    case.app.set_clock(NOW, FROM_HOST, False)
    bring_to(case, state.READY)
    flash.broken = "write"
    case.switch_on()
    flash.broken = ""
    case.app.ack(case.last_seq)
    case.wait(120)
    assert case.phase == state.PREPARE
    assert case.app.journal.state.clock_set is False
    assert case.log()[-1].name == "boot"


# Clock and rules from the host


def test_setting_the_clock_is_logged_with_the_time_before(case: WholeCase) -> None:
    case.wait(100)
    assert case.app.set_clock(NOW, FROM_HOST, False) == ""
    assert case.news(1) == [("clock_set", {"old": 100, "source": FROM_HOST, "forced": 0})]
    assert case.log()[-1].time == case.app.clock.time == NOW


@pytest.mark.parametrize("difference", [-1, 0, 1])
def test_a_clock_that_is_right_already_is_not_set(case: WholeCase, difference: int) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    before = case.last_seq
    assert case.app.set_clock(NOW + difference, FROM_HOST, False) == ""
    assert case.news(before) == []
    assert case.app.clock.time == NOW


@pytest.mark.parametrize("difference", [-2, 2])
def test_a_clock_that_is_off_by_two_seconds_is_set(case: WholeCase, difference: int) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    before = case.last_seq
    assert case.app.set_clock(NOW + difference, FROM_HOST, False) == ""
    assert len(case.news(before)) == 1
    assert case.app.clock.time == NOW + difference


def test_a_clock_that_is_right_is_set_once_after_a_power_cut(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    case.switch_on()
    assert case.app.set_clock(NOW, FROM_HOST, False) == ""
    assert case.news(0)[-1][0] == "clock_set"
    assert case.app.journal.state.clock_set is True


def test_a_refused_setting_of_the_clock_changes_nothing(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    before = case.last_seq
    assert "ahead" in case.app.set_clock(NOW - DAY, FROM_HOST, False)
    assert case.app.clock.time == NOW
    assert case.news(before) == []


def test_setting_the_clock_in_the_middle_of_a_soak_does_not_shorten_it(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    case.wait(100)
    case.app.set_clock(NOW, FROM_HOST, False)
    case.wait(490)
    assert case.phase == state.SOAKING
    case.wait(10)
    assert case.phase == state.DRYING


@pytest.mark.parametrize(
    ("phase", "first", "then"),
    [
        (state.READY, NOW - 30 * DAY, NOW),
        (state.READY, NOW, NOW - 30 * DAY),
        (state.DRYING, NOW, NOW - 30 * DAY),
        (state.IN_USE, NOW - 30 * DAY, NOW),
        (state.CLEAN_ME, NOW - 30 * DAY, NOW),
        (state.RESTING, NOW, NOW - 30 * DAY),
    ],
)
def test_setting_the_clock_shows_no_phase_of_the_time_before(
    case: WholeCase, phase: str, first: int, then: int
) -> None:
    """What is judged from the new log is judged by the new time."""
    case.app.set_clock(first, FROM_HOST, False)
    bring_to(case, phase)
    case.said.clear()
    assert case.app.set_clock(then, FROM_HOST, True) == ""
    assert [line.split()[0] for line in case.said] == ["log"]
    assert case.app.standing.phase == phase


def test_the_flash_not_taking_the_setting_leaves_the_clock_alone(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    flash.broken = "write"
    assert "flash" in case.app.set_clock(NOW, FROM_HOST, False)
    assert case.app.clock.time == 0
    flash.broken = ""
    assert case.app.set_clock(NOW, FROM_HOST, False) == ""
    assert case.app.clock.time == NOW


NEW_RULES = policy.for_needle(250).changed(revision=1)


def kept(case: WholeCase) -> list[str]:
    return sorted(path.name for path in case.directory.glob("policy-*"))


def test_new_rules_are_in_force_at_once_and_after_a_power_cut(case: WholeCase) -> None:
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.news(1) == [("policy_set", {"digest": NEW_RULES.digest, "needle_um": 250})]
    assert case.app.policy.text == NEW_RULES.text
    case.switch_on()
    assert case.app.policy.text == NEW_RULES.text
    assert kept(case) == [f"policy-{NEW_RULES.digest:08x}"]


def test_new_rules_change_the_rest_that_is_going_on(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.wait(8 * DAY)
    assert case.phase == state.RESTING
    case.app.set_policy(NEW_RULES)
    assert case.phase == state.PREPARE


def test_the_rules_in_force_are_not_set_again(case: WholeCase) -> None:
    case.app.set_policy(NEW_RULES)
    before = case.last_seq
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.news(before) == []


@pytest.mark.parametrize("call", ["open", "write"])
def test_rules_that_the_flash_does_not_take_are_not_in_force(
    flash: FlakyFlash, tmp_path: Path, call: str
) -> None:
    case = WholeCase(tmp_path)
    before = case.app.policy.text
    flash.broken = call
    assert "flash" in case.app.set_policy(NEW_RULES)
    assert case.app.policy.text == before
    flash.broken = ""
    case.switch_on()
    assert case.app.policy.text == before
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.app.policy.text == NEW_RULES.text


def test_rules_are_in_force_though_older_ones_cannot_be_removed(case: WholeCase) -> None:
    (case.directory / "policy-00000000").mkdir()  # is no file, and so cannot be removed as one
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.app.policy.text == NEW_RULES.text
    assert case.app.fault == ""
    case.switch_on()
    assert case.app.policy.text == NEW_RULES.text


@pytest.mark.parametrize("damage", [None, b"", b"damaged"], ids=["gone", "empty", "damaged"])
def test_rules_lost_from_flash_are_the_needles_own_until_they_are_sent_again(
    case: WholeCase, damage: bytes | None
) -> None:
    longer = NEW_RULES.changed(rest_h=200)
    case.app.set_policy(longer)
    (cell,) = case.directory.glob("policy-*")
    cell.unlink() if damage is None else cell.write_bytes(damage)
    case.switch_on()
    assert case.app.policy.text == policy.for_needle(250).text
    assert case.app.set_policy(longer) == ""
    assert case.app.policy.text == longer.text
    case.switch_on()
    assert case.app.policy.text == longer.text


# Truth, with the real case


class TrueTime:
    """A whole case in a world whose true time is known, with power cuts."""

    def __init__(self, directory: Path, rules: Policy) -> None:
        self.case = WholeCase(directory)
        assert self.case.app.set_policy(rules) == ""
        self.true = NOW
        self.used_until: int | None = None
        self.uses = 0

    def live(self, seconds: int) -> None:
        while seconds:
            hop = min(seconds, 3600)
            self.case.wait(hop)
            self.true += hop
            seconds -= hop
            self.look()

    def look(self) -> None:
        assert self.case.app.clock.time <= self.true
        log_state = self.case.app.journal.state
        if log_state.uses > self.uses:
            self.uses = log_state.uses
            self.used_until = self.true
        if self.case.phase in (state.PREPARE, state.READY) and self.used_until is not None:
            assert self.true - self.used_until >= self.case.app.policy.rest_s

    def cut(self, off: int) -> None:
        self.true += off
        self.case.switch_on()
        self.look()

    def sync(self) -> None:
        self.case.app.set_clock(self.true, FROM_HOST, False)
        self.look()

    def touch(self, ms: int) -> None:
        self.case.touch(ms)
        self.case.wait_ms(1000 - (ms + 50) % 1000)  # this world counts whole seconds
        self.true += (ms + 50) // 1000 + 1
        self.look()

    def roll(self) -> None:
        """Do what the case asks for until a use is over and the roller is clean."""
        uses = self.uses
        for _ in range(20):
            if self.case.phase in (state.SOAKING, state.DRYING):
                self.live(600)
            elif self.case.phase == state.RESTING and self.uses > uses:
                return
            elif self.case.phase in (state.RESTING, state.HEAD_EXPIRED):
                self.touch(10100)
            else:
                self.touch(200)
                self.live(60)


REAL_STEP = st.one_of(
    st.tuples(st.just("touch"), st.sampled_from([200, 200, 200, 2100, 10100])),
    st.tuples(st.just("live"), st.sampled_from([20, 600, 1800, DAY // 2, 3 * DAY])),
    st.tuples(st.just("cut"), st.sampled_from([0, 3600, 2 * DAY, 20 * DAY])),
    st.tuples(st.just("sync")),
    st.tuples(st.just("roll")),
)


@settings(max_examples=40)
@given(st.lists(REAL_STEP, max_size=12))
def test_no_press_and_no_power_cut_brings_a_go_ahead_before_the_skin_has_rested(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]
) -> None:
    rules = policy.for_needle(250).changed(rest_h=72, short_rest=1)
    world = TrueTime(tmp_path_factory.mktemp("case"), rules)
    for name, *numbers in steps:
        getattr(world, name)(*numbers)
