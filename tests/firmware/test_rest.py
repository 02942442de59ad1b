"""`rested_at`: what each zone rests from, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.states import (
    BOOT,
    CLINIC_REST,
    DAY,
    FOUR,
    LONGEST,
    LONGEST_REST,
    MIDDLE_REST,
    NEW_HEAD,
    REACTION_REST,
    REST,
    RULES,
    SHORT,
    SOAKED_AFTER,
    USE,
    USED,
    ZONE,
    ZONES,
    after,
    boot_with,
    clinic,
    everything,
    hold,
    phase,
    policy_set,
    reaction,
    with_zones,
)

from rollcore import events, policy, state
from rollcore.events import Event
from rollcore.memory import FOREVER, State
from rollcore.rest import next_zone, rested_at, soonest_zone

# Uses, clinic sessions, reactions


def test_each_zone_rests_by_itself() -> None:
    now = State()
    for zone, time in ((2, 1000), (0, 5000), (3, 400)):
        now = state.fold(now, Event(*USED, zone=zone, time=time))
    rests = [rested_at(now, FOUR, zone) for zone in range(4)]
    assert rests == [5000 + REST, 0, 1000 + REST, 400 + REST]


def test_case_rests_until_its_first_zone_has_rested() -> None:
    now = after((1000, SOAKED_AFTER))
    for zone, time in ((0, 9000), (1, 5000), (2, 7000), (3, 8000)):
        now = state.fold(now, Event(*USED, zone=zone, time=time, boot=1))
    now = after((9500, SOAKED_AFTER), start=now)
    standing = state.judge(now, FOUR, 5000 + REST - 1)
    assert everything(standing) == (state.RESTING, 5000 + REST, 0, 5000 + REST)
    assert (standing.reason, standing.rested) == (events.STILL_RESTING, 0)
    assert soonest_zone(now, FOUR) == 1


@pytest.mark.parametrize(
    ("at", "rested", "changes"),
    [(5000, 0b0010, 7000), (7000, 0b0110, 8000), (8000, 0b1110, 9000), (9000, 0b1111, None)],
)
def test_standing_lists_rested_zones_and_changes_with_the_next_one(
    at: int, rested: int, changes: int | None
) -> None:
    now = State()
    for zone, time in ((0, 9000), (1, 5000), (2, 7000), (3, 8000)):
        now = state.fold(now, Event(*USED, zone=zone, time=time, boot=1))
    now = after((9500, SOAKED_AFTER), (9600, NEW_HEAD), start=now)
    standing = state.judge(now, FOUR, at + REST)
    assert (standing.phase, standing.rested) == (state.PREPARE, rested)
    assert standing.changes == (changes + REST if changes else 9600 + 90 * DAY)


def test_unnamed_zone_does_not_delay_a_use() -> None:
    now = after((1000, USED), zone=3)
    assert soonest_zone(now, RULES) == 0
    assert state.judge(after((1100, SOAKED_AFTER), start=now), RULES, 9000).rested == 1


def test_soonest_zone_is_the_first_of_equals() -> None:
    now = State()
    for zone in (3, 1, 2, 0):
        now = state.fold(now, Event(*USED, zone=zone, time=1000))
    assert soonest_zone(now, FOUR) == 0


@pytest.mark.parametrize(
    ("rested", "zone", "following"),
    [
        (0b0001, -1, 0), (0b1000, -1, 3), (0b1111, 0, 1), (0b1111, 3, 0), (0b0101, 0, 2),
        (0b0101, 2, 0), (0b0100, 2, 2), (0, -1, -1), (0, 2, -1), (0b0011, 3, 0),
    ],
)  # fmt: skip
def test_next_zone_is_the_rested_zone_after_the_given_one(
    rested: int, zone: int, following: int
) -> None:
    assert next_zone(rested, zone) == following


def test_clinic_session_rests_its_zone_from_its_end() -> None:
    now = after((9000, clinic(5000)), zone=1)
    rests = [rested_at(now, FOUR, zone) for zone in range(4)]
    assert rests == [0, 5000 + CLINIC_REST, 0, 0]


def test_clinic_session_is_no_use() -> None:
    now = after((9000, clinic(5000)))
    assert (now.uses, now.head_uses, now.dirty) == (0, 0, False)


@pytest.mark.parametrize("order", [(5000, 7000), (7000, 5000)])
def test_latest_clinic_session_counts_in_any_order_of_telling(
    order: tuple[int, int],
) -> None:
    now = after((9000, clinic(order[0])), (9001, clinic(order[1])))
    assert rested_at(now, RULES, 0) == 7000 + CLINIC_REST


def test_early_clinic_session_does_not_change_a_later_rest() -> None:
    now = after((100 * DAY, USED))
    told = after((101 * DAY, clinic(3)), start=now)
    assert rested_at(told, RULES, 0) == 100 * DAY + REST


def test_reaction_holds_the_case_until_it_is_closed() -> None:
    now = after((1000, reaction(1, 900)))
    standing = state.judge(now, RULES, 1 << 29)
    assert everything(standing) == (state.HELD, FOREVER, 0, FOREVER)
    assert standing.reason == events.REACTION_OPEN


def test_closed_reaction_rests_every_zone_from_its_close() -> None:
    now = after((1000, reaction(1, 900)), (9000, reaction(0, 8000)), zone=2)
    rests = [rested_at(now, FOUR, zone) for zone in range(4)]
    assert rests == [8000 + REACTION_REST] * 4


@pytest.mark.parametrize("zones", [(1, 2, 1, 2), (1, 2, 2, 1), (1, 1, 1, 1), (0, 1, 2, 3)])
def test_two_reactions_hold_until_both_are_closed_in_any_zones(
    zones: tuple[int, int, int, int],
) -> None:
    now = after((1000, reaction(1, 900)), zone=zones[0])
    now = after((1000, reaction(1, 900)), start=now, zone=zones[1])
    now = after((2000, reaction(0, 2000)), start=now, zone=zones[2])
    assert phase(now, 3000 + REACTION_REST) == state.HELD
    now = after((2500, reaction(0, 2500)), start=now, zone=zones[3])
    assert phase(now, 2500 + REACTION_REST - 1) == state.RESTING
    assert phase(now, 2500 + REACTION_REST) == state.PREPARE


@given(st.lists(st.tuples(st.booleans(), ZONE, st.integers(0, DAY)), max_size=20))
def test_reactions_hold_while_more_were_opened_than_closed(
    told: list[tuple[bool, int, int]],
) -> None:
    """Closing a reaction that is not open does not cancel a later one."""
    now, still_open, last = State(), 0, 0
    for opens, zone, at in told:
        now = after((DAY, reaction(int(opens), at)), start=now, zone=zone)
        still_open = still_open + 1 if opens else max(still_open - 1, 0)
        last = last if opens else max(last, at + REACTION_REST)
        assert (phase(now, 1 << 29) == state.HELD) == (still_open > 0)
        assert rested_at(now, FOUR, zone) == last


@pytest.mark.parametrize("order", [(5000, 7000), (7000, 5000)])
def test_latest_closed_reaction_counts_in_any_order_of_telling(
    order: tuple[int, int],
) -> None:
    now = after((9000, reaction(0, order[0])), (9001, reaction(0, order[1])))
    assert rested_at(now, RULES, 0) == 7000 + REACTION_REST


def test_reaction_comes_before_a_hold() -> None:
    now = after((1000, hold(0)), (1001, reaction(1, 1001)))
    assert state.judge(now, RULES, 2000).reason == events.REACTION_OPEN


@pytest.mark.parametrize(
    ("used", "at_clinic", "reacted", "until", "reason"),
    [
        (50, 49, 60, 50 * DAY + REST, events.STILL_RESTING),
        (50, 50, 64, 50 * DAY + REST, events.STILL_RESTING),
        (50, 51, 60, 51 * DAY + CLINIC_REST, events.AFTER_CLINIC),
        (50, 51, 65, 51 * DAY + CLINIC_REST, events.AFTER_CLINIC),
        (50, 51, 66, 66 * DAY + REACTION_REST, events.AFTER_REACTION),
    ],
)
def test_longest_rest_wins_and_gives_the_reason(
    used: int, at_clinic: int, reacted: int, until: int, reason: int
) -> None:
    now = after(
        (used * DAY, USED),
        (used * DAY + 600, SOAKED_AFTER),
        (70 * DAY, clinic(at_clinic * DAY)),
        (70 * DAY, reaction(0, reacted * DAY)),
    )
    standing = state.judge(now, RULES, 70 * DAY)
    assert (standing.phase, standing.until, standing.reason) == (state.RESTING, until, reason)


def test_clinic_and_reaction_rest_as_long_as_the_policy_says() -> None:
    rules = RULES.changed(clinic_rest_h=700, reaction_rest_h=400)
    assert rested_at(after((9000, clinic(5000))), rules, 0) == 5000 + 700 * 3600
    assert rested_at(after((9000, reaction(0, 5000))), rules, 0) == 5000 + 400 * 3600


# Needles


@pytest.mark.parametrize(("needle", "rest"), [(1000, 42), (500, 28), (250, 7), (100, 7)])
def test_use_rests_by_its_own_needle_after_a_shorter_one_is_set(needle: int, rest: int) -> None:
    now = after((0, policy_set(policy.for_needle(needle))), (100, USE), (340, USED))
    now = after((400, policy_set(SHORT)), start=now)
    assert rested_at(now, SHORT, 0) == 340 + rest * DAY


def test_use_rests_by_the_policy_in_force_where_its_rest_is_longer() -> None:
    now = after((0, policy_set(SHORT)), (100, USE), (340, USED), (400, policy_set(LONGEST)))
    assert rested_at(now, LONGEST, 0) == 340 + LONGEST_REST


def test_longer_rest_of_the_policy_is_not_cut_to_that_of_a_longer_needle() -> None:
    rules = SHORT.changed(rest_h=9600)
    now = after((0, policy_set(RULES)), (100, USE), (340, USED), (400, policy_set(rules)))
    assert rested_at(now, rules, 0) == 340 + 9600 * 3600


def test_shortened_rest_does_not_shorten_that_of_a_longer_needle() -> None:
    rules = SHORT.changed(rest_h=72, short_rest=1)
    now = after((0, policy_set(RULES)), (100, USE), (340, USED), (400, policy_set(rules)))
    assert rested_at(now, rules, 0) == 340 + MIDDLE_REST


def test_short_needle_used_during_a_long_needles_rest_restarts_that_rest() -> None:
    now = after((0, policy_set(LONGEST)), (100, USE), (340, USED), (400, policy_set(SHORT)))
    now = after((340 + LONGEST_REST - 1, USED), start=now)
    assert rested_at(now, SHORT, 0) == 340 + 2 * LONGEST_REST - 1


def test_short_needle_used_after_a_long_needles_rest_rests_by_its_own() -> None:
    now = after((0, policy_set(LONGEST)), (100, USE), (340, USED), (400, policy_set(SHORT)))
    now = after((340 + LONGEST_REST, USED), start=now)
    assert rested_at(now, SHORT, 0) == 340 + LONGEST_REST + 7 * DAY


def test_needle_of_one_zone_does_not_rest_another() -> None:
    rules = with_zones(SHORT, *ZONES)
    now = after((0, policy_set(with_zones(LONGEST, *ZONES))), (340, USED), zone=1)
    now = after((400, policy_set(rules, was=ZONES)), (500, USED), start=now, zone=2)
    assert rested_at(now, rules, 2) == 500 + 7 * DAY


def test_use_before_the_first_policy_rests_by_the_default_needle() -> None:
    used = after((100, USE), (340, USED))
    assert rested_at(used, SHORT, 0) == 340 + MIDDLE_REST
    assert rested_at(after((400, policy_set(SHORT)), start=used), SHORT, 0) == 340 + MIDDLE_REST
    cut = after((100, USE), (340, BOOT), (400, policy_set(SHORT)))
    assert rested_at(cut, SHORT, 0) == 340 + MIDDLE_REST


def test_use_that_is_told_before_the_first_policy_rests_by_the_default_needle() -> None:
    told = (events.USE_ENDED, {"how": events.AFTERWARDS, "seconds": 240})
    assert rested_at(after((340, told)), SHORT, 0) == 340 + MIDDLE_REST


def test_use_that_is_assumed_before_the_first_policy_rests_by_the_default_needle() -> None:
    assert rested_at(after((340, boot_with(32))), SHORT, 0) == 340 + MIDDLE_REST


def test_use_counts_with_the_needle_at_its_start() -> None:
    now = after((0, policy_set(LONGEST)), (100, USE), (200, policy_set(SHORT)), (340, USED))
    assert rested_at(now, SHORT, 0) == 340 + LONGEST_REST


def test_use_ended_by_a_power_cut_counts_with_the_needle_at_its_start() -> None:
    now = after((0, policy_set(LONGEST)), (100, USE), (200, policy_set(SHORT)), (340, BOOT))
    assert rested_at(now, SHORT, 0) == 340 + LONGEST_REST


def test_lost_use_rests_by_the_longest_needle_possible() -> None:
    rules = with_zones(SHORT, *ZONES)
    now = after((0, policy_set(with_zones(LONGEST, *ZONES))), (340, USED))
    now = after((350, policy_set(rules, was=ZONES)), (400, boot_with(32)), start=now)
    assert rested_at(now, rules, 0) == 400 + LONGEST_REST
    assert rested_at(now, rules, 1) == 400 + 7 * DAY


def test_lost_use_counts_with_the_needle_in_force_then() -> None:
    now = after((0, policy_set(LONGEST)), (400, boot_with(32)), (500, policy_set(SHORT)))
    assert rested_at(now, SHORT, 0) == 400 + LONGEST_REST
