"""What ``host policy`` prints of a policy: each number with its meaning, and JSON."""

from collections.abc import Iterator, Mapping
from datetime import date

from rollcore.policy import (
    DEFAULT_ZONES,
    Policy,
    PolicyError,
    default_rest_s,
    for_needle,
    numbers_of,
)
from rollhost.guidance.numbers import (
    CLINIC_NEEDLE_UM,
    MIDDLE_NEEDLE_UM,
    Bound,
    beyond,
    bound_of,
    least_rest_h,
    newly_beyond,
    span_of,
)
from rollhost.output import units

MEANINGS = {
    "needle_um": "length of the needles",
    "rest_h": "rest from the end of a use (policy set rest=45d)",
    "short_rest": "1: a rest below the default is meant",
    "clinic_rest_h": "rest from a session at a clinic",
    "reaction_rest_h": "rest from the end of a reaction",
    "soak_before_min": "soak before a use; 0 leaves it out",
    "dry_before_min": "drying before a use",
    "ready_min": "how long a soak before a use is good, once dry",
    "soak_after_min": "soak after a use; 0 leaves it out",
    "dry_after_min": "drying before the roller goes back",
    "overdue_min": "from the end of a use until cleaning is overdue",
    "warn_min": "use until the lamp says: come to an end",
    "stop_min": "use until it says: stop",
    "head_warn_uses": "use of a head at which green shows that it is near its end",
    "head_uses": "how often a head is used until it is worn out",
    "head_days": "how long a head is used until it is worn out",
}
"""Every number of a policy that the owner may set, and what it means."""

_UNITS = ("_um", "_h", "_min")
"""Ends of names that say a unit, and that people leave out."""


def plain_name(name: str) -> str:
    """Return what a number of a policy is called among people: its name without the unit."""
    for unit in _UNITS:
        name = name.removesuffix(unit)
    return name


def amount(name: str, number: int) -> str:
    """Return a number of a policy with its unit: ``28 days``, ``36 hours``, ``0.25 mm``.

    Hours that are whole days are days.
    """
    if name.endswith("_um"):
        return units.needle(number)
    if name.endswith("_h"):
        days, hours = divmod(number, 24)
        return units.count(number, "hour") if hours or not days else units.count(days, "day")
    if name.endswith("_min"):
        return units.count(number, "minute")
    if name.endswith("_days"):
        return units.count(number, "day")
    return units.count(number, "use") if name == "head_uses" else str(number)


def policy_document(policy: Policy) -> dict[str, object]:
    """Return a policy for ``--json``."""
    return {
        "rules": _numbers(policy),
        "revision": policy.revision,
        "digest": f"{policy.digest:08x}",
        "beyond_bounds": beyond_documents(policy),
    }


def policy_lines(policy: Policy) -> Iterator[str]:
    """Yield a policy as a person reads it: a line for each number."""
    numbers = numbers_of(policy)
    for name, meaning in MEANINGS.items():
        yield f"{plain_name(name):<14}  {amount(name, numbers[name]):<10}  {meaning}"
    yield f"{'zones':<14}  {','.join(policy.zones):<10}  areas of skin, each with its own rest"
    if not policy.revision:
        yield "These are assumed: say yours with policy set needle=…"
    yield from beyond_sentences(policy)


def beyond_documents(policy: Policy) -> list[dict[str, object]]:
    """Return the numbers of an older policy that an owner could not set any more, for ``--json``.

    Empty if there is none; see `rollhost.guidance.numbers`.
    """
    numbers = numbers_of(policy)
    return [
        {
            "name": bound.field,
            "value": numbers[bound.field],
            "least" if bound.is_least else "most": bound.limit,
            "since": bound.since,
            "why": bound.why,
        }
        for bound in beyond(policy)
    ]


def beyond_sentences(policy: Policy) -> list[str]:
    """Return the same as sentences: which number, which bound since when and why, what to do."""
    return [_beyond_sentence(policy, bound) for bound in beyond(policy)]


def _beyond_sentence(policy: Policy, bound: Bound) -> str:
    numbers = numbers_of(policy)
    name, since = plain_name(bound.field), date.fromisoformat(bound.since)
    most = "least" if bound.is_least else "most"
    limit = bound.limit
    typed = f"{limit // 24}d" if bound.field.endswith("_h") else str(limit)
    change = f"{name}={typed}"
    if bound.field == "head_uses" and numbers["head_warn_uses"] > limit:
        change += f" head_warn_uses={limit}"
    return (
        f"{name} is {amount(bound.field, numbers[bound.field])}: since {since.day} {since:%b %Y}"
        f" {amount(bound.field, limit)} is the {most} that can be set, as {bound.why}. Yours stays"
        f" until you change it: policy set {change}"
    )


