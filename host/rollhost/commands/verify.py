"""``host verify``: whether the database holds the logs as the cases wrote them."""

import argparse
from collections.abc import Iterator

from rollhost.cli.arguments import add_case, add_database, add_json
from rollhost.cli.choose import choose_case
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database.archive import Archive, Case
from rollhost.database.open import open_archive
from rollhost.errors import DONE, FAILED
from rollhost.history import lineage
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
        logs = [log for case in chosen for log in _verified(archive, case)]
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


def _verified(archive: Archive, case: Case) -> Iterator[VerifiedLog]:
    origins = lineage.origins(archive, case.id)
    for log_id in archive.logs(case.id):
        facts = archive.log_facts(log_id)
        verdict = verify(
            lineage.start_of(archive, log_id, origins),
            archive.stored(log_id),
            archive.quarantine_of(log_id),
            {seq for seq, _ in facts.states},
            archive.flipped(log_id),
        )
        yield VerifiedLog(case, facts.name, verdict, facts.fork_of)
