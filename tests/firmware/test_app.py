"""The case's day by gestures: what is logged, what is shown, what is refused."""

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.firmware.fakes import FakeTimeChip
from tests.firmware.flaky_flash import FlakyFlash
from tests.firmware.whole_case import (
    GESTURES,
    UNDERSTOOD_MS,
    WholeCase,
    bring_to,
    make_foreign,
    soak,
    with_zones,
)

from rollcase import journal, lamp
from rollcase.clock import STORE_EVERY_S
from rollcase.faults import SAFE_AFTER
from rollcase.server import Server
from rollcore import events, frames, messages, policy, state
from rollcore.events import FROM_HOST, Event
from rollcore.messages import Message
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
Pattern = tuple[tuple[int, int], ...]
Row = tuple[str, str, News, Pattern | None, str]


@pytest.fixture
def flash(monkeypatch: pytest.MonkeyPatch) -> FlakyFlash:
    """Return a switch for the flash under the case."""
    return FlakyFlash(monkeypatch)


# The table of the day

IN_FORCE, SECONDS, OPEN_FOR, RESTED, UNTIL = -1, -2, -3, -4, -5
"""In the table these stand for what only the case's own day can tell: see `filled`."""

SOAK_BEFORE: News = [("soak_started", BEFORE)]
SOAK_AFTER: News = [("soak_started", AFTER)]
ABORTED: News = [("soak_ended", {**BEFORE, "how": events.SOAK_ABORTED})]
IN_TURN: News = [("use_started", {"how": events.IN_TURN, "digest": IN_FORCE})]
EARLY: News = [("use_started", {"how": events.OVERRIDE, "digest": IN_FORCE})]
ENDED: News = [("use_ended", {"how": events.BY_BUTTON, "seconds": SECONDS})]
TOLD: News = [*IN_TURN, ("use_ended", {"how": events.AFTERWARDS, "seconds": OPEN_FOR})]
NOT_USED: News = [("lid", {"what": events.NOT_USED})]
NEW_HEAD: News = [("head_new", {"uses": 1, "token": 0})]
NOTHING: News = []


def refused(reason: int, until: int = 0) -> News:
    """Return the record of a hold that was refused."""
    data = {"gesture": events.HOLD, "reason": reason, "until": until, "digest": IN_FORCE}
    return [("refused", data)]


TOO_EARLY = refused(events.STILL_RESTING, RESTED)
WORN_OUT = refused(events.HEAD_WORN_OUT)
ON_HOLD = refused(events.ON_HOLD)
ON_HOLD_UNTIL = refused(events.ON_HOLD, UNTIL)

SOS = lamp.PATTERNS[lamp.FAULT][0]
WORN = lamp.count(1, MAGENTA) + lamp.count(0, WHITE)  # one use, no day

ZONES_READY = "ready with zones"
HELD_A_WHILE = "held until a date"
BROKEN = "fault"
SAFE = "safe mode"

