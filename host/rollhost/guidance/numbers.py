"""Every number that guides rolling at home: its value, unit, source and grade.

Grades: A (regulator, peer-reviewed, professional body), B (dermatologist, manufacturer, clinic),
C (health blog), own (our choice, no source). What a policy has by default comes from
`rollcore.policy`; the owner's bounds stand here.

A policy is checked against the owner's bounds where it is made. The case itself has wider ones,
which no version narrows, so that it keeps a policy that it took years ago.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollcore import policy, state
from rollcore.policy import Policy, for_needle, numbers_of, shortest_rest_s

SHORT_NEEDLE_UM = 300
"""Up to this length (micrometres) a needle is short."""

MIDDLE_NEEDLE_UM = 500
"""Up to this length (micrometres) a needle is one that makers and dermatologists name for home."""

CLINIC_NEEDLE_UM = 5000
"""Longest needle (micrometres) of a session at a clinic; no longer one is used on skin (own)."""

LEAST_REST_H = 120
"""Shortest rest (hours) that an owner may set, for any needle."""

LEAST_SOAK_MIN = 5
"""Shortest soak (minutes) that an owner may set; 0 switches a soak off."""

MOST_HEAD_USES = 15
"""Most uses of a head that an owner may set."""

MOST_HEAD_DAYS = 180
"""Most days of a head that an owner may set."""

FADING_H = 72
"""Redness after a session fades within this time (hours)."""

LONG_REACTION_DAYS = 7
"""A reaction that lasts longer (days) is for a doctor."""

DARK_SPOTS_DAYS = 42
"""When (days) after a session or a reaction darker spots show."""

DARK_SPOTS_ASKED_DAYS = 7
"""For how long (days) somebody is asked about darker spots."""

HEALED_ASKED_DAYS = 7
"""For how long (days) after the last day of a hold somebody is asked whether it has healed."""

LUMPS_DAYS = 91
"""For how long (days) after a reaction a lump may come."""

PAIN_RISE = 2
"""By how much more (of 10) than at the last look pain counts as rising."""

FEWEST_SESSIONS, MOST_SESSIONS = 3, 6
"""How many sessions a plan may have."""

USUAL_SESSIONS = 4
"""How many sessions a plan has where the person names no number."""

STEP_APART_DAYS = 21
"""Sessions less than this apart (days) are one step of a plan."""

ALCOHOL_OLD_DAYS = 182
"""From how long (days) after it was opened a bottle of alcohol is called old: half a year."""

PRODUCT_BEFORE_DAYS, PRODUCT_BEFORE_LONG_DAYS = 5, 7
"""For how long (days) before a session a product is left that irritates: with short needles, and
with longer ones."""

REMINDED_USES = 12
"""After each of a person's first uses, so many, a sync shows one line of the Never list."""


class Number(NamedTuple):
    """One number: what it is of, its value in its unit, where it comes from.

    `unit` is a noun in the singular, or ``mm`` or ``%``. `grades` has one of A, B, C and own, or
    several, the best first.
    """

    key: str
    what: str
    value: float
    unit: str
    grades: tuple[str, ...]
    source: str


_SHORT, _MIDDLE, _LONG = (
    numbers_of(for_needle(length))
    for length in (SHORT_NEEDLE_UM, MIDDLE_NEEDLE_UM, policy.MAX_NEEDLE_UM)
)

