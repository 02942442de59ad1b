"""Lets a case know what is known here: what was taken back, uses in other logs, entries, its head.

After that the case is asked what it knows, and that is compared with its log here. What it lacks
it is told again.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from rollcore import events, messages, snapshot
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.case.connection import CaseRefused
from rollhost.case.fetch import Fetch
from rollhost.case.known import Known
from rollhost.database.archive import Archive
from rollhost.history import agreement, corrections, recent
from rollhost.history.agreement import Outstanding
from rollhost.history.history import History
from rollhost.history.logs import Log, all_along_token
from rollhost.history.telling import Telling

TRIES = 4
"""How often it is computed what a case is told (own): once more for the head, and each time
somebody has pressed its button meanwhile."""


class Agreed:
    """What a case was told, and whether both know the same then."""

    def __init__(self) -> None:
        self.told = 0
        """How many entries the case was told and has logged."""
        self.carried = 0
        """How many uses in other logs it was told."""
        self.taken_back = 0
        """How many entries were taken back in it."""
        self.not_taken_back = 0
        """How many were not, because the records are not here that would be needed."""
        self.head = False
        """Whether it was told that its head has seen more than it knew."""
        self.again = 0
        """How many fields of what it knows it had lost, and was told again."""
        self.agrees: bool | None = None
        """Whether both know the same; None if that cannot be compared."""
        self.refused: list[str] = []
        """Why the case refused what it was told, a sentence for each."""
        self.untold = ""
        """Why the case could not log what it was told; empty if it could."""
        self.is_nobodys = False
        """Whether nobody has said whose skin it is about, so that it was told nothing of skin."""


class _CannotLog(Exception):
    """The case cannot log now; the sentence says why."""


class _LogWentOn(Exception):
    """The log does not end any more where it was read."""


class Agree:
    """Tells the case that `known` asks, and compares; `fetch` brings home what it logs of that.

    `rules` are those in force.
    """

    def __init__(
        self,
        known: Known,
        archive: Archive,
        fetch: Fetch,
        rules: Policy | None,
    ) -> None:
        self._case = known
        self._archive = archive
        self._fetch = fetch
        self._rules = rules
        self._done = Agreed()
        self._answered: set[int] = set()
        """Marks of what the case has taken or refused: it is not told again in this sync.

        What it has taken before, and whose record is damaged, makes no new record."""
        self._asked = 0
        """How many messages were sent."""
        self._heard: dict[int, State] = {}
        """What the case has said that it knows, by the seq of its last record then."""
        self._past: History | None = None
        """What the database says of everybody, as long as nothing came home since.

        No caller keeps it while that is read anew: two of them would take twice the memory."""
        self._known: tuple[History | None, Log] | None = None
        """What is known of the case's person, and its log, as long."""

    def was_all_along(self, needle_um: int, is_so: Callable[[], bool]) -> bool | None:
        """Let uses from before the first policy count as with these needles (um), if it `is_so`.

        Returns whether they do. None, and nobody is asked, where no use is assumed to have been
        with longer ones.
        """
        _, log = self._read()
        fields = agreement.assumed_needles(log, needle_um)
        if not fields:
            return None
        if not is_so():
            return False
        token = all_along_token(log, needle_um)
        try:
            messages = [corrections.message(found, token) for found in fields]
            self._correct(messages, log.content.folded.seq)
        except (_LogWentOn, _CannotLog):
            return False  # the longer rest stays
        self._bring_home()
        return True

    def run(self) -> Agreed:
        """Tell the case what it has to know, fetch the records of it, and compare."""
        self._hear_what_it_knows()
        try:
            for _ in range(TRIES):
                asked = self._asked
                is_done = not self._tell()
                if self._asked > asked or not is_done:
                    self._bring_home()
                if is_done:
                    break
        except _CannotLog as failed:
            self._done.untold = str(failed)
            self._bring_home()
        for _ in range(TRIES):
            if self._compare():
                break
            self._bring_home()  # somebody has pressed its button, or it has logged what it was told
        if self._heard:
            self._forget()  # the database may not have what the case has said
        return self._done

    def past(self) -> History:
        """Return what the database says of everybody."""
        if self._past is None:
            self._past = recent.read(self._archive, self._case.case_now() + events.CASE_EPOCH)
        return self._past

    def _read(self) -> tuple[History | None, Log]:
        """Return what is known of the case's person, None if that is nobody; and its log."""
        if self._known is None:
            every = self.past()
            log = next(log for log in every.all_logs if log.id == self._fetch.done.log_id)
            log.told |= self._heard
            person = every.person_of(log)
            self._known = (None if person is None else every.of(person), log)
        return self._known

    def _bring_home(self) -> None:
        """Fetch what the case has logged meanwhile."""
        self._case.forget()
        self._fetch.run()
        self._forget()

    def _forget(self) -> None:
        """Read anew what the database says, when that is needed next."""
        self._past = self._known = None

    def _tell(self) -> bool:
        """Tell what is outstanding; return whether there may be more after that."""
        past, log = self._read()
        if past is None:
            self._done.is_nobodys = True
            return False
        rules = self._rules or past.policies.ruling(log.content.folded)
        outstanding = agreement.outstanding(past, log.case, log, rules, self._case.case_now())
        self._done.not_taken_back = len(outstanding.unknown)
        seq = log.content.folded.seq
        try:
            self._correct(outstanding.corrections, seq)
            self._done.taken_back += len(outstanding.taken_back)
            if self._tell_each(outstanding):
                return True
            self._correct(outstanding.fields, seq + len(outstanding.corrections))
            fields = [message.fields["field"] for message in outstanding.fields]
            self._done.head = self._done.head or events.CORRECTED_HEAD in fields
        except _LogWentOn:
            return True
        return False

    def _tell_each(self, outstanding: Outstanding) -> bool:
        """Tell uses of other logs, and entries; return whether there were any."""
        new = [known for known in outstanding.tellings if known.mark not in self._answered]
        for message in new:
            if self._ask(message):
                self._done.told += message.entry is not None
                self._done.carried += message.entry is None
            self._answered.add(message.mark)
        return bool(new)

    def _correct(self, corrections: Sequence[Telling], seq: int) -> None:
        """Set fields of what the case knows, whose log has to end with record `seq`."""
        for place, message in enumerate(corrections):
            self._ask(message, seq=seq + place)

    def _ask(self, message: Telling, **more: int) -> bool:
        """Send a message; return whether the case took it."""
        self._asked += 1
        try:
            self._case.line.ask(message.verb, **message.fields, **more)
        except CaseRefused as refused:
            if refused.code == messages.BAD_STORAGE:
                raise _CannotLog(refused.sentence) from None
            if refused.code == messages.BAD_SEQ:
                raise _LogWentOn from None
            self._done.refused.append(refused.sentence)
            return False
        return True

    def _hear_what_it_knows(self) -> None:
        """Ask what the case knows, where records here cannot be read.

        So what it is told adds to that, and not to what the other records add up to.
        """
        _, log = self._read()
        if not log.quarantine:
            return
        with suppress(CaseRefused):
            answer = self._case.state()
            seq, raw = answer.integer("seq"), answer.raw("raw")
            if _is_of_now(log, seq, raw):
                self._heard[seq] = snapshot.unpack(raw)
                self._forget()

    def _keep(self, log: Log, seq: int, raw: bytes) -> None:
        """Keep what the case says that it knows: here the records are not all read."""
        if _is_of_now(log, seq, raw):
            with self._archive.transaction():
                self._archive.keep_state(log.id, seq, raw)
            self._forget()

    def _compare(self) -> bool:
        """Compare what the case knows with its log here, and tell it again what it lacks.

        Returns whether that is done. Else the log of the case has gone on.
        """
        _, log = self._read()
        try:
            answer = self._case.state()
            raw = answer.raw("raw")
            if not agreement.is_whole(log):
                if log.quarantine:
                    self._keep(log, answer.integer("seq"), raw)
                return True
            found = agreement.compare(log, raw)
            if found is None:
                return False
            self._done.agrees = found.agrees
            self._correct(found.again, log.content.folded.seq)
            self._done.again += len(found.again)
        except _CannotLog as failed:
            self._done.untold = str(failed)
            return True
        except CaseRefused:
            return True
        except _LogWentOn:
            return False
        return not found.again


def _is_of_now(log: Log, seq: int, raw: bytes) -> bool:
    """Return whether a packed state can be read, and was told after the last record here."""
    return snapshot.is_snapshot(raw) and seq == log.content.folded.seq