TABLE: list[Row] = [
    # setting, gesture, what is logged, the lamp's answer, the phase after
    # Answers: () where the new phase is the answer; None where an earlier gesture of the touch had
    # its answer, and the rest of it means nothing.
    (state.RESTING, "press", NOTHING, lamp.count(28, RED), state.RESTING),
    (state.RESTING, "hold", TOO_EARLY, lamp.REFUSED, state.RESTING),
    (state.RESTING, "long_hold", TOO_EARLY + EARLY, (), state.IN_USE),
    (state.PREPARE, "press", SOAK_BEFORE, (), state.SOAKING),
    (state.PREPARE, "hold", SOAK_BEFORE, (), state.SOAKING),
    (state.PREPARE, "long_hold", SOAK_BEFORE, None, state.SOAKING),
    (state.SOAKING, "press", NOTHING, lamp.count(10, AMBER), state.SOAKING),
    (state.SOAKING, "hold", ABORTED, (), state.PREPARE),
    (state.SOAKING, "long_hold", ABORTED, None, state.PREPARE),
    (state.DRYING, "press", NOTHING, lamp.count(10, CYAN), state.DRYING),
    (state.DRYING, "hold", NOTHING, lamp.NOTED, state.DRYING),
    (state.DRYING, "long_hold", NOTHING, lamp.NOTED, state.DRYING),
    (state.READY, "press", IN_TURN, (), state.IN_USE),
    (state.READY, "hold", IN_TURN, (), state.IN_USE),
    (state.READY, "long_hold", IN_TURN, None, state.IN_USE),
    (ZONES_READY, "press", NOTHING, lamp.count(1, WHITE), state.READY),
    (ZONES_READY, "hold", IN_TURN, (), state.IN_USE),
    (ZONES_READY, "long_hold", IN_TURN, None, state.IN_USE),
    (state.ASKING, "press", TOLD, (), state.CLEAN_ME),
    (state.ASKING, "hold", NOT_USED, (), state.READY),
    (state.ASKING, "long_hold", NOT_USED, None, state.READY),
    (state.IN_USE, "press", ENDED, (), state.CLEAN_ME),
    (state.IN_USE, "hold", ENDED, (), state.CLEAN_ME),
    (state.IN_USE, "long_hold", ENDED, None, state.CLEAN_ME),
    (state.CLEAN_ME, "press", SOAK_AFTER, (), state.SOAKING),
    (state.CLEAN_ME, "hold", SOAK_AFTER, (), state.SOAKING),
    (state.CLEAN_ME, "long_hold", SOAK_AFTER, None, state.SOAKING),
    (state.HEAD_EXPIRED, "press", NOTHING, WORN, state.HEAD_EXPIRED),
    (state.HEAD_EXPIRED, "hold", WORN_OUT, lamp.REFUSED, state.HEAD_EXPIRED),
    (state.HEAD_EXPIRED, "long_hold", WORN_OUT + NEW_HEAD, (), state.RESTING),
    (state.HELD, "press", NOTHING, lamp.NOTED, state.HELD),
    (state.HELD, "hold", ON_HOLD, lamp.REFUSED, state.HELD),
    (state.HELD, "long_hold", ON_HOLD, lamp.NOTED, state.HELD),
    (HELD_A_WHILE, "press", NOTHING, lamp.count(3, RED), state.HELD),
    (HELD_A_WHILE, "hold", ON_HOLD_UNTIL, lamp.REFUSED, state.HELD),
    (HELD_A_WHILE, "long_hold", ON_HOLD_UNTIL, lamp.NOTED, state.HELD),
    # The flash takes nothing, and every touch shows that anew.
    (BROKEN, "press", NOTHING, (), lamp.FAULT),
    (BROKEN, "hold", NOTHING, (), lamp.FAULT),
    (BROKEN, "long_hold", NOTHING, SOS, lamp.FAULT),
    # The case only answers the host.
    (SAFE, "press", NOTHING, None, lamp.FAULT),
    (SAFE, "hold", NOTHING, None, lamp.FAULT),
    (SAFE, "long_hold", NOTHING, None, lamp.FAULT),
]
SETTINGS = [*state.ACTIONS, ZONES_READY, HELD_A_WHILE, BROKEN, SAFE]
each_row = pytest.mark.parametrize("row", TABLE, ids=[f"{row[1]} when {row[0]}" for row in TABLE])


def ready_with_zones(case: WholeCase) -> None:
    rules = with_zones(policy.for_needle(500), "face", "neck", "hands")
    assert case.app.set_policy(rules) == ""
    bring_to(case, state.READY)


def held_a_while(case: WholeCase) -> None:
    told = {"reason": events.SUNBURN, "until": case.app.clock.time + 3 * DAY, "token": 1}
    assert case.app.tell(events.HOLD_SET, told) == ""


def broken(case: WholeCase, flash: FlakyFlash) -> None:
    flash.broken = "write"
    case.press()
    case.wait(20)
    assert case.phase == lamp.FAULT


def make_safe(case: WholeCase) -> None:
    for _ in range(SAFE_AFTER):
        case.app.failed({"file": 2, "error": 13, "line": 1})
        case.switch_on(events.SOFT_RESET)
    assert case.app.safe


def set_up(case: WholeCase, setting: str, flash: FlakyFlash) -> None:
    """Bring a new case into one of the settings of the table, and let the lamp come to rest."""
    ways: dict[str, Callable[[], None]] = {
        ZONES_READY: lambda: ready_with_zones(case),
        HELD_A_WHILE: lambda: held_a_while(case),
        BROKEN: lambda: broken(case, flash),
        SAFE: lambda: make_safe(case),
    }
    ways.get(setting, lambda: bring_to(case, setting))()
    case.wait_ms(1234)


def filled(case: WholeCase, expected: News) -> News:
    """Return records of the table as this case has to have written them."""
    log = case.log()
    last = {event.name: event.time for event in log}
    opened = [event.time for event in log if event.data.get("what") == events.LID_OPENED]
    held = [event.data["until"] for event in log if event.name == "hold_set"]
    known = {
        IN_FORCE: case.app.policy.digest,
        SECONDS: last.get("use_ended", 0) - last.get("use_started", 0),
        OPEN_FOR: last.get("use_ended", 0) - (opened or [0])[-1],
        RESTED: last.get("use_ended", 0) + 28 * DAY,
        UNTIL: (held or [0])[-1],
    }
    return [
        (name, {field: known.get(value, value) for field, value in data.items()})
        for name, data in expected
    ]