NUMBERS: tuple[Number, ...] = (
    Number(
        "rest_short", "rest after a use, 0.1 to 0.3 mm", _SHORT["rest_h"] // 24, "day", ("B",),
        "“once a week is plenty”",
    ),
    Number(
        "rest_short_least", "the least rest, 0.1 to 0.3 mm", LEAST_REST_H, "hour", ("A", "own"),
        "the skin's barrier was back within 72 hours after 0.15 and 0.25 mm, the last time looked"
        " at (doi 10.1111/j.1524-4725.2012.02550.x); pores closed at a mean of 58 to 63 hours, SD"
        " 13 to 17, on arm and abdomen (PMC8259462): a mean is no floor, 21 to 25 % would be open"
        " at 72 hours; slower in darker skin, 66.5 ± 19.5 hours, so 97.5 % closed by about 105"
        " (Sci Rep 2020 10:18963, indirect); covering delays closure (PMC3160154)",
    ),
    Number(
        "rest_middle", "rest after a use, over 0.3 to 0.5 mm", _MIDDLE["rest_h"] // 24, "day",
        ("B", "C"), "found 2 to 4 weeks; makers of pens say 4 to 6",
    ),
    Number(
        "rest_middle_least", "the least rest, over 0.3 to 0.5 mm",
        shortest_rest_s(MIDDLE_NEEDLE_UM) // 86400, "day", ("B", "C"),
        "the shortest that was found",
    ),
    Number(
        "rest_long", "rest after a use, over 0.5 to 1 mm", _LONG["rest_h"] // 24, "day", ("B",),
        "found 4 to 6 weeks; “minimum six weeks”",
    ),
    Number(
        "rest_long_least", "the least rest, over 0.5 to 1 mm",
        shortest_rest_s(policy.MAX_NEEDLE_UM) // 86400, "day", ("B",),
        "the shortest that was found",
    ),
    Number(
        "needle_most", "the longest needle for home", policy.MAX_NEEDLE_UM / 1000, "mm",
        ("B", "C", "own"),
        "longer is for professionals, whose range is 0.5 to 2.5 mm; that over 0.5 mm may be used"
        " at home is our permission alone: a nurse's guide knows 0.1 and 0.3 mm only",
    ),
    Number(
        "clinic_rest", "rest after a session at a clinic", _MIDDLE["clinic_rest_h"] // 24, "day",
        ("B", "C"), "monthly; may only be lengthened",
    ),
    Number(
        "reaction_rest", "rest after a reaction was closed", _MIDDLE["reaction_rest_h"] // 24,
        "day", ("own",), "may only be lengthened",
    ),
    Number(
        "soak_before", "soak before a use", _MIDDLE["soak_before_min"], "minute", ("A", "own"),
        "ten times the minute that CDC 2008 asks of alcohol; found 1 to 60 minutes",
    ),
    Number(
        "soak_after", "soak after a use", _MIDDLE["soak_after_min"], "minute", ("A", "own"),
        "as before a use",
    ),
    Number(
        "soak_least", "the least soak that is not switched off", LEAST_SOAK_MIN, "minute",
        ("own",), "five times the minute that CDC 2008 asks of alcohol",
    ),
    Number(
        "alcohol", "isopropyl alcohol for a soak", 70, "%", ("A",),
        "60 to 90 % works best, and below 50 % much less does (CDC 2008): so fresh alcohol each"
        " time, and the cup covered",
    ),
    Number(
        "alcohol_old", "a bottle of alcohol is old, from the day that it was opened",
        ALCOHOL_OLD_DAYS, "day", ("own",), "alcohol evaporates each time that it stands open",
    ),
    Number(
        "product_before", "retinoids, acids, benzoyl peroxide: left before a session, up to 0.3 mm",
        PRODUCT_BEFORE_DAYS, "day", ("B", "own"), "clinics name 3 to 7 days; as long as after it",
    ),
    Number(
        "product_before_long", "the same, over 0.3 mm", PRODUCT_BEFORE_LONG_DAYS, "day",
        ("B", "own"), "as above",
    ),
    Number("dry_before", "drying before a use", _MIDDLE["dry_before_min"], "minute", ("own",), ""),
    Number(
        "dry_after", "drying before the roller goes back", _MIDDLE["dry_after_min"], "minute",
        ("own",), "",
    ),
    Number(
        "ready", "how long a soak before a use is good, once dry", _MIDDLE["ready_min"], "minute",
        ("own",), "",
    ),
    Number(
        "overdue", "from the end of a use until cleaning is overdue", _MIDDLE["overdue_min"],
        "minute", ("own",), "",
    ),
    Number(
        "warn", "use until the lamp says: come to an end", _MIDDLE["warn_min"], "minute", ("own",),
        "blogs say about 2 minutes on a face",
    ),
    Number(
        "stop", "use until it says: stop", _MIDDLE["stop_min"], "minute", ("own",),
        "clinics take 10 to 30 minutes",
    ),
    Number(
        "cancel", "a shorter use does not count", state.CANCEL_S, "second", ("own",),
        "a mistaken press",
    ),
    Number(
        "use_limit", "a use that nobody ends is closed after", state.USE_LIMIT_S // 60, "minute",
        ("own",), "",
    ),
    Number(
        "head_warn_uses", "use of a head at which green shows that it is near its end",
        _MIDDLE["head_warn_uses"], "use", ("own",), "",
    ),
    Number(
        "head_warn_uses_long", "the same, over 0.5 mm", _LONG["head_warn_uses"], "use", ("own",),
        "",
    ),
    Number(
        "head_uses", "uses of a head, up to 0.5 mm", _MIDDLE["head_uses"], "use", ("own",),
        "inside the 1 to 15 uses that were found",
    ),
    Number(
        "head_uses_long", "uses of a head, over 0.5 mm", _LONG["head_uses"], "use", ("own",),
        "inside the 1 to 15 uses that were found",
    ),
    Number(
        "head_days", "days of a head", _MIDDLE["head_days"], "day", ("own",),
        "inside the 6 weeks to 12 months that were found",
    ),
    Number(
        "head_uses_most", "the most uses of a head", MOST_HEAD_USES, "use", ("own",),
        "the most that was found",
    ),
    Number("head_days_most", "the most days of a head", MOST_HEAD_DAYS, "day", ("own",), ""),
    Number(
        "fading", "redness fades within, from the end of a session", FADING_H, "hour", ("B", "C"),
        "48 to 72 hours",
    ),
    Number(
        "long_reaction", "a reaction that lasts longer is for a doctor", LONG_REACTION_DAYS, "day",
        ("B",), "leaflets of clinics",
    ),
    Number(
        "dark_spots", "darker spots are asked about, after a session over 0.3 mm or a reaction",
        DARK_SPOTS_DAYS, "day", ("own",), "six weeks: when dark marks show",
    ),
    Number(
        "dark_spots_asked", "how long they are asked about",
        DARK_SPOTS_ASKED_DAYS, "day", ("own",), "",
    ),
    Number(
        "healed_asked", "has it healed? is asked, from the last day of a hold",
        HEALED_ASKED_DAYS, "day", ("own",), "",
    ),
    Number(
        "lumps", "a lump may come, after a reaction", LUMPS_DAYS, "day", ("A", "own"),
        "three weeks on average, PMC12065458; the three months are ours",
    ),
    Number(
        "pain_rise", "pain counts as rising from so much more (of 10) than at the last look",
        PAIN_RISE, "step", ("own",), "",
    ),
    Number(
        "plan_fewest", "the fewest sessions of a plan", FEWEST_SESSIONS, "session", ("B", "C"),
        "clinics plan 3 to 6, monthly, at 0.5 to 2.5 mm, and then one a year",
    ),
    Number(
        "plan_most", "the most sessions of a plan", MOST_SESSIONS, "session", ("B", "C"),
        "as above",
    ),
    Number(
        "plan_usual", "sessions of a plan where nobody names a number", USUAL_SESSIONS, "session",
        ("own",), "",
    ),
    Number(
        "plan_apart", "sessions less than this apart are one step of a plan", STEP_APART_DAYS,
        "day", ("own",), "",
    ),
    Number(
        "reminded", "a line of the Never list after each of the first", REMINDED_USES, "use",
        ("own",), "",
    ),
)  # fmt: skip
"""Every number but those of aftercare, which are in `rollhost.guidance.windows`."""


