"""Sync: fetch the log, commit, acknowledge; then set clock and policy, and let both ends agree.

A sync that is interrupted and run again ends in the same database: a record is
acknowledged only after it is committed, and a record that is fetched twice is kept once. A case
whose log has gone back, or is hurt, is asked for a new one: nothing is an error for ever.
"""

from collections.abc import Callable

from rollcore import events, messages, policy
from rollcore.events import FIRST_PLAUSIBLE
from rollcore.messages import Message
from rollcore.policy import Policy
from rollhost.case.agree import Agree, Agreed
from rollhost.case.connection import CaseRefused, Line
from rollhost.case.fetch import HURT, Fetch, Fetched, Progress, check_not_forgotten
from rollhost.case.known import Known
from rollhost.database import diary
from rollhost.database.archive import Archive, Case
from rollhost.database.diary import Entry
from rollhost.errors import CaseError
from rollhost.history import recent
from rollhost.history.history import History
from rollhost.history.policies import Policies, read_policies
from rollhost.history.sure_clocks import Meeting, SureSetting

NEW_LOG_TRIES = 3
"""How often a case is asked for a new log (own): each time somebody has pressed its button."""


Whose = Callable[[Archive, int, int], int | None]
"""Called with the database, a case's id and its log's id: whose skin is it about?

Returns the person's token, None if nobody says it now: then it stays as it is known here. Raises
`UsageError` if it is said to be another person than was said before."""


HowSure = Callable[[Meeting], int]
"""Called with what both clocks say; returns why this computer is sure, as in `clock_set.sure`."""


def given(meeting: Meeting) -> int:
    """Take this computer's time as given, which is what a caller says who names the time."""
    return events.GIVEN


class Outcome(Fetched):
    """What a sync has done.

    `past` is what the database says of everybody after it, and `case` the case there.
    """

    past: History
    case: Case

    def __init__(self, case_id: int, started_again: bool) -> None:
        super().__init__(case_id)
        self.started_again = started_again
        """Whether the case stood at MicroPython's prompt and was started again first."""
        self.new_log = ""
        """The id of the log that the case has begun as it was asked to; empty if it was not."""
        self.new_log_refused = ""
        """Why the case has begun none; empty if it did, or was not asked to."""
        self.clock_behind_s = 0
        """This computer's clock minus the case's (s), before the sync set it."""
        self.clock_was_never_set = False
        self.clock_refused = ""
        self.clock_sure = events.NOT_SURE
        """Why this computer was sure of its time, as in `clock_set.sure`."""
        self.clock_heard = False
        """Whether the case only heard the time, because this computer was not sure of it."""
        self.policy: Policy | None = None
        """The policy in force now."""
        self.policy_changed = False
        self.policy_put_back = False
        """Whether that was the owner's policy, which the case had lost."""
        self.policy_refused = ""
        self.all_along: bool | None = None
        """Whether uses before the first policy count as with its needles; None: there are none."""
        self.agreed = Agreed()
        """What the case was told of skin and head, and whether both know the same then."""
        self.untold = ""
        """Why the case could not log the clock, the policy or an entry; empty if it could."""
        self.fault = ""
        """What keeps the case from its work, in its own words; empty if there is no fault."""
        self.policy_overtaken: Entry | None = None
        """The policy that was chosen last here and is not put in, as the case has a later one."""
        self.hurt = False
        """Whether littlefs had lost a part of the log, which was why the case needed a new one."""


