"""Lending a case: its log comes home, and it begins an empty one that is about somebody else."""

from collections.abc import Callable

from rollcore.events import CASE_EPOCH
from rollhost.case.connection import CaseRefused, Line
from rollhost.case.fetch import Fetch, Fetched
from rollhost.case.known import Known
from rollhost.database.archive import Archive
from rollhost.errors import CaseError

TRIES = 3
"""How often a case is asked for the new log (own): each time somebody has pressed its button."""


class Lent(Fetched):
    """What was brought home of a case before it was lent; `log` is the id of its new log."""

    def __init__(self, case_id: int) -> None:
        super().__init__(case_id)
        self.log = ""
        self.let_go = False
        """Whether its log was forgotten here, and so did not come home."""


def _let_go(known: Known, archive: Archive) -> bool:
    """Acknowledge a log that was forgotten here; return whether it was."""
    line, status = known.line, known.status().answer
    log = status.word("log")
    if (line.device, log) not in archive.forgotten_logs():
        return False
    if status.integer("next") > 1:
        line.ask("ack", log=log, seq=status.integer("next") - 1)
    return True


def lend(line: Line, archive: Archive, person: int, case_now: Callable[[], int]) -> Lent:
    """Fetch all records of the case on `line`, and let it begin an empty log about this person.

    A log that was forgotten here is let go. Its head counts as out there, its policy is the
    default. `case_now` returns this computer's time as case time (s). Raises `CaseError` if the
    line breaks, or if the case does not begin the log; what came home stays.
    """
    with archive.transaction():
        case_id = archive.keep_case(line.device, line.board, line.firmware)
    lent = Lent(case_id)
    known = Known(line, case_now)
    fetch = Fetch(known, archive, lent, lambda done, total: None)
    for _ in range(TRIES):
        if _let_go(known, archive):
            lent.let_go = True
        else:
            fetch.run()
        try:
            log = known.status().answer.word("log")
            lent.log = line.ask("newlog", log=log, keep=0).word("log")
            break
        except CaseRefused as refused:
            why = refused.sentence
    else:
        raise CaseError(f"The case was not lent: {why}", "All of its log is home. Try again.")
    # It follows the log before on the flash, but goes on from nothing: it is known as a log of
    # its own before its first record comes home.
    behind_s = known.status().behind_s
    with archive.transaction():
        log_id = archive.keep_log(case_id, lent.log, person)
        archive.own_log(log_id, person, case_now() + CASE_EPOCH)
        # Nothing of it is missing here. The last sync before was of somebody else's log.
        archive.note_sync(case_id, case_now() + CASE_EPOCH, behind_s)
    fetch.run()
    with archive.transaction():
        archive.note_sync(case_id, case_now() + CASE_EPOCH, behind_s)
    return lent
