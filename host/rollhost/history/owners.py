"""Whose each case is now, as the database says without a look at any record."""

from collections.abc import Sequence

from rollhost.database.archive import Archive, Case
from rollhost.database.diary import ME
from rollhost.history.policies import Policies, read_policies


def owned_cases(archive: Archive) -> list[tuple[Case, int | None]]:
    """Return each case with the person whom it is about now, as `History.person_now` does."""
    cases = archive.cases()
    nobodys = ME if is_trial(cases) else None
    owners: list[tuple[Case, int | None]] = []
    for case in cases:
        owner = ME if case.log_id is None else archive.log_facts(case.log_id).person
        owners.append((case, nobodys if owner is None else owner))
    return owners


def is_trial(cases: Sequence[Case]) -> bool:
    """Return whether there is no case but virtual ones, which then stand for one of `ME`."""
    return all(case.board == "virtual" for case in cases)


def policies_of(archive: Archive, person: int) -> Policies:
    """Return what is known of the policies of this person's cases.

    It is what `History.of` has of them, without a look at any other record.
    """
    mine = [case.id for case, owner in owned_cases(archive) if owner == person]
    return read_policies(archive).of_cases(mine)
