"""``host policy``: shows the owner's policy, changes it, or tries another one on past uses."""

import argparse

from rollcore.policy import Policy
from rollhost.cli.arguments import add_case, add_database, add_json, add_person
from rollhost.cli.choose import case_option, choose_case_of
from rollhost.cli.parse_policy import changed
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database.archive import Archive, Case
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history import owners
from rollhost.history.policies import Policies, policy_of, read_policies
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.policy import (
    change_document,
    change_lines,
    change_warning,
    overtaken_sentence,
    policy_document,
    policy_lines,
    waiting_document,
    waiting_lines,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["show", "set", "diff", "replay"], default="show",
        help="show the rules; set some; diff: what waits for the next sync; replay: what other"
        " rules would have refused",
    )  # fmt: skip
    parser.add_argument(
        "changes", nargs="*", metavar="NAME=VALUE",
        help="such as needle=0.25, rest=45d or zones=face,neck; a needle brings its defaults",
    )  # fmt: skip
    parser.add_argument(
        "--sources", action="store_true", help="show where every number comes from, and its grade"
    )
    add_case(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Show, compare or replay policies, or let a new one wait for the next sync."""
    if args.sources:
        if args.what != "show" or args.changes:
            raise UsageError("--sources shows numbers and changes none.", "Say policy --sources.")
        from rollhost.output.sources import sources_document, sources_lines

        return Result(sources_document, sources_lines)
    with open_archive(args.db) as archive:
        owned = owners.owned_cases(archive)
        case = choose_case_of(owned, archive.persons(), args.person, args.case, or_any=True)
        policies = read_policies(archive)
        ahead = policies.after_sync(case)
        if args.what in ("show", "diff") and args.changes:
            raise UsageError(f"policy {args.what} takes no changes.", "Say policy set or replay.")
        if args.what == "show":
            return Result(lambda: policy_document(ahead), lambda: policy_lines(ahead))
        if args.what == "diff":
            return _diff(archive, policies, case)
        wanted = _wanted(args, ahead)
        if args.what == "replay":
            from rollhost.history import history  # loads 40 modules that nothing else here needs
            from rollhost.history.what_if import replay
            from rollhost.output.what_if import replay_document, replay_lines

            past = history.read(archive)
            replayed = replay(past, case, wanted)
            several = past.policies.has_several_zones()
            return Result(
                lambda: replay_document(replayed),
                lambda: replay_lines(replayed, several, current_time()),
            )
        with archive.transaction():
            basis = policies.now(case).digest
            archive.pend_policy(case.id, wanted, int(current_time()), basis)
    warning = change_warning(ahead, wanted)
    return Result(
        lambda: change_document(wanted),
        lambda: change_lines(ahead, wanted),
        hints=[warning] if warning else [],
    )


def _diff(archive: Archive, policies: Policies, case: Case) -> Result:
    from rollhost.output.entries import short_token

    now, waiting = policies.now(case), policies.waiting(case)
    entry = policies.overtaken(case)
    overtaken, sentence = None, ""
    if entry is not None:
        overtaken = policy_of(entry)
        sentence = overtaken_sentence(
            overtaken,
            units.clock_time(entry.written_at, current_time()),
            now,
            program_name(),
            short_token(entry, archive.diary.everything()),
            case_option(case, archive.cases()),
        )
    return Result(
        lambda: waiting_document(now, waiting, overtaken),
        lambda: [sentence] if sentence else waiting_lines(now, waiting),
    )


def _wanted(args: argparse.Namespace, ahead: Policy) -> Policy:
    """Return the policy to set or to replay: the one after the next sync, with the changes.

    Raises `UsageError` for changes that are not allowed, or without any.
    """
    if not args.changes:
        raise UsageError("No rules were named.", "Say them like rest=45d or needle=0.25.")
    if args.what == "replay" and any(
        change.strip().lower().startswith("zones=") for change in args.changes
    ):
        raise UsageError("replay tries no other zones.", "What was rolled is in the log.")
    return changed(ahead, args.changes)
