"""Sync: fetch the log, commit, acknowledge; then set clock and policy, and tell new entries.

A sync that is interrupted and run again ends in the same database: a record is
acknowledged only after it is committed, and a record that is fetched twice is kept once. A case
whose log has gone back, or is hurt, is asked for a new one: nothing is an error for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from rollcore import events, messages, policy
from rollcore.events import FIRST_PLAUSIBLE
from rollcore.policy import Policy
from rollhost.case.connection import CaseRefused, Line
from rollhost.case.fetch import HURT, Fetch, Fetched, Progress
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.errors import CaseError
from rollhost.history import history
from rollhost.history.policies import read_policies
from rollhost.history.untold import request, untold

NEW_LOG_TRIES = 3
"""How often a case is asked for a new log (own): each time somebody has pressed its button."""


Whose = Callable[[Archive, int], int | None]
"""Called with the database and a case's id if nobody has said whose skin the case is about.

Returns the person's token, None if nobody says it now."""


@dataclass
class Outcome(Fetched):
    """What a sync has done."""

    new_log: str = ""
    """The id of the log that the case has begun because it was asked to; empty if it was not."""
    new_log_refused: str = ""
    """Why the case has begun none; empty if it did, or was not asked to."""
    clock_behind_s: int = 0
    """This computer's clock minus the case's (s), before the sync set it."""
    clock_was_never_set: bool = False
    clock_refused: str = ""
    policy: Policy | None = None
    """The policy in force now."""
    policy_changed: bool = False
    policy_put_back: bool = False
    """Whether that was the owner's policy, which the case had lost."""
    policy_refused: str = ""
    told: int = 0
    """How many entries the case was told and has logged."""
    entries_refused: list[str] = field(default_factory=list)
    """Why the case refused others, a sentence for each."""
    untold: str = ""
    """Why the case could not log the clock, the policy or an entry; empty if it could."""
    fault: str = ""
    """What keeps the case from its work, in its own words; empty if there is no fault."""
    policy_overtaken: Entry | None = None
    """The policy that was chosen last here and is not put in, as the case has a later one."""
    unclaimed: bool = False
    """Whether nobody has said whose skin the case is about, so that it was told nothing of skin."""
    hurt: bool = False
    """Whether littlefs had lost a part of the log, which was why the case needed a new one."""


def sync(
    line: Line,
    archive: Archive,
    case_now: Callable[[], int],
    needle_um: int | None = None,
    force_clock: bool = False,
    progress: Progress = lambda done, total: None,
    whose: Whose = lambda archive, case_id: None,
) -> Outcome:
    """Fetch all new records of the case on `line`, then set its clock and policy and tell entries.

    A case whose log cannot go on is asked for a new one before that. `case_now` returns this
    computer's time as case time (s). `needle_um` (micrometres) asks for the default policy of that
    needle. `whose` is asked whose skin the case is about where nobody has said; as long as nobody
    does, it is told nothing of skin. Raises `CaseError` if the line breaks, and `ArchiveError` if
    the database cannot be used; records that were committed stay.
    """
    line.ask("status")  # a case that cannot read its log leaves the database as it is
    in_force = _parse(line.ask("policy").word("policy"))
    with archive.transaction():
        case_id = archive.keep_case(line.device, line.board, line.firmware)
        if needle_um is not None:
            now = case_now() + events.CASE_EPOCH
            _pend_needle(archive, case_id, in_force, needle_um, now)
    outcome = Outcome(case_id)
    fetch = Fetch(line, archive, outcome, case_now, progress)
    fetch.run()
    _begin_new_log(line, fetch, outcome)
    _note_person(archive, outcome, whose, case_now)
    _set_clock(line, outcome, case_now, force_clock)
    _set_policy(line, archive, outcome, in_force)
    _tell(line, archive, outcome, case_now)
    # The case has logged the clock, the policy and the entries: fetch these records too.
    fetch.run()
    outcome.fault = fetch.fault
    with archive.transaction():
        archive.note_sync(case_id, case_now() + events.CASE_EPOCH, outcome.clock_behind_s)
    return outcome


def _begin_new_log(line: Line, fetch: Fetch, outcome: Outcome) -> None:
    """Ask for a new log if the case needs one, and fetch it. The old one is home and stays here."""
    for _ in range(NEW_LOG_TRIES):
        if not fetch.needs_new_log or outcome.new_log:
            return
        outcome.hurt = fetch.fault == HURT
        fetched = outcome.new
        try:
            outcome.new_log = line.ask("newlog", log=fetch.log, keep=1).word("log")
            outcome.new_log_refused = ""
        except CaseRefused as refused:
            outcome.new_log_refused = refused.sentence
        fetch.run()
        if outcome.new == fetched:
            return  # else a press had been logged meanwhile, which is home now, too


def _note_person(
    archive: Archive,
    outcome: Outcome,
    whose: Whose,
    case_now: Callable[[], int],
) -> None:
    """Note whose skin the log is about; ask if nobody has said."""
    if archive.log_facts(outcome.log_id).person is not None:
        with archive.transaction():
            archive.infer_owner(outcome.log_id)
        return
    person = whose(archive, outcome.case_id)
    if person is not None:
        with archive.transaction():
            archive.own_log(outcome.log_id, person, case_now() + events.CASE_EPOCH)


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
    outcome.policy_overtaken = policies.overtaken(case)
    entry = policies.written(case)
    if pending is not None and entry is not None and "seq" not in entry.data:
        # An older version has written it: after which record, a later sync would not know.
        with archive.transaction():
            archive.pend_policy(case.id, pending, entry.written_at, in_force.digest)
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
            outcome.policy_put_back = outcome.policy_changed and pending is None
    outcome.policy = in_force
    with archive.transaction():
        archive.keep_policy(in_force)


def _tell(line: Line, archive: Archive, outcome: Outcome, case_now: Callable[[], int]) -> None:
    """Tell the case the entries that it was not told yet."""
    every = history.read(archive)
    log = next(log for log in every.all_logs if log.id == outcome.log_id)
    person = every.person_of(log)
    if person is None:
        outcome.unclaimed = True
        return
    past = every.of(person)
    now = case_now() + events.CASE_EPOCH
    zones = outcome.policy.zones if outcome.policy else policy.DEFAULT_ZONES
    for entry in untold(past.entries, outcome.case_id, log.tokens, now, log.begins_alone):
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
