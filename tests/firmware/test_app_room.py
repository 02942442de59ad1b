"""A log that is nearly full: it asks for a sync, and what has begun can always end."""

from pathlib import Path

import pytest
from tests.firmware.day_table import resting_pattern
from tests.firmware.memory_flash import Ground
from tests.firmware.whole_case import (
    NOW,
    SMALLEST,
    WholeCase,
    bring_to,
    fill,
    roll,
    tell,
    with_rules,
)

from rollcase import lamp
from rollcase.recorder import FULL
from rollcore import events, policy, state
from rollcore.events import FROM_HOST, KINDS
from rollcore.state import KEPT_FOR_ENDS, SYNC_ME


@pytest.fixture
def small(tmp_path: Path) -> WholeCase:
    """Return a case whose clock is set and whose log is short."""
    case = WholeCase(tmp_path, ground=Ground(SMALLEST))
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    return case


def asked(case: WholeCase) -> list[int]:
    """Return the blue blinks within one round of the lamp in a phase without blue, in ms."""
    case.wait_ms(1000)
    shown = case.watch(2 * sum(ms for _, ms in resting_pattern(case)))
    blinks = [ms for colour, ms in shown if colour == lamp.BLUE]
    return blinks[: len(blinks) // 2]


# The last slots


def test_limits_of_room_are_those_of_the_specification() -> None:
    assert (KEPT_FOR_ENDS, SYNC_ME) == (32, 200)


def begun(case: WholeCase, kind: int) -> str:
    """Let the case log a record of this kind, with 0 in each field; return why not."""
    data = {field.name: 0 for field in KINDS[kind].fields}
    for field in KINDS[kind].fields:
        if field.names and 0 not in field.names:
            data[field.name] = 1
    return case.app._recorder.log(kind, data)


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS.values()])
def test_last_slots_take_every_record_but_beginnings(small: WholeCase, kind: int) -> None:
    fill(small, KEPT_FOR_ENDS + 1)
    assert begun(small, kind) == ""
    assert small.app.journal.left == KEPT_FOR_ENDS
    is_beginning = kind in (
        events.USE_STARTED, events.REFUSED, events.LID, events.OVERRIDE_ASKED,
    )  # fmt: skip
    assert begun(small, kind) == (FULL if is_beginning else "")
    assert small.app.journal.left == KEPT_FOR_ENDS - (not is_beginning)


def test_no_use_starts_in_the_last_slots_and_the_case_says_so(small: WholeCase) -> None:
    bring_to(small, state.READY)
    fill(small, KEPT_FOR_ENDS)
    before = small.last_seq
    small.press()
    assert (small.phase, small.app.fault) == (lamp.FAULT, FULL)
    assert small.news(before) == []
    small.wait(60)
    assert (small.phase, small.app.fault) == (state.READY, "")


def test_refusal_in_the_last_slots_is_not_logged(small: WholeCase) -> None:
    bring_to(small, state.RESTING)
    fill(small, KEPT_FOR_ENDS)
    before = small.last_seq
    small.long_press()
    assert (small.news(before), small.app.fault) == ([], FULL)


def test_lid_in_the_last_slots_is_not_logged(small: WholeCase) -> None:
    fill(small, KEPT_FOR_ENDS)
    before = small.last_seq
    small.move_lid(True)
    small.move_lid(False)
    assert (small.news(before), small.app.fault) == ([], FULL)


def test_use_and_soak_that_have_begun_end_in_the_last_slots(small: WholeCase) -> None:
    bring_to(small, state.IN_USE)
    fill(small, KEPT_FOR_ENDS)
    before = small.last_seq
    small.press()
    small.press()
    small.wait(600)
    assert [name for name, _ in small.news(before)] == ["use_ended", "soak_started", "soak_ended"]
    assert (small.phase, small.app.fault) == (state.DRYING, "")


def test_use_that_nobody_ends_times_out_in_the_last_slot(small: WholeCase) -> None:
    bring_to(small, state.IN_USE)
    fill(small, 1)
    small.wait(3600)
    assert small.log()[-1].data["how"] == events.TIMED_OUT
    assert small.app.journal.left == 0


def test_host_is_heard_in_the_last_slots(small: WholeCase) -> None:
    fill(small, KEPT_FOR_ENDS)
    assert tell(small, events.HOLD_SET, reason=events.ACNE, until=0) == ""
    assert small.app.set_policy(policy.for_needle(250)) == ""
    assert small.app.set_clock(NOW + 500, FROM_HOST, events.SYNCHRONISED) == ""


# Sync me


@pytest.mark.parametrize(("left", "blinks"), [(SYNC_ME, []), (SYNC_ME - 1, [60, 60])])
def test_lamp_asks_for_a_sync_with_less_than_200_slots(
    small: WholeCase, left: int, blinks: list[int]
) -> None:
    bring_to(small, state.READY)
    fill(small, left + 1)
    assert asked(small) == []
    begun(small, events.BATTERY_LOW)
    assert asked(small) == blinks
    assert small.said_last("lamp")[3:] == (["sync_me"] if blinks else [])


def test_lamp_asks_for_a_sync_in_place_of_the_clock(small: WholeCase) -> None:
    fill(small, SYNC_ME - 1)
    small.switch_on()
    bring_to(small, state.READY)
    assert asked(small) == [60, 60]


def test_lamp_goes_on_asking_for_a_sync_after_a_power_cut(small: WholeCase) -> None:
    """How much room is left is counted as soon as the case is idle."""
    with_rules(small, soak_before_min=0)
    fill(small, SYNC_ME - 1)
    small.switch_on()
    small.wait(2)
    assert small.phase == state.READY
    assert asked(small) == [60, 60]


def test_lamp_asks_no_more_once_the_log_is_acknowledged(small: WholeCase) -> None:
    with_rules(small, soak_before_min=0)
    fill(small, SYNC_ME - 1)
    assert asked(small) == [60, 60]
    small.app.ack(small.last_seq)
    assert asked(small) == []
    assert small.said_last("lamp")[3:] == []


def test_full_log_goes_on_once_it_is_acknowledged(small: WholeCase) -> None:
    with_rules(small, soak_before_min=0)
    fill(small, 0)
    small.press()
    assert (small.phase, small.app.fault) == (lamp.FAULT, FULL)
    small.app.ack(small.last_seq)
    assert (small.phase, small.app.fault) == (state.READY, "")
    roll(small)
    assert small.app.fault == ""
    assert small.log()[-1].name == "use_ended"
    assert small.app.journal.first > 1
