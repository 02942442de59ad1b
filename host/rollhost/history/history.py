"""What the database says at one moment, read once.

A command reads one `History` in one transaction. The records of a log are decoded once;
they are placed in true time and folded once, when a caller first needs that.

A log is about the skin of one person. `History.of` is what is known of one of them: nothing
of another person's is in it.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property

from rollhost.database.archive import Archive, Case, Person
from rollhost.database.diary import (
    CASE_NAME,
    CLINIC,
    ME,
    MY_NAME,
    POLICY,
    RETIRED,
    UNDO,
    Entry,
    standing,
)
from rollhost.history import merged_diary, sessions, told_later
from rollhost.history.logs import Log, read_logs
from rollhost.history.owners import is_trial
from rollhost.history.policies import Policies, chosen_for, policy_of, read_policies
from rollhost.history.reactions import reactions
from rollhost.history.sessions import Session


class History:
    """The cases, logs, entries and policies of one moment. Made by `read`."""

    def __init__(
        self,
        logs: Sequence[tuple[Case, Sequence[Log]]],
        written: Sequence[Entry],
        policies: Policies,
        persons: Sequence[Person],
        forgotten: Sequence[int],
        forgotten_logs: Sequence[tuple[str, str]],
        is_trial: bool,
        is_whole: bool = True,
    ) -> None:
        self.cases = [case for case, _ in logs]
        """Every case, by device id."""
        self.written = list(written)
        """Every entry of this computer or imported, in the order of writing."""
        self.undone = _undone(written, logs)
        """The tokens of entries that were taken back, here or by what a case was told."""
        self.diary = [entry for entry in standing(written) if entry.token not in self.undone]
        """The entries of the diary that were not undone, in that order."""
        self.policies = policies
        self.persons = list(persons)
        """Every person, by token."""
        self.forgotten = list(forgotten)
        """The tokens of entries that were forgotten, in their order."""
        self.forgotten_logs = list(forgotten_logs)
        """Device and id of each log that was forgotten, in their order."""
        self._logs = {case.id: list(case_logs) for case, case_logs in logs}
        self._is_trial = is_trial
        """Whether there is no case but virtual ones."""
        self.is_whole = is_whole
        """Whether it is about everybody, and not about one person."""
        self._of_persons: dict[int | None, History] = {}

    def of(self, person: int | None) -> "History":
        """Return what is known of one person: their entries, and the logs that are about them.

        Of a case that was lent there are the logs from before, and none that it has now. For None
        these are the logs of which nobody has said whom they are about.
        """
        if not self.is_whole:
            return self
        if person not in self._of_persons:
            self._of_persons[person] = self._of(person)
        return self._of_persons[person]

    def _of(self, person: int | None) -> "History":
        return self._only(
            lambda found: found == person,
            lambda case: self.person_now(case) == person,
            [],
            self._is_trial,
        )

    def called(self, person: int | None) -> str:
        """Return the name of a person; empty where only one is known, or they have said none."""
        names = {known.token: known.name for known in self.persons}
        name = "" if person is None else names.get(person, "")
        return "" if len(names) < 2 or (person == ME and name == MY_NAME) else name

    def without(self, persons: Collection[int]) -> "History":
        """Return what is known of everybody but these persons.

        What was forgotten is in it, whoever it was about: a token, or the id of a log.
        """
        return self._only(
            lambda found: found not in persons,
            lambda case: not self.logs(case),
            self.forgotten_logs,
            self._is_trial,
        )

    def _only(
        self,
        is_meant: Callable[[int | None], bool],
        is_in: Callable[[Case], bool],
        forgotten_logs: Sequence[tuple[str, str]],
        is_trial: bool,
    ) -> "History":
        """Return what is known of the persons who are meant; None is nobody in particular.

        `is_in` says whether a case without a log of theirs is in it.
        """
        logs = [
            (case, [log for log in self.logs(case) if is_meant(self.person_of(log))])
            for case in self.cases
        ]
        logs = [(case, found) for case, found in logs if found or is_in(case)]
        ids = [case.id for case, _ in logs]
        names = {token for token, case_id in self.about_names.items() if case_id in ids}
        return History(
            logs,
            [
                entry
                for entry in self.written
                if entry.token in names
                or (
                    (entry.case_id is None or entry.case_id in ids)
                    and entry.token not in self.about_names
                    and is_meant(self.person_in(entry))
                )
            ],
            self.policies.of_cases(
                [case.id for case, _ in logs if is_meant(self.person_now(case))]
            ),
            [known for known in self.persons if is_meant(known.token)],
            self.forgotten,
            forgotten_logs,
            is_trial,
            is_whole=False,
        )

    @cached_property
    def about_names(self) -> dict[int, int | None]:
        """The case of each entry that says what a case is called, or takes that back, by token.

        What a case is called is of the case, whoever said it.
        """
        named = {entry.token: entry.case_id for entry in self.written if entry.kind == CASE_NAME}
        undone = {
            entry.token: named[entry.number("token")]
            for entry in self.written
            if entry.kind == UNDO and entry.number("token") in named
        }
        return named | undone

    def person_of(self, log: Log) -> int | None:
        """Return the person whose skin a log is about, None if nobody has said.

        A virtual case that nobody has named stands for one of `ME`, as long as there is no other.
        """
        person = log.facts.person
        return ME if person is None and self._is_trial else person

    def person_now(self, case: Case) -> int | None:
        """Return the person whose skin a case is about now, None if nobody has said."""
        log = self.log_now(case)
        return ME if log is None else self.person_of(log)

    def person_in(self, entry: Entry) -> int | None:
        """Return the person whom an entry is about, None if nobody has said."""
        if entry.kind != POLICY:
            return entry.person
        logs = self._logs.get(entry.case_id or 0, [])
        return chosen_for(entry, {log.name: self.person_of(log) for log in logs})

    @property
    def unclaimed(self) -> list[Case]:
        """The cases of which nobody has said whose skin they are about."""
        return [case for case in self.cases if self.person_now(case) is None]

    @property
    def cases_now(self) -> list[Case]:
        """The cases that have a log here now, or none at all yet; of retired ones only if all are.

        A person whose cases are all retired still has a skin that rests.
        """
        found = [case for case in self.cases if self.log_now(case) or not self.logs(case)]
        return [case for case in found if case.id not in self.retired] or found

    @cached_property
    def retired(self) -> dict[int, str | None]:
        """The cases that are used no more, by id: the device of the one that replaces each."""
        devices = {case.id: case for case in self.cases}
        return {
            entry.case_id: str(entry.data["by"]) if entry.data["by"] else None
            for entry in standing(self.written, [RETIRED])
            if entry.case_id in devices and entry.person == self.person_now(devices[entry.case_id])
        }

    def replaced_by(self, case: Case) -> set[int]:
        """Return the ids of the cases in whose place this one is, one after the other."""
        devices = {known.id: known.device for known in self.cases}
        found: set[int] = set()
        places = [case.device]
        while places:
            place = places.pop()
            new = {known for known, device in self.retired.items() if device == place} - found
            found |= new - {case.id}
            places += [devices[known] for known in sorted(new)]
        return found

    def line_of(self, case: Case) -> set[int]:
        """Return the ids of a case and of those in whose place it is: they have one head."""
        return {case.id} | self.replaced_by(case)

    def logs(self, case: Case) -> list[Log]:
        """Return the logs of a case, the oldest first; the log that it has now is the last."""
        return self._logs[case.id]

    @property
    def digests(self) -> set[int]:
        """The digests of all policies that an entry, a record or a state of a log names."""
        found = {policy_of(entry).digest for entry in self.written if entry.kind == POLICY}
        for log in self.all_logs:
            found |= {event.data["digest"] for event in log.events if "digest" in event.data}
            found |= {state.policy_digest for state in log.told.values()}
        return found

    def log_now(self, case: Case) -> Log | None:
        """Return the log that a case has now; None if it has never answered."""
        return next((log for log in self._logs[case.id] if log.id == case.log_id), None)

    @property
    def quarantined(self) -> int:
        """How many records of all logs are in quarantine."""
        return sum(len(log.quarantine) for log in self.all_logs)

    @cached_property
    def all_logs(self) -> list[Log]:
        """The logs of every case."""
        return [log for case in self.cases for log in self.logs(case)]

    @cached_property
    def entries(self) -> list[Entry]:
        """The entries of the diary, and those that are only in a log; see `merged_diary`."""
        return merged_diary.merged(self.diary, self.all_logs, self.undone)

    @cached_property
    def sessions(self) -> list[Session]:
        """Every session, the oldest first; see `sessions.merged`."""
        clinics = [entry for entry in self.diary if entry.kind == CLINIC]
        return sessions.merged(clinics, self.all_logs, self.undone)

    @cached_property
    def early_by_later(self) -> set[str]:
        """The keys of the uses that were early by what was written down later."""
        return told_later.early_by_later(self.sessions, reactions(self.entries))


def _undone(written: Sequence[Entry], logs: Sequence[tuple[Case, Sequence[Log]]]) -> frozenset[int]:
    undone = {entry.number("token") for entry in written if entry.kind == UNDO}
    return frozenset(undone.union(*(log.corrected for _, known in logs for log in known)))


def read(archive: Archive, from_milestones: bool = False) -> History:
    """Return what the database says now; within a transaction, what it says to that one.

    With `from_milestones`, logs are read from these on, and asking for more raises `NotKept`: that
    is for `recent.read`.
    """
    with archive.reading():
        policies = read_policies(archive)
        cases = archive.cases()
        return History(
            [(case, read_logs(archive, case, policies, from_milestones)) for case in cases],
            archive.diary.everything(),
            policies,
            archive.persons(),
            archive.diary.forgotten(),
            archive.forgotten_logs(),
            is_trial=is_trial(cases),
        )