class Bound(NamedTuple):
    """The least or the most that an owner may set one number of a policy to.

    `field` is the number's name in a policy, `limit` is in its unit. `since` is the day
    (ISO 8601) from which on the bound holds, and `why` has its reason in words.
    """

    field: str
    limit: int
    is_least: bool
    since: str
    why: str

    def forbids(self, value: int) -> bool:
        """Return whether a value is on the wrong side. 0, which switches a soak off, is not."""
        return 0 < value < self.limit if self.is_least else value > self.limit


_SINCE = "2026-11-27"

BOUNDS: tuple[Bound, ...] = (
    Bound("rest_h", LEAST_REST_H, True, _SINCE, "at 72 hours some pores may still be open"),
    Bound("soak_before_min", LEAST_SOAK_MIN, True, _SINCE, "a shorter soak leaves little margin"),
    Bound("soak_after_min", LEAST_SOAK_MIN, True, _SINCE, "a shorter soak leaves little margin"),
    Bound("head_uses", MOST_HEAD_USES, False, _SINCE, "worn needles tear the skin"),
    Bound("head_days", MOST_HEAD_DAYS, False, _SINCE, "worn needles tear the skin"),
)
"""The owner's bounds, for any needle; longer needles have a longer least rest in rollcore."""


def bound_of(field: str) -> Bound | None:
    """Return the owner's bound on a number of a policy; None if it has none."""
    return next((bound for bound in BOUNDS if bound.field == field), None)


def span_of(field: str) -> tuple[int, int]:
    """Return the lowest and highest value that an owner may set; 0 of a soak is not counted."""
    low, high = policy.bounds(field)
    bound = bound_of(field)
    if bound is None:
        return low, high
    return (max(low, bound.limit), high) if bound.is_least else (low, min(high, bound.limit))


def least_rest_h(needle_um: int) -> int:
    """Return the shortest rest (hours) that an owner may set for a needle (micrometres).

    Raises `PolicyError` for a needle that no policy allows.
    """
    return max(shortest_rest_s(needle_um) // 3600, LEAST_REST_H)


def beyond(rules: Policy) -> list[Bound]:
    """Return the owner's bounds that a policy is on the wrong side of, such as an older one."""
    numbers = numbers_of(rules)
    return [bound for bound in BOUNDS if bound.forbids(numbers[bound.field])]


def newly_beyond(before: Policy, wanted: Policy) -> Sequence[Bound]:
    """Return the bounds that `wanted` breaks with a number that `before` has otherwise."""
    old, new = numbers_of(before), numbers_of(wanted)
    return [bound for bound in beyond(wanted) if old[bound.field] != new[bound.field]]
