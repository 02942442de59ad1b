"""``host policy``: the owner's rules: shown, changed, compared, and tried on what has happened."""

import argparse
import json
import sys

from rollcore import policy
from rollcore.policy import Policy, PolicyError
from rollhost.cli import parse_dates
from rollhost.cli.arguments import (
    SCHEMA_VERSION,
    add_case,
    add_database,
    add_json,
    deep_needle_warning,
    needle,
)
from rollhost.cli.choose import choose_case
from rollhost.database.archive import Archive, Case
from rollhost.database.open import open_archive
from rollhost.errors import DONE, UsageError
from rollhost.history.logs import in_order, zoned
from rollhost.history.rules import rules_ahead, rules_chosen
from rollhost.history.what_if import refusals
from rollhost.now import current_time
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
"""Every number of a policy that is the owner's to set."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "what", nargs="?", choices=["show", "set", "diff", "replay"], default="show",
        help="show the rules; set some; diff: what waits for the next sync; replay: what other"
        " rules would have refused",
    )  # fmt: skip
    parser.add_argument(
        "changes", nargs="*", metavar="NAME=VALUE",
        help="such as needle=0.25, rest_h=240 or zones=face,neck; a needle brings its defaults",
    )  # fmt: skip
    add_case(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Answer, or let new rules wait for the next sync."""
    with open_archive(args.db) as archive:
        case = choose_case(archive.cases(), args.case)
        ahead = rules_ahead(archive, case)
        if args.what in ("show", "diff") and args.changes:
            raise UsageError(f"policy {args.what} takes no changes.", "Say policy set or replay.")
        if args.what in ("set", "replay"):
            if not args.changes:
                raise UsageError("No rules were named.", "Say them like rest_h=240 or needle=0.25.")
            if args.what == "replay" and any(one.startswith("zones=") for one in args.changes):
                raise UsageError("replay tries no other zones.", "What was rolled is in the log.")
            wanted = changed(ahead, args.changes)
        if args.what == "show":
            return _show(args, ahead)
        if args.what == "diff":
            return _diff(args, archive, case)
        if args.what == "replay":
            return _replay(args, archive, case, wanted)
        with archive.transaction():
            archive.pend_policy(case.id, wanted)
    return _set(args, ahead, wanted)


def changed(rules: Policy, changes: list[str]) -> Policy:
    """Return `rules` with ``NAME=VALUE`` changes, as the next revision. Raises `UsageError`."""
    revision = min(rules.revision + 1, 65535)
    zones = rules.zones
    numbers: dict[str, int] = {}
    for change in changes:
        name, given, value = change.partition("=")
        if not given:
            raise UsageError(f"{change!r} is no rule.", "Write it like rest_h=240.")
        if name == "needle":
            try:
                rules = policy.for_needle(needle(value))
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
        mine = policy.numbers_of(rules) | numbers | {"revision": revision}
        return Policy(mine, zones)
    except PolicyError as error:
        raise UsageError(
            f"{error.field} cannot be so.", f"Allowed is {error.allowed}. Nothing was changed."
        ) from None


def _numbers(rules: Policy) -> dict[str, object]:
    numbers = policy.numbers_of(rules)
    return {**{name: numbers[name] for name in MEANINGS}, "zones": list(rules.zones)}


def _show(args: argparse.Namespace, rules: Policy) -> int:
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "rules": _numbers(rules),
            "revision": rules.revision,
            "digest": f"{rules.digest:08x}",
        }
        print(json.dumps(document, indent=2))
        return DONE
    numbers = policy.numbers_of(rules)
    for name, meaning in MEANINGS.items():
        print(f"{name:<16} {numbers[name]:>5}  {meaning}")
    print(f"{'zones':<16} {','.join(rules.zones)}  areas of skin, each with its own rest")
    if not rules.revision:
        print("These are assumed: say yours with policy set needle=…")
    return DONE


def _set(args: argparse.Namespace, before: Policy, wanted: Policy) -> int:
    if args.json:
        print(json.dumps({"schema_version": SCHEMA_VERSION, "rules": _numbers(wanted)}, indent=2))
        return DONE
    print("\n".join(differences(before, wanted)) or "They say the same as before.")
    if before.needle_um != wanted.needle_um and deep_needle_warning(wanted.needle_um):
        print(deep_needle_warning(wanted.needle_um), file=sys.stderr)
    print("The next sync puts them into the case; until then it goes by the old ones.")
    return DONE


def _diff(args: argparse.Namespace, archive: Archive, case: Case) -> int:
    waiting = archive.pending_policy(case.id)
    in_force = rules_chosen(archive, case)
    found = differences(in_force, waiting) if waiting else []
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "in_force": _numbers(in_force),
            "waiting": _numbers(waiting) if waiting else None,
        }
        print(json.dumps(document, indent=2))
    else:
        same = "The rules that wait say the same as the case's."
        none = "No new rules wait: the case has them all."
        print("\n".join(found) or (same if waiting else none))
    return DONE


def differences(old: Policy, new: Policy) -> list[str]:
    """Return what is different, a line each."""
    before, after = _numbers(old), _numbers(new)
    return [
        f"{name}: {_told(before[name])} → {_told(after[name])}"
        for name in before
        if before[name] != after[name]
    ]


def _told(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _replay(args: argparse.Namespace, archive: Archive, case: Case, rules: Policy) -> int:
    """Say which uses other rules would have refused, in every log of the case."""
    now = current_time()
    several = any(len(one.zones) > 1 for one in archive.policies())
    uses = 0
    refused: list[dict[str, object]] = []
    told: list[str] = []
    for log_id in in_order(archive, case):
        log = list(zoned(archive, case, log_id))
        count, found = refusals([placed.event for placed, _ in log], rules)
        uses += count
        for one in found:
            placed, zone = log[one.use]
            early = one.until - placed.event.time if one.until else None
            until = None if early is None else units.iso(placed.earliest + early)
            reason = REFUSALS[one.reason]
            at = units.iso(placed.earliest)
            refused.append({"at": at, "until": until, "zone": zone, "reason": reason})
            when = units.clock_time(placed.earliest, now) if placed.known else stamp(placed)
            where = f", {zone}" if zone and several else ""
            why = reason if early is None else f"{units.span(early)} too early"
            told.append(f"{when}{where}: {why}")
    if args.json:
        document = {"schema_version": SCHEMA_VERSION, "uses": uses, "refused": refused}
        print(json.dumps(document, indent=2))
        return DONE
    print(f"Of {units.count(uses, 'use')}, these rules would have refused {len(refused)}.")
    for line in told:
        print(line)
    return DONE