def change_document(wanted: Policy) -> dict[str, object]:
    """Return a policy that was set and waits for the next sync, for ``--json``."""
    return {"rules": _numbers(wanted), "beyond_bounds": beyond_documents(wanted)}


def change_lines(before: Policy, wanted: Policy) -> Iterator[str]:
    """Yield the differences of the policy that was set, as a person reads them."""
    yield from _differences(before, wanted) or ["They say the same as before."]
    yield "The next sync puts them into the case; until then it goes by the old ones."
    yield from beyond_sentences(wanted)


def change_warning(before: Policy, wanted: Policy) -> str:
    """Return a warning if the needles are new and deep; empty if not."""
    if before.needle_um == wanted.needle_um:
        return ""
    return deep_needle_warning(wanted.needle_um)


def deep_needle_warning(micrometres: int) -> str:
    """Return a warning for needles longer than 500 micrometres; empty for shorter ones."""
    if micrometres <= MIDDLE_NEEDLE_UM:
        return ""
    policy = for_needle(micrometres)
    return (
        "Needles over 0.5 mm go deep for use at home:"
        f" {policy.rest_s // 86400} days of rest, and {policy.head_uses} uses of a head."
        " That Rollcase allows them is our permission alone: a nurse's guide knows 0.1 and 0.3 mm"
        " only."
    )


def waiting_document(
    now: Policy, waiting: Policy | None, overtaken: Policy | None
) -> dict[str, object]:
    """Return the policy in force for ``--json``, and the one that waits or was overtaken, if any.

    See `Policies.overtaken`.
    """
    return {
        "in_force": _numbers(now),
        "waiting": _numbers(waiting) if waiting else None,
        "overtaken": _numbers(overtaken) if overtaken else None,
    }


def waiting_lines(now: Policy, waiting: Policy | None) -> list[str]:
    """Return the differences of the policy that waits for the next sync, as a person reads them."""
    if waiting is None:
        return ["No new rules wait: the case has them all."]
    return _differences(now, waiting) or ["The rules that wait say the same as the case's."]


def rules_in_short(policy: Policy) -> str:
    """Return the needles, and what else is not as usual for these: ``0.5 mm, rest 20 days``."""
    numbers, usual = numbers_of(policy), numbers_of(_usual(policy))
    others = [
        f"{plain_name(name)} {amount(name, numbers[name])}"
        for name in MEANINGS
        if numbers[name] != usual[name] and name != "short_rest"
    ]
    if policy.zones != DEFAULT_ZONES:
        others.append(f"zones {','.join(policy.zones)}")
    return ", ".join([units.needle(policy.needle_um), *others])


def overtaken_sentence(
    rules: Policy, chosen: str, present: Policy, program: str, number: str, option: str = ""
) -> str:
    """Return that the case has other rules than those that were `chosen` then, and what to do.

    Empty if they say the same as the `present` ones. `program` is what this program is called,
    `number` that of their entry, `option` the end of a command that is about this case.
    """
    changes = _changes(present, rules)
    if not changes:
        return ""
    again = f"To set yours all the same: {program} policy set {changes}{option}; to"
    forbidden = [plain_name(bound.field) for bound in newly_beyond(_base(present, rules), rules)]
    if forbidden:
        again = f"They cannot be set again: the bounds are closer now ({', '.join(forbidden)}). To"
    return (
        f"The rules that you set {chosen} ({rules_in_short(rules)}) were not put in: the case has"
        f" later ones. {again} drop them: {program} undo {number}."
    )


def _changes(before: Policy, wanted: Policy) -> str:
    """Return what to type behind ``policy set`` to get from one policy to another."""
    changes = []
    if before.needle_um != wanted.needle_um:
        before = _base(before, wanted)
        changes.append(f"needle={wanted.needle_um / 1000:g}")
    old, new = _numbers(before), _numbers(wanted)
    for name in MEANINGS:
        hours = int(str(new[name]))
        if old[name] != new[name] and name.endswith("_h") and hours % 24 == 0 and hours:
            changes.append(f"{plain_name(name)}={hours // 24}d")
        elif old[name] != new[name] and name != "needle_um":
            changes.append(f"{name}={new[name]}")
    if before.zones != wanted.zones:
        changes.append(f"zones={','.join(wanted.zones)}")
    return " ".join(changes)


