"""Sync: fetch the log, commit, acknowledge; then set clock and policy, and tell new entries.

A sync that is interrupted and run again ends in the same database: a record is
acknowledged only after it is committed, and a record that is fetched twice is kept once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from rollcore import events, messages, policy
from rollcore.events import FIRST_PLAUSIBLE, RECORD_SIZE
from rollcore.policy import Policy
from rollhost.case.connection import CaseRefused, Line
from rollhost.database.archive import Archive
from rollhost.errors import CaseError
from rollhost.history import history
from rollhost.history.policies import read_policies
from rollhost.history.untold import request, untold

COMMIT_RECORDS = 1000
"""How many records are committed together (own): a lost cable costs no more than these."""

Progress = Callable[[int, int], None]
"""Called with the number of records that were fetched, and of those to fetch."""


@dataclass
class Outcome:
    """What a sync has done."""

    case_id: int
    log_id: int
    new: int = 0
    quarantined: int = 0
    clock_behind_s: int = 0
    """This computer's clock minus the case's (s), before the sync set it."""
    clock_was_never_set: bool = False
    clock_refused: str = ""
    policy: Policy | None = None
    """The policy in force now."""
    policy_changed: bool = False
    policy_refused: str = ""
    told: int = 0
    """How many entries the case was told and has logged."""
    entries_refused: list[str] = field(default_factory=list)
    """Why the case refused others, a sentence for each."""
    untold: str = ""
    """Why the case could not log the clock, the policy or an entry; empty if it could."""
    fault: str = ""
    """What keeps the case from its work, in its own words; empty if there is no fault."""


def sync(
    line: Line,
    archive: Archive,
    case_now: Callable[[], int],
    needle_um: int | None = None,
    force_clock: bool = False,
    progress: Progress = lambda done, total: None,
) -> Outcome:
    """Fetch all new records of the case on `line`, then set its clock and policy and tell entries.

    `case_now` returns this computer's time as case time (s). `needle_um` (micrometres) asks
    for the default policy of that needle. Raises `CaseError` if the line breaks, and
    `ArchiveError` if the database cannot be used; records that were committed stay.
    """
    log = line.ask("status").word("log")
    in_force = _parse(line.ask("policy").word("policy"))
    with archive.transaction():
        case_id = archive.keep_case(line.device, line.board, line.firmware)
        outcome = Outcome(case_id, archive.keep_log(case_id, log))
        archive.read_again(outcome.log_id)
        if needle_um is not None:
            now = case_now() + events.CASE_EPOCH
            _pend_needle(archive, case_id, in_force, needle_um, now)
    _fetch(line, archive, outcome, case_now, progress)
    _set_clock(line, outcome, case_now, force_clock)
    _set_policy(line, archive, outcome, in_force)
    _tell(line, archive, outcome, case_now)
    # The case has logged the clock, the policy and the entries: fetch these records too.
    outcome.fault = _fetch(line, archive, outcome, case_now, progress)
    with archive.transaction():
        archive.note_sync(case_id, case_now() + events.CASE_EPOCH, outcome.clock_behind_s)
    return outcome


def _fetch(
    line: Line, archive: Archive, outcome: Outcome, case_now: Callable[[], int], progress: Progress
) -> str:
    """Fetch all new records, commit them, and only then acknowledge; return the case's fault."""
    status = line.ask("status")
    behind = case_now() - status.integer("time")
    with archive.transaction():
        archive.note_meeting(
            outcome.case_id, outcome.log_id, case_now() + events.CASE_EPOCH, behind
        )
    held = archive.highest_seq(outcome.log_id)
    end = status.integer("next")
    if held >= end:
        raise CaseError(
            f"The case's log ends with record {end - 1}, but record {held} of it is here already.",
            "Was its flash put back from a copy? No record was changed.",
        )
    waiting: list[tuple[int, int, bytes]] = []
    total = end - 1 - held
    done = 0
    for seq, chain, raw in line.blocks(held + 1, end):
        if not waiting and not archive.continues(outcome.log_id, seq, chain):
            raise CaseError(
                f"From record {seq} on, the case's log is not the one that was synced before.",
                "Was its flash put back from a copy? No record was changed.",
            )
        waiting.append((seq, chain, raw))
        done += len(raw) // RECORD_SIZE
        progress(done, total)
        if sum(len(block[2]) for block in waiting) >= COMMIT_RECORDS * RECORD_SIZE:
            _commit(archive, outcome, waiting)
    _commit(archive, outcome, waiting)
    held = archive.highest_seq(outcome.log_id)
    if held:
        # Also without new records: a case whose log was full learns that it has room.
        line.ask("ack", log=status.word("log"), seq=held)
    return status.word("fault")


