"""What is known of the person whom a command is about, and which of their cases it is about."""

from rollhost.cli.choose import choose_case, choose_case_of, choose_person
from rollhost.database.archive import Archive, Case
from rollhost.database.diary import Entry
from rollhost.history import owners, recent
from rollhost.history.history import History
from rollhost.history.policies import Policies
from rollhost.now import current_time
from rollhost.output.persons import Owned


def look(archive: Archive, name: str | None, case: str | None = None) -> History:
    """Return what is known of now of the person called `name`; see `recent.read`.

    Without a name it is the one whom the case `case` is about now, and without both `ME`.
    """
    past = recent.read(archive, int(current_time()))
    return past.of(person_meant(past, name, case))


def case_meant(past: History, name: str | None, case: str | None) -> Case:
    """Return the case called `case` of which `person_meant` is the person; see `choose_case_of`."""
    theirs = past.of(person_meant(past, name, case)).cases
    return choose_case_of(_owned(past), past.persons, name, case, theirs)


def case_now(past: History, name: str | None, case: str | None) -> Case:
    """Return the case called `case` that somebody has now; see `choose_case_of`."""
    return choose_case_of(_owned(past), past.persons, name, case, or_any=True)


def _owned(past: History) -> Owned:
    return [(known, past.person_now(known)) for known in past.cases]


def person_meant(past: History, name: str | None, case: str | None) -> int | None:
    """Return the token of the person whom `look` is about; None: of a case that is nobody's."""
    if name is None and case is not None:
        return past.person_now(choose_case(past.cases, case))
    return choose_person(past.persons, name).token


def entries_of(archive: Archive, name: str | None) -> list[Entry]:
    """Return the entries in the diary of the person called `name`; without a name, of `ME`."""
    person = choose_person(archive.persons(), name)
    return [entry for entry in archive.diary.entries() if entry.person == person.token]


def policies_of(archive: Archive, name: str | None) -> Policies:
    """Return the policies of the cases of the person called `name`; without a name, of `ME`."""
    return owners.policies_of(archive, choose_person(archive.persons(), name).token)