def sync(
    line: Line,
    archive: Archive,
    case_now: Callable[[], int],
    needle_um: int | None = None,
    force_clock: bool = False,
    progress: Progress = lambda done, total: None,
    whose: Whose = lambda archive, case_id, log_id: None,
    how_sure: HowSure = given,
    is_all_along: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Fetch all new records of the case on `line`, then set its clock and policy and tell entries.

    A case whose log cannot go on is asked for a new one before that. `case_now` returns this
    computer's time as case time (s). `needle_um` (micrometres) asks for the default policy of that
    needle. `whose` is asked whose skin the case is about; as long as nobody has said, it is told
    nothing of skin. `how_sure` says why this computer is sure of its time; a case
    takes no other. With `force_clock` the clock is set also against a sure one. Raises `CaseError`
    if the line breaks, and `ArchiveError` if the database cannot be used; records that were
    committed stay. `is_all_along` is asked, if there were uses before the first needle was said,
    whether that was the needle then, too.
    """
    met_at, newest = _newest(archive)
    # A case that cannot read its log, or whose log was forgotten, leaves the database as it is.
    known = Known(line, case_now)
    status = known.status().answer
    check_not_forgotten(archive, line.device, status.word("log"))
    in_force = _in_force(line, archive, status.integer("digest"))
    with archive.transaction():
        case_id = archive.keep_case(line.device, line.board, line.firmware)
        if needle_um is not None:
            now = case_now() + events.CASE_EPOCH
            _pend_needle(archive, case_id, in_force, needle_um, now)
    outcome = Outcome(case_id, line.started_again)
    fetch = Fetch(known, archive, outcome, progress)
    fetch.run()
    _begin_new_log(line, fetch, outcome)
    person = whose(archive, outcome.case_id, outcome.log_id)
    meeting = _meeting(known, archive, outcome, newest, met_at)
    outcome.clock_sure = how_sure(meeting)
    _note_person(archive, outcome, person, case_now)
    _set_clock(line, outcome, case_now, force_clock)
    _set_policy(line, archive, outcome, in_force)
    if outcome.untold or known.log_has_gone_on():
        fetch.run()  # the records of the clock and the policy
    agree = Agree(known, archive, fetch, outcome.policy)
    if needle_um is not None:
        outcome.all_along = agree.was_all_along(needle_um, is_all_along)
    outcome.agreed = agree.run()
    outcome.untold = outcome.untold or outcome.agreed.untold
    outcome.fault = fetch.fault
    outcome.past, now = agree.past(), case_now() + events.CASE_EPOCH
    case = next(case for case in outcome.past.cases if case.id == case_id)
    # It was read before this sync is noted, which says nothing else of the past.
    outcome.case = case._replace(synced_at=now, clock_behind_s=outcome.clock_behind_s)
    with archive.transaction():
        archive.note_sync(case_id, now, outcome.clock_behind_s)
        if outcome.new:
            recent.keep_milestones(archive, outcome.past, now)
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
    archive: Archive, outcome: Outcome, person: int | None, case_now: Callable[[], int]
) -> None:
    """Note whose skin the log is about, before the case is told anything of skin.

    A computer that is not sure of its time writes it by the earlier of the two clocks. Else what is
    written down here later would, by a clock that was once ahead, be later than what is written
    elsewhere.
    """
    now = case_now()
    by = now if outcome.clock_sure else min(now, now - outcome.clock_behind_s)
    with archive.transaction():
        if person is not None:
            at = now + events.CASE_EPOCH
            archive.own_log(outcome.log_id, person, at, by + events.CASE_EPOCH)
        elif archive.log_facts(outcome.log_id).person is not None:
            archive.infer_owner(outcome.log_id)


def _newest(archive: Archive) -> tuple[int | None, int | None]:
    """Return when (Unix s) a case answered last, and of when the newest thing here is."""
    real = [case for case in archive.cases() if case.board != "virtual"]
    met = [at for case in real for at in (case.met_at, case.synced_at) if at is not None]
    met_at, written = max(met, default=None), archive.newest_entry()
    return met_at, max((at for at in (met_at, written) if at is not None), default=None)


def _meeting(
    known: Known,
    archive: Archive,
    outcome: Outcome,
    newest: int | None,
    met_at: int | None,
) -> Meeting:
    """Return what both clocks say now; note how far they are apart."""
    status, behind_s = known.status()
    now = known.case_now() + events.CASE_EPOCH
    outcome.clock_was_never_set = status.integer("time") < FIRST_PLAUSIBLE
    outcome.clock_behind_s = behind_s
    return Meeting(
        now,
        now - behind_s,
        known.line.board,
        newest,
        met_at,
        _sure_setting(archive, outcome.log_id, status),
    )


def _sure_setting(archive: Archive, log_id: int, status: Message) -> SureSetting | None:
    """Return the last setting of the case's clock, None if it was not a sure one."""
    raw = archive.last_of_kind(log_id, events.CLOCK_SET)
    if raw is None:
        return None
    event = events.decode(raw)
    if not event.data["sure"]:
        return None
    ran_on = event.boot == status.integer("boot")
    age_s = max(status.integer("uptime") - event.uptime, 0) if ran_on else None
    return SureSetting(f"{status.word('log')} {event.seq}", age_s)


def _set_clock(line: Line, outcome: Outcome, case_now: Callable[[], int], force: bool) -> None:
    """Set the case's clock if this computer is sure of its time; else let the case hear it."""
    try:
        if outcome.clock_sure:
            line.ask("time", time=case_now(), sure=outcome.clock_sure, force=int(force))
        else:
            line.ask("heard", time=case_now())
            outcome.clock_heard = True
    except CaseRefused as refused:
        if refused.code == messages.BAD_CLOCK:
            outcome.clock_refused = refused.sentence
        else:
            _note_untold(outcome, refused)


def _note_untold(outcome: Outcome, refused: CaseRefused) -> None:
    """Note that the case cannot log now, or is too old for what it was asked, and go on.

    Its log was fetched. Raises other refusals.
    """
    if refused.code not in (messages.BAD_STORAGE, messages.BAD_REQUEST):
        raise refused
    outcome.untold = refused.sentence


def _pend_needle(
    archive: Archive, case_id: int, in_force: Policy, needle_um: int, now: int
) -> None:
    """Let a needle's default policy wait for the case, unless the owner has chosen it already."""
    wanted = policy.for_needle(needle_um).changed(revision=in_force.revision + 1)
    same = in_force.changed(revision=wanted.revision).text == wanted.text
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
    chosen = policies.chosen(case)
    wanted = pending or chosen or _of_replaced(archive, policies, case)
    if wanted is not None and wanted.text != in_force.text:
        try:
            answer = line.ask("rule", policy=wanted.text)
        except CaseRefused as refused:
            if refused.code == messages.BAD_POLICY:
                outcome.policy_refused = refused.sentence
            else:
                _note_untold(outcome, refused)
        else:
            in_force = _parse(answer.word("policy"))
            outcome.policy_changed = in_force.text == wanted.text
            was_there = wanted is chosen or _was_in_force(archive, case, wanted)
            outcome.policy_put_back = outcome.policy_changed and was_there
    outcome.policy = in_force
    with archive.transaction():
        archive.keep_policy(in_force)


def _was_in_force(archive: Archive, case: Case, wanted: Policy) -> bool:
    """Return whether a log of the case says that this policy was in force."""
    return any(
        digest == wanted.digest
        for log_id in archive.logs(case.id)
        for _, digest, _ in archive.policy_settings(log_id)
    )


def _of_replaced(archive: Archive, policies: Policies, case: Case) -> Policy | None:
    """Return the policy that was chosen for a case which this one replaces, None if none was.

    It is the one that was to be put into that case, if that was still to come. Where that case had
    none, it is that of the case before.
    """
    cases = {known.id: known for known in archive.cases()}
    retired = diary.standing(archive.diary.everything(), [diary.RETIRED])
    seen, places = {case.id}, [case.device]
    while places:
        place = places.pop(0)
        for entry in reversed(retired):
            old = cases[entry.case_id or 0]
            if entry.data["by"] != place or old.id in seen:
                continue
            wanted = policies.waiting(old) or policies.chosen(old)
            if wanted is not None:
                return wanted
            seen.add(old.id)
            places.append(old.device)
    return None


def _in_force(line: Line, archive: Archive, digest: int) -> Policy:
    """Return the policy in force, whose digest the case tells: asked for if it is not here yet."""
    seen = archive.policies().get(digest)
    return seen or _parse(line.ask("policy").word("policy"))


def _parse(text: str) -> Policy:
    try:
        return policy.parse(text)
    except policy.PolicyError as error:
        raise CaseError(
            f"The case's rules cannot be read here ({error}).", "Update this program."
        ) from None
