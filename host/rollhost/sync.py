"""Bringing a log home: fetch, commit, acknowledge; then clock and rules.

Whatever stops it, running it again ends in the same database: a record is
acknowledged only once it is committed, and a record that is fetched twice is
kept once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rollcore import events, messages, policy
from rollcore.events import FIRST_PLAUSIBLE, RECORD_SIZE
from rollcore.policy import Policy
from rollhost.archive import Archive
from rollhost.errors import CaseError
from rollhost.line import CaseRefused, Line

COMMIT_RECORDS = 1000
"""Records that are committed together (own): a lost cable costs no more than these."""

Progress = Callable[[int, int], None]
"""Told how many records have come, of how many."""


@dataclass
class Outcome:
    """What a sync did. Times in seconds."""

    case_id: int
    log_id: int
    new: int = 0
    quarantined: int = 0
    clock_behind_s: int = 0
    """This computer's clock minus the case's, as found."""
    clock_was_never_set: bool = False
    clock_refused: str = ""
    policy: Policy | None = None
    """The rules in force now."""
    policy_changed: bool = False
    policy_refused: str = ""
    configured: bool = True
    """Whether the owner has ever said which needle is in the case."""


def sync(
    line: Line,
    archive: Archive,
    case_now: Callable[[], int],
    needle_um: int | None = None,
    force_clock: bool = False,
    progress: Progress = lambda done, total: None,
) -> Outcome:
    """Bring everything home from the case on `line`, and leave it right.

    `case_now` returns this computer's time as case time (s); `needle_um` asks
    for the default rules of another needle. Raises `CaseError` where the line
    breaks and `ArchiveError` where the database does; what was committed stays.
    """
    log = line.ask("status").word("log")
    with archive.transaction():
        case_id = archive.keep_case(line.device, line.board, line.firmware)
        outcome = Outcome(case_id, archive.keep_log(case_id, log))
    _fetch(line, archive, outcome, progress)
    _set_clock(line, outcome, case_now, force_clock)
    _set_rules(line, archive, outcome, needle_um)
    # The clock and the rules have left records of their own.
    _fetch(line, archive, outcome, progress)
    with archive.transaction():
        archive.note_sync(case_id, case_now() + events.CASE_EPOCH, outcome.clock_behind_s)
    return outcome


def _fetch(line: Line, archive: Archive, outcome: Outcome, progress: Progress) -> None:
    """Fetch what is missing, commit it, and only then acknowledge it."""
    status = line.ask("status")
    held = archive.highest_seq(outcome.log_id)
    end = status.integer("next")
    if held >= end:
        raise CaseError(
            f"The case's log ends at {end - 1}, but {held} records of it are here already.",
            "Was its flash put back from a copy? Nothing was changed.",
        )
    waiting: list[tuple[int, int, bytes]] = []
    total = end - 1 - held
    done = 0
    for seq, chain, raw in line.blocks(held + 1, end):
        if not waiting:
            _must_continue(archive, outcome.log_id, seq, chain)
        waiting.append((seq, chain, raw))
        done += len(raw) // RECORD_SIZE
        progress(done, total)
        if sum(len(block[2]) for block in waiting) >= COMMIT_RECORDS * RECORD_SIZE:
            _commit(archive, outcome, waiting)
    _commit(archive, outcome, waiting)
    held = archive.highest_seq(outcome.log_id)
    if held > status.integer("acked"):
        line.ask("ack", log=status.word("log"), seq=held)


def _must_continue(archive: Archive, log_id: int, seq: int, chain: int) -> None:
    """Raise `CaseError` if the records from `seq` on are not the ones after those held."""
    known = archive.chain_after(log_id, seq - 1)
    if known is not None and known != chain:
        raise CaseError(
            f"From record {seq} on, the case's log is not the one that was synced before.",
            "Was its flash put back from a copy? Nothing was changed.",
        )


def _commit(archive: Archive, outcome: Outcome, waiting: list[tuple[int, int, bytes]]) -> None:
    with archive.transaction():
        for seq, chain, raw in waiting:
            new, quarantined = archive.keep_records(outcome.log_id, seq, chain, raw)
            outcome.new += new
            outcome.quarantined += quarantined
    waiting.clear()


def _set_clock(line: Line, outcome: Outcome, case_now: Callable[[], int], force: bool) -> None:
    status = line.ask("status")
    found = status.integer("time")
    outcome.clock_was_never_set = found < FIRST_PLAUSIBLE
    outcome.clock_behind_s = case_now() - found
    try:
        line.ask("clock", time=case_now(), force=int(force))
    except CaseRefused as refused:
        if refused.code != messages.BAD_CLOCK:
            raise
        outcome.clock_refused = refused.sentence


def _set_rules(line: Line, archive: Archive, outcome: Outcome, needle_um: int | None) -> None:
    in_force = _parse(line.ask("policy").word("policy"))
    wanted = archive.pending_policy(outcome.case_id)
    if needle_um is not None:
        wanted = policy.for_needle(needle_um).changed(revision=in_force.revision + 1)
        if in_force.changed(revision=wanted.revision).digest == wanted.digest:
            # The same rules, if they were ever chosen; choosing the defaults counts.
            wanted = None if in_force.revision else wanted
    if wanted is not None and wanted.digest != in_force.digest:
        try:
            answer = line.ask("rule", policy=wanted.text)
        except CaseRefused as refused:
            if refused.code != messages.BAD_POLICY:
                raise
            outcome.policy_refused = refused.sentence
        else:
            in_force = _parse(answer.word("policy"))
            outcome.policy_changed = in_force.digest == wanted.digest
    outcome.policy = in_force
    outcome.configured = in_force.revision > 0
    with archive.transaction():
        archive.keep_policy(in_force)
        if outcome.policy_changed:
            archive.pend_policy(outcome.case_id, None)


def _parse(text: str) -> Policy:
    try:
        return policy.parse(text)
    except policy.PolicyError as error:
        raise CaseError(
            f"The case's rules cannot be read here ({error}).", "Update this program."
        ) from None
