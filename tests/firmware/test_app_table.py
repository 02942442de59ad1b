"""The table of the day, row by row: each gesture in each phase, and an answer at once."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.firmware.day_table import (
    BROKEN,
    HELD_A_WHILE,
    OFF,
    SETTINGS,
    SOS,
    TABLE,
    ZONES_READY,
    Row,
    filled,
    merged,
    resting_pattern,
    set_up,
)
from tests.firmware.whole_case import (
    DAY,
    GESTURES,
    MINUTE,
    NOW,
    WholeCase,
    bring_to,
)

from rollcase import lamp
from rollcore import events, policy, state
from rollcore.events import FROM_HOST

# The table of the day


each_row = pytest.mark.parametrize("row", TABLE, ids=[f"{row[1]} when {row[0]}" for row in TABLE])


def test_table_covers_every_phase_and_gesture() -> None:
    covered = [(setting, gesture) for setting, gesture, _, _, _ in TABLE]
    assert sorted(covered) == sorted(product(SETTINGS, GESTURES))


@each_row
def test_gesture_logs_what_the_table_says(case: WholeCase, row: Row) -> None:
    setting, gesture, logged, _, then = row
    set_up(case, setting)
    before = case.last_seq
    case.begin(gesture)
    assert case.news(before) == filled(case, logged)
    assert [event.zone for event in case.log()[before:]] == [0] * len(logged)
    assert case.phase == then


@each_row
def test_lamp_answers_as_the_table_says(case: WholeCase, row: Row) -> None:
    """The lamp shows a gap if it was lit, the answer, then the phase's pattern from its start."""
    setting, gesture, _, answer, _ = row
    set_up(case, setting)
    case.begin(gesture)
    gap = ((OFF, 120),) if case.lit_before(case.ms) else ()
    stays = resting_pattern(case)
    seen = case.watch(3 * sum(ms for _, ms in stays) + 15_000)
    if answer is None:
        # The pattern goes on from any place in it.
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


def set_up_stage(case: WholeCase, setting: str) -> None:
    """Bring a new case into one of the settings, or a later stage of a phase."""
    if setting not in LATER_STAGES:
        set_up(case, setting)
        return
    phase, seconds, rules = LATER_STAGES[setting]
    if rules:
        short = {"rest_h": 72, "short_rest": 1}
        assert case.app.set_policy(policy.for_needle(250).changed(**short, **rules)) == ""
        case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
        bring_to(case, state.RESTING)
        case.switch_on()  # four days without power
        case.app.set_clock(NOW + 4 * DAY, FROM_HOST, events.SYNCHRONISED)
    bring_to(case, phase)
    case.wait(seconds)
    case.wait_ms(1234)
    assert resting_pattern(case) != lamp.pattern_of(phase, 0, case.app.journal.state.clock_set)


def instants(case: WholeCase) -> list[int]:
    """Return when the light changes within one round of the lamp's pattern, in ms from now."""
    seen = case.watch(sum(ms for _, ms in resting_pattern(case)))
    return [sum(ms for _, ms in seen[: at + 1]) for at in range(len(seen))]


def begin_at(case: WholeCase, gesture: str, instant: int) -> None:
    """Touch the button so that the gesture is understood `instant` ms into a round of the lamp."""
    around = sum(ms for _, ms in resting_pattern(case))
    case.wait_ms((instant - case.understood_ms(gesture)) % around)
    case.begin(gesture)


def answered_after(case: WholeCase) -> int:
    """Return after how many ms a plain LED changes for the first time; -1 if never."""
    now = case.ms
    case.wait_ms(3000)
    return case.edge_after(now)


ANSWERED = [
    pytest.param(setting, gesture, id=f"{gesture} when {setting}")
    for setting, gesture in [
        *((row[0], row[1]) for row in TABLE if row[3] is not None),
        *product(LATER_STAGES, ("press", "long press")),
    ]
]


@pytest.mark.parametrize(("setting", "gesture"), ANSWERED)
def test_answer_shows_at_once_on_a_plain_led_around_each_change_of_the_pattern(
    tmp_path: Path, setting: str, gesture: str
) -> None:
    probe = WholeCase(tmp_path)
    set_up_stage(probe, setting)
    late = {}
    for at in instants(probe):
        for instant in (at - 1, at, at + 1):
            case = WholeCase(tmp_path / f"{instant}")
            set_up_stage(case, setting)
            instants(case)
            begin_at(case, gesture, instant)
            after = answered_after(case)
            if not 0 <= after <= AT_ONCE_MS:
                late[instant] = after
    assert late == {}


def test_press_with_an_old_unused_head_is_answered_at_once(case: WholeCase) -> None:
    """The number of uses is 0, and a pause would be no answer."""
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
def test_answer_shows_at_once_on_a_plain_led_at_any_instant(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    setting, gesture = data.draw(st.sampled_from([param.values for param in ANSWERED]))
    case = WholeCase(tmp_path_factory.mktemp("case"))
    if data.draw(st.booleans(), "clock set"):
        case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    set_up_stage(case, str(setting))
    around = sum(ms for _, ms in resting_pattern(case))
    begin_at(case, str(gesture), data.draw(st.integers(0, around - 1), "instant"))
    assert 0 <= answered_after(case) <= AT_ONCE_MS


@pytest.mark.parametrize("setting", [*state.ACTIONS, ZONES_READY, HELD_A_WHILE, BROKEN])
def test_touch_between_press_and_long_press_asks_to_do_it_again(
    case: WholeCase, setting: str
) -> None:
    set_up(case, setting)
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
