"""What ``host policy`` prints of a policy: each number with its meaning, and JSON."""

from collections.abc import Iterator, Mapping

from rollcore.policy import (
    DEFAULT_ZONES,
    Policy,
    PolicyError,
    bounds,
    default_rest_s,
    for_needle,
    numbers_of,
    shortest_rest_s,
)
from rollhost.history.what_if import RefusedUse, Replay
from rollhost.output import units
from rollhost.output.records import REFUSALS, stamp

MEANINGS = {
    "needle_um": "length of the needles",
    "rest_h": "rest from the end of a use (policy set rest=10d)",
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
    }


def policy_lines(policy: Policy) -> Iterator[str]:
    """Yield a policy as a person reads it: a line for each number."""
    numbers = numbers_of(policy)
    for name, meaning in MEANINGS.items():
        yield f"{plain_name(name):<14}  {amount(name, numbers[name]):<10}  {meaning}"
    yield f"{'zones':<14}  {','.join(policy.zones):<10}  areas of skin, each with its own rest"
    if not policy.revision:
        yield "These are assumed: say yours with policy set needle=…"


def change_document(wanted: Policy) -> dict[str, object]:
    """Return a policy that was set and waits for the next sync, for ``--json``."""
    return {"rules": _numbers(wanted)}


def change_lines(before: Policy, wanted: Policy) -> Iterator[str]:
    """Yield the differences of the policy that was set, as a person reads them."""
    yield from _differences(before, wanted) or ["They say the same as before."]
    yield "The next sync puts them into the case; until then it goes by the old ones."


def change_warning(before: Policy, wanted: Policy) -> str:
    """Return a warning if the needles are new and deep; empty if not."""
    if before.needle_um == wanted.needle_um:
        return ""
    return deep_needle_warning(wanted.needle_um)


def deep_needle_warning(micrometres: int) -> str:
    """Return a warning for needles longer than 500 micrometres; empty for shorter ones."""
    if micrometres <= 500:
        return ""
    policy = for_needle(micrometres)
    return (
        "Needles over 0.5 mm go deep for use at home:"
        f" {policy.rest_s // 86400} days of rest, and {policy.head_uses} uses of a head."
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
    return (
        f"The rules that you set {chosen} ({rules_in_short(rules)}) were not put in: the case has"
        f" later ones. To set yours all the same: {program} policy set {changes}{option}; to drop"
        f" them: {program} undo {number}."
    )


def _changes(before: Policy, wanted: Policy) -> str:
    """Return what to type behind ``policy set`` to get from one policy to another."""
    changes = []
    if before.needle_um != wanted.needle_um:
        before = _usual(wanted)
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


def _usual(policy: Policy) -> Policy:
    """Return the default policy for the needles of this one, or this one if there is none."""
    try:
        return for_needle(policy.needle_um)
    except PolicyError:
        return policy


def replay_document(replay: Replay) -> dict[str, object]:
    """Return which uses another policy would have refused, for ``--json``."""
    return {"uses": replay.uses, "refused": [_refused_document(use) for use in replay.refused]}


def replay_lines(replay: Replay, several_zones: bool, now: float) -> Iterator[str]:
    """Yield which uses another policy would have refused, as a person reads it.

    With `several_zones` the zones are named. `now` (Unix s) makes dates near it short.
    """
    uses = units.count(replay.uses, "use")
    yield f"Of {uses}, these rules would have refused {len(replay.refused)}."
    for use in replay.refused:
        known = use.start.known
        when = units.clock_time(use.start.earliest, now) if known else stamp(use.start)
        zone = f", {use.zone}" if use.zone and several_zones else ""
        why = f"{units.span(use.early_s)} too early" if use.early_s is not None else _reason(use)
        yield f"{when}{zone}: {why}"


def _refused_document(use: RefusedUse) -> dict[str, object]:
    began = use.start.earliest
    return {
        "at": units.iso(began),
        "until": None if use.early_s is None else units.iso(began + use.early_s),
        "zone": use.zone,
        "reason": _reason(use),
    }


def _reason(use: RefusedUse) -> str:
    return REFUSALS[use.reason]


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


def refusal(wanted: Mapping[str, int], error: PolicyError) -> tuple[str, str]:
    """Return why a policy with the numbers `wanted` is refused, and what is allowed, as sentences.

    Amounts are in the units in which people think of them; see `amount`.
    """
    name = error.field
    if name not in MEANINGS:
        return f"{name} cannot be like this.", f"Allowed is: {error.allowed}."
    subject = "The rest" if name == "rest_h" else plain_name(name)
    sentence = f"{subject} cannot be {amount(name, wanted[name])}."
    low, high = bounds(name)
    span = f"{amount(name, low)} to {amount(name, high)}"
    if name == "needle_um":
        return sentence, f"Allowed is {span}: longer needles are for a clinic."
    is_within = low <= wanted[name] <= high
    if name == "rest_h" and wanted[name] > high:
        return sentence, f"The longest is {amount(name, high)}."
    if is_within or name == "rest_h":
        return sentence, _allowed(name, wanted, error)
    return sentence, f"Allowed is {span}."


def _allowed(name: str, wanted: Mapping[str, int], error: PolicyError) -> str:
    """Return what a number within its bounds may be, beside the other numbers."""
    if name == "rest_h":
        needle_um = wanted["needle_um"]
        usual = units.count(default_rest_s(needle_um) // units.DAY_S, "day")
        least = shortest_rest_s(needle_um) // units.DAY_S
        return (
            f"With {units.needle(needle_um)} needles the rest is {usual};"
            f" at the least {least}, with short_rest=1."
        )
    if name == "stop_min":
        return f"It has to be more than warn, {amount('warn_min', wanted['warn_min'])}."
    if name == "head_warn_uses":
        return f"It may be head_uses at the most, {amount('head_uses', wanted['head_uses'])}."
    return f"Allowed is {error.allowed}."
