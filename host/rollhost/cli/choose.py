"""Which case, which person and which zone a command is about."""

from collections.abc import Iterable, Sequence
from shlex import quote

from rollhost.cli.names import did_you_mean, find_name, key, listed, quoted
from rollhost.database.archive import Case, Person
from rollhost.database.diary import ME, MY_NAME
from rollhost.errors import ArchiveError, SeveralCases, UsageError
from rollhost.history.policies import Policies
from rollhost.output.persons import Owned, others_line, whose_line
from rollhost.output.text import one_line


def choose_case(cases: Sequence[Case], name: str | None) -> Case:
    """Return the case with this name or end of its device id; without `name`, the only case.

    Raises `UsageError` if no case has it, `SeveralCases` if more than one is possible, and
    `ArchiveError` if the database has no case and none was named.
    """
    if not cases and name is None:
        raise ArchiveError("No case was synced yet.", "Run sync first.")
    if not cases and name is not None:
        # It may have been forgotten, and then a sync does not bring its name back.
        step = "A case is known once it was synced. See case for all cases."
        raise UsageError(f"There is no case {one_line(name)}.", step)
    named = [case for case in cases if name is None or is_called(case.device, case.name, name)]
    if name is not None and not named:
        known = [case.name or case.device[-6:] for case in cases]
        step = did_you_mean(name, known, f"There are: {_titles(cases)}.")
        raise UsageError(f"There is no case {one_line(name)}.", step)
    if len(named) > 1:  # of two names that differ only in their spelling, the one as it was typed
        named = [case for case in named if case.name == name] or named
    if len(named) > 1:
        raise SeveralCases(f"There are several cases: {_titles(named)}.", "Say which with --case.")
    return named[0]


def choose_case_of(
    owned: Owned,
    persons: Sequence[Person],
    name: str | None,
    case: str | None,
    also: Sequence[Case] = (),
    or_any: bool = False,
) -> Case:
    """Return the case called `case` of the person called `name`; without `case`, their only one.

    `owned` are all cases, `also` those that are somebody else's now. Without a name it is
    a case of `ME`, or with `case` that of whoever; with `or_any` so it is too if `ME` has none.
    Raises `UsageError` if it is somebody else's, and errors as `choose_case` does.
    """
    cases = [known for known, _ in owned]
    person = choose_person(persons, name)
    theirs = [known for known, owner in owned if owner == person.token or known in also]
    if name is None and (case is not None or (or_any and not theirs)):
        return choose_case(cases, case)
    named = [known for known in cases if case is None or is_called(known.device, known.name, case)]
    others = [(known, owner) for known, owner in owned if known in named and known not in theirs]
    if not others or any(known in theirs for known in named):
        return choose_case(theirs or cases, case)
    names = {known.token: known for known in persons}
    if all(owner not in names for _, owner in others):
        raise UsageError("Nobody has said whose the case is.", whose_line(others[0][0]))
    found = [(known, names[owner]) for known, owner in others if owner in names]
    is_me = person.token == ME and person.name == MY_NAME
    steps = listed(list(dict.fromkeys(f"--person {quote(owner.name)}" for _, owner in found)))
    sentence = others_line(None if is_me else person.name, found, theirs != [])
    raise UsageError(sentence, f"Say {steps}.")


def is_called(device: str, title: str | None, name: str) -> bool:
    """Return whether `name` is the owner's `title`, or at least 4 last digits of `device`.

    The spelling of both may differ, as in `find_name`.
    """
    is_title = title is not None and key(title) == key(name)
    digits = name.strip().lower()
    return is_title or (len(digits) >= 4 and device.endswith(digits))


def case_option(case: Case, cases: Sequence[Case]) -> str:
    """Return the end of a command that is about a case: empty if it is the only one."""
    return f" --case {quote(case.name or case.device[-6:])}" if len(cases) > 1 else ""


def choose_person(persons: Sequence[Person], name: str | None) -> Person:
    """Return the person who is called `name`, in upper or lower case; without a name, `ME`.

    Whatever that one is called, *me* means them too. Raises `UsageError` if nobody is called so.
    """
    me = next(person for person in persons if person.token == ME)
    if name is None or name.casefold() == MY_NAME:
        return me
    names = {person.name: person for person in persons}
    found = find_name(name, names)
    if found is None:
        there = f"There are {listed(names, 'and')}; others: person add NAME."
        hint = did_you_mean(name, names, there)
        raise UsageError(f"Nobody here is called {quoted(name)}.", hint)
    return names[found]


def choose_zone(
    policies: Policies, name: str | None, needed: bool = False, also: Iterable[str | None] = ()
) -> str | None:
    """Return the zone `name`; without a name the only zone, or None if there are several.

    Raises `UsageError` if no case's policy names that zone, nor is it in `also`, and with
    `needed` also in place of None.
    """
    zones = policies.zones_after_sync()
    if name is None:
        if len(zones) > 1 and needed:
            raise UsageError("No area of skin was named.", f"Say --zone: {' or '.join(zones)}.")
        return zones[0] if len(zones) == 1 else None
    known = list(dict.fromkeys([*zones, *(zone for zone in also if zone is not None)]))
    zone = find_name(name, known)
    if zone is None:
        they_name = f"They name {', '.join(zones)}; others: policy set zones=…"
        raise UsageError(
            f"Your rules name no zone {one_line(name)}.", did_you_mean(name, known, they_name)
        )
    return zone


def _titles(cases: Sequence[Case]) -> str:
    return ", ".join(case.title for case in cases)
