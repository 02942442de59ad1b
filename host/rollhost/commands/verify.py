"""``host verify``: whether the database holds the logs as the cases wrote them."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress

from rollhost.cli.arguments import add_case, add_database, add_json
from rollhost.cli.choose import choose_case
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database.archive import Archive, Case
from rollhost.database.open import open_archive
from rollhost.database.sqlite_errors import MEND_ENTRY
from rollhost.errors import DONE, FAILED, ArchiveError
from rollhost.exchange.sound_rows import wrong_rows
from rollhost.history import history, lineage, milestones, recent
from rollhost.history.verify import DAMAGED, MILESTONE, Remark, verify
from rollhost.output.verify import VerifiedLog, verify_document, verify_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_case(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Verify every log. The exit code is 1 if records of one, or a milestone, cannot be trusted."""
    with open_archive(args.db) as archive:
        cases = archive.cases()
        chosen = cases if args.case is None else [choose_case(cases, args.case)]
        rows = list(wrong_rows(archive))
        changed = archive.diary.changed() if rows else []
        # With such rows nothing else can be told for certain.
        logs = [] if rows else [log for case in chosen for log in _verified(archive, case)]
        is_wrong = bool(rows) or any(log.verdict.wrong for log in logs)
        if not is_wrong:
            _check_milestones(archive, logs)
    return Result(
        lambda: verify_document(logs, rows),
        lambda: verify_lines(logs, rows),
        hints=[_hint(logs, changed)] if is_wrong else [],
        exit_code=FAILED if is_wrong or any(log.verdict.wrong for log in logs) else DONE,
    )


def _hint(logs: Sequence[VerifiedLog], changed: Sequence[int]) -> str:
    """Return the next step where something is wrong; `changed` are the tokens of entries."""
    kinds = {remark.kind for log in logs for remark in log.verdict.remarks if remark.is_wrong}
    if kinds == {DAMAGED}:
        # What is damaged on the line is asked for again.
        return (
            "They are damaged in the case itself, so no sync brings them otherwise. All other"
            " records count: there is nothing to do."
        )
    if changed:
        return f"{MEND_ENTRY} forget {changed[0]:08x}."
    again = (
        f"What a case still has can be fetched anew: {program_name()} sync --db with a new file."
    )
    return f"A backup may hold it as it was: {program_name()} restore FILE. {again}"


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


def _check_milestones(archive: Archive, logs: Sequence[VerifiedLog]) -> None:
    """Drop each milestone that is not what the records before it add up to, and remark on it.

    In a database that cannot be written it stays.
    """
    names = {(log.case.id, log.log): log.verdict for log in logs}
    past = history.read(archive)
    for log in past.all_logs:
        row, verdict = archive.milestone(log.id), names.get((log.case.id, log.name))
        stone = None if row is None else milestones.unpack(*row)
        if stone is None or verdict is None or recent.is_right(log, stone, past.policies):
            continue
        verdict.remarks.append(Remark(MILESTONE, 1, stone.seq - 1))
        with suppress(ArchiveError), archive.transaction():
            archive.drop_milestone(log.id)
