"""Changes of a policy as typed: ``rest=10d``, ``rest_h=240``, ``needle=0.25``, ``zones=face,neck``.

A number is named with its unit or without: ``rest_h=240`` and ``rest=10d`` are one rule.
"""

import argparse
import re

from rollcore import policy
from rollcore.policy import Policy, PolicyError
from rollhost.cli import parse_dates
from rollhost.cli.names import did_you_mean, find_name, quoted
from rollhost.cli.parse_needle import NotForHome, needle
from rollhost.cli.program import program_name
from rollhost.errors import UsageError
from rollhost.guidance.numbers import newly_beyond
from rollhost.output.policy import MEANINGS, bound_refusal, plain_name, refusal, span_words

_NAMES = {plain_name(name): name for name in MEANINGS}
"""The number behind each name without a unit."""

_UNITS = {"min": r" ?min(ute)?s?$", "days": r" ?d(ay)?s?$"}
"""How people write the unit of a number, by the end of its name."""


def changed(before: Policy, changes: list[str]) -> Policy:
    """Return `before` with ``NAME=VALUE`` changes, as the next revision.

    A number that is left as it was may lie beyond the owner's bounds of today. Raises `UsageError`
    for a change that is not allowed.
    """
    revision = min(before.revision + 1, 65535)
    defaults = before
    zones = before.zones
    numbers: dict[str, int] = {}
    for change in changes:
        typed, given, value = change.partition("=")
        value = value.strip()
        if not given:
            raise UsageError(f"{quoted(change)} is no rule.", "Write it like rest=45d.")
        name = _rule(typed)
        if name == "needle_um" and _is_without_unit(typed):
            try:
                defaults = policy.for_needle(needle(value))
            except NotForHome as error:
                raise UsageError(error.sentence, error.step) from None
            except argparse.ArgumentTypeError as error:
                raise UsageError(f"{error}.", "Write it like needle=0.25.") from None
        elif name == "zones":
            # The case knows small letters only, so this can mean nothing else.
            zones = tuple(zone.strip().lower() for zone in value.split(","))
        else:
            numbers[name] = _number(name, typed, value)
    wanted = policy.numbers_of(defaults) | numbers | {"revision": revision}
    try:
        made = Policy(wanted, zones)
    except PolicyError as error:
        sentence, allowed = refusal(wanted, error, program_name())
        raise UsageError(sentence, f"{allowed} Nothing was changed.") from None
    for bound in newly_beyond(defaults, made):
        sentence, allowed = bound_refusal(bound.field, wanted)
        raise UsageError(sentence, f"{allowed} Nothing was changed.")
    return made


def _rule(typed: str) -> str:
    """Return the number that a rule is about, as in `MEANINGS`, or ``zones``."""
    name = find_name(typed, [*_NAMES, *MEANINGS, "zones"])
    if name is None:
        step = did_you_mean(typed, [*_NAMES, "zones"], "See policy show.")
        raise UsageError(f"There is no rule {quoted(typed)}.", step)
    return _NAMES.get(name, name)


def _is_without_unit(typed: str) -> bool:
    """Return whether a rule was named without its unit, such as ``rest`` for ``rest_h``."""
    return find_name(typed, _NAMES) is not None


def _number(name: str, typed: str, value: str) -> int:
    """Return the number of a rule in its own unit: a plain number, or a length of time.

    Raises `UsageError` for any other text.
    """
    if name.endswith("_h") and (_is_without_unit(typed) or not policy.is_number(value)):
        return parse_dates.span(value) // 3600
    unit = _UNITS.get(name.rpartition("_")[2])
    number = re.sub(unit, "", value) if unit else value
    if policy.is_number(number):
        return int(number)
    raise UsageError(
        f"{plain_name(name)} cannot be {quoted(value)}.", f"Allowed is {span_words(name)}."
    )
