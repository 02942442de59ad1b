"""Several zones: a press chooses one, a long press starts its use."""

import pytest
from tests.firmware.day_table import WHITE
from tests.firmware.whole_case import (
    DAY,
    NOW,
    SHORT,
    WholeCase,
    soak,
    tell,
    with_zones,
)

from rollcore import events, state
from rollcore.events import FROM_HOST
from rollcore.rest import rested_at


@pytest.fixture
def zones(case: WholeCase) -> WholeCase:
    """Return a case that is ready, with three zones, the second of which still rests."""
    rules = SHORT.changed(soak_before_min=0, soak_after_min=0, dry_after_min=0)
    assert case.app.set_policy(with_zones(rules, "face", "neck", "hands")) == ""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    assert tell(case, events.CLINIC, 1, at=NOW, needle_um=0) == ""
    assert case.phase == state.READY
    return case


def counted(case: WholeCase) -> int:
    """Press, and return how many white flashes answer."""
    case.begin("press")
    return [ms for colour, ms in case.watch(4000) if colour == WHITE].count(220)


def test_presses_step_through_the_rested_zones_in_a_circle(zones: WholeCase) -> None:
    before = zones.last_seq
    assert [counted(zones) for _ in range(5)] == [1, 3, 1, 3, 1]
    assert zones.news(before) == []


@pytest.mark.parametrize(("presses", "zone"), [(0, 0), (1, 0), (2, 2), (3, 0)])
def test_long_press_starts_the_use_of_the_chosen_zone(
    zones: WholeCase, presses: int, zone: int
) -> None:
    for _ in range(presses):
        zones.press()
    zones.long_press()
    zones.wait(60)
    zones.press()
    assert [(event.name, event.zone) for event in zones.log()[-2:]] == [
        ("use_started", zone), ("use_ended", zone),
    ]  # fmt: skip


def test_used_zone_rests_and_the_others_do_not(zones: WholeCase) -> None:
    zones.long_press()
    zones.wait(60)
    zones.press()
    assert zones.phase == state.READY
    assert counted(zones) == 3


def test_choice_of_a_zone_is_for_one_use(zones: WholeCase) -> None:
    zones.press()
    zones.press()
    zones.long_press()
    zones.wait(5)
    zones.press()  # a mistake
    assert zones.phase == state.READY
    zones.long_press()
    assert zones.log()[-1].zone == 0


def test_chosen_zone_is_dropped_if_it_has_to_rest(zones: WholeCase) -> None:
    zones.press()
    zones.press()
    assert tell(zones, events.CLINIC, 2, at=NOW, needle_um=0) == ""
    zones.long_press()
    assert (zones.log()[-1].name, zones.log()[-1].zone) == ("use_started", 0)


def test_choice_of_a_removed_zone_is_dropped(zones: WholeCase) -> None:
    zones.press()
    zones.press()
    rules = SHORT.changed(soak_before_min=0, revision=2)
    assert zones.app.set_policy(with_zones(rules, "face")) == ""
    zones.wait(28 * DAY)
    zones.long_press()
    assert (zones.log()[-1].name, zones.log()[-1].zone) == ("use_started", 0)


def test_use_told_afterwards_rests_every_zone(zones: WholeCase) -> None:
    zones.press()
    zones.press()
    zones.move_lid(True)
    zones.wait(120)
    zones.move_lid(False)
    assert zones.phase == state.ASKING
    zones.press()
    now = zones.app.journal.state
    ends = [rested_at(now, zones.app.policy, zone) for zone in range(3)]
    assert min(ends) == zones.app.clock.time + zones.app.policy.rest_s


@pytest.mark.parametrize("soonest", [0, 1, 2])
def test_override_is_logged_for_the_zone_that_rests_shortest(case: WholeCase, soonest: int) -> None:
    assert case.app.set_policy(with_zones(SHORT, "face", "neck", "hands")) == ""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    for zone in range(3):
        at = NOW - 5 * DAY if zone == soonest else NOW - zone
        assert tell(case, events.CLINIC, zone, at=at, needle_um=0) == ""
    case.long_press()
    case.very_long_press()
    told = [(event.name, event.zone) for event in case.log()[-2:]]
    assert told == [("refused", soonest), ("override_asked", soonest)]
    soak(case)
    case.wait(600)
    case.long_press()
    started = case.log()[-1]
    assert (started.name, started.zone, started.data["how"]) == (
        "use_started", soonest, events.OVERRIDE,
    )  # fmt: skip


def test_presses_step_through_all_zones_against_the_rest(case: WholeCase) -> None:
    rules = SHORT.changed(soak_before_min=0)
    assert case.app.set_policy(with_zones(rules, "face", "neck", "hands")) == ""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    for zone in range(3):
        assert tell(case, events.CLINIC, zone, at=NOW - zone, needle_um=0) == ""
    case.very_long_press()
    assert (case.phase, case.app.standing.rested) == (state.READY, 0)
    assert [counted(case) for _ in range(4)] == [1, 2, 3, 1]
    case.press()
    case.long_press()
    started = case.log()[-1]
    assert (started.zone, started.data["how"]) == (1, events.OVERRIDE)
    assert case.app.journal.state.elsewhere == 0  # it counts for every zone all the same


def test_very_long_press_takes_the_head_out_whatever_zone_is_chosen(zones: WholeCase) -> None:
    zones.press()
    zones.very_long_press()
    assert (zones.phase, zones.log()[-1].name) == (state.HEAD_EXPIRED, "head_out")
    zones.very_long_press()
    assert (zones.phase, zones.log()[-1].name) == (state.READY, "head_new")
    assert counted(zones) == 1