def _commit(archive: Archive, outcome: Outcome, waiting: list[tuple[int, int, bytes]]) -> None:
    with archive.transaction():
        for seq, chain, raw in waiting:
            new, quarantined = archive.keep_records(outcome.log_id, seq, chain, raw)
            outcome.new += new
            outcome.quarantined += quarantined
    waiting.clear()


def _set_clock(line: Line, outcome: Outcome, case_now: Callable[[], int], force: bool) -> None:
    status = line.ask("status")
    case_time = status.integer("time")
    outcome.clock_was_never_set = case_time < FIRST_PLAUSIBLE
    outcome.clock_behind_s = case_now() - case_time
    try:
        line.ask("clock", time=case_now(), force=int(force))
    except CaseRefused as refused:
        if refused.code == messages.BAD_CLOCK:
            outcome.clock_refused = refused.sentence
        else:
            _note_untold(outcome, refused)


def _note_untold(outcome: Outcome, refused: CaseRefused) -> None:
    """Note that the case cannot log now, and go on: its log was fetched. Raises other refusals."""
    if refused.code != messages.BAD_STORAGE:
        raise refused
    outcome.untold = refused.sentence


def _pend_needle(
    archive: Archive, case_id: int, in_force: Policy, needle_um: int, now: int
) -> None:
    """Let a needle's default policy wait for the case, unless the owner has chosen it already."""
    wanted = policy.for_needle(needle_um).changed(revision=in_force.revision + 1)
    same = in_force.changed(revision=wanted.revision).digest == wanted.digest
    if not (same and in_force.revision):
        archive.pend_policy(case_id, wanted, now, in_force.digest)


def _set_policy(line: Line, archive: Archive, outcome: Outcome, in_force: Policy) -> None:
    """Set the policy that waits for the case, or the chosen one if the case has lost it."""
    case = next(case for case in archive.cases() if case.id == outcome.case_id)
    policies = read_policies(archive)
    pending = policies.waiting(case)
    wanted = pending or policies.chosen(case)
    if wanted is not None and wanted.digest != in_force.digest:
        try:
            answer = line.ask("rule", policy=wanted.text)
        except CaseRefused as refused:
            if refused.code == messages.BAD_POLICY:
                outcome.policy_refused = refused.sentence
            else:
                _note_untold(outcome, refused)
        else:
            in_force = _parse(answer.word("policy"))
            outcome.policy_changed = in_force.digest == wanted.digest
    outcome.policy = in_force
    with archive.transaction():
        archive.keep_policy(in_force)
        if pending is not None and pending.digest == in_force.digest:
            archive.pend_policy(outcome.case_id, None)


def _tell(line: Line, archive: Archive, outcome: Outcome, case_now: Callable[[], int]) -> None:
    """Tell the case the entries that it was not told yet."""
    past = history.read(archive)
    known = next(log.tokens for log in past.all_logs if log.id == outcome.log_id)
    now = case_now() + events.CASE_EPOCH
    zones = outcome.policy.zones if outcome.policy else policy.DEFAULT_ZONES
    for entry in untold(past.entries, outcome.case_id, known, now):
        verb, fields = request(entry, zones)
        try:
            line.ask(verb, **fields)
        except CaseRefused as refused:
            if refused.code == messages.BAD_STORAGE:
                _note_untold(outcome, refused)
                return
            outcome.entries_refused.append(refused.sentence)
        else:
            outcome.told += 1


def _parse(text: str) -> Policy:
    try:
        return policy.parse(text)
    except policy.PolicyError as error:
        raise CaseError(
            f"The case's rules cannot be read here ({error}).", "Update this program."
        ) from None
