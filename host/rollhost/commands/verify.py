"""``host verify``: whether the database holds the logs as the cases wrote them."""

import argparse

from rollhost.cli.arguments import add_case, add_database, add_json
from rollhost.cli.choose import choose_case
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database.archive import Archive, Case
from rollhost.database.open import open_archive
from rollhost.errors import DONE, FAILED
from rollhost.history.verify import verify
from rollhost.output.verify import VerifiedLog, verify_document, verify_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_case(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Verify every log. The exit code is 1 if records of one cannot be trusted."""
    with open_archive(args.db) as archive:
        cases = archive.cases()
        chosen = cases if args.case is None else [choose_case(cases, args.case)]
        logs = [
            _verified(archive, case, log_id) for case in chosen for log_id in archive.logs(case.id)
        ]
    is_wrong = any(log.verdict.wrong for log in logs)
    hint = (
        "A backup may hold these records as they were. What a case still has can be fetched"
        f" anew: {program_name()} sync --db with a new file."
    )
    return Result(
        lambda: verify_document(logs),
        lambda: verify_lines(logs),
        hints=[hint] if is_wrong else [],
        exit_code=FAILED if is_wrong else DONE,
    )


def _verified(archive: Archive, case: Case, log_id: int) -> VerifiedLog:
    log = archive.log_name(log_id)
    verdict = verify(log, archive.stored(log_id), archive.quarantine_of(log_id))
    return VerifiedLog(case, log, verdict)