def merged(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return colours each with its ms, those that are the same added up."""
    found: list[tuple[int, int]] = []
    for colour, ms in runs:
        if found and found[-1][0] == colour:
            ms += found.pop()[1]
        found.append((colour, ms))
    return found


def resting_pattern(case: WholeCase) -> Pattern:
    """Return what this case shows as long as nothing happens."""
    phase, stage = case.said_last("lamp")[1:]
    clock_set = case.app.journal.state.clock_set
    return lamp.pattern_of(phase.replace("_", " "), int(stage), clock_set)


def test_the_table_covers_every_phase_and_gesture() -> None:
    covered = [(setting, gesture) for setting, gesture, _, _, _ in TABLE]
    assert sorted(covered) == sorted(product(SETTINGS, GESTURES))


@each_row
def test_a_gesture_logs_what_the_table_says(flash: FlakyFlash, tmp_path: Path, row: Row) -> None:
    setting, gesture, logged, _, then = row
    case = WholeCase(tmp_path)
    set_up(case, setting, flash)
    before = case.last_seq
    case.begin(gesture)
    assert case.news(before) == filled(case, logged)
    assert [event.zone for event in case.log()[before:]] == [0] * len(logged)
    assert case.phase == then


@each_row
def test_the_lamp_answers_as_the_table_says(flash: FlakyFlash, tmp_path: Path, row: Row) -> None:
    """A gap where it was lit, the answer, and then what the phase shows, from its start."""
    setting, gesture, _, answer, _ = row
    case = WholeCase(tmp_path)
    set_up(case, setting, flash)
    case.begin(gesture)
    gap = ((OFF, 120),) if case.lit_before(case.ms) else ()
    stays = resting_pattern(case)
    seen = case.watch(3 * sum(ms for _, ms in stays) + 15_000)
    if answer is None:
        # It goes on, from somewhere in the middle.
        expected = merged(list(stays * 200))
        inner = seen[1:-1]
        starts = range(len(expected) - len(inner) + 1)
        assert any(expected[at : at + len(inner)] == inner for at in starts)
    else:
        expected = merged([*gap, *answer, *stays * 200])
        assert seen[:-1] == expected[: len(seen) - 1]
        assert seen[-1][0] == expected[len(seen) - 1][0]


# Every touch is answered, on a plain LED, at once

AT_ONCE_MS = 150
LATER_STAGES = {
    # name: the phase, how long it lasts until then (s), and for what rules
    "in use, time to end": (state.IN_USE, 5 * MINUTE, {}),
    "in use, too long": (state.IN_USE, 10 * MINUTE, {}),
    "clean me, overdue": (state.CLEAN_ME, 60 * MINUTE, {}),
    "ready, last uses of the head": (state.READY, 0, {"head_warn_uses": 1}),
}


def set_up_stage(case: WholeCase, setting: str, flash: FlakyFlash) -> None:
    """Bring a new case into one of the settings, or a later stage of a phase."""
    if setting not in LATER_STAGES:
        set_up(case, setting, flash)
        return
    phase, seconds, rules = LATER_STAGES[setting]
    if rules:
        short = {"rest_h": 72, "short_rest": 1}
        assert case.app.set_policy(policy.for_needle(250).changed(**short, **rules)) == ""
        case.app.set_clock(NOW, FROM_HOST, False)
        bring_to(case, state.RESTING)
        case.switch_on()  # four days without power
        case.app.set_clock(NOW + 4 * DAY, FROM_HOST, False)
    bring_to(case, phase)
    case.wait(seconds)
    case.wait_ms(1234)
    assert resting_pattern(case) != lamp.pattern_of(phase, 0, case.app.journal.state.clock_set)


def instants(case: WholeCase) -> list[int]:
    """Return the ms from now at which the lamp's pattern changes, over one round of it."""
    seen = case.watch(sum(ms for _, ms in resting_pattern(case)))
    return [sum(ms for _, ms in seen[: at + 1]) for at in range(len(seen))]


def begin_at(case: WholeCase, gesture: str, instant: int) -> None:
    """Touch the button so that the gesture is understood `instant` ms into a round of the lamp."""
    around = sum(ms for _, ms in resting_pattern(case))
    case.wait_ms((instant - UNDERSTOOD_MS[gesture]) % around)
    case.begin(gesture)


def answered_after(case: WholeCase) -> int:
    """Return the ms from now after which a plain LED shows that something was understood."""
    now = case.ms
    case.wait_ms(3000)
    return case.edge_after(now)


ANSWERED = [
    pytest.param(setting, gesture, id=f"{gesture} when {setting}")
    for setting, gesture in [
        *((row[0], row[1]) for row in TABLE if row[3] is not None),
        *product(LATER_STAGES, ("press", "hold")),
    ]
]


@pytest.mark.parametrize(("setting", "gesture"), ANSWERED)
def test_an_answer_is_seen_at_once_on_a_plain_led_around_each_change_of_the_pattern(
    flash: FlakyFlash, tmp_path: Path, setting: str, gesture: str
) -> None:
    probe = WholeCase(tmp_path)
    set_up_stage(probe, setting, flash)
    late = {}
    for at in instants(probe):
        for instant in (at - 1, at, at + 1):
            flash.broken = ""
            case = WholeCase(tmp_path / f"{instant}")
            set_up_stage(case, setting, flash)
            instants(case)
            begin_at(case, gesture, instant)
            after = answered_after(case)
            if not 0 <= after <= AT_ONCE_MS:
                late[instant] = after
    assert late == {}


def test_a_press_with_a_head_that_is_old_and_unused_is_answered_at_once(case: WholeCase) -> None:
    """There is no use to count, and a pause is no answer."""
    assert case.app.set_policy(policy.for_needle(500).changed(head_days=3)) == ""
    case.app.tell(events.HEAD_NEW, {"uses": 0, "token": 1})
    case.wait(3 * DAY)
    assert case.phase == state.HEAD_EXPIRED
    seen = set()
    for wait_ms in range(0, 3000, 100):
        case.wait_ms(wait_ms)
        case.begin("press")
        seen.add(answered_after(case))
    assert 0 <= min(seen) <= max(seen) <= AT_ONCE_MS


@settings(max_examples=60)
@given(st.data())
def test_an_answer_is_seen_at_once_on_a_plain_led_whatever_the_instant(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    setting, gesture = data.draw(st.sampled_from([param.values for param in ANSWERED]))
    with pytest.MonkeyPatch.context() as patch:
        flash = FlakyFlash(patch)
        case = WholeCase(tmp_path_factory.mktemp("case"))
        if data.draw(st.booleans(), "clock set"):
            case.app.set_clock(NOW, FROM_HOST, False)
        set_up_stage(case, str(setting), flash)
        around = sum(ms for _, ms in resting_pattern(case))
        begin_at(case, str(gesture), data.draw(st.integers(0, around - 1), "instant"))
        assert 0 <= answered_after(case) <= AT_ONCE_MS


@pytest.mark.parametrize("setting", [*state.ACTIONS, ZONES_READY, HELD_A_WHILE, BROKEN])
def test_a_touch_between_press_and_hold_only_asks_again(
    flash: FlakyFlash, tmp_path: Path, setting: str
) -> None:
    case = WholeCase(tmp_path)
    set_up(case, setting, flash)
    before, phase = case.last_seq, case.phase
    case.tick(0, True)
    case.wait_ms(1000, True)
    case.tick(0, False)
    case.wait_ms(45)
    gap = ((OFF, 120),) if case.lit_before(case.ms) else ()
    expected = merged([*gap, *(SOS if setting == BROKEN else lamp.AGAIN)])
    assert case.watch(sum(ms for _, ms in expected)) == expected
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
        case.app.journal.append(Event(events.HEAD_NEW, {"uses": 0, "token": 0}, boot=1))
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
    assert case.news(1) == [
        (
            "policy_set",
            {"digest": NEW_RULES.digest, "needle_um": 250, "kept": 0},
        )
    ]
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


# Every number of the rules changes what it should

SHORT = policy.for_needle(250).changed(rest_h=72, short_rest=1)


def with_rules(case: WholeCase, **numbers: int) -> None:
    """Put rules with these numbers in force."""
    assert case.app.set_policy(SHORT.changed(**numbers)) == ""


def roll(case: WholeCase, seconds: int = 120) -> None:
    """Start a use and end it."""
    case.press()
    case.wait(seconds)
    case.press()


def test_without_a_soak_before_a_rested_roller_is_ready(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0)
    assert case.phase == state.READY
    case.wait(3 * DAY)
    assert case.phase == state.READY


def test_without_a_soak_after_a_use_leads_to_rest(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0)
    roll(case)
    assert case.phase == state.RESTING


def test_without_drying_a_soak_leads_on_at_once(case: WholeCase) -> None:
    with_rules(case, dry_before_min=0, dry_after_min=0)
    soak(case)
    assert case.phase == state.READY
    roll(case)
    soak(case)
    assert case.phase == state.RESTING


@pytest.mark.parametrize(
    ("number", "value", "phase", "seconds", "then"),
    [
        ("soak_before_min", 7, state.SOAKING, 7 * MINUTE, state.DRYING),
        ("dry_before_min", 20, state.DRYING, 20 * MINUTE, state.READY),
        ("ready_min", 45, state.READY, 45 * MINUTE, state.PREPARE),
        ("rest_h", 100, state.RESTING, 100 * 3600, state.PREPARE),
    ],
)
def test_a_phase_lasts_as_long_as_the_rules_say(
    case: WholeCase, number: str, value: int, phase: str, seconds: int, then: str
) -> None:
    with_rules(case, **{number: value})
    bring_to(case, phase)
    began = {event.name: event.time for event in case.log()}
    since = {
        state.SOAKING: began["soak_started"],
        state.DRYING: began.get("soak_ended", 0),
        state.READY: began.get("soak_ended", 0) + 10 * MINUTE,
        state.RESTING: began.get("use_ended", 0),
    }[phase]
    case.wait(since + seconds - 1 - case.app.clock.time)
    assert case.phase == phase
    case.wait(1)
    assert case.phase == then


@pytest.mark.parametrize(("number", "value", "stage"), [("warn_min", 3, "1"), ("stop_min", 8, "2")])
def test_a_use_warns_and_stops_when_the_rules_say(
    case: WholeCase, number: str, value: int, stage: str
) -> None:
    with_rules(case, soak_before_min=0, **{number: value})
    case.press()
    started = case.log()[-1].time
    case.wait(started + value * MINUTE - 1 - case.app.clock.time)
    assert case.said_last("lamp")[2] != stage
    case.wait(1)
    assert case.said_last("lamp") == ["lamp", "in_use", stage]


def test_cleaning_is_overdue_when_the_rules_say(case: WholeCase) -> None:
    with_rules(case, overdue_min=25)
    bring_to(case, state.CLEAN_ME)
    case.wait(case.log()[-1].time + 25 * MINUTE - 1 - case.app.clock.time)
    assert case.said_last("lamp") == ["lamp", "clean_me", "0"]
    case.wait(1)
    assert case.said_last("lamp") == ["lamp", "clean_me", "1"]


def test_a_head_warns_while_ready_and_wears_out_by_its_uses(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0, head_warn_uses=1, head_uses=2)
    assert case.said_last("lamp") == ["lamp", "ready", "0"]
    roll(case)
    case.wait(3 * DAY)
    assert case.said_last("lamp") == ["lamp", "ready", "1"]
    roll(case)
    assert case.phase == state.HEAD_EXPIRED


def test_a_head_wears_out_by_its_days(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0, head_days=5)
    roll(case)
    case.wait(case.log()[-1].time + 5 * DAY - 1 - case.app.clock.time)
    assert case.phase == state.READY
    case.wait(1)
    assert case.phase == state.HEAD_EXPIRED


# What the host tells


def tell(case: WholeCase, kind: int, zone: int = 0, **data: int) -> str:
    """Tell the case, with a token of its own."""
    return case.app.tell(kind, {**data, "token": case.last_seq + 1000}, zone)


def test_a_hold_ends_on_its_date_by_itself(case: WholeCase) -> None:
    until = case.app.clock.time + 2 * DAY
    assert tell(case, events.HOLD_SET, reason=events.ACNE, until=until) == ""
    case.wait(2 * DAY - 1)
    assert case.phase == state.HELD
    case.wait(1)
    assert case.phase == state.PREPARE


def test_a_hold_without_a_date_ends_when_the_host_says_so(case: WholeCase) -> None:
    tell(case, events.HOLD_SET, reason=events.ACNE, until=0)
    case.wait(3 * DAY)
    assert case.phase == state.HELD
    tell(case, events.HOLD_SET, reason=events.NO_HOLD, until=0)
    assert case.phase == state.PREPARE


@pytest.mark.parametrize(("rest_h", "days"), [(28 * 24, 28), (900, 37.5)])
def test_a_clinic_session_rests_as_long_as_the_rules_say(
    case: WholeCase, rest_h: int, days: float
) -> None:
    with_rules(case, clinic_rest_h=rest_h)
    case.app.set_clock(NOW, FROM_HOST, False)
    assert tell(case, events.CLINIC, at=NOW - DAY, needle_um=1500) == ""
    assert case.phase == state.RESTING
    case.hold()
    assert case.log()[-1].data["reason"] == events.AFTER_CLINIC
    assert case.log()[-1].data["until"] == NOW - DAY + int(days * DAY)


@pytest.mark.parametrize(("rest_h", "days"), [(14 * 24, 14), (600, 25)])
def test_a_reaction_holds_while_open_and_rests_once_closed(
    case: WholeCase, rest_h: int, days: int
) -> None:
    with_rules(case, reaction_rest_h=rest_h)
    case.app.set_clock(NOW, FROM_HOST, False)
    assert tell(case, events.REACTION, open=1, at=NOW) == ""
    case.hold()
    refusal = case.log()[-1].data
    assert (case.phase, refusal["reason"]) == (state.HELD, events.REACTION_OPEN)
    assert tell(case, events.REACTION, open=0, at=NOW) == ""
    case.hold()
    refusal = case.log()[-1].data
    assert (case.phase, refusal["reason"]) == (state.RESTING, events.AFTER_REACTION)
    assert refusal["until"] == NOW + days * DAY


def test_what_is_told_twice_is_logged_once(case: WholeCase) -> None:
    told = {"uses": 0, "token": 77}
    assert case.app.tell(events.HEAD_NEW, dict(told)) == ""
    before = case.last_seq
    assert case.app.tell(events.HEAD_NEW, dict(told)) == ""
    assert case.last_seq == before


@pytest.mark.parametrize(("ahead", "taken"), [(600, True), (601, False)])
def test_what_has_not_been_yet_is_not_taken(case: WholeCase, ahead: int, taken: bool) -> None:
    case.app.set_clock(NOW, FROM_HOST, False)
    before = case.last_seq
    why_not = tell(case, events.CLINIC, at=NOW + ahead, needle_um=0)
    assert ("future" in why_not, case.last_seq - before) == ((False, 1) if taken else (True, 0))


def test_a_zone_that_the_rules_do_not_name_is_not_taken(case: WholeCase) -> None:
    assert "zones 0 to 0" in tell(case, events.CLINIC, 1, at=0, needle_um=0)


# Zones


@pytest.fixture
def zones(case: WholeCase) -> WholeCase:
    """Return a case that is ready, with three zones, the second of which still rests."""
    rules = SHORT.changed(soak_before_min=0, soak_after_min=0, dry_after_min=0)
    assert case.app.set_policy(with_zones(rules, "face", "neck", "hands")) == ""
    case.app.set_clock(NOW, FROM_HOST, False)
    assert tell(case, events.CLINIC, 1, at=NOW, needle_um=0) == ""
    assert case.phase == state.READY
    return case


def counted(case: WholeCase) -> int:
    """Press, and return how many white flashes answer."""
    case.begin("press")
    return [ms for colour, ms in case.watch(4000) if colour == WHITE].count(220)


def test_presses_step_through_the_rested_zones_and_round(zones: WholeCase) -> None:
    before = zones.last_seq
    assert [counted(zones) for _ in range(5)] == [1, 3, 1, 3, 1]
    assert zones.news(before) == []


@pytest.mark.parametrize(("presses", "zone"), [(0, 0), (1, 0), (2, 2), (3, 0)])
def test_a_hold_starts_the_use_of_the_zone_that_was_chosen(
    zones: WholeCase, presses: int, zone: int
) -> None:
    for _ in range(presses):
        zones.press()
    zones.hold()
    zones.wait(60)
    zones.press()
    assert [(event.name, event.zone) for event in zones.log()[-2:]] == [
        ("use_started", zone), ("use_ended", zone),
    ]  # fmt: skip


def test_a_zone_that_was_used_rests_and_the_others_do_not(zones: WholeCase) -> None:
    zones.hold()
    zones.wait(60)
    zones.press()
    assert zones.phase == state.READY
    assert counted(zones) == 3


def test_a_choice_is_for_one_use(zones: WholeCase) -> None:
    zones.press()
    zones.press()
    zones.hold()
    zones.wait(5)
    zones.press()  # a mistake
    assert zones.phase == state.READY
    zones.hold()
    assert zones.log()[-1].zone == 0


def test_a_chosen_zone_that_may_not_be_used_any_more_is_not_used(zones: WholeCase) -> None:
    zones.press()
    zones.press()
    assert tell(zones, events.CLINIC, 2, at=NOW, needle_um=0) == ""
    zones.hold()
    assert (zones.log()[-1].name, zones.log()[-1].zone) == ("use_started", 0)


def test_fewer_zones_leave_no_choice_beyond_them(zones: WholeCase) -> None:
    zones.press()
    zones.press()
    rules = SHORT.changed(soak_before_min=0, revision=2)
    assert zones.app.set_policy(with_zones(rules, "face")) == ""
    zones.wait(28 * DAY)
    zones.hold()
    assert (zones.log()[-1].name, zones.log()[-1].zone) == ("use_started", 0)


def test_after_a_use_told_afterwards_every_zone_rests(zones: WholeCase) -> None:
    zones.press()
    zones.press()
    zones.move_lid(True)
    zones.wait(120)
    zones.move_lid(False)
    assert zones.phase == state.ASKING
    zones.press()
    now = zones.app.journal.state
    ends = [state.rested_at(now, zones.app.policy, zone) for zone in range(3)]
    assert min(ends) == zones.app.clock.time + zones.app.policy.rest_s


@pytest.mark.parametrize("soonest", [0, 1, 2])
def test_an_override_is_of_the_zone_that_would_have_rested_first(
    case: WholeCase, soonest: int
) -> None:
    assert case.app.set_policy(with_zones(SHORT, "face", "neck", "hands")) == ""
    case.app.set_clock(NOW, FROM_HOST, False)
    for zone in range(3):
        at = NOW - 5 * DAY if zone == soonest else NOW - zone
        assert tell(case, events.CLINIC, zone, at=at, needle_um=0) == ""
    case.long_hold()
    told = [(event.name, event.zone) for event in case.log()[-2:]]
    assert told == [("refused", soonest), ("use_started", soonest)]
    assert case.log()[-1].data["how"] == events.OVERRIDE


# Lid


@pytest.mark.parametrize("phase", [state.RESTING, state.HELD])
def test_opening_the_lid_on_a_day_without_rolling_warns(case: WholeCase, phase: str) -> None:
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
def test_a_lid_is_no_matter_where_the_roller_has_to_come_out(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    before = case.last_seq
    case.move_lid(True)
    case.move_lid(False)
    assert case.news(before) == [("lid", {"what": events.LID_OPENED})]
    assert case.phase == phase


def test_a_lid_opened_and_closed_while_ready_asks(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.move_lid(True)
    assert case.phase == state.READY
    case.move_lid(False)
    assert case.phase == state.ASKING


def test_a_lid_that_was_open_since_the_soak_and_is_shut_while_ready_asks(case: WholeCase) -> None:
    bring_to(case, state.PREPARE)
    case.move_lid(True)
    soak(case)
    case.wait(600)
    assert case.phase == state.READY
    case.move_lid(False)
    assert case.phase == state.ASKING


def test_a_question_waits_for_its_answer(case: WholeCase) -> None:
    bring_to(case, state.ASKING)
    case.wait(30 * MINUTE)
    case.switch_on()
    assert case.phase == state.ASKING
    case.press()
    assert [name for name, _ in case.news(case.last_seq - 2)] == ["use_started", "use_ended"]
    assert case.phase == state.CLEAN_ME


# Latch


@pytest.mark.parametrize("phase", sorted(state.ACTIONS))
def test_the_latch_keeps_the_roller_in_while_it_rests_or_is_held(
    case: WholeCase, phase: str
) -> None:
    bring_to(case, phase)
    assert case.app.locked == (phase in (state.RESTING, state.HELD))


def test_the_latch_is_open_in_a_fault_and_in_safe_mode(flash: FlakyFlash, tmp_path: Path) -> None:
    case = WholeCase(tmp_path)
    bring_to(case, state.RESTING)
    flash.broken = "write"
    case.hold()
    assert not case.app.locked
    flash.broken = ""
    make_safe(case)
    assert not case.app.locked


# Battery


def shortening(case: WholeCase) -> int:
    """Press, and return how often the lamp says that the battery is low."""
    case.begin("press")
    runs = case.watch(40_000)
    reds = [ms for colour, ms in runs if colour == RED]
    return sum(reds[at : at + 3] == [600, 300, 100] for at in range(len(reds)))


def test_a_low_battery_is_logged_once_a_day(case: WholeCase) -> None:
    before = case.last_seq
    for _ in range(3 * 96):
        case.app.battery_low(3100)
        case.wait(15 * MINUTE)
    assert case.news(before) == [("battery_low", {"millivolts": 3100})] * 3


@pytest.mark.parametrize("phase", [state.PREPARE, state.RESTING, state.SOAKING])
def test_a_low_battery_is_shown_once_after_the_next_gesture(case: WholeCase, phase: str) -> None:
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


def test_a_soak_that_is_done_is_heard(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    case.wait(case.app.standing.until - 1 - case.app.clock.time)
    assert tones(case, 3000) == [0, 880, 0, 1320, 0]


@pytest.mark.parametrize(
    ("minutes", "heard"), [(5, [0, 660, 0]), (10, [0, 660, 0, 660, 0, 660, 0])]
)
def test_a_use_that_goes_on_too_long_is_heard(
    case: WholeCase, minutes: int, heard: list[int]
) -> None:
    bring_to(case, state.READY)
    case.press()
    case.wait(case.log()[-1].time + minutes * MINUTE - 1 - case.app.clock.time)
    assert tones(case, 3000) == heard


def test_a_refusal_and_an_opened_lid_are_heard(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.begin("hold")
    assert tones(case, 1000) == [220, 0]
    case.lid_open = True
    assert tones(case, 1000) == [0, 660, 0]


@pytest.mark.parametrize("phase", [state.DRYING, state.RESTING])
def test_a_tune_that_is_over_is_waited_for_no_more(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    case.hold()
    case.wait(5)
    assert case.app.lamp_ms() > 0


# The clock chip


class ChipWorld:
    """A case with a clock chip, in a world whose true time is known."""

    def __init__(self, directory: Path) -> None:
        self.off_s = NOW
        self.case: WholeCase | None = None
        self.chip = FakeTimeChip(lambda: self.true)
        self.case = WholeCase(directory, self.chip)

    @property
    def true(self) -> int:
        return self.off_s + (self.case.ms // 1000 if self.case else 0)

    def sets(self) -> list[tuple[int, int]]:
        """Return each setting of the clock in the log: who set it, and to what."""
        assert self.case is not None
        log = self.case.log()
        return [(event.data["source"], event.time) for event in log if event.name == "clock_set"]


def chip_world(directory: Path) -> tuple[ChipWorld, WholeCase]:
    world = ChipWorld(directory)
    assert world.case is not None
    return world, world.case


def test_the_chip_sets_the_clock_at_the_start(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    assert world.sets() == [(events.FROM_RTC, NOW)]
    assert case.app.journal.state.clock_set


def test_the_chip_sets_the_clock_after_a_power_cut(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    world.off_s += 40 * DAY
    case.switch_on()
    assert world.sets()[1:] == [(events.FROM_RTC, NOW + 40 * DAY)]


@pytest.mark.parametrize(("off", "sets"), [(59, 0), (-59, 0), (61, 1), (-61, 1), (-700, 0)])
def test_the_chip_is_believed_once_a_day_where_it_is_off_by_a_minute(
    tmp_path: Path, off: int, sets: int
) -> None:
    """And never where it says what no setting may: further back than a crystal drifts."""
    world, case = chip_world(tmp_path)
    world.chip.off = off
    case.wait(DAY - 1)
    assert len(world.sets()) == 1
    case.wait(STORE_EVERY_S)
    assert len(world.sets()) == 1 + sets


def test_a_setting_by_the_host_is_written_to_the_chip(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    assert case.app.set_clock(NOW + 100, FROM_HOST, False) == ""
    assert world.chip.sets == [NOW + 100]
    assert case.app.set_clock(NOW + 100, FROM_HOST, False) == ""
    assert world.chip.sets == [NOW + 100]


def test_a_refused_setting_is_not_written_to_the_chip(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    assert case.app.set_clock(NOW - DAY, FROM_HOST, False) != ""
    assert world.chip.sets == []


def test_a_chip_that_is_wrong_is_put_right_though_the_clock_is_right(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    world.chip.off = 50
    assert case.app.set_clock(NOW, FROM_HOST, False) == ""
    assert world.chip.sets == [NOW]
    assert len(world.sets()) == 1


def test_a_dead_chip_leaves_a_case_as_if_it_had_none(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    world.chip.dead = True
    world.off_s += 3 * DAY
    case.switch_on()
    assert len(world.sets()) == 1
    assert case.app.clock.time == NOW
    assert not case.app.journal.state.clock_set
    case.wait(3 * DAY)
    assert len(world.sets()) == 1


@pytest.mark.parametrize("off", [-700, -DAY, 401 * DAY, -NOW])
def test_a_chip_with_a_wrong_time_is_not_believed(tmp_path: Path, off: int) -> None:
    world, case = chip_world(tmp_path)
    world.chip.off = off
    case.switch_on()
    assert len(world.sets()) == 1
    assert case.app.clock.time == NOW


def test_the_chip_is_asked_once_a_start_is_logged_that_the_flash_did_not_take(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    world, case = chip_world(tmp_path)
    flash.broken = "write"
    world.off_s += 3 * DAY
    case.switch_on()
    flash.broken = ""
    case.wait(2 * MINUTE)
    assert [source for source, _ in world.sets()] == [events.FROM_RTC] * 2


# Safe mode


def test_a_start_that_is_logged_late_takes_no_order_in_safe_mode(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    for _ in range(SAFE_AFTER):
        case.app.failed({"file": 2, "error": 13, "line": 1})
        flash.broken = "write"
        case.switch_on(events.SOFT_RESET)
        flash.broken = ""
    assert case.app.set_policy(policy.for_needle(250)) != ""
    assert case.app.safe
    assert "in a row" in case.app.fault


@pytest.mark.parametrize("faults", range(1, SAFE_AFTER))
def test_fewer_faults_are_no_reason_to_give_up(case: WholeCase, faults: int) -> None:
    for _ in range(faults):
        case.app.failed({"file": 2, "error": 13, "line": 1})
        case.switch_on(events.SOFT_RESET)
    assert (case.app.safe, case.app.fault) == (False, "")


def test_a_head_told_of_before_the_start_is_logged_ends_with_the_use_that_was_open(
    unlogged: WholeCase,
) -> None:
    server = Server(unlogged.app, "e661a4d1", "pico")
    body = messages.encode(Message(1, "head", {"token": 5}), messages.REQUESTS)
    server.receive(frames.encode(body))
    assert b" told " in server.answer()
    assert unlogged.news(0)[-1] == ("head_new", {"uses": 1, "token": 5})


# Long stretches, and far years


def test_no_second_is_lost_where_the_tick_counter_starts_again(case: WholeCase) -> None:
    """It does so every 12.4 days."""
    case.app.set_clock(NOW, FROM_HOST, False)
    case.wait(26 * DAY)
    assert case.app.clock.time == NOW + 26 * DAY
    case.press()
    assert case.phase == state.SOAKING


THE_19TH = (1 << 31) - events.CASE_EPOCH  # 2038-01-19, where 32 bits of Unix time end


@pytest.mark.parametrize("year", [THE_19TH, (1 << 29) - 1, state.FOREVER - 401 * DAY])
def test_a_rest_that_ends_beyond_a_limit_of_numbers_is_as_long_as_any(
    case: WholeCase, year: int
) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0, head_uses=100)
    assert case.app.set_clock(year - DAY, FROM_HOST, True) == ""
    roll(case)
    ended = case.log()[-1].time
    case.hold()
    assert case.log()[-1].data["until"] == ended + 3 * DAY
    case.wait(ended + 3 * DAY - 1 - case.app.clock.time)
    assert case.phase == state.RESTING
    case.wait(1)
    assert case.phase == state.READY
    case.switch_on()
    assert case.app.clock.time >= ended


def test_the_last_time_that_can_be_set_leaves_room_for_the_longest_rest(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0, rest_h=9500, head_days=400)
    last = state.FOREVER - 400 * DAY - 1
    assert case.app.set_clock(last + 1, FROM_HOST, True) != ""
    assert case.app.set_clock(last, FROM_HOST, True) == ""
    roll(case)
    assert case.phase == state.RESTING
    case.hold()
    assert case.log()[-1].data["until"] > last + 395 * DAY
    case.wait(DAY)
    assert (case.phase, case.app.fault) == (state.RESTING, "")
