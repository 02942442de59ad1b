"""The numbers that guide rolling at home, and the bounds within which an owner may set them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcore import policy, state
from rollcore.policy import Policy, for_needle, numbers_of
from rollhost.guidance.numbers import (
    BOUNDS,
    NUMBERS,
    beyond,
    bound_of,
    least_rest_h,
    newly_beyond,
    span_of,
)
from rollhost.guidance.windows import ADVICE
from rollhost.history import plan, reactions
from rollhost.output.sources import number_amount

VALUES = {number.key: number for number in NUMBERS}

OLD = for_needle(250).changed(
    revision=3, rest_h=72, short_rest=1, soak_before_min=3, head_uses=40, head_days=300
)
"""What an owner could set before there were bounds."""


def test_every_number_has_a_key_of_its_own_and_known_grades() -> None:
    found = [(row.key, row.grades) for row in NUMBERS] + [(row.key, row.grades) for row in ADVICE]
    assert len(found) == len({key for key, _ in found})
    for _, grades in found:
        assert grades
        assert set(grades) <= {"A", "B", "C", "own"}


def test_number_with_a_grade_above_own_names_its_source() -> None:
    assert not [row.key for row in NUMBERS if set(row.grades) - {"own"} and not row.source]


@pytest.mark.parametrize(
    ("key", "field", "needle_um"),
    [
        ("rest_short", "rest_h", 250),
        ("rest_middle", "rest_h", 500),
        ("rest_long", "rest_h", 1000),
        ("clinic_rest", "clinic_rest_h", 250),
        ("reaction_rest", "reaction_rest_h", 250),
        ("soak_before", "soak_before_min", 250),
        ("soak_after", "soak_after_min", 250),
        ("dry_before", "dry_before_min", 250),
        ("dry_after", "dry_after_min", 250),
        ("ready", "ready_min", 250),
        ("overdue", "overdue_min", 250),
        ("warn", "warn_min", 250),
        ("stop", "stop_min", 250),
        ("head_warn_uses", "head_warn_uses", 250),
        ("head_uses", "head_uses", 250),
        ("head_uses_long", "head_uses", 1000),
        ("head_warn_uses_long", "head_warn_uses", 1000),
        ("head_days", "head_days", 250),
    ],
)
def test_number_agrees_with_the_default_policy(key: str, field: str, needle_um: int) -> None:
    number = VALUES[key]
    hours = 24 if (number.unit, field[-2:]) == ("day", "_h") else 1
    assert number.value * hours == numbers_of(for_needle(needle_um))[field]


def test_every_default_of_a_policy_is_among_the_numbers() -> None:
    fields = {name for name, _, _ in policy.FIELDS} - {"revision", "needle_um", "short_rest"}
    keys = {*VALUES, "rest"}
    assert {name.removesuffix("_h").removesuffix("_min") for name in fields} <= keys


def test_numbers_agree_with_the_code_that_goes_by_them() -> None:
    said = {key: number_amount(VALUES[key]) for key in VALUES}
    assert said["cancel"] == f"{state.CANCEL_S} seconds"
    assert said["use_limit"] == f"{state.USE_LIMIT_S // 60} minutes"
    assert said["fading"] == f"{reactions.FADING_S // 3600} hours"
    assert said["long_reaction"] == f"{reactions.LONG_S // 86400} days"
    assert said["plan_apart"] == f"{plan.APART_S // 86400} days"
    assert said["needle_most"] == f"{policy.MAX_NEEDLE_UM / 1000:g} mm"
    assert said["rest_short_least"] == f"{least_rest_h(300)} hours"
    assert said["rest_middle_least"] == f"{least_rest_h(500) // 24} days"
    assert said["rest_long_least"] == f"{least_rest_h(1000) // 24} days"
    assert said["soak_least"] == f"{span_of('soak_after_min')[0]} minutes"
    assert said["head_uses_most"] == f"{span_of('head_uses')[1]} uses"
    assert said["head_days_most"] == f"{span_of('head_days')[1]} days"


@pytest.mark.parametrize(
    ("needle_um", "hours"),
    [(100, 120), (300, 120), (301, 14 * 24), (500, 14 * 24), (501, 28 * 24), (1000, 28 * 24)],
)
def test_least_rest_rises_with_the_needle(needle_um: int, hours: int) -> None:
    assert least_rest_h(needle_um) == hours


@given(needle_um=st.integers(100, 1000))
def test_default_policy_is_within_the_bounds(needle_um: int) -> None:
    assert beyond(for_needle(needle_um)) == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"rest_h": 119, "short_rest": 1}, ["rest_h"]),
        ({"rest_h": 120, "short_rest": 1}, []),
        ({"soak_before_min": 4}, ["soak_before_min"]),
        ({"soak_before_min": 5, "soak_after_min": 5}, []),
        ({"soak_before_min": 0, "soak_after_min": 0}, []),
        ({"soak_after_min": 1}, ["soak_after_min"]),
        ({"head_uses": 16}, ["head_uses"]),
        ({"head_uses": 15, "head_days": 180}, []),
        ({"head_days": 181}, ["head_days"]),
    ],
)
def test_bounds_are_exact(changes: dict[str, int], fields: list[str]) -> None:
    assert [bound.field for bound in beyond(for_needle(250).changed(**changes))] == fields


def test_unchanged_numbers_are_not_checked() -> None:
    assert len(beyond(OLD)) == 4
    assert newly_beyond(OLD, OLD.changed(rest_h=120, warn_min=4)) == []
    assert [bound.field for bound in newly_beyond(OLD, OLD.changed(head_uses=41))] == ["head_uses"]


def test_case_takes_every_policy_that_it_took_before_there_were_bounds() -> None:
    assert policy.parse(OLD.text).digest == OLD.digest
    assert Policy(numbers_of(OLD)).rest_s == 72 * 3600


def test_bound_lies_within_what_a_case_takes_and_has_a_reason_and_a_day() -> None:
    for bound in BOUNDS:
        low, high = policy.bounds(bound.field)
        assert low < bound.limit < high
        assert bound.why
        assert bound.since == "2026-11-27"
        assert bound_of(bound.field) is bound
