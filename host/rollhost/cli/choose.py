"""Which case and which area of skin a command is about."""

from collections.abc import Sequence

from rollcore import policy
from rollhost.database.archive import Archive, Case
from rollhost.errors import ArchiveError, SeveralCases, UsageError
from rollhost.history.rules import rules_ahead
from rollhost.output.text import one_line


def choose_case(cases: Sequence[Case], name: str | None) -> Case:
    """Return the case that is called `name`, or whose id ends so; the only one without a name.

    Raises `UsageError` where none is, `SeveralCases` where more than one may be
    meant, and `ArchiveError` where there are no cases at all.
    """
    if not cases:
        raise ArchiveError("No case was synced yet.", "Run sync first.")
    found = [case for case in cases if name is None or is_called(case.device, case.name, name)]
    if name is not None and not found:
        raise UsageError(f"There is no case {one_line(name)}.", f"There are: {_titles(cases)}.")
    if len(found) > 1:
        raise SeveralCases(f"There are several cases: {_titles(found)}.", "Say which with --case.")
    return found[0]


def is_called(device: str, title: str | None, name: str) -> bool:
    """Say whether this may be the name of a case: the owner's `title`, or the end of its id."""
    return title == name or (len(name) >= 4 and device.endswith(name.lower()))


def choose_zone(archive: Archive, name: str | None, needed: bool = False) -> str | None:
    """Return the zone that is meant by `name`; without one, the only one there is.

    Raises `UsageError` for a name that no case's rules have, and where `needed`
    for none where there are several.
    """
    zones: list[str] = []
    for case in archive.cases():
        zones += [zone for zone in rules_ahead(archive, case).zones if zone not in zones]
    zones = zones or list(policy.DEFAULT_ZONES)
    if name is None:
        if len(zones) > 1 and needed:
            raise UsageError("No area of skin was named.", f"Say --zone: {' or '.join(zones)}.")
        return zones[0] if len(zones) == 1 else None
    if name not in zones:
        raise UsageError(
            f"Your rules name no zone {one_line(name)}.",
            f"They name {', '.join(zones)}; others: policy set zones=…",
        )
    return name


def _titles(cases: Sequence[Case]) -> str:
    return ", ".join(case.title for case in cases)
