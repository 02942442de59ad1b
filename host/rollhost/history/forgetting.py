"""What has to be erased with an entry or a person, so that nothing of them is left or returns."""

from collections.abc import Sequence
from typing import NamedTuple

from rollhost.database.archive import Archive, Case, Person
from rollhost.database.diary import Entry
from rollhost.history import lineage
from rollhost.history.history import History, read

REFERENCES = ("token", "reaction", "photo")
"""Fields of an entry's data that hold the token of another entry."""


class Plan(NamedTuple):
    """What is to be erased: the entries with these tokens, and the logs of a person.

    `named` are the entries that somebody has named, or all those of a person's diary. `logs` are
    device and id of each log, `cases` the cases that are about the person now. `logged` says that
    a case's log still says, in numbers, what some of the entries say.
    """

    named: Sequence[Entry]
    tokens: Sequence[int]
    person: Person | None = None
    logs: Sequence[tuple[str, str]] = ()
    cases: Sequence[Case] = ()
    records: int = 0
    logged: bool = False


def of_entries(history: History, named: Sequence[Entry]) -> Plan:
    """Return what is to be erased with these entries: what was said about them, too."""
    tokens = {entry.token for entry in named}
    while True:
        found = {
            entry.token
            for entry in history.written
            if any(entry.number(name) in tokens for name in REFERENCES if name in entry.data)
        }
        if found <= tokens:
            break
        tokens |= found
    logged = any(log.tokens & tokens for log in history.all_logs)
    return Plan(named, sorted(tokens), logged=logged)


def of_person(history: History, person: Person) -> Plan:
    """Return what is to be erased with a person: their entries, and the logs that are about them.

    A case goes with them if it has no other log.
    """
    theirs = [log for log in history.all_logs if history.person_of(log) == person.token]
    others = {log.case.id for log in history.all_logs if log not in theirs}
    gone = {log.case.id for log in theirs} - others
    tokens = [
        entry.token
        for entry in history.written
        if entry.case_id in gone
        or history.about_names.get(entry.token) in gone
        or (entry.token not in history.about_names and history.person_in(entry) == person.token)
    ]
    return Plan(
        [entry for entry in history.diary if entry.person == person.token],
        tokens,
        person,
        sorted({(log.case.device, lineage.case_id_of(log.name)) for log in theirs}),
        [case for case in history.cases if history.person_now(case) == person.token],
        sum(len(log.raw) for log in theirs),
    )


def carry_out(archive: Archive, plan: Plan) -> None:
    """Erase what a plan says. Runs inside `Archive.transaction`."""
    archive.settle()  # a database of an older version may have rules of others with this person
    for token in plan.tokens:
        archive.diary.forget(token)
    for device, log in plan.logs:
        archive.forget_log(device, log)
    archive.settle()  # what a case is called stays, whoever said it
    if plan.person is not None:
        archive.forget_person(plan.person.token)
    sweep(archive)


def sweep(archive: Archive) -> None:
    """Erase what is left, besides entries and logs, of what was forgotten here or elsewhere.

    These are cases and persons of which nothing is known any more, and policies that nobody needs.
    Runs inside `Archive.transaction`.
    """
    archive.settle()
    archive.forget_unused(read(archive).digests)
