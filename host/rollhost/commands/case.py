"""``host case``: the cases that are known here, whose they are; to lend or retire one."""

import argparse
from collections.abc import Sequence

from rollhost.case.discovery import find_case
from rollhost.case.lend import lend
from rollhost.cli.arguments import add_database, add_json, add_port
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.choose import choose_case, choose_person, is_called
from rollhost.cli.meet_persons import meet_person
from rollhost.cli.result import Result
from rollhost.cli.retire import retire
from rollhost.database.archive import Archive, Case
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history import history
from rollhost.now import current_case_time, current_time
from rollhost.output.cases import (
    cases_document,
    cases_lines,
    lend_question,
    lent_document,
    lent_lines,
    owned_document,
    owned_lines,
    retired_document,
    retired_lines,
)
from rollhost.output.text import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["whose", "lend", "replace", "retire"], default=None,
        help="whose: say whose skin a case is about; lend: give it to somebody, who begins with an"
        " empty log; replace: another case is used in its place; retire: it is used no more;"
        " without one: all cases",
    )  # fmt: skip
    parser.add_argument("case", nargs="?", metavar="CASE", help="its name, or the end of its id")
    parser.add_argument(
        "other", nargs="?", metavar="PERSON|CASE",
        help="me, or somebody's name; of replace: the new case",
    )  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="do not ask before a case is lent")
    add_port(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """List the cases, say whose one is, lend one, or say that it is used no more."""
    if args.what is None:
        return _list(args)
    form, is_right = _FORMS[args.what], args.case is not None
    if not is_right or (args.other is None) != (args.what == "retire"):
        raise UsageError(f"Say it like this: case {args.what} {form}.", "See case for all cases.")
    if args.what == "whose":
        return _own(args)
    if args.what == "lend":
        return _lend(args)
    return _retire(args)


_FORMS = {"whose": "CASE PERSON", "lend": "CASE PERSON", "replace": "OLD NEW", "retire": "CASE"}


def _list(args: argparse.Namespace) -> Result:
    with open_archive(args.db) as archive:
        past = history.read(archive)
    devices = {device for device, _ in past.forgotten_logs}
    # A case that has another log now is in use again.
    in_use = {case.device for case in past.cases if case.log_id is not None}
    forgotten = sorted(devices - in_use)
    owned = [(case, past.person_now(case)) for case in past.cases if case.device not in forgotten]
    retired = past.retired
    return Result(
        lambda: cases_document(owned, past.persons, retired, forgotten),
        lambda: cases_lines(owned, past.persons, retired, forgotten),
    )


def _own(args: argparse.Namespace) -> Result:
    now = int(current_time())
    with open_archive(args.db) as archive:
        case = choose_case(archive.cases(), args.case)
        person = meet_person(archive, args.other)
        owners = {log_id: archive.log_facts(log_id).person for log_id in archive.logs(case.id)}
        before = owners.get(case.log_id or 0)
        with archive.transaction():
            for log_id, owner in owners.items():
                # Logs from before it was lent are about somebody else.
                if owner in (None, before):
                    archive.own_log(log_id, person.token, now)
    return Result(lambda: owned_document(case, person), lambda: owned_lines(case, person))


def _retire(args: argparse.Namespace) -> Result:
    now = int(current_time())
    with open_archive(args.db) as archive:
        old = choose_case(archive.cases(), args.case)
        by = None if args.other is None else _successor(archive.cases(), args.other)
        retire(archive, old, by, now)
    return Result(lambda: retired_document(old, by), lambda: retired_lines(old, by))


def _successor(cases: Sequence[Case], name: str) -> Case:
    """Return the case called `name`. Raises `UsageError` if it was never synced here."""
    if not any(is_called(case.device, case.name, name) for case in cases):
        raise UsageError(
            f"There is no case {one_line(name)}.",
            "A new case is known once it was synced: sync first. See case for all cases.",
        )
    return choose_case(cases, name)


def _lend(args: argparse.Namespace) -> Result:
    with open_archive(args.db) as archive:
        case = _to_lend(archive, args.case)
        owner = None if case.log_id is None else archive.log_facts(case.log_id).person
        if owner is not None and owner == _token(archive, args.other):
            raise UsageError(f"Case {case.title} is about {args.other} now.", "Lend it to others.")
        if not args.yes and not (can_ask() and agrees(lend_question(case, args.other))):
            return Result(
                lambda: {"lent": False, "case": case.device},
                lambda: [f"Case {case.title} was left as it is."],
                hints=["To lend it without a question: --yes."],
            )

        def is_wanted(device: str) -> bool:
            return is_called(device, None, case.device)

        titles = {known.device: known.title for known in archive.cases()}
        with find_case(args.port, is_wanted, titles, case.title) as line:
            person = meet_person(archive, args.other)
            lent = lend(line, archive, person.token, current_case_time)
    return Result(lambda: lent_document(case, person, lent), lambda: lent_lines(case, person, lent))


def _to_lend(archive: Archive, name: str) -> Case:
    """Return the case called `name`; one whose log was forgotten is known by its device id."""
    for device, _ in archive.forgotten_logs():
        known = [case.device for case in archive.cases()]
        if device not in known and is_called(device, None, name):
            return Case(0, device, None, "", "", None, None, None, None, None)
    return choose_case(archive.cases(), name)


def _token(archive: Archive, name: str) -> int | None:
    try:
        return choose_person(archive.persons(), name).token
    except UsageError:
        return None
