"""What ``host policy`` prints of a policy: each number with its meaning, and JSON."""

from collections.abc import Iterator

from rollcore.policy import Policy, for_needle, numbers_of
from rollhost.history.what_if import RefusedUse, Replay
from rollhost.output import units
from rollhost.output.records import REFUSALS, stamp

MEANINGS = {
    "needle_um": "needles, in thousandths of a millimetre (needle=0.25 says it in millimetres)",
    "rest_h": "hours of rest from the end of a use (rest=28d says it in days)",
    "short_rest": "1: a rest below the default is meant",
    "clinic_rest_h": "hours of rest from a session at a clinic",
    "reaction_rest_h": "hours of rest from the end of a reaction",
    "soak_before_min": "minutes of soak before a use; 0 leaves it out",
    "dry_before_min": "minutes of drying before a use",
    "ready_min": "minutes for which a soak before a use is good, once dry",
    "soak_after_min": "minutes of soak after a use; 0 leaves it out",
    "dry_after_min": "minutes of drying before the roller goes back",
    "overdue_min": "minutes after a use until cleaning is overdue",
    "warn_min": "minutes of use until the lamp says: come to an end",
    "stop_min": "minutes of use until it says: stop",
    "head_warn_uses": "uses of a head until green shows that it is near its end",
    "head_uses": "uses of a head until it is worn out",
    "head_days": "days of a head until it is worn out",
}
"""Every number of a policy that the owner may set, and what it means."""


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
        yield f"{name:<16} {numbers[name]:>5}  {meaning}"
    yield f"{'zones':<16} {','.join(policy.zones)}  areas of skin, each with its own rest"
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


def waiting_document(now: Policy, waiting: Policy | None) -> dict[str, object]:
    """Return the policy in force and the one that waits, if any, for ``--json``."""
    return {
        "in_force": _numbers(now),
        "waiting": _numbers(waiting) if waiting else None,
    }


def waiting_lines(now: Policy, waiting: Policy | None) -> list[str]:
    """Return the differences of the policy that waits for the next sync, as a person reads them."""
    if waiting is None:
        return ["No new rules wait: the case has them all."]
    return _differences(now, waiting) or ["The rules that wait say the same as the case's."]


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
        f"{name}: {_value(old[name])} → {_value(new[name])}"
        for name in old
        if old[name] != new[name]
    ]


def _value(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
