"""What the database says at one moment, read once.

A command reads one `History` in one transaction. The records of a log are decoded once;
they are placed in true time and folded once, when a caller first needs that.
"""

from collections.abc import Sequence
from functools import cached_property

from rollhost.database.archive import Archive, Case, Person
from rollhost.database.diary import Entry, standing
from rollhost.history import merged_diary, sessions
from rollhost.history.logs import Log, read_logs
from rollhost.history.policies import Policies, read_policies
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
    ) -> None:
        self.cases = [case for case, _ in logs]
        """Every case, in the order of its first sync."""
        self.written = list(written)
        """Every entry of this computer or imported, in the order of writing."""
        self.diary = standing(written)
        """The entries of the diary that were not undone, in that order."""
        self.policies = policies
        self.persons = list(persons)
        """Every person, by token."""
        self.forgotten = list(forgotten)
        """The tokens of entries that were forgotten, in their order."""
        self._logs = {case.id: list(case_logs) for case, case_logs in logs}

    def logs(self, case: Case) -> list[Log]:
        """Return the logs of a case, the oldest first; the log that it has now is the last."""
        return self._logs[case.id]

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
        return merged_diary.merged(self.diary, self.all_logs)

    @cached_property
    def sessions(self) -> list[Session]:
        """Every session, the oldest first; see `sessions.merged`."""
        return sessions.merged(self.diary, self.all_logs)


def read(archive: Archive) -> History:
    """Return what the database says now. Opens a transaction, so it runs outside of any other."""
    with archive.reading():
        policies = read_policies(archive)
        return History(
            [(case, read_logs(archive, case, policies)) for case in archive.cases()],
            archive.diary.everything(),
            policies,
            archive.persons(),
            archive.diary.forgotten(),
        )