def _base(before: Policy, wanted: Policy) -> Policy:
    """Return what ``policy set`` changes: a new needle brings its default policy."""
    return before if before.needle_um == wanted.needle_um else _usual(wanted)


def _usual(policy: Policy) -> Policy:
    """Return the default policy for the needles of this one, or this one if there is none."""
    try:
        return for_needle(policy.needle_um)
    except PolicyError:
        return policy


def _numbers(policy: Policy) -> dict[str, object]:
    """Return every number of a policy, by its name in `MEANINGS`, and the zones."""
    numbers = numbers_of(policy)
    return {**{name: numbers[name] for name in MEANINGS}, "zones": list(policy.zones)}


def _differences(before: Policy, after: Policy) -> list[str]:
    """Return a line for each number that differs."""
    old, new = _numbers(before), _numbers(after)
    return [
        f"{plain_name(name)}: {_value(name, old[name])} → {_value(name, new[name])}"
        for name in old
        if old[name] != new[name]
    ]


def _value(name: str, value: object) -> str:
    return ",".join(value) if isinstance(value, list) else amount(name, int(str(value)))


def refusal(wanted: Mapping[str, int], error: PolicyError, program: str) -> tuple[str, str]:
    """Return why a policy with the numbers `wanted` is refused, and what is allowed, as sentences.

    Amounts are in the units in which people think of them; see `amount`. `program` is what this
    program is called.
    """
    name = error.field
    if name not in MEANINGS:
        return f"{name} cannot be like this.", f"Allowed is: {error.allowed}."
    if name == "needle_um":
        return needle_refusal(wanted[name], program)
    return bound_refusal(name, wanted, error.allowed)


def bound_refusal(name: str, wanted: Mapping[str, int], allowed: str = "") -> tuple[str, str]:
    """Return why one number of `wanted` is refused, and what it may be, as sentences.

    `allowed` has the words for a number that other numbers of the policy forbid.
    """
    subject = "The rest" if name == "rest_h" else plain_name(name)
    sentence = f"{subject} cannot be {amount(name, wanted[name])}."
    low, high = span_of(name)
    if name == "rest_h":
        if wanted[name] > high:
            return sentence, f"The longest is {amount(name, high)}."
        return sentence, rest_bounds(wanted["needle_um"])
    if low <= wanted[name] <= high and name == "stop_min":
        warn = amount("warn_min", wanted["warn_min"])
        return sentence, f"It has to be more than warn, {warn}."
    if low <= wanted[name] <= high and name == "head_warn_uses":
        most = amount("head_uses", wanted["head_uses"])
        return sentence, f"It may be head_uses at the most, {most}."
    if low <= wanted[name] <= high:
        return sentence, f"Allowed is {allowed}."
    bound = bound_of(name)
    why = (
        f" {bound.why[0].upper()}{bound.why[1:]}." if bound and bound.forbids(wanted[name]) else ""
    )
    return sentence, f"Allowed is {span_words(name)}.{why}"


def rest_bounds(needle_um: int) -> str:
    """Return how long the rest is with needles of this length (micrometres), and at the least."""
    usual = units.count(default_rest_s(needle_um) // units.DAY_S, "day")
    least = least_rest_h(needle_um) // 24
    return (
        f"With {units.needle(needle_um)} needles: {usual}. {least} at the least, with short_rest=1."
    )


def span_words(name: str) -> str:
    """Return what an owner may set a number to: ``1 use to 15 uses``."""
    low, high = span_of(name)
    words = f"{amount(name, low)} to {amount(name, high)}"
    bound = bound_of(name)
    is_switch = name.startswith("soak_") and bound is not None and bound.is_least
    return f"{words}, or 0 to leave it out" if is_switch else words


def needle_refusal(micrometres: int, program: str) -> tuple[str, str]:
    """Return why no policy is for needles of this length, and what to do, as sentences."""
    low, high = span_of("needle_um")
    length = units.needle(micrometres)
    if high < micrometres <= CLINIC_NEEDLE_UM:
        return (
            f"{length} is a clinic's length. Rollcase sets no rest for it at home.",
            f"Ask whoever treats your skin; note sessions with {program} clinic.",
        )
    allowed = f"{units.needle(low)} to {units.needle(high)}"
    return f"needle cannot be {length}.", f"Allowed is {allowed}."
