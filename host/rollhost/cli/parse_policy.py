"""Changes of a policy as typed: ``rest_h=240``, ``needle=0.25``, ``zones=face,neck``."""

import argparse

from rollcore import policy
from rollcore.policy import Policy, PolicyError
from rollhost.cli import parse_dates
from rollhost.cli.arguments import needle
from rollhost.errors import UsageError
from rollhost.output.policy import MEANINGS


def changed(before: Policy, changes: list[str]) -> Policy:
    """Return `before` with ``NAME=VALUE`` changes, as the next revision.

    Raises `UsageError` for a change that is not allowed.
    """
    revision = min(before.revision + 1, 65535)
    defaults = before
    zones = before.zones
    numbers: dict[str, int] = {}
    for change in changes:
        name, given, value = change.partition("=")
        if not given:
            raise UsageError(f"{change!r} is no rule.", "Write it like rest_h=240.")
        if name == "needle":
            try:
                defaults = policy.for_needle(needle(value))
            except argparse.ArgumentTypeError as error:
                raise UsageError(f"{error}.", "Longer needles are for a clinic.") from None
        elif name == "rest":
            numbers["rest_h"] = parse_dates.span(value) // 3600
        elif name == "zones":
            zones = tuple(zone.strip() for zone in value.split(","))
        elif name not in MEANINGS:
            raise UsageError(f"There is no rule {name}.", "See policy show.")
        elif not policy.is_number(value):
            low, high = policy.bounds(name)
            raise UsageError(f"{name} cannot be {value!r}.", f"Allowed is {low} to {high}.")
        else:
            numbers[name] = int(value)
    try:
        wanted = policy.numbers_of(defaults) | numbers | {"revision": revision}
        return Policy(wanted, zones)
    except PolicyError as error:
        raise UsageError(
            f"{error.field} cannot have this value.",
            f"Allowed is {error.allowed}. Nothing was changed.",
        ) from None
